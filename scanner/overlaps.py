"""Finds which of many intervals overlap another one, in time that does not grow with their number."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Overlaps:
    """Intervals from `low` to before `high`, in order of their lows."""

    def __init__(self, intervals: Iterable[tuple[int, int]]) -> None:
        rows = list(intervals)
        self._lows = [low for low, _ in rows]
        self._highs = list(accumulate((high for _, high in rows), max))

    def of(self, low: int, high: int) -> range:
        """Return the numbers of those that overlap this one, from the first to the last; empty if none does."""
        return range(bisect_right(self._highs, low), bisect_left(self._lows, high))
