"""Files that code reads, writes, copies and deletes → facts, and what data was written where."""

from __future__ import annotations

from collections.abc import Callable, Collection

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.python import sources, wiping
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.collector import Collector
from worker.inspection.facts.python.known import UNKNOWN, Known, as_text, origins_of
from worker.inspection.facts.python.path_calls import any_of, display, holds_credentials, is_telling

_PATHS = 16  # alternatives of one path that are told
_NOWHERE = frozenset({"/dev/null", "nul", "/dev/stdout", "/dev/stderr", "/dev/tty"})
_SCRIPT = 1 << 17  # characters of a written constant that may be a script

# Data that is written: where the data is, and where the target is (a file object or a path).
WRITERS: dict[str, tuple[int, int]] = {
    "builtins.open().write": (0, -1), "builtins.open().writelines": (0, -1), "os.open().write": (0, -1),
    "os.write": (1, 0), "posix.write": (1, 0), "json.dump": (0, 1), "pickle.dump": (0, 1), "yaml.dump": (0, 1),
    "shutil.copyfileobj": (0, 1), "pathlib.Path().write_text": (0, -1), "pathlib.Path().write_bytes": (0, -1),
    "distutils.file_util.write_file": (1, 0),
}  # fmt: skip
_BY_PATH = frozenset({"pathlib.Path().write_text", "pathlib.Path().write_bytes", "distutils.file_util.write_file"})
DOWNLOADERS: dict[str, int] = {
    "urllib.request.urlretrieve": 1, "urllib.urlretrieve": 1, "urllib.request.URLopener().retrieve": 1,
    "wget.download": 1, "gdown.download": 1, "paramiko.SSHClient().open_sftp().get": 1,
}  # fmt: skip
"""Downloads that go straight to a path: the position of the path."""
COPIERS = frozenset(
    {f"shutil.{name}" for name in ("copy", "copy2", "copyfile", "copytree", "move")}
    | {f"os.{name}" for name in ("rename", "replace", "renames", "link", "symlink")}
    | {"distutils.file_util.copy_file", "distutils.file_util.move_file"}
)
DELETERS = frozenset(
    {"os.remove", "os.unlink", "os.removedirs", "os.rmdir", "shutil.rmtree", "pathlib.Path().unlink",
     "pathlib.Path().rmdir", "os.truncate", "distutils.dir_util.remove_tree", "send2trash.send2trash",
     "setuptools._distutils.dir_util.remove_tree"}
)  # fmt: skip
_TREES = frozenset(
    {"shutil.rmtree", "distutils.dir_util.remove_tree", "setuptools._distutils.dir_util.remove_tree",
     "send2trash.send2trash"}
)  # fmt: skip
"""Those that delete a folder with all that is in it."""
REGISTRY: frozenset[str] = frozenset(
    f"{module}.{name}" for module in ("winreg", "_winreg")
    for name in ("SetValueEx", "SetValue", "CreateKey", "CreateKeyEx", "OpenKey", "OpenKeyEx")
)  # fmt: skip
_REGISTRY_OPENS = ("OpenKey", "OpenKeyEx", "CreateKey", "CreateKeyEx")
ARCHIVERS: dict[str, int] = {"zipfile.ZipFile().write": 0, "tarfile.open().add": 0, "shutil.make_archive": 2}
"""They put a file into an archive: the position of the file's path."""
UNPACKERS = frozenset({"zipfile.ZipFile().extractall", "zipfile.ZipFile().extract", "tarfile.open().extractall"})

WRITES: frozenset[str] = frozenset(WRITERS) | frozenset(DOWNLOADERS) | frozenset(ARCHIVERS) | COPIERS | UNPACKERS
"""What decides the data that later reads of a path give; looked at before everything else."""
PASSIVE: frozenset[str] = frozenset(WRITERS) - _BY_PATH
"""They make a fact only of data whose origin is known."""
WRITING: frozenset[str] = frozenset(name.rpartition(".")[2] for name in WRITES)
NAMES: frozenset[str] = (
    WRITES
    | DELETERS
    | REGISTRY
    | sources.OPENERS
    | sources.ARCHIVES
    | frozenset(sources.READERS)
    | sources.LISTERS
    | UNPACKERS
)


def note_writes(collector: Collector, call: Call, name: str) -> None:
    """Remember what data a call puts under which path."""
    written = collector.ev.written
    for text, origins in _written(collector, call, name):
        if text:
            written[text] = written.get(text, frozenset()) | origins


def _written(collector: Collector, call: Call, name: str) -> list[tuple[str, frozenset[Origin]]]:
    if name in WRITERS:
        data, target = _data_and_target(call, name)
        texts = target.texts if name in _BY_PATH else ((target.path,) if target.path else ())
        for text in texts:
            _note_script(collector, text, data)
        return [(text, data.origins) for text in texts]
    if name in DOWNLOADERS:
        target = call.argument(DOWNLOADERS[name], "filename", "out", "output", "localpath")
        origin = Origin(OriginKind.DOWNLOAD, call.line, sources.plain(name))
        return [(text, frozenset({origin})) for text in target.texts]
    if name in UNPACKERS:
        return [(text.rstrip("/"), call.base.origins) for text in call.argument(0, "path").texts or (".",)]
    if name in ARCHIVERS:
        origins = _content(collector, call.argument(ARCHIVERS[name], "filename", "name", "root_dir"), call, name)
        paths = (call.base.path,) if call.base.path else tuple(f"{text}.zip" for text in call.argument(0).texts)
        return [(text, origins) for text in paths]
    origins = _content(collector, call.argument(0, "src"), call, name)
    return [(text, origins) for text in call.argument(1, "dst").texts]


