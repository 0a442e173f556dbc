"""Resolved calls → facts."""

from __future__ import annotations

from dataclasses import replace

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.found import WHOLE
from worker.inspection.facts.python import commands, file_facts, library, names, process_facts, sources
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.collector import Collector
from worker.inspection.facts.python.containers import element
from worker.inspection.facts.python.decoders import DECODERS
from worker.inspection.facts.python.known import UNKNOWN, Known, as_text, fill, has_hole, origins_of
from worker.inspection.facts.python.sources import plain

_GETENV = frozenset(name for name in sources.VARIABLE_CALLS if "environ" not in name)
_OF_OBJECTS = sources.VARIABLE_CALLS - _GETENV  # methods of `os.environ`
_CODE = 1 << 20  # characters of code in a constant that are read
_EXECUTABLE = frozenset({0x10, 0x20, 0x40, 0x80})  # protections of Windows' memory
_KEYED = frozenset({"builtins.sorted", "builtins.max", "builtins.min"})
_SETTINGS = frozenset({"timeout", "verify", "context", "ssl", "stream", "allow_redirects", "cafile", "capath", "loop"})
_CARRIED = frozenset({OriginKind.ENVIRONMENT, OriginKind.CREDENTIAL_FILE, OriginKind.METADATA_SERVICE})
_UNTRUSTED = frozenset({OriginKind.DOWNLOAD, OriginKind.DECODED})


def add_facts(collector: Collector, call: Call) -> None:
    """The facts of one call; of alternative names of one kind, the first counts."""
    found = call.function.names
    for wanted, handler in _HANDLERS:
        name = next((one for one in found if one in wanted), None)
        if name is not None:
            handler(collector, call, name)
    native = next((one for one in found if _is_native(one)), None)
    if native is not None:
        _native(collector, call, native)


def makes_facts(found: tuple[str, ...]) -> bool:
    """Whether a call of something by one of these names makes a fact."""
    return any(name in _ALL or _is_native(name) for name in found)


def talks(found: tuple[str, ...]) -> bool:
    """Whether one of these reaches the network: then it matters which caller sends what where."""
    return any(name in names.NETWORK for name in found)


def _is_native(name: str) -> bool:
    return name in names.NATIVE or (name.startswith(names.NATIVE_PREFIXES) and "()" not in name)


def _native(collector: Collector, call: Call, name: str) -> None:
    """Loading a library runs it: one that was fetched or decoded is code like any other."""
    collector.add(FactId.NATIVE_CODE, call.line, plain(name))
    content = sources.content(collector.ev, call.argument(0, "name", "libname"), call.line, name)
    origins = {origin for origin in content if origin.kind in _UNTRUSTED}
    if origins and name in names.NATIVE:
        collector.add(FactId.DYNAMIC_CODE, call.line, plain(name), origins)


def _memory(collector: Collector, call: Call, name: str) -> None:
    """Memory that may be executed: what is copied there is machine code that nobody can read here."""
    is_executable = b"PROT_EXEC" in collector.ev.index.source[call.node.start_byte : call.node.end_byte][:1_024]
    windows = [number for value in call.positional[2:] for number in value.constants if number in _EXECUTABLE]
    if windows or (is_executable and name.startswith("mmap.")):
        hidden = Origin(OriginKind.DECODED, call.line, "machine code in memory")
        collector.add(FactId.DYNAMIC_CODE, call.line, plain(name), {hidden})


def _search_path(collector: Collector, call: Call, name: str) -> None:
    """A folder or an archive of fetched files, put where `import` looks for modules."""
    path = call.argument(1 if name.endswith("insert") else 0)
    content = sources.content(collector.ev, path, call.line, name)
    origins = {origin for origin in content if origin.kind in _UNTRUSTED}
    if origins:
        collector.add(FactId.DYNAMIC_CODE, call.line, name, origins)


def _fed(collector: Collector, call: Call, name: str) -> None:
    """What is written to the standard input of an interpreter runs."""
    data = call.argument(0, "input")
    origins = {origin for origin in data.origins if origin.kind in _UNTRUSTED}
    if origins:
        program = next((plain(one) for one in call.function.names if one != name), plain(name))
        collector.add(FactId.PROCESS, call.line, program, origins)


