"""What a pattern's syntax tree tells: widths, line behaviour, literals, and the candidate expression for Hyperscan.

The tree is that of the standard library's `re` parser; rules keep to the syntax that `re` and `regex` share.
"""

from __future__ import annotations

import re
import re._constants as c  # type: ignore[import-not-found]
from collections.abc import Sequence
from typing import NamedTuple

from .errors import ScrubjayError
from .literals import head, secret_prefix
from .syntax import ASSERTS, REPEATS, Node, children, parse, set_has

NEWLINE = 0x0A
# A repeat longer than this ends the candidate expression: automata grow with it, and the span stage decides anyway.
LONG_REPEAT = 128
LONG_MINIMUM = 48
# Bytes after a literal that make a candidate rare enough.
ENOUGH = 16
# Choices of first letters that are spelled out, and the length from which the engine needs no help.
SPELLED = 16
SPELLED_LENGTH = 5
# Stands for the beginning of a line among spelled letters, all of which are single bytes.
LINE_START = "\u2028"

_SINGLE = re.compile(r"\w|\\x..|\[(?:\\x..|[\w-])+\]", re.ASCII)


class Shape(NamedTuple):
    """Facts about one pattern. Widths are in bytes; `multiline` means that a match may hold a line break.

    Without `nested` repeats a pattern has few ways to fit a text, so that it needs no time limit.
    """

    min_width: int
    max_width: int
    ahead: int
    behind: int
    multiline: bool
    nested: bool
    prefix: bytes
    head: str
    candidates: tuple[str, ...]
    candidate_min: int
    candidate_max: int
    opener: str
    opener_max: int


class _Part(NamedTuple):
    """An emitted piece of a candidate expression: its text, widths, and whether the expression must end after it.

    `shortest` and `shortest_high` are the same piece with its repeat cut at the minimum, for the end of an expression.
    """

    text: str
    low: int
    high: int
    ends: bool = False
    shortest: str | None = None
    shortest_high: int = 0


def analyse(pattern: str) -> Shape:
    """Return the shape of a verbose bytes pattern; raises ScrubjayError for what rules may not use."""
    tree = parse(pattern)
    low, high = tree.getwidth()
    if high > 1 << 20:
        raise ScrubjayError("pattern has an unbounded repeat: give every repeat an upper bound")
    if low == 0:
        raise ScrubjayError("pattern can match nothing")
    nodes = _flat(list(tree))
    flags = tree.state.flags
    ahead, behind = _around(nodes)
    multiline = _can_break(nodes, flags)
    words, after = _spelled(nodes, flags)
    widths = [len(word.replace(LINE_START, "")) for word in words]
    first = [_Part("", min(widths), max(widths))] if words else []
    parts = _shortened(first + [_emit(node, flags) for node in nodes[after:]], nodes[after:], bool(words))
    lead, parts = _skip_lead(parts)
    text, candidate_low, candidate_high = _join(parts)
    candidates = tuple("".join(map(_letter, word)) + text for word in words or [""])
    if not any(candidates):
        raise ScrubjayError("pattern has nothing fixed to look for")
    opener, opener_high = "", 0
    if multiline:
        opener, _, opener_high = _join(_skip_lead(_first_line(nodes, flags))[1])
        if not opener:
            raise ScrubjayError("a pattern that may span lines must begin with something that does not")
    return Shape(
        low, high, ahead, behind, multiline, _nested(nodes), secret_prefix(list(tree), tree.state.groupdict["secret"]),
        head(nodes, flags),
        candidates, candidate_low, candidate_high + lead, opener, opener_high + lead,
    )  # fmt: skip


# --- widths and line breaks


def _around(nodes: Sequence[Node]) -> tuple[int, int]:
    """How many bytes lookarounds and anchors may inspect after and before their place."""
    ahead = behind = 0
    for node in nodes:
        op, av = node
        if op is c.AT:
            ahead, behind = max(ahead, 1), max(behind, 1)
        if op in ASSERTS:
            width = av[1].getwidth()[1]
            if width > 64:
                raise ScrubjayError("a lookaround may inspect 64 bytes at most")
            if av[0] > 0:
                ahead = max(ahead, width)
            else:
                behind = max(behind, width)
        for child in children(node):
            more_ahead, more_behind = _around(child)
            ahead, behind = max(ahead, more_ahead), max(behind, more_behind)
    return ahead, behind


