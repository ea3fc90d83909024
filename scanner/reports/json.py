"""The JSON report: everything in one document."""

from __future__ import annotations

from typing import TextIO

from .document import Document


def write(document: Document, out: TextIO) -> None:
    """Write the document, indented."""
    import orjson

    out.write(orjson.dumps(document.as_dict(), option=orjson.OPT_INDENT_2).decode() + "\n")
