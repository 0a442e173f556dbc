"""Credentials are found by their form and proved by themselves; what only looks like one is passed over in silence.

Nothing here is a credential: all are made up while the tests run.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from app.core.secret import Mark, fingerprint
from app.core.secret_kinds import KINDS
from tests import minted
from worker.inspection.facts.secrets.placeholders import is_placeholder
from worker.inspection.facts.secrets.search import MOST_CLUES, search, told

Mint = Callable[[str], str]


def kinds(text: str | bytes) -> list[str]:
    """What is found, in the order of the file."""
    content = text.encode() if isinstance(text, str) else text
    return [secret.credential for secret in search(content).secrets]


def swapped(token: str, at: int = -12) -> str:
    """The token with one character changed."""
    other = "b" if token[at] != "b" else "c"
    return token[:at] + other + token[at:][1:]


ALONE = [(kind, mint) for kind, mint in minted.EVERY.items()]
CHECKED = [
    ("github-token", minted.EVERY["github-token"]),
    ("npm-token", minted.EVERY["npm-token"]),
    ("gitlab-token", minted.EVERY["gitlab-token"]),
    ("age-key", lambda seed: minted.age(seed).lower().upper()),
    ("grafana-token", minted.EVERY["grafana-token"]),
]


@pytest.mark.parametrize(("kind", "mint"), ALONE, ids=[kind for kind, _ in ALONE])
class TestEveryForm:
    @pytest.mark.parametrize("seed", ["a", "b", "c"])
    def test_it_is_found_in_source(self, kind: str, mint: Mint, seed: str) -> None:
        assert kinds(f'const token = "{mint(seed)}";\n') == [kind]

    def test_it_is_found_at_the_very_start_and_end_of_a_file(self, kind: str, mint: Mint) -> None:
        assert kinds(mint("d")) == [kind]

    def test_it_is_found_in_a_line_of_an_escaped_text(self, kind: str, mint: Mint) -> None:
        assert kinds(f'{{"sources": ["first line \\n {mint("e")}\\n more"]}}') == [kind]

    def test_it_is_found_among_bytes_that_are_no_text(self, kind: str, mint: Mint) -> None:
        assert kinds(b"\0\xff\xfe" * 100 + b" " + mint("f").encode() + b"\0\xff") == [kind]

    def test_a_part_of_it_is_none(self, kind: str, mint: Mint) -> None:
        token = mint("a")
        assert kinds(f'"{token[: len(token) * 2 // 5]}"') == []

    def test_its_name_alone_is_none(self, kind: str, mint: Mint) -> None:
        assert kinds(f"{mint('a')[:4]} {kind} token: see the manual, ${{TOKEN}}") == []

    def test_one_with_a_row_of_the_same_character_is_a_placeholder(self, kind: str, mint: Mint) -> None:
        token = mint("a")
        assert kinds(token[:-14] + "x" * 14) == []

    def test_its_mark_says_whose_how_long_and_a_fingerprint_and_no_more_of_it(self, kind: str, mint: Mint) -> None:
        token = mint("a")
        content = f'key = "{token}"  # here'.encode()
        (fact,) = told(content, search(content).secrets)
        mark = Mark.parse(fact.detail)
        assert mark is not None
        assert (mark.credential, mark.length, mark.fingerprint) == (kind, len(token), fingerprint(token.encode()))
        assert token.startswith(mark.prefix)
        assert len(mark.prefix) <= 4
        assert fact.evidence == f'key = "{mark.prefix}…'
        assert kind in KINDS


@pytest.mark.parametrize(("kind", "mint"), CHECKED, ids=[kind for kind, _ in CHECKED])
@pytest.mark.parametrize("at", [-1, -9, -20])
def test_one_character_changed_and_the_checksum_is_wrong(kind: str, mint: Mint, at: int) -> None:
    assert kinds(f'"{mint("a")}"') == [kind]
    assert kinds(f'"{swapped(mint("a"), at)}"') == []


@pytest.mark.parametrize("prefix", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"])
def test_every_prefix_of_github(prefix: str) -> None:
    assert kinds(minted.with_crc(prefix)) == ["github-token"]


@pytest.mark.parametrize(("prefix", "version"), [("glpat-", ""), ("glpat-", "01."), ("glrt-", "01.")])
def test_both_forms_of_gitlabs_routable_tokens(prefix: str, version: str) -> None:
    assert kinds(minted.gitlab("a", prefix, version)) == ["gitlab-token"]


class TestStructures:
    @pytest.mark.parametrize(
        "token",
        [minted.pypi(identifier=b"no uuid"), minted.pypi(signature=31), minted.pypi()[:-6], "pypi-AgE" + "A" * 90],
        ids=["identifier", "signature", "cut", "zeros"],
    )
    def test_a_macaroon_that_does_not_parse(self, token: str) -> None:
        assert kinds(token) == []

    @pytest.mark.parametrize("bot", [7, 10**21, 99])
    def test_a_bot_whose_id_has_no_time(self, bot: int) -> None:
        assert kinds(minted.discord(bot=bot)) == []

    @pytest.mark.parametrize("fields", [{"user": "a" * 40}, {"key": "b" * 50}, {"secret": 1, "more": "c" * 60}])
    def test_json_that_is_not_of_1password(self, fields: dict[str, object]) -> None:
        assert kinds(minted.onepassword("a", **fields)) == []

    @pytest.mark.parametrize("fields", [{"url": "https://sentry.example"}, {"org": "a" * 40}, {"at": 1}])
    def test_json_that_is_not_of_sentry(self, fields: dict[str, object]) -> None:
        assert kinds(minted.sentry("a", **fields)) == []

    @pytest.mark.parametrize("token", [minted.openai(infix="OpenIA"), minted.openai(prefix="pk-"), "T3BlbkFJ" * 20])
    def test_what_lacks_the_infix_or_the_prefix_of_openai(self, token: str) -> None:
        assert kinds(token) == []

    @pytest.mark.parametrize("token", [minted.anthropic(end="AB"), minted.anthropic(kind="x"), minted.anthropic()[:-9]])
    def test_what_does_not_end_like_anthropics(self, token: str) -> None:
        assert kinds(token) == []

    @pytest.mark.parametrize(
        "token", ["ghs_12_eyJhbGci", "ghs_12_eyJ.eyJ.x", "ghs_12_" + minted.jwt().replace("eyJ", "eyK")]
    )
    def test_an_installation_token_without_a_web_token_in_it(self, token: str) -> None:
        assert kinds(token) == []

    @pytest.mark.parametrize(
        ("claims", "found"),
        [
            ({}, ["jwt"]),
            ({"iat": 1_700_000_000, "exp": 1_900_000_000}, ["jwt"]),
            ({"iat": 1_700_000_000, "exp": 1_700_003_600}, []),
            ({"role": "anon"}, []),
            ({"exp": 1_700_003_600}, []),
        ],
    )
    def test_a_web_token_counts_when_it_does_not_end_soon(self, claims: dict[str, Any], found: list[str]) -> None:
        assert kinds(minted.jwt(**claims)) == found


class TestAws:
    @pytest.mark.parametrize("seed", ["a", "b", "c"])
    def test_an_id_and_its_secret_within_five_lines_are_a_pair(self, seed: str) -> None:
        text = f"[default]\nid = {minted.aws_id(seed)}\n\n# the other half\nsecret = {minted.aws_secret(seed)}\n"
        assert kinds(text) == ["aws-key", "aws-key"]
        assert {secret.value.decode() for secret in search(text.encode()).secrets} == {minted.aws_secret(seed)}

    @pytest.mark.parametrize("prefix", ["AKIA", "ASIA", "ABIA", "ACCA"])
    def test_an_id_alone_is_half_a_key(self, prefix: str) -> None:
        assert kinds(f"key: {minted.aws_id('a', prefix)}") == ["aws-key-id"]

    @pytest.mark.parametrize(
        "other", ["0123456789abcdef" * 2 + "01234567", "A" * 40, "thisisaverylongnamewithoutanydigitsinit1"]
    )
    def test_a_hash_or_a_name_beside_an_id_is_no_secret(self, other: str) -> None:
        assert kinds(f"{minted.aws_id()} {other}") == ["aws-key-id"]

    @pytest.mark.parametrize("text", ["AKIAIOSFODNN7EXAMPLE", f"x{minted.aws_id()}", f"{minted.aws_id()}Z"])
    def test_an_example_and_a_piece_of_something_longer_are_none(self, text: str) -> None:
        assert kinds(text) == []

    def test_a_secret_far_away_belongs_to_something_else(self) -> None:
        assert kinds(minted.aws_id() + "\n" * 8 + minted.aws_secret()) == ["aws-key-id"]


class TestTwilio:
    @pytest.mark.parametrize("seed", ["a", "b", "c"])
    def test_an_account_and_its_secret_within_five_lines(self, seed: str) -> None:
        account, secret = (f"{start}{minted.noise(start + seed, 32, '0123456789abcdef')}" for start in ("AC", ""))
        text = f"const sid = '{account}';\nconst client = require('twilio')(sid, '{secret}');\n"
        assert [(one.credential, one.value.decode()) for one in search(text.encode()).secrets] == [
            ("twilio-key", secret)
        ]

    @pytest.mark.parametrize(
        "text", ["const sid = '{}'; // twilio", "AC: {} 0123456789abcdef0123456789abcdef", "x{} twilio"]
    )
    def test_an_id_alone_and_a_hash_that_begins_alike_are_none(self, text: str) -> None:
        assert kinds(text.format("AC" + minted.noise("sid", 32, "0123456789abcdef"))) == []


class TestAzure:
    @pytest.mark.parametrize("seed", ["a", "b", "c"])
    def test_a_connection_string_with_a_key_of_64_bytes(self, seed: str) -> None:
        assert kinds(f"AccountName=a;AccountKey={minted.azure(seed)};") == ["azure-storage-key"]

    @pytest.mark.parametrize("key", ["x" * 86 + "==", minted.azure()[:60] + "==", "your-key-goes-here"])
    def test_what_is_no_key(self, key: str) -> None:
        assert kinds(f"AccountKey={key}") == []

    def test_a_key_without_its_name_is_any_hash(self) -> None:
        assert kinds(f"sha512-{minted.azure()}") == []


class TestDocker:
    @pytest.mark.parametrize("seed", ["a", "b", "c"])
    def test_a_login_in_the_configuration(self, seed: str) -> None:
        assert kinds(json.dumps({"auths": {"hub.example": {"auth": minted.docker(seed)}}})) == ["docker-login"]

    @pytest.mark.parametrize("login", ["robot:${DOCKER_PASSWORD}", "user:password", "no colon in this one", "robot:"])
    def test_a_placeholder_is_none(self, login: str) -> None:
        assert kinds(json.dumps({"auths": {"hub.example": {"auth": minted.docker(login=login)}}})) == []


class TestPrivateKeys:
    @pytest.mark.parametrize(
        "pem",
        [minted.rsa_key, lambda: minted.rsa_key(pkcs8=True), minted.ec_key, minted.openssh_key],
        ids=["PKCS#1", "PKCS#8", "SEC 1", "OpenSSH"],
    )
    def test_a_key_that_can_be_read(self, pem: Callable[[], str]) -> None:
        key = pem()
        for text in (
            key,
            json.dumps({"key": key}),
            f"const key = `{key}`;",
            " +\n".join(f"  '{line}\\n'" for line in key.strip().split("\n")),
            "\r\n".join(f"    {line}" for line in key.split("\n")),
        ):
            assert kinds(text) == ["private-key"], text

    def test_the_same_key_written_otherwise_has_the_same_fingerprint(self) -> None:
        key = minted.ec_key()
        (one,), (other,) = search(key.encode()).secrets, search(json.dumps(key).encode()).secrets
        assert one.value == other.value

    def test_a_service_account(self) -> None:
        assert kinds(minted.service_account()) == ["gcp-service-account"]

    def test_an_openpgp_key_with_a_right_checksum(self) -> None:
        assert kinds(minted.pgp_key()) == ["pgp-private-key"]
        assert kinds(minted.pgp_key(tag=6)) == []
        assert kinds(minted.pgp_key().replace("\n=", "\n=A", 1)) == []

    @pytest.mark.parametrize(
        "text",
        [
            minted.rsa_key(password=b"long passphrase"),
            minted.rsa_key(pkcs8=True, password=b"long passphrase"),
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
            "BEGIN = '-----BEGIN PRIVATE KEY-----'; END = '-----END PRIVATE KEY-----'",
            minted.rsa_key().replace("PRIVATE KEY", "PUBLIC KEY"),
            "-----BEGIN CERTIFICATE-----\n" + minted.noise("c", 400) + "\n-----END CERTIFICATE-----",
        ],
        ids=["protected", "protected PKCS#8", "dots", "beginning", "markers", "public", "certificate"],
    )
    def test_what_is_no_key_that_opens_anything(self, text: str) -> None:
        assert kinds(text) == []


@pytest.mark.parametrize(
    "text", ["npm_EXAMPLE" + "a1B2" * 8, "abcdefghij", "0000000", "aaaabbbb", "xxxxxxxxxx", "your_token_here_12"]
)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)


def test_a_published_example_is_silent_though_its_form_is_right() -> None:
    header, claims = minted.url64({"alg": "HS256"}), {"sub": "1234567890", "name": "John Doe", "iat": 1516239022}
    demonstration = f"{header}.{minted.url64(claims)}.{minted.noise('x', 43)}"
    assert kinds(demonstration) == ["jwt"], "told apart by its fingerprint, not by its words"
    assert not is_placeholder(demonstration)


@pytest.mark.parametrize(
    ("plain", "kind"),
    [
        (minted.with_crc("ghp_"), "github-token"),
        (minted.with_crc("npm_"), "npm-token"),
        (minted.pypi(), "pypi-token"),
        (minted.gitlab(), "gitlab-token"),
        (minted.rsa_key(), "private-key"),
    ],
)
def test_one_layer_of_base64_is_taken_off(plain: str, kind: str) -> None:
    once = base64.b64encode(plain.encode()).decode()
    (found,) = search(f"data:\n  key: {once}\n".encode()).secrets
    (bare,) = search(plain.encode()).secrets
    assert (found.credential, found.value) == (kind, bare.value)
    assert (found.start, found.end) == (13, 13 + len(once)), "all of it is concealed"
    assert kinds(base64.b64encode(once.encode())) == []


def test_base64_of_other_things_that_begin_alike() -> None:
    assert kinds(base64.b64encode(b"npm_config_registry is a variable of the package manager itself")) == []
    assert kinds(base64.b64encode(b"-----BEGIN CERTIFICATE-----\n" + b"A" * 64)) == []


def test_lines_are_counted_and_shown_up_to_the_secret() -> None:
    content = f"one\ntwo\n  npm = '{minted.with_crc('npm_')}' + password\nx\n{minted.with_crc('ghp_')}".encode()
    facts = list(told(content, search(content).secrets))
    assert [(fact.line, fact.evidence) for fact in facts] == [(3, "npm = 'npm_…"), (5, "ghp_…")]


def test_a_file_of_clues_ends_and_says_that_it_was_not_read_to_the_end() -> None:
    found = search(b"-----BEGIN PRIVATE KEY-----\n" * (MOST_CLUES + 5))
    assert (found.secrets, found.complete) == ((), False)


def test_long_lines_without_end_are_read_in_linear_time() -> None:
    hostile = b"A" * (4 << 20) + b".eyJ" * 1000 + b"." * 1000 + b"-_" * (1 << 20)
    assert search(hostile).secrets == ()


def test_many_addresses_of_data_and_many_pieces_are_read_to_the_bound() -> None:
    for hostile in (b"data:text/x;base64,QUFB ", b"'sk_live_abc' + 'x' ", b"hvs.abcdefgh "):
        found = search(hostile * (MOST_CLUES + 5))
        assert (found.secrets, found.complete) == ((), False)


def test_an_address_of_data_within_another_is_not_followed() -> None:
    inner = base64.b64encode(
        f"data:text/plain;base64,{base64.b64encode(minted.with_crc('npm_').encode()).decode()}".encode()
    )
    assert kinds(b"data:text/plain;base64," + inner) == []
