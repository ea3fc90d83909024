"""Annotations of GitHub Actions: workflow commands on the lines that the secrets are in."""

from __future__ import annotations

from typing import TextIO

from .document import Document
from .groups import grouped, in_file
from .printable import printable


def write(document: Document, out: TextIO) -> None:
    """Write a command for each place of each secret that counts, for each gap, and one that counts suppressed ones."""
    for group in grouped(document.counted):
        rule = document.rule(group.row["rule"])
        shared = f"; {group.shared}" if group.shared else ""
        revoke = f"; revoke: {rule['revoke']}" if rule["revoke"] else ""
        for row in group.rows:
            level = "warning" if row["confidence"] == "low" else "error"
            properties = {"title": f"scrubjay: {rule['name'] or row['rule']}"}
            if in_file(row):
                properties |= {"file": row["path"], "line": str(row["line"]), "endLine": str(row["end_line"])}
                if row["line"] == row["end_line"]:
                    properties |= {"col": str(row["column"]), "endColumn": str(row["end_column"])}
            text = f"{row['masked']} [{row['rule']}, {row['confidence']} confidence]{shared}{revoke}"
            _say(out, level, properties, text)
    for gap in document.coverage.get("skipped", []):
        _say(out, "error", {"title": "scrubjay: not examined"}, f"{gap['path']}: {gap['reason']}")
    if count := len(document.suppressed):
        _say(out, "notice", {"title": "scrubjay"}, f"suppressed findings: {count}")


def _say(out: TextIO, level: str, properties: dict[str, str], text: str) -> None:
    listed = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    out.write(f"::{level} {listed}::{_escaped(text)}\n")


def _escaped(text: str, more: str = "") -> str:
    return "".join(f"%{ord(char):02X}" if char in "%\r\n" + more else printable(char) for char in text)
