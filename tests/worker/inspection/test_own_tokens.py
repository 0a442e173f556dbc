"""Our own tokens in archives: handed to the parent whole when it asks, and no other credential; never part of facts."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping

import msgspec
import pytest

from app.core.package import Package
from app.core.ports import Inspection, InspectionRequest, OwnToken
from app.core.specimen import ArtifactFacts
from app.core.tokens import Kind, mint
from tests import minted
from tests.worker.inspection.archives import NPM, tarball
from worker.inspection.limits import MOST_OWN
from worker.inspection.sandbox import SealedInspector

SECRET_AT = len("asy_u1_0000000000000000_")


@pytest.fixture(scope="module")
def inspector() -> Iterator[SealedInspector]:
    with SealedInspector() as sealed:
        yield sealed


def token(seed: str = "a") -> str:
    return mint(Kind.API, hashlib.sha512(seed.encode()).digest()).text


def inspect(
    inspector: SealedInspector,
    files: Mapping[str, str],
    *,
    hand_over: bool = True,
    known: ArtifactFacts | None = None,
    before: ArtifactFacts | None = None,
) -> Inspection:
    archive = io.BytesIO(tarball({"package.json": '{"name": "left", "version": "1.0.1"}', **files}))
    package = Package.parse("npm/left@1.0.1")
    return inspector.inspect(
        InspectionRequest(package, "left.tgz", NPM, archive, known, before=before, hand_over=hand_over)
    )


def facts_of(inspection: Inspection) -> ArtifactFacts:
    assert inspection.facts is not None, inspection.not_examined
    return inspection.facts


def test_a_token_is_handed_over_with_its_file(inspector: SealedInspector) -> None:
    text = token()
    inspection = inspect(inspector, {"lib/a.js": f"const t = '{text}'\n", "lib/b.txt": f"x{text}"})
    assert inspection.own == (OwnToken(text, "lib/a.js"),)
    assert text[SECRET_AT:] not in msgspec.json.encode(facts_of(inspection)).decode()
    assert text not in repr(inspection)


def test_without_being_asked_a_child_hands_nothing_over(inspector: SealedInspector) -> None:
    assert inspect(inspector, {"a.js": token()}, hand_over=False).own == ()


def test_of_other_credentials_nothing_is_handed_over(inspector: SealedInspector) -> None:
    others = "\n".join(make("a") for kind, make in minted.EVERY.items() if kind != "assay-token")
    assert inspect(inspector, {"a.txt": others, "key.pem": minted.rsa_key()}).own == ()


@pytest.mark.parametrize("broken", [token()[:-1], token()[:-1] + "!", token().replace("asy_", "asx_"), token()[:40]])
def test_what_is_not_whole_is_not_handed_over(inspector: SealedInspector, broken: str) -> None:
    assert inspect(inspector, {"a.txt": broken}).own == ()


def test_a_wrong_checksum_is_no_token(inspector: SealedInspector) -> None:
    changed = token()[:30] + ("a" if token()[30] != "a" else "b") + token()[31:]
    assert inspect(inspector, {"a.txt": changed}).own == ()


def test_a_package_full_of_them_hands_over_so_many_and_no_more(inspector: SealedInspector) -> None:
    texts = [token(str(number)) for number in range(MOST_OWN + 50)]
    own = inspect(inspector, {"a.txt": "\n".join(texts)}).own
    assert [one.text for one in own] == texts[:MOST_OWN]


def test_a_file_that_did_not_change_is_looked_at_all_the_same(inspector: SealedInspector) -> None:
    """Its facts are taken over from the old version; they do not hold the text."""
    files = {"a.js": f"const t = '{token()}'\n"}
    before = facts_of(inspect(inspector, files))
    again = inspect(inspector, files, before=before)
    assert [one.text for one in again.own] == [token()]
    assert facts_of(again).files == before.files


def test_facts_that_are_judged_again_hold_none(inspector: SealedInspector) -> None:
    files = {"a.js": f"const t = '{token()}'\n"}
    known = facts_of(inspect(inspector, files))
    judged = inspect(inspector, files, known=known)
    assert judged.own == ()
    assert "leaked-secret" in {finding.rule for finding in judged.findings}


def test_a_file_called_after_a_token_is_told_without_it(inspector: SealedInspector) -> None:
    (own,) = inspect(inspector, {f"{token()}.txt": "a name"}).own
    assert own.text == token()
    assert token()[SECRET_AT:] not in own.file


def test_what_is_wrapped_in_base64_is_not_looked_for(inspector: SealedInspector) -> None:
    wrapped = base64.b64encode(token().encode()).decode()
    assert inspect(inspector, {"a.txt": wrapped}).own == ()
