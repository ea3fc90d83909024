"""`scrubjay agent`: hooks of AI coding agents, and what these agents keep."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import click

from ..agents.dialects import NAMES
from .commands import CONTEXT

_AGENT = click.argument("agent", type=click.Choice([*NAMES, "all"]))
_SCOPE = [
    click.option("--project", is_flag=True, help="For this project, not for all of the user's."),
    click.option("--folder", type=click.Path(exists=True, file_okay=False), default=".", help="The project's folder."),
]

_POLICY = click.option(
    "--policy",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="The data policy, instead of the user's usual one.",
)


def _scoped(function: Any) -> Any:
    for option in reversed(_SCOPE):
        function = option(function)
    return function


def _named(agent: str) -> list[str]:
    return list(NAMES) if agent == "all" else [agent]


@click.group(context_settings=CONTEXT)
def command() -> None:
    """Keep secrets out of AI coding agents: prompts, tool calls, tool output, and what they keep on disk."""


@command.command(context_settings={"ignore_unknown_options": True})
@click.option("--agent", type=click.Choice(list(NAMES)), required=True, help="Whose event it is.")
@click.option("--fail", type=click.Choice(["closed", "open"]), help="What happens to what can't be examined.")
@click.option(
    "--files", type=click.Choice(["auto", "deny", "redact"]), help="Files with secrets that are only printed."
)
@click.option("--guard", type=click.Choice(["ask", "deny", "off"]), help="Ways around the checks.")
@_POLICY
@click.option("--time", type=float, help="Seconds until an event counts as not examined.")
def hook(**_: Any) -> int:
    """Answer one event on standard input. Agents run this, people need not."""
    # `main` runs the hook itself, without click.
    return 0


@command.command()
@_AGENT
@_scoped
@click.option("--fail", type=click.Choice(["closed", "open"]), default="closed", show_default=True)
@click.option("--files", type=click.Choice(["auto", "deny", "redact"]), default="auto", show_default=True)
@click.option("--guard", type=click.Choice(["ask", "deny", "off"]), default="ask", show_default=True)
@_POLICY
def install(
    agent: str, project: bool, folder: str, fail: str, files: str, guard: str, policy: str | None
) -> int:  # fmt: skip
    """Put the hook into an agent's settings; other settings stay."""
    from ..agents import install as installer

    scope = installer.PROJECT if project else installer.USER
    chosen = {"--fail": (fail, "closed"), "--files": (files, "auto"), "--guard": (guard, "ask")}
    if policy:
        from ..agents.policies import policies

        # What is wrong in it is said now, not at each event.
        policies(folder, policy)
        chosen["--policy"] = (os.path.abspath(policy), "")
    options = tuple(word for name, (value, usual) in chosen.items() if value != usual for word in (name, value))
    for name in _named(agent):
        path, changed = installer.install(name, scope, folder, options)
        click.echo(f"{name}: {'installed in' if changed else 'is installed already in'} {path}")
        for line in installer.warnings(name, scope, folder, installer.command_line(name).split(" agent hook")[0]):
            click.echo(f"  note: {line}")
    click.echo("`scrubjay agent doctor` proves it with a fake key.")
    return 0


@command.command()
@_AGENT
@_scoped
def uninstall(agent: str, project: bool, folder: str) -> int:
    """Take the hook out of an agent's settings; other settings stay."""
    from ..agents import install as installer

    scope, gone = installer.PROJECT if project else installer.USER, set()
    for name in _named(agent):
        path, changed = installer.uninstall(name, scope, folder)
        click.echo(f"{name}: {'taken out of' if changed or path in gone else 'is not installed in'} {path}")
        if changed and agent != "all" and (others := installer.sharing(name, scope, folder)):
            click.echo(f"  note: {', '.join(others)} reads that file too and has no hook now, either")
        gone |= {path} if changed else set()
    return 0


