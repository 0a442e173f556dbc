"""Where data comes from: the environment, files, the network, other programs, decoders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.folders import FOLDERS
from worker.inspection.facts.found import WHOLE
from worker.inspection.facts.hosts import host_of, hosts_in, is_host
from worker.inspection.facts.python import commands, decoders, names
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.evaluation import Evaluator
from worker.inspection.facts.python.known import UNKNOWN, Known, as_text, constant, merge, origins_of, sequence
from worker.inspection.facts.python.path_calls import display, holds_credentials, is_telling
from worker.inspection.facts.vocabulary import is_metadata_host

ENVIRONMENTS = frozenset({"os.environ", "os.environb", "posix.environ", "nt.environ", "os.environ.copy()"})
VARIABLE_CALLS = frozenset({"os.getenv", "os.getenvb", "decouple.config"}) | {
    f"{name}.{method}" for name in ENVIRONMENTS for method in ("get", "pop", "setdefault", "__getitem__")
}
OPENERS = frozenset(
    {"builtins.open", "io.open", "codecs.open", "os.open", "gzip.open", "bz2.open", "lzma.open", "tokenize.open",
     "io.FileIO", "aiofiles.open", "posix.open", "nt.open", "builtins.file", "anyio.open_file", "pathlib.Path().open"}
)  # fmt: skip
_COMPRESSED = frozenset({"gzip.open", "bz2.open", "lzma.open"})
READERS: dict[str, int] = {  # which argument is the path; -1 is the object itself
    "pkgutil.get_data": 1, "importlib.resources.read_text": 1, "importlib.resources.read_binary": 1,
    "pathlib.Path().read_text": -1, "pathlib.Path().read_bytes": -1, "linecache.getlines": 0, "linecache.getline": 0,
    "configparser.ConfigParser().read": 0, "configparser.RawConfigParser().read": 0,
    "configparser.SafeConfigParser().read": 0, "ConfigParser.ConfigParser().read": 0, "sqlite3.connect": 0,
    "zipfile.ZipFile().write": 0, "tarfile.open().add": 0, "shutil.make_archive": 2, "fileinput.input": 0,
    "dotenv.dotenv_values": 0, "numpy.fromfile": 0, "mmap.mmap": 0,
}  # fmt: skip
ARCHIVES = frozenset({"zipfile.ZipFile", "tarfile.open", "tarfile.TarFile"})
LISTERS = frozenset({"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"}) | {
    f"pathlib.Path().{name}" for name in ("glob", "rglob", "iterdir")
}
_IDENTITY = ("ACTIONS_ID_TOKEN_REQUEST_", "SYSTEM_OIDCREQUESTURI")
_SPELLED = 8  # letters that are written as numbers, from which a text is hidden
_ADDRESSES = 2  # arguments at the front of which one may be the address
_URLS = ("url", "uri", "base_url", "endpoint", "webhook_url", "fullurl", "host", "address")
_READ_MODE = frozenset("wax")


def variable(ev: Evaluator, key: Known, line: int, default: Iterable[Known] = ()) -> Known:
    """The value of an environment variable."""
    written = [as_text(name) for name in key.exact]
    if not written:
        return Known(origins=frozenset({Origin(OriginKind.ENVIRONMENT, line, WHOLE)})) if _is_swept(key) else UNKNOWN
    folders = [FOLDERS[name.upper()] for name in written if name.upper() in FOLDERS]
    origins = frozenset(Origin(OriginKind.ENVIRONMENT, line, name) for name in written if name.upper() not in FOLDERS)
    known = merge([Known(constants=tuple(folders), origins=origins), *default])
    return known if folders else replace(ev.hole(("variable", *written)), origins=known.origins)


def _is_swept(key: Known) -> bool:
    """Whether the name of a variable comes from the list of all of them."""
    return any(origin.detail == WHOLE and origin.kind is OriginKind.ENVIRONMENT for origin in key.origins)


def is_reading(call: Call, name: str) -> bool:
    """Whether a call that opens a file opens it for reading (the default)."""
    position = 0 if name.startswith("pathlib.") else 1
    mode = call.argument(position, "mode").texts
    return name not in {"os.open", "posix.open", "nt.open"} and not any(_READ_MODE.intersection(text) for text in mode)


def opened_paths(call: Call, name: str) -> Known:
    """The path that a call opens."""
    return call.base if name.startswith("pathlib.") else call.argument(0, "file", "path", "filename")


def content(ev: Evaluator, path: Known, line: int, name: str) -> frozenset[Origin]:
    """Where the data comes from that is read from these paths."""
    found: set[Origin] = set()
    for text in path.texts or ("",):
        shown = display(text)
        if holds_credentials(shown):
            found.add(Origin(OriginKind.CREDENTIAL_FILE, line, shown))
        else:
            found.add(Origin(OriginKind.FILE, line, shown if is_telling(shown) else plain(name)))
        found |= ev.written.get(text, frozenset())
    return frozenset(found)


def plain(name: str) -> str:
    """A resolved name as people read it: without what says that it is built in, or an instance."""
    return name.replace("()", "").removeprefix("builtins.")


def opened(ev: Evaluator, call: Call, name: str) -> Known:
    """An open file: reading from it gives its content, writing goes to its path."""
    path = opened_paths(call, name)
    reading = is_reading(call, name)
    origins = content(ev, path, call.line, name) if reading else frozenset()
    if reading and name in _COMPRESSED:
        origins |= {Origin(OriginKind.DECODED, call.line, plain(name))}
    return Known(names=("builtins.open()",), origins=origins, path=path.texts[0] if path.texts else None)


def archive(ev: Evaluator, call: Call, name: str) -> Known:
    """An archive: files are put into its path, or come out of it."""
    held = origins_of([call.argument(0, "file"), call.argument(2, "fileobj")])
    return replace(opened(ev, call, name), names=(f"{name}()",)).with_origins(held)


def read(ev: Evaluator, call: Call, name: str) -> Known:
    """What a function gives that reads a file by its path."""
    position = READERS[name]
    path = call.base if position < 0 else call.argument(position)
    return Known(names=(f"{name}()",), origins=content(ev, path, call.line, name))


def hosts(call: Call, name: str) -> tuple[str, ...]:
    """The constant hosts that a network call talks to."""
    found = list(call.base.hosts)
    for argument in [*call.positional[:_ADDRESSES], *(call.keywords[key] for key in _URLS if key in call.keywords)]:
        if names.REQUESTS.intersection(one.removesuffix("()") for one in argument.names):
            found += argument.hosts
        found += [host for text in argument.texts for host in hosts_in(text)]
    if name in names.HOST_CALLS:
        addresses = [call.argument(0, "host", "address", "hostname", "qname")]
        if name.endswith(".sendto"):
            addresses = call.positional[-1:]
        for address in addresses:
            first = address.items[0] if address.items else address
            found += [host for text in first.texts if (host := host_of(text)) and (is_host(host))]
    return tuple(dict.fromkeys(found))[:16]


def network(_ev: Evaluator, call: Call, name: str) -> Known:
    """What a network call gives: an answer, or an open connection."""
    talks_to = hosts(call, name)
    is_text_record = name.startswith("dns.") and "TXT" in call.argument(1, "rdtype").texts
    if name == "asyncio.open_connection":
        return sequence(Known(names=(f"{name}().{end}",), hosts=talks_to) for end in ("reader", "writer"))
    if (name in names.HOST_CALLS or name in names.SENDS) and not is_text_record:
        return Known(names=(f"{name}()",), hosts=talks_to)
    kind = OriginKind.METADATA_SERVICE if any(map(is_metadata_host, talks_to)) else OriginKind.DOWNLOAD
    origin = Origin(kind, call.line, talks_to[0] if kind is OriginKind.METADATA_SERVICE else plain(name))
    return Known(names=(f"{name}()",), origins=frozenset({origin, *_identity(call)}), hosts=talks_to)


def _identity(call: Call) -> set[Origin]:
    """What a request that carries the right to ask for an identity token gives: such a token."""
    return {
        origin
        for origin in origins_of([*call.arguments, call.base])
        if origin.kind is OriginKind.ENVIRONMENT and origin.detail.upper().startswith(_IDENTITY)
    }


def received(_ev: Evaluator, call: Call, name: str) -> Known:
    """What comes over an open connection."""
    kind = OriginKind.METADATA_SERVICE if any(map(is_metadata_host, call.base.hosts)) else OriginKind.DOWNLOAD
    origins = {Origin(kind, call.line, plain(name))}
    if call.base.path is not None:
        origins = set(call.base.origins)
    return Known(names=(f"{name}()",), origins=frozenset(origins))


def request(_ev: Evaluator, call: Call, name: str) -> Known:
    """A request that is sent later: it carries its URL and its data."""
    url = call.argument(0, "url")
    return Known(url.constants, (f"{name}()",), origins=origins_of(call.arguments), hosts=hosts(call, name))


def process(ev: Evaluator, call: Call, name: str) -> Known:
    """A program's output: of the program, and of what its command line reads."""
    if name not in names.PRINTS:
        return UNKNOWN
    origins = {Origin(OriginKind.PROCESS, call.line, plain(name))}
    started = commands.read(ev, call, name)
    interprets = any(commands.INTERPRETERS.intersection(found.programs) for found in started)
    for found in started:
        for fact in found.facts:
            kind = _PRINTED.get(fact.id)
            if kind is not None and (fact.id is not FactId.ENVIRONMENT or fact.detail == WHOLE):
                origins.add(Origin(kind, call.line, fact.detail))
    return Known(names=(f"{name}()", *(("interpreter()",) if interprets else ())), origins=frozenset(origins))


