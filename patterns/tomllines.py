"""Reads settings that people write in TOML: values as their keys want them, complaints with the number of the line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .errors import ScrubjayError

_TABLE = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_WHERE = re.compile(r"\(at line (\d+), column \d+\)")
_GLOB = re.compile(r"[a-z0-9*?\[\]-]+")
_END = "(at end of document)"
_INSIDE = ('"""', "'''")


class Problem(NamedTuple):
    """What is wrong in a file of settings, and in which line."""

    line: int
    text: str


class Wrong(Exception):
    """A value is not what its key wants; the text says what that is."""


def loaded(text: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return what a text says, {} when it is not TOML, and what is wrong with it then."""
    import tomllib

    try:
        return tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        return {}, [Problem(_line_in(str(error), text), f"not valid TOML: {_without_place(str(error))}")]


def complain(path: str, problems: Sequence[Problem]) -> ScrubjayError:
    """Return the error that names all problems of a file, a line each."""
    return ScrubjayError("\n".join(f"{path}:{problem.line}: {problem.text}" for problem in problems))


def text(value: object) -> str:
    """Return a value that has to be a text; raises Wrong."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("wants a text in quotes")
    return value


def texts(value: object) -> tuple[str, ...]:
    """Return a value that has to be a list of texts; raises Wrong."""
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise Wrong('wants a list of texts, such as ["a", "b"]')
    return tuple(value)


def choice(*choices: str) -> Callable[[object], str]:
    """Return a function that returns a value that has to be one of these, and else raises Wrong."""

    def convert(value: object) -> str:
        if value not in choices:
            raise Wrong(f"wants one of {', '.join(choices)}")
        return str(value)

    return convert


def rules(value: object) -> tuple[str, ...]:
    """Return a value that has to be a list of ids of rules or patterns of them; raises Wrong."""
    names = texts(value)
    if bad := [name for name in names if not _GLOB.fullmatch(name)]:
        raise Wrong(f"wants ids of rules, or patterns of them with *: {bad[0]!r} is neither")
    return names


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


def _line_in(message: str, text: str) -> int:
    """Return the line that a message of tomllib about a text names; it names the end in words."""
    found = _WHERE.search(message)
    return int(found[1]) if found else max(1, len(text.splitlines())) if _END in message else 1


def _without_place(message: str) -> str:
    """Return a message of tomllib without the place that it names."""
    return _WHERE.sub("", message).replace(_END, "").strip()
