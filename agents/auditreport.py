"""The audit for people: if its chain holds, and its rows as lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ..patterns.errors import ScrubjayError
from ..sanitizer.audit import HEAD, Head, check, read_head

_MOST = 100


def verified(paths: Sequence[str], noted: str = "") -> tuple[list[str], bool]:
    """Return lines that say if the chain of audit files holds, the oldest first, and True if it does.

    `noted` is a head that was noted elsewhere, as it was printed. Raises ScrubjayError for a file that can't be read.
    """
    wanted = Head.parse(noted) if noted else None
    if noted and wanted is None:
        raise ScrubjayError("--head wants what `verify` printed: a number, a colon and 64 hexadecimal digits")
    head, lines, broken, met = Head(), [], 0, wanted is None
    for path in paths:
        # Before the file, which may grow meanwhile.
        recorded = read_head(path)
        try:
            with open(path, "rb") as file:
                found = check(file, head, [one for one in (recorded, wanted) if one])
        except OSError as error:
            raise ScrubjayError(f"can't read the audit file {path}: {error.strerror}") from None
        breaks = [f"{path}:{one.line}: {one.what}" for one in found.breaks]
        head, met = found.head, met or wanted in found.met
        if recorded and recorded.number > head.number:
            breaks.append(f"{path}: the rows after {head.number} are missing: the last one was {recorded.number}")
        if recorded is None and path == paths[-1]:
            lines.append(f"{path}: note: without {path}{HEAD} nobody can say if rows at its end are missing")
        lines += [*breaks[:_MOST], *(f"{path}: note: {note}" for note in found.notes)]
        if len(breaks) > _MOST:
            lines.append(f"{path}: and {len(breaks) - _MOST} more")
        broken += len(breaks)
    if not met:
        broken += 1
        lines.append(f"{paths[-1]}: the row that was noted is not there as it was")
    lines.append(f"the chain breaks at {broken} places" if broken else f"the chain holds: {head.number} rows")
    lines.append(f"head {head}")
    return lines, not broken


def shown(path: str, events: Sequence[str] = (), receiver: str = "") -> Iterator[str]:
    """Yield a line for each row of an audit file, or for those of some events and of one receiver."""
    with open(path, encoding="utf-8", errors="backslashreplace") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                yield f"line {number} can't be read"
            elif (not events or row.get("event") in events) and receiver in ("", row.get("receiver")):
                yield _line(row)


_FIRST = ("time", "event", "receiver", "classes", "labels", "place")
_PLAIN = frozenset((*_FIRST, "n", "chain", "source"))


def _line(row: dict[str, Any]) -> str:
    """A row in words: when, what became of it, where to, what it was, and all else that it says."""
    classes, labels = row.get("classes") or [], row.get("labels") or []
    words = [str(row.get("time", ""))[:23], f"{row.get('event', ''):9}"]
    if "receiver" in row:
        words.append(str(row["receiver"]))
    if row.get("place"):
        words.append(f"{row['place']}:")
    if classes:
        words.append("+".join(map(str, classes)))
    if labels:
        words.append(f"by {', '.join(map(str, labels))}")
    words.append(str(row.get("source", "")))
    words += [f"{name}={value}" for name, value in row.items() if name not in _PLAIN]
    # What comes from elsewhere must not move the cursor.
    return "".join(char if char.isprintable() else "?" for char in " ".join(words))