_PRINTED = {
    FactId.NETWORK: OriginKind.DOWNLOAD,
    FactId.CREDENTIAL_FILE: OriginKind.CREDENTIAL_FILE,
    FactId.ENVIRONMENT: OriginKind.ENVIRONMENT,
}


def decoded(_ev: Evaluator, call: Call, name: str) -> Known:
    """What a decoder gives: worked out for constants, and its origin in any case."""
    data = call.argument(0, "s", "data", "string")
    bits = call.argument(1, "encoding", "wbits")
    origins = origins_of([data])
    if name in decoders.DECODERS and not _is_ordinary(call, name):
        constant_code = name == "marshal.loads" and data.exact
        detail = "marshal.loads of a constant" if constant_code else plain(name)
        origins |= {Origin(OriginKind.DECODED, call.line, detail)}
    found = []
    for value in data.constants:
        if isinstance(value, (bytes, str)) and (isinstance(value, bytes) or value in data.exact):
            arguments = [value, *(bits.constants[:1] if bits.constants else ())]
            result = decoders.decode(name, arguments)
            if result is not None:
                found.append(result)
            if name not in decoders.DECODERS and as_text(value).count("%") >= _SPELLED:
                origins |= {Origin(OriginKind.DECODED, call.line, plain(name))}
    return constant(*found).with_origins(origins)


