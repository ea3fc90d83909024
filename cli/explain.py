"""`scrubjay explain`."""

from __future__ import annotations

import sys

import click

from . import options


@click.command()
@click.argument("text", metavar="TEXT")
@options.matching
def command(text: str, engine: str | None) -> int:
    """Say which rules look at TEXT ("-" reads standard input) and why each does or does not report it.

    Give the whole line: generic rules judge a value by its name. TEXT lands in your shell's history; use "-" for a
    real secret. Exits with 1 when something would be reported, like the other commands.
    """
    from ..patterns.match import mask

    matcher = options.make_matcher(engine)
    data = sys.stdin.buffer.read() if text == "-" else text.encode("utf-8", "surrogateescape")
    spans = matcher.explain(data)
    if not spans:
        click.echo("no rule's pattern fits anywhere in this text")
        return 0
    reported = {(match.rule, match.start) for match in matcher.find(data)}
    for span in spans:
        line = data.count(b"\n", 0, span.start) + 1
        place = f"line {line}, bytes {span.start} to {span.end}"
        verdict = f"{span.confidence} confidence" if span.confidence else "not reported"
        if span.confidence and (span.plan.id, span.start) not in reported:
            verdict = "not reported: another rule says more about the same text"
        click.echo(f"{span.plan.id}: {mask(span.plan.prefix)} at {place}: {verdict}")
        for reason in span.reasons:
            click.echo(f"    {reason}")
    return 1 if reported else 0
