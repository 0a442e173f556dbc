"""`assay completion SHELL`: the lines that make a shell complete `assay` commands, options and rule names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

VARIABLE = "_ASSAY_COMPLETE"  # the variable that click reads for a program called `assay`


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the completion script of a shell.

    bash: eval "$(assay completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc; fish: assay completion fish >
    ~/.config/fish/completions/assay.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "assay", VARIABLE).source())
    return 0
