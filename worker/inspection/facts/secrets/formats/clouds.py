"""Credentials of clouds, of their databases and of what keeps other secrets."""

from __future__ import annotations

from urllib.parse import unquote

import re2

from worker.inspection.facts.secrets.formats.form import BASE62, HEX, WORD, Format, after, inside, mixed, proved, shaped
from worker.inspection.facts.secrets.placeholders import is_plain_password, is_stand_in_host

_SCHEMES = "mongodb:// mongodb+srv:// postgres:// postgresql:// mysql:// mariadb:// redis:// rediss:// amqp:// amqps:// mssql://"
_ACCOUNT = r"[A-Za-z0-9._%+-]{0,64}:"
_PASSWORD = r"[^\s\"'`<>{}()\[\]$@/:\\]{8,128}"  # noqa: S105 - a pattern
_HOST = r"[A-Za-z0-9.-]{4,253}"


def _is_login(password: str, host: str) -> bool:
    return not is_stand_in_host(host) and not is_plain_password(unquote(password))


def _by_address() -> Format:
    """`scheme://user:password@host`: the password is the credential."""
    schemes = "|".join(map(re2.escape, _SCHEMES.split()))
    return proved(
        "database-login",
        _SCHEMES,
        _ACCOUNT,
        f"(?:{schemes}){_ACCOUNT}({_PASSWORD})@({_HOST})",
        _is_login,
        "RFC 3986, section 3.2.1, and each database's documentation",
        examples=False,
    )


def _by_property() -> Format:
    """`jdbc:…://host/…?password=…`."""
    return after(
        "database-login",
        "jdbc:",
        r"[a-z]{3,12}:[^\s\"'`]{4,200}?[?&;][Pp]assword=",
        _PASSWORD,
        "the JDBC drivers' documentation",
        proof=lambda password: not is_plain_password(password),
        examples=False,
    )


FORMATS = (
    shaped("google-api-key", "AIza", WORD + "{35}", "Google Cloud's documentation of API keys", proof=mixed),
    shaped("google-oauth-secret", "GOCSPX-", WORD + "{28}", "Google's console"),
    shaped(
        "google-access-token",
        "ya29.",
        WORD + "{60,400}",
        "Google's documentation of OAuth",
        proof=mixed,
        then="[A-Za-z0-9_-]{20}",
    ),
    inside(
        "azure-client-secret",
        r"[0-9]Q~[A-Za-z0-9_.~-]{31}",
        r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_.~-]{31,34}",
        4,
        "gitleaks (MIT), rule azure-ad-client-secret",
        proof=mixed,
    ),
    shaped("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", HEX + "{64}", "DigitalOcean's release notes"),
    shaped("heroku-key", "HRKU-AA", WORD + "{58}", "Heroku's changelog, 2024"),
    shaped(
        "cloudflare-origin-key",
        "v1.0-",
        f"{HEX}{{24}}-{HEX}{{146}}",
        "Cloudflare's API documentation",
        then=HEX + "{24}",
    ),
    shaped(
        "fly-token",
        "fo1_ fm1r_ fm1a_ fm2_",
        r"[A-Za-z0-9_-]{43}|[A-Za-z0-9+/]{100,}={0,3}",
        "gitleaks (MIT), rule flyio-access-token",
        proof=mixed,
    ),
    shaped("netlify-token", "nfp_", "[A-Za-z0-9_]{36}", "Netlify's announcement of token prefixes", proof=mixed),
    shaped("vercel-token", "vcp_ vci_ vca_ vcr_ vck_", BASE62 + "{24,80}", "Vercel's documentation", proof=mixed),
    after(
        "vercel-token",
        "VERCEL_TOKEN vercel_token vercelToken VERCEL_API_TOKEN VERCEL_ACCESS_TOKEN",
        r"""["']?\s{0,3}[:=]\s{0,3}["']?""",
        BASE62 + "{24}",
        "Vercel's documentation: 24 characters before 2026",
        proof=mixed,
    ),
    shaped(
        "supabase-token",
        "sbp_ sb_secret_",
        f"{HEX}{{40}}|{WORD}{{31}}",
        "Supabase's documentation of API keys",
        proof=lambda text: any(map(str.isdigit, text)),
    ),
    shaped(
        "planetscale-token",
        "pscale_tkn_ pscale_pw_ pscale_oauth_",
        r"[A-Za-z0-9_=.-]{32,64}",
        "PlanetScale's documentation",
    ),
    shaped("databricks-token", "dapi", HEX + "{32}(?:-[0-9]{1,2})?", "Databricks' documentation", then=HEX + "{32}"),
    _by_address(),
    _by_property(),
    shaped(
        "docker-token", "dckr_pat_ dckr_oat_", f"{WORD}{{27}}|{WORD}{{32}}", "Docker's documentation of access tokens"
    ),
    shaped("artifactory-key", "AKCp", BASE62 + "{69}", "gitleaks (MIT), rule artifactory-api-key", proof=mixed),
    inside(
        "terraform-token",
        r"\.atlasv1\.[A-Za-z0-9_-]{20}",
        rf"{BASE62}{{14}}\.atlasv1\.{WORD}{{60,70}}",
        15,
        "HashiCorp's documentation of API tokens",
    ),
    shaped("vault-token", "hvs. hvb. hvr.", WORD + "{24,300}", "HashiCorp's documentation of tokens", proof=mixed),
    shaped("pulumi-token", "pul-", HEX + "{40}", "Pulumi's documentation of access tokens", then=HEX + "{20}"),
    shaped(
        "doppler-token",
        "dp.pt. dp.ct. dp.st. dp.sa. dp.scim. dp.audit.",
        r"(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}",
        "Doppler's documentation of token formats",
    ),
    shaped(
        "onepassword-secret-key",
        "A3-",
        "[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
        "1Password's security design paper",
        then="[A-Z0-9]{6}-[A-Z0-9]{6}",
    ),
)
