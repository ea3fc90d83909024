"""Writes a syntax tree as a pattern in the form that rules have: verbose, bounded repeats, one group."""

from __future__ import annotations

import re
import re._constants as c  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Sequence
from typing import Any

from .goregex import Unusable

# Where a repeat without an end stops.
LONGEST = 400
_FLAGS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}
_PLACES = {
    c.AT_BEGINNING: "^",
    c.AT_BEGINNING_STRING: r"\A",
    c.AT_END: "$",
    c.AT_END_STRING: r"\Z",
    c.AT_BOUNDARY: r"\b",
    c.AT_NON_BOUNDARY: r"\B",
}
_CLASSES = {
    c.CATEGORY_DIGIT: r"\d",
    c.CATEGORY_NOT_DIGIT: r"\D",
    c.CATEGORY_SPACE: r"\s",
    c.CATEGORY_NOT_SPACE: r"\S",
    c.CATEGORY_WORD: r"\w",
    c.CATEGORY_NOT_WORD: r"\W",
}


def verbose(nodes: Sequence[Any], flags: int, secret: int = 0, *, bound: bool = True, spaced: bool = True) -> str:
    """Return the pattern of nodes, whose group with the number `secret` is named so; others have no name.

    Without `bound` repeats stay endless, without `spaced` it is no verbose pattern. Raises Unusable for what rules may
    not use.
    """
    text = _Writer(secret, bound, spaced).sequence(nodes)
    marks = "".join(mark for flag, mark in _FLAGS.items() if flags & flag)
    return f"(?{marks}:{text})" if marks else text


class _Writer:
    def __init__(self, secret: int, bound: bool, spaced: bool) -> None:
        self._secret = secret
        self._bound = bound
        self._space = " " if spaced else ""

    def sequence(self, nodes: Sequence[Any]) -> str:
        return "".join(self._node(op, av) for op, av in nodes)

    def _node(self, op: Any, av: Any) -> str:
        if op is c.LITERAL:
            return self._letter(av)
        if op is c.NOT_LITERAL:
            return f"[^{_inside(av)}]"
        if op is c.ANY:
            return "."
        if op is c.AT:
            return _PLACES[av]
        if op is c.IN:
            return self._class(av)
        if op is c.BRANCH:
            space = self._space
            return "(?:" + f"{space}|{space}".join(self.sequence(branch) for branch in av[1]) + ")"
        if op is c.SUBPATTERN:
            return self._group(av)
        if op in (c.MAX_REPEAT, c.MIN_REPEAT):
            return self._repeat(op, av)
        raise Unusable(f"it uses {str(op).lower()}")

    def _letter(self, value: int) -> str:
        mark = chr(value)
        if mark == " ":
            return "[ ]" if self._space else " "
        if value < 128 and (mark.isalnum() or mark in "_-/:=,;@!%&'\"<>~`"):
            return mark
        if mark == "#" or 32 < value < 127:
            return "\\" + mark
        return f"\\x{value:02x}"

    def _class(self, items: Sequence[Any]) -> str:
        parts = ["["]
        for op, av in items:
            if op is c.NEGATE:
                parts.append("^")
            elif op is c.LITERAL:
                parts.append(_inside(av))
            elif op is c.RANGE:
                parts.append(f"{_inside(av[0])}-{_inside(av[1])}")
            else:
                parts.append(_CLASSES[av])
        return "".join([*parts, "]"])

    def _group(self, av: Any) -> str:
        number, on, off, inner = av
        text, space = self.sequence(inner), self._space
        if number is not None and number == self._secret:
            text = f"(?P<secret>{space}{text}{space})"
            if not on and not off:
                return text
        marks = "".join(mark for flag, mark in _FLAGS.items() if on & flag)
        cut = "".join(mark for flag, mark in _FLAGS.items() if off & flag)
        if not marks and not cut and number is None and len(inner) == 1:
            return text
        return f"(?{marks}{'-' + cut if cut else ''}:{text})"

    def _repeat(self, op: Any, av: Any) -> str:
        low, high, inner = av
        text = self.sequence(inner)
        if len(inner) != 1 or inner[0][0] in (c.MAX_REPEAT, c.MIN_REPEAT, c.AT) or not text:
            text = f"(?:{text})"
        if high is parser.MAXREPEAT:
            if not self._bound:
                return f"{text}{{{low},}}"
            high = max(low, LONGEST)
        if (low, high) == (0, 1):
            count = "?"
        else:
            count = f"{{{low}}}" if low == high else f"{{{low},{high}}}"
        return f"{text}{count}{'?' if op is c.MIN_REPEAT else ''}"


def _inside(value: int) -> str:
    mark = chr(value)
    return mark if value < 128 and mark.isalnum() else f"\\x{value:02x}" if value < 33 or value > 126 else "\\" + mark
