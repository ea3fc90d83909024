"""A place in some data that is to be masked, whatever found it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..patterns import Match

Buffer = bytes | bytearray | memoryview


class Span(NamedTuple):
    """Bytes to mask. `begin` is where the proof begins; `name` the key whose value it is, if it was found by that.

    `quote` stands before and after the mask where a value without quotes becomes a string.
    """

    rule: str
    start: int
    end: int
    begin: int
    name: str = ""
    quote: bytes = b""

    @property
    def generic(self) -> bool:
        """True where context alone has decided."""
        return self.rule.startswith("generic-")


def of_matches(matches: Iterable[Match]) -> list[Span]:
    """The places of matches."""
    return [Span(match.rule, match.start, match.end, match.begin) for match in matches]


class Finder(Protocol):
    """Finds what the matcher's rules do not: values by the name of their key, known values."""

    def find(self, data: Buffer) -> list[Span]:
        """Return the places in the data, in order."""


def joined(spans: Iterable[Span]) -> Iterable[Span]:
    """Disjoint spans in order; those that overlap are one, under the first that is not generic."""
    last: Span | None = None
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if last is None or span.start >= last.end:
            if last is not None:
                yield last
            last = span
            continue
        named = span if last.generic and not span.generic else last
        # A part of a value has no quotes of its own to give.
        quote = last.quote if last.end >= span.end else b""
        last = named._replace(start=last.start, end=max(last.end, span.end), name=last.name or span.name, quote=quote)
    if last is not None:
        yield last
