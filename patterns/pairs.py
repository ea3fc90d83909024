"""Joins what belongs together: the id of a key with the key's secret half, so that both are one finding.

Only identifiers join. Two halves that are secrets by themselves stay two, so that none can hide behind another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from .match import Match

# Bytes between the halves at most: neighbours in a file of settings, a few lines apart in code.
REACH = 400


class Pair(NamedTuple):
    """A match with the identifiers of its key, usually none or one; its confidence and reasons tell of both."""

    match: Match
    identifiers: tuple[Match, ...] = ()


def paired(matches: Sequence[Match], partners: Mapping[str, Set[str]]) -> list[Pair]:
    """Return the matches (in order, without overlaps) with identifiers joined to the nearest secret that takes them.

    `partners` are the rules of identifiers by the id of a secret's rule: `Matcher.partners`. A secret takes one match
    of each such rule; an identifier that finds no secret stays a match of its own.
    """
    if len(matches) < 2 or not any(match.rule in partners for match in matches):
        return [Pair(match) for match in matches]
    taken: dict[int, list[int]] = {}
    joined: set[int] = set()
    for _, secret, identifier in sorted(_near(matches, partners)):
        others = taken.setdefault(secret, [])
        if identifier not in joined and all(matches[other].rule != matches[identifier].rule for other in others):
            others.append(identifier)
            joined.add(identifier)
    return [
        _pair(match, [matches[other] for other in sorted(taken.get(place, []))])
        for place, match in enumerate(matches)
        if place not in joined
    ]


def _near(matches: Sequence[Match], partners: Mapping[str, Set[str]]) -> list[tuple[int, int, int]]:
    """Return (bytes between them, place of the secret, place of the identifier) of all that may belong together."""
    found = []
    for place, match in enumerate(matches):
        names = partners.get(match.rule)
        if not names:
            continue
        for step in (-1, 1):
            other = place + step
            while 0 <= other < len(matches):
                gap = max(matches[other].start - match.end, match.start - matches[other].end)
                if gap > REACH:
                    break
                if matches[other].rule in names:
                    found.append((gap, place, other))
                other += step
    return found


def _pair(match: Match, identifiers: list[Match]) -> Pair:
    if not identifiers:
        return Pair(match)
    levels = {match.confidence, *(other.confidence for other in identifiers)}
    # Each half alone may be a chance; side by side they are none.
    confidence = "high" if "low" not in levels or "high" in levels else "medium" if "medium" in levels else "low"
    reasons = dict.fromkeys(reason for part in (match, *identifiers) for reason in part.reasons)
    return Pair(
        match._replace(confidence=confidence, reasons=(*reasons, "the id of its key is near")), tuple(identifiers)
    )
