"""GitLab's secret detection report, version 15: one vulnerability for each secret that counts."""

from __future__ import annotations

from typing import Any, TextIO

from .document import Document, now
from .groups import Group, grouped, place
from .printable import printable

VERSION = "15.2.1"
_SEVERITY = {"high": "Critical", "standard": "High", "low": "Medium"}
_NO_COMMIT = "0000000"
# Places of one secret that are listed.
_SHOWN = 50


def write(document: Document, out: TextIO) -> None:
    """Write the report; suppressed findings are only counted, in a message of the scan."""
    import orjson

    made = now().removesuffix("Z")
    tool = {
        "id": "scrubjay",
        "name": "scrubjay",
        "version": document.version or "0.0.0",
        "vendor": {"name": "scrubjay"},
    }
    report = {
        "version": VERSION,
        "scan": {
            "type": "secret_detection",
            "start_time": made,
            "end_time": made,
            "status": "failure" if document.incomplete else "success",
            "analyzer": tool,
            "scanner": tool,
            "messages": _messages(document),
        },
        "vulnerabilities": [_vulnerability(document, group) for group in grouped(document.counted)],
    }
    out.write(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode() + "\n")


def _messages(document: Document) -> list[dict[str, str]]:
    messages = [
        {"level": "warn", "value": f"not examined: {gap['path']}: {gap['reason']}"}
        for gap in document.coverage.get("skipped", [])
    ]
    if count := len(document.suppressed):
        messages.append({"level": "info", "value": f"suppressed findings: {count}"})
    return messages


def _vulnerability(document: Document, group: Group) -> dict[str, Any]:
    from uuid import NAMESPACE_URL, uuid5

    row = group.row
    rule = document.rule(row["rule"])
    name = rule["name"] or row["rule"]
    described = [f"{name} {row['masked']}, {row['confidence']} confidence."]
    if group.shared:
        described.append(f"It is {group.shared}.")
    found: dict[str, Any] = {
        "id": str(uuid5(NAMESPACE_URL, "scrubjay:" + (row.get("entry") or row["fingerprint"]))),
        "name": name[:255],
        "description": " ".join(described),
        "severity": _SEVERITY.get(rule["risk"], "High"),
        "solution": f"Revoke: {rule['revoke']}" if rule["revoke"] else "Replace it where it was made.",
        "identifiers": [{"type": "scrubjay_rule_id", "name": f"scrubjay {row['rule']}", "value": row["rule"]}],
        "location": {
            "file": row["path"],
            "commit": {"sha": row["commit"] or _NO_COMMIT},
            "start_line": row["line"],
            "end_line": row["end_line"],
        },
    }
    if row["snippet"]:
        found["raw_source_code_extract"] = row["snippet"]
    if len(group.rows) > 1:
        items = [{"type": "text", "value": printable(place(other))} for other in group.rows[1 : _SHOWN + 1]]
        found["details"] = {"places": {"name": "The same secret", "type": "list", "items": items}}
    return found
