"""What the matcher returns. A match knows where a secret is, never what it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple, Protocol, TypeVar

from .rule import GENERIC


class Match(NamedTuple):
    """One secret in the data: `start` and `end` are its byte span, `begin` and `finish` that of its proof.

    `masked` shows at most the rule's public prefix; `reasons` says what the checks found, without the value.
    """

    rule: str
    start: int
    end: int
    begin: int
    finish: int
    confidence: str
    masked: str
    reasons: tuple[str, ...] = ()

    @property
    def generic(self) -> bool:
        """True for rules that judge by context and value instead of a provider's format."""
        return self.rule.startswith(GENERIC)

    def moved(self, by: int) -> Match:
        """The same match in data that begins `by` bytes earlier."""
        # `_replace` takes four times as long.
        return Match(
            self.rule, self.start + by, self.end + by, self.begin + by, self.finish + by, self.confidence, self.masked,
            self.reasons,
        )  # fmt: skip


class Placed(Protocol):
    """Something with a place in the data."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


_Placed = TypeVar("_Placed", bound=Placed)


def apart(ranked: Iterable[_Placed]) -> list[_Placed]:
    """Return those that overlap none that comes before them in `ranked`, by their place."""
    starts: list[int] = []
    kept: list[_Placed] = []
    for one in ranked:
        place = bisect_left(starts, one.start)
        if (place and kept[place - 1].end > one.start) or (place < len(kept) and kept[place].start < one.end):
            continue
        starts.insert(place, one.start)
        kept.insert(place, one)
    return kept


@cache
def mask(prefix: bytes) -> str:
    """The masked form of a secret: its public prefix and a fixed number of stars, so that the length stays unknown."""
    return prefix.decode("latin-1") + "*" * 8
