"""Credentials of forges and of package registries."""

from __future__ import annotations

from worker.inspection.facts.secrets.formats.form import BASE62, HEX, UUID, WORD, after, mixed, shaped

FORMATS = (
    shaped("github-fine-grained-token", "github_pat_", "[A-Za-z0-9_]{82}", "GitHub's changelog, 2022", proof=mixed),
    shaped("gitlab-personal-token", "glpat-", WORD + "{20}", "GitLab's documentation of token prefixes"),
    shaped(
        "gitlab-other-token",
        "gldt- glcbt- glft- glffct- glimt- glagent- gloas- glptt- glrt- glsoat- GR1348941",
        f"(?:[0-9a-zA-Z]{{1,5}}_)?(?:{WORD}{{20}}|{WORD}{{25}}|{WORD}{{40}}|{WORD}{{50}}|{WORD}{{64}})",
        "GitLab's documentation of token prefixes",
    ),
    shaped("bitbucket-password", "ATBB", BASE62 + "{32}", "Atlassian's announcement of app passwords", proof=mixed),
    shaped(
        "atlassian-token",
        "ATATT3 ATCTT3",
        f"{WORD}{{100,400}}=[0-9A-F]{{8}}",
        "Atlassian's documentation of API and access tokens",
        proof=mixed,
    ),
    after(
        "npm-legacy-token",
        "_authToken",
        r"""\s{0,3}=\s{0,3}["']?""",
        UUID,
        "npm's documentation of its configuration file",
    ),
    shaped("rubygems-key", "rubygems_", HEX + "{48}", "the guides of RubyGems"),
    shaped(
        "crates-token",
        "cio",
        BASE62 + "{32}",
        "its announcement of 2020",
        near="cargo|crate",
        proof=mixed,
        then=BASE62 + "{12}",
    ),
    shaped("nuget-key", "oy2", "[a-z0-9]{43}", "Microsoft's secret scanning patterns"),
    shaped("clojars-token", "CLOJARS_", "[a-z0-9]{60}", "the wiki of Clojars on deploy tokens"),
    shaped(
        "packagist-token",
        "packagist_ack_ packagist_acs_ packagist_ort_ packagist_out_ packagist_uut_ packagist_cut_",
        HEX + "{28,96}",
        "Private Packagist's documentation; veles (Apache-2.0)",
    ),
    shaped(
        "sourcegraph-token",
        "sgp_",
        f"(?:(?:{HEX}{{16}}|local)_)?{HEX}{{40}}",
        "Sourcegraph's documentation of access tokens",
    ),
)
