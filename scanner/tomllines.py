"""Finds the line of a key in TOML text, which tomllib does not tell; for messages only."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TABLE = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_WHERE = re.compile(r"\(at line (\d+), column \d+\)")
_END = "(at end of document)"
_INSIDE = ('"""', "'''")


def line_of(text: str, place: Sequence[str | int]) -> int:
    """Return the line, counted from 1, of a key such as ("paths", "exclude") or ("allow", 0, "reason").

    For a key that is missing it is the line of its table, or else 1.
    """
    wanted = tuple(place)
    best, length = 1, 0
    for number, found in _keys(text):
        common = 0
        while common < min(len(found), len(wanted)) and found[common] == wanted[common]:
            common += 1
        if common > length:
            best, length = number, common
    return best


def _keys(text: str) -> list[tuple[int, tuple[str | int, ...]]]:
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    found: list[tuple[int, tuple[str | int, ...]]] = []
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        head = _TABLE.fullmatch(line)
        key = None if head else _KEY.match(line)
        if head:
            table = _parts(head[2])
            if head[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            elif table[:1] in counts:
                table = (table[0], counts[table[:1]], *table[1:])
            found.append((number, table))
        elif key:
            found.append((number, (*table, *_parts(key[1]))))
        inside = next((quotes for quotes in _INSIDE if line.count(quotes) % 2), "")
    return found


def _parts(text: str) -> tuple[str | int, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))


def line_in(message: str, text: str) -> int:
    """Return the line that a message of tomllib about a text names; it names the end in words."""
    found = _WHERE.search(message)
    return int(found[1]) if found else max(1, len(text.splitlines())) if _END in message else 1


def without_place(message: str) -> str:
    """Return a message of tomllib without the place that it names."""
    return _WHERE.sub("", message).replace(_END, "").strip()
