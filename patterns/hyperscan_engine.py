"""First engine: all rules in one Hyperscan database, which sees every byte once and reports where candidates end."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from . import anchors
from .anchors import ANCHOR_WIDTH, ANCHORS
from .rule import Plan

Region = tuple[int, int]
# One call of the library takes a 32-bit length.
BLOCK = 1 << 30


class HyperscanEngine:
    """Finds candidates with a compiled database. Safe to share between threads: each has its own scratch."""

    name = "hyperscan"

    def __init__(self, plans: Sequence[Plan], serialized: bytes | None = None) -> None:
        """Compile the plans, or load `serialized`, which must be this engine's own dump of the same plans.

        Raises ValueError when the dump is damaged or was made for another library version or processor.
        """
        import hyperscan

        self._plans = plans
        self._widths = [(plan.candidate_max, plan.candidate_min) for plan in plans]
        self._openers = [(plan.opener_max, 0) for plan in plans]
        self._names: Any = None
        self._database: Any = None
        self._local = threading.local()
        if not plans:
            return
        if serialized is None:
            self._database = _compile(plans)
        else:
            try:
                self._database = hyperscan.loadb(serialized, hyperscan.HS_MODE_BLOCK)
            except hyperscan.error as error:
                raise ValueError(f"the serialized database is of no use here: {type(error).__name__}") from None
        # A loaded database has no scratch until it gets one.
        self._database.scratch = hyperscan.Scratch(self._database)
        self._local.scratch = self._database.scratch

    def dump(self) -> bytes:
        """The compiled database as bytes for `serialized`; valid for this library version and kind of processor."""
        import hyperscan

        return bytes(hyperscan.dumpb(self._database)) if self._database else b""

    def candidates(self, data: Any) -> tuple[dict[int, list[Region]], dict[int, list[Region]]]:
        """Return, by index of the plan, the regions in which matches may start, and those of block rules' openers."""
        if self._database is None:
            return {}, {}
        hits: list[tuple[int, int]] = []
        anchored: list[tuple[int, int]] = []
        append = hits.append

        def on_match(index: int, start: int, end: int, flags: int, context: object) -> None:
            append((index, end))

        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = self._database.scratch.clone()
        self._database.scan(data, match_event_handler=on_match, scratch=scratch)
        matches: dict[int, list[Region]] = {}
        openers: dict[int, list[Region]] = {}
        count = len(self._widths)
        for index, end in hits:
            if index < count:
                far, near = self._widths[index]
                matches.setdefault(index, []).append((max(0, end - far), end - near))
            elif index < 2 * count:
                far, near = self._openers[index - count]
                openers.setdefault(index - count, []).append((max(0, end - far), end - near))
            else:
                anchored.append((end, 1 << index - 2 * count))
        if anchored:
            self._add_anchored(data, anchored, matches)
        return matches, openers

    def _add_anchored(self, data: Any, hits: list[tuple[int, int]], matches: dict[int, list[Region]]) -> None:
        """Add the regions of the rules that have a keyword before one of their anchors; a hit is (end, anchor's bit)."""
        if self._names is None:
            self._names = _names(self._plans)
        windows: list[tuple[int, int, int]] = []
        for end, bit in sorted(hits):
            start = max(0, end - ANCHOR_WIDTH)
            if windows and start <= windows[-1][1]:
                windows[-1] = (windows[-1][0], end, windows[-1][2] | bit)
            else:
                windows.append((start, end, bit))
        for start, end, bits in windows:
            # Latin-1 keeps one character a byte, so positions stay those of the bytes.
            text = bytes(data[start:end]).lower().decode("latin-1")
            for last, (length, owners) in self._names.iter(text):
                first = start + last + 1 - length
                for index, anchors_of, lead in owners:
                    if anchors_of & bits:
                        matches.setdefault(index, []).append((max(0, first - lead), first))


def _names(plans: Sequence[Plan]) -> Any:
    """The keywords of the rules with anchors, each with (index, anchors, bytes of a match before the keyword)."""
    import ahocorasick

    owners: dict[str, list[tuple[int, int, int]]] = {}
    for index, plan in enumerate(plans):
        bits = sum(1 << number for number, name in enumerate(ANCHORS) if name in plan.anchors)
        for keyword in {keyword.lower() for keyword in plan.keywords} if bits else ():
            owners.setdefault(keyword, []).append((index, bits, _lead(plan.head, keyword)))
    automaton = ahocorasick.Automaton()
    for keyword, found in owners.items():
        automaton.add_word(keyword, (len(keyword), tuple(found)))
    automaton.make_automaton()
    return automaton


def _lead(head: str, keyword: str) -> int:
    """How far before a keyword a match may begin: none where the rule's head is the keyword itself."""
    if not head.startswith("(?i:"):
        return ANCHOR_WIDTH
    heads = [word.replace("\\", "") for word in head[4:-1].split("|")]
    if not any(keyword.startswith(word) or word.startswith(keyword) for word in heads):
        return ANCHOR_WIDTH
    return max(word.find(keyword[: len(word)]) if keyword[:3] in word else 0 for word in heads)


def _compile(plans: Sequence[Plan]) -> Any:
    import hyperscan

    from .errors import ScrubjayError

    expressions = [(index, text) for index, plan in enumerate(plans) if not plan.anchors for text in plan.candidates]
    expressions += [(len(plans) + index, plan.opener) for index, plan in enumerate(plans) if plan.opener]
    used = {name for plan in plans for name in plan.anchors}
    for index, name in enumerate(ANCHORS, 2 * len(plans)):
        expressions += [(index, text) for text in anchors.expressions(name)] if name in used else []
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[text.encode("latin-1") for _, text in expressions],
            ids=[index for index, _ in expressions],
            elements=len(expressions),
            flags=[0] * len(expressions),
        )
    except hyperscan.error as error:
        raise ScrubjayError(f"the rules do not compile: {error}") from None
    return database
