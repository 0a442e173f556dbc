"""Hosts where data is dropped without an account to ask for it: webhooks, bins, tunnels, pastes, bare addresses.

Honest programs use some of them too; which of them say something is for the rules to decide.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

_KINDS: dict[str, str] = {
    "a chat webhook": "hooks.slack.com webhook.office.com outlook.office.com discord.com discordapp.com "
    "api.telegram.org chat.googleapis.com open.feishu.cn oapi.dingtalk.com qyapi.weixin.qq.com",
    "a request bin": "webhook.site requestbin.com requestbin.net pipedream.net requestcatcher.com beeceptor.com "
    "hookbin.com requestinspector.com postb.in ptsv2.com ptsv3.com typedwebhook.tools webhook.cool mockbin.org "
    "burpcollaborator.net oastify.com interact.sh oast.pro oast.live oast.site oast.online oast.fun oast.me dnslog.cn "
    "ceye.io canarytokens.com bxss.in requestrepo.com rbaskets.in webhook-test.com dnslog.link eyes.sh",
    "a tunnel": "ngrok.io ngrok-free.app ngrok-free.dev ngrok.app ngrok.dev trycloudflare.com loca.lt localtunnel.me "
    "serveo.net localhost.run lhr.life lhr.rocks pagekite.me bore.pub telebit.io telebit.cloud tunnelto.dev portmap.io "
    "portmap.host playit.gg loclx.io pinggy.link pinggy.io share.zrok.io",
    "a paste site": "pastebin.com paste.ee hastebin.com ghostbin.com ghostbin.co rentry.co dpaste.com dpaste.org ix.io "
    "sprunge.us termbin.com controlc.com privatebin.net pastie.io justpaste.it paste.rs 0bin.net bpa.st p.ip.fi",
    "a file drop": "transfer.sh file.io gofile.io anonfiles.com 0x0.st temp.sh bashupload.com catbox.moe tmpfiles.org "
    "uguu.se oshi.at filebin.net envs.sh ufile.io keep.sh easyupload.io",
}
_BY_HOST = {host: kind for kind, hosts in _KINDS.items() for host in hosts.split()}
# Chat services have many uses; these parts of an address are those of their webhooks. None: the host has no other.
_WEBHOOKS: dict[str, str | None] = {
    "hooks.slack.com": None,
    "webhook.office.com": None,
    "outlook.office.com": "/webhook/",
    "discord.com": "/api/webhooks/",
    "discordapp.com": "/api/webhooks/",
    "api.telegram.org": "/bot",
    "chat.googleapis.com": "/v1/spaces/",
    "open.feishu.cn": "/bot/",
    "oapi.dingtalk.com": "/robot/send",
    "qyapi.weixin.qq.com": "/webhook/",
}
# Asked by everybody for a name, or (as `connect(("8.8.8.8", 80))`) for the machine's own address.
_RESOLVERS = frozenset({"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "208.67.222.222", "114.114.114.114"})
_DOCUMENTATION = tuple(map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))


@dataclass(frozen=True, slots=True)
class Drop:
    """What kind of place a host is ("a request bin"), and whose ("ngrok"; nobody's for an address).

    `webhook` is, of a chat service that has other uses, the part of an address that is a webhook's.
    """

    kind: str
    webhook: str | None = None
    service: str = ""

    @property
    def is_chat(self) -> bool:
        """Whether the host is a service that people use for other things as well."""
        return self.webhook is not None


def drop_of(host: str) -> Drop | None:
    """What a host is, when it is a place where data is dropped; None for all others."""
    host = host.lower().rstrip(".")
    parts = host.split(".")
    for start in range(len(parts) - 1):
        name = ".".join(parts[start:])
        if name in _BY_HOST:
            return Drop(_BY_HOST[name], _WEBHOOKS.get(name), name.split(".")[-2].partition("-")[0])
    return Drop("a bare address") if is_public_address(host) else None


def is_public_address(host: str) -> bool:
    """Whether a host is an address of the internet instead of a name; also one that is written as one number.

    Resolvers that everybody asks do not count. Addresses reserved for documentation do: they are no machine's own.
    """
    text = host.strip("[]")
    if text in _RESOLVERS:
        return False
    try:
        address = ipaddress.ip_address(int(text) if text.isdecimal() and len(text) <= 10 else text)
    except ValueError:
        return False
    return address.is_global or any(address in network for network in _DOCUMENTATION)
