"""What a call calls: modules, aliases, computed members and the other ways to write one name."""

from __future__ import annotations

import pytest

from tests.worker.inspection.facts.told_javascript import facts

EXEC = ["2 process child_process.exec"]

WAYS = {
    "a module by its own name": """
        const cp = require('child_process');
        cp.exec(cmd);""",
    "a module with the prefix node:": """
        const cp = require("node:child_process");
        cp.exec(cmd);""",
    "a module that is bound behind a function": """
        function before() {} const cp = require('child_process');
        function run(cmd) { cp.exec(cmd); }""",
    "a module that is bound behind a class": """
        class Before {} const { exec } = require('child_process');
        class After { run(cmd) { exec(cmd); } }""",
    "a module that is bound behind a block": """
        {} const cp = require('child_process');
        function run(cmd) { cp.exec(cmd); }""",
    "a destructured function": """
        const { exec } = require('child_process');
        exec(cmd);""",
    "a renamed one": """
        const { exec: run } = require('child_process');
        run(cmd);""",
    "a default import": """
        import cp from 'child_process';
        cp.exec(cmd);""",
    "a namespace import": """
        import * as cp from 'node:child_process';
        cp.exec(cmd);""",
    "a named import under another name": """
        import { exec as run } from 'child_process';
        run(cmd);""",
    "an alias of a member": """
        const cp = require('child_process'), run = cp.exec;
        run(cmd);""",
    "a name that is assigned later": """
        let cp; cp = require('child_process');
        cp.exec(cmd);""",
    "a name that was something else before": """
        let run = console.log; run = require('child_process').exec;
        run(cmd);""",
    "an undeclared name": """
        cp = require('child_process');
        cp.exec(cmd);""",
    "a comma in front": """
        const cp = require('child_process');
        (0, cp.exec)(cmd);""",
    "optional chaining": """
        const cp = require('child_process');
        cp?.exec?.(cmd);""",
    "a computed member": """
        const cp = require('child_process');
        cp['ex' + 'ec'](cmd);""",
    "a member by a name that holds its key": """
        const cp = require('child_process'), k = ['e', 'x', 'e', 'c'].join('');
        cp[k](cmd);""",
    "a name of a module in two halves": """
        const cp = require('child_pro' + 'cess');
        cp.exec(cmd);""",
    "a name of a module in a name": """
        const name = `child_${'process'}`;
        require(name).exec(cmd);""",
    "a name written with escapes": """
        const cp = require('\\x63hild_\\u0070rocess');
        c\\u0070.exec(cmd);""",
    "a name that is a group of a pattern": """
        const n = 'XXchild_process'.replace(/X+(.*)/, '$1');
        require(n).exec(cmd);""",
    "a name written backwards": """
        const n = 'ssecorp_dlihc'.split('').reverse().join('');
        require(n).exec(cmd);""",
    "a name with a letter too many, taken out": """
        const n = 'c-h-i-l-d_p-r-o-c-e-s-s'.replace(/-/g, '');
        require(n).exec(cmd);""",
    "a name as character codes": """
        const n = String.fromCharCode(99, 104, 105, 108, 100, 95, 112, 114, 111, 99, 101, 115, 115);
        require(n).exec(cmd);""",
    "a name as a list of character codes": """
        const n = [99,104,105,108,100,95,112,114,111,99,101,115,115].map(c => String.fromCharCode(c)).join('');
        require(n).exec(cmd);""",
    "a name that a function of the file decodes": """
        const d = s => decodeURIComponent(s); // helper
        require(d('child%5Fprocess')).exec(cmd);""",
    "a CommonJS require in a module": """
        import { createRequire } from 'module'; const load = createRequire(import.meta.url);
        load('child_process').exec(cmd);""",
    "the main module's require": """
        const main = process.mainModule;
        main.require('child_process').exec(cmd);""",
    "the global object": """
        const g = globalThis;
        g.process.mainModule.require('child_process').exec(cmd);""",
    "the global object that Function gives": """
        const g = Function('return this')();
        g['process'].mainModule.require('child_process').exec(cmd);""",
    "getBuiltinModule": """
        const p = process;
        p.getBuiltinModule('child_process').exec(cmd);""",
    "TypeScript's helper for modules": """
        const cp = __importStar(require("child_process"));
        cp.exec(cmd);""",
    "Babel's helper for defaults": """
        var _cp = _interopRequireDefault(require("child_process")); function _interopRequireDefault(e) { return e && e.__esModule ? e : { default: e }; }
        _cp.default.exec(cmd);""",
    "esbuild's helper": """
        var import_cp = __toESM(require("child_process"));
        (0, import_cp.exec)(cmd);""",
    "a promise of it": """
        const run = require('util').promisify(require('child_process').exec);
        run(cmd);""",
    "a bound function": """
        const cp = require('child_process'), run = cp.exec.bind(cp);
        run(cmd);""",
    "call": """
        const cp = require('child_process');
        cp.exec.call(cp, cmd);""",
    "apply": """
        const cp = require('child_process');
        cp.exec.apply(cp, [cmd]);""",
    "Reflect.apply": """
        const cp = require('child_process');
        Reflect.apply(cp.exec, cp, [cmd]);""",
    "a choice": """
        const cp = typeof x === 'string' ? null : require('child_process');
        (cp || other).exec(cmd);""",
    "a property of an object": """
        const tools = { run: require('child_process').exec };
        tools.run(cmd);""",
    "a property that is written": """
        const tools = {}; tools.run = require('child_process').exec;
        tools.run(cmd);""",
    "a parameter": """
        function start(cp) {
          cp.exec(cmd); }
        start(require('child_process'));""",
    "a parameter of a function that is called on the spot": """
        (function (cp) {
          cp.exec(cmd); })(require('child_process'));""",
    "what a function returns": """
        const load = () => require('child_process');
        load().exec(cmd);""",
    "a member of a class": """
        class Tools { constructor() { this.cp = require('child_process'); }
          run(cmd) { this.cp.exec(cmd); } }""",
    "a dynamic import": """
        const cp = await import('child_process');
        cp.exec(cmd);""",
    "a dynamic import with a callback": """
        import('child_process').then(({ exec }) => {
          exec(cmd); });""",
    "a webpack bundle": """
        ({ 12: (e, t, n) => { const cp = n(34);
          cp.exec(cmd); }, 34: e => { e.exports = require('child_process'); } });""",
    "a browserify bundle": """
        ({ 1: [function (require, module, exports) {
          require('child_process').exec(cmd); }, {}] });""",
}


