"""`scrubjay hook`: only its help; `main` calls the hook itself without click."""

from __future__ import annotations

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", type=click.Choice(["pre-commit", "commit-msg", "pre-push", "pre-receive"]))
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def command(name: str, args: tuple[str, ...]) -> int:
    """Run as a git hook.

    \b
    pre-commit [FILE]...    staged changes, of these files only if given
    commit-msg FILE         the commit message in FILE
    pre-push [REMOTE URL]   commits that are about to be pushed
    pre-receive             commits that a server is about to take

    In .git/hooks/pre-commit, `exec scrubjay hook pre-commit` is all that is needed. Under the pre-commit framework use
    the hooks scrubjay, scrubjay-commit-msg and scrubjay-push of this repository.
    """
    from ..scanner.hook import run

    return run([name, *args])
