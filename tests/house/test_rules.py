"""Every rule is whole: a page, a card, a place in the list, a test, and an innocent twin in that test."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

import worker.detectors
from app.core.package import Ecosystem
from app.core.rule import SECTIONS, Page
from worker.detectors import register

ROOM = Path(worker.detectors.__file__).parent
TESTS = Path(__file__).parents[1] / "detectors"
NO_RULES = {"__init__", "register"}
ENTRIES: dict[str, tuple[object, ...]] = {
    "detect": register.ARTIFACT_DETECTORS,
    "detect_change": register.CHANGE_DETECTORS,
    "detect_file": register.FILE_DETECTORS,
    "detect_release": register.RELEASE_DETECTORS,
}
MODULES = sorted(path.stem for path in ROOM.glob("*.py") if path.stem not in NO_RULES)


@pytest.mark.parametrize("name", MODULES)
class TestRule:
    def test_it_is_in_the_list(self, name: str) -> None:
        listed = [detector.__name__ for detector in register.ALL]  # type: ignore[union-attr]
        assert listed.count(f"worker.detectors.{name}") == 1, f"add {name} to worker/detectors/register.py"

    def test_its_card_is_named_like_its_file(self, name: str) -> None:
        card = _module(name).CARD
        assert card.id == name.replace("_", "-")
        assert card.ecosystems <= set(Ecosystem)
        assert card.ecosystems

    def test_its_page_has_a_title_a_reason_and_four_sections(self, name: str) -> None:
        page = Page.parse(_module(name).__doc__ or "")
        assert tuple(section for section, _ in page.sections) == SECTIONS
        assert page.text, "say after the title why anybody should care"
        for section, text in page.sections:
            assert text.endswith("."), f"{section} ends like a sentence"
            assert "!" not in text, "calm words"

    def test_it_judges_an_artifact_a_release_a_change_or_a_file_with_generators(self, name: str) -> None:
        entries = {entry for entry in ENTRIES if hasattr(_module(name), entry)}
        assert len(entries) == 1 or entries == {"detect", "detect_release"}, "one thing, or a release and its artifacts"
        for entry in entries:
            judge = getattr(_module(name), entry)
            assert inspect.getdoc(judge)
            assert len(inspect.signature(judge).parameters) == 1

    def test_each_of_its_generators_is_asked(self, name: str) -> None:
        for entry, listed in ENTRIES.items():
            assert (_module(name) in listed) == hasattr(_module(name), entry), f"{entry} and register.py disagree"

    def test_it_has_a_test_with_an_alarm_and_an_innocent_twin(self, name: str) -> None:
        path = TESTS / f"test_{name}.py"
        assert path.exists(), f"write {path.relative_to(TESTS.parents[1])}"
        classes = {
            node.name: sum(isinstance(inner, ast.FunctionDef) for inner in node.body)
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.ClassDef)
        }
        for needed in ("TestAlarm", "TestInnocentTwin"):
            assert classes.get(needed), f"{path.name} has no class {needed} with a test in it"


def test_the_list_names_each_rule_once_and_nothing_else() -> None:
    names = [detector.__name__.rpartition(".")[2] for detector in register.ALL]  # type: ignore[union-attr]
    assert sorted(names) == MODULES


def test_the_catalogue_holds_every_rule_with_its_page() -> None:
    catalogue = register.catalogue("7")
    assert catalogue.engine == "7"
    assert sorted(catalogue.rules) == sorted(name.replace("_", "-") for name in MODULES)
    assert all(rule.card.id == key and rule.page.title for key, rule in catalogue.rules.items())


def _module(name: str) -> Any:
    return importlib.import_module(f"worker.detectors.{name}")
