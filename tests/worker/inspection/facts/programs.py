"""Small programs for three systems, byte by byte; nothing in them runs, and no machine would start them."""

from __future__ import annotations

import struct
from collections.abc import Sequence

PLAIN = b"\x55\x48\x89\xe5\x31\xc0\x5d\xc3" * 600  # what a compiler writes, over and over
DENSE = bytes((at * at * 31 + at * 7 + (at >> 8) * 13) % 251 for at in range(8_192))  # nearly eight bits a byte


def elf(
    functions: Sequence[str] = (),
    libraries: Sequence[str] = ("libc.so.6",),
    *,
    code: bytes = PLAIN,
    section: str = ".text",
    machine: int = 62,
    file_type: int = 3,
    text: bytes = b"",
) -> bytes:
    """A 64-bit ELF file (x86-64 by default, a shared library) that imports these functions."""
    strings, at = b"\0", {}
    for name in (*functions, *libraries):
        at[name] = len(strings)
        strings += name.encode() + b"\0"
    symbols = bytes(24) + b"".join(struct.pack("<IBBHQQ", at[name], 0x12, 0, 0, 0, 0) for name in functions)
    count = len(functions) + 1
    table = struct.pack(f"<II{1 + count}I", 1, count, 0, *([0] * count))
    start = 64 + 2 * 56
    places = {}
    body = b""
    for name, part in (("strings", strings), ("symbols", symbols), ("hash", table)):
        body += bytes(-(start + len(body)) % 8)
        places[name] = start + len(body)
        body += part
    tags = [(1, at[name]) for name in libraries]
    tags += [(4, places["hash"]), (5, places["strings"]), (6, places["symbols"]), (10, len(strings)), (11, 24), (0, 0)]
    body += bytes(-(start + len(body)) % 8)
    dynamic = start + len(body)
    packed_tags = b"".join(struct.pack("<QQ", *tag) for tag in tags)
    body += packed_tags
    code_at = start + len(body)
    names = b"\0" + section.encode() + b"\0.names\0"
    body += code + text
    names_at = start + len(body)
    body += names
    body += bytes(-(start + len(body)) % 8)
    sections_at = start + len(body)
    sections = bytes(64)
    sections += struct.pack("<IIQQQQIIQQ", 1, 1, 6, code_at, code_at, len(code), 0, 0, 16, 0)
    sections += struct.pack("<IIQQQQIIQQ", len(section) + 2, 3, 0, 0, names_at, len(names), 0, 0, 1, 0)
    size = sections_at + len(sections)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", file_type, machine, 1, 0, 64, sections_at, 0, 64, 56, 2, 64, 3, 2)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 0x1000)
    linked = struct.pack("<IIQQQQQQ", 2, 6, dynamic, dynamic, dynamic, len(packed_tags), len(packed_tags), 8)
    return header + load + linked + body + sections


def pe(
    functions: Sequence[str] = (),
    library: str = "KERNEL32.dll",
    *,
    code: bytes = PLAIN,
    section: str = ".text",
    machine: int = 0x8664,
    is_library: bool = False,
) -> bytes:
    """A 64-bit PE file that imports these functions from one library."""
    base = 0x3000
    entries = 8 * (len(functions) + 1)
    names_at = base + 40 + 2 * entries
    names, thunks = b"", b""
    for name in functions:
        thunks += struct.pack("<Q", names_at + len(names))
        names += b"\0\0" + name.encode() + b"\0" + bytes((len(name) + 1) % 2)
    thunks += bytes(8)
    library_at = names_at + len(names)
    directory = struct.pack("<IIIII", base + 40, 0, 0, library_at, base + 40 + entries) + bytes(20)
    imports = directory + thunks + thunks + names + library.encode() + b"\0"
    parts = [(section, 0x1000, 0x60000020, code), (".idata", base, 0xC0000040, imports)]
    headers = 0x400
    tables, raw, at = b"", b"", headers
    for name, address, flags, content in parts:
        size = -(-len(content) // 512) * 512
        tables += struct.pack("<8sIIIIIIHHI", name.encode(), len(content), address, size, at, 0, 0, 0, 0, flags)
        raw += content.ljust(size, b"\0")
        at += size
    kind = 0x2022 if is_library else 0x0022
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", machine, len(parts), 0, 0, 0, 240, kind)
    optional = struct.pack("<HBBIIIII", 0x20B, 14, 0, len(code), 0, 0, 0x1000, 0x1000)
    optional += struct.pack("<QIIHHHHHHIIIIHH", 0x140000000, 0x1000, 512, 6, 0, 0, 0, 6, 0, 0, 0x5000, headers, 0, 3, 0)
    optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    optional += bytes(8) + struct.pack("<II", base, len(imports)) + bytes(14 * 8)
    return (dos + coff + optional + tables).ljust(headers, b"\0") + raw


def mach_o(
    functions: Sequence[str] = (),
    library: str = "/usr/lib/libSystem.B.dylib",
    *,
    code: bytes = PLAIN,
    cpu: int = 0x0100000C,
) -> bytes:
    """A 64-bit Mach-O program (arm64 by default) that imports these functions."""
    strings, at = b"\0", []
    for name in functions:
        at.append(len(strings))
        strings += b"_" + name.encode() + b"\0"
    path = library.encode() + b"\0"
    path += bytes(-len(path) % 8)
    commands_size = 152 + 24 + 24 + len(path)
    code_at = 32 + commands_size
    symbols_at = code_at + len(code)
    strings_at = symbols_at + 16 * len(functions)
    size = strings_at + len(strings)
    segment = struct.pack("<II16sQQQQIIII", 0x19, 152, b"__TEXT", 0, size, 0, size, 5, 5, 1, 0)
    segment += struct.pack(
        "<16s16sQQIIIIIIII", b"__text", b"__TEXT", code_at, len(code), code_at, 4, 0, 0, 0x80000400, 0, 0, 0
    )
    table = struct.pack("<IIIIII", 2, 24, symbols_at, len(functions), strings_at, len(strings))
    dylib = struct.pack("<IIIIII", 0x0C, 24 + len(path), 24, 0, 0, 0) + path
    header = struct.pack("<IIIIIIII", 0xFEEDFACF, cpu, 0, 2, 3, commands_size, 0x85, 0)
    symbols = b"".join(struct.pack("<IBBHQ", place, 1, 0, 0x100, 0) for place in at)
    return header + segment + table + dylib + code + symbols + strings


def universal(*slices: bytes) -> bytes:
    """Mach-O files for several processors in one."""
    start, parts, table = 4096, b"", b""
    for each in slices:
        cpu = struct.unpack_from("<I", each, 4)[0]
        table += struct.pack(">IIIII", cpu, 0, start + len(parts), len(each), 12)
        parts += each + bytes(-len(each) % 4096)
    return (struct.pack(">II", 0xCAFEBABE, len(slices)) + table).ljust(start, b"\0") + parts
