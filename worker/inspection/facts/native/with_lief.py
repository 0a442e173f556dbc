"""ELF, PE and Mach-O → what a native file is, and what it takes from its system. The one module that loads lief.

Importing lief takes a quarter of a second and 45 MB, and its parser is large: so it is imported by children that read
nothing but native files, never by the template. A part of what lief parsed does not keep the whole alive: so the
whole is held by a name for as long as a part is used.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import lief

from worker.inspection.facts.native.reading import Binary

_MOST_NAMES = 20_000  # imported functions of one file
_MOST_SECTIONS = 500
_SLICES = 8  # of a universal binary
_DENSE, _DENSE_FROM = 7.2, 4_096  # bits a byte of a section with code, and its least size; compilers stay below 6.9
_UPX = b"UPX!"
_ENDS = 4_096  # bytes at either end of a file in which packers sign
_PACKERS = (
    *("upx", ".upx", ".aspack", ".adata", ".mpress", ".themida", ".winlice", ".vmp", ".enigma", ".petite", ".nsp"),
    *("pec2", ".packed", ".perplex", ".y0da", ".yp", "kkrunchy", ".mew", "fsg!", ".pelock", ".svkp", ".neolit"),
)

_ELF = {
    "X86_64": "x86-64",
    "I386": "x86",
    "AARCH64": "arm64",
    "ARM": "arm",
    "PPC64": "ppc64",
    "S390": "s390x",
    "RISCV": "riscv",
    "LOONGARCH": "loong64",
    "MIPS": "mips",
}
_PE = {"AMD64": "x86-64", "I386": "x86", "ARM64": "arm64", "ARM64EC": "arm64", "ARM64X": "arm64", "ARMNT": "arm"}
_MACH_O = {"X86_64": "x86-64", "X86": "x86", "ARM64": "arm64", "ARM": "arm", "POWERPC": "ppc", "POWERPC64": "ppc64"}
_ELF_SYSTEMS = {"SYSTEMV": "linux", "LINUX": "linux"}


def read(kind: str, content: bytes) -> Binary | None:
    """A file whose bytes begin like one of this kind (`elf`, `pe`, `mach-o`); None when it is damaged."""
    lief.logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for each number that has no name
            return _READERS[kind](content)
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - lief raises what it likes on bytes that are no program
        return None


def _elf(content: bytes) -> Binary | None:
    wanted = lief.ELF.ParserConfig()
    wanted.parse_relocations = wanted.parse_symbol_versions = wanted.parse_symtab_symbols = False
    wanted.parse_notes = wanted.parse_overlay = False
    elf = lief.ELF.parse(content, wanted)
    if elf is None or _called(elf.header.machine_type) == "NONE" or not (len(elf.sections) or len(elf.segments)):
        return None
    system = _called(elf.header.identity_os_abi)
    sections = [
        _Section(str(section.name), section.size, section.entropy, section.has(lief.ELF.Section.FLAGS.EXECINSTR))
        for section in islice(elf.sections, _MOST_SECTIONS)
    ]
    return Binary(
        (f"{_ELF_SYSTEMS.get(system, system.lower())} {_of(_ELF, elf.header.machine_type)}",),
        elf.has_interpreter or _called(elf.header.file_type) == "EXEC" or _is_static_program(elf),
        _names(function.name for function in elf.imported_functions),
        _names(elf.libraries),
        _packed(sections, content),
    )


def _is_static_program(elf: lief.ELF.Binary) -> bool:
    flags = elf.get(lief.ELF.DynamicEntry.TAG.FLAGS_1)
    return isinstance(flags, lief.ELF.DynamicEntryFlags) and flags.has(lief.ELF.DynamicEntryFlags.FLAG.PIE)


def _pe(content: bytes) -> Binary | None:
    wanted = lief.PE.ParserConfig()
    wanted.parse_signature = wanted.parse_exports = wanted.parse_rsrc = False
    wanted.parse_reloc = wanted.parse_exceptions = False
    pe = lief.PE.parse(content, wanted)
    if pe is None or not len(pe.sections):
        return None
    sections = [
        _Section(str(part.name), part.size, part.entropy, part.has_characteristic(_RUNS_ON_WINDOWS))
        for part in islice(pe.sections, _MOST_SECTIONS)
    ]
    functions = (entry.name for library in pe.imports for entry in library.entries if not entry.is_ordinal)
    return Binary(
        (f"windows {_of(_PE, pe.header.machine)}",),
        not pe.header.has_characteristic(lief.PE.Header.CHARACTERISTICS.DLL),
        _names(functions),
        _names(library.name for library in pe.imports),
        _packed(sections, content),
    )


def _mach_o(content: bytes) -> Binary | None:
    universal = lief.MachO.parse(content, lief.MachO.ParserConfig.quick)
    if universal is None or not universal.size:
        return None
    slices = list(islice(universal, _SLICES))
    sections = [
        _Section(str(section.name), section.size, section.entropy, section.name == "__text")
        for each in slices
        for section in islice(each.sections, _MOST_SECTIONS)
    ]
    if not sections and not any(len(each.commands) for each in slices):
        return None
    return Binary(
        tuple(dict.fromkeys(f"macos {_of(_MACH_O, each.header.cpu_type)}" for each in slices)),
        any(_called(each.header.file_type) == "EXECUTE" for each in slices),
        _names(function.name for each in slices for function in each.imported_functions),
        _names(library.name for each in slices for library in each.libraries),
        _packed(sections, content),
    )


_READERS = {"elf": _elf, "pe": _pe, "mach-o": _mach_o}
_RUNS_ON_WINDOWS = lief.PE.Section.CHARACTERISTICS.MEM_EXECUTE


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    size: int
    entropy: float  # bits a byte
    is_code: bool


def _packed(sections: list[_Section], content: bytes) -> tuple[str, ...]:
    """What says that the code unpacks itself when it starts."""
    found = [f"section {section.name[:16]}" for section in sections if section.name.lower().startswith(_PACKERS)]
    if _UPX in content[:_ENDS] or _UPX in content[-_ENDS:]:
        found.append("signed by UPX")
    found += [
        f"section {section.name[:16]} looks encrypted ({section.entropy:.1f} of 8 bits a byte)"
        for section in sections
        if section.is_code and section.size >= _DENSE_FROM and section.entropy >= _DENSE
    ]
    return tuple(dict.fromkeys(found))


def _of(names: dict[str, str], machine: object) -> str:
    name = _called(machine)
    return names.get(name, name.lower())


def _called(value: object) -> str:
    """The name of a member of lief's enumerations; numbers that it knows no name for come as they are."""
    return str(getattr(value, "name", "unknown"))


def _names(names: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(islice(_texts(names), _MOST_NAMES)))


def _texts(names: Iterable[object]) -> Iterator[str]:
    """Names as text: lief hands on bytes where they are no UTF-8."""
    for name in names:
        yield name if isinstance(name, str) else bytes(name).decode("latin-1") if isinstance(name, bytes) else ""
