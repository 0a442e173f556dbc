"""A report without the secret of any token of our own, whole or cut: dependency files are quoted, and may hold one."""

from __future__ import annotations

import json
from typing import TypeVar

import msgspec
import re2

from app.core.package_report import PackageReport
from app.core.report import Report

Told = TypeVar("Told", Report, PackageReport)

_SECRET = re2.compile(rb"(asy_[ubw]1_[0-9A-Za-z]{16}_)[0-9A-Za-z]+")


def discreet(report: Told) -> Told:
    """The same report with `…` after the public part of such a token, as everywhere where one is shown."""
    try:
        text = msgspec.json.encode(report)
    except UnicodeEncodeError:  # half of a surrogate pair, which no encoding can write
        text = json.dumps(msgspec.to_builtins(report), ensure_ascii=False).encode("utf-8", "replace")
    if _SECRET.search(text) is None:
        return report
    return msgspec.json.decode(_SECRET.sub(lambda match: match.group(1) + "…".encode(), text), type=type(report))
