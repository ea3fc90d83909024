"""Matches a stream piece by piece: any cut into chunks gives the matches of the whole, in bounded memory.

Rules that stay on a line are final at a line break. Block rules (PEM) hold back from their first line for as long as
they can still grow. A line longer than `LINE_LIMIT` is cut where no match can reach across.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from .match import Match
from .matcher import Limits, Matcher

LINE_LIMIT = 1 << 20
_BLANKS = (b" ", b"\t", b"\r", b"\n")


class Piece(NamedTuple):
    """Final bytes of the stream: their offset, the bytes, and the matches in them (relative to `data`), in order."""

    offset: int
    data: memoryview
    matches: list[Any]


class Judge(Protocol):
    """What a chunker asks: a matcher, or what finds more than a matcher does."""

    @property
    def limits(self) -> Limits:
        """The longest matches."""

    def begins(self, line: bytes) -> bool:
        """As `Matcher.begins`."""

    def find_and_open(self, data: Any, start: int, end: int) -> tuple[list[Any], int]:
        """As `Matcher.find_and_open`; what is found has the places of a `Match`, and can be moved."""


class Chunker:
    """Turns a stream of chunks into final pieces. One per stream; not shared between threads."""

    def __init__(self, matcher: Judge, line_limit: int = LINE_LIMIT) -> None:
        self._matcher: Judge = matcher
        # No match may be longer than what is kept of a cut line.
        self._line_limit = max(line_limit, 2 * matcher.limits.line)
        self._buffer = b""
        self._offset = 0  # of the buffer in the stream
        self._released = 0  # in the buffer: bytes before it went out and are only context
        self._start = 0  # in the buffer: matches may begin here or later

    def use(self, matcher: Judge) -> None:
        """Match with another matcher from here on, what is held too."""
        self._matcher = matcher
        self._line_limit = max(self._line_limit, 2 * matcher.limits.line)

    @property
    def held(self) -> int:
        """How many bytes were fed and not yet released."""
        return len(self._buffer) - self._released

    @property
    def offset(self) -> int:
        """How many bytes of the stream were released."""
        return self._offset + self._released

    def take_held(self) -> bytes:
        """Return the held bytes and forget them: for a caller that has to withhold them after an error."""
        held = self._buffer[self._released :]
        self._offset += len(self._buffer)
        self._buffer, self._released, self._start = b"", 0, 0
        return held

    def feed(self, data: bytes | bytearray | memoryview) -> list[Piece]:
        """Take the next bytes of the stream and return what is final now."""
        seen = len(self._buffer)
        self._buffer = b"".join((self._buffer, data))
        line_end = self._buffer.rfind(b"\n", max(seen, self._released)) + 1
        if line_end:
            return self._release(line_end, line_end)
        if self.held > self._line_limit:
            size = len(self._buffer)
            return self._release(size, size - self._matcher.limits.line)
        return []

    def flush(self, keep: int = -1) -> list[Piece]:
        """Release what a quiet stream can spare: the unfinished line, but not open blocks.

        Where the line so far holds the mark of a rule, its last word stays back, for it may be half a secret; who knows
        better says how many bytes at the end to `keep`. What follows is matched together with what went out.
        """
        if not self.held:
            return []
        size = cut = len(self._buffer)
        line = self._buffer.rfind(b"\n") + 1
        if keep >= 0:
            cut = max(self._released, size - keep)
        elif self._matcher.begins(self._buffer[max(line, size - self._matcher.limits.line) :]):
            cut = max(self._released, 1 + max(self._buffer.rfind(blank) for blank in _BLANKS))
        return self._release(size, cut, paused=True)

    def finish(self) -> list[Piece]:
        """Release everything: the stream has ended."""
        size = len(self._buffer)
        return self._release(size, size, ended=True) if self.held else []

    def _release(self, size: int, cut: int, *, paused: bool = False, ended: bool = False) -> list[Piece]:
        """Release up to `cut`, judged with the first `size` bytes of the buffer in view."""
        view = memoryview(self._buffer)[:size]
        matches, open_from = self._matcher.find_and_open(view, self._start, size)
        if not ended:
            cut = self._safe_cut(matches, min(cut, open_from), cut)
        if cut <= self._released:
            return []
        done = self._released
        inside = []
        for match in matches:
            if match.end > done and match.start < cut:
                if match.start < done or match.end > cut:
                    match = match._replace(start=max(match.start, done), end=min(match.end, cut))
                inside.append(match.moved(-done) if done else match)
        piece = Piece(self._offset + done, view[done:cut], inside)
        # After a pause the line so far stays as context, so that a value written later still finds its name.
        keep = max(0, cut - self._matcher.limits.behind)
        start = cut
        if paused:
            line = self._buffer.rfind(b"\n", 0, cut) + 1
            start = min(cut, max(self._start, line, cut - self._matcher.limits.line))
            keep = max(0, start - self._matcher.limits.behind)
        self._buffer = self._buffer[keep:]
        self._offset += keep
        self._released = cut - keep
        self._start = start - keep
        return [piece]

    def _safe_cut(self, matches: list[Any], cut: int, wanted: int) -> int:
        """The last place at or before `cut` that no match spans."""
        crossing = [match for match in matches if match.finish > cut] if cut == wanted else matches
        for match in reversed(sorted(crossing, key=lambda match: match.finish)):
            if match.begin < cut < match.finish:
                cut = match.begin
        # Overlapping matches could push the cut back for ever; then the memory bound wins, and both parts are masked.
        if (
            self.held > 2 * self._line_limit + self._matcher.limits.block
            and cut - self._released < self._line_limit // 2
        ):
            return wanted
        return cut


def split(matcher: Matcher, data: Any, size: int = 1 << 24) -> list[Match]:
    """Return the matches of a large buffer (a mapped file), found in steps of `size` bytes."""
    if len(data) <= size:
        return matcher.find(data)
    chunker = Chunker(matcher)
    found: list[Match] = []
    view = memoryview(data)
    for low in range(0, len(data), size):
        for piece in chunker.feed(view[low : low + size]):
            found += [match.moved(piece.offset) for match in piece.matches]
    for piece in chunker.finish():
        found += [match.moved(piece.offset) for match in piece.matches]
    return found
