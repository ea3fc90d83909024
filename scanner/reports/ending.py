"""How a scan ends: its exit code and closing lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...patterns.rule import CONFIDENCES
from .printable import printable

if TYPE_CHECKING:
    from ..coverage import Coverage
    from ..finding import Finding

CLEAN, FOUND, INCOMPLETE = 0, 1, 3


def at_least(findings: Sequence[Finding], confidence: str) -> list[Finding]:
    """Return the findings of this confidence or a higher one."""
    wanted = CONFIDENCES[CONFIDENCES.index(confidence) :]
    return [finding for finding in findings if finding.confidence in wanted]


def exit_code(findings: Sequence[Finding], coverage: Coverage) -> int:
    """0 when everything was examined and nothing found, 1 with findings, 3 when something was not examined."""
    return FOUND if findings else INCOMPLETE if coverage.incomplete else CLEAN


def summary(
    findings: Sequence[Finding], hidden: int, coverage: Coverage, suppressed: int = 0, left_out: int = 0
) -> str:
    """Return the closing lines for people: what was examined and found, what does not count, what was not seen."""
    lines = [f"scrubjay: {coverage.summary()}: {_count(len(findings), 'finding')}"]
    if suppressed:
        lines[0] += f", {suppressed} suppressed"
    if hidden:
        lines[0] += f" ({hidden} of low confidence not shown; --min-confidence low shows them)"
    if left_out:
        lines[0] += f" ({left_out} left out by the settings)"
    for path, reason in coverage.skipped:
        lines.append(f"scrubjay: not examined: {printable(path)}: {reason}")
    if coverage.incomplete:
        lines.append(f"scrubjay: INCOMPLETE: {_count(len(coverage.skipped), 'item')} could not be examined")
    return "\n".join(lines) + "\n"


def _count(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun if count == 1 else noun + 's'}"
