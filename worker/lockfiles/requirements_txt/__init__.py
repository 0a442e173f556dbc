r"""pip's requirements files: `requirements*.txt`, `requirements/*.txt`, `dev-requirements.txt` … and constraints.

Shape    Lines of text, read as pip 26 reads them: `\` joins lines, ` #` begins a comment, `name==1.2.3`, then options
         such as `--hash`. Only `==` without a wildcard and `===` fix a version; an address or a path does when its file
         name holds one. `# via` comments, as pip-compile and uv write them, say who requires a package; without them
         every one is direct. Where a tool listed them all (with hashes, or in a `.lock` such as rye's) and wrote none,
         nobody can tell. A word of the name (`dev`, `test`, `build` …) gives the scope. `--index-url` gives every
         package of the file its source.
Line     where the requirement begins.
Skips    folders inside the repository (`-e .`): its own code. Files named by `-r` and `-c`: each is read as a file of
         its own when it changes, so a name that would not be read is a problem here. In constraints files,
         requirements without a version install nothing: they are directives.
Refuses  text that is not UTF-8 (nor UTF-16 or UTF-32 with their marks), that holds NUL or merge conflict markers, or
         has more than a thousand lines that cannot be read.
"""

from __future__ import annotations

from app.core.collector import collector_at_rest
from app.core.lockfile import Lineage, Lockfile, Pin, UnreadableLockfile
from app.core.package import REGISTRY, Ecosystem, Source, SourceKind
from app.core.requirements_files import is_constraints_file, is_requirements_file, scope_of
from worker.lockfiles.requirements_txt.lines import read_lines
from worker.lockfiles.requirements_txt.provenance import Origin, is_annotated, provenance
from worker.lockfiles.requirements_txt.statement import Requirement, Statements, read_statement

FORMAT = "requirements"
ECOSYSTEM = Ecosystem.PYPI

_MOST_PROBLEMS = 1000  # a file with more is prose; listing its lines would bury everything else
_MOST_PACKAGES = 150_000  # a file with more was written to exhaust its reader


def claims(path: str) -> bool:
    """Whether a file of this path is a requirements or constraints file, by its name."""
    return is_requirements_file(path)


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    with collector_at_rest():
        return _read(path, content)


def _read(path: str, content: bytes) -> Lockfile:
    statements = Statements(path, is_constraints_file(path))
    for line in read_lines(content):
        read_statement(line, statements)
        _refuse_masses(statements)
    problems = sorted(statements.problems, key=lambda problem: (problem.line, problem.message))
    indexes = tuple(statements.indexes)
    pins = _pins(path, statements)
    lineage, directives = _lineage(path, statements), tuple(statements.directives)
    return Lockfile(path, FORMAT, pins, tuple(problems), indexes=indexes, lineage=lineage, directives=directives)


def _lineage(path: str, statements: Statements) -> Lineage:
    """Whether the file can be what people ask for: what a tool locked, without a word of why, lists everything."""
    requirements = statements.requirements
    if any(is_annotated(requirement.comments) for requirement in requirements):
        return Lineage.LISTED
    is_locked = path.endswith(".lock") or any(requirement.digests for requirement in requirements)
    return Lineage.UNKNOWN if is_locked else Lineage.LISTED


def _refuse_masses(statements: Statements) -> None:
    problems = statements.problems
    if len(problems) > _MOST_PROBLEMS:
        first = problems[0]
        message = f"More than {_MOST_PROBLEMS} of its lines cannot be read. The first: {first.message}"
        raise UnreadableLockfile(first.line, message)
    if len(statements.requirements) > _MOST_PACKAGES:
        raise UnreadableLockfile(1, f"It names more than {_MOST_PACKAGES} packages.")


def _pins(path: str, statements: Statements) -> tuple[Pin, ...]:
    index = REGISTRY if statements.index is None else Source(SourceKind.REGISTRY, statements.index)
    scope = scope_of(path)
    requirements = statements.requirements
    return tuple(
        Pin(
            package=requirement.package,
            source=requirement.source or index,
            line=requirement.line,
            scope=scope,
            direct=origin.direct,
            parents=origin.parents,
            digests=requirement.digests,
        )
        for requirement, origin in zip(requirements, _origins(requirements), strict=True)
    )


def _origins(requirements: list[Requirement]) -> list[Origin]:
    return provenance([(requirement.package, requirement.comments) for requirement in requirements])
