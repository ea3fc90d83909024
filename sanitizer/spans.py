"""A place in some data that is to be masked, whatever found it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    pass

Buffer = bytes | bytearray | memoryview


class Span(NamedTuple):
    """Bytes to mask: `start` to `end`. The proof begins at `begin` and ends at `finish`, or at `end` if that is later.

    `name` is the key whose value it is, if it was found by that. `quote` stands before and after the mask where a
    value without quotes becomes a string. `value` is the whole value where the span is only the first of its parts; the
    `rest` parts are left out without a mask of their own.
    """

    rule: str
    start: int
    end: int
    begin: int
    name: str = ""
    quote: bytes = b""
    finish: int = 0
    value: bytes = b""
    rest: bool = False

    def __repr__(self) -> str:
        return f"Span({self.rule!r}, {self.start}, {self.end})"

    @property
    def generic(self) -> bool:
        """True where context alone has decided."""
        return self.rule.startswith("generic-")

    def moved(self, by: int) -> Span:
        """The same span in data that begins `by` bytes earlier."""
        rule, start, end, begin, name, quote, finish, value, rest = self
        # As `_replace`, which takes five times as long.
        return tuple.__new__(Span, (rule, start + by, end + by, begin + by, name, quote, finish + by, value, rest))


class Place(Protocol):
    """What the matcher has found, as far as masking needs to know."""

    @property
    def rule(self) -> str:
        """The id of the rule."""

    @property
    def start(self) -> int:
        """Where the secret begins."""

    @property
    def end(self) -> int:
        """Where it ends."""

    @property
    def begin(self) -> int:
        """Where its proof begins."""

    @property
    def finish(self) -> int:
        """Where that ends."""


def of_matches(matches: Iterable[Place]) -> list[Span]:
    """The places of matches; what is a span already stays one."""
    # As `Span(...)`, in half the time.
    new = tuple.__new__
    return [
        match
        if type(match) is Span
        else new(Span, (match.rule, match.start, match.end, match.begin, "", b"", match.finish, b"", False))
        for match in matches
    ]


class Finder(Protocol):
    """Finds what the matcher's rules do not: values by the name of their key, known values."""

    # No span is longer, its proof included; what is unfinished at the end of the data reaches to that end.
    longest: int

    def find(self, data: Buffer) -> list[Span]:
        """Return the places in the data, in order."""

    def begins(self, line: bytes) -> bool:
        """True when an unfinished line may end in the beginning of such a place."""


def _place(span: Span) -> tuple[int, int]:
    return span.start, -span.end


def joined(spans: Iterable[Span]) -> Sequence[Span]:
    """Disjoint spans in order; those that overlap are one, under the first that is not generic."""
    ordered = sorted(spans, key=_place)
    if all(one.end <= two.start for one, two in pairwise(ordered)):
        return ordered
    done: list[Span] = []
    for span in ordered:
        if not done or span.start >= done[-1].end:
            done.append(span)
            continue
        last = done[-1]
        named = span if (last.generic and not span.generic) or (last.rest and not span.rest) else last
        # A part of a value has no quotes of its own to give.
        quote = last.quote if last.end >= span.end else b""
        done[-1] = named._replace(
            start=last.start,
            end=max(last.end, span.end),
            name=last.name or span.name,
            quote=quote,
            value=last.value or span.value,
            rest=last.rest and span.rest,
        )
    return done
