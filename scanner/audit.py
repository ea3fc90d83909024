"""The walk through findings that nobody has judged yet, and what the judgements say of the rules."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .reports.printable import printable

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .baseline import Baseline
    from .finding import Finding
    from .review import Reviewed

# Lines above and below a secret that are shown.
_AROUND = 3
_LONGEST = 200


class Item(NamedTuple):
    """One secret to judge: its places, and its ids in the baseline."""

    places: list[Finding]
    ids: tuple[str, ...]


class Tally(NamedTuple):
    """What was judged of one rule."""

    rule: str
    real: int
    false: int
    open: int

    @property
    def precision(self) -> float | None:
        """The share of real secrets among the judged ones."""
        judged = self.real + self.false
        return self.real / judged if judged else None


def items(reviewed: Reviewed, baseline: Baseline) -> list[Item]:
    """Return the secrets without a verdict, in the order of their places; those that are known come too."""
    judged = {entry.id for entry in baseline.entries if entry.audit}
    grouped: dict[str, list[Finding]] = {}
    for finding in [*reviewed.findings, *reviewed.suppressed]:
        if not finding.suppressed.startswith(("inline:", "allowed:")):
            grouped.setdefault(finding.fingerprint, []).append(finding)
    found = [Item(places, tuple(reviewed.ids.get(name, ()))) for name, places in grouped.items()]
    return [item for item in found if item.ids and not judged & set(item.ids)]


def context(matcher: Matcher, root: str, finding: Finding) -> list[str]:
    """Return the lines around a finding, numbered, with all secrets masked; its snippet where the file is not there."""
    path = os.path.join(root, finding.path)
    if finding.kind == "file" and not finding.commit and os.path.isfile(path):
        with open(path, "rb") as file:
            data = file.read(1 << 24)
        if b"\0" not in data:
            return _masked_lines(matcher, data, finding)
    return [f"> {printable(finding.snippet)}"] if finding.snippet else []


def _masked_lines(matcher: Matcher, data: bytes, finding: Finding) -> list[str]:
    first, last = max(1, finding.line - _AROUND), finding.end_line + _AROUND
    starts = [0]
    for _ in range(last):
        end = data.find(b"\n", starts[-1])
        if end < 0:
            break
        starts.append(end + 1)
    # A mask keeps the line breaks of what it covers, so that the numbers stay.
    masked, place = [], 0
    for match in matcher.find(data):
        masked += [data[place : match.start], match.masked.encode() + b"\n" * data.count(b"\n", match.start, match.end)]
        place = match.end
    lines = b"".join([*masked, data[place:]]).split(b"\n")
    shown = []
    for number in range(first, min(last, len(lines)) + 1):
        mark = ">" if finding.line <= number <= finding.end_line else " "
        text = lines[number - 1].decode("utf-8", "replace").rstrip("\r")
        shown.append(f"{mark} {number:>5} {printable(text[:_LONGEST])}")
    return shown


def tallies(baseline: Baseline) -> list[Tally]:
    """Return the verdicts by rule."""
    rules: dict[str, list[int]] = {}
    for entry in baseline.entries:
        counts = rules.setdefault(entry.rule, [0, 0, 0])
        counts[("true", "false", "").index(entry.audit)] += 1
    return [Tally(rule, *counts) for rule, counts in sorted(rules.items())]


def heading(matcher: Matcher, item: Item, number: int, count: int) -> Sequence[str]:
    """The lines that introduce a secret."""
    first = item.places[0]
    plan = matcher.plan(first.rule)
    lines = [
        f"[{number}/{count}] {plan.name}: {printable(first.masked)} [{first.rule}, {first.confidence} confidence]",
        f"  {_place(first)}",
    ]
    if len(item.places) > 1:
        lines.append(f"  the same secret in {len(item.places)} places: {_places(item.places[1:])}")
    if first.suppressed:
        lines.append(f"  {printable(first.suppressed)}")
    return lines


def _place(finding: Finding) -> str:
    commit = f"{finding.commit[:12]}:" if finding.commit else ""
    return f"{commit}{printable(finding.path)}:{finding.line}:{finding.column}"


def _places(findings: Iterable[Finding]) -> str:
    listed = [_place(finding) for finding in findings]
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")
