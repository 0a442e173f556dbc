"""Every rule that runs, by hand: a module that is not listed here does not exist."""

from __future__ import annotations

from app.core.ports import ChangeDetector, Detector
from app.core.rule import Catalogue, Page, Rule
from worker.detectors import (
    archive_anomaly,
    capability_gained,
    credential_theft,
    download_and_execute,
    encoded_payload,
    hidden_text,
    install_script,
    integrity_changed,
    integrity_mismatch,
    startup_hook,
)

ARTIFACT_DETECTORS: tuple[Detector, ...] = (
    credential_theft,
    download_and_execute,
    encoded_payload,
    startup_hook,
    install_script,
    capability_gained,
    hidden_text,
    archive_anomaly,
)
CHANGE_DETECTORS: tuple[ChangeDetector, ...] = (
    integrity_mismatch,
    integrity_changed,
)
ALL: tuple[Detector | ChangeDetector, ...] = (*ARTIFACT_DETECTORS, *CHANGE_DETECTORS)


def catalogue(engine: str) -> Catalogue:
    """The rules as they are published; `engine` is the version of the inspection that feeds them."""
    rules = {detector.CARD.id: Rule(detector.CARD, Page.parse(detector.__doc__ or "")) for detector in ALL}
    return Catalogue(engine, rules)
