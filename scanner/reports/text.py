"""The report for people: a block for each secret, with its line, its other places, and where to revoke it."""

from __future__ import annotations

from typing import TextIO

from .document import Document
from .groups import ADVICE, Group, grouped, place
from .printable import printable

# Places of one secret that are listed.
_SHOWN = 50


def write(document: Document, out: TextIO) -> None:
    """Write the findings that count, then what to do, then how many are suppressed."""
    blocks(document, out)
    closing(document, out)


def closing(document: Document, out: TextIO) -> None:
    """Write what to do, and how many findings are suppressed."""
    if document.counted:
        out.write("\nWhat to do:\n")
        for number, line in enumerate(ADVICE, 1):
            out.write(f"  {number}. {line}\n")
    if document.suppressed:
        kinds = ", ".join(f"{kind} {count}" for kind, count in document.summary()["suppressed_by"].items())
        out.write(f"\nsuppressed: {len(document.suppressed)} ({kinds})\n")


def blocks(document: Document, out: TextIO) -> None:
    """Write a block for each secret that counts."""
    for group in grouped(document.counted):
        _block(document, group, out)


def _block(document: Document, group: Group, out: TextIO) -> None:
    first, rule = group.row, document.rule(group.row["rule"])
    for row in group.rows[:_SHOWN]:
        out.write(
            f"{printable(place(row))}: {rule['name']}: {printable(row['masked'])} [{row['rule']}, "
            f"{row['confidence']} confidence]\n"
        )
    if len(group.rows) > _SHOWN:
        out.write(f"    and {len(group.rows) - _SHOWN} more places\n")
    if group.shared:
        out.write(f"    {printable(group.shared)}\n")
    if first["snippet"]:
        out.write(f"    | {printable(first['snippet'])}\n")
    for pair in first["paired"]:
        name = document.rule(pair["rule"])["name"]
        out.write(f"    with line {pair['line']}:{pair['column']}: {name}: {pair['masked']} [{pair['rule']}]\n")
    for note in first["reasons"]:
        if note.startswith(("its entry in the baseline", "its marker", "markers in the line")):
            out.write(f"    note: {note}\n")
    if rule["revoke"]:
        out.write(f"    revoke: {rule['revoke']}\n")
