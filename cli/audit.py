"""`scrubjay audit`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from . import options

if TYPE_CHECKING:
    from ..scanner.audit import Item
    from ..scanner.baseline import Baseline

_KEYS = "t true secret   f false alarm   s skip   b back   q quit"


@click.command()
@click.option("--staged", is_flag=True, help="Only what the next commit would add.")
@click.option("--history", is_flag=True, help="The secrets of the whole history too.")
@click.option("--stats", is_flag=True, help="Only say what was judged so far, by rule.")
@click.option("--baseline", metavar="FILE", help="Where verdicts go; by default .scrubjay-baseline at the root.")
@options.configured
@options.matching
def command(
    staged: bool, history: bool, stats: bool, baseline: str | None, config: str | None, engine: str | None
) -> int:
    """Walk through the findings that nobody has judged yet: true, false, or skip.

    Each verdict is written to the baseline at once, so the walk can be left and taken up again. A false alarm, and a
    true secret that is known, no longer stop a commit or a build. Answers are read from standard input, a line each.
    """
    from ..patterns.errors import ScrubjayError
    from ..scanner import audit, inventory
    from ..scanner import baseline as baselines
    from ..scanner.review import review, top

    if staged and history:
        raise ScrubjayError("--staged and --history exclude each other")
    root = top(os.curdir)
    path = os.path.abspath(baseline) if baseline else os.path.join(root, baselines.NAME)
    known = baselines.load(path) if os.path.isfile(path) else baselines.new(path)
    if stats:
        return _stats(known)
    run = options.start(root, engine, config=config, no_baseline=True)
    by = run.terms._replace(baseline=known)
    take = inventory.staged if staged else inventory.work_tree
    found = take(by, run.matcher, run.coverage)
    if history:
        found = inventory.with_history(by, run.matcher, run.coverage, found)
    items = audit.items(review(found.findings, by, found.values), known)
    if not items:
        click.echo("nothing to judge: every finding has a verdict, or there is none")
        return 0
    known = _walk(run, root, known, items)
    left = sum(not any(entry.id in item.ids and entry.audit for entry in known.entries) for item in items)
    click.echo(f"{path}: {len(items) - left} judged, {left} left")
    return 0


def _walk(run: options.Run, root: str, known: Baseline, items: list[Item]) -> Baseline:
    from ..scanner import audit, keeping
    from ..scanner.finding import shown
    from ..scanner.reports.printable import printable

    number = 0
    while number < len(items):
        item = items[number]
        for line in audit.heading(run.matcher, item, number + 1, len(items)):
            click.echo(line)
        for line in audit.context(run.matcher, root, item.places[0]):
            click.echo(line)
        answer = _asked(f"{_KEYS} > ")
        if answer in ("", "q"):
            break
        if answer == "b":
            number = max(0, number - 1)
        elif answer == "s":
            number += 1
        elif answer in ("t", "f"):
            reason = (_asked("reason (may be empty) > ") or "").strip()
            entry = keeping.template(shown(run.matcher, reason))
            known = keeping.audited(known, item.ids, "true" if answer == "t" else "false", entry.reason)
            known.save()
            revoke = run.matcher.plan(item.places[0].rule).revoke
            if answer == "t" and revoke:
                click.echo(f"  revoke: {printable(revoke)}")
            number += 1
        else:
            click.echo(f"  not an answer: {_KEYS}")
    return known


def _asked(question: str) -> str:
    """The answer of a line, in lower case where it is one letter; "" at the end of the input."""
    click.echo(question, nl=False)
    line = sys.stdin.readline()
    if not line:
        click.echo()
        return ""
    text = line.strip()
    return text.lower() if len(text) == 1 else text or " "


def _stats(known: Baseline) -> int:
    from ..scanner.audit import tallies

    click.echo(f"{'rule':<40} {'true':>6} {'false':>6} {'open':>6}  precision")
    for one in tallies(known):
        precision = "" if one.precision is None else f"{one.precision:.0%}"
        click.echo(f"{one.rule:<40} {one.real:>6} {one.false:>6} {one.open:>6}  {precision}")
    return 0
