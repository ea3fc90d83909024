"""The report formats: each is a module with `write(document, out)`, imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from .document import Document

# name: what it is for
FORMATS = {
    "text": "for people",
    "json": "everything, one document; `scrubjay report` turns it into the others",
    "jsonl": "one finding a line",
    "sarif": "SARIF 2.1.0, for code scanning",
    "gitlab": "GitLab's secret detection report",
    "junit": "JUnit XML, for CI servers",
    "csv": "one place a row, for spreadsheets",
    "github": "annotations of GitHub Actions",
    "markdown": "a summary for a job or a merge request",
    "html": "one file with a timeline and filters, to open in a browser",
}


def write(document: Document, form: str, out: TextIO) -> None:
    """Write a document to `out` in one of FORMATS."""
    import_module(f"{__name__}.{form}").write(document, out)
    out.flush()
