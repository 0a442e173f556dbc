"""GitHub's workflows and composite actions: `.github/workflows/*.yml`, and `action.yml` anywhere.

Shape    YAML. `jobs.<job>.uses` is a reusable workflow, `jobs.<job>.steps[].uses` and `runs.steps[].uses` are actions:
         `owner/repository/folder@ref`, where `ref` is a commit, a tag or a branch. What a comment behind it says
         (`# v4.2.1`) is kept as the version that is meant. `docker://image`, `container`, `services` and `runs.image`
         are container images: their version is the digest, or else the tag. Anchors and aliases are followed.
Line     the `uses:` or `image:` itself.
Skips    `./…`: actions and workflows of the repository itself; images that an expression (`${{ … }}`) names. An
         `action.yml` that is no action (no `runs`) names nothing.
Refuses  what is not YAML in UTF-8, or nested deeper than 64 levels, larger than 1 MiB, or no mapping.
"""

from __future__ import annotations

import string
from collections.abc import Iterator

from app.core.container_image import read_image
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, in_order
from app.core.package import REGISTRY, Ecosystem, Package
from app.core.yaml_document import Visits, read_document
from app.core.yaml_tree import Items, Mapping, Node, Scalar

FORMAT = "workflow"
ECOSYSTEM = Ecosystem.GITHUB_ACTIONS

_LARGEST = 1 << 20  # bytes; GitHub itself refuses workflows past half of it
_ENDINGS = (".yml", ".yaml")
_FOLDER = ".github/workflows/"
_OWNER = frozenset(string.ascii_letters + string.digits + "-_.")
_PATH = _OWNER | frozenset("/+@ ")
_REF_BREAKS = frozenset(" \t~^:?*[\\")  # what git allows in no reference
_LONGEST = 500  # characters of one `uses`
_LONGEST_NOTE = 80


def claims(path: str) -> bool:
    """Whether a file of this path is a workflow or an action, by its name and place."""
    folder, _, name = path.rpartition("/")
    if name in ("action.yml", "action.yaml"):
        return True
    return f"{folder}/" == _FOLDER and name.endswith(_ENDINGS) and name not in _ENDINGS


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    root = read_document(content, _LARGEST)
    if root is None and not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise UnreadableLockfile(1, "The file is empty.")
    if not isinstance(root, Mapping):
        raise UnreadableLockfile(
            root.line if root else 1, "It is no mapping, so it is neither a workflow nor an action."
        )
    comments = content.decode("utf-8-sig").splitlines()
    pins: list[Pin] = []
    problems: list[Problem] = Problems()
    for where, kind, scalar in _references(root):
        found = _image(scalar, where) if kind == "image" else _uses(scalar, where, comments)
        if isinstance(found, Pin):
            pins.append(found)
        elif found is not None:
            problems.append(found)
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems))


def _references(root: Mapping) -> Iterator[tuple[str, str, Scalar]]:
    """Where something stands (`jobs.build`), whether it is an action or an image, and its text; each once."""
    visits = Visits()
    for name, job in _members(root, "jobs", visits):
        if isinstance(job, Mapping) and visits.first(job):
            yield from _of_job(f"jobs.{name}", job, visits)
    for key, runs in root.pairs:
        if key.text == "runs" and isinstance(runs, Mapping) and visits.first(runs):
            yield from (("runs", "image", image) for image in _scalars(runs, "image") if _is_image(image))
            yield from _of_steps("runs", runs, visits)


def _of_job(where: str, job: Mapping, visits: Visits) -> Iterator[tuple[str, str, Scalar]]:
    yield from ((where, "uses", uses) for uses in _scalars(job, "uses"))
    yield from _of_steps(where, job, visits)
    for image in _scalars(job, "container"):
        yield where, "image", image
    containers = [value for key, value in job.pairs if key.text == "container"]
    services = [service for _, service in _members(job, "services", visits)]
    for container in (*containers, *services):
        if isinstance(container, Mapping) and visits.first(container):
            yield from ((where, "image", image) for image in _scalars(container, "image"))


def _of_steps(where: str, holder: Mapping, visits: Visits) -> Iterator[tuple[str, str, Scalar]]:
    for key, steps in holder.pairs:
        if key.text == "steps" and isinstance(steps, Items) and visits.first(steps):
            for step in steps.items:
                if isinstance(step, Mapping) and visits.first(step):
                    yield from ((where, "uses", uses) for uses in _scalars(step, "uses"))


def _members(node: Mapping, name: str, visits: Visits) -> Iterator[tuple[str, Node]]:
    """The members of the mapping that stands under this name."""
    for key, value in node.pairs:
        if key.text == name and isinstance(value, Mapping) and visits.first(value):
            yield from ((inner.text, held) for inner, held in value.pairs)


def _scalars(node: Mapping, name: str) -> list[Scalar]:
    """The texts that stand under this name."""
    return [value for key, value in node.pairs if key.text == name and isinstance(value, Scalar) and not value.null]


def _is_image(image: Scalar) -> bool:
    """An action's own image is an address; else it is the Dockerfile beside it."""
    return image.text.startswith("docker://")


def _uses(scalar: Scalar, where: str, lines: list[str]) -> Pin | Problem | None:
    text = scalar.text
    if text.startswith(("./", "../")) or text == ".":
        return None
    if text.startswith("docker://"):
        return _image(scalar, where)
    name, at, reference = text.partition("@")
    shown = visible(text, 100) or "An empty text"
    parts = name.split("/")
    is_name = len(parts) >= 2 and all(parts) and _OWNER.issuperset(parts[0] + parts[1]) and _PATH.issuperset(name)
    if not is_name or len(text) > _LONGEST or "${{" in text or " " in "".join(parts[:2]):
        message = f"{shown} names no action; owner/repository@commit was expected."
        return Problem(scalar.line, message, text[:_LONGEST], entry=text)
    if not at or not reference or _REF_BREAKS & set(reference) or not reference.isprintable():
        message = f"{shown} fixes no version; a commit, tag or branch behind an @ was expected."
        return Problem(scalar.line, message, text[:_LONGEST], Reason.UNPINNED, text)
    return Pin(
        package=Package.of(Ecosystem.GITHUB_ACTIONS, name, reference),
        source=REGISTRY,
        line=scalar.line,
        scope=Scope.BUILD,
        direct=True,
        location=where,
        note=_comment(lines, scalar),
    )


def _comment(lines: list[str], scalar: Scalar) -> str:
    """The comment behind a `uses`, which says what a commit is called: `v4.2.1`."""
    line = lines[scalar.line - 1] if scalar.line <= len(lines) else ""
    rest = line[scalar.column - 1 :].partition(scalar.text)[2]
    word = rest.partition(" #")[2].strip().removeprefix("tag=").partition(" ")[0][:_LONGEST_NOTE]
    return word if any(character.isdigit() for character in word) else ""


def _image(scalar: Scalar, where: str) -> Pin | Problem | None:
    text = scalar.text.removeprefix("docker://")
    if "${{" in text:
        return None
    image = read_image(text)
    if image is None:
        message = f"{visible(text, 100) or 'An empty text'} is no container image."
        return Problem(scalar.line, message, text[:_LONGEST], entry=text)
    return Pin(
        package=image.package,
        source=REGISTRY,
        line=scalar.line,
        scope=Scope.BUILD,
        direct=True,
        location=where,
        note=image.tag,
    )
