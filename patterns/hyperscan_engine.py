"""First engine: all rules in one Hyperscan database, which sees every byte once and reports where candidates end."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from . import anchors
from .anchors import ANCHORS, Names
from .rule import Plan

Region = tuple[int, int]
# One call of the library takes a 32-bit length.
BLOCK = 1 << 30
# Hyperscan steps over two bytes where no literal is shorter than three, and with hundreds of literals most steps are
# then false alarms: 1.7 times slower than byte by byte, which a literal of two rare bytes makes it do.
_EVERY_BYTE = r"\x01\xfe[^\n]{20}"
_MANY = 400


class Rider(NamedTuple):
    """An expression that is no rule's and is looked for in the same pass, which costs next to nothing."""

    kind: int
    expression: str
    caseless: bool = False


class HyperscanEngine:
    """Finds candidates with a compiled database. Safe to share between threads: each has its own scratch."""

    name = "hyperscan"

    def __init__(self, plans: Sequence[Plan], serialized: bytes | None = None, riders: Sequence[Rider] = ()) -> None:
        """Compile the plans, or load `serialized`, which must be this engine's own dump of the same plans and riders.

        Raises ValueError when the dump is damaged or was made for another library version or processor.
        """
        import hyperscan

        self._plans = plans
        # Of the riders, by their order.
        self.kinds = [rider.kind for rider in riders]
        self._widths = [(plan.candidate_max, plan.candidate_min) for plan in plans]
        self._openers = [(plan.opener_max, 0) for plan in plans]
        self._names: Names | None = None
        self._database: Any = None
        self._local = threading.local()
        if not plans:
            return
        if serialized is None:
            self._database = _compile(plans, riders)
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
        return self.candidates_and_rides(data)[:2]

    def candidates_and_rides(
        self, data: Any
    ) -> tuple[dict[int, list[Region]], dict[int, list[Region]], list[tuple[int, int]]]:
        """Like `candidates`, and also return where riders end: (kind, end) in no order."""
        rides: list[tuple[int, int]] = []
        if self._database is None:
            return {}, {}, rides
        hits: list[tuple[int, int]] = []
        append = hits.append

        def on_match(index: int, start: int, end: int, flags: int, context: object) -> None:
            append((index, end))

        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = self._database.scratch.clone()
        self._database.scan(data, match_event_handler=on_match, scratch=scratch)
        matches: dict[int, list[Region]] = {}
        openers: dict[int, list[Region]] = {}
        if not hits:
            return matches, openers, rides
        anchored: list[tuple[int, int]] = []
        count = len(self._widths)
        first_rider = 2 * count + (1 << len(ANCHORS)) + 1
        widths = self._widths
        for index, end in hits:
            if index < count:
                far, near = widths[index]
                place = (end - far if end > far else 0, end - near)
                if index in matches:
                    matches[index].append(place)
                else:
                    matches[index] = [place]
            elif index < 2 * count:
                far, near = self._openers[index - count]
                openers.setdefault(index - count, []).append((max(0, end - far), end - near))
            elif index < 2 * count + (1 << len(ANCHORS)):
                anchored.append((end, index - 2 * count))
            elif index >= first_rider:
                rides.append((self.kinds[index - first_rider], end))
        if anchored:
            if self._names is None:
                self._names = Names(self._plans)
            self._names.add_regions(data, anchored, matches)
        return matches, openers, rides


def _compile(plans: Sequence[Plan], riders: Sequence[Rider] = ()) -> Any:
    import hyperscan

    from .errors import ScrubjayError

    expressions = [(index, text) for index, plan in enumerate(plans) if not plan.anchors for text in plan.candidates]
    expressions += [(len(plans) + index, plan.opener) for index, plan in enumerate(plans) if plan.opener]
    used = {name for plan in plans for name in plan.anchors}
    expressions += [(2 * len(plans) + bits, text) for bits, text in anchors.expressions(used)]
    if len(expressions) > _MANY:
        expressions.append((2 * len(plans) + (1 << len(ANCHORS)), _EVERY_BYTE))
    first_rider = 2 * len(plans) + (1 << len(ANCHORS)) + 1
    flags = [0] * len(expressions)
    for number, rider in enumerate(riders):
        expressions.append((first_rider + number, rider.expression))
        flags.append(hyperscan.HS_FLAG_CASELESS if rider.caseless else 0)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[text.encode("latin-1") for _, text in expressions],
            ids=[index for index, _ in expressions],
            elements=len(expressions),
            flags=flags,
        )
    except hyperscan.error as error:
        raise ScrubjayError(f"the rules do not compile: {error}") from None
    return database
