"""Every rule that runs, by hand: a module that is not listed here does not exist."""

from __future__ import annotations

from app.core.ports import ChangeDetector, Detector, FileDetector, ReleaseDetector
from app.core.rule import Catalogue, Page, Rule
from worker.detectors import (
    alias_dependency,
    archive_anomaly,
    artifact_mismatch,
    browser_or_wallet_access,
    capability_gained,
    ci_token_misuse,
    command_shadowing,
    credential_theft,
    destructive_action,
    downgrade,
    download_and_execute,
    empty_package,
    encoded_payload,
    environment_harvest,
    exfiltration_host,
    foreign_source,
    git_dependency,
    hidden_text,
    http_dependency,
    index_added,
    install_network,
    install_script,
    install_shell,
    integrity_changed,
    integrity_mismatch,
    integrity_missing,
    large_change,
    leaked_private_key,
    leaked_secret,
    lockfile_drift,
    manifest_confusion,
    metadata_service,
    mutable_action,
    obfuscated_code,
    persistence,
    reverse_shell,
    self_propagation,
    source_changed,
    startup_hook,
    token_compared,
    token_in_browser,
    token_in_file,
    token_in_url,
    token_logged,
    token_on_command_line,
    token_redirect_leak,
    token_unsafe_default,
    token_weak_randomness,
    token_without_tls,
    trivial_package,
    url_dependency,
)

ARTIFACT_DETECTORS: tuple[Detector, ...] = (
    reverse_shell,
    credential_theft,
    environment_harvest,
    browser_or_wallet_access,
    destructive_action,
    self_propagation,
    persistence,
    download_and_execute,
    encoded_payload,
    exfiltration_host,
    startup_hook,
    install_script,
    install_network,
    install_shell,
    metadata_service,
    ci_token_misuse,
    capability_gained,
    command_shadowing,
    obfuscated_code,
    hidden_text,
    archive_anomaly,
    leaked_private_key,
    leaked_secret,
    token_in_url,
    token_logged,
    token_in_file,
    token_without_tls,
    token_on_command_line,
    token_unsafe_default,
    token_compared,
    token_weak_randomness,
    token_redirect_leak,
    token_in_browser,
    manifest_confusion,
    artifact_mismatch,
    large_change,
    empty_package,
    trivial_package,
)
CHANGE_DETECTORS: tuple[ChangeDetector, ...] = (
    integrity_mismatch,
    integrity_changed,
    integrity_missing,
    foreign_source,
    source_changed,
    http_dependency,
    git_dependency,
    url_dependency,
    downgrade,
    alias_dependency,
    mutable_action,
)
FILE_DETECTORS: tuple[FileDetector, ...] = (index_added, lockfile_drift)
RELEASE_DETECTORS: tuple[ReleaseDetector, ...] = (artifact_mismatch,)
ALL: tuple[Detector | ChangeDetector | FileDetector | ReleaseDetector, ...] = tuple(
    dict.fromkeys((*ARTIFACT_DETECTORS, *CHANGE_DETECTORS, *FILE_DETECTORS, *RELEASE_DETECTORS))
)


def catalogue(engine: str) -> Catalogue:
    """The rules as they are published; `engine` is the version of the inspection that feeds them."""
    rules = {detector.CARD.id: Rule(detector.CARD, Page.parse(detector.__doc__ or "")) for detector in ALL}
    return Catalogue(engine, rules)
