"""Stage three: what a rule's checks say of a span, and which of overlapping spans win. Pure, no I/O."""

from __future__ import annotations

import functools
import operator
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, NamedTuple

from .match import apart
from .rule import CONFIDENCES, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .checks import Outcome
    from .values import Judgement

# Reasons of placeholders.py for which one odd part of a value is enough.
BY_CHANCE = ("template or already redacted", "holds a placeholder word")
PUBLISHED = "a published dummy value"
_ORDER = {confidence: index for index, confidence in enumerate(CONFIDENCES)}
NOTHING = (b"", b"")
_BY_START = operator.itemgetter(2)
# The reasons of a span whose checks were not made.
UNGRADED = ("not checked",)


class Span(NamedTuple):
    """What stages two and three found at one place; `confidence` is "" when a check dropped it; `reasons` say why."""

    plan: Plan
    begin: int
    start: int
    end: int
    finish: int
    confidence: str
    reasons: tuple[str, ...]

    @property
    def rule(self) -> str:
        """The id of its rule."""
        return self.plan.id

    def moved(self, by: int) -> Span:
        """The same span in data that begins `by` bytes earlier."""
        places = self.begin + by, self.start + by, self.end + by, self.finish + by
        return Span(self.plan, *places, self.confidence, self.reasons)


def verdict_of(plan: Plan, value: bytes, around: tuple[bytes, bytes]) -> tuple[str, tuple[str, ...]]:
    """Return a value's confidence by its rule, "" to drop it, and why; `around` is the match before and after it."""
    if plan.value and value not in plan.allow:
        judgement = _judge()(plan.value, value, *around)
        if not judgement.confidence:
            return "", (judgement.reason,)
        return min(judgement.confidence, plan.confidence, key=lambda c: _ORDER[c]), (judgement.reason,)
    if reason := why_dummy(plan, value):
        return "", (reason,)
    if not plan.checks:
        return plan.confidence, ()
    reasons: list[str] = []
    raised: list[str] = []
    lowered: list[str] = []
    for name, args, passes, fails in plan.checks:
        outcome = _checks()[name](value, args)
        reasons.append(outcome.reason)
        if outcome.passed is not None:
            (raised if outcome.passed else lowered).append(passes if outcome.passed else fails)
    if "drop" in lowered:
        return "", tuple(reasons)
    # One failed check outweighs any that passed.
    effects = [effect for effect in lowered or raised if effect != "same"]
    if not effects:
        return plan.confidence, tuple(reasons)
    return (min if lowered else max)(effects, key=lambda c: _ORDER[c]), tuple(reasons)


def why_dummy(plan: Plan, value: bytes) -> str:
    """Why a provider's rule knows the value for a dummy, or ""."""
    if value in plan.allow:
        return PUBLISHED
    # The text of a block, a comment or a host name say, is no sign that its key is a dummy.
    reason = "" if plan.opener else _placeholders()(value, plan.prefix)
    # A checksum says that the word in it is there by chance; of a few characters only, it is somebody's joke.
    return "" if reason in BY_CHANCE and plan.checks and _has_checksum(plan, value) else reason


def _has_checksum(plan: Plan, value: bytes) -> bool:
    from .checks import CHECKSUMS

    return any(name in CHECKSUMS and _checks()[name](value, args).passed for name, args, _, _ in plan.checks)


@functools.cache
def _judge() -> Callable[..., Judgement]:
    from .values import judge

    return judge


@functools.cache
def _placeholders() -> Callable[[bytes, bytes], str]:
    from .placeholders import why_placeholder

    return why_placeholder


@functools.cache
def _checks() -> dict[str, Callable[[bytes, Mapping[str, int | str]], Outcome]]:
    from .checks import CHECKS

    return CHECKS


def only_grading(plan: Plan) -> bool:
    """True for a rule whose checks can change the confidence of a match, but never drop it."""
    return bool(plan.checks) and not plan.value and all(fails != "drop" for _, _, _, fails in plan.checks)


def settled(spans: list[Span], data: Any) -> list[Span]:
    """Of spans in the data that overlap, those that win, in order."""
    spans.sort(key=_BY_START)
    kept: list[Span] = []
    first, end = 0, spans[0].end if spans else 0
    for place, span in enumerate(spans):
        if span.start >= end and place:
            if place - first == 1:
                kept.append(spans[first])
            else:
                kept += _winners(spans[first:place], data)
            first = place
        if span.end > end:
            end = span.end
    return kept + _winners(spans[first:], data)


def _winners(spans: list[Span], data: Any) -> list[Span]:
    """Of spans that hang together, those that win, in order."""
    if len(spans) < 2:
        return spans
    spans = [_graded(span, data) for span in spans]
    spans.sort(key=lambda s: (s.plan.generic, -_ORDER[s.confidence], s.start - s.end, s.begin, s.plan.id))
    return apart(spans)


def _graded(span: Span, data: Any) -> Span:
    """The span with the verdict of its rule's checks, if it has none yet."""
    if span.reasons is not UNGRADED:
        return span
    confidence, reasons = verdict_of(span.plan, bytes(data[span.start : span.end]), NOTHING)
    return span._replace(confidence=confidence, reasons=reasons)


def touched(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    """True when one of the disjoint regions, which are in order, has a byte of these."""
    place = bisect_left(taken, (end, 0))
    return place > 0 and taken[place - 1][1] > start