@command.command()
@click.option("--folder", type=click.Path(exists=True, file_okay=False), default=".", help="The project's folder.")
def status(folder: str) -> int:
    """Say for which agents the hook is installed; 3 if an installation is broken."""
    from ..agents import install as installer

    broken = False
    for name in NAMES:
        for scope in (installer.USER, installer.PROJECT):
            found = installer.standing(name, scope, folder)
            if found.state == "absent" and scope == installer.PROJECT:
                continue
            click.echo(f"{name:12} {scope:8} {found.state:10} {found.path}")
            for problem in found.problems:
                click.echo(f"  - {problem}")
            broken = broken or found.state == "broken"
    return 3 if _told_policy(folder) or broken else 0


def _told_policy(folder: str) -> bool:
    """Print which data policy is in force; True if it can't be used."""
    from ..agents.policies import in_force

    lines, wrong = in_force(folder)
    for line in lines:
        click.echo(line)
    return wrong


@command.command()
@click.argument("agent", type=click.Choice([*NAMES, "all"]), default="all")
@click.option("--folder", type=click.Path(exists=True, file_okay=False), default=".", help="The project's folder.")
def doctor(agent: str, folder: str) -> int:
    """Prove installed hooks with a fake key, and say what each agent can't cover; 3 if a proof fails."""
    from ..agents import install as installer
    from ..agents.dialects import dialect
    from ..agents.doctor import prove

    failed = met = False
    for name in _named(agent):
        for scope in (installer.USER, installer.PROJECT):
            found = installer.standing(name, scope, folder)
            if found.state == "absent":
                continue
            met = True
            click.echo(f"{NAMES[name][1]}, {scope}: {found.path}")
            for problem in found.problems:
                failed = True
                click.echo(f"  FAILED  {problem}")
            for proof in prove(name, found.command, os.path.abspath(folder)) if found.command else []:
                failed = failed or not proof.passed
                click.echo(f"  {'ok' if proof.passed else 'FAILED':7} {proof.step}: {proof.seen}")
        spoken = dialect(name)
        if met or agent != "all":
            click.echo(f"  covered (contract of {spoken.DATE}):")
            for row in spoken.COVERAGE:
                click.echo(f"    {row.how:9} {row.place}{f': {row.remark}' if row.remark else ''}")
    failed = _told_policy(folder) or failed
    if not met:
        click.echo("no hook is installed here; `scrubjay agent install AGENT` does it", err=True)
        return 3
    return 3 if failed else 0


@command.command()
@click.argument("fingerprint")
@click.option("--reason", required=True, help="Why it is no danger.")
@click.option("--user", is_flag=True, help="For all of the user's projects, not for this repository.")
@click.option("--expires", default="", help="Last day that it counts, as YYYY-MM-DD.")
def allow(fingerprint: str, reason: str, user: bool, expires: str) -> int:
    """Allow what a message of the hook named by its fingerprint."""
    from ..agents.allow import add

    click.echo(f"allowed in {add(fingerprint, os.getcwd(), reason=reason, user=user, expires=expires)}")
    return 0


