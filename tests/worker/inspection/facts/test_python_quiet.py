"""A file in which nothing could be of consequence is not parsed; whatever could be is, however it is written."""

from __future__ import annotations

import pytest

from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.python import extract, names, quiet, sinks
from worker.inspection.facts.tree import Budget

QUIET = {
    "functions and classes": "import re\nclass A:\n    def b(self, c):\n        return re.sub('a', c, self.d)\n",
    "documentation that names everything": '"""exec(open(__import__("os")))"""\n# os.system\ndef f():\n    "eval"\n',
    "a harmless part of a module": "import os\nimport sys as s\nx = os.path.join(s.prefix, 'a')\n",
    "attributes that are called like built-in functions": "class A:\n    def open(self):\n        return self.exec(x)\n",
    "names of arguments": "f(open=1, eval=2)\n",
    "attributes that are asked for": "getattr(a, 'b', None)\ngetattr(a, 'get_' + b)\ngetattr(a, f'get_{b}')\n"
    "getattr(a, b + '_id')\ngetattr(a.b, c.d)\n",
    "imports of every form": "import a, b.c as d\nfrom e.f import (\n    g,  # one\n    h as i,\n)\nfrom . import j\n"
    "from ..k import *\nfrom __future__ import annotations\nif a: import l\ntry: from m import n; import o\n"
    "except ImportError: pass\nfrom .import p\nfrom q import r \\\n    , s\n",
    "hosts": "x = 'https://one.example/a'\ny = [\n  r'http://two.example',\n  b'ftp://three.example',\n]\n",
    "hosts in documentation": '"""https://one.example"""\ndef f():\n    """\n    https://two.example\n    """\n',
    "hosts after a comment": "# it's https://one.example\nx = 1 # 'http://two.example'\ny = 'http://three.example'\n",
    "long data": "x = '" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo5" * 40 + "'\n",
    "long documentation": '"""' + "Words and words. " * 100 + '"""\nx = """' + "Words and words. " * 100 + '"""\n',
    "f-strings": "x = f'{a} open {b!r:>{c}} {{exec}}'\ny = f\"{d['e']}\"\n",
    "names that are printed": "def f(a):\n    if 'b' in globals():\n        return '%s' % locals()\n    return g.format(**locals())\n",
}
LOUD = {
    "a built-in function is called": "open('a')",
    "a built-in function is handed over": "f(exec)",
    "a built-in function has another name": "run = eval",
    "an imported function is called": "from os import system as s\ns('a')",
    "a module is handed over": "import os\nf(os)",
    "a module has another name": "import os\no = os",
    "a module is asked by a text": "import os\ngetattr(os, 'a' + b)('c')",
    "a module is reached through another": "import tempfile\ntempfile._os.system('a')",
    "a module is reached through another, over two lines": "import shutil\n(shutil\n  . os . system('a'))",
    "a module is reached through another by a text": "import platform\ngetattr(platform, 'o' + 's').system('a')",
    "a module is reached through a module's part": "import os\np = os.path\ngetattr(p, 'o' + 's').system('a')",
    "a module is reached through its variables": "import platform\nplatform.__dict__['os'].system('a')",
    "everything is imported": "from subprocess import *\nrun('a')",
    "a vendored module": "from pip._vendor import requests\nrequests.get('http://a.example')",
    "a vendored module, from above": "import pip\npip._vendor.requests.get('http://a.example')",
    "all names of the module": "globals()['a' + b]('c')",
    "all names of the module, searched and used": "x = globals()['a' + b] if 'c' in globals() else d\nx('e')",
    "all names of the function": "import os\nv = vars()\nv['o' + 's'].system('a')",
    "the names of a function's module": "f.__globals__['a']('b')",
    "the built-in names": "__builtins__.exec('a')",
    "the built-in names, from a function": "f.__builtins__['exec']('a')",
    "the built-in names, from a built-in function": "print.__self__.exec('a')",
    "the names of a module, asked for": "getattr(f, '__globals__')['a']('b')",
    "the names of a module, asked for in pieces": "getattr(f, '__glo' + 'bals__')['a']('b')",
    "the names of a module, asked for by a name": "x = '__glo'\ny = x + 'bals__'\ngetattr(f, y)['a']('b')",
    "the names of a module, asked for letter by letter": "x = ''.join(['_', '_', 'g', 'l', 'o', 'b', 'a', 'l', 's'])\n"
    "getattr(f, x)['a']('b')",
    "the names of a module, turned around": "x = '__slabolg__'[::-1]\ngetattr(f, x)['a']('b')",
    "the names of a module, spelled by numbers": "x = ''.join(map(chr, y)) + chr(95)\ngetattr(f, x)['a']('b')",
    "the names of a module, escaped": "getattr(f, '\\x5f_globals__')['a']('b')",
    "the names of a module, with something between": "x = '__gloXXbals__'.replace('XX', '')\ngetattr(f, x)['a']('b')",
    "a function that asks, by another name": "g = getattr\ng(f, x)['a']('b')",
    "a module of built-in names": "import builtins as b\nb.globals()['a']('b')",
    "the import function": "__import__('o' + 's').system('a')",
    "a loader": "import importlib as i\ni.import_module('o' + 's')",
    "the modules that are loaded": "import sys\nsys.modules['o' + 's'].system('a')",
    "a decorator": "@exec\ndef f(): pass",
    "Python 2's statement": "exec code",
    "the field of an f-string": "x = f'{open(a)}'",
    "the field of an f-string, in other letters": "x = f'{ｅxec(a)}'",
    "a nested field": "x = f'{a:{open(b)}}'",
    "a field between two braces in strings": "x = f'{a[\"}\"] or exec(b) or c[\"{\"]}'",
    "an f-string that ends elsewhere in Python 3.12": 'x = f"{a["#"]}" + exec("b") + f"{c["#"]}"',
    "braces that do not pair": 'x = f"}}{ {exec("a")} }"',
    "a comment that looks like a string": "# '''\nexec(a)\n# '''\n",
    "a string that looks like a comment": "x = '#'; exec(a)",
    "a continued string": "x = 'a\\\n#'; exec(a)",
    "an escaped quote": "x = 'a\\''; exec(a) #'",
    "a raw string with an escaped quote": "x = r'a\\''; exec(a) #'",
    "three quotes inside a string": "x = \"'''\"; exec(a); y = \"'''\"",
    "a string of three quotes with one before its end": 'x = """a\\""""; exec(a); y = """"""',
    "a string without an end": "x = '''\nexec(a)\n",
    "a name in other letters": "ｅxec(a)",
    "a name over two lines": "import os\nos.\\\nsystem('a')",
    "an import over two lines": "from os \\\n  import system\nsystem('a')",
    "an import after a colon": "if a: import os; os.system('b')",
    "a byte that stands for a string": "x = '\x01'; exec(a)",
}  # fmt: skip


