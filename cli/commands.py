"""The table of commands. A command's module is imported when it is called, so that help and start-up stay quick."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module

import click

# name: (module, help line)
TABLE = {
    "scan": ("scan", "Find secrets in files, folders or standard input."),
    "diff": ("diff", "Find secrets in staged changes, or in the commits of a range."),
    "history": ("history", "Find secrets in the whole history, and tell the life of each."),
    "baseline": ("baseline", "Keep the list of known findings."),
    "audit": ("audit", "Walk through findings: true, false, skip."),
    "report": ("report", "Turn JSON reports into other formats, and merge several."),
    "config": ("config", "Check, show and import settings."),
    "hook": ("hook", "Run as a git hook: pre-commit, commit-msg, pre-push or pre-receive."),
    "filter": ("filter", "Mask secrets in a stream, from standard input to standard output."),
    "lookup": ("lookup", "Find a value's pseudonym, and the log lines that hold it."),
    "agent": ("agent", "Keep secrets out of AI coding agents: hooks, transcripts."),
    "doctor": ("doctor", "Prove with a canary that a log shipper's path masks secrets."),
    "explain": ("explain", "Say why a text is or is not taken for a secret."),
    "rules": ("rules", "List, show, check and time the rules."),
    "completion": ("completion", "Print the completion script for a shell."),
}
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Table(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(TABLE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in TABLE:
            return None
        command: click.Command = import_module(f"{__package__}.{TABLE[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in TABLE.items()])


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from ..patterns.release import VERSION

    click.echo(f"scrubjay {VERSION}")
    ctx.exit()


@click.command(
    cls=_Table,
    context_settings=CONTEXT,
    epilog="Exit codes: 0 clean, 1 findings, 2 usage, 3 incomplete, 130 interrupted.",
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version and exit."
)
def group() -> None:
    """Finds secrets in git before they merge, and strips them from logs before they ship."""


def invoke(args: Sequence[str], safe: Callable[[str], str]) -> int:
    """Run a command line; usage errors are printed, made safe to show by `safe`, and give 2."""
    try:
        if "_SCRUBJAY_COMPLETE" in os.environ:
            group.main(list(args), prog_name="scrubjay")
        # Not group.main, which turns a closed pipe into exit code 1, the code for findings.
        with group.make_context("scrubjay", list(args)) as root:
            result = group.invoke(root)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        if context is not None:
            click.echo(f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n", err=True)
        click.echo(f"Error: {safe(error.format_message())}", err=True)
        return 2
    return result if isinstance(result, int) else 0
