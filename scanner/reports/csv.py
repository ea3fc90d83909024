"""CSV: one place a row, suppressed ones too. Cells that a spreadsheet would run as a formula begin with a quote."""

from __future__ import annotations

from typing import TextIO

from .document import Document
from .printable import printable

COLUMNS = (
    "rule", "name", "risk", "confidence", "repository", "path", "line", "column", "kind", "commit", "masked",
    "fingerprint", "suppressed", "first", "removed", "in_head", "owners", "age_days", "overdue", "revoke",
)  # fmt: skip


def write(document: Document, out: TextIO) -> None:
    """Write a heading and a row for each finding."""
    import csv

    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in document.rows:
        life = row.get("life") or {}
        cells = row | document.rule(row["rule"]) | {
            "first": (life.get("first") or {}).get("date", ""),
            "removed": (life.get("removed") or {}).get("date", ""),
            "in_head": life.get("in_head", ""),
            "owners": " ".join(life.get("owners", ())),
            "age_days": life.get("age_days", ""),
            "overdue": life.get("overdue", ""),
        }  # fmt: skip
        table.writerow([_cell(cells.get(column)) for column in COLUMNS])


def _cell(value: object) -> str:
    text = "" if value is None else printable(str(value))
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
