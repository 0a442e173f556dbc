"""The language of a file whose name does not tell: clearly code, or nothing."""

from __future__ import annotations

import posixpath

import re2

_HEAD = 1 << 16  # bytes that are looked at
_LINES = 400
# Files whose content is of another kind, whatever snippets stand in it.
_OTHER = frozenset(
    {".md", ".markdown", ".rst", ".adoc", ".html", ".htm", ".xhtml", ".css", ".scss", ".sass", ".less", ".json",
     ".json5", ".jsonc", ".map", ".yml", ".yaml", ".toml", ".xml", ".svg", ".lock", ".csv", ".tsv", ".po", ".pot",
     ".pem", ".crt", ".ini", ".cfg", ".conf", ".editorconfig", ".c", ".h", ".cc", ".cpp", ".hpp", ".cxx", ".go", ".rs",
     ".java", ".kt", ".rb", ".php", ".pl", ".pm", ".swift", ".cs", ".vb", ".lua", ".r", ".jl", ".scala", ".sql", ".tex",
     ".proto", ".graphql", ".vue", ".svelte", ".astro", ".coffee", ".pyx", ".pxd", ".pxi", ".f", ".f90", ".asm", ".s",
     ".cmake", ".mk", ".gyp", ".gypi", ".tmpl", ".j2", ".jinja", ".mako", ".ejs", ".hbs", ".diff", ".patch", ".ipynb",
     ".flow", ".am", ".ac", ".in", ".m4", ".el", ".vim", ".lisp", ".clj", ".hs", ".ml", ".erl", ".ex", ".exs", ".dart",
     ".pth", ".m", ".mm", ".cu", ".metal", ".wgsl", ".glsl", ".cl", ".gradle", ".groovy", ".tcl", ".nix", ".zig"}
)  # fmt: skip
_OTHER_NAMES = frozenset({"makefile", "dockerfile", "license", "licence", "copying", "notice", "authors", "changelog",
                          "changes", "readme", "metadata", "pkg-info", "record", "wheel", "jenkinsfile"})  # fmt: skip

_PYTHON = re2.compile(
    r"^(?:import [a-z_][\w.]*(?: as \w+)?(?:\s*[,;]|\s*$)|from [\w.]+ import |exec\s*\(|eval\s*\(|__import__\s*\("
    r"|def \w+\(.*\).*:\s*$|class \w+.*:\s*$|if __name__ ==|@\w+|_\s*=\s*lambda)"
)
_JAVASCRIPT = re2.compile(
    r"""^(?:['"]use strict['"]|(?:const|let|var)\s+[\w$\[{]|(?:async )?function\s*\*?\s*[\w$(]"""
    r"""|[!+;(]+\s*(?:async )?function\s*\("""
    r"""|import\s.{0,200}from\s*['"]|require\(|module\.exports|exports\.\w|export (?:default|const|function|class)"""
    r"""|eval\(|\(\(\)\s*=>|\(async\s*\(\)|new Function\()"""
)
_SHELL = re2.compile(
    r"^(?:set -[euxo]|export [A-Z_]+=|curl -|wget -|curl http|wget http"
    r"|if \[|fi$|done$|esac$|sudo |chmod \+x|eval \"\$)"
)
_PROSE = re2.compile(r"^[A-Z*\-]?[\w',.\-]+(?: [\w',.:\-]+){5,}[.,:]?$")

_CONTROLS = bytes(range(9))


def is_text(content: bytes) -> bool:
    """Whether bytes are text: no NUL in their head, and few control characters."""
    head = content[:4_096]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return b"\0" not in head and controls * 32 <= len(head)


def sniff_language(path: str, content: bytes) -> str | None:
    """`python`, `javascript` or `shell` for a file that is clearly code though its name does not say so; else None."""
    name = posixpath.basename(path).lower()
    stem, suffix = posixpath.splitext(name)
    if suffix in _OTHER or stem in _OTHER_NAMES or len(content) < 16 or not is_text(content):
        return None
    lines = [line for line in content[:_HEAD].decode("utf-8", "replace").split("\n")[:_LINES] if line.strip()]
    lines = [line[:2_000] for line in lines]
    if sum(_PROSE.match(line.strip()) is not None for line in lines) * 8 > len(lines):
        return None
    code = [line for line in lines if not line.lstrip().startswith(("#", "//", "*", "/*"))]
    scores = {
        "python": sum(_PYTHON.match(line) is not None for line in code),
        "javascript": sum(_JAVASCRIPT.match(line) is not None for line in code),
        "shell": sum(_SHELL.match(line) is not None for line in code),
    }
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] and scores[best] * 40 >= len(code) else None
