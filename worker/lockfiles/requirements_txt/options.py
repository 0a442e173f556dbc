"""Options of a requirements file, read by the standard library's `optparse`, because pip reads them with it.

Abbreviations (`--extra` for `--extra-index-url`), glued values (`-ifoo`) and repeated options then mean here what they
mean there.
"""

from __future__ import annotations

import shlex
from functools import cache
from optparse import OptionParser
from typing import Any, NoReturn

_LONGEST_QUOTED = 8192  # characters; `shlex` takes a second for a million
_MOST_WORDS = 2_000  # of one line; `optparse` takes the square of their number
_SPACES = str.maketrans("\t\r\n", "   ")  # no others separate words for `shlex`
_SWITCHES = (
    "--no-index",
    "--prefer-binary",
    "--require-hashes",
    "--no-require-hashes",
    "--pre",
)
_VALUES = ("--no-binary", "--only-binary", "--all-releases", "--only-final", "--use-feature", "--global-option")


class BadOption(Exception):
    """pip would refuse this, or drop it without a word. The message says what."""


def split_options(text: str) -> tuple[str, str]:
    """The requirement and its options: as in pip, the first word that begins with `-` begins the options."""
    if text.startswith("-"):
        return "", text
    requirement, found, options = text.partition(" -")
    return (requirement, f"-{options}") if found else (text, "")


def read_options(text: str) -> dict[str, Any]:
    """Options by their destination (`index_url`, `hashes` …): a value, a list of them, or None. `BadOption`."""
    if not any(character in text for character in "'\"\\"):
        words = [word for word in text.translate(_SPACES).split(" ") if word]
    elif len(text) > _LONGEST_QUOTED:
        raise BadOption("its options are too long to be read")
    else:
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise BadOption(f"its options cannot be split ({str(error).lower()})") from None
    if words and all(word.startswith("--hash=") for word in words):  # what almost every line of a locked file holds
        return {"hashes": [word.removeprefix("--hash=") for word in words]}
    if len(words) > _MOST_WORDS:
        raise BadOption("it has more options than can be read")
    options, left_over = _parser().parse_args(words, _parser().get_default_values())
    if left_over:
        raise BadOption(f"pip drops {left_over[0]!r} without a word")
    return vars(options)


class _Parser(OptionParser):
    def error(self, msg: str) -> NoReturn:
        raise BadOption(msg)


@cache
def _parser() -> OptionParser:
    """The options of pip 26.3, `SUPPORTED_OPTIONS` and `SUPPORTED_OPTIONS_REQ` in its `req_file.py`."""
    parser = _Parser(add_help_option=False)
    parser.add_option("-i", "--index-url", "--pypi-url", dest="index_url")
    parser.add_option("--extra-index-url", dest="extra_index_urls", action="append")
    parser.add_option("-f", "--find-links", dest="find_links", action="append")
    parser.add_option("--trusted-host", dest="trusted_hosts", action="append")
    parser.add_option("-r", "--requirement", dest="requirements", action="append")
    parser.add_option("-c", "--constraint", dest="constraints", action="append")
    parser.add_option("-e", "--editable", dest="editables", action="append")
    parser.add_option("--hash", dest="hashes", action="append")
    parser.add_option("-C", "--config-setting", "--config-settings", dest="config_settings", action="append")
    for switch in _SWITCHES:
        parser.add_option(switch, action="store_true")
    for name in _VALUES:
        parser.add_option(name, action="append")
    return parser
