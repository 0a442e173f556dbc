"""`os.path`, `pathlib` and `tempfile` → the text of the path, with `/` between its parts and `~` for home."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace

from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.evaluation import Evaluator
from worker.inspection.facts.python.expressions import join_path
from worker.inspection.facts.python.known import (
    ALTERNATIVES,
    HERE,
    UNKNOWN,
    Known,
    as_text,
    combine,
    constant,
    is_hole,
    mapping,
    origins_of,
    sequence,
)
from worker.inspection.facts.vocabulary import CREDENTIAL_PATHS, credential_file

PATH = "pathlib.Path()"
_ENTRY = "os.DirEntry()"
_PATHS = frozenset({PATH, "pathlib.PurePath()", "pathlib.PosixPath()", "pathlib.WindowsPath()"})
_CREDENTIAL_FOLDERS = frozenset(
    part.rpartition("/")[0] for part in CREDENTIAL_PATHS if part.startswith(".") and "/" in part.rstrip("/")
)


def display(text: str) -> str:
    """A path as people read it: `…` for what is not known, and relative to the package where it starts there."""
    text = text.removeprefix(HERE + "/").replace(HERE, ".").replace("\\", "/")
    shown: list[str] = []
    for character in text[:1_024]:
        if not is_hole(character):
            shown.append(character)
        elif shown[-1:] != ["…"]:
            shown.append("…")
    return "".join(shown)


def is_telling(path: str) -> bool:
    """Whether enough of a displayed path is known to say more than the call that opens it."""
    return len(path.replace("…", "").strip("./")) >= 3


def holds_credentials(shown: str) -> bool:
    """Whether a displayed path holds credentials; of a folder's unknown files, whether one of them would."""
    if credential_file(shown) is not None:
        return True
    folder = shown.removesuffix("/").removesuffix("…").removesuffix("*").rstrip("/").lower()
    return shown.endswith(("/…", "/*", "/")) and any(folder.endswith(f"/{known}") for known in _CREDENTIAL_FOLDERS)


def path_attribute(known: Known, name: str) -> Known:
    """`.parent`, `.name` … of a path, and `.name` of a temporary file."""
    if name == "name" and known.path is not None:
        return constant(known.path)
    if name == "path" and _ENTRY in known.names:
        return constant(*known.texts)
    if not _PATHS.intersection(known.names):
        return UNKNOWN
    if name == "parent":
        return Known(constants=tuple(_parent(text) for text in known.texts), names=(PATH,))
    if name in {"name", "stem"}:
        names = [posixpath.basename(text) for text in known.texts]
        return constant(*(posixpath.splitext(text)[0] if name == "stem" else text for text in names))
    return UNKNOWN


def _parent(text: str) -> str:
    head = posixpath.dirname(text.rstrip("/"))
    return head or ("." if "/" not in text else "/")


def _texts(known: Known) -> Known:
    """The same paths, with slashes that lean one way."""
    return Known(constants=tuple(text.replace("\\", "/") for text in known.texts), origins=known.origins)


def _join(_ev: Evaluator, call: Call) -> Known:
    if not call.positional:
        return constant(".")
    total = _texts(call.positional[0])
    for part in call.positional[1:]:
        joined = combine(total, _texts(part), lambda one, other: join_path(as_text(one), as_text(other)))
        total = Known(constants=joined, origins=origins_of([total, part]))
    return total


def _path(ev: Evaluator, call: Call) -> Known:
    return Known(constants=_join(ev, call).constants, names=(PATH,), origins=origins_of(call.positional))


def _below(_ev: Evaluator, call: Call) -> Known:
    """`base.joinpath(a, b)`."""
    total = _texts(call.base)
    for part in call.positional:
        joined = combine(total, _texts(part), lambda one, other: join_path(as_text(one), as_text(other)))
        total = Known(constants=joined)
    return Known(constants=total.constants, names=(PATH,), origins=origins_of([call.base, *call.positional]))


def _mapped(function: Callable[[str], str]) -> Callable[[Evaluator, Call], Known]:
    def apply(_ev: Evaluator, call: Call) -> Known:
        texts = _texts(call.argument(0, "path", "p")).texts
        return Known(constants=tuple(dict.fromkeys(function(text) for text in texts)), origins=call.argument(0).origins)

    return apply


def _same(_ev: Evaluator, call: Call) -> Known:
    return Known(constants=call.base.constants, names=(PATH,), origins=call.base.origins)


def _splitext(_ev: Evaluator, call: Call) -> Known:
    parts = [posixpath.splitext(text) for text in call.argument(0).texts[:1]]
    return sequence(constant(part) for pair in parts for part in pair) if parts else UNKNOWN


def _split(_ev: Evaluator, call: Call) -> Known:
    parts = [posixpath.split(text) for text in _texts(call.argument(0)).texts[:1]]
    return sequence(constant(part) for pair in parts for part in pair) if parts else UNKNOWN


def _home(_ev: Evaluator, _call: Call) -> Known:
    return Known(constants=("~",), names=(PATH,))


def _temporary_folder(_ev: Evaluator, _call: Call) -> Known:
    return constant("%TEMP%")


def _module_folder(_ev: Evaluator, call: Call) -> Known:
    """Where installed modules lie: `purelib`, `platlib`."""
    wanted = set(call.argument(0, "name").exact)
    return constant("/usr/lib/python3/site-packages") if wanted & {"purelib", "platlib"} else UNKNOWN


