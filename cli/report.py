"""`scrubjay report`."""

from __future__ import annotations

import os
import sys

import click

from ..scanner.reports import FORMATS
from . import options


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-f", "--format", "form", type=click.Choice(list(FORMATS)), default="html", show_default=True, help="Report format."
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option("--label", multiple=True, metavar="NAME", help="What to call each input; by default its repository.")
def command(files: tuple[str, ...], form: str, output: str | None, label: tuple[str, ...]) -> int:
    """Turn JSON reports into another format; several are merged into one.

    A secret that is in several of them is shown once, with all its places, if the reports were made with the same key
    (SCRUBJAY_KEY, or the same user). "-" reads standard input. It exits with 0 whatever the reports hold.
    """
    from ..patterns.errors import ScrubjayError
    from ..scanner.reports import document

    if label and len(label) != len(files):
        raise ScrubjayError("give --label once for each file, or not at all")
    read = []
    for name in files:
        try:
            data = sys.stdin.buffer.read() if name == "-" else open(name, "rb").read()
        except OSError as error:
            raise ScrubjayError(f"can't read {name}: {error.strerror}") from None
        read.append(document.read(data, name))
    if len(read) == 1 and not label:
        options.written(read[0], form, output)
        return 0
    stems = [os.path.splitext(os.path.basename(name))[0] for name in files]
    usual = [one.repository or stem for one, stem in zip(read, stems, strict=True)]
    if len(set(usual)) < len(usual):
        usual = stems
    options.written(document.merge(read, label or usual), form, output)
    return 0
