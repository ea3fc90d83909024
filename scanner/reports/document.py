"""What every report is made from: findings as plain rows, what their rules say, and what was examined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...patterns.errors import ScrubjayError
from ...patterns.release import VERSION

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..coverage import Coverage
    from ..finding import Finding

Row = dict[str, Any]
_TEXTS = ("rule", "path", "masked", "fingerprint", "confidence")
_NUMBERS = ("line", "column", "end_line", "end_column")
_ADDED = ("files", "blobs", "commits", "bytes")
_UNKNOWN = {"name": "", "risk": "standard", "revoke": ""}


class Document(NamedTuple):
    """Rows of findings, suppressed ones too; rules by id; the coverage and counts as in the JSON report.

    `repository` names what was scanned, and rows of a merged report have a key `repository` of their own.
    """

    rows: list[Row]
    rules: dict[str, dict[str, str]]
    coverage: dict[str, Any]
    repository: str = ""
    version: str = ""
    hidden: int = 0
    left_out: int = 0

    @property
    def counted(self) -> list[Row]:
        """The rows that count."""
        return [row for row in self.rows if not row["suppressed"]]

    @property
    def suppressed(self) -> list[Row]:
        """The rows that do not count."""
        return [row for row in self.rows if row["suppressed"]]

    @property
    def incomplete(self) -> bool:
        """True when something that should have been examined was not."""
        return bool(self.coverage.get("skipped"))

    def rule(self, name: str) -> dict[str, str]:
        """What a rule says of itself: `name`, `risk`, `revoke`."""
        return self.rules.get(name) or _UNKNOWN | {"name": name}

    def summary(self) -> dict[str, Any]:
        """Counts, as in the JSON report."""
        return {
            "secrets": len({row["fingerprint"] for row in self.counted}),
            "findings": len(self.counted),
            "suppressed": len(self.suppressed),
            "suppressed_by": suppressed_by(self.rows),
            "below_confidence": self.hidden,
            "left_out": self.left_out,
            "incomplete": self.incomplete,
        }

    def as_dict(self) -> dict[str, Any]:
        """The JSON report."""
        return {
            "tool": {"name": "scrubjay", "version": self.version},
            "repository": self.repository,
            "summary": self.summary(),
            "findings": self.rows,
            "rules": self.rules,
            "coverage": self.coverage,
        }


def suppressed_by(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count suppressed rows by what suppresses them: baseline, inline, allowed."""
    counts: dict[str, int] = {}
    for row in rows:
        if row["suppressed"]:
            kind = row["suppressed"].partition(":")[0]
            counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items()))


def build(
    findings: Sequence[Finding],
    coverage: Coverage,
    matcher: Matcher,
    *,
    ids: Mapping[str, Sequence[str]] | None = None,
    lives: Sequence[Mapping[str, Any]] = (),
    repository: str = "",
    hidden: int = 0,
    left_out: int = 0,
) -> Document:
    """Make a document. `ids` are entry ids of a baseline by fingerprint; `lives`, if given, one for each finding."""
    rows = [_row(finding) for finding in findings]
    for place, row in enumerate(rows):
        if lives:
            row["life"] = lives[place]
        if entry := (ids or {}).get(row["fingerprint"]):
            row["entry"] = entry[0]
    names = {row["rule"] for row in rows} | {one["rule"] for row in rows for one in row["paired"]}
    rules = {name: _rule(matcher, name) for name in sorted(names)}
    return Document(rows, rules, coverage.as_dict(), repository, VERSION, hidden, left_out)


def _row(finding: Finding) -> Row:
    shown = finding._asdict()
    shown["reasons"] = list(finding.reasons)
    shown["paired"] = [dict(zip(("rule", "line", "column", "masked"), one, strict=True)) for one in finding.paired]
    return shown


def _rule(matcher: Matcher, name: str) -> dict[str, str]:
    plan = matcher.plan(name)
    return {"name": plan.name, "risk": plan.risk, "revoke": plan.revoke}


def now() -> str:
    """The time, as ISO 8601 in UTC."""
    import time

    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def read(data: bytes, source: str) -> Document:
    """Read a JSON or JSON lines report. Raises ScrubjayError for anything else; `source` names it in the message."""
    import orjson

    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            found = {"findings": [orjson.loads(line) for line in data.splitlines() if line.strip()]}
        except orjson.JSONDecodeError:
            raise ScrubjayError(f"{source}: neither JSON nor JSON lines") from None
    if isinstance(found, dict) and "findings" not in found and "fingerprint" in found:
        found = {"findings": [found]}
    rows = found.get("findings") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise ScrubjayError(f"{source}: not a report of scrubjay; make one with --format json")
    for row in rows:
        for key, usual in (("suppressed", ""), ("marker", ""), ("kind", "file"), ("commit", None), ("snippet", "")):
            row.setdefault(key, usual)
        row.setdefault("reasons", [])
        row.setdefault("paired", [])
    rules = found.get("rules") if isinstance(found.get("rules"), dict) else {}
    coverage = found.get("coverage") if isinstance(found.get("coverage"), dict) else {}
    summary = found.get("summary") if isinstance(found.get("summary"), dict) else {}
    tool = found.get("tool") if isinstance(found.get("tool"), dict) else {}
    return Document(
        rows,
        {name: _UNKNOWN | {"name": name} | rule for name, rule in rules.items() if isinstance(rule, dict)},
        coverage,
        str(found.get("repository", "")),
        str(tool.get("version", "")),
        int(summary.get("below_confidence", 0)),
        int(summary.get("left_out", 0)),
    )


def _is_row(row: object) -> bool:
    return (
        isinstance(row, dict)
        and all(isinstance(row.get(key), str) for key in _TEXTS)
        and all(isinstance(row.get(key), int) for key in _NUMBERS)
    )


def merge(documents: Sequence[Document], labels: Sequence[str]) -> Document:
    """Join reports into one; each row says which of them it comes from. Equal rows of one repository are one."""
    rows: dict[bytes, Row] = {}
    import orjson

    rules: dict[str, dict[str, str]] = {}
    coverage: dict[str, Any] = {name: 0 for name in _ADDED} | {"skipped": [], "left_out": []}
    for document, label in zip(documents, labels, strict=True):
        for row in document.rows:
            named = row if row.get("repository") else row | {"repository": label}
            rows.setdefault(orjson.dumps(named, option=orjson.OPT_SORT_KEYS), named)
        rules |= document.rules
        for name in _ADDED:
            coverage[name] += document.coverage.get(name, 0)
        for name in ("skipped", "left_out"):
            coverage[name] += [
                gap | {"path": f"{label}: {gap.get('path', '')}"} for gap in document.coverage.get(name, [])
            ]
    return Document(
        list(rows.values()), dict(sorted(rules.items())), coverage, ", ".join(dict.fromkeys(labels)), VERSION,
        sum(document.hidden for document in documents), sum(document.left_out for document in documents),
    )  # fmt: skip
