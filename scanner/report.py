"""Writes findings and coverage: text for people, JSON and JSON lines for programs. Secrets appear masked only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from .coverage import Coverage
from .finding import Finding

if TYPE_CHECKING:
    from ..patterns import Matcher

FORMATS = ("text", "json", "jsonl")
_ORDER = {"low": 0, "medium": 1, "high": 2}
CLEAN, FOUND, INCOMPLETE = 0, 1, 3


def at_least(findings: Sequence[Finding], confidence: str) -> list[Finding]:
    """Return the findings of this confidence or a higher one."""
    return [finding for finding in findings if _ORDER[finding.confidence] >= _ORDER[confidence]]


def exit_code(findings: Sequence[Finding], coverage: Coverage) -> int:
    """0 when everything was examined and nothing found, 1 with findings, 3 when something was not examined."""
    return FOUND if findings else INCOMPLETE if coverage.incomplete else CLEAN


def write(findings: Sequence[Finding], coverage: Coverage, form: str, out: TextIO, matcher: Matcher) -> None:
    """Write findings to `out` in one of FORMATS."""
    if form == "text":
        _text(findings, out, matcher)
    elif form == "json":
        document = {"findings": [row(finding) for finding in findings], "coverage": coverage.as_dict()}
        out.write(_json(document, indent=True) + "\n")
    else:
        for finding in findings:
            out.write(_json(row(finding)) + "\n")
    out.flush()


def summary(findings: Sequence[Finding], hidden: int, coverage: Coverage) -> str:
    """Return the closing lines for people: what was examined, what was found, what could not be seen."""
    lines = [f"scrubjay: {coverage.summary()}: {_count(len(findings), 'finding')}"]
    if hidden:
        lines[0] += f" ({hidden} of low confidence not shown; --min-confidence low shows them)"
    for path, reason in coverage.skipped:
        lines.append(f"scrubjay: not examined: {printable(path)}: {reason}")
    if coverage.incomplete:
        lines.append(f"scrubjay: INCOMPLETE: {_count(len(coverage.skipped), 'item')} could not be examined")
    return "\n".join(lines) + "\n"


def printable(text: str) -> str:
    """Return text that can't move the cursor or start a new line on a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _count(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun if count == 1 else noun + 's'}"


def _text(findings: Sequence[Finding], out: TextIO, matcher: Matcher) -> None:
    for finding in findings:
        rule = matcher.plan(finding.rule)
        where = {"path": " (in the name)", "symlink": " (link target)", "message": " (commit message)"}
        commit = f"{finding.commit[:12]}:" if finding.commit else ""
        place = f"{commit}{printable(finding.path)}:{finding.line}:{finding.column}{where.get(finding.kind, '')}"
        out.write(f"{place}: {rule.name}: {finding.masked} [{finding.rule}, {finding.confidence} confidence]\n")
        for name, line, column, masked in finding.paired:
            out.write(f"    with line {line}:{column}: {matcher.plan(name).name}: {masked} [{name}]\n")
        if rule.revoke:
            out.write(f"    revoke: {rule.revoke}\n")


def row(finding: Finding) -> dict[str, Any]:
    """Return a finding as the JSON reports show it."""
    shown = finding._asdict()
    shown["reasons"] = list(finding.reasons)
    shown["paired"] = [dict(zip(("rule", "line", "column", "masked"), one, strict=True)) for one in finding.paired]
    return shown


def _json(value: object, indent: bool = False) -> str:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0).decode()
