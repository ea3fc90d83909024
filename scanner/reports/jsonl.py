"""JSON lines: one finding a line, suppressed ones too."""

from __future__ import annotations

from typing import TextIO

from .document import Document


def write(document: Document, out: TextIO) -> None:
    """Write a line for each finding."""
    import orjson

    for row in document.rows:
        out.write(orjson.dumps(row).decode() + "\n")