def _choice(function: Any) -> Any:
    from ..agents.places import AGENTS

    options = [
        click.argument("paths", nargs=-1, type=click.Path(exists=True, dir_okay=False)),
        click.option(
            "--agent", "agents", multiple=True, type=click.Choice(AGENTS), help="Only this one's; repeatable."
        ),
        click.option("--folder", type=click.Path(exists=True, file_okay=False), default=".", help="The project."),
        click.option("-f", "--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True),
        click.option("--no-ledger", is_flag=True, help="Do not note in the ledger what was found."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@command.command()
@_choice
def scan(paths: tuple[str, ...], agents: tuple[str, ...], folder: str, form: str, no_ledger: bool) -> int:
    """Find secrets in what agents keep: transcripts, histories, databases, settings; or in PATHS. Changes nothing."""
    return _traces(paths, agents, folder, form, no_ledger, write=False, copies=True, live=False)


@command.command()
@_choice
@click.option("--dry-run", is_flag=True, help="Only say what would be masked.")
@click.option("--copies", is_flag=True, help="Also copies of files that an agent restores from.")
@click.option("--live", is_flag=True, help="Also files that are written as a whole and may be in use.")
def scrub(
    paths: tuple[str, ...], agents: tuple[str, ...], folder: str, form: str, no_ledger: bool, dry_run: bool,
    copies: bool, live: bool,
) -> int:  # fmt: skip
    """Mask secrets in what agents keep, in place; logins and settings are only reported."""
    return _traces(paths, agents, folder, form, no_ledger, write=not dry_run, copies=copies, live=live)


def _traces(
    paths: tuple[str, ...], agents: tuple[str, ...], folder: str, form: str, no_ledger: bool, *, write: bool,
    copies: bool, live: bool,
) -> int:  # fmt: skip
    import os
    import time

    from ..agents import places
    from ..agents.ledger import append
    from ..agents.scrub import Scrubber
    from ..agents.tracereport import row, summary
    from ..patterns import Matcher

    matcher = Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))
    files = [places.File(os.path.abspath(path), places.named(path)) for path in paths]
    if not files:
        files = list(places.found(agents, folder))
    scrubber = Scrubber(matcher)
    wanted = (places.SCRUB, places.COPY) if copies else (places.SCRUB,)
    rewritten = [file for file in files if write and file.place.treat in wanted]
    others = [file for file in files if file not in rewritten]
    leaks = list(scrubber.scrub(rewritten, live=live)) if rewritten else []
    leaks += scrubber.scan(others)
    for leak in leaks:
        click.echo(row(matcher, leak, form))
    for path, why in scrubber.gaps:
        click.echo(f"not examined: {path}: {why}", err=True)
    ledger = append(leaks, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())) if leaks and not no_ledger else ""
    click.echo(summary(leaks, scrubber.files, scrubber.bytes, ledger), err=True)
    left = any(leak.action != "scrubbed" for leak in leaks)
    return 1 if left else 3 if scrubber.gaps else 0


@command.command()
def mcp() -> int:
    """Serve the tools scan and redact over MCP, on standard input and output."""
    from ..agents.mcp import serve

    serve()
    return 0


@command.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--folder", type=click.Path(exists=True, file_okay=False), default=".", help="The project's folder.")
@_POLICY
@click.option("--host", "hosts", multiple=True, help="Also what this endpoint may have; repeatable.")
@click.option("--model", "models", multiple=True, help="Also what this model of a gateway may have; repeatable.")
def policy(
    paths: tuple[str, ...], folder: str, policy: str | None, hosts: tuple[str, ...], models: tuple[str, ...]
) -> int:  # fmt: skip
    """Check the data policy, and say who may have what, and of which class PATHS are."""
    from ..agents.policies import explained

    _echo(explained(folder, policy or "", paths, hosts, models))
    return 0


def _echo(lines: Iterable[str]) -> None:
    """Print lines with secrets masked: names of files may have them, and what somebody takes for an audit."""
    from ..patterns import Matcher
    from ..scanner.finding import shown

    matcher = Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))
    for line in lines:
        click.echo(shown(matcher, line))


@command.group()
def audit() -> None:
    """Check and show the audit of what was sent where, what was withheld and why."""


@audit.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--head", metavar="NUMBER:CHAIN", help="A head that was noted elsewhere, which has to be in the files.")
def verify(files: tuple[str, ...], head: str | None) -> int:
    """Check the chain of audit FILES, the oldest first; 1 if it breaks, with the line."""
    from ..agents.auditreport import verified

    lines, holds = verified(files, head or "")
    _echo(lines)
    return 0 if holds else 1


@audit.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--event", "events", multiple=True, help="Only sent, withheld, masked or allowed; repeatable.")
@click.option("--receiver", default="", help="Only what went, or was to go, to this agent, host or model.")
def show(file: str, events: tuple[str, ...], receiver: str) -> int:
    """Print an audit FILE for people, a line for each row. It does not check the chain."""
    from ..agents.auditreport import shown

    _echo(shown(file, events, receiver))
    return 0
