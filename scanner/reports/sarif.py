"""SARIF 2.1.0: one result for each secret, its other places as related locations, suppressed ones marked as such."""

from __future__ import annotations

from typing import Any, TextIO

from .document import Document, Row
from .groups import Group, grouped, in_file, place

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"high": "error", "standard": "error", "low": "warning"}
# GitHub reads it as a score: 9 and more is critical, 7 and more is high.
_SEVERITY = {"high": "9.5", "standard": "8.0", "low": "5.0"}


def write(document: Document, out: TextIO) -> None:
    """Write one run."""
    import orjson

    names = sorted({row["rule"] for row in document.rows})
    index = {name: number for number, name in enumerate(names)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "scrubjay",
                "semanticVersion": document.version or "0.0.0",
                "rules": [_rule(document, name) for name in names],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(document)],
        "results": [
            _result(document, group, index)
            for rows in (document.counted, document.suppressed)
            for group in grouped(rows)
        ],
        "properties": document.summary(),
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    out.write(orjson.dumps(log, option=orjson.OPT_INDENT_2).decode() + "\n")


def _rule(document: Document, name: str) -> dict[str, Any]:
    rule = document.rule(name)
    help_text = f"Revoke: {rule['revoke']}" if rule["revoke"] else "Replace it where it was made."
    return {
        "id": name,
        "name": rule["name"] or name,
        "shortDescription": {"text": rule["name"] or name},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": _LEVELS.get(rule["risk"], "error")},
        "properties": {"tags": ["security", "secret"], "security-severity": _SEVERITY.get(rule["risk"], "8.0")},
    }


def _invocation(document: Document) -> dict[str, Any]:
    gaps = document.coverage.get("skipped", [])
    found: dict[str, Any] = {"executionSuccessful": not gaps}
    if gaps:
        found["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": f"not examined: {gap['path']}: {gap['reason']}"}} for gap in gaps
        ]
    return found


def _result(document: Document, group: Group, index: dict[str, int]) -> dict[str, Any]:
    row = group.row
    rule = document.rule(row["rule"])
    words = [f"{rule['name'] or row['rule']}: {row['masked']}"]
    if group.shared:
        words.append(group.shared)
    level = "note" if row["confidence"] == "low" else _LEVELS.get(rule["risk"], "error")
    result: dict[str, Any] = {
        "ruleId": row["rule"],
        "ruleIndex": index[row["rule"]],
        "level": level,
        "message": {"text": "; ".join(words)},
        "locations": [_location(row)],
        # A baseline's id is the same on every machine; a fingerprint is so where SCRUBJAY_KEY is set.
        "partialFingerprints": {"scrubjay/v1": row.get("entry") or row["fingerprint"]},
        "properties": {"confidence": row["confidence"], "places": len(group.rows)},
    }
    if len(group.rows) > 1:
        result["relatedLocations"] = [
            _location(other) | {"id": number, "message": {"text": "the same secret"}}
            for number, other in enumerate(group.rows[1:], 1)
        ]
    if row["suppressed"]:
        kind = "inSource" if row["suppressed"].startswith("inline:") else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": row["suppressed"]}]
    return result


def _quoted(path: str) -> str:
    safe = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
    return "".join(chr(byte) if byte in safe else f"%{byte:02X}" for byte in path.encode("utf-8", "surrogateescape"))


def _location(row: Row) -> dict[str, Any]:
    if not in_file(row):
        return {"logicalLocations": [{"fullyQualifiedName": place(row), "kind": "resource"}]}
    artifact: dict[str, Any] = {"uri": _quoted(row["path"])}
    if not row["path"].startswith("/"):
        artifact["uriBaseId"] = "%SRCROOT%"
    physical: dict[str, Any] = {"artifactLocation": artifact}
    if row["kind"] in ("file", "blob"):
        region: dict[str, Any] = {
            "startLine": row["line"], "startColumn": row["column"],
            "endLine": row["end_line"], "endColumn": row["end_column"],
        }  # fmt: skip
        if row["snippet"]:
            region["snippet"] = {"text": row["snippet"]}
        physical["region"] = region
    return {"physicalLocation": physical}
