"""`scrubjay doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options

if TYPE_CHECKING:
    from ..sanitizer.shippers.probe import Verdict

_SEND = {"rsyslog": "unix:/dev/log", "syslog-ng": "unix:/dev/log", "apache": "http://127.0.0.1:80/"}
_WORDS = {
    "unchanged": "came out unchanged, as it should",
    "masked": "came out masked",
    "raw": "CAME OUT RAW",
    "changed": "came out, but changed",
    "missing": "did not come out",
}


@click.command(context_settings={"ignore_unknown_options": False})
@click.option(
    "--shipper",
    type=click.Choice(["rsyslog", "syslog-ng", "apache", "command"]),
    required=True,
    help="What to send the canary through.",
)
@click.option(
    "--send",
    metavar="PLACE",
    help="Where the shipper takes messages: unix:PATH, udp:HOST:PORT or tcp:HOST:PORT, for apache a URL. "
    "By default unix:/dev/log or http://127.0.0.1:80/.",
)
@click.option("--watch", metavar="FILE", multiple=True, help="A file at the end of the path. May be given repeatedly.")
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(0.1, 600), default=10.0, show_default=True)
@options.matching
@click.argument("words", metavar="[COMMAND...]", nargs=-1, type=click.UNPROCESSED)
def command(
    shipper: str, send: str | None, watch: tuple[str, ...], timeout: float, words: tuple[str, ...],
    engine: str | None,
) -> int:  # fmt: skip
    """Send a canary through a log shipper and prove that it comes out masked.

    The canary is four messages with fresh random values that are nobody's: one plain, three with a secret. With
    --shipper command they are the input of COMMAND (write it after --), and its output is looked at.

    Exit codes: 0 all came out as they should, 1 a secret came out raw, 2 usage, 3 something did not come out.
    """
    if (shipper == "command") != bool(words):
        raise click.UsageError("--shipper command, and no other, needs a command to run: write it after --")
    if shipper == "command" and send:
        raise click.UsageError("--send has no use with --shipper command")
    if shipper != "command" and not watch:
        raise click.UsageError("give --watch FILE: the file in which clean messages arrive")
    from ..sanitizer.shippers import probe

    messages = probe.canaries(options.make_matcher(engine))
    if shipper == "command":
        verdicts = probe.through_command(messages, words, watch, timeout)
    else:
        verdicts = probe.through_shipper(messages, shipper, send or _SEND[shipper], watch, timeout)
    for verdict in verdicts:
        click.echo(f"{'ok' if verdict.good else 'BAD':4}{verdict.canary.kind} {_WORDS[verdict.state]}: {verdict.place}")
    return _conclude(verdicts)


def _conclude(verdicts: list[Verdict]) -> int:
    states = {verdict.state for verdict in verdicts}
    if "raw" in states:
        click.echo("Secrets pass this path. Don't ship these logs until the filter is in it, before every output.")
        return 1
    if states == {"missing"}:
        click.echo("Nothing arrived: is the shipper running, and does it write what was sent to the watched file?")
        return 3
    if not all(verdict.good for verdict in verdicts):
        click.echo("No secret came out, but not every message did; placeholders mean that the filter failed.")
        return 3
    click.echo("This path masks secrets.")
    return 0
