"""Credentials of what companies talk and pay with: chat, mail, payments, shops, and tools of an office."""

from __future__ import annotations

from worker.inspection.facts.secrets.formats.form import (
    BASE62,
    HEX,
    UUID,
    WORD,
    after,
    inside,
    mixed,
    numbered,
    shaped,
)

CHAT = (
    shaped(
        "slack-token",
        "xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xoxe.xoxb- xoxe.xoxp- xapp-",
        r"(?:[0-9]{10,14}-){1,3}[A-Za-z0-9]{20,40}|[0-9]-[A-Z0-9]{100,180}|[0-9]-A[A-Z0-9]{8,14}-[0-9]{10,14}-[0-9a-f]{64}",
        "Slack's documentation of token types",
        then="[0-9]",
        proof=numbered,
    ),
    after(
        "slack-webhook",
        "hooks.slack.com/",
        r"(?:services|workflows|triggers)/[A-Z0-9]{8,12}/[A-Z0-9]{8,20}/(?:[0-9]{12,20}/)?",
        BASE62 + "{24,32}",
        "Slack's documentation of incoming webhooks",
        proof=mixed,
    ),
    after(
        "discord-webhook",
        "discord.com/api/webhooks/ discordapp.com/api/webhooks/",
        "[0-9]{17,20}/",
        WORD + "{60,80}",
        "Discord's developer reference",
        proof=mixed,
    ),
    inside(
        "telegram-bot-token",
        ":AA[A-Za-z0-9_-]{33}",
        rf"[0-9]{{8,10}}:AA{WORD}{{33}}",
        14,
        "Telegram's documentation of bots",
    ),
    after(
        "teams-webhook",
        ".webhook.office.com/webhookb2/",
        f"{UUID}@{UUID}/IncomingWebhook/",
        f"{HEX}{{32}}/{UUID}",
        "Microsoft's documentation of incoming webhooks",
    ),
)
MAIL = (
    shaped(
        "sendgrid-key",
        "SG.",
        rf"{WORD}{{22}}\.{WORD}{{43}}",
        "Twilio SendGrid's documentation",
        then=rf"{WORD}{{22}}\.",
    ),
    shaped("mailgun-key", "key-", HEX + "{32}", "Mailgun's documentation", then=HEX + "{32}", near="mailgun"),
    inside(
        "mailchimp-key", "-us[0-9]{1,2}", HEX + "{32}-us[0-9]{1,2}", 33, "Mailchimp's documentation", near="mailchimp"
    ),
    shaped("brevo-key", "xkeysib- xsmtpsib-", f"{HEX}{{64}}-{BASE62}{{16}}", "Brevo's documentation"),
)
PAYMENTS = (
    shaped("paystack-key", "sk_live_", HEX + "{40}", "Paystack's documentation"),
    shaped("stripe-key", "sk_live_ rk_live_", BASE62 + "{24,120}", "Stripe's documentation of API keys"),
    shaped("stripe-test-key", "sk_test_ rk_test_", BASE62 + "{24,120}", "Stripe's documentation of API keys"),
    shaped(
        "webhook-secret", "whsec_", "[A-Za-z0-9+/]{32,88}={0,2}", "the Standard Webhooks specification", proof=mixed
    ),
    shaped("square-token", "sq0atp- sq0csp-", f"{WORD}{{22}}|{WORD}{{43}}", "Square's documentation of credentials"),
    shaped(
        "square-token",
        "EAAA",
        WORD + "{60}",
        "Square's documentation of credentials",
        near="square",
        proof=mixed,
        then="[A-Za-z0-9_-]{20}",
    ),
    shaped("shopify-token", "shpat_ shpca_ shppa_ shpss_", "[0-9a-fA-F]{32}", "Shopify's changelog on token formats"),
    shaped("shippo-token", "shippo_live_", HEX + "{40}", "Shippo's documentation"),
    shaped("easypost-key", "EZAK", "[A-Za-z0-9]{54}", "EasyPost's documentation", proof=mixed),
    shaped("plaid-token", "access-production-", UUID, "Plaid's documentation", then=HEX + "{8}-"),
)
OFFICE = (
    shaped("postman-key", "PMAK-", f"{HEX}{{24}}-{HEX}{{34}}", "Postman's documentation"),
    shaped("linear-key", "lin_api_", BASE62 + "{40}", "Linear's documentation"),
    shaped("notion-token", "ntn_", f"[0-9]{{11}}{BASE62}{{35}}", "Notion's changelog, 2024", then="[0-9]{11}"),
    shaped(
        "notion-token",
        "secret_",
        BASE62 + "{43}",
        "Notion's documentation",
        near="notion",
        proof=mixed,
        then=BASE62 + "{20}",
    ),
    shaped("figma-token", "figd_", WORD + "{40}", "Figma's documentation", proof=mixed),
    shaped(
        "airtable-token", "pat", rf"{BASE62}{{14}}\.{HEX}{{64}}", "Airtable's documentation", then=rf"{BASE62}{{14}}\."
    ),
    shaped("contentful-token", "CFPAT-", WORD + "{43}", "Contentful's documentation"),
    shaped("typeform-token", "tfp_", r"[A-Za-z0-9_.=-]{59}", "Typeform's documentation", proof=numbered),
    shaped("readme-key", "rdme_", "[a-z0-9]{70}", "gitleaks (MIT), rule readme-api-token"),
    inside("maxmind-key", "_mmk", rf"{BASE62}{{6}}_{BASE62}{{29}}_mmk", 37, "MaxMind's documentation of licence keys"),
)
FORMATS = (*CHAT, *MAIL, *PAYMENTS, *OFFICE)
