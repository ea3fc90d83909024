"""A Markdown summary for a job's page or a merge request: counts, and a table of the secrets, worst first."""

from __future__ import annotations

import re
from typing import TextIO

from .document import Document
from .groups import ADVICE, Group, grouped, place
from .printable import printable

_RISKS = {"high": 0, "standard": 1, "low": 2}
# Job pages have a limit; the other formats have everything.
_SHOWN = 100


def write(document: Document, out: TextIO) -> None:
    """Write the summary."""
    summary = document.summary()
    groups = sorted(grouped(document.counted), key=lambda group: _worst(document, group))
    out.write("## Secrets\n\n")
    if not groups:
        out.write("No secrets found.\n" if not document.incomplete else "Nothing found in what could be examined.\n")
    else:
        out.write(f"**{_count(len(groups), 'secret')}** in {_count(len(document.counted), 'place')}.\n\n")
        out.write("| risk | what | where | confidence | revoke |\n|---|---|---|---|---|\n")
        for group in groups[:_SHOWN]:
            row, rule = group.row, document.rule(group.row["rule"])
            where = f"{_code(place(row))}{'; ' + _text(group.shared) if group.shared else ''}"
            cells = [rule["risk"], f"{_text(rule['name'] or row['rule'])} {_code(row['masked'])}", where]
            out.write("| " + " | ".join([*cells, row["confidence"], _text(rule["revoke"])]) + " |\n")
        if len(groups) > _SHOWN:
            out.write(f"\nand {len(groups) - _SHOWN} more.\n")
        out.write("\n" + "".join(f"{number}. {line}\n" for number, line in enumerate(ADVICE, 1)))
    if document.incomplete:
        out.write("\n**Incomplete**: not everything could be examined.\n\n")
        for gap in document.coverage["skipped"][:_SHOWN]:
            out.write(f"- {_code(gap['path'])}: {_text(gap['reason'])}\n")
    if summary["suppressed"]:
        kinds = ", ".join(f"{kind} {count}" for kind, count in summary["suppressed_by"].items())
        out.write(f"\nSuppressed: {summary['suppressed']} ({kinds}).\n")


def _worst(document: Document, group: Group) -> tuple[int, str, int]:
    return _RISKS.get(document.rule(group.row["rule"])["risk"], 1), group.row["path"], group.row["line"]


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _text(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", printable(text))


def _code(text: str) -> str:
    return (
        "<code>"
        + "".join(f"&#{ord(char)};" if char in "<>&|`*_[]\\~" else char for char in printable(text))
        + "</code>"
    )
