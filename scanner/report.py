"""How a scan ends: its exit code and closing lines. The reports themselves are in reports/."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .coverage import Coverage
    from .finding import Finding

_ORDER = {"low": 0, "medium": 1, "high": 2}
CLEAN, FOUND, INCOMPLETE = 0, 1, 3


def at_least(findings: Sequence[Finding], confidence: str) -> list[Finding]:
    """Return the findings of this confidence or a higher one."""
    return [finding for finding in findings if _ORDER[finding.confidence] >= _ORDER[confidence]]


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


def printable(text: str) -> str:
    """Return text that can't move the cursor or start a new line on a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _count(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun if count == 1 else noun + 's'}"


def row(finding: Finding) -> dict[str, Any]:
    """Return a finding as the JSON reports show it."""
    shown = finding._asdict()
    shown["reasons"] = list(finding.reasons)
    shown["paired"] = [dict(zip(("rule", "line", "column", "masked"), one, strict=True)) for one in finding.paired]
    return shown
