"""Environment variables as values: one of them, any of them, or all at once."""

from __future__ import annotations

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.javascript.values import Value, elements, merge

ENVIRONMENTS = frozenset({"process.env", "Bun.env", "import.meta.env"})
REPORT = "process.report.getReport()"
"""Node's report about itself, which holds the environment."""
UNNAMED = "…"  # the detail of a variable whose name is not known

_HOMES = {
    **dict.fromkeys(("HOME", "USERPROFILE", "HOMEPATH"), "~"),
    "APPDATA": "~/AppData/Roaming",
    "LOCALAPPDATA": "~/AppData/Local",
    "XDG_CONFIG_HOME": "~/.config",
    **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), "/tmp"),  # noqa: S108 - what the variable stands for
}


def is_environment(value: Value) -> bool:
    """Whether this is `process.env` itself."""
    return any(name in ENVIRONMENTS for name in value.names)


def variable(key: str | None, line: int) -> Value:
    """The value of one environment variable."""
    origin = Origin(OriginKind.ENVIRONMENT, line, UNNAMED if key is None else key[:128])
    home = _HOMES.get(key or "")
    return Value(texts=(home,) if home else (), origins=frozenset((origin,)))


def whole_environment(line: int) -> Value:
    """Every environment variable at once."""
    return Value(origins=frozenset((Origin(OriginKind.ENVIRONMENT, line, "*"),)))


def element(value: Value, line: int) -> Value:
    """Any one element of a list, or of an environment."""
    if is_environment(value):
        return merge([elements(value), whole_environment(line)])
    return elements(value)
