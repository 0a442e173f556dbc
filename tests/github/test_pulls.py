"""Trees and blobs, when GitHub leaves something out."""

from __future__ import annotations

import json

import pytest

from app.core.errors import ForgeError, ForgeUnavailable
from app.core.ports import Phase
from app.demo.github.faults import Fault
from tests.github.loopback import Loopback

FILES = {f"{top}/{folder}/{name}": f"{top}{folder}{name}" for top in "ab" for folder in "xyz" for name in "12345"}


def test_a_truncated_tree_is_walked_folder_by_folder(world: Loopback) -> None:
    head = world.github.commit(world.repository, FILES)
    with world.open(Phase.READ) as forge:
        whole = forge.tree(head)
        world.github.faults.tree_limit = 10
        assert forge.tree(head) == whole
    assert set(FILES) < set(whole)


def test_a_folder_that_does_not_fit_is_an_error(world: Loopback) -> None:
    """Half a tree would be a clean review of half a repository."""
    head = world.github.commit(world.repository, FILES)
    world.github.faults.tree_limit = 4
    with world.open(Phase.READ) as forge, pytest.raises(ForgeError, match="has more files than GitHub lists"):
        forge.tree(head)


def test_bytes_that_are_not_those_of_the_sha_are_refused(world: Loopback) -> None:
    sha = world.repository.objects.add_blob("the truth")
    other = json.dumps({"content": "YSBsaWU=", "encoding": "base64"})
    world.github.faults.next("GET", "/git/blobs/", Fault(200, body=other))
    with (
        world.open(Phase.READ) as forge,
        pytest.raises(ForgeUnavailable, match=f"other bytes than those of blob {sha}"),
    ):
        forge.blob(sha)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"content": "", "encoding": "none"}, "does not show the content"),
        ({"content": "abc", "encoding": "base64"}, "broken base64"),
    ],
)
def test_a_blob_that_cannot_be_read_is_an_error(world: Loopback, answer: dict[str, str], message: str) -> None:
    world.github.faults.next("GET", "/git/blobs/", Fault(200, body=json.dumps(answer)))
    with world.open(Phase.READ) as forge, pytest.raises(ForgeError, match=message):
        forge.blob("0" * 40)


def test_a_deleted_author_is_a_ghost(world: Loopback) -> None:
    pull = world.pull()
    shown = json.loads(world.request("GET", "/repos/harbour/shop/pulls/1", world.token()).data)
    world.github.faults.next("GET", "/pulls/1$", Fault(200, body=json.dumps(shown | {"user": None})))
    with world.open(Phase.READ) as forge:
        assert forge.pull(pull.number).author == "ghost"
