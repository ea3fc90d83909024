"""Objects side by side in one text: what they are, where they are, and in which of them something suspect is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from .text import KINDS, suspects
from .windows import Spot

if TYPE_CHECKING:
    from ...patterns import Matcher

# What git prints before an object is shorter.
LINE = 128
TREE = KINDS.index("tree")
_IS_TREE = bytes(kind == TREE for kind in range(256))


class Rows(NamedTuple):
    """Objects in a text of git's: what they are, and where they begin and end; the kind of a missing one is 0."""

    names: list[bytes]
    kinds: bytearray
    begins: list[int]
    ends: list[int]


class Batch(NamedTuple):
    """Objects in a text. Where they are not trees, an unfinished one may follow."""

    text: bytes
    rows: Rows


def spots_of(
    matcher: Matcher, text: bytes, begins: list[int], windows: list[Spot]
) -> Iterator[tuple[int, Spot | None]]:
    """Yield (number of an object that a suspect spot may be in, the spot), or no spot where it is not in one window."""
    pieces: list[Spot] = []
    for low, high in windows:
        # With what git says of an object between two that are whole.
        if pieces and low <= pieces[-1][1] + LINE:
            pieces[-1] = pieces[-1][0], high
        else:
            pieces.append((low, high))
    gathered = b"\n".join([text[low:high] for low, high in pieces])
    starts = list(accumulate((high - low + 1 for low, high in pieces), initial=0))
    for first, last in suspects(matcher, gathered):
        piece = bisect_right(starts, first) - 1
        whole = last < starts[piece + 1]
        # A match that spans several objects' texts may hide a true one in each.
        while piece < len(pieces) and starts[piece] <= last:
            low, high = pieces[piece]
            by = low - starts[piece]
            low, high = max(low, first + by), min(high, last + by)
            for place in touched(begins, low, high):
                yield place, (low, high) if whole else None
            piece += 1


def touched(begins: list[int], low: int, high: int) -> range:
    """The numbers of the objects that a spot may be in."""
    first = max(0, bisect_right(begins, low) - 1)
    return range(first, max(first + 1, bisect_left(begins, high + 1)))


def batch_of(data: bytes, rows: Rows, trees: bool) -> Batch:
    """The trees, or all else, as one text."""
    if not trees and TREE not in rows.kinds:
        return Batch(data, rows)
    kept, pieces, size = Rows([], bytearray(), [], []), [], 0
    for low, high in _runs(rows.kinds, trees):
        begin, end = rows.begins[low], rows.ends[high - 1]
        shift = size - begin
        kept.names.extend(rows.names[low:high])
        kept.kinds.extend(rows.kinds[low:high])
        kept.begins.extend([place + shift for place in rows.begins[low:high]])
        kept.ends.extend([place + shift for place in rows.ends[low:high]])
        pieces.append(data[begin:end])
        size += end - begin + 1
    return Batch(b"\n".join(pieces), kept)


def _runs(kinds: bytearray, trees: bool) -> Iterator[tuple[int, int]]:
    """Yield where objects lie side by side of which all are trees, or none is."""
    flags = kinds.translate(_IS_TREE)
    high = 0
    while (low := flags.find(trees, high)) >= 0:
        high = flags.find(not trees, low)
        high = high if high >= 0 else len(flags)
        yield low, high
