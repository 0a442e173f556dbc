"""Exports: each valid by its format's own tool, each says what was not examined, none lets strangers' words come alive."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sarif_om
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from packageurl import PackageURL
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from app.core.diff import ChangeKind
from app.core.errors import Reason
from app.core.finding import Severity, Words
from app.core.lockfile import Scope
from app.core.policy import Action, Conclusion, PolicyProblem
from app.core.report import ArtifactSummary, FileFinding, FileGap, FileRead, Judged, JudgedGap, Report, Reviewed
from app.core.specimen import FactId, NotExamined
from app.exports import EXPORTS
from tests.builders import a_change, a_finding, a_judged, a_pin, a_report
from tests.fakes.clock import START

HOSTILE = "x\x1b[31m\u202e<!-- @acme --> [a](https://drop.example) | `\n"


def a_gap(what: str = "npm/odd@1.0.0", detail: str = "The registry did not answer.") -> JudgedGap:
    return JudgedGap(NotExamined(what, Reason.REGISTRY_UNAVAILABLE, detail), Action.BLOCK, "not examined")


def full() -> Report:
    """One of everything."""
    artifact = ArtifactSummary("fast-colour-2.4.1.tgz", "ab" * 32, 1234, 5)
    accepted = Judged(
        a_finding("install-script", severity=Severity.HIGH), Action.IGNORE, "line 3", "@acme", date(2027, 1, 1), "ours"
    )
    blocked = Reviewed(
        (a_change(), replace(a_change(), file="web/package lock.json")),
        (artifact,),
        (FactId.NETWORK, FactId.PROCESS),
        (FactId.NETWORK,),
        (a_judged(), a_judged(Action.WARN, rule="capability-gained", new=False), accepted),
    )
    added = Reviewed(
        (a_change("npm/@acme/ui@1.0.0", None),),
        (artifact,),
        findings=(a_judged(Action.MONITOR, rule="metadata-service"),),
    )
    python = Reviewed(
        (
            replace(
                a_change("pypi/imgpress@3.0.0", "2.9.4"), after=a_pin("pypi/imgpress@3.0.0", scope=Scope.DEVELOPMENT)
            ),
        )
    )
    gone = Reviewed(
        (replace(a_change("npm/gone@1.0.0"), kind=ChangeKind.REMOVED, before=a_pin("npm/gone@1.0.0"), after=None),)
    )
    unknown = Reviewed((a_change("npm/odd@1.0.0", None),), gaps=(a_gap(),))
    hostile = Reviewed(
        (a_change("npm/evil@1.0.0", None),),
        findings=(a_judged(Action.WARN, rule="hidden-text", message=Words("holds {0}", (HOSTILE,))),),
        gaps=(a_gap(HOSTILE, HOSTILE),),
    )
    return a_report(
        blocked, added, python, gone, unknown, hostile,
        conclusion=Conclusion.FAILURE,
        files=(FileRead("package-lock.json", "package-lock", 12), FileRead("Gemfile.lock", None)),
        file_gaps=(FileGap("requirements.txt", 3, a_gap("flask>=3", "flask>=3 is a range.")),),
        file_findings=(FileFinding("requirements.txt", 1, a_judged(Action.WARN, rule="index-added")),),
        policy_problems=(PolicyProblem(2, 1, "preset is not known"),),
        advice=(("credential-theft", "Do not install it."),),
    )  # fmt: skip


REPORTS = {"everything": full(), "nothing": a_report(reviewed=()), "an upgrade": a_report()}
NOT_EXAMINED = "The registry did not answer."


@pytest.fixture(params=sorted(REPORTS))
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]


def written(name: str, report: Report) -> str:
    return EXPORTS[name].write(report, START)


# --- valid by the formats' own tools ---

MODELS: dict[str, Any] = {
    "runs": sarif_om.Run, "tool": sarif_om.Tool, "driver": sarif_om.ToolComponent, "rules": sarif_om.ReportingDescriptor,
    "shortDescription": sarif_om.MultiformatMessageString, "help": sarif_om.MultiformatMessageString,
    "automationDetails": sarif_om.RunAutomationDetails, "invocations": sarif_om.Invocation,
    "toolExecutionNotifications": sarif_om.Notification, "descriptor": sarif_om.ReportingDescriptorReference,
    "message": sarif_om.Message, "locations": sarif_om.Location, "relatedLocations": sarif_om.Location,
    "physicalLocation": sarif_om.PhysicalLocation, "artifactLocation": sarif_om.ArtifactLocation,
    "region": sarif_om.Region, "snippet": sarif_om.ArtifactContent, "results": sarif_om.Result,
    "suppressions": sarif_om.Suppression,
}  # fmt: skip


def modelled(node: dict[str, Any], model: Any) -> Any:
    """The node as an object of the model: an unknown property, or a missing one that is required, is a TypeError."""
    names = {field.metadata["schema_property_name"]: field.name for field in model.__attrs_attrs__}
    values = {}
    for name, value in node.items():
        assert name in names, f"{name} is not a property of {model.__name__}"
        inner = partial(modelled, model=MODELS[name]) if name in MODELS else None
        if inner is None:
            values[names[name]] = value
        else:
            values[names[name]] = [inner(one) for one in value] if isinstance(value, list) else inner(value)
    return model(**values)


def test_sarif_is_what_its_object_model_takes(report: Report) -> None:
    log = modelled(json.loads(written("sarif", report)), sarif_om.SarifLog)
    assert log.version == "2.1.0"
    (run,) = log.runs
    ids = {rule.id for rule in run.tool.driver.rules}
    for result in run.results:
        assert result.rule_id in ids
        assert result.level in {"error", "warning", "note", "none"}
        for location in result.locations:
            assert location.physical_location.region.start_line >= 1


def test_cyclonedx_is_valid_by_its_schema(report: Report) -> None:
    validator = make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_6)
    assert validator.validate_str(written("cyclonedx", report)) is None


def test_spdx_is_valid_by_the_reference_tools(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "review.spdx.json"
    path.write_text(written("spdx", report))
    assert [str(each.validation_message) for each in validate_full_spdx_document(parse_file(str(path)))] == []


def test_json_lines_are_one_object_a_line(report: Report) -> None:
    rows = [json.loads(line) for line in written("ndjson", report).splitlines()]
    assert rows[0]["row"] == "review"
    assert rows[0]["conclusion"] == report.conclusion
    whole = json.loads(written("json", report))
    for name in ("changes", "findings", "not_examined", "files"):
        assert [{**entry, "row": name} for entry in whole[name]] == [row for row in rows if row["row"] == name]


# --- what they say ---


@pytest.mark.parametrize("name", EXPORTS)
def test_what_was_not_examined_is_said_in_every_format(name: str) -> None:
    text = written(name, full())
    assert NOT_EXAMINED in text
    assert "is a range" in text


def test_a_run_that_examined_less_than_everything_did_not_succeed() -> None:
    for report, succeeded in ((full(), False), (a_report(), True)):
        (run,) = json.loads(written("sarif", report))["runs"]
        assert run["invocations"][0]["executionSuccessful"] is succeeded


def test_a_finding_stands_on_the_line_of_the_dependency_file_with_the_packages_lines_beside_it() -> None:
    (run,) = json.loads(written("sarif", full()))["runs"]
    first = run["results"][0]
    assert first["ruleId"] == "credential-theft"
    assert first["level"] == "error"
    assert first["message"]["text"] == "npm/fast-colour@2.4.1 reads ~/.npmrc and sends it to drop.example."
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "package-lock.json"},
        "region": {"startLine": 12},
    }
    (beside,) = first["relatedLocations"]
    assert beside["physicalLocation"]["artifactLocation"]["uri"] == "pkg:npm/fast-colour@2.4.1#scripts/setup.js"
    assert beside["physicalLocation"]["region"]["startLine"] == 7


def test_an_exception_is_a_suppression_with_its_reason() -> None:
    (run,) = json.loads(written("sarif", full()))["runs"]
    suppressed = [result for result in run["results"] if "suppressions" in result]
    assert [(one["ruleId"], one["suppressions"][0]["justification"]) for one in suppressed] == [
        ("install-script", "ours")
    ]


def test_bills_of_materials_hold_what_came_in_and_not_what_went() -> None:
    bom = json.loads(written("cyclonedx", full()))
    purls = {component["purl"] for component in bom["components"]}
    assert "pkg:npm/%40acme/ui@1.0.0" in purls
    assert not any("gone" in purl for purl in purls)
    assert all(PackageURL.from_string(purl) for purl in purls)
    assert {one["id"] for one in bom["vulnerabilities"]} == {"credential-theft", "capability-gained", "hidden-text"}
    names = [package["name"] for package in json.loads(written("spdx", full()))["packages"]]
    assert names == ["fast-colour", "@acme/ui", "imgpress", "odd", "evil"]


@pytest.mark.parametrize("name", sorted(EXPORTS.keys() - {"json", "ndjson"}))
def test_strangers_words_cannot_steer_a_terminal_or_reverse_a_line(name: str) -> None:
    text = written(name, full())
    assert "\x1b" not in text
    assert "\\u001b" not in text
    assert "\u202e" not in text
    assert "\\u202e" not in text


@pytest.mark.parametrize("name", EXPORTS)
def test_the_same_report_is_written_the_same_way(name: str) -> None:
    assert written(name, full()) == written(name, full())


def test_fingerprints_stay_when_lines_move_and_differ_between_findings() -> None:
    def prints(report: Report) -> list[str]:
        (run,) = json.loads(written("sarif", report))["runs"]
        return [result["partialFingerprints"]["assay/v1"] for result in run["results"]]

    moved = replace(full().reviewed[0], changes=(replace(a_change(), after=a_pin(line=99)),))
    assert prints(a_report(moved)) == prints(a_report(full().reviewed[0]))
    assert len(set(prints(full()))) == len(prints(full()))


def test_the_json_schema_library_is_the_judge_of_cyclonedx() -> None:
    """A validator that takes everything would prove nothing."""
    bom = json.loads(written("cyclonedx", full()))
    bom["components"][0]["type"] = "spaceship"
    validator = make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_6)
    assert validator.validate_str(json.dumps(bom)) is not None
    with pytest.raises(AssertionError, match="is not a property of Run"):
        modelled({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "extra": 1}]}, sarif_om.SarifLog)
    with pytest.raises(TypeError):
        modelled({"version": "2.1.0", "runs": [{}]}, sarif_om.SarifLog)
