"""Reads a Go (RE2) expression into the syntax tree of Python's `re`, as far as the two languages agree."""

from __future__ import annotations

import re
import re._parser as parser  # type: ignore[import-not-found]
from typing import Any

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_POSIX_CLASS = re.compile(r"\[:(\w+):\]")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")


class Unusable(Exception):
    """An expression can't be carried over; the text says why."""


def tree(text: str) -> tuple[Any, int]:
    """Return the nodes and the flags of an expression; raises Unusable for what Python has no equal of."""
    try:
        parsed = parser.parse(_python(text).encode("latin-1"), 0)
    except (re.error, UnicodeEncodeError, OverflowError, RecursionError) as error:
        raise Unusable(f"the expression can't be read: {getattr(error, 'msg', 'letters beyond Latin-1')}") from None
    return list(parsed), parsed.state.flags


def _python(text: str) -> str:
    """The same in Python's syntax: flags in the middle of a group become a group up to its end."""
    out: list[str] = []
    # How many groups each open parenthesis stands for.
    opened = [0]
    place = 0
    while place < len(text):
        mark = text[place]
        if mark == "\\":
            piece, place = _escape(text, place)
            out.append(piece)
        elif mark == "[":
            piece, place = _class(text, place)
            out.append(piece)
        elif found := _FLAGS.match(text, place):
            on, off, end = found[1], found[2] or "", found[3]
            if set(on + off) - set("ims"):
                raise Unusable(f"it sets the flag {(set(on + off) - set('ims')).pop()}")
            group = f"(?{on}{'-' + off if off else ''}:" if on or off else "(?:"
            out.append(group)
            if end == ":":
                opened.append(0)
            else:
                opened[-1] += 1
            place = found.end()
        elif mark == "(":
            opened.append(0)
            out.append(mark)
            place += 1
        elif mark == ")":
            if len(opened) == 1:
                raise Unusable("it has a closing parenthesis too many")
            out.append(")" * (opened.pop() + 1))
            place += 1
        elif mark == "|" and opened[-1]:
            # Flags reach over the choice that they stand in: (?i)a|b is (?i:a|b).
            out.append(mark)
            place += 1
        else:
            out.append(mark)
            place += 1
    out.append(")" * opened[0])
    return "".join(out)


def _escape(text: str, place: int) -> tuple[str, int]:
    two = text[place : place + 2]
    if two == r"\z":
        return r"\Z", place + 2
    if two in (r"\p", r"\P", r"\C", r"\Q"):
        raise Unusable(f"it uses {two}")
    if found := _HEX.match(text, place):
        if int(found[1], 16) > 255:
            raise Unusable("it has letters beyond Latin-1")
        return f"\\x{int(found[1], 16):02x}", found.end()
    return two, place + 2


def _class(text: str, place: int) -> tuple[str, int]:
    out = ["["]
    place += 1
    if text[place : place + 1] == "^":
        out.append("^")
        place += 1
    first = True
    while place < len(text):
        mark = text[place]
        if mark == "]" and not first:
            return "".join([*out, "]"]), place + 1
        first = False
        if found := _POSIX_CLASS.match(text, place):
            if found[1] not in _POSIX:
                raise Unusable(f"it uses {found[0]}")
            out.append(_POSIX[found[1]])
            place = found.end()
        elif mark == "\\":
            piece, place = _escape(text, place)
            out.append(piece)
        else:
            out.append("\\" + mark if mark in "[&~|" else mark)
            place += 1
    raise Unusable("a class has no end")
