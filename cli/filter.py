"""`scrubjay filter`."""

from __future__ import annotations

import click

from . import options


@click.command()
@click.option("--summary", is_flag=True, help="At the end, say on standard error what was masked, by rule.")
@options.matching
def command(summary: bool, engine: str | None, wide: bool) -> int:
    """Copy standard input to standard output with every secret replaced by [REDACTED:rule].

    All other bytes stay as they are. Complete lines go out at once; when the input pauses, so does the beginning of an
    unfinished line. If something goes wrong inside, the piece is withheld, never passed on raw, and the exit code is 3.
    """
    from ..sanitizer.stream import run

    return run(options.make_matcher(engine, wide), show_summary=summary)
