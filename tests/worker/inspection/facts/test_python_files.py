"""Files: what is read, written and run, however its path is put together."""

from __future__ import annotations

import pytest

from tests.worker.inspection.facts.told import of_python, told


@pytest.mark.parametrize(
    ("source", "path"),
    [
        pytest.param("import os\nopen(os.path.expanduser('~/.npmrc'))", "~/.npmrc", id="home is expanded"),
        pytest.param("import os\nopen(os.path.join(os.path.expanduser('~'), '.npmrc'))", "~/.npmrc", id="joined"),
        pytest.param("import os\nopen(os.environ['HOME'] + '/.npmrc')", "~/.npmrc", id="from the environment"),
        pytest.param("import os\nopen(f\"{os.getenv('USERPROFILE')}\\\\.npmrc\")", "~/.npmrc", id="on Windows"),
        pytest.param("from pathlib import Path\n(Path.home() / '.npmrc').read_text()", "~/.npmrc", id="with pathlib"),
        pytest.param("from pathlib import Path\nPath('~').expanduser().joinpath('.npmrc').open()", "~/.npmrc", id="so"),
        pytest.param("import glob\nglob.glob('/home/*/.ssh/*')", "/home/*/.ssh/*/", id="all of a folder"),
        pytest.param(
            "def f(home):\n    open(home + '/.aws/credentials')", "…/.aws/credentials", id="below a parameter"
        ),
        pytest.param("open('/proc/self/environ', 'rb')", "/proc/self/environ", id="the environment as a file"),
    ],
)
def test_credential_files_are_seen(source: str, path: str) -> None:
    assert f"2 credential-file {path}" in told(of_python(source)) or f"1 credential-file {path}" in told(
        of_python(source)
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("open('.npmrc.example')", id="an example beside it"),
        pytest.param("open('credentials.py')", id="a module of that name"),
        pytest.param("open('~/.ssh/known_hosts')", id="what stands beside the keys"),
        pytest.param("open('ssh/keys.txt')", id="a folder of another name"),
        pytest.param("x = '~/.npmrc'", id="only named"),
        pytest.param("open('~/.npmrc', 'w')", id="written, not read"),
        pytest.param("import os\nos.path.exists('~/.npmrc')", id="only looked for"),
    ],
)
def test_other_files_are_no_credentials(source: str) -> None:
    assert not [line for line in told(of_python(source)) if "credential-file" in line]


def test_places_that_are_written_are_named() -> None:
    source = """
    import os, shutil, winreg
    from pathlib import Path
    with open(os.path.expanduser("~/.bashrc"), "a") as file:
        file.write("x")
    startup = os.path.join(os.getenv("APPDATA"), "Microsoft", "Windows", "Start Menu", "Programs", "Startup")
    shutil.copy("x.exe", os.path.join(startup, "x.exe"))
    Path("~/.config/autostart/x.desktop").expanduser().write_text("x")
    key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\\Microsoft\\Windows\\CurrentVersion\\Run", 0,
                         winreg.KEY_SET_VALUE)
    winreg.SetValueEx(key, "a", 0, winreg.REG_SZ, "x.exe")
    shutil.rmtree("/")
    open(os.devnull, "w")
    """
    assert told(of_python(source)) == [
        "3 file-write ~/.bashrc",
        "5 environment APPDATA",
        "6 file-write %APPDATA%/Microsoft/Windows/Start Menu/Programs/Startup/x.exe",
        "7 file-write ~/.config/autostart/x.desktop",
        "8 file-write Software/Microsoft/Windows/CurrentVersion/Run",
        "10 file-write winreg.SetValueEx",
        "11 wipe deletes /",
        "11 file-write shutil.rmtree",
    ]


