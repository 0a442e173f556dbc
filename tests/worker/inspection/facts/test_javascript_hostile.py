"""Sources that are built to exhaust a reader: each ends with facts, or out of its budget, and nothing else."""

from __future__ import annotations

import base64
import random
import zlib
from contextlib import suppress

import pytest

from tests.worker.inspection.facts.told_javascript import facts
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.javascript import extract, extract_inline
from worker.inspection.facts.tree import Budget, OutOfBudget

BOMB = base64.b64encode(zlib.compress(b"a" * 50_000_000, 9)).decode()
NOISE = bytes(random.Random(7).randrange(256) for _ in range(100_000))

SOURCES = {
    "parentheses": b"(" * 200_000,
    "brackets": b"[" * 1_000_000,
    "templates in templates": b"`${" * 100_000,
    "a chain of operators": b"!" * 200_000 + b"x",
    "a chain of members": b"process" + b".env" * 100_000,
    "a chain of calls": b"f" + b"()" * 100_000,
    "a chain of promises": b"fetch(u)" + b".then(eval)" * 10_000,
    "a long sum": b"eval(" + b"+".join([b'"a"'] * 100_000) + b")",
    "a sum that leans to the right": b'eval("a"+(' * 5_000,
    "choices in choices": b"eval(" + b"a?b:" * 50_000 + b"c)",
    "functions in functions": b"function f(){" * 10_000,
    "arrows": b"x=>" * 50_000 + b"x",
    "one line of 5 MB": b"f(x);" * 1_000_000,
    "one text of 5 MB": b'const a="' + b"a" * 5_000_000 + b'";eval(a)',
    "a long list": b"const a=[" + b"1," * 500_000 + b'];eval(a.join(""))',
    "many arguments": b'require("child_process").exec(' + b"a," * 200_000 + b"a)",
    "patterns in patterns": b"const " + b"{a:" * 5_000 + b"b" + b"}" * 5_000 + b"=process.env;",
    "defaults in defaults": b"const " + b"{a=" * 2_000 + b"1" + b"}" * 2_000 + b"=process.env;",
    "an object that holds itself": b"let o={};" + b"o={...o,a:process.env};" * 3_000 + b"fetch(o.a)",
    "names of names": b"".join(b"var a%d=a%d;" % (at + 1, at) for at in range(20_000)) + b"eval(a20000)",
    "a text that doubles": b'let a0="x";'
    + b"".join(b"let a%d=a%d+a%d;" % (at + 1, at, at) for at in range(200))
    + b"eval(a200)",
    "functions that call two": b"".join(
        b"function f%d(x){return f%d(x)+f%d(x+1)}" % (at, at + 1, at + 1) for at in range(200)
    )
    + b"eval(f0(process.env.A))",
    "functions that call each other": b"function a(x){return b(x)}function b(x){return a(x)}eval(a(b(process.env.A)));",
    "a repeated text": b'eval("a".repeat(1000).repeat(1000).repeat(1000))',
    "a replaced text": b'eval("' + b"a" * 50_000 + b'".replaceAll("a","' + b"b" * 50_000 + b'"))',
    "a hostile expression": b'eval("' + b"a" * 50_000 + b'".replace(/(a+)+$/g,"b"))',
    "a compressed bomb": b'eval(require("zlib").inflateSync(Buffer.from("'
    + BOMB.encode()
    + b'","base64")).toString())',
    "escapes": b'eval("' + b"\\\\" * 300_000 + b'\\u{ffffffffff}\\ud800\\x4")',
    "code in code in code": b"eval('eval(\"eval(`eval(x)`)\")')",
    "binary": NOISE,
    "nothing": b"",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_a_hostile_source_ends(source: bytes) -> None:
    with suppress(OutOfBudget):
        assert isinstance(extract("x.js", source, Budget(1.0)), Extracted)


@pytest.mark.parametrize("path", ["x.ts", "x.tsx", "x.mts", "x"])
def test_every_grammar_ends(path: str) -> None:
    with suppress(OutOfBudget):
        assert isinstance(extract(path, b"<[({" * 20_000 + NOISE, Budget(1.0)), Extracted)


ENCODED = {
    "UTF-16": "eval(x)".encode("utf-16"),
    "UTF-16, the other way round": b"\xfe\xff" + "eval(x)".encode("utf-16-be"),
    "a byte-order mark": b"\xef\xbb\xbfeval(x)",
    "NUL": b"\0eval(\0x)\0",
    "carriage returns": b"eval(x)\r\n",
}


@pytest.mark.parametrize("source", ENCODED.values(), ids=ENCODED.keys())
def test_other_encodings_hide_nothing(source: bytes) -> None:
    assert [fact.detail for fact in extract("x.js", source, Budget(5)).facts] == ["eval"]


def test_a_byte_that_ends_texts_elsewhere_hides_nothing_after_it() -> None:
    assert facts("let a = 1;\0\neval(x);") == ["2 dynamic-code eval"]


def test_what_was_not_followed_to_the_end_is_said() -> None:
    names = "".join(f"const cp{at + 1} = cp{at};\n" for at in range(200))
    found = extract("x.js", f"const cp0 = require('child_process');\n{names}cp200.exec(x);".encode(), Budget(5))
    assert found.partly == "expressions nest too deeply to be followed to the end"


def test_code_of_a_command_is_read_from_the_root_of_the_package() -> None:
    found = extract_inline("require('./setup'); eval(x)", Budget(5))
    assert [fact.detail for fact in found.facts] == ["eval"]
    assert found.loads == ("setup",)
