"""Lines that a container runtime has cut: the records of one message, and the pieces of text that belong together.

Docker's json-file driver cuts at 16 KiB and leaves the line break out of the text; the CRI marks the parts with P, the
last one with F. The records are examined as one text; each stays a record of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .spans import Buffer

# What a cut record has, for the engine that looks at every byte; Docker's only if its text does not end in \n.
MARKS = (rb"std(?:out|err) P[ :]", rb'(?:[^n]|[^\\]n)","stream":"std')
_LINE = re.compile(rb"[^\n]*\n?")
_CRI = re.compile(rb"[0-9][0-9T:.+\-Z]{9,40} (stdout|stderr) ([PF])(?::[A-Za-z0-9_-]{1,32})* ")
_DOCKER = re.compile(rb'\{"log":"([^"\\]*(?:\\.[^"\\]*)*)","stream":"(stdout|stderr)"')
_ENDED = re.compile(rb"(?<!\\)(?:\\\\)*\\n\Z")


class Run(NamedTuple):
    """The records of one message, from `start`: where their texts are, and whether the last one has come."""

    start: int
    pieces: list[tuple[int, int]]
    complete: bool


def runs(data: Buffer, start: int, end: int) -> Iterator[Run]:
    """Yield the messages of several records among the lines from `start` to `end`."""
    unfinished: dict[bytes, Run] = {}
    place = start
    while place < end:
        line = _LINE.match(data, place, end)
        assert line is not None
        low, place = line.span()
        record = _record(data, low, place)
        if record is None:
            continue
        stream, piece, more = record
        run = unfinished.pop(stream, None)
        if run is None and not more:
            continue
        run = Run(run.start if run else low, [*(run.pieces if run else ()), piece], not more)
        if more:
            unfinished[stream] = run
        else:
            yield run
    yield from unfinished.values()


def _record(data: Buffer, low: int, high: int) -> tuple[bytes, tuple[int, int], bool] | None:
    if found := _CRI.match(data, low, high):
        end = high - 1 if data[high - 1] == 0x0A else high
        return found[1], (found.end(), end), found[2] == b"P"
    if found := _DOCKER.match(data, low, high):
        return found[2], found.span(1), not _ENDED.search(found[1][-64:])
    return None