def _is_ordinary(call: Call, name: str) -> bool:
    """`codecs.decode(data, "utf-8")` reads text; it hides nothing."""
    if name != "codecs.decode":
        return False
    encodings = call.argument(1, "encoding").texts
    return not any(map(decoders.hides, encodings))


def is_decoder(call: Call, name: str) -> bool:
    """Whether a call hides or reveals data: a decoder, not an ordinary text encoding."""
    return name in decoders.DECODERS and not _is_ordinary(call, name)


def credentials(_ev: Evaluator, call: Call, name: str) -> Known:
    """A secret out of a store."""
    origin = Origin(OriginKind.CREDENTIAL_FILE, call.line, names.CREDENTIAL_CALLS[name])
    return Known(origins=frozenset({origin}))


def socket(_ev: Evaluator, call: Call, name: str) -> Known:
    """A socket; one that stays on this machine is no network."""
    is_local = "socket.AF_UNIX" in call.argument(0, "family").names
    return Known(names=("socket.unix()" if is_local else f"{name}()",))


def settings(call: Call) -> frozenset[Origin]:
    """The environment as it is handed to something unknown: that looks settings up, and gives other things back."""
    return frozenset(
        origin for value in call.arguments if _is_mapping(value) for origin in value.origins if origin.detail == WHOLE
    )


def _is_mapping(value: Known) -> bool:
    return any(name.split("(")[0].removesuffix(".copy") in ENVIRONMENTS for name in value.names)


FILE_NAMES = frozenset(plain(name) for name in (*OPENERS, *READERS, *ARCHIVES, *names.LOADERS, *names.FILE_CALLS))
"""What stands for a file whose path is not known."""

Source = Callable[["Evaluator", "Call", str], Known]
TABLE: dict[str, Source] = {
    **dict.fromkeys(OPENERS, opened),
    **dict.fromkeys(READERS, read),
    **dict.fromkeys(ARCHIVES, archive),
    **dict.fromkeys(names.NETWORK, network),
    **dict.fromkeys(names.RECEIVES, received),
    **dict.fromkeys(names.REQUESTS, request),
    "socket.socket": socket,
    **dict.fromkeys(names.PROCESS, process),
    **dict.fromkeys(decoders.DECODERS | decoders.RUN_BY_US, decoded),
    **dict.fromkeys(names.CREDENTIAL_CALLS, credentials),
}
