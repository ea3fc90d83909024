"""The mask: what stands in the place of a secret, and how matches become masked bytes. Pure, no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableMapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..patterns import Match, Matcher

Buffer = bytes | bytearray | memoryview

# Only letters, digits, '-', ':' and brackets: needs no escape in a JSON string, XML, a quoted word or a log format.
_MARKER = re.compile(rb"\[REDACTED:([a-z0-9][a-z0-9-]{0,99})\]")
# How far from a place a marker over it may begin or end.
_REACH = 120


def marker(rule: str) -> bytes:
    """Return the bytes that stand for a secret of this rule."""
    return b"[REDACTED:%b]" % rule.encode("ascii")


ERROR = marker("error")


def redact(matcher: Matcher, data: bytes) -> bytes:
    """Return `data` with a marker in the place of each secret; raises what `matcher.find` raises, e.g. MatchTimeout."""
    return b"".join(Masker(matcher).apply(data, matcher.find(data)))


class Masker:
    """Puts markers in the place of matches, and counts them by rule.

    A match that overlaps a marker of an earlier pass, or is proved by one, is left alone: there the earlier pass has
    decided. So masking twice changes nothing.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._ids: frozenset[bytes] | None = None

    def apply(
        self, data: Buffer, matches: Sequence[Match], counts: MutableMapping[str, int] | None = None
    ) -> list[Buffer]:
        """Return `data` as slices, with matches replaced; `counts` grows by one for each marker, under its rule."""
        if not matches:
            return [data]
        view = memoryview(data)
        parts: list[Buffer] = []
        done = 0
        for start, end, rule in _joined(match for match in matches if not self._settled(view, match)):
            if start > done:
                parts.append(view[done:start])
            parts.append(marker(rule))
            if counts is not None:
                counts[rule] = counts.get(rule, 0) + 1
            done = end
        if done < len(view):
            parts.append(view[done:])
        return parts

    def _settled(self, data: memoryview, match: Match) -> bool:
        low = max(0, min(match.begin, match.start) - _REACH)
        high = min(len(data), match.end + _REACH)
        for found in _MARKER.finditer(data, low, high):
            if not self._is_marker(found[1]):
                continue
            start, end = found.span()
            # A rule's id may read like the context of a secret ("...-password]: x").
            if (start < match.end and match.start < end) or start < match.begin < end:
                return True
        return False

    def _is_marker(self, name: bytes) -> bool:
        # Other names don't count: anything could be written between the brackets to keep it from being masked.
        if self._ids is None:
            self._ids = frozenset(rule.id.encode() for rule in self._matcher.rules) | {b"error"}
        return name in self._ids


def _joined(matches: Iterable[Match]) -> Iterable[tuple[int, int, str]]:
    """Disjoint spans in order; overlapping matches are joined under the first that is not generic."""
    start = end = -1
    rule, generic = "", True
    for match in matches:
        if rule and match.start < end:
            end = max(end, match.end)
            if generic and not match.generic:
                rule, generic = match.rule, False
            continue
        if rule:
            yield start, end, rule
        start, end, rule, generic = match.start, match.end, match.rule, match.generic
    if rule:
        yield start, end, rule
