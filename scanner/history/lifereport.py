"""Writes secrets with their lives as text, JSON and JSON lines; other formats get the findings alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from .. import reports
from ..reports import text
from ..reports.printable import printable

if TYPE_CHECKING:
    from ..reports.document import Document
    from .life import Life, Secret

_SHOWN_REFS = 5


def write(secrets: Sequence[Secret], document: Document, form: str, out: TextIO) -> None:
    """Write secrets to `out` in one of the report formats; `document` is made of the same secrets, and suppressed ones.

    Text has the life of each, the other formats are made from the document alone.
    """
    if form != "text":
        reports.write(document, form, out)
        return
    for secret, row in zip(secrets, document.counted, strict=True):
        text.blocks(document._replace(rows=[row]), out)
        for line in _lines(secret.life):
            out.write(f"    {printable(line)}\n")
    text.closing(document, out)
    out.flush()


def row(life: Life) -> dict[str, Any]:
    """A life as in JSON."""
    told = life._asdict()
    if told["all_places"]:
        told["all_places"] = [place._asdict() for place in told["all_places"]]
    else:
        del told["all_places"]
    return told


def _lines(life: Life) -> list[str]:
    lines = []
    if life.first and life.last:
        lines.append(f"first: {_commit(life.first)} in {life.first['path']}")
        if life.places > 1:
            lines.append(f"last: {_commit(life.last)} in {life.last['path']}; {life.places} places")
    else:
        lines.append("in no commit: it is dangling, only staged, or a name")
    lines.append(_held(life))
    if life.age_days is not None:
        late = ": OVERDUE" if life.overdue else ""
        lines.append(
            f"age: {_days(life.age_days)}; {life.risk} risk, to be replaced after {_days(life.rotate_after_days)}{late}"
        )
    if life.owners:
        lines.append(f"owner: {', '.join(life.owners)}")
    for place in life.all_places:
        at = f"{place.commit[:12]}:" if place.commit else ""
        lines.append(f"place: {at}{place.path}:{place.line}:{place.column}")
    return lines


def _held(life: Life) -> str:
    where = "in HEAD" if life.in_head else "not in HEAD"
    if life.removed:
        where += f", taken out by {_commit(life.removed)}"
    if not life.refs:
        return f"{where}; no ref holds it in its files" if not life.in_head else where
    shown = ", ".join(life.refs[:_SHOWN_REFS])
    more = f" and {len(life.refs) - _SHOWN_REFS} more" if len(life.refs) > _SHOWN_REFS else ""
    return f"{where}; held by {shown}{more}"


def _commit(told: dict[str, Any]) -> str:
    return f"{told['date'][:10]} {told['commit'][:12]} {told['author']}"


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
