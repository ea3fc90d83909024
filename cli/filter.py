"""`scrubjay filter`."""

from __future__ import annotations

from typing import Any

import click

from . import options
from .commands import CONTEXT


@click.command(context_settings=CONTEXT)
@click.option("--summary", is_flag=True, help="At the end, say on standard error what was masked, by rule.")
@click.option(
    "--explain",
    "explain_only",
    is_flag=True,
    help="Mask nothing: say of a sample what would be masked, by which rule, at what cost.",
)
@click.option(
    "--config", metavar="FILE", default="", help="Read the table [filter] of a TOML file; its keys are these options."
)
@click.option(
    "--mask",
    metavar="WORD",
    multiple=True,
    help="full, partial, pseudonym, tag or drop: for all, for a rule (aws-*=partial) or a key (name:email=drop).",
)
@click.option("--mask-key-file", metavar="FILE", default="", help="The keys of pseudonyms, else SCRUBJAY_MASK_KEY.")
@click.option(
    "--key-name", metavar="NAME", multiple=True, help="Mask the value of this key too, whatever it looks like."
)
@click.option("--no-key-names", is_flag=True, help="Don't mask by the usual key names (password, authorization, ...).")
@click.option("--known-env", metavar="GLOB", multiple=True, help="Mask the values of these environment variables.")
@click.option("--known-file", metavar="FILE", multiple=True, help="Mask the values in a file, one a line.")
@click.option(
    "--known-command", metavar="COMMAND", multiple=True, help="Mask the values that a program prints, one a line."
)
@click.option("--packing", type=click.Choice(["auto", "gzip", "zstd"]), help="Unpack the input first.")
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "utf-16", "utf-16-le", "utf-16-be"]),
    help="What the input is in; so is the output.",
)
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 64), help="Processes that judge side by side, in order; by default 1."
)
@click.option("--quarantine", metavar="FILE", help="Keep what is withheld after an error in FILE, for its owner only.")
@click.option("--source", metavar="NAME", help="What this stream is called in metrics, audit and alerts.")
@click.option("--metrics-file", metavar="FILE", help="Write numbers to FILE, in Prometheus' text format.")
@click.option(
    "--metrics-port", metavar="PORT", type=click.IntRange(0, 65535), help="Serve them on 127.0.0.1:PORT/metrics."
)
@click.option("--audit", metavar="FILE", help="Append a JSON line for each mask, without values, to FILE.")
@click.option("--alert", is_flag=True, help="Say so on standard error when there are suddenly far more secrets.")
@click.option("--alert-command", metavar="COMMAND", help="Run a program then, with the facts as JSON on its input.")
@click.option("--interval", metavar="SECONDS", type=float, help="Between two looks at the numbers.  [default: 10]")
@click.option(
    "--protocol",
    type=click.Choice(["lines", "rsyslog-mmexternal", "rsyslog-omprog", "syslog-ng", "journald-export"]),
    help="Be the helper of a log shipper: one masked message for each message, in the shipper's own form.",
)
@click.option("--to", metavar="FILE", help="With a protocol of lines: append what is masked to FILE.")
@options.matching
def command(
    explain_only: bool, config: str, protocol: str | None, to: str | None, engine: str | None, **given: Any
) -> int:
    """Copy standard input to standard output with every secret replaced by [REDACTED:rule].

    All other bytes stay as they are. Complete lines go out at once; when the input pauses, so does the beginning of an
    unfinished line. If something goes wrong inside, the piece is withheld, never passed on raw, and the exit code is 3.

    SIGHUP reads settings and known values again, if there are any; else it ends the filter, as SIGTERM does.
    """
    if to and not protocol:
        raise click.UsageError("--to needs --protocol")
    chosen = {name.replace("_", "-"): value for name, value in given.items()}
    if chosen.pop("no-key-names"):
        chosen["key-names"] = False
    from ..sanitizer.keynames import riders

    if explain_only:
        if protocol:
            raise click.UsageError("--explain has no use with --protocol")
        from ..sanitizer.sample import explain

        for line in explain(lambda: options.make_matcher(engine, riders=riders()), chosen, config=config):
            click.echo(line)
        return 0
    from ..sanitizer.launch import launch

    return launch(
        lambda: options.make_matcher(engine, riders=riders()), chosen, config=config, protocol=protocol or "", to=to
    )
