"""Makes itself start again.

Whoever writes to the places from which a machine starts programs stays on it after the package is gone.

Looks at    files that are written, and commands that write for them: cron tables, systemd units, init scripts, launch
            agents, Windows' Run keys, tasks, services and Startup folder, desktop autostart, shell profiles, keys that
            may log in, hooks of git, tasks of editors, hooks of coding assistants, code of other packages.
Reports     critical in an install step or start-up hook, and wherever what is written was fetched or decoded. Elsewhere
            high; medium for shell profiles and a repository's own git hooks, which completion, version and hook
            managers write when they are told to, and for editors and assistants, which starters of projects set up; low
            in tests and documents. Code of another package: high in an install step, otherwise medium, as tools patch.
Blind to    paths that are computed in a way that the constant folding does not follow.
What to do  Do not install it. Where it ran, remove what it wrote to the named place and look for what that started.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.evidence import ASIDE, UNASKED, beside_the_old, shown, step, subject
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, OriginKind, Specimen

CARD = RuleCard(
    id="persistence",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_HOME = r"(?:^|/)"
# What is written → the place, as people call it. Paths are lower case, with `/`.
_PLACES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"^crontab$|/etc/(?:ana)?crontab$|/etc/cron\.|/var/spool/cron|/var/at/tabs/", "the cron table"),
        (r"/systemd/(?:system|user)(?:/|$)|^systemctl$", "systemd's units"),
        (r"/etc/(?:init\.d|rc\d?\.d)/|/etc/rc\.local|^(?:update-rc\.d|chkconfig)$", "the system's start scripts"),
        (r"library/launch(?:agents|daemons)\b|^launchctl$", "macOS's launch agents"),
        (
            r"/currentversion/(?:policies/explorer/)?run(?:once|services)?\b|/currentversion/winlogon",
            "Windows' Run keys",
        ),
        (r"^(?:schtasks|register-scheduledtask|new-scheduledtask)$|/windows/system32/tasks/", "Windows' tasks"),
        (r"^new-service$|/currentcontrolset/services/", "Windows' services"),
        (r"start menu/programs/startup", "Windows' Startup folder"),
        (rf"{_HOME}\.config/autostart/|/etc/xdg/autostart/", "the desktop's autostart"),
        (r"\.ssh/(?:authorized_keys2?|rc)$|/etc/ssh/sshrc$", "the keys that may log in"),
        (r"/etc/(?:sudoers|ld\.so\.preload|pam\.d)\b", "the system's login rules"),
        (r"/(?:site|dist)-packages/(?:site|user)customize\.py$", "what every start of Python runs"),
        (r"git-core/templates/hooks|\.git[-_]?templates?/(?:.*/)?hooks?\b", "git's template of hooks"),
    )
)
_ANOTHER = "another package's code"
_PROFILE = (
    rf"{_HOME}\.(?:bashrc|bash_profile|bash_login|bash_aliases|profile|zshrc|zprofile|zshenv|zlogin|kshrc|cshrc|tcshrc"
    rf"|xinitrc|xprofile|xsessionrc)$|{_HOME}\.config/fish/(?:config\.fish|conf\.d/)|powershell_profile\.ps1$|^\$profile$"
    r"|^/etc/(?:profile(?:\.d/|$)|bash\.bashrc$|bashrc$|zsh(?:rc|env)$|zsh/)"
)
_MILD_PLACES = (
    (re.compile(_PROFILE), "a shell profile"),
    (re.compile(r"\.git/hooks(?:/|$)"), "a repository's git hooks"),
    (re.compile(r"(?:^|/)\.(?:vscode|cursor|zed)/tasks\.json$"), "an editor's tasks"),
    (
        re.compile(r"(?:^|/)\.(?:claude|gemini|cursor|codex)/(?:settings|hooks|mcp)[\w.]*\.json$"),
        "a coding assistant's hooks",
    ),
    (
        re.compile(
            r"(?:^|/)(?:node_modules/(?:@[^/]+/)?[^/.@]|(?:site|dist)-packages/[^/.])[^/]*/.*\.(?:[cm]?js|pyw?)$"
        ),
        _ANOTHER,
    ),
)
_DELETES = re.compile(r"^[\w.@-]*(?:unlink|rm|rmdir|remove|rimraf|del|emptyDir)\w*(?:\.\w+)? ")
_FOREIGN = frozenset({OriginKind.DOWNLOAD, OriginKind.DECODED})


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    mild: bool


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each place from which something starts by itself that a file writes to."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    """The gravest line of each place and file: a table of paths is one story."""
    told: set[tuple[str, str]] = set()
    for severity, file, fact, place in sorted(_writes(artifact), key=lambda write: -write[0].rank):
        if (file.path, place.name) in told:
            continue
        told.add((file.path, place.name))
        yield CARD.finding(
            _message(file.reach, fact, place),
            [*step(artifact, file), shown(file, fact, Words(f"writes to {place.name}"))],
            reach=file.reach,
            severity=severity,
            confidence=Confidence.MEDIUM if place.mild else Confidence.HIGH,
        )


def _writes(artifact: ArtifactFacts) -> Iterator[tuple[Severity, FileFacts, Fact, _Place]]:
    for file in artifact.files:
        for fact in file.facts:
            place = _place(fact)
            if place is not None:
                yield _severity(file.reach, fact, place), file, fact, place


def _place(fact: Fact) -> _Place | None:
    if fact.id is not FactId.FILE_WRITE or _DELETES.search(fact.detail):
        return None
    path = re.sub(r"/{2,}", "/", fact.detail.replace("\\", "/").lower())
    for mild, places in ((False, _PLACES), (True, _MILD_PLACES)):
        for pattern, name in places:
            if pattern.search(path):
                return _Place(name, mild)
    return None


def _message(reach: Reach, fact: Fact, place: _Place) -> Words:
    """The path is said as well, unless a program does the writing."""
    writes = f"{subject(reach)} writes to {place.name}"
    is_path = "/" in fact.detail or "\\" in fact.detail
    return Words(f"{writes} ({{0}})", (fact.detail,)) if is_path else Words(writes)


def _severity(reach: Reach, fact: Fact, place: _Place) -> Severity:
    if reach in ASIDE:
        return Severity.LOW
    foreign = any(origin.kind in _FOREIGN for origin in fact.origins)
    if place.name == "a repository's git hooks":
        return Severity.HIGH if foreign else Severity.MEDIUM
    if place.name == _ANOTHER:
        return Severity.HIGH if reach in UNASKED or foreign else Severity.MEDIUM
    if reach in UNASKED or foreign:
        return Severity.CRITICAL
    return Severity.MEDIUM if place.mild or reach is Reach.NONE else Severity.HIGH