@pytest.mark.parametrize("source", WAYS.values(), ids=WAYS.keys())
def test_every_way_to_write_a_name_is_the_same_name(source: str) -> None:
    assert facts(source) == EXEC


TYPESCRIPT = {
    "an import in TypeScript's own form": """
        import cp = require('child_process');
        cp.exec(cmd);""",
    "assertions": """
        const cp = require('child_process') as any;
        (<any>cp!).exec(cmd satisfies string);""",
    "a parameter property": """
        class Tools { constructor(private cp = require('child_process')) {}
          run(cmd: string): void { this.cp.exec(cmd); } }""",
}


@pytest.mark.parametrize("source", TYPESCRIPT.values(), ids=TYPESCRIPT.keys())
def test_typescript_is_read_as_typescript(source: str) -> None:
    assert facts(source, "lib/index.ts") == EXEC


QUIET = {
    "a member of a runtime as a value": ("const run = Bun.spawn;\nrun(['ls']);", ["2 process Bun.spawn"]),
    "one of two functions": (
        "const get = typeof fetch === 'function' ? fetch : other;\nget(url);",
        ["2 network fetch"],
    ),
    "the first that exists": ("const get = fetch ?? other;\nget(url);", ["2 network fetch"]),
    "a name with an escape, as a value": ("const get = \\u0066etch;\nget(url);", ["2 network fetch"]),
    "a function handed over": ("function go(get) {\n  get(url); }\ngo(fetch);", ["2 network fetch"]),
    "an instance in a name": (
        "const s = new WebSocket(url);\ns.send(process.env.TOKEN);",
        ["1 network WebSocket", "2 environment TOKEN", "2 network WebSocket.send <- environment 2 TOKEN"],
    ),
    "an alias of a constructor": ("const F = (() => {}).constructor;\nF(code)();", ["2 dynamic-code Function"]),
    "a computed member of the global object": ("const w = window;\nw['fe' + 'tch'](url);", ["2 network fetch"]),
    "a list that calls": ("[code].forEach(eval);", ["1 dynamic-code eval"]),
}