def test_a_download_is_followed_into_the_file_that_it_is_written_to() -> None:
    source = """
    import requests
    def save(path):
        with open(path, "wb") as file:
            file.write(requests.get("https://files.example/a").content)
    """
    assert told(of_python(source)) == [
        "3 file-write open",
        "4 file-write open.write <- download 4 requests.get",
        "4 network requests.get -> files.example",
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("import pkg.mod", ("pkg/mod",), id="import a module"),
        pytest.param("from pkg import a, b", ("pkg/a", "pkg/b"), id="from a package"),
        pytest.param("from . import a", ("pkg/sub/a",), id="from the own package"),
        pytest.param("from ..other import a", ("pkg/other/a",), id="from the package above"),
        pytest.param("from .a import *", ("pkg/sub/a",), id="everything of a module"),
        pytest.param("__import__('pkg.mod')", ("pkg/mod",), id="by name"),
        pytest.param(
            "import importlib\nimportlib.import_module('.x', 'pkg.sub')", ("importlib", "pkg/sub/x"), id="relative"
        ),
        pytest.param("exec(open('payload.txt').read())", ("payload.txt", "pkg/sub/payload.txt"), id="a text that runs"),
        pytest.param(
            "import os\nexec(open(os.path.join(os.path.dirname(__file__), 'data.bin')).read())",
            ("os", "pkg/sub/data.bin"),
            id="a file beside this one",
        ),
        pytest.param(
            "from pathlib import Path\nexec((Path(__file__).parent.parent / 'data.bin').read_text())",
            ("pathlib", "pkg/data.bin"),
            id="a file of the folder above",
        ),
        pytest.param(
            "import runpy\nrunpy.run_path('x.dat')", ("runpy", "x.dat", "pkg/sub/x.dat"), id="run as a module"
        ),
        pytest.param(
            "import importlib.util as u\nu.spec_from_file_location('m', 'x.png')",
            ("importlib/util", "x.png", "pkg/sub/x.png"),
            id="loaded by its path",
        ),
    ],
)
def test_references_to_the_packages_own_files(source: str, expected: tuple[str, ...]) -> None:
    assert of_python(source, "pkg/sub/mod.py").loads == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "import subprocess, sys\nsubprocess.Popen([sys.executable, 'child.py'])",
            ("child.py", "pkg/child.py"),
            id="with the same interpreter",
        ),
        pytest.param(
            "import subprocess, sys, os\n"
            "subprocess.Popen([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'child.py')])",
            ("pkg/child.py",),
            id="beside this file",
        ),
        pytest.param("import os\nos.system('node scripts/x.js')", ("scripts/x.js", "pkg/scripts/x.js"), id="with node"),
        pytest.param("import os\nos.system('/usr/bin/x.sh')", (), id="a file of the system"),
    ],
)
def test_files_that_are_started(source: str, expected: tuple[str, ...]) -> None:
    assert of_python(source).runs == expected


def test_variables_are_named() -> None:
    source = """
    import os
    from os import environ as env
    os.environ["A"]; os.environ.get("B"); os.getenv("C"); env["D"]; env.pop("E")
    if "F" in os.environ: pass
    getattr(os, "env" + "iron")["G"]
    copy = dict(os.environ)
    copy["H"]; copy.get("I")
    os.environ["SET"] = "1"
    del os.environ["GONE"]
    """
    found = [line.split(" environment ") for line in told(of_python(source)) if "environment" in line]
    assert sorted(name for _, name in found) == list("ABCDEFGHI")


def test_a_loop_over_the_environment_takes_all_of_it() -> None:
    assert told(of_python("import os\nfor name in os.environ: print(name)")) == ["2 environment *"]
    assert told(of_python("import os\nimport json\nprint(json.dumps(dict(os.environ)))")) == ["3 environment *"]


def test_hosts_of_constants_are_told_and_those_of_documentation_are_not() -> None:
    source = '''
    """See https://docs.example for more."""
    # https://comment.example
    HOME = "https://api.example:8443/v1"
    AWS = "169.254.169.254"
    TEMPLATE = "https://{host}/x"
    '''
    assert told(of_python(source), hosts=True) == ["3 host api.example", "4 host 169.254.169.254"]
