"""What a build does is told softer where installers take a wheel; what no honest build does is not."""

from __future__ import annotations

import pytest

from app.core.build_steps import beside_a_wheel, has_wheel
from app.core.finding import Reach, Severity
from app.core.specimen import ArtifactKind
from tests.builders import a_finding, an_artifact


@pytest.mark.parametrize("rule", ["install-network", "install-shell", "install-script", "capability-gained"])
def test_a_step_that_honest_builds_have_is_one_step_softer(rule: str) -> None:
    found = a_finding(rule, severity=Severity.HIGH, reach=Reach.INSTALL)
    assert beside_a_wheel(found).severity is Severity.MEDIUM


def test_a_step_that_no_honest_build_has_is_as_grave_as_ever() -> None:
    theft = a_finding("credential-theft", severity=Severity.HIGH, reach=Reach.INSTALL)
    assert beside_a_wheel(theft) == theft
    critical = a_finding("install-shell", severity=Severity.CRITICAL, reach=Reach.INSTALL)
    assert beside_a_wheel(critical) == critical


def test_code_that_is_installed_and_runs_is_as_grave_as_ever() -> None:
    gained = a_finding("capability-gained", severity=Severity.HIGH, reach=Reach.STARTUP)
    assert beside_a_wheel(gained) == gained


def test_only_a_wheel_takes_the_place_of_a_source_distribution() -> None:
    sdist, wheel = an_artifact(kind=ArtifactKind.SDIST), an_artifact(kind=ArtifactKind.WHEEL)
    assert not has_wheel([sdist])
    assert has_wheel([sdist, wheel])
