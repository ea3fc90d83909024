"""What rules cost: the speed of one alone, by this machine, and candidates in a fixed text, the same on every one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .load import plan
from .matcher import Matcher, engine_class
from .rule import Rule

# Candidates a megabyte of `corpus.made()` that one rule may have, and all rules together; each costs some microseconds.
MOST_OF_A_RULE = 10.0
MOST_OF_A_GENERIC_RULE = 60.0
MOST_OF_ALL = 150.0


class Cost(NamedTuple):
    """What one rule alone costs: bytes a second of its candidate stage, and candidates and matches a megabyte."""

    rule: str
    bytes_per_second: float
    candidates_per_mb: float
    matches_per_mb: float


def cost(rule: Rule, data: bytes, repeats: int = 3) -> Cost:
    """Measure one rule alone on `data`; needs the Hyperscan engine."""
    from time import process_time

    engine = engine_class("hyperscan")([plan(rule)])
    times = []
    regions: dict[int, list[tuple[int, int]]] = {}
    for _ in range(repeats):
        begin = process_time()
        regions, _ = engine.candidates(data)
        times.append(process_time() - begin)
    megabytes = len(data) / 1e6
    matches = len(Matcher([rule], engine="hyperscan").find(data))
    return Cost(rule.id, len(data) / min(times), len(regions.get(0, [])) / megabytes, matches / megabytes)


def counts(rules: Sequence[Rule], data: bytes) -> dict[str, float]:
    """Return the candidates a megabyte of each rule, all rules together in one pass; needs the Hyperscan engine."""
    regions, _ = engine_class("hyperscan")([plan(rule) for rule in rules]).candidates(data)
    return {rule.id: len(regions.get(index, ())) / (len(data) / 1e6) for index, rule in enumerate(rules)}


def over_budget(rules: Sequence[Rule], found: Mapping[str, float]) -> Iterator[str]:
    """Yield what has more candidates than its budget; `found` are the `counts` in `corpus.made()`."""
    for rule in rules:
        most = MOST_OF_A_GENERIC_RULE if rule.generic else MOST_OF_A_RULE
        if found[rule.id] > most:
            yield f"{rule.id}: {found[rule.id]:.1f} candidates a megabyte, over the budget of {most:g}"
    if (total := sum(found.values())) > MOST_OF_ALL:
        yield f"all rules: {total:.1f} candidates a megabyte, over the budget of {MOST_OF_ALL:g}"
