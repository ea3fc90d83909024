"""Second engine, for platforms without Hyperscan: keywords by Aho-Corasick, then the patterns around each keyword."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .rule import Plan

Region = tuple[int, int]


class KeywordEngine:
    """Finds candidates by the rules' keywords. Slower than the first engine, and gives the same matches."""

    name = "keywords"

    def __init__(self, plans: Sequence[Plan], serialized: bytes | None = None) -> None:
        import ahocorasick

        self._plans = plans
        owners: dict[str, list[int]] = {}
        for index, plan in enumerate(plans):
            for keyword in {keyword.lower() for keyword in plan.keywords}:
                owners.setdefault(keyword, []).append(index)
        self._automaton = ahocorasick.Automaton()
        for keyword, indexes in owners.items():
            self._automaton.add_word(keyword, (len(keyword), tuple(indexes)))
        if owners:
            self._automaton.make_automaton()

    def dump(self) -> bytes:
        """Nothing: this engine is quick to build."""
        return b""

    def candidates(self, data: Any) -> tuple[dict[int, list[Region]], dict[int, list[Region]]]:
        """Return, by index of the plan, the regions in which matches may start, and those of block rules' openers."""
        matches: dict[int, list[Region]] = {}
        openers: dict[int, list[Region]] = {}
        if not len(self._automaton):
            return matches, openers
        # Latin-1 keeps one character a byte, so positions stay those of the bytes.
        text = bytes(memoryview(data)).lower().decode("latin-1")
        for last, (length, indexes) in self._automaton.iter(text):
            first = last + 1 - length
            for index in indexes:
                plan = self._plans[index]
                region = (max(0, last + 1 - plan.max_width), first)
                matches.setdefault(index, []).append(region)
                if plan.opener:
                    openers.setdefault(index, []).append(region)
        return matches, openers
