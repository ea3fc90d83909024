"""Everything that is secret in some bytes: by the matcher's rules, by the names of keys, by known values.

It sees through colour codes, and through the places where a container runtime has cut a line. Pure, no I/O.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..patterns.matcher import Limits
from .keynames import COLOURS, RECORDS, KeyNames, sorted_out
from .records import runs
from .spans import Buffer, Place, Span, of_matches

if TYPE_CHECKING:
    from ..patterns import Matcher, Rule
    from .known import KnownValues

# Colours and other attributes, deleting to the end of a line, links; also as JSON and some languages write the first.
_CODES = re.compile(
    rb"(?:\x1b|\\u00[1][bB]|\\x1[bB])\[[0-9;:?]{0,32}[A-Za-z]|\x1b\][0-9]{1,4};[^\x07\x1b\r\n]{0,2048}(?:\x07|\x1b\\)"
)


class Examiner:
    """Takes the place of a matcher for what masks streams. Immutable, safe to share between threads."""

    def __init__(self, matcher: Matcher, *, names: KeyNames | None = None, known: KnownValues | None = None) -> None:
        """`names` are keys whose values are secret, by default the usual ones; `known` finds known values."""
        self._matcher = matcher
        self.names = KeyNames() if names is None else names
        self._known = known
        # The matcher may look for the names in its own pass.
        self._rides = matcher.rides and self.names.riding
        longest = max(self.names.longest, known.longest if known else 0)
        limits = matcher.limits
        self.limits = Limits(max(limits.line, longest), max(limits.block, longest), max(limits.behind, 2))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the matcher."""
        return self._matcher.rules

    @property
    def blocks(self) -> dict[bytes, int]:
        """The keywords of rules that may span lines, as of `Matcher.blocks`."""
        return self._matcher.blocks

    def begins(self, line: bytes) -> bool:
        """True when an unfinished line may end in the beginning of a secret."""
        known = self._known
        return self._matcher.begins(line) or self.names.begins(line) or (known is not None and known.begins(line))

    def find(self, data: Buffer) -> list[Span]:
        """Return the secrets in the data, in order; raises what `Matcher.find` raises."""
        matches: Sequence[Place] = ()
        if self._rides:
            matches, _, rides = self._matcher.find_open_and_rides(data, 0, len(data))
            places, seen = sorted_out(rides) if rides else ([], 0)
        else:
            places, seen = self.names.look(data)
            matches = self._matcher.find(data) if not seen else ()
        if seen:
            return self.find_and_open(data, 0, len(data))[0]
        # Log messages come this way, where microseconds count.
        spans = of_matches(matches) if matches else []
        if places:
            spans += self.names.values(data, places)
        if self._known is not None:
            spans += self._known.find(data)
        if len(spans) > 1:
            spans.sort(key=lambda span: (span.start, span.end))
        return spans

    def find_and_open(self, data: Buffer, start: int, end: int) -> tuple[list[Span], int]:
        """Return the spans that begin at `start` or later, and from where one may go on behind `end` (else `end`)."""
        matches: Sequence[Place] = ()
        if self._rides:
            matches, open_from, rides = self._matcher.find_open_and_rides(data, start, end)
            places, seen = sorted_out(rides) if rides else ([], 0)
        else:
            places, seen = self.names.look(data)
        if seen & COLOURS:
            spans, open_from = self._without_codes(data, start, end)
        else:
            if not self._rides:
                matches, open_from = self._matcher.find_and_open(data, start, end)
            spans, open_from = self._more(data, start, end, of_matches(matches) if matches else [], open_from, places)
        if seen & RECORDS:
            for run in runs(data, start, end):
                if not run.complete:
                    open_from = min(open_from, run.start)
                if len(run.pieces) > 1:
                    spans += self._through(data, run.pieces)
        if len(spans) > 1:
            spans.sort(key=lambda span: (span.start, span.end))
        return spans, open_from

    def _more(
        self, data: Buffer, start: int, end: int, spans: list[Span], open_from: int, places: Iterable[int]
    ) -> tuple[list[Span], int]:
        """Add to the matcher's spans those of key names and known values."""
        if places:
            spans += [span for span in self.names.values(data, places) if span.begin >= start]
        if self._known is not None:
            spans += [span for span in self._known.find(data) if span.begin >= start]
            open_from = min(open_from, self._known.open_from(data, end))
        return spans, open_from

    def _without_codes(self, data: Buffer, start: int, end: int) -> tuple[list[Span], int]:
        pieces: list[tuple[int, int]] = []
        place = 0
        for code in _CODES.finditer(data):
            if code.start() > place:
                pieces.append((place, code.start()))
            place = code.end()
        pieces.append((place, end))
        view = _View(data, pieces)
        names = self.names.look(view.text)[0]
        inner = view.inner(start), len(view.text)
        matches, open_from = self._matcher.find_and_open(view.text, *inner)
        spans, open_from = self._more(view.text, *inner, of_matches(matches), open_from, names)
        at = end if open_from == len(view.text) else view.outer(open_from)
        return [part for span in spans for part in view.parts(span)], at

    def _through(self, data: Buffer, pieces: Sequence[tuple[int, int]]) -> list[Span]:
        """The spans in the text that the pieces make together."""
        view = _View(data, pieces)
        spans = self.find(view.text)
        return [part for span in spans for part in view.parts(span)]


class _View:
    """A text made of pieces of some data, in order, and the way back."""

    def __init__(self, data: Any, pieces: Sequence[tuple[int, int]]) -> None:
        self.text = b"".join([data[low:high] for low, high in pieces])
        self._pieces = pieces
        self._starts: list[int] = []
        size = 0
        for low, high in pieces:
            self._starts.append(size)
            size += high - low

    def outer(self, place: int) -> int:
        """The place in the data of a byte of the text."""
        number = max(0, bisect_right(self._starts, place) - 1)
        return self._pieces[number][0] + place - self._starts[number]

    def inner(self, place: int) -> int:
        """The first place in the text that is at `place` in the data, or behind it."""
        number = bisect_right(self._pieces, (place, 1 << 62)) - 1
        if number < 0:
            return 0
        low, high = self._pieces[number]
        return self._starts[number] + min(place, high) - low

    def parts(self, span: Span) -> list[Span]:
        """The span in the data: one for each piece that it touches, the mask with the first."""
        first = bisect_right(self._starts, span.start) - 1
        begin, finish = self.outer(span.begin), self.outer(max(span.finish, span.end) - 1) + 1
        found: list[Span] = []
        for number in range(max(0, first), len(self._pieces)):
            at, (low, high) = self._starts[number], self._pieces[number]
            if at >= span.end:
                break
            start, end = low + max(span.start - at, 0), min(high, low + span.end - at)
            if start < end:
                found.append(span._replace(start=start, end=end, begin=begin, finish=finish, rest=bool(found)))
        if len(found) > 1:
            found[0] = found[0]._replace(value=self.text[span.start : span.end])
        return found