def _network(collector: Collector, call: Call, name: str) -> None:
    carried = {origin for origin in call.base.origins if origin.kind in _CARRIED}
    data = [*call.positional, *(value for keyword, value in call.keywords.items() if keyword not in _SETTINGS)]
    origins = origins_of(data) | carried
    hosts = sources.hosts(call, name)
    collector.add(FactId.NETWORK, call.line, plain(name), origins, hosts)


def _process(collector: Collector, call: Call, name: str) -> None:
    if name in process_facts.DUPLICATES:
        process_facts.duplicate(collector, call)
    else:
        process_facts.add_facts(collector, call, name)


def _source(collector: Collector, call: Call, name: str) -> None:
    """`exec`, `eval`, `compile`: constants are looked at as code."""
    code = call.argument(0, "source", "code", "stmt")
    if name in names.QUIET_SOURCES and not any(origin.kind in _UNTRUSTED for origin in code.origins):
        _read_constants(collector, code, call.line)
        return
    if name in names.MAKERS and {origin.detail for origin in code.origins} == {"marshal.loads"}:
        code = replace(code, origins=UNKNOWN.origins)  # a pickler makes the functions that it was given
    run(collector, code, call.line, plain(name))


def run(collector: Collector, code: Known, line: int, detail: str) -> None:
    """Code that runs at a line."""
    collector.add(FactId.DYNAMIC_CODE, line, detail, code.origins)
    _load_files(collector, code)
    _read_constants(collector, code, line)


def _read_constants(collector: Collector, code: Known, line: int) -> None:
    for value in code.constants[:4]:
        if isinstance(value, int) or len(value) > _CODE:
            continue
        text = as_text(value)
        if len(text.strip()) > 1:
            collector.code(fill(text, lambda _hole: "_hole_"), line)


def _load_files(collector: Collector, code: Known) -> None:
    for origin in code.origins:
        if origin.kind is OriginKind.FILE and "…" not in origin.detail and origin.detail not in sources.FILE_NAMES:
            collector.loads |= dict.fromkeys(collector.own_files(origin.detail))


def _file_of_code(collector: Collector, call: Call, name: str) -> None:
    position = 1 if name in names.LOADERS else 0
    path = call.argument(position, "location", "path", "path_name", "filename", "pathname")
    origins = sources.content(collector.ev, path, call.line, name)
    collector.add(FactId.DYNAMIC_CODE, call.line, plain(name), origins)
    for text in path.texts:
        collector.loads |= dict.fromkeys(collector.own_files(text))
        script = collector.scripts.get(text)
        if script is not None:
            collector.code(script, call.line)


def _module(collector: Collector, call: Call, name: str) -> None:
    """Importing by a name that data decides is dynamic; a constant name is an import like any other."""
    module = call.argument(0, "name", "mod_name")
    if module.exact:
        for text in module.texts:
            if len(text) <= 256 and not has_hole(text):
                collector.loads[_module_path(collector, call, text)] = None
    elif module.origins:
        collector.add(FactId.DYNAMIC_CODE, call.line, plain(name), module.origins)


def _module_path(collector: Collector, call: Call, module: str) -> str:
    if not module.startswith("."):
        return module.replace(".", "/")
    packages = call.argument(1, "package").exact
    package = as_text(packages[0]) if packages else collector.ev.path.rpartition("/")[0].replace("/", ".")
    level = len(module) - len(module.lstrip("."))
    parts = package.split(".")[: len(package.split(".")) - level + 1]
    return "/".join([*parts, *module.lstrip(".").split(".")])


def _unpickle(collector: Collector, call: Call, name: str) -> None:
    """A pickle runs what it says. One from a web address, or encoded in the code, is code in disguise; those of caches
    and of other processes are not.
    """
    data = call.argument(0)
    fetched = any(
        origin.kind is OriginKind.DOWNLOAD and not origin.detail.startswith("socket.") for origin in data.origins
    )
    if fetched or data.exact:
        collector.add(FactId.DYNAMIC_CODE, call.line, plain(name), data.origins)


def _file(collector: Collector, call: Call, name: str) -> None:
    file_facts.add_facts(collector, call, name)


def _variable(collector: Collector, call: Call, _name: str) -> None:
    key = call.argument(0, "key", "name")
    for text in key.exact:
        collector.add(FactId.ENVIRONMENT, call.line, as_text(text)[:128])


def _decoder(collector: Collector, call: Call, name: str) -> None:
    if not sources.is_decoder(call, name):
        return
    collector.add(FactId.DECODE, call.line, plain(name))
    for text in sources.decoded(collector.ev, call, name).texts:
        collector.hosts(call.line, text)


