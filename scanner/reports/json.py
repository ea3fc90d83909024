"""The JSON report: everything in one document."""

from __future__ import annotations

from typing import TextIO

from .document import Document


def write(document: Document, out: TextIO) -> None:
    """Write the document, indented."""
    import orjson

    text = orjson.dumps(document.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if binary := getattr(out, "buffer", None):
        # There may be megabytes of it, which need not become text and bytes again.
        out.flush()
        binary.write(text)
    else:
        out.write(text.decode())
