"""Package URLs (purl) that people write, read into packages; what is not one is refused with the cause."""

from __future__ import annotations

from urllib.parse import quote, unquote

from packageurl import PackageURL

from app.core.errors import InputError
from app.core.package import Ecosystem, Package

LONGEST = 600  # characters
_SHOWN = 120


def read_purl(text: str) -> Package:
    """The package that `pkg:npm/%40scope/name@1.2.3` names; raise `InputError` with the cause.

    The `%40` may also be an `@`, and letters keep their case, although the standard lowers it: npm has old packages
    that differ by case only. Qualifiers and subpaths are refused: they would name another file than the one that the
    configured registry has under this name and version.
    """
    try:
        purl = PackageURL.from_string(text, normalize_purl=False)
    except ValueError:
        raise InputError(f"{_short(text)} is not a package URL such as pkg:npm/name@1.2.3.") from None
    if purl.type not in list(Ecosystem):
        known = ", ".join(Ecosystem)
        raise InputError(f"{_short(text)}: packages of the type {purl.type[:40]!r} are not known here ({known} are).")
    if not purl.version:
        raise InputError(f"{_short(text)} names no version.")
    if purl.qualifiers or purl.subpath:
        raise InputError(f"{_short(text)} has qualifiers or a subpath, which are not taken. Name package and version.")
    parts = [unquote(part) for part in (purl.namespace, purl.name) if part]
    try:
        return Package.parse(f"{purl.type}/{'/'.join(parts)}@{unquote(purl.version)}")
    except InputError:
        raise InputError(f"{_short(text)} is not the URL of a package that could exist.") from None


def write_purl(package: Package) -> str:
    """The package URL of a package, with its letters as they are."""
    name = quote(package.name, safe="/")
    return f"pkg:{package.ecosystem}/{name}@{quote(package.version, safe='')}"


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