def _credential(collector: Collector, call: Call, name: str) -> None:
    collector.add(FactId.CREDENTIAL_FILE, call.line, names.CREDENTIAL_CALLS[name])


def _clipboard(collector: Collector, call: Call, name: str) -> None:
    collector.add(FactId.CLIPBOARD, call.line, f"{names.CLIPBOARD[name]}: {plain(name)}", origins_of(call.arguments))


def _serialiser(collector: Collector, call: Call, _name: str) -> None:
    for argument in call.arguments:
        for origin in argument.origins:
            if origin.kind is OriginKind.ENVIRONMENT and origin.detail == WHOLE:
                collector.add(FactId.ENVIRONMENT, origin.line, WHOLE)


def _fetched(collector: Collector, call: Call, _name: str) -> None:
    """`methodcaller("system", "ls")(os)` calls `os.system("ls")`."""
    function = library.fetched(collector.ev, call, collector.ev.root)
    handed = list((call.function.items or ())[1:])
    add_facts(collector, Call(call.node, call.line, function, positional=handed))


def _indirect(collector: Collector, call: Call, name: str) -> None:
    """A function that calls the function it is given."""
    if name in names.TARGETS:
        function = call.argument(0 if name.endswith("start_new_thread") else 1, "target")
        given = call.argument(1 if name.endswith("start_new_thread") else 3, "args")
        handed = list(given.items) if given.items is not None else [given]
    else:
        position = names.HIGHER_ORDER[name]
        function = call.argument(position, "key", "function", "func")
        handed = call.positional[position + 1 :]
        if name in {"builtins.map", "builtins.filter", "itertools.starmap", *_KEYED} or name.endswith(".map"):
            values = handed if name not in _KEYED else call.positional[:1]
            handed = [element(collector.ev, value, call.node.id) for value in values]
            if name == "itertools.starmap" and handed and handed[0].items is not None:
                handed = list(handed[0].items)
    if function.names:
        add_facts(collector, Call(call.node, call.line, function, positional=handed))


_FETCHED = frozenset({"operator.methodcaller()"})
_HANDLERS = (
    (names.NETWORK, _network),
    (process_facts.NAMES, _process),
    (names.SOURCE_CALLS, _source),
    (names.FILE_CALLS | names.LOADERS, _file_of_code),
    (names.MODULE_CALLS, _module),
    (names.UNPICKLERS, _unpickle),
    (file_facts.NAMES, _file),
    (_GETENV, _variable),
    (_OF_OBJECTS, _variable),
    (DECODERS, _decoder),
    (frozenset(names.CREDENTIAL_CALLS), _credential),
    (frozenset(names.CLIPBOARD), _clipboard),
    (names.SERIALISERS, _serialiser),
    (_FETCHED, _fetched),
    (names.SEARCH_PATH, _search_path),
    (names.MEMORY, _memory),
    (frozenset(commands.FED), _fed),
    (frozenset(names.HIGHER_ORDER) | names.TARGETS, _indirect),
)


def _last_names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    everywhere = [wanted for wanted, _ in _HANDLERS if wanted is not names.SERIALISERS and wanted is not _OF_OBJECTS]
    for wanted in [*everywhere, names.NATIVE]:
        for name in wanted:
            found.setdefault(name.partition(".")[0], set()).add(name.rpartition(".")[2])
    return {root: frozenset(last) for root, last in found.items()}


_ALL = frozenset(name for wanted, _ in _HANDLERS for name in wanted)
_PASSIVE = (
    frozenset(names.HIGHER_ORDER)
    | names.TARGETS
    | names.SERIALISERS
    | file_facts.PASSIVE
    | _FETCHED
    | names.SEARCH_PATH
)
ACTIVE: frozenset[str] = _ALL - (_PASSIVE - names.NETWORK - names.PROCESS - names.SOURCE_CALLS - DECODERS)
"""What makes a fact by itself; the rest only when it is handed what something else of consequence gave."""
INTERESTING: dict[str, frozenset[str]] = _last_names()
"""By module: the last part of every name that makes a fact. Other calls need no second look."""
OF_SEARCH_PATH: frozenset[str] = frozenset({"insert", "append"})
OF_FILES: frozenset[str] = frozenset({"write", "writelines"})
OF_ENVIRONMENT: frozenset[str] = frozenset(name.rpartition(".")[2] for name in _OF_OBJECTS | names.SERIALISERS)
