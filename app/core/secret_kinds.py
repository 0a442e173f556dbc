"""Every kind of credential that is looked for: what a sentence calls it, how sure its form is, and who revokes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Proof(StrEnum):
    """How sure it is that a text of this form is a credential that opens something."""

    PROVED = "proved"  # by a checksum, a structure, or its other half
    FORM = "form"  # by a long prefix of its provider, an exact length and an alphabet
    WEAK = "weak"  # opens nothing alone, is often public, is for tests, or has no form of its own


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` stands in a sentence ("an npm token"); `issuer` is who can revoke it ("npm"; "": whoever uses it)."""

    name: str
    issuer: str
    proof: Proof


def _of(proof: Proof, *rows: tuple[str, str, str]) -> dict[str, Kind]:
    return {kind: Kind(name, issuer, proof) for kind, name, issuer in rows}


KINDS: Mapping[str, Kind] = {
    **_of(
        Proof.PROVED,
        ("assay-token", "an API token of Assay", "Assay"),
        ("github-token", "a GitHub token", "GitHub"),
        ("github-app-token", "a GitHub App's installation token", "GitHub"),
        ("npm-token", "an npm token", "npm"),
        ("pypi-token", "a PyPI token", "PyPI"),
        ("gitlab-token", "a GitLab token", "GitLab"),
        ("aws-key", "an AWS access key with its secret", "AWS"),
        ("bedrock-key", "an AWS Bedrock key", "AWS"),
        ("gcp-service-account", "the key of a Google Cloud service account", "Google Cloud"),
        ("private-key", "a private key", ""),
        ("pgp-private-key", "a private OpenPGP key", ""),
        ("azure-storage-key", "the key of an Azure storage account", "Azure"),
        ("docker-login", "a login for a container registry", "the container registry"),
        ("artifactory-token", "an Artifactory reference token", "Artifactory"),
        ("onepassword-token", "a 1Password service account token", "1Password"),
        ("age-key", "a private age key", ""),
        ("discord-bot-token", "the token of a Discord bot", "Discord"),
        ("openai-key", "an OpenAI key", "OpenAI"),
        ("anthropic-key", "an Anthropic key", "Anthropic"),
        ("grafana-token", "a Grafana service account token", "Grafana"),
        ("grafana-cloud-token", "a Grafana Cloud token", "Grafana"),
        ("grafana-key", "a Grafana API key", "Grafana"),
        ("sentry-token", "a Sentry organisation token", "Sentry"),
        ("twilio-key", "a Twilio key with its secret", "Twilio"),
    ),
    **_of(
        Proof.FORM,
        ("github-fine-grained-token", "a fine-grained GitHub token", "GitHub"),
        ("gitlab-personal-token", "a GitLab token", "GitLab"),
        ("gitlab-other-token", "a GitLab token", "GitLab"),
        ("bitbucket-password", "a Bitbucket app password", "Bitbucket"),
        ("atlassian-token", "an Atlassian token", "Atlassian"),
        ("npm-legacy-token", "an npm token of the old form", "npm"),
        ("rubygems-key", "a RubyGems key", "RubyGems"),
        ("crates-token", "a token of the Rust crate registry", "the crate registry"),
        ("nuget-key", "a NuGet key", "NuGet"),
        ("clojars-token", "a Clojars token", "Clojars"),
        ("packagist-token", "a Packagist token", "Packagist"),
        ("google-oauth-secret", "the secret of a Google OAuth client", "Google"),
        ("azure-client-secret", "a client secret of Microsoft Entra", "Microsoft Entra"),
        ("digitalocean-token", "a DigitalOcean token", "DigitalOcean"),
        ("heroku-key", "a Heroku key", "Heroku"),
        ("cloudflare-origin-key", "a Cloudflare Origin CA key", "Cloudflare"),
        ("fly-token", "a Fly.io token", "Fly.io"),
        ("netlify-token", "a Netlify token", "Netlify"),
        ("vercel-token", "a Vercel token", "Vercel"),
        ("supabase-token", "a Supabase token", "Supabase"),
        ("planetscale-token", "a PlanetScale credential", "PlanetScale"),
        ("databricks-token", "a Databricks token", "Databricks"),
        ("database-login", "a database address with its password", "the database"),
        ("docker-token", "a Docker Hub token", "Docker Hub"),
        ("artifactory-key", "an Artifactory API key", "Artifactory"),
        ("terraform-token", "a Terraform Cloud token", "HCP Terraform"),
        ("vault-token", "a Vault token", "Vault"),
        ("pulumi-token", "a Pulumi token", "Pulumi"),
        ("doppler-token", "a Doppler token", "Doppler"),
        ("onepassword-secret-key", "the secret key of a 1Password account", "1Password"),
        ("slack-token", "a Slack token", "Slack"),
        ("slack-webhook", "the address of a Slack webhook", "Slack"),
        ("discord-webhook", "the address of a Discord webhook", "Discord"),
        ("telegram-bot-token", "the token of a Telegram bot", "Telegram"),
        ("teams-webhook", "the address of a Microsoft Teams webhook", "Microsoft Teams"),
        ("sendgrid-key", "a SendGrid key", "SendGrid"),
        ("mailgun-key", "a Mailgun key", "Mailgun"),
        ("mailchimp-key", "a Mailchimp key", "Mailchimp"),
        ("brevo-key", "a Brevo key", "Brevo"),
        ("stripe-key", "a live Stripe key", "Stripe"),
        ("paystack-key", "a live Paystack key", "Paystack"),
        ("webhook-secret", "the signing secret of a webhook", "the webhook's sender"),
        ("square-token", "a Square credential", "Square"),
        ("shopify-token", "a Shopify token", "Shopify"),
        ("shippo-token", "a live Shippo token", "Shippo"),
        ("easypost-key", "a live EasyPost key", "EasyPost"),
        ("plaid-token", "a live Plaid token", "Plaid"),
        ("groq-key", "a Groq key", "Groq"),
        ("xai-key", "an xAI key", "xAI"),
        ("replicate-token", "a Replicate token", "Replicate"),
        ("perplexity-key", "a Perplexity key", "Perplexity"),
        ("huggingface-token", "a Hugging Face token", "Hugging Face"),
        ("openrouter-key", "an OpenRouter key", "OpenRouter"),
        ("langsmith-key", "a LangSmith key", "LangSmith"),
        ("nvidia-key", "an NVIDIA API key", "NVIDIA"),
        ("sentry-user-token", "a Sentry user token", "Sentry"),
        ("newrelic-key", "a New Relic key", "New Relic"),
        ("dynatrace-token", "a Dynatrace token", "Dynatrace"),
        ("postman-key", "a Postman key", "Postman"),
        ("linear-key", "a Linear key", "Linear"),
        ("notion-token", "a Notion token", "Notion"),
        ("figma-token", "a Figma token", "Figma"),
        ("airtable-token", "an Airtable token", "Airtable"),
        ("circleci-token", "a CircleCI token", "CircleCI"),
        ("buildkite-token", "a Buildkite token", "Buildkite"),
        ("sonar-token", "a SonarQube token", "Sonar"),
        ("snyk-token", "a Snyk token", "Snyk"),
        ("sourcegraph-token", "a Sourcegraph token", "Sourcegraph"),
        ("tailscale-key", "a Tailscale key", "Tailscale"),
        ("contentful-token", "a Contentful token", "Contentful"),
        ("typeform-token", "a Typeform token", "Typeform"),
        ("prefect-key", "a Prefect key", "Prefect"),
        ("readme-key", "a ReadMe key", "ReadMe"),
        ("deno-token", "a Deno Deploy token", "Deno"),
        ("maxmind-key", "a MaxMind licence key", "MaxMind"),
        ("infracost-key", "an Infracost key", "Infracost"),
    ),
    **_of(
        Proof.WEAK,
        ("aws-key-id", "the id of an AWS access key", "AWS"),
        ("jwt", "a signed JSON Web Token that does not end soon", "its issuer"),
        ("google-api-key", "a Google API key", "Google"),
        ("google-access-token", "a Google access token", "Google"),
        ("stripe-test-key", "a Stripe key for tests", "Stripe"),
        ("datadog-key", "a Datadog key", "Datadog"),
        ("pkcs12-store", "a PKCS#12 key store", ""),
    ),
}
"""By the id that stands in a mark."""

PRIVATE_KEYS = frozenset({"private-key", "pgp-private-key", "gcp-service-account", "age-key", "pkcs12-store"})
"""Kinds that are keys rather than tokens: they have a rule of their own."""
