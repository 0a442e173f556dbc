"""Hands a shell to somebody far away.

Whoever is at the other end then does on this machine whatever its user may do, and no review of the package shows what.

Looks at    sockets, web sockets and programs such as `nc` whose data is a shell's input, or to which a shell's output
            goes; duplicated descriptors, named pipes, `/dev/tcp`; commands that come over a connection and whose output
            goes back; PowerShell, and one-liners in Perl, PHP and Ruby.
Reports     each file: critical where it connects out, and where it waits for a connection in an install step or
            start-up hook. Waiting for one elsewhere, as terminals in a browser do, is high. Medium in tests, documents.
Blind to    shells over requests of the web, whose commands are told as code that is downloaded and run.
What to do  Do not install it. If it ran anywhere, treat that machine as taken over.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import ASIDE, UNASKED, beside_the_old, shown, step, subject
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED
from app.core.remote_shell import RemoteShell, remote_shells
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, FileFacts, Specimen

CARD = RuleCard(
    id="reverse-shell",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that gives a shell to a connection."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        for shell in sorted(remote_shells(file), key=lambda shell: (shell.listens, shell.host is None))[:1]:
            yield CARD.finding(
                _message(file.reach, shell),
                [*step(artifact, file), *_lines(file, shell)],
                reach=file.reach,
                severity=_severity(file.reach, shell),
            )


def _message(reach: Reach, shell: RemoteShell) -> Words:
    if shell.host is not None:
        return Words(f"{subject(reach)} hands a shell to {{0}}", (shell.host,))
    return Words(f"{subject(reach)} hands a shell to whoever {'connects' if shell.listens else 'it connects to'}")


def _lines(file: FileFacts, shell: RemoteShell) -> Iterator[Evidence]:
    if shell.started is not None and shell.started.line != shell.sink.line:
        yield shown(file, shell.started, Words("starts a shell"))
    yield shown(file, shell.sink, Words("joins a shell and a connection"))


def _severity(reach: Reach, shell: RemoteShell) -> Severity:
    if reach in ASIDE:
        return Severity.MEDIUM
    return Severity.HIGH if shell.listens and reach not in UNASKED else Severity.CRITICAL
