"""Files that a person writes as YAML may have anchors: a small file then leads to one node a billion times."""

from __future__ import annotations

import pytest

from worker.lockfiles import pre_commit, workflow

MANY = 10_000


def test_a_workflow_whose_jobs_share_their_steps_names_each_action_once() -> None:
    steps = "".join(f"  - uses: acme/tool{number}@v1\n" for number in range(MANY // 10))
    jobs = "".join(f"  j{number}: {{steps: *s, services: *v, container: *c}}\n" for number in range(MANY))
    text = f"s: &s\n{steps}v: &v\n  a: &c {{image: 'alpine:3'}}\njobs:\n{jobs}"
    pins = workflow.parse(".github/workflows/ci.yml", text.encode()).pins
    assert len(pins) == MANY // 10 + 1


def test_repositories_that_share_their_hooks_tell_of_each_once() -> None:
    hooks = "".join(f"  - {{id: h{number}, additional_dependencies: [a]}}\n" for number in range(500))
    repos = "".join(f"  - {{repo: 'https://git.example/r{number}', rev: v1, hooks: *h}}\n" for number in range(500))
    lockfile = pre_commit.parse(".pre-commit-config.yaml", f"h: &h\n{hooks}repos:\n{repos}".encode())
    assert (len(lockfile.pins), len(lockfile.problems)) == (500, 500)


@pytest.mark.parametrize("text", ["jobs: &a {x: *a, uses: *a}", "jobs: &a [*a, *a]", "runs: &a {steps: *a}"])
def test_a_node_within_itself_ends(text: str) -> None:
    assert workflow.parse("action.yml", text.encode()).pins == ()
