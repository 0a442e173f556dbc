"""A token for one repository and one phase, renewed once, revoked at the end, and never to be seen."""

from __future__ import annotations

import logging

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.core.errors import Forbidden, ForgeError, ForgeUnavailable, Gone, SettingsError
from app.core.policy import Conclusion
from app.core.ports import CheckOutput, LineComment, Phase
from app.demo.github.faults import bad_gateway, secondary_limit, unauthorised
from app.github.permissions import ORGANISATION, PHASES
from tests.github.loopback import Loopback


@pytest.mark.parametrize("phase", list(Phase))
def test_a_token_is_good_for_one_repository_and_one_phase(world: Loopback, phase: Phase) -> None:
    with world.open(phase):
        (token,) = world.github.tokens.living
        assert token.repositories == frozenset({world.repository.id})
        assert token.permissions == PHASES[phase]


def test_the_organisations_policy_has_a_token_of_its_own(world: Loopback) -> None:
    policy = world.github.repository("harbour/.github")
    world.installation.repositories = None
    world.door().organisation_policy(world.installation.id, "harbour")
    (token,) = world.github.tokens.minted
    assert (token.repositories, token.permissions) == (frozenset({policy.id}), ORGANISATION)
    assert world.github.tokens.living == []


def test_the_token_is_revoked_at_the_end(world: Loopback) -> None:
    with world.open():
        assert len(world.github.tokens.living) == 1
    assert world.github.tokens.living == []


def test_the_token_is_revoked_when_the_work_fails(world: Loopback) -> None:
    with pytest.raises(ZeroDivisionError), world.open():
        raise ZeroDivisionError
    with pytest.raises(Gone), world.open() as forge:
        forge.pull(99)
    assert world.github.tokens.living == []


def test_a_token_that_cannot_be_revoked_is_no_failure(world: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    """It ends by itself within the hour, and the work is done."""
    world.github.faults.next("DELETE", "/installation/token", bad_gateway(), times=9)
    with world.open():
        pass
    assert "token not revoked: GitHub failed to revoke our token (502)" in caplog.text


def test_a_token_that_expires_in_the_middle_is_renewed_once(world: Loopback) -> None:
    pull = world.pull()
    with world.open() as forge:
        forge.pull(pull.number)
        world.clock.advance(3_700)
        forge.upsert_comment(pull.number, "<!-- m -->", "a POST that was refused is sent again")
        forge.retire_comment(pull.number, "<!-- m -->", "and so is GraphQL")
    assert len(world.github.tokens.minted) == 2
    assert world.github.tokens.living == []
    assert [comment.minimised for comment in world.github.comments(pull)] == ["RESOLVED"]


def test_graphql_renews_the_token_as_well(world: Loopback) -> None:
    pull = world.pull()
    with world.open() as forge:
        forge.upsert_comment(pull.number, "<!-- m -->", "hello")
        world.clock.advance(60)
        world.github.faults.next("POST", "/api/graphql", unauthorised())
        forge.retire_comment(pull.number, "<!-- m -->", "over")
    assert len(world.github.tokens.minted) == 2
    assert [comment.minimised for comment in world.github.comments(pull)] == ["RESOLVED"]


def test_a_new_token_that_github_does_not_know_yet_is_tried_again(world: Loopback) -> None:
    """GitHub's own servers need some seconds to hear of it."""
    pull = world.pull()
    world.github.faults.next("GET", "/pulls/1$", unauthorised(), times=2)
    with world.open() as forge:
        assert forge.pull(pull.number).number == 1
    assert world.naps == [1.0, 2.0]
    assert len(world.github.tokens.minted) == 1


def test_a_token_that_stays_unknown_is_an_outage(world: Loopback) -> None:
    world.github.faults.next("GET", "/pulls/1$", unauthorised(), times=3)
    with world.open() as forge, pytest.raises(ForgeUnavailable, match="does not know the token yet"):
        forge.pull(1)


def test_an_old_token_that_is_refused_twice_is_given_up(world: Loopback) -> None:
    pull = world.pull()
    with world.open() as forge:
        world.clock.advance(60)
        world.github.faults.next("GET", "/pulls/1$", unauthorised(), times=9)
        with pytest.raises(ForgeError):
            forge.pull(pull.number)
    assert len(world.github.tokens.minted) == 2


def test_a_permission_that_was_not_granted_is_named(world: Loopback) -> None:
    """An App that asks for more than before waits for its owner's consent."""
    del world.installation.permissions["checks"]
    with pytest.raises(Forbidden, match="permissions requested are not granted"), world.open():
        pass


def test_a_clock_that_is_wrong_is_said_to_be_wrong(world: Loopback) -> None:
    with (
        pytest.raises(Forbidden, match="is the clock of this machine right"),
        world.open(clock=lambda: world.clock.now.replace(year=2020)),
    ):
        pass


def test_somebody_elses_key_is_said_to_be_that(world: Loopback) -> None:
    other = world.github.create_app("Other", permissions={"checks": "write"})
    with pytest.raises(Forbidden, match="Is this the App's private key"), world.open(private_key=other.pem):
        pass


def an_elliptic_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("pem", ["", "canary", "-----BEGIN RSA PRIVATE KEY-----\ncanary\n", an_elliptic_key()])
def test_a_key_that_is_none_is_a_problem_of_the_settings(world: Loopback, pem: str) -> None:
    with pytest.raises(SettingsError, match="not an RSA key in PEM format") as raised:
        world.door(private_key=pem)
    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_no_token_no_key_and_no_jwt_is_ever_seen(world: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    """Not in logs at debug level, not in errors and what caused them, not in what objects say of themselves."""
    for logger in ("", "github", "github.Requester", "urllib3"):
        caplog.set_level(logging.DEBUG, logger)
    pull, seen = world.pull(), []
    door = world.door()
    for fault in (bad_gateway(), secondary_limit(429), unauthorised()):
        for call in ("/access_tokens$", "/pulls/1$", "/check-runs$"):
            world.github.faults.next("POST" if call != "/pulls/1$" else "GET", call, fault, times=4)
            try:
                with door.open(world.installation.id, world.repository.id, "harbour/shop", Phase.WRITE) as forge:
                    seen.append(repr(forge))
                    forge.pull(pull.number)
                    forge.start_check(pull.head_sha, str(len(seen)))
            except ForgeError as error:
                while error is not None:
                    seen += [repr(error), str(error), repr(vars(error))]
                    error = error.__cause__  # type: ignore[assignment]
            world.github.faults.clear()
    with world.open() as forge:
        check = forge.start_check(pull.head_sha, "x")
        forge.complete_check(check, Conclusion.SUCCESS, CheckOutput("t", "s"))
        forge.review(pull.number, pull.head_sha, "1", [LineComment("k", "package-lock.json", 20, "a remark")])
    everything = caplog.text + "".join(seen) + repr(door)
    assert len(world.github.tokens.minted) > 5
    for token in world.github.tokens.minted:
        assert token.value not in everything
    assert "ghs_" not in everything
    assert "eyJ" not in everything  # how every JWT begins
    assert world.app.pem.splitlines()[1] not in everything