def _nested(nodes: Sequence[Node]) -> bool:
    """True when more than one letter, or a choice, is repeated a variable number of times."""
    for op, av in nodes:
        if op in REPEATS and av[1] > 1 and av[0] != av[1]:
            inner = list(av[2])
            if len(inner) != 1 or inner[0][0] not in (c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY):
                return True
        if any(_nested(child) for child in children((op, av))):
            return True
    return False


def _can_break(nodes: Sequence[Node], flags: int) -> bool:
    """True when a match, or a lookahead wider than one byte, may run over a line break."""
    for node in nodes:
        op, av = node
        if op is c.LITERAL and av == NEWLINE:
            return True
        if op is c.NOT_LITERAL and av != NEWLINE:
            return True
        if op is c.IN and set_has(av, NEWLINE):
            return True
        if op is c.ANY and flags & re.DOTALL:
            return True
        if op in ASSERTS and (av[0] < 0 or av[1].getwidth()[1] <= 1):
            continue
        inner = (flags | av[1]) & ~av[2] if op is c.SUBPATTERN else flags
        if any(_can_break(child, inner) for child in children(node)):
            return True
    return False


# --- the candidate expression


def _byte(value: int) -> str:
    return chr(value) if chr(value).isalnum() and value < 128 else f"\\x{value:02x}"


def _letter(mark: str) -> str:
    return "(?m:^)" if mark == LINE_START else _byte(ord(mark))


def _set(items: Sequence[Node]) -> str:
    # Spelled out byte by byte, because the two libraries need not agree on \s or \w.
    members = [value for value in range(256) if set_has(items, value)]
    ranges: list[list[int]] = []
    for value in members:
        if ranges and ranges[-1][1] == value - 1:
            ranges[-1][1] = value
        else:
            ranges.append([value, value])
    return "[" + "".join(_byte(a) if a == b else f"{_byte(a)}-{_byte(b)}" for a, b in ranges) + "]"


def _flat(nodes: Sequence[Node]) -> list[Node]:
    """The same sequence without groups around whole stretches of it; flags go down to each member."""
    flat: list[Node] = []
    for node in nodes:
        op, av = node
        if op is not c.SUBPATTERN:
            flat.append(node)
            continue
        _, add, remove, inner = av
        for member in _flat(list(inner)):
            flat.append((c.SUBPATTERN, (None, add, remove, [member])) if add or remove else member)
    return flat


def _emit(node: Node, flags: int) -> _Part:
    op, av = node
    if op is c.LITERAL:
        return _Part(_byte(av), 1, 1)
    if op is c.NOT_LITERAL:
        return _Part(_set([(c.NEGATE, None), (c.LITERAL, av)]), 1, 1)
    if op is c.IN:
        return _Part(_set(av), 1, 1)
    if op is c.ANY:
        return _Part("[\\x00-\\xff]" if flags & re.DOTALL else "[^\\x0a]", 1, 1)
    if op is c.AT or op in ASSERTS:
        return _Part("", 0, 0)
    if op is c.GROUPREF:
        # Any quote will do here: the span stage compares it.
        return _Part("[\"'`]", 1, 1)
    if op is c.ATOMIC_GROUP:
        return _group(list(av), flags, 0, 0)
    if op is c.SUBPATTERN:
        return _group(list(av[3]), flags, av[1], av[2])
    if op is c.BRANCH:
        branches = [_sequence(list(branch), flags) for branch in av[1]]
        text = "(?:" + "|".join(branch.text for branch in branches) + ")"
        return _Part(text, min(b.low for b in branches), max(b.high for b in branches), any(b.ends for b in branches))
    if op in REPEATS:
        return _repeat(av[0], av[1], list(av[2]), flags)
    raise ScrubjayError(f"pattern uses {op}, which rules may not")


def _spelled(nodes: Sequence[Node], flags: int) -> tuple[list[str], int]:
    """Return the words that a match can begin with, if it has a choice, and how many nodes they stand for.

    The engine does not look for the words of `(?:xa|xo)_[0-9a-f]{36}`; it runs an automaton over every byte.
    One expression for each word is many times quicker.
    """
    texts, count, choices = {""}, 0, False
    for node in nodes:
        if flags & re.IGNORECASE or min(map(len, texts)) >= SPELLED_LENGTH:
            break
        more = _exact(node)
        if more is None or len(texts) * len(more) > SPELLED:
            break
        texts = {a + b for a in texts for b in more}
        choices, count = choices or len(more) > 1, count + 1
    return (sorted(texts), count) if choices and min(map(len, texts)) >= 3 else ([], 0)


