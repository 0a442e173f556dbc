"""A megabyte of the worst that a rule may get: the attacks of the corpus over and over, files full of odd entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import count, cycle
from typing import Any

from app.core.declaration import declare
from app.core.finding import Finding
from app.core.integrity import from_sri
from app.core.package import Ecosystem, Package
from app.core.ports import ChangeDetector, Detector, FileDetector, ReleaseDetector
from app.core.specimen import (
    ArtifactFacts,
    ArtifactKind,
    ChangeSpecimen,
    Drift,
    FileFacts,
    FileSpecimen,
    Oddity,
    ReleaseSpecimen,
    Served,
    Specimen,
)
from tests import minted
from tests.corpus.cases import all_cases
from tests.corpus.judged import inspected
from tests.detectors.artifacts import npm
from tests.detectors.changes import CONFIGURED, HASH, REGISTRY, compared, npm_lock, on, tarball
from tests.stories.theatre import sri
from worker.comparison import Comparison
from worker.detectors.register import ALL

SIZE = 1 << 20  # bytes of source, or of a dependency file
Rule = Detector | ChangeDetector | FileDetector | ReleaseDetector


@dataclass(frozen=True, slots=True)
class Crowd:
    """What every rule is tried on. `artifacts` are beside each other with an old version of other files."""

    name: str
    artifacts: tuple[Specimen, ...] = ()
    release: ReleaseSpecimen | None = None
    changes: tuple[ChangeSpecimen, ...] = ()
    files: tuple[FileSpecimen, ...] = ()


def judge(rule: Rule, crowd: Crowd) -> list[Finding]:
    """All that one rule says of one crowd."""
    specimens = {
        "detect": crowd.artifacts,
        "detect_release": (crowd.release,) if crowd.release else (),
        "detect_change": crowd.changes,
        "detect_file": crowd.files,
    }
    return [
        finding
        for method, given in specimens.items()
        if hasattr(rule, method)
        for specimen in given
        for finding in getattr(rule, method)(specimen)
    ]


@cache
def crowds(size: int = SIZE) -> tuple[Crowd, ...]:
    """All of them; the archives with so many bytes of source."""
    files = _of_lockfile(), _of_requirements(), _of_workflow(), _of_manifest()
    archives = _of_names(), _of_secrets(size), _of_practice(size), _of_little(size)
    return (*_of_corpus(size), *archives, *files)


def rules() -> Iterator[tuple[str, Rule]]:
    """Every rule there is, by its id."""
    for rule in ALL:
        yield rule.CARD.id, rule


def _of_corpus(size: int) -> Iterator[Crowd]:
    """For each rule its own cases, and for each kind of archive all cases, copied until they are a megabyte."""
    groups: dict[tuple[str, ArtifactKind], list[ArtifactFacts]] = {}
    for case in all_cases():
        facts = inspected(case).facts if case.side == "malicious" else None
        if facts is not None:
            groups.setdefault((f"the cases of {case.rule}", facts.kind), []).append(facts)
            groups.setdefault((f"all cases, as {facts.kind}", facts.kind), []).append(facts)
    for (name, _), cases in groups.items():
        new, old = _copied(cases, "new", size), _copied(cases[::2], "old", size)
        package, previous = _versions(new.kind)
        specimens = (Specimen(package, new), Specimen(package, new, previous, old))
        release = ReleaseSpecimen(package, (new, replace(old, kind=ArtifactKind.SDIST)))
        yield Crowd(name, specimens, release)


def _copied(cases: list[ArtifactFacts], folder: str, most: int) -> ArtifactFacts:
    files: list[FileFacts] = []
    size = 0
    for number, case in zip(count(), cycle(cases), strict=False):
        if size >= most or len(files) > 20_000:
            break
        for file in case.files:
            digest = f"{len(files):064x}"
            files.append(replace(file, path=f"{folder}{number}/{file.path}", sha256=digest))
            size += max(file.size, 1)
    every = [one for case in cases for one in case.oddities]
    return replace(cases[0], files=tuple(files), oddities=tuple(every), size=most)


def _of_names() -> Crowd:
    """A manifest that contradicts the registry in as many names as are kept, and an archive full of oddities."""
    groups = ("scripts", "dependencies", "bin")
    packed, registered = (
        declare({group: {f"a-{n}": word for n in range(size)} for group in groups}, whole=True)
        for word, size in (("./a.js", 499), ("./b.js", 500))
    )
    case = npm({"index.js": ""})
    ids = ("disagreement", "escape", "duplicate-name", "link", "record-mismatch", "bomb", "name-collision")
    oddities = tuple(Oddity(ids[n % len(ids)], f"folder/{n}.js", "differs") for n in range(140))
    facts = replace(case, declared=packed, registered=(("name", "another"), *registered), oddities=oddities)
    package, previous = _versions(facts.kind)
    return Crowd("names and oddities", (Specimen(package, facts, previous, case),))


def _of_secrets(size: int) -> Crowd:
    """Files full of tokens and keys, minted here."""
    tokens = "".join(f"const t{n} = '{minted.with_crc('npm_', str(n))}';\n" for n in range(200))
    keys = {f"lib/{n}.pem": minted.ec_key() for n in range(20)}
    facts = _copied([npm({"index.js": tokens, **keys})], "new", size)
    package, previous = _versions(facts.kind)
    return Crowd("tokens and keys", (Specimen(package, facts, previous, _copied([facts], "old", size)),))


_PRACTICE = """
const crypto = require("crypto"), fs = require("fs"), jwt = require("jsonwebtoken");
const secret = process.env.NPM_TOKEN, signed = crypto.createHmac("sha256", k).update(b).digest("hex");
if (signed === request.headers.sig) ok();
connect(process.env.NEXT_PUBLIC_STRIPE_SECRET_KEY);
fs.writeFileSync("/tmp/t", secret);
fetch(`https://api.example/x?access_token=${t}`);
console.log("using", secret);
program.option("--token <token>", "the token");
got(u, { hooks: { beforeRedirect: [(o) => { o.headers.authorization = t; }] } });
jwt.sign(payload, "secret");
const token = Math.random().toString(36).slice(2);
require("https").request({ host: "api.example", rejectUnauthorized: false, headers: { Authorization: t } });
"""


def _of_practice(size: int) -> Crowd:
    """Files in which every weak practice with tokens stands."""
    facts = npm({"index.js": _PRACTICE})
    package, previous = _versions(facts.kind)
    new, old = _copied([facts], "new", size), _copied([npm({"index.js": ""})], "old", size // 100)
    return Crowd("weak practice with tokens", (Specimen(package, new, previous, old),))


def _of_little(size: int) -> Crowd:
    """A package of one line of code among the tests and papers of thousands of folders."""
    papers = npm({"test/a.js": "// nothing\n", "docs/a.md": "# nothing\n"})
    many = _copied([papers], "new", size // 100)
    facts = replace(many, files=(*npm({"index.js": "module.exports = 1\n"}).files, *many.files))
    return Crowd("one line among papers", (Specimen(_versions(facts.kind)[0], facts),))


def _of_lockfile() -> Crowd:
    """A package-lock whose entries all change, each in one of the ways that a rule looks for."""
    old: dict[str, _Entry] = {}
    new: dict[str, _Entry] = {}
    for number in range(4_500):
        name = f"left-{number}"
        before, after = _CHANGES[number % len(_CHANGES)](name)
        old |= {name: before} if before else {}
        new[name] = after
    return _changed("a package-lock", npm_lock(old), npm_lock(new), "package-lock.json")


_Entry = dict[str, Any]


def _plain(name: str) -> _Entry:
    return on(REGISTRY, name, "2.0.0")


_CHANGES: tuple[Callable[[str], tuple[_Entry | None, _Entry]], ...] = (
    lambda name: (_plain(name), on("https://drop.example", name, "2.0.0")),
    lambda name: (_plain(name), on("http://drop.example", name, "2.0.0")),
    lambda name: (_plain(name), {"version": "2.0.0", "resolved": f"git+ssh://git@git.example/{name}.git#main"}),
    lambda name: (_plain(name), {"version": "2.0.0", "resolved": f"https://files.example/{name}.tgz"}),
    lambda name: (None, {"version": "2.0.0", "resolved": f"git+ssh://git@git.example/{name}.git#main"}),
    lambda name: (None, {"version": "2.0.0", "resolved": f"https://files.example/{name}.tgz"}),
    lambda name: (_plain(name), on(REGISTRY, name, "1.0.0")),
    lambda name: (_plain(name), {**_plain(name), "integrity": HASH.replace("A", "B").replace("a", "b")}),
    lambda name: (_plain(name), {"version": "2.0.1", "resolved": tarball(name, "2.0.1")}),
    lambda name: (_plain(name), {**on(REGISTRY, "other", "2.0.2"), "name": "other"}),
)


def _of_requirements() -> Crowd:
    """A requirements file with as many indexes as are listed, and thousands of packages."""
    lines = [f"--extra-index-url https://index-{number}.example/simple" for number in range(900)]
    lines += [f"left-{number}==1.0.0 --hash=sha256:{number:064x}" for number in range(9_000)]
    return _changed("a requirements file", "left==1.0.0\n", "\n".join(lines) + "\n", "requirements.txt")


def _of_workflow() -> Crowd:
    """A workflow of fifteen thousand steps whose actions move."""
    old, new = (
        "jobs:\n  all:\n    runs-on: x\n    steps:\n"
        + "".join(f"      - uses: acme/action-{number}@{reference}\n" for number in range(15_000))
        for reference in ("v1", "main")
    )
    return _changed("a workflow", old, new, ".github/workflows/ci.yml")


def _of_manifest() -> Crowd:
    """A lockfile that ten thousand wishes contradict."""
    drifts = tuple(Drift(f"left-{n}", "^2", n, "package.json", ("1.0.0",), is_locked=n % 2 == 0) for n in range(10_000))
    return Crowd("ten thousand contradictions", files=(FileSpecimen("p", Ecosystem.NPM, (), (), drifts=drifts),))


def _changed(name: str, old: str, new: str, path: str) -> Crowd:
    comparison = compared(old, new, path)
    sides = tuple(replace(side, configured=CONFIGURED) for side in comparison.sides)
    return Crowd(f"{name} of {len(new) / 1e6:.1f} MB", changes=tuple(_specimens(comparison, path)), files=sides)


def _specimens(comparison: Comparison, path: str) -> Iterable[ChangeSpecimen]:
    other = tuple(from_sri(sri(b"other")))
    for change in comparison.changes:
        yield ChangeSpecimen(change, (Served("archive", other),), (), comparison.around[path], CONFIGURED)


def _versions(kind: ArtifactKind) -> tuple[Package, Package]:
    system = "npm" if kind is ArtifactKind.NPM_TARBALL else "pypi"
    return Package.parse(f"{system}/the-case@2.0.1"), Package.parse(f"{system}/the-case@2.0.0")
