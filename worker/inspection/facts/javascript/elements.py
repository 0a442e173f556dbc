"""Elements of a page that are given an address or code: an image fetches what it is given, a script runs it."""

from __future__ import annotations

from app.core.specimen import FactId, OriginKind
from worker.inspection.facts.javascript import network
from worker.inspection.facts.javascript.inspection import Inspection
from worker.inspection.facts.javascript.ledger import place_of
from worker.inspection.facts.javascript.names import IMAGE, SCRIPT
from worker.inspection.facts.javascript.scope import Write

MOST = 256  # of them in one file

_FOREIGN = frozenset({OriginKind.DOWNLOAD, OriginKind.DECODED})


def note_given(inspection: Inspection) -> None:
    """Note images that send data in their address, and scripts whose text came from elsewhere."""
    evaluator, ledger = inspection.evaluator, inspection.ledger
    if b"createElement" not in evaluator.index.source and b"Image(" not in evaluator.index.source:
        return
    for key, target, write in evaluator.index.given[:MOST]:
        names = evaluator.evaluate(target, write.scope).names
        if IMAGE in names and key == "src":
            _note_image(inspection, write)
        elif SCRIPT in names and key != "src":
            origins = [origin for origin in evaluator.write(write, None).origins if origin.kind in _FOREIGN]
            if origins:
                ledger.add(FactId.DYNAMIC_CODE, place_of(target), f"script.{key}", origins)


def _note_image(inspection: Inspection, write: Write) -> None:
    ledger, value = inspection.ledger, inspection.evaluator.write(write, None)
    hosts = [host for text in value.texts[: network.MOST] if (host := network.host_of(text)) is not None]
    if write.node is not None and hosts:
        ledger.add(FactId.NETWORK, place_of(write.node), "Image.src", value.origins, hosts)
        for host in hosts:
            ledger.add(FactId.HOST, place_of(write.node), host)
