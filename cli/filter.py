"""`scrubjay filter`."""

from __future__ import annotations

import click

from . import options


@click.command()
@click.option("--summary", is_flag=True, help="At the end, say on standard error what was masked, by rule.")
@click.option(
    "--protocol",
    type=click.Choice(["lines", "rsyslog-mmexternal", "rsyslog-omprog", "syslog-ng", "journald-export"]),
    help="Be the helper of a log shipper: one masked message for each message, in the shipper's own form.",
)
@click.option("--to", metavar="FILE", help="With a protocol of lines: append what is masked to FILE.")
@options.matching
def command(summary: bool, protocol: str | None, to: str | None, engine: str | None) -> int:
    """Copy standard input to standard output with every secret replaced by [REDACTED:rule].

    All other bytes stay as they are. Complete lines go out at once; when the input pauses, so does the beginning of an
    unfinished line. If something goes wrong inside, the piece is withheld, never passed on raw, and the exit code is 3.
    """
    if protocol:
        from ..sanitizer.shippers import protocols

        return protocols.run(lambda: options.make_matcher(engine), protocol, to=to, show_summary=summary)
    if to:
        raise click.UsageError("--to needs --protocol")
    from ..sanitizer.stream import run

    return run(options.make_matcher(engine), show_summary=summary)
