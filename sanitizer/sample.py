"""`scrubjay filter --explain`: what a filter would do with a sample of logs, which rules decide, and what they cost."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .keynames import RULE as KEY_NAME
from .mask import Masker, Tally
from .settings import LIVE, Settings

if TYPE_CHECKING:
    from ..patterns import Matcher

# So much of a sample is read, and so many lines of each rule are shown.
LARGEST = 64 << 20
SHOWN = 3
_BLOCK = 1 << 20
_WIDTH = 200


def explain(make_matcher: Callable[[], Matcher], options: Mapping[str, Any], *, config: str = "") -> Iterator[str]:
    """Yield lines of a report about standard input; no secret is in it. Raises ScrubjayError, MatchTimeout."""
    settings = Settings(make_matcher, {name: options[name] for name in LIVE if name in options}, config)
    setup = settings.load()
    matcher = make_matcher()
    data = sys.stdin.buffer.read(LARGEST + 1)
    cut = len(data) > LARGEST
    data = data[:LARGEST]
    masker = Masker(setup.examiner, policy=setup.policy)
    tally, shown, number = Tally(), dict[str, int](), 0
    costs: dict[str, tuple[int, float]] = {}
    seconds = 0.0
    for block in _blocks(data):
        begin = perf_counter()
        spans = setup.examiner.find(block)
        seconds += perf_counter() - begin
        tally_here = Tally()
        masked = b"".join(masker.apply(block, spans, tally_here))
        for case, count in tally_here.actions.items():
            tally.actions[case] = tally.actions.get(case, 0) + count
        for rule, (places, spent) in matcher.costs(block).items():
            known = costs.get(rule, (0, 0.0))
            costs[rule] = known[0] + places, known[1] + spent
        if tally_here:
            yield from _lines(block, setup.examiner, masker, number, shown)
        number += block.count(b"\n")
        del masked
    yield from _table(tally, costs)
    megabytes = len(data) / 1e6
    speed = f", {megabytes / seconds:.0f} MB/s" if seconds else ""
    yield f"{len(data)} bytes, {number} lines, {sum(tally.actions.values())} secrets; judged in {seconds:.3f} s{speed}"
    if cut:
        yield f"Only the first {LARGEST >> 20} MiB were looked at."


def _blocks(data: bytes) -> Iterator[bytes]:
    """Blocks of whole lines, of about a megabyte; a block that spans lines may be cut, a report can bear that."""
    place = 0
    while place < len(data):
        end = data.find(b"\n", place + _BLOCK) + 1 or len(data)
        yield data[place:end]
        place = end


def _lines(block: bytes, examiner: Any, masker: Masker, number: int, shown: dict[str, int]) -> Iterator[str]:
    """The first lines of each rule, masked."""
    for line in block.split(b"\n"):
        number += 1
        spans = examiner.find(line)
        if not spans:
            continue
        tally = Tally()
        masked = b"".join(masker.apply(line, spans, tally))
        rules = sorted({rule for rule, _ in tally.actions})
        if all(shown.get(rule, 0) >= SHOWN for rule in rules):
            continue
        for rule in rules:
            shown[rule] = shown.get(rule, 0) + 1
        why = ", ".join(f"{rule} ({_reason(rule, spans)}{action})" for rule, action in sorted(tally.actions))
        text = masked.decode("utf-8", "replace")
        text = "".join(mark if mark.isprintable() else "·" for mark in text)
        yield f"line {number}: {why}"
        yield f"    {text if len(text) <= _WIDTH else text[:_WIDTH] + '…'}"


def _reason(rule: str, spans: list[Any]) -> str:
    if rule != KEY_NAME:
        return ""
    names = sorted({span.name for span in spans if span.rule == rule and span.name})
    return f"key {', '.join(names)}; " if names else ""


def _table(tally: Tally, costs: Mapping[str, tuple[int, float]]) -> Iterator[str]:
    """Masks and costs by rule: those that masked something, then the most expensive others."""
    rules = {rule for rule, _ in tally.actions}
    others = sorted((rule for rule in costs if rule not in rules), key=lambda rule: -costs[rule][1])[:10]
    yield f"{'rule':40} {'mask':10} {'masked':>8} {'looked at':>10} {'ms':>9}"
    for (rule, action), count in sorted(tally.actions.items(), key=lambda item: (-item[1], item[0])):
        places, spent = costs.get(rule, (0, 0.0))
        yield f"{rule:40} {action:10} {count:8} {places:10} {spent * 1e3:9.2f}"
    for rule in others:
        places, spent = costs[rule]
        yield f"{rule:40} {'-':10} {0:8} {places:10} {spent * 1e3:9.2f}"
