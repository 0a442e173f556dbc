"""Accounts, Apps, installations and tokens as JSON."""

from __future__ import annotations

from app.demo.github.model import Account, App, Installation
from app.demo.github.shapes.addresses import Json, api, iso, links
from app.demo.github.tokens import Token
from app.demo.github.world import World

_USER_LINKS = (
    "followers", "following{/other_user}", "gists{/gist_id}", "starred{/owner}{/repo}", "subscriptions",
    "organizations:orgs", "repos", "events{/privacy}", "received_events",
)  # fmt: skip


def account(world: World, account: Account) -> Json:
    """A "simple user"."""
    url = f"{api(world)}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"U_{account.id}",
        "avatar_url": f"{world.address}/avatars/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.address}/{account.login}",
        "type": account.type,
        "site_admin": False,
    } | links(url, _USER_LINKS)


def organisation(world: World, account: Account) -> Json:
    """An organisation, as webhooks name it."""
    url = f"{api(world)}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"O_{account.id}",
        "url": url,
        "avatar_url": f"{world.address}/avatars/{account.id}",
        "description": None,
    } | links(url, ("repos", "events", "hooks", "issues", "members{/member}", "public_members{/member}"))


def app(world: World, app: App) -> Json:
    """An App ("integration")."""
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": f"A_{app.id}",
        "owner": account(world, app.owner),
        "name": app.name,
        "description": None,
        "external_url": world.address,
        "html_url": f"{world.address}/apps/{app.slug}",
        "created_at": iso(app.created_at),
        "updated_at": iso(app.created_at),
        "permissions": dict(app.permissions),
        "events": list(app.events),
    }


def installation(world: World, installation: Installation) -> Json:
    """An installation of an App."""
    return {
        "id": installation.id,
        "account": account(world, installation.account),
        "access_tokens_url": f"{api(world)}/app/installations/{installation.id}/access_tokens",
        "repositories_url": f"{api(world)}/installation/repositories",
        "html_url": f"{world.address}/settings/installations/{installation.id}",
        "app_id": installation.app.id,
        "app_slug": installation.app.slug,
        "target_id": installation.account.id,
        "target_type": installation.account.type,
        "permissions": dict(installation.permissions),
        "events": list(installation.app.events),
        "repository_selection": "all" if installation.repositories is None else "selected",
        "created_at": iso(installation.created_at),
        "updated_at": iso(installation.created_at),
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": iso(installation.created_at) if installation.suspended else None,
    }


def token(token: Token, repositories: list[Json]) -> Json:
    """A new installation token, the one time that it is shown. `repositories` are those it is limited to."""
    limited = token.repositories is not None
    answer: Json = {
        "token": token.value,
        "expires_at": iso(token.expires_at),
        "permissions": dict(token.permissions),
        "repository_selection": "selected" if limited else "all",
    }
    return answer | ({"repositories": repositories} if limited else {})
