"""Only calls whose name resolves count; and a name resolves however it is written."""

from __future__ import annotations

import pytest

from tests.worker.inspection.facts.told import of_python, told


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import os; os.system('id')", id="plainly"),
        pytest.param("import os as o; o.system('id')", id="the module has an alias"),
        pytest.param("from os import system as s; s('id')", id="the function has an alias"),
        pytest.param("from os import *; system('id')", id="everything was imported"),
        pytest.param("import os; run = os.system; run('id')", id="a variable holds the function"),
        pytest.param("__import__('o' + 's').system('id')", id="the module's name is put together"),
        pytest.param("import importlib as i; i.import_module('o' + 's').system('id')", id="imported by its name"),
        pytest.param("import os; getattr(os, 'sys' + 'tem')('id')", id="the function's name is put together"),
        pytest.param("getattr(getattr(__builtins__, '__import__')('os'), 'system')('id')", id="nothing is named"),
        pytest.param("import os; os.__dict__['system']('id')", id="taken out of the module's dictionary"),
        pytest.param("import os; vars(os)['system']('id')", id="taken out of its variables"),
        pytest.param("import os; os.__getattribute__('system')('id')", id="asked for by hand"),
        pytest.param("import os, operator; operator.attrgetter('system')(os)('id')", id="fetched by an operator"),
        pytest.param("import os, operator; operator.methodcaller('system', 'id')(os)", id="called by an operator"),
        pytest.param("import sys; sys.modules['os'].system('id')", id="taken from the modules that are loaded"),
        pytest.param("import os; table = {'a': os.system}; table['a']('id')", id="a dictionary holds the function"),
        pytest.param("import os; table = [os.system]; table[0]('id')", id="a list holds the function"),
        pytest.param("import os; (f := os.system)('id')", id="named on the way"),
        pytest.param("import os; (os.system if x else print)('id')", id="one of two functions"),
        pytest.param("import os; a, b = print, os.system; b('id')", id="unpacked from a tuple"),
        pytest.param("import os; import threading; threading.Thread(target=os.system, args=('id',))", id="in a thread"),
        pytest.param("import os; list(map(os.system, ['id']))", id="mapped over a list"),
        pytest.param("import os, functools; functools.partial(os.system, 'id')()", id="with its argument bound"),
        pytest.param("import os; (lambda f: f('id'))(os.system)", id="handed to a lambda"),
        pytest.param("import shutil; shutil.os.system('id')", id="through a module that imports it"),
        pytest.param("import shutil; getattr(shutil, 'o' + 's').system('id')", id="through an attribute by its name"),
        pytest.param("import tempfile; tempfile._os.system('id')", id="through another one"),
        pytest.param("import os; os.system.__call__('id')", id="called by its method"),
        pytest.param("import os; os.ſystem('id')", id="with a letter that Python takes for another"),
        pytest.param("import os; os.system('id'); os = None", id="the module is forgotten later"),
        pytest.param("x.__init__.__globals__['system']('id')", id="out of the names of another module"),
        pytest.param('import timeit; timeit.timeit(\'__import__("os").system("id")\')', id="timed"),
    ],
)
def test_a_shell_command_is_seen_when_it_is_called(source: str) -> None:
    assert told(of_python(source)) == ["1 process os.system"]


@pytest.mark.parametrize(
    "decoy",
    [
        pytest.param("if 0:\n    def exec(text): pass", id="a function that is never defined"),
        pytest.param("try:\n    import nothing as exec\nexcept ImportError:\n    pass", id="an import that fails"),
        pytest.param("for exec in []: pass", id="a loop that never runs"),
        pytest.param("def exec(text): pass\ndel exec", id="a function that is deleted again"),
        pytest.param("def decoy():\n    global exec\n    exec = print", id="a function that nobody calls"),
    ],
)
def test_a_decoy_does_not_take_a_built_in_name_away(decoy: str) -> None:
    assert any("dynamic-code exec" in line for line in told(of_python(f"{decoy}\nexec('import os')")))