def _parsed(source: bytes, monkeypatch: pytest.MonkeyPatch) -> Extracted:
    with monkeypatch.context() as patch:
        patch.setattr(quiet, "extract", lambda _path, _source: None)
        return extract("pkg/sub/mod.py", source, Budget(30))


@pytest.mark.parametrize("name", QUIET)
def test_a_quiet_file_has_the_facts_of_a_parsed_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = QUIET[name].encode()
    found = quiet.extract("pkg/sub/mod.py", source)
    assert found is not None
    assert found == _parsed(source, monkeypatch)


@pytest.mark.parametrize("name", LOUD)
def test_what_could_be_of_consequence_is_parsed(name: str) -> None:
    assert quiet.extract("pkg/mod.py", LOUD[name].encode()) is None


@pytest.mark.parametrize("name", sorted(sinks.ACTIVE | names.NATIVE | names.MODULE_CALLS))
def test_every_name_that_makes_a_fact_is_parsed(name: str) -> None:
    module, _, attribute = name.partition("(")[0].rpartition(".")
    plainly = f"import {module}\n{name}('a')\n"
    apart = f"from {module} import {attribute} as x\ny = [x]\n"
    through = f"import {module} as x\ny = x\n"
    for source in (plainly, apart, through):
        if module not in {"builtins", "bytes"}:
            assert quiet.extract("pkg/mod.py", source.encode()) is None, source
    if module in {"builtins", "bytes"} or name.startswith("builtins."):
        assert quiet.extract("pkg/mod.py", name.removeprefix("builtins.").encode() + b"('a')") is None


def test_a_file_of_strings_without_number_is_left_to_the_parser() -> None:
    assert quiet.extract("pkg/mod.py", b"x = [" + b"''," * 300_000 + b"]") is None