def _temporary_file(ev: Evaluator, call: Call) -> Known:
    """An open file under a name of its own."""
    suffix = call.keywords.get("suffix", UNKNOWN).texts
    name = ev.hole((call.node.id, "temporary")).texts[0] + (suffix[0] if suffix else "")
    return Known(names=("builtins.open()",), path=f"%TEMP%/{name}")


def _temporary_pair(ev: Evaluator, call: Call) -> Known:
    """`descriptor, path = mkstemp()`."""
    opened = _temporary_file(ev, call)
    return sequence([Known(names=("os.open()",), path=opened.path), constant(opened.path or "")])


def _with_suffix(_ev: Evaluator, call: Call) -> Known:
    suffix = call.argument(0).texts
    texts = [posixpath.splitext(text)[0] + (suffix[0] if suffix else "") for text in call.base.texts]
    return Known(constants=tuple(texts), names=(PATH,))


def _with_name(_ev: Evaluator, call: Call) -> Known:
    names = call.argument(0).texts
    texts = [join_path(_parent(text), name) for text in call.base.texts for name in names]
    return Known(constants=tuple(texts[:ALTERNATIVES]), names=(PATH,))


def _listed(ev: Evaluator, call: Call) -> Known:
    """Names of files below a folder: `os.listdir`, `glob`."""
    texts = (call.base if PATH in call.base.names else call.argument(0)).texts
    below = [text if "*" in text else join_path(text, any_of(ev, call, texts).texts[0]) for text in texts]
    names = (PATH,) if PATH in call.base.names else ()
    return sequence([Known(constants=tuple(below), names=names)])


def _entries(ev: Evaluator, call: Call) -> Known:
    """What `os.scandir` finds: entries that have a path."""
    texts = call.argument(0, "path").texts
    below = tuple(join_path(text, any_of(ev, call, texts).texts[0]) for text in texts)
    return sequence([Known(constants=below, names=(_ENTRY,))])


def _list_names(ev: Evaluator, call: Call) -> Known:
    return sequence([any_of(ev, call, call.argument(0, "path", "top").texts)])


def any_of(ev: Evaluator, call: Call, folders: tuple[str, ...]) -> Known:
    """The name of any file in these folders."""
    name = ev.hole((call.node.id, "file"))
    known = ev.listed.get(name.texts[0], ())
    more = (text.replace("\\", "/").rstrip("/") or text for text in folders)
    ev.listed[name.texts[0]] = tuple(dict.fromkeys((*known, *more)))[:ALTERNATIVES]
    return name


def _walk(ev: Evaluator, call: Call) -> Known:
    """`for root, folders, files in os.walk(path)`."""
    root = Known(constants=tuple(call.argument(0, "top").texts))
    return sequence([sequence([root, sequence([ev.hole((call.node.id, "folder"))]), _list_names(ev, call)])])


def _methods(name: str, function: Callable[[Evaluator, Call], Known]) -> dict[str, Callable[[Evaluator, Call], Known]]:
    return {f"{holder}.{name}": function for holder in _PATHS}


RESULTS: dict[str, Callable[[Evaluator, Call], Known]] = {
    **{f"os.path.{name}": _mapped(lambda text: text) for name in
       ("abspath", "realpath", "normpath", "expanduser", "normcase")},
    **{f"pathlib.{name}": _path for name in ("Path", "PurePath", "PosixPath", "WindowsPath", "PurePosixPath")},
    **{key: value for name in ("resolve", "expanduser", "absolute", "as_posix", "__fspath__")
       for key, value in _methods(name, _same).items()},
    **{key: value for name in ("glob", "rglob", "iterdir") for key, value in _methods(name, _listed).items()},
    **_methods("joinpath", _below),
    **_methods("with_suffix", _with_suffix),
    **_methods("with_name", _with_name),
    "os.path.join": _join,
    "posixpath.join": _join,
    "ntpath.join": _join,
    "os.path.expandvars": _mapped(
        lambda text: text.replace("${HOME}", "~").replace("$HOME", "~").replace("%USERPROFILE%", "~")
    ),
    "os.path.dirname": _mapped(posixpath.dirname),
    "os.path.basename": _mapped(posixpath.basename),
    "os.path.splitext": _splitext,
    "os.path.split": _split,
    "os.fspath": _mapped(lambda text: text),
    "pathlib.Path.home": _home,
    "pathlib.Path.cwd": lambda _ev, _call: Known(constants=(".",), names=(PATH,)),
    "os.getcwd": lambda _ev, _call: constant("."),
    "tempfile.gettempdir": _temporary_folder,
    "site.getusersitepackages": lambda _ev, _call: constant("~/.local/lib/python3/site-packages"),
    "site.getsitepackages": lambda _ev, _call: sequence([constant("/usr/lib/python3/site-packages")]),
    "sysconfig.get_path": _module_folder,
    "sysconfig.get_paths": lambda _ev, _call: mapping([(None, constant("/usr/lib/python3/site-packages"))]),
    "distutils.sysconfig.get_python_lib": lambda _ev, _call: constant("/usr/lib/python3/site-packages"),
    "tempfile.NamedTemporaryFile": _temporary_file,
    "tempfile.mkstemp": _temporary_pair,
    "os.fdopen": lambda _ev, call: replace(call.argument(0), names=("builtins.open()",)),
    "os.listdir": _list_names,
    "os.walk": _walk,
    "os.scandir": _entries,
    "glob.glob": _listed,
    "glob.iglob": _listed,
}  # fmt: skip
