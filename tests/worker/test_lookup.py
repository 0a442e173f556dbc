"""Each artifact of a version is held beside the one whose place it takes; builds count less where a wheel serves."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.finding import Reach, Severity
from app.core.package import Ecosystem, Package
from app.core.ports import Inspection, InspectionRequest
from app.core.specimen import ArtifactKind
from app.demo.shelf import Shelf
from app.store import MemoryStore
from tests.builders import a_finding, an_artifact
from tests.fakes.clock import FakeClock
from tests.fakes.registry import MemoryRegistry
from worker.lookup import Subject, Tools, look_at


class RecordingInspector:
    """Finds a high step in every source distribution, and remembers beside what it was asked to judge."""

    def __init__(self) -> None:
        self.asked: list[InspectionRequest] = []

    def inspect(self, request: InspectionRequest) -> Inspection:
        self.asked.append(request)
        metadata = (("name", request.package.name), ("version", request.package.version))
        facts = an_artifact(filename=request.filename, kind=request.kind, metadata=metadata)
        step = a_finding("install-shell", severity=Severity.HIGH, reach=Reach.INSTALL)
        return Inspection(facts, findings=(step,) if request.kind is ArtifactKind.SDIST else ())


def looked_at(names: Sequence[str], before: Sequence[str] = ()) -> tuple[list[Severity], dict[str, str | None]]:
    """The severities that are told of a version with these archives, and each archive's old counterpart."""
    shelf, inspector = Shelf(), RecordingInspector()
    for name in names:
        shelf.put_pypi("greet", name, f"{name}".encode())
    tools = Tools(
        registries={},
        inspector=inspector,
        inspections=MemoryStore().inspections,
        change_detectors=(),
        engine="test",
        clock=FakeClock(),
    )
    old = tuple(an_artifact(filename=name, kind=kind_of(name)) for name in before)
    package = Package.parse("pypi/greet@2.0")
    registry = MemoryRegistry(Ecosystem.PYPI, shelf)
    gathered, _ = look_at(Subject(package, (), registry, tools, Package.parse("pypi/greet@1.0"), old))
    assert gathered.gaps == []
    beside = {request.filename: request.before.filename if request.before else None for request in inspector.asked}
    return [one.severity for one in gathered.findings], beside


def kind_of(name: str) -> ArtifactKind:
    return ArtifactKind.WHEEL if name.endswith(".whl") else ArtifactKind.SDIST


def test_each_wheel_is_held_beside_the_one_with_the_most_tags_in_common() -> None:
    """A release may have a wheel for any machine beside one for this machine: their code differs."""
    old = ["greet-1.0.tar.gz", "greet-1.0-py3-none-any.whl", "greet-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"]
    new = ["greet-2.0-cp311-cp311-manylinux_2_28_x86_64.whl", "greet-2.0-py3-none-any.whl", "greet-2.0.tar.gz"]
    _, beside = looked_at(new, old)
    assert beside == {new[0]: old[2], new[1]: old[1], new[2]: old[0]}


def test_what_has_no_counterpart_of_its_kind_is_held_beside_any() -> None:
    _, beside = looked_at(["greet-2.0-py3-none-any.whl"], ["greet-1.0.tar.gz"])
    assert beside == {"greet-2.0-py3-none-any.whl": "greet-1.0.tar.gz"}


def test_a_build_s_step_is_softer_where_a_wheel_is_installed_instead() -> None:
    assert looked_at(["greet-2.0.tar.gz"])[0] == [Severity.HIGH]
    assert looked_at(["greet-2.0.tar.gz", "greet-2.0-py3-none-any.whl"])[0] == [Severity.MEDIUM]
