"""A sample of every form of credential that is looked for: made up while the tests run, in the place it usually stands.

`FORMS` covers every start of every format; `tests/worker/inspection/facts/test_secret_formats.py` fails when it does not.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from dataclasses import dataclass

from tests import minted

HEX = "0123456789abcdef"
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
WORD = string.ascii_letters + string.digits + "-_"
LETTERS = string.ascii_letters
DIGITS = string.digits
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE64 = string.ascii_letters + string.digits + "+/"


@dataclass(frozen=True, slots=True)
class Sample:
    """One form. `mint` gives a credential for a seed, `place` the text around it with `{}` where it stands."""

    credential: str
    mint: Callable[[str], str]
    place: str = 'const token = "{}";'

    def text(self, token: str) -> str:
        """The credential where it usually stands."""
        return self.place.replace("{}", token)


def random_text(seed: str, length: int, alphabet: str) -> str:
    """Characters of an alphabet, with a digit, a small and a capital letter where the alphabet has them."""
    kinds = [kind for kind in (str.isdigit, str.islower, str.isupper) if any(map(kind, alphabet))]
    for n in range(1000):
        text = minted.noise(f"{seed} {length} {n}", length, alphabet)
        if all(any(map(kind, text)) for kind in kinds) and text[0] not in "-_" and text[-1] not in "-_":
            return text
    raise AssertionError("no text has all kinds")


def uuid(seed: str) -> str:
    """A UUID of random digits."""
    return "-".join(minted.noise(f"{seed} {place} {n}", n, HEX) for place, n in enumerate((8, 4, 4, 4, 12)))


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


def of(credential: str, template: str, place: str = 'const token = "{}";') -> Sample:
    """A form from a template: `sk_live_|base62:32` is a start and 32 characters; parts are separated by `|`."""
    alphabets = {
        "base62": BASE62, "hex": HEX, "lower": LOWER, "upper": UPPER, "word": WORD, "letters": LETTERS, "digits": DIGITS,
        "base64": BASE64, "HEX": HEX.upper(),
    }  # fmt: skip

    def mint(seed: str) -> str:
        parts = []
        for number, part in enumerate(template.split("|")):
            name, _, length = part.partition(":")
            if part == "uuid":
                parts.append(
                    "-".join(minted.noise(f"{seed} {template} {number} {n}", n, HEX) for n in (8, 4, 4, 4, 12))
                )
            elif name in alphabets and length.isdecimal():
                wide = random_text if int(length) > 8 else minted.noise
                parts.append(wide(f"{seed} {template} {number}", int(length), alphabets[name]))
            else:
                parts.append(part)
        return "".join(parts)

    return Sample(credential, mint, place)


def bedrock(seed: str) -> str:
    """A long-lived key: base64 of a name and a secret."""
    plain = f"BedrockAPIKey-{random_text(seed, 4, LOWER)}-at-{random_text(seed, 12, DIGITS)}:{random_text(seed, 60, BASE62)}"
    return "ABSK" + base64.b64encode(plain.encode()).decode()


def artifactory(seed: str) -> str:
    """A reference token: base64 of a version, a time and a secret."""
    plain = f"reftkn:01:{random_text(seed, 10, DIGITS)}:{random_text(seed, 28, BASE62)}"
    return base64.b64encode(plain[:48].encode()).decode()


def grafana_cloud(seed: str) -> str:
    """A token of an access policy."""
    content = {"o": random_text(seed, 6, DIGITS), "n": "stack", "k": random_text(seed, 24, BASE62), "m": {"r": "eu"}}
    return "glc_" + base64.b64encode(json.dumps(content).encode()).decode()


def grafana_key(seed: str) -> str:
    """An API key of the old form."""
    content = json.dumps({"k": random_text(seed, 32, BASE62), "n": "ci", "id": 1}, separators=(",", ":"))
    return base64.b64encode(content.encode()).decode()


def _minted(credential: str, mint: Callable[[str, str], str], start: str) -> Sample:
    return Sample(credential, lambda seed: mint(start, seed))


def _many(credential: str, starts: str, body: str, place: str = 'const token = "{}";') -> list[Sample]:
    return [of(credential, f"{start}|{body}", place) for start in starts.split()]


PROVED = [
    *(Sample(kind, mint) for kind, mint in minted.EVERY.items()),
    *(_minted("github-token", minted.with_crc, start) for start in words("gho_ ghu_ ghs_ ghr_")),
    *(
        _minted("gitlab-token", lambda start, seed: minted.gitlab(seed, start), start)
        for start in words("glrt- glagent- glsoat- glptt- glft- glimt- glcbt- gldt- glffct- gloas-")
    ),
    Sample("azure-storage-key", minted.azure, "AccountName=files;AccountKey={};EndpointSuffix=core.example"),
    Sample("bedrock-key", bedrock),
    Sample("artifactory-token", artifactory),
    Sample("grafana-cloud-token", grafana_cloud),
    Sample("grafana-key", grafana_key),
]
FORGES = [
    of("github-fine-grained-token", "github_pat_11|upper:20|_|base62:59"),
    of("gitlab-personal-token", "glpat-|word:20"),
    *_many("gitlab-other-token", "gldt- glft- glffct- glrt- glsoat- GR1348941", "word:20"),
    of("gitlab-other-token", "glcbt-64_|word:20"),
    of("gitlab-other-token", "glimt-|word:25"),
    of("gitlab-other-token", "glptt-|hex:40"),
    of("gitlab-other-token", "glagent-|word:50"),
    of("gitlab-other-token", "gloas-|hex:64"),
    of("bitbucket-password", "ATBB|base62:24|HEX:8"),
    *_many("atlassian-token", "ATATT3xFfGF0 ATCTT3xFfGN0", "word:170|=|HEX:8"),
    of("npm-legacy-token", "uuid", "//registry.example/:_authToken={}"),
    of("rubygems-key", "rubygems_|hex:48"),
    of("crates-token", "cio|base62:32", 'CARGO_REGISTRY_TOKEN="{}"'),
    of("nuget-key", "oy2|lower:43"),
    of("clojars-token", "CLOJARS_|hex:60"),
    *_many(
        "packagist-token",
        "packagist_ack_ packagist_acs_ packagist_ort_ packagist_out_ packagist_uut_ packagist_cut_",
        "hex:40",
    ),
    of("sourcegraph-token", "sgp_|hex:16|_|hex:40"),
]
CLOUDS = [
    of("google-api-key", "AIza|word:35"),
    of("google-oauth-secret", "GOCSPX-|word:28"),
    of("google-access-token", "ya29.|word:120"),
    of("azure-client-secret", "abc8Q~|base62:34"),
    *_many("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", "hex:64"),
    of("heroku-key", "HRKU-AA|word:58"),
    of("cloudflare-origin-key", "v1.0-|hex:24|-|hex:146"),
    of("fly-token", "fo1_|word:43"),
    *_many("fly-token", "fm1r_ fm1a_ fm2_", "base64:120"),
    of("netlify-token", "nfp_|base62:36"),
    *_many("vercel-token", "vcp_ vci_ vca_ vcr_ vck_", "base62:32"),
    *(
        of("vercel-token", "base62:24", f"{name}={{}}")
        for name in ("VERCEL_TOKEN", "vercel_token", "vercelToken", "VERCEL_API_TOKEN", "VERCEL_ACCESS_TOKEN")
    ),
    of("supabase-token", "sbp_|hex:40"),
    of("supabase-token", "sb_secret_|word:31"),
    *_many("planetscale-token", "pscale_tkn_ pscale_pw_ pscale_oauth_", "word:43"),
    of("databricks-token", "dapi|hex:32|-2"),
    *(
        of("database-login", "base62:20", f'url = "{scheme}://svc:{{}}@db7.acme-prod.net/app"')
        for scheme in words("mongodb mongodb+srv postgres postgresql mysql mariadb redis rediss amqp amqps mssql")
    ),
    of("database-login", "base62:20", "url=jdbc:snowflake://acme.snowflakecomputing.net/?user=svc&password={}"),
    of("docker-token", "dckr_pat_|word:27"),
    of("docker-token", "dckr_oat_|word:32"),
    of("artifactory-key", "AKCp|base62:69"),
    of("terraform-token", "base62:14|.atlasv1.|word:67"),
    *_many("vault-token", "hvs. hvb. hvr.", "word:28"),
    of("pulumi-token", "pul-|hex:40"),
    *_many("doppler-token", "dp.pt. dp.ct. dp.st. dp.sa. dp.scim. dp.audit.", "base62:43"),
    of("onepassword-secret-key", "A3-|upper:6|-|upper:6|-|upper:5|-|upper:5|-|upper:5|-|upper:5"),
]
GROUP = f"{uuid('group')}@{uuid('tenant')}"
SERVICES = [
    *_many("slack-token", "xoxb- xoxp- xoxa- xoxr- xoxs-", "digits:11|-|digits:12|-|base62:24"),
    *_many("slack-token", "xoxe- xoxe.xoxb- xoxe.xoxp-", "1-|upper:146"),
    of("slack-token", "xapp-1-A|upper:10|-|digits:12|-|hex:64"),
    of("slack-webhook", "base62:24", "https://hooks.slack.com/services/T02AB7CD9/B04EF8GH1/{}"),
    *(
        of("discord-webhook", "word:68", f"https://{host}/api/webhooks/918273645546372819/{{}}")
        for host in ("discord.com", "discordapp.com")
    ),
    of("telegram-bot-token", "digits:10|:AA|word:33"),
    of("teams-webhook", "hex:32|/|uuid", f"https://acme.webhook.office.com/webhookb2/{GROUP}/IncomingWebhook/{{}}"),
    of("sendgrid-key", "SG.|word:22|.|word:43"),
    of("mailgun-key", "key-|hex:32", 'mailgun({apiKey: "{}"})'),
    of("mailchimp-key", "hex:32|-us14", 'mailchimp.setConfig({apiKey: "{}"})'),
    *_many("brevo-key", "xkeysib- xsmtpsib-", "hex:64|-|base62:16"),
    *_many("stripe-key", "sk_live_ rk_live_", "base62:40"),
    *_many("stripe-test-key", "sk_test_ rk_test_", "base62:40"),
    of("paystack-key", "sk_live_|hex:40"),
    of("webhook-secret", "whsec_|base64:32"),
    of("square-token", "sq0atp-|word:22"),
    of("square-token", "sq0csp-|word:43"),
    of("square-token", "EAAA|word:60", 'square.accessToken = "{}"'),
    *_many("shopify-token", "shpat_ shpca_ shppa_ shpss_", "hex:32"),
    of("shippo-token", "shippo_live_|hex:40"),
    of("easypost-key", "EZAK|base62:54"),
    of("plaid-token", "access-production-|uuid"),
    of("postman-key", "PMAK-|hex:24|-|hex:34"),
    of("linear-key", "lin_api_|base62:40"),
    of("notion-token", "ntn_|digits:11|base62:35"),
    of("notion-token", "secret_|base62:43", 'new Client({auth: "{}"}) // notion'),
    of("figma-token", "figd_|word:40"),
    of("airtable-token", "pat|base62:14|.|hex:64"),
    of("contentful-token", "CFPAT-|word:43"),
    of("typeform-token", "tfp_|word:59"),
    of("readme-key", "rdme_|lower:70"),
    of("maxmind-key", "base62:6|_|base62:29|_mmk"),
]
ENGINEERING = [
    of("groq-key", "gsk_|base62:52"),
    of("xai-key", "xai-|base62:80"),
    of("replicate-token", "r8_|base62:37"),
    of("perplexity-key", "pplx-|base62:48"),
    *_many("huggingface-token", "hf_ api_org_", "letters:34"),
    of("openrouter-key", "sk-or-v1-|hex:64"),
    *_many("langsmith-key", "lsv2_pt_ lsv2_sk_", "hex:32|_|hex:10"),
    of("nvidia-key", "nvapi-|word:64"),
    of("sentry-user-token", "sntryu_|hex:64"),
    of("newrelic-key", "NRAK-|upper:27"),
    of("dynatrace-token", "dt0c01.|upper:24|.|upper:64"),
    *(
        of("datadog-key", "hex:32", f"{name}={{}}")
        for name in words("DD_API_KEY DD_APP_KEY DATADOG_API_KEY DATADOG_APP_KEY datadog_api_key datadogApiKey")
    ),
    *_many("circleci-token", "CCIPAT_ CCIPRJ_", "base62:22|_|hex:40"),
    of("buildkite-token", "bkua_|hex:40"),
    *_many("sonar-token", "squ_ sqp_ sqa_", "hex:40"),
    *_many("snyk-token", "snyk_uat. snyk_sat.", "hex:8|.|base62:60"),
    *(
        of("snyk-token", "uuid", f"{name}: {{}}")
        for name in ("SNYK_TOKEN", "snyk_token", "snykToken", "SNYK_API_TOKEN")
    ),
    *_many("prefect-key", "pnu_ pnb_", "base62:36"),
    *_many("deno-token", "ddp_ ddw_", "base62:36"),
    of("infracost-key", "ico-|base62:32"),
    *_many("tailscale-key", "tskey-auth- tskey-api- tskey-client- tskey-scim- tskey-webhook-", "base62:12|-|base62:32"),
]
FORMS: list[Sample] = [*PROVED, *FORGES, *CLOUDS, *SERVICES, *ENGINEERING]
