"""`scrubjay lookup`."""

from __future__ import annotations

import sys

import click

from .commands import CONTEXT


@click.command(context_settings=CONTEXT)
@click.option("--mask-key-file", metavar="FILE", default="", help="The keys of pseudonyms, else SCRUBJAY_MASK_KEY.")
@click.argument("value")
@click.argument("files", metavar="[FILE...]", nargs=-1)
def command(mask_key_file: str, value: str, files: tuple[str, ...]) -> int:
    """Print the pseudonyms of VALUE, and the lines of FILES (also gzip, zstd) that hold one of them.

    VALUE is - to read it from standard input, which keeps a secret out of the shell's history.

    Exit codes: 0 no line holds one (or no FILE was given), 1 some do, 2 usage.
    """
    from ..patterns.errors import ScrubjayError
    from ..sanitizer.lookup import pseudonyms, sights
    from ..sanitizer.policy import read_keys

    keys = read_keys(mask_key_file)
    if not keys:
        raise ScrubjayError("there is no key: give a file by --mask-key-file, or SCRUBJAY_MASK_KEY")
    raw = sys.stdin.buffer.read().removesuffix(b"\n") if value == "-" else value.encode("utf-8", "surrogateescape")
    if not raw:
        raise click.UsageError("the value is empty")
    names = pseudonyms(raw, keys)
    for name in names:
        click.echo(name)
    found = 0
    for sight in sights(names, files):
        found += 1
        click.echo(f"{sight.path}:{sight.line}: {sight.pseudonym}")
    return 1 if found else 0
