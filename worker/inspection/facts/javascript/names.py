"""Dotted names: what a module is called, what a member of something named is called, and which names are one thing."""

from __future__ import annotations

from functools import cache, lru_cache

import re2

from worker.inspection.facts.javascript import tables

LONGEST = 120  # characters of a name that is followed

_OPENING = ("read", "load", "open", "glob", "copy", "upload", "parsefile")

# Names that no file has to import. Only those that lead somewhere: a name that is not here stands for nothing.
GLOBALS = frozenset(
    {
        *("globalThis", "global", "window", "self", "top", "parent", "frames", "root"),
        *("require", "module", "exports", "process", "Buffer", "Deno", "Bun", "navigator", "console"),
        *("eval", "Function", "setTimeout", "setInterval", "setImmediate", "execScript", "importScripts", "Worker"),
        *("fetch", "XMLHttpRequest", "WebSocket", "EventSource", "Request", "axios"),
        *("$", "jQuery", "chrome", "browser"),
        *("atob", "btoa", "escape", "unescape", "decodeURIComponent", "decodeURI", "encodeURIComponent", "encodeURI"),
        *("String", "Array", "Object", "JSON", "Number", "Reflect", "Promise", "URL", "URLSearchParams", "Math"),
        *("TextDecoder", "TextEncoder", "Uint8Array", "parseInt", "Symbol", "Error", "WebAssembly", "queueMicrotask"),
        *("Map", "Set", "document", "Image"),
        *("__non_webpack_require__", "__webpack_require__", "ActiveXObject", "WScript"),
    }
)
IMAGE, SCRIPT = "HTMLImageElement", "HTMLScriptElement"
"""Elements of a page that fetch or run what they are given."""
GLOBAL_OBJECTS = frozenset({"globalThis", "global", "window", "self", "top", "parent", "frames", "root"})
HELD = frozenset({"eval", "Function", "fetch", "XMLHttpRequest", "WebSocket", "EventSource", "require", "process"})
"""Parts of the global object that lead somewhere."""
HIDDEN = frozenset(
    {
        *("constructor", "mainModule", "createRequire", "getBuiltinModule", "_load", "dlopen", "binding"),
        *("_linkedBinding", "sendBeacon"),
    }
)
"""Members that lead from an innocent thing to one of these."""
GRABBED = re2.compile(rf"\.\s*(?:{'|'.join(sorted(HELD))})\b".encode())
"""One of these taken as a member of something."""
WRAPPER = frozenset({"require", "module", "exports", "__dirname", "__filename"})  # parameters of every CommonJS file

# Modules that offer what another one offers, and go by its name in the tables.
_SAME = {
    **dict.fromkeys(("fs-extra", "graceful-fs", "original-fs", "mz/fs", "fs-promise"), "fs"),
    **dict.fromkeys(("fs-jetpack", "@npmcli/fs"), "fs"),
    **dict.fromkeys(("promisify-child-process", "child-process-promise", "mz/child_process"), "child_process"),
    **{f"timers.{name}": name for name in ("setTimeout", "setInterval", "setImmediate")},
    "bun": "Bun",
    "follow-redirects.http": "http",
    "follow-redirects.https": "https",
    "path.posix": "path",
    "path.win32": "path",
    "process/browser": "process",
    "__non_webpack_require__": "require",
    "import": "require",
    "process.getBuiltinModule": "require",
    "module.require": "require",
    "Module._load": "require",
    "Module.prototype.require": "require",
    "jQuery": "jquery",
    "$": "jquery",
}
_SUBPATHS = {  # what is imported from inside a package, where it is not the package's own default
    "fs/promises": "fs.promises",
    "dns/promises": "dns.promises",
    "path/posix": "path",
    "path/win32": "path",
    "stream/promises": "stream",
    "mz/fs": "mz/fs",
    "mz/child_process": "mz/child_process",
}
_MEMBERS = {
    "process.mainModule": "module",
    "require.main": "module",
    "module.parent": "module",
    "module.constructor": "Module",
    "module.Module": "Module",
    "module.createRequire": "module.createRequire",
    "module.default": "module",
    "Module.default": "Module",
    "Module.Module": "Module",
    "Module.createRequire": "module.createRequire",
    "module._load": "Module._load",
    "require.resolve": "require.resolve",
    "Buffer.Buffer": "Buffer",
    "buffer.Buffer": "Buffer",
    "process.process": "process",
    "process.default": "process",
    "url.URL": "URL",
    "url.URLSearchParams": "URLSearchParams",
    "util.TextDecoder": "TextDecoder",
    "buffer.atob": "atob",
    "constructor.constructor": "Function",
}


@lru_cache(maxsize=4096)
def module_name(specifier: str) -> str:
    """What a module is called: without `node:`, and without the path inside a package."""
    name = specifier.removeprefix("node:")
    if name in _SUBPATHS:
        return _SUBPATHS[name]
    if name.startswith((".", "/")) or "/" not in name or "://" in name or len(name) > LONGEST:
        return name[:LONGEST]
    parts = name.split("/")
    return "/".join(parts[: 2 if name.startswith("@") else 1]) if parts[-1] != "global" else name


@lru_cache(maxsize=16384)
def member(name: str, key: str) -> str | None:
    """The name of a member of something named; None when it leads nowhere."""
    if name in GLOBAL_OBJECTS:
        return key if key in GLOBALS else None
    dotted = f"{name}.{key}"
    if dotted in _MEMBERS:
        return _MEMBERS[dotted]
    if key in ("default", "__esModule"):
        return name
    if key == "constructor":
        return "Function" if name != "module" else "Module"
    if len(dotted) > LONGEST:
        return None
    plain = canonical(dotted)
    return dotted if plain in _ways() or dotted in _ways() or opens(plain) else None


def opens(name: str) -> bool:
    """Whether a function of another module is named as if it opened files: `pkg.readJson`, `pkg.glob`."""
    _, dot, last = name.rpartition(".")
    return bool(dot) and any(word in last.lower() for word in _OPENING)


@lru_cache(maxsize=16384)
def leads(name: str) -> bool:
    """Whether something of this name, or a member of it, can do something."""
    return canonical(name).partition(".")[0] in tables.HEADS


@cache
def _ways() -> frozenset[str]:
    """Every name that is known, and every name on the way to one: other members lead nowhere."""
    known = {*tables.CALLS, *tables.LOADERS, *tables.FOLDED, *_MEMBERS.values(), *_SAME.values(), *_MEMBERS}
    return frozenset(prefix for name in known for prefix in _prefixes(name))


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: at + 1]) for at in range(len(parts))]


@lru_cache(maxsize=16384)
def canonical(name: str) -> str:
    """The name under which the tables know it: `fs-extra.promises.readFile` is `fs.readFile`."""
    head, dot, rest = name.partition(".")
    if name in _SAME:
        return _SAME[name]
    first, second, tail = rest.partition(".")
    if f"{head}.{first}" in _SAME:
        head, dot, rest = _SAME[f"{head}.{first}"], second, tail
    head = _SAME.get(head, head)
    rest = rest.removeprefix("promises.")
    if head in ("fs", "child_process") and rest.endswith("Async"):
        rest = rest.removesuffix("Async")
    return f"{head}.{rest}" if dot and rest else head
