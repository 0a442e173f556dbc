"""Decodes a blob and runs it.

Code that is meant to be read is not wrapped in base64, compressed and handed to `eval`. Whoever does so hides what runs
from readers and from tools.

Looks at    data that was decoded (base64, hexadecimal, zlib, marshal, character codes, XOR) and reaches `eval`,
            `exec`, a shell or an interpreter, directly or through a file that is written first; and pictures, fonts,
            sounds and the like of the package that reach `eval` or `exec`.
Reports     each place: critical in an install step or start-up hook, high elsewhere, medium in tests and documents, and
            where Python's `marshal` reads code out of a file that the package does not bring, as caches of compiled
            code do. One step softer where an install step unpacks a compiled program and starts it by its own name.
Blind to    decoders that are written out by hand in a way that the constant folding does not follow.
What to do  Do not install it. If you must know what it does, decode the blob by hand without running it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from app.core.evidence import ASIDE, UNASKED, beside_the_old, shown, source, step, subject
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.flow import Flow, executed
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, FactId, FileFacts, OriginKind, Specimen

CARD = RuleCard(
    id="encoded-payload",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)


_MEDIA = (
    *(".png", ".jpg", ".jpeg", ".gif", ".bmp", ".ico", ".webp", ".svg", ".tiff", ".woff", ".woff2", ".ttf", ".eot"),
    *(".mp3", ".mp4", ".wav", ".ogg", ".pdf", ".psd"),
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that runs what it decoded."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        for flow in executed(file, OriginKind.DECODED):
            if any(origin.kind is OriginKind.DOWNLOAD for origin in flow.sink.origins):
                continue  # unpacking what was fetched: the rule for downloads tells it
            yield CARD.finding(
                Words(f"{subject(file.reach)} decodes hidden data ({{0}}) and runs it", (flow.origin.detail,)),
                [*step(artifact, file), *_lines(file, flow)],
                reach=file.reach,
                severity=_severity(artifact, file.reach, flow),
            )
        yield from _from_media(artifact, file)


def _from_media(artifact: ArtifactFacts, file: FileFacts) -> Iterator[Finding]:
    """Code that stands in a picture or the like."""
    severity = Severity.MEDIUM if file.reach in ASIDE else Severity.HIGH
    for flow in executed(file, OriginKind.FILE):
        if flow.sink.id is FactId.DYNAMIC_CODE and flow.origin.detail.lower().endswith(_MEDIA):
            yield CARD.finding(
                Words(f"{subject(file.reach)} runs code that is hidden in {{0}}", (flow.origin.detail,)),
                [*step(artifact, file), *_lines(file, flow)],
                reach=file.reach,
                severity=Severity.CRITICAL if file.reach in UNASKED else severity,
            )


def _lines(file: FileFacts, flow: Flow) -> Iterator[Evidence]:
    if flow.origin.line != flow.sink.line:
        yield source(file, flow.origin)
    if flow.through is not None and flow.through != flow.sink:
        yield shown(file, flow.through)
    yield shown(file, flow.sink, Words("runs what it decoded"))


def _severity(artifact: ArtifactFacts, reach: Reach, flow: Flow) -> Severity:
    if reach in ASIDE or _is_code_cache(artifact, flow):
        return Severity.MEDIUM
    return Severity.CRITICAL if reach in UNASKED and not flow.is_program else Severity.HIGH


def _is_code_cache(artifact: ArtifactFacts, flow: Flow) -> bool:
    """Whether it is `exec(marshal.load(file))` of a file that the package does not bring: a cache of byte code."""
    decoded = [origin for origin in flow.sink.origins if origin.kind is OriginKind.DECODED]
    files = {posixpath.basename(origin.detail) for origin in flow.sink.origins if origin.kind is OriginKind.FILE}
    brought = files & artifact.base_names
    is_marshal = all(origin.detail.startswith("marshal.") for origin in decoded)
    return is_marshal and bool(files) and all(name.endswith(".py") for name in brought)
