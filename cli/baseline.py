"""`scrubjay baseline create`, `update`, `prune` and `show`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from . import options

if TYPE_CHECKING:
    from ..scanner.baseline import Entry
    from ..scanner.inventory import Inventory
    from ..scanner.review import Values

_HISTORY = click.option("--history", is_flag=True, help="The secrets of the whole history too.")


@click.group()
def command() -> None:
    """Keep the list of known findings, .scrubjay-baseline: one line each, without the secrets.

    What it lists does not stop a commit or a build; everything new does.
    """


def _file(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        options.matching,
        options.configured,
        click.option("--baseline", metavar="FILE", help="The file; by default .scrubjay-baseline at the root."),
    ):
        function = option(function)
    return function


def _entry(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--expires", metavar="DAY", default="", help="Last day, as YYYY-MM-DD, on which they count."),
        click.option("--owner", metavar="NAME", default="", help="Who takes care of the new entries."),
        click.option("--reason", metavar="TEXT", default="", help="Why the new entries may stay."),
        click.option(
            "--min-confidence", type=click.Choice(["low", "medium", "high"]), help="Findings below it get no entry."
        ),
    ):
        function = option(function)
    return function


@command.command()
@_HISTORY
@click.option(
    "--outside-key", is_flag=True, help="Hash with SCRUBJAY_KEY too, so that the file alone can't be guessed."
)
@click.option("--no-attributes", is_flag=True, help="Don't add a merge rule to .gitattributes.")
@_entry
@_file
def create(
    history: bool, outside_key: bool, no_attributes: bool, reason: str, owner: str, expires: str,
    min_confidence: str | None, baseline: str | None, config: str | None, engine: str | None,
) -> int:  # fmt: skip
    """Make a baseline of all that a repository holds now."""
    from ..patterns.errors import ScrubjayError
    from ..scanner import baseline as baselines
    from ..scanner import keeping
    from ..scanner.finding import shown

    run, path = _start(baseline, config, engine, min_confidence, new=True)
    like = keeping.template(shown(run.matcher, reason), shown(run.matcher, owner), expires)
    if os.path.lexists(path):
        raise ScrubjayError(f"{path} exists; `scrubjay baseline update` adds what is new")
    made = baselines.new(path, outside=outside_key)
    made.keys[0].identify("x", b"")  # So that a key that is missing outside is told before the scan.
    made, count = _added(run._replace(terms=run.terms._replace(baseline=made)), history, like)
    made.save()
    click.echo(f"{path}: {_entries(count)}")
    if not no_attributes and os.path.basename(path) == baselines.NAME and keeping.mergeable(made.folder):
        click.echo(f"{os.path.join(made.folder, '.gitattributes')}: {keeping.ATTRIBUTE}, so that branches merge")
    return _code(run)


@command.command()
@_HISTORY
@_entry
@_file
def update(
    history: bool, reason: str, owner: str, expires: str, min_confidence: str | None, baseline: str | None,
    config: str | None, engine: str | None,
) -> int:  # fmt: skip
    """Add what is new; entries that are there stay as they are.

    With --expires, entries that have expired get that day.
    """
    from ..scanner import keeping
    from ..scanner.finding import shown
    from ..scanner.suppress import today

    run, path = _start(baseline, config, engine, min_confidence)
    like = keeping.template(shown(run.matcher, reason), shown(run.matcher, owner), expires)
    renewed = 0
    if expires:
        assert run.terms.baseline is not None
        fresh, renewed = keeping.renewed(run.terms.baseline, today(), expires)
        run = run._replace(terms=run.terms._replace(baseline=fresh))
    made, count = _added(run, history, like)
    made.save()
    click.echo(f"{path}: {_entries(count)} added" + (f", {_entries(renewed)} renewed" if renewed else ""))
    if expired := sum(entry.expired(today()) for entry in made.entries):
        click.echo(f"{path}: {_entries(expired)} expired, and their findings count again; --expires renews them")
    return _code(run)


@command.command()
@click.option("--dry-run", is_flag=True, help="Only list them.")
@_file
def prune(dry_run: bool, baseline: str | None, config: str | None, engine: str | None) -> int:
    """Remove the entries of which neither the files nor the history hold the secret any more."""
    from ..patterns.errors import INCOMPLETE, ScrubjayError
    from ..scanner import baseline as baselines
    from ..scanner import keeping, suppress
    from ..scanner.settings import Settings

    run, path = _start(baseline, config, engine, "low")
    # Whatever is left out elsewhere may still be what an entry is about.
    by = run.terms._replace(settings=Settings())
    found = _taken(run._replace(terms=by), True)
    if run.coverage.incomplete:
        gap = run.coverage.skipped[0]
        raise ScrubjayError(
            f"not everything could be examined ({gap.path}: {gap.reason}), so nothing can be said of dead entries",
            INCOMPLETE,
        )
    assert by.baseline is not None
    judged = suppress.judge(found.findings, suppress.Policy(by.baseline, root=by.root), found.values)
    unpathed = by.baseline._replace(entries=tuple(entry._replace(path="") for entry in by.baseline.entries))
    anywhere = suppress.judge(found.findings, suppress.Policy(unpathed, root=by.root), found.values)
    # A path may have been renamed; the value is what an entry is about.
    gone = baselines.dead(by.baseline, [*judged.met, *anywhere.met])
    for entry in gone:
        click.echo(f"{'dead' if dry_run else 'removed'}: {entry.line()}")
    if gone and not dry_run:
        keeping.without(by.baseline, gone).save()
    click.echo(f"{path}: {_entries(len(gone))} dead of {len(by.baseline.entries)}")
    return 0


@command.command()
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--baseline", metavar="FILE", help="The file; by default .scrubjay-baseline at the root.")
def show(form: str, baseline: str | None) -> int:
    """List the entries, and how many there are of each kind."""
    from ..patterns.errors import ScrubjayError
    from ..scanner import baseline as baselines
    from ..scanner.suppress import today

    path = baseline or baselines.find(os.curdir)
    if not path:
        raise ScrubjayError("this repository has no baseline; `scrubjay baseline create` makes one")
    entries = sorted(baselines.load(path).entries)
    if form == "json":
        import orjson

        rows = [entry._asdict() | {"rule": entry.rule, "expired": entry.expired(today())} for entry in entries]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return 0
    for entry in entries:
        click.echo(entry.line() + (" (EXPIRED)" if entry.expired(today()) else ""))
    kinds = (
        ("real", sum(entry.audit == "true" for entry in entries)),
        ("false alarms", sum(entry.audit == "false" for entry in entries)),
        ("not audited", sum(not entry.audit for entry in entries)),
        ("expired", sum(entry.expired(today()) for entry in entries)),
    )
    click.echo(f"{path}: {_entries(len(entries))}: {', '.join(f'{count} {kind}' for kind, count in kinds)}", err=True)
    return 0


def _start(
    baseline: str | None, config: str | None, engine: str | None, confidence: str | None, new: bool = False
) -> tuple[options.Run, str]:
    from ..patterns.errors import ScrubjayError
    from ..scanner import baseline as baselines
    from ..scanner.review import top

    root = top(os.curdir)
    path = os.path.abspath(baseline) if baseline else os.path.join(root, baselines.NAME)
    if new:
        return options.start(root, engine, config=config, no_baseline=True, min_confidence=confidence), path
    if not os.path.isfile(path):
        raise ScrubjayError(f"there is no {path}; `scrubjay baseline create` makes one")
    return options.start(root, engine, config=config, baseline=path, min_confidence=confidence), path


def _taken(run: options.Run, history: bool) -> Inventory:
    from ..scanner import inventory

    found = inventory.work_tree(run.terms, run.matcher, run.coverage)
    if history:
        found = inventory.with_history(run.terms, run.matcher, run.coverage, found)
    return found


def _added(run: options.Run, history: bool, like: Entry) -> tuple[Any, int]:
    from ..scanner import keeping
    from ..scanner.review import review

    found = _taken(run, history)
    reviewed = review(found.findings, run.terms, _announced(found.values))
    assert run.terms.baseline is not None
    return keeping.added(run.terms.baseline, reviewed.findings, reviewed.ids, like)


def _announced(values: Values) -> Values:
    """Say how long it takes, where that is long: the hash of each secret is slow by design."""
    from ..scanner.baseline import seconds_of

    def asked(names: list[str]) -> Mapping[str, bytes]:
        if (seconds := seconds_of(len(names))) >= 1:
            click.echo(f"scrubjay: hashing {len(names)} secrets, about {seconds:.0f} s", err=True)
        return values(names)

    return asked


def _code(run: options.Run) -> int:
    from ..scanner.reports import ending

    if run.coverage.incomplete:
        click.echo(ending.summary([], 0, run.coverage), err=True, nl=False)
    return ending.exit_code([], run.coverage)


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"
