"""Credentials of what programmers work with: models, observability, builds, networks and deployments."""

from __future__ import annotations

from worker.inspection.facts.secrets.formats.form import BASE62, HEX, UUID, WORD, after, mixed, shaped

MODELS = (
    shaped("groq-key", "gsk_", BASE62 + "{52}", "Groq's console", proof=mixed),
    shaped("xai-key", "xai-", BASE62 + "{80}", "xAI's documentation", proof=mixed),
    shaped("replicate-token", "r8_", BASE62 + "{37}", "Replicate's documentation", proof=mixed),
    shaped("perplexity-key", "pplx-", BASE62 + "{48}", "Perplexity's documentation"),
    shaped(
        "huggingface-token",
        "hf_ api_org_",
        "[A-Za-z]{34}",
        "Hugging Face's documentation",
        proof=lambda text: text[3:] != text[3:].lower() and text[3:] != text[3:].upper(),
    ),
    shaped("openrouter-key", "sk-or-v1-", HEX + "{64}", "OpenRouter's documentation"),
    shaped("langsmith-key", "lsv2_pt_ lsv2_sk_", f"{HEX}{{32}}_{HEX}{{10}}", "LangSmith's documentation"),
    shaped("nvidia-key", "nvapi-", WORD + "{60,72}", "NVIDIA's documentation", proof=mixed),
)
OBSERVABILITY = (
    shaped("sentry-user-token", "sntryu_", HEX + "{64}", "Sentry's RFC 0091"),
    shaped("newrelic-key", "NRAK-", "[A-Z0-9]{27}", "New Relic's documentation of API keys"),
    shaped(
        "dynatrace-token",
        "dt0c01.",
        r"[A-Z0-9]{24}\.[A-Z0-9]{64}",
        "Dynatrace's documentation of token formats",
        then="[A-Z0-9]{24}",
    ),
    after(
        "datadog-key",
        "DD_API_KEY DD_APP_KEY DATADOG_API_KEY DATADOG_APP_KEY datadog_api_key datadogApiKey",
        r"""["']?\s{0,3}[:=]\s{0,3}["']?""",
        f"{HEX}{{32}}|{HEX}{{40}}",
        "Datadog's documentation of API and application keys",
    ),
)
BUILDS = (
    shaped("circleci-token", "CCIPAT_ CCIPRJ_", rf"{BASE62}{{20,24}}_{HEX}{{40}}", "CircleCI's changelog"),
    shaped("buildkite-token", "bkua_", "[a-z0-9]{40}", "Buildkite's documentation"),
    shaped("sonar-token", "squ_ sqp_ sqa_", "[a-z0-9]{40}", "SonarQube's documentation of tokens"),
    shaped(
        "snyk-token",
        "snyk_uat. snyk_sat.",
        rf"{HEX}{{8}}\.[A-Za-z0-9_.-]{{40,200}}",
        "Snyk's documentation",
        then=HEX + "{8}",
    ),
    after(
        "snyk-token",
        "SNYK_TOKEN snyk_token snykToken SNYK_API_TOKEN",
        r"""["']?\s{0,3}[:=]\s{0,3}["']?""",
        UUID,
        "Snyk's documentation",
    ),
    shaped("prefect-key", "pnu_ pnb_", BASE62 + "{36}", "Prefect's documentation", proof=mixed),
    shaped("deno-token", "ddp_ ddw_", BASE62 + "{36}", "Deno Deploy's documentation", proof=mixed),
    shaped("infracost-key", "ico-", BASE62 + "{32}", "Infracost's documentation", proof=mixed),
    shaped(
        "tailscale-key",
        "tskey-auth- tskey-api- tskey-client- tskey-scim- tskey-webhook-",
        rf"{BASE62}{{8,20}}-{BASE62}{{20,40}}",
        "Tailscale's documentation of key prefixes",
        then=BASE62 + "{8}",
    ),
)
FORMATS = (*MODELS, *OBSERVABILITY, *BUILDS)