def _shortened(parts: list[_Part], nodes: Sequence[Node], spelled: bool) -> list[_Part]:
    """End the parts once enough follows a literal: the span stage decides, and automata grow with their length."""
    run, follows = (3, 0) if spelled else (0, 0)
    for index, (part, node) in enumerate(zip(parts[spelled:], nodes, strict=True), spelled):
        if run >= 3:
            follows += part.low
            if follows >= ENOUGH:
                return [*parts[:index], part._replace(ends=True)]
        else:
            run = run + 1 if node[0] is c.LITERAL else 0
    return parts


def _exact(node: Node) -> set[str] | None:
    """All texts that a node can match, in their case, or None when they are many or anything but plain letters."""
    op, av = node
    if op is c.LITERAL:
        return {chr(av)}
    if op is c.IN and av[0][0] is not c.NEGATE:
        members = {chr(value) for value in range(256) if set_has(av, value)}
        return members if len(members) <= SPELLED else None
    if op is c.AT:
        return {LINE_START if av is c.AT_BEGINNING else ""}
    if op in ASSERTS:
        return {""}
    if op is c.BRANCH or (op is c.SUBPATTERN and not av[1] & ~re.MULTILINE and not av[2]):
        found: set[str] = set()
        for branch in children(node):
            texts = {""}
            for inner in branch:
                more = _exact(inner)
                if more is None or len(texts) * len(more) > SPELLED:
                    return None
                texts = {a + b for a in texts for b in more}
            found |= texts
        return found
    return None


def _sequence(nodes: Sequence[Node], flags: int) -> _Part:
    if len(nodes) == 1:
        return _emit(nodes[0], flags)
    text, low, high = "", 0, 0
    for part in (_emit(node, flags) for node in nodes):
        text, low, high = text + part.text, low + part.low, high + part.high
        if part.ends:
            return _Part(text, low, high, True)
    return _Part(text, low, high)


def _group(nodes: Sequence[Node], flags: int, add: int, remove: int) -> _Part:
    inner = _sequence(nodes, (flags | add) & ~remove)
    mark = "i" if add & re.IGNORECASE else "-i" if remove & re.IGNORECASE else ""

    def wrap(text: str) -> str:
        return f"(?{mark}:{text})" if mark and text else text

    shortest = None if inner.shortest is None else wrap(inner.shortest)
    return inner._replace(text=wrap(inner.text), shortest=shortest)


def _repeat(low: int, high: int, nodes: Sequence[Node], flags: int) -> _Part:
    inner = _sequence(nodes, flags)
    if not inner.text:
        return _Part("", 0, 0)
    if inner.ends or high * inner.high > LONG_REPEAT:
        times = min(low, max(1, LONG_MINIMUM // max(1, inner.high))) if low else 0
        text = f"(?:{inner.text}){{{times}}}" if times else ""
        return _Part(text, times * inner.low, times * inner.high, True)
    text = inner.text if _SINGLE.fullmatch(inner.text) else f"(?:{inner.text})"
    return _Part(
        f"{text}{{{low},{high}}}", low * inner.low, high * inner.high, False, f"{text}{{{low}}}", low * inner.high
    )


def _skip_lead(parts: list[_Part]) -> tuple[int, list[_Part]]:
    """Drop optional parts at the beginning; their width only moves the earliest start of a match."""
    lead = 0
    while parts and parts[0].low == 0 and not (parts[0].ends and parts[0].text == ""):
        lead += parts.pop(0).high
    return lead, parts


def _join(parts: list[_Part]) -> tuple[str, int, int]:
    kept: list[_Part] = []
    for part in parts:
        kept.append(part)
        if part.ends:
            break
    while kept and kept[-1].low == 0:
        kept.pop()
    if kept and kept[-1].shortest is not None:
        # A variable tail would report once per end offset, so it is cut at its minimum.
        last = kept[-1]
        kept[-1] = _Part(last.shortest or "", last.low, last.shortest_high)
    return "".join(p.text for p in kept), sum(p.low for p in kept), sum(p.high for p in kept)


def _first_line(nodes: Sequence[Node], flags: int) -> list[_Part]:
    parts: list[_Part] = []
    for node in nodes:
        op, av = node
        if _can_break([node], flags):
            break
        parts.append(_emit(node, flags))
    return parts