def test_a_function_is_followed_through_classes_parameters_and_defaults() -> None:
    source = """
    import os

    class Tool:
        run = os.system

        def __init__(self):
            self.start = os.popen

        def go(self):
            self.start("id")

    Tool.run("id")

    def call(function, text, spare=exec):
        function(text)
        spare("x")

    call(os.system, "id")
    """
    assert told(of_python(source)) == [
        "10 process os.popen",
        "12 process os.system",
        "15 process os.system",
        "16 dynamic-code exec",
    ]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("exec('import os')", id="plainly"),
        pytest.param("run = exec; run('import os')", id="under another name"),
        pytest.param("__builtins__.__dict__['exec']('import os')", id="out of the built-in names"),
        pytest.param("globals()['__builtins__']['exec']('import os')", id="out of the global names"),
        pytest.param("import builtins; getattr(builtins, 'ex' + 'ec')('import os')", id="put together"),
        pytest.param("list(map(exec, ['import os']))", id="mapped"),
        pytest.param("[exec(x) for x in ['import os']]", id="in a comprehension"),
        pytest.param("@exec\n@str\nclass A: pass", id="as a decorator"),
        pytest.param("exec 'import os'", id="in Python 2"),
        pytest.param("ｅxec('import os')", id="in wide letters"),
        pytest.param("exec('import os')\nexec = None", id="before the name is given away"),
        pytest.param("exec('import os')\ndef exec(text): pass", id="before a function takes its name"),
    ],
)
def test_running_text_as_code_is_seen(source: str) -> None:
    assert told(of_python(source)) == ["1 dynamic-code exec"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "try:\n    from urllib.request import urlopen\nexcept ImportError:\n    from urllib2 import urlopen\n"
            "urlopen('https://drop.example')",
            ["5 network urllib.request.urlopen -> drop.example"],
            id="either import of a pair",
        ),
        pytest.param(
            "from pip._vendor import requests\nrequests.get('https://drop.example')",
            ["2 network requests.get -> drop.example"],
            id="a library that another one carries",
        ),
        pytest.param(
            "import requests\nclass Client(requests.Session):\n    def ask(self):\n"
            "        return self.get('https://drop.example')",
            ["4 network requests.Session.get -> drop.example"],
            id="a subclass of a session",
        ),
        pytest.param(
            "import aiohttp\nasync def ask():\n    async with aiohttp.ClientSession() as session:\n"
            "        await session.get('https://drop.example')",
            ["4 network aiohttp.ClientSession.get -> drop.example"],
            id="a session of a with statement",
        ),
        pytest.param(
            "import ctypes\nctypes.CDLL('./x.so')\nctypes.windll.kernel32.VirtualAlloc(0)",
            ["2 native-code ctypes.CDLL", "3 native-code ctypes.windll.kernel32.VirtualAlloc"],
            id="native code",
        ),
        pytest.param(
            "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', 'x'])\n"
            "import pip\npip.main(['install', 'x'])",
            ["2 process subprocess.run", "2 process pip install", "4 process pip.main", "4 process pip install"],
            id="pip, which fetches and runs",
        ),
    ],
)
def test_calls_are_resolved(source: str, expected: list[str]) -> None:
    assert told(of_python(source)) == expected


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def eval(text): return text\neval('x')", id="a function of the file's own has the name"),
        pytest.param("import re\nre.compile('x')", id="another module has a function of that name"),
        pytest.param("model.eval()\nframe.eval('a + b')\ncursor.exec('select')", id="a method of something unknown"),
        pytest.param("session.post('https://drop.example')", id="a session that nobody made here"),
        pytest.param("from .compat import urlopen\nurlopen('https://drop.example')", id="the package's own function"),
        pytest.param("import ctypes\nx = ctypes.c_int(3)", id="ctypes without a library"),
        pytest.param("def f(os):\n    os.system('id')", id="a parameter shadows the module"),
        pytest.param('"""\nimport os\nos.system("id")\n"""', id="a docstring"),
        pytest.param("# os.system('id')\nimport os", id="a comment"),
        pytest.param("import subprocess\nisinstance(x, subprocess.Popen)", id="a class that is only named"),
        pytest.param("x = 'os.system(1)'", id="a text that nobody runs"),
    ],
)
def test_what_only_looks_like_it_makes_no_fact(source: str) -> None:
    assert [line for line in told(of_python(source)) if "host" not in line] == []