def _note_script(collector: Collector, path: str, data: Known) -> None:
    for value in data.exact[:1]:
        if 8 <= len(value) <= _SCRIPT:
            before = collector.scripts.get(path)
            text = as_text(value)
            collector.scripts[path] = f"{before}\n{text}" if before and text not in before else text


def _data_and_target(call: Call, name: str) -> tuple[Known, Known]:
    data, target = WRITERS[name]
    return call.argument(data, "data", "obj", "content"), call.base if target < 0 else call.argument(target, "fp")


def _content(collector: Collector, path: Known, call: Call, name: str) -> frozenset[Origin]:
    """What a copied file holds, where that is worth following: secrets, and what was written to it."""
    found = sources.content(collector.ev, path, call.line, name)
    return frozenset(origin for origin in found if origin.kind is not OriginKind.FILE)


def add_facts(collector: Collector, call: Call, name: str) -> None:
    """The facts of one call of `NAMES`."""
    for names, handler in _HANDLERS:
        if name in names:
            handler(collector, call, name)
            return


def _download(collector: Collector, call: Call, name: str) -> None:
    for text, origins in _written(collector, call, name) or [("", frozenset())]:
        _add(collector, FactId.FILE_WRITE, text, call, name, origins)


def _delete(collector: Collector, call: Call, name: str) -> None:
    target = call.base if name.startswith("pathlib.") else call.argument(0, "path")
    wiping.note_deletion(collector, target, call.line, whole=name in _TREES)
    for text in target.texts[:_PATHS] or ("",):
        _add(collector, FactId.FILE_WRITE, text, call, name)


def _open(collector: Collector, call: Call, name: str) -> None:
    reading = sources.is_reading(call, name)
    if not reading:
        wiping.note_overwriting(collector, sources.opened_paths(call, name), call.line)
    for text in sources.opened_paths(call, name).texts[:_PATHS] or ("",):
        _add(collector, FactId.FILE_READ if reading else FactId.FILE_WRITE, text, call, name)


def _list(collector: Collector, call: Call, name: str) -> None:
    target = call.base if name.startswith("pathlib.") else call.argument(0, "path", "top", "pathname")
    any_of(collector.ev, call, target.texts)  # a function that calls itself was asked before all of them were known
    for text in target.texts[:_PATHS]:
        _credential(collector, f"{text.rstrip('/')}/", call.line)


def _read(collector: Collector, call: Call, name: str) -> None:
    position = sources.READERS[name]
    for text in (call.base if position < 0 else call.argument(position)).texts[:_PATHS]:
        _add(collector, FactId.FILE_READ, text, call, name)


def _unpack(collector: Collector, call: Call, name: str) -> None:
    collector.add(FactId.FILE_WRITE, call.line, sources.plain(name))


def _write(collector: Collector, call: Call, name: str) -> None:
    """Writing to a file that was opened is worth a fact of its own when we know where the data comes from."""
    data, target = _data_and_target(call, name)
    texts = target.texts if name in _BY_PATH else ((target.path or "",))
    if name in _BY_PATH:
        wiping.note_overwriting(collector, target, call.line)
    if name in _BY_PATH or data.origins:
        for text in texts[:_PATHS] or ("",):
            _add(collector, FactId.FILE_WRITE, text, call, name, data.origins)


def _copy(collector: Collector, call: Call, name: str) -> None:
    origins = _content(collector, call.argument(0, "src"), call, name)
    for text in call.argument(0, "src").texts[:_PATHS]:
        _credential(collector, text, call.line)
    for text in call.argument(1, "dst").texts[:_PATHS] or ("",):
        _add(collector, FactId.FILE_WRITE, text, call, name, origins)


def _registry(collector: Collector, call: Call, name: str) -> None:
    """A key of Windows' registry is a place to write to: programs start from it."""
    opens = name.endswith(_REGISTRY_OPENS)
    key = call.argument(1, "sub_key") if opens else call.argument(0)
    writes = not name.endswith(("OpenKey", "OpenKeyEx")) or "SET_VALUE" in _source(collector, call)
    if writes or "ALL_ACCESS" in _source(collector, call):
        for text in (key.exact if opens else ()) or ("",):
            shown = display(as_text(text))
            detail = shown if is_telling(shown) else sources.plain(name)
            collector.add(FactId.FILE_WRITE, call.line, detail, origins_of(call.arguments))


def _source(collector: Collector, call: Call) -> str:
    return collector.ev.index.text(call.node)[:1_024]


def _add(
    collector: Collector,
    fact_id: FactId,
    text: str,
    call: Call,
    name: str,
    origins: frozenset[Origin] = UNKNOWN.origins,
) -> None:
    shown = display(text)
    if shown.lower() in _NOWHERE:
        return
    collector.add(fact_id, call.line, shown if is_telling(shown) else sources.plain(name), origins)
    if fact_id is FactId.FILE_READ:
        _credential(collector, text, call.line)


def _credential(collector: Collector, text: str, line: int) -> None:
    shown = display(text)
    if holds_credentials(shown):
        collector.add(FactId.CREDENTIAL_FILE, line, shown)


_HANDLERS: tuple[tuple[Collection[str], Callable[[Collector, Call, str], None]], ...] = (
    (WRITERS, _write),
    (DOWNLOADERS, _download),
    (COPIERS, _copy),
    (DELETERS, _delete),
    (REGISTRY, _registry),
    (sources.OPENERS | sources.ARCHIVES, _open),
    (sources.LISTERS, _list),
    (sources.READERS, _read),
    (UNPACKERS, _unpack),
)
