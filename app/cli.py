"""The `assay` command: a table of names, each loaded only when it is called.

Neither side loads the other: `assay serve` never imports the worker, `assay work` never imports the web side.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence

import click

from app.core.errors import AssayError, InputError, SettingsError

COMMANDS = {
    "review": "worker.commands.review:command",
    "inspect": "worker.commands.inspect:command",
    "packages": "worker.commands.packages:command",
    "check-policy": "worker.commands.policy:check_policy",
    "rules": "worker.commands.rules:rules",
    "rule": "worker.commands.rules:rule",
    "work": "worker.commands.work:command",
    "serve": "app.web.serve:command",
    "migrate": "app.store.command:migrate",
    "run": "app.demo.development:command",
    "demo": "app.demo.play:command",
    "who": "app.who_command:command",
    "tokens": "app.token_commands:command",
    "completion": "app.completion:command",
}

OK, BLOCKED, USAGE, NOT_EXAMINED, OUR_FAULT = 0, 1, 2, 3, 70
"""Exit codes. 1 beats 3: what blocks is worse than what was not examined."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """All names, in the table's order."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command of this name; None when there is none."""
        place = COMMANDS.get(name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was asked for; a name that is nearly right is told."""
        name = arguments[0]
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        if name not in COMMANDS and near and not name.startswith("-") and not context.resilient_parsing:
            context.fail(f"No such command {name!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(context, arguments)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assay")
def assay() -> None:
    """Inspect the packages that a change of dependencies brings in, without ever running them."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every failure ends in one clear line and its own exit code."""
    try:
        code = assay.main(args=arguments, prog_name="assay", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except click.ClickException as error:
        error.show()
        code = USAGE
    except click.Abort:
        click.echo("assay: interrupted", err=True)
        code = 130
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"assay: {problem}", err=True)
        code = USAGE
    except InputError as error:
        click.echo(f"assay: {error}", err=True)
        code = USAGE
    except AssayError as error:
        click.echo(f"assay: {error}", err=True)
        code = OUR_FAULT
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = OK
    except Exception as error:
        if os.environ.get("ASSAY_DEBUG"):
            raise
        click.echo(f"assay: internal error: {type(error).__name__}: {error} (ASSAY_DEBUG=1 shows where)", err=True)
        code = OUR_FAULT
    sys.exit(code)


if __name__ == "__main__":
    main()