@pytest.mark.parametrize(("source", "expected"), QUIET.values(), ids=QUIET.keys())
def test_a_file_that_imports_nothing_can_do_something_too(source: str, expected: list[str]) -> None:
    assert facts(source) == expected


STRANGERS = {
    "the method of a regular expression": "/a(b)/.exec(text); pattern.exec(text);",
    "a function of the file with a known name": "function fetch(x) { return x; }\nfetch('https://files.example/');",
    "a parameter with a known name": "export function get(fetch, eval_) { return fetch(eval_); }",
    "a local require": "const require = name => modules[name];\nrequire('child_process').exec(cmd);",
    "an import of types only": "import type { exec } from 'child_process';\ndeclare const exec: any;",
    "a relative module of the same name": "const cp = require('./child_process');\ncp.exec(cmd);",
    "a comment": "// require('child_process').exec('id')\n/* eval(atob(x)) */",
    "a text": "const help = `use require('child_process').exec('id')`;",
    "a database": "const db = open(); db.exec('CREATE TABLE t (id)'); db.fetch('x'); db.request('y');",
    "a property of the same name": "class A { get() { return this.fetch(u); } }\noptions.eval(x); api.request(y);",
    "asking for the global object": "const root = typeof self == 'object' && self || Function('return this')();",
    "a timer with a function": "setTimeout(() => tick(), 10); setTimeout(tick, 10);",
    "asking whether something exists": "if (typeof fetch === 'function' && typeof process !== 'undefined') {}",
}


@pytest.mark.parametrize("source", STRANGERS.values(), ids=STRANGERS.keys())
def test_what_only_looks_like_a_call_is_none(source: str) -> None:
    assert [
        fact for fact in facts(source, "lib/index.ts" if "type {" in source else "lib/index.js") if " host " not in fact
    ] == []


HIDING = {
    "a pattern for comments before it": """
        const files = 'assets/*';
        require('child_process').exec(cmd); // */""",
    "three quotes before it": """
        const q = '\"\"\"';
        require('child_process').exec(cmd);""",
    "far to the right": f"""
        const a = 1;
        {" " * 900}require('child_process').exec(cmd);""",
    "after a line that the grammar does not know": """
        const a: Map<string, Foo> = b as any;
        require('child_process').exec(cmd);""",
}


@pytest.mark.parametrize("source", HIDING.values(), ids=HIDING.keys())
def test_what_stands_before_a_call_does_not_hide_it(source: str) -> None:
    assert facts(source) == EXEC


CODE = {
    "eval": ("eval(code);", ["1 dynamic-code eval"]),
    "the global eval": ("(0, eval)(code); globalThis['ev' + 'al'](code);", ["1 dynamic-code eval"]),
    "new Function": ("new Function('a', code)(1);", ["1 dynamic-code Function"]),
    "the constructor of a function": ("(() => {}).constructor(code)();", ["1 dynamic-code Function"]),
    "the constructor of a constructor": ("x.constructor.constructor(code)();", ["1 dynamic-code Function"]),
    "the constructor of a method": ("[]['filter']['constructor'](code)();", ["1 dynamic-code Function"]),
    "the constructor of an asynchronous function": (
        "const F = Object.getPrototypeOf(async function () {}).constructor;\nnew F(code)();",
        ["2 dynamic-code Function"],
    ),
    "vm": ("const vm = require('vm');\nnew vm.Script(code).runInThisContext();", ["2 dynamic-code vm.Script"]),
    "a module compiled by hand": (
        "const M = require('module'); const m = new M('x');\nm._compile(code, 'x');",
        ["2 dynamic-code module._compile"],
    ),
    "a timer with a text": ("setTimeout('tick()', 10);", ["1 dynamic-code setTimeout(text)"]),
    "a name that no one knows of a module that starts programs": (
        "const cp = require('child_process');\ncp[pick()](x);",
        ["2 process child_process"],
    ),
    "a name of a function as code": (
        "const load = eval('require');\nload('child_process').exec(cmd);",
        ["1 dynamic-code eval", "2 process child_process.exec"],
    ),
    "a worker from a text": (
        "const { Worker } = require('worker_threads');\nnew Worker(code, { eval: true });",
        ["2 dynamic-code worker_threads.Worker"],
    ),
}


@pytest.mark.parametrize(("source", "expected"), CODE.values(), ids=CODE.keys())
def test_text_that_runs_as_code(source: str, expected: list[str]) -> None:
    assert facts(source) == expected
