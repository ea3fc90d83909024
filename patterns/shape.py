"""What a pattern's syntax tree tells: widths, line behaviour, literals, and the candidate expression for Hyperscan.

The tree is that of the standard library's `re` parser; rules keep to the syntax that `re` and `regex` share.
"""

from __future__ import annotations

import re
import re._constants as c  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

from .errors import ScrubjayError
from .rule import HEAD_LENGTH

NEWLINE = 0x0A
# A repeat longer than this ends the candidate expression: automata grow with it, and the span stage decides anyway.
LONG_REPEAT = 128
LONG_MINIMUM = 48
# Literal combinations followed when proving that a keyword is in every match.
COMBINATIONS = 4096
HEADS = 64
# Bytes after a literal that make a candidate rare enough.
ENOUGH = 16
# Choices of first letters that are spelled out, and the length from which the engine needs no help.
SPELLED = 16
SPELLED_LENGTH = 5
# Stands for the beginning of a line among spelled letters, all of which are single bytes.
LINE_START = "\u2028"

_CATEGORIES = {
    c.CATEGORY_DIGIT: rb"\d",
    c.CATEGORY_NOT_DIGIT: rb"\D",
    c.CATEGORY_SPACE: rb"\s",
    c.CATEGORY_NOT_SPACE: rb"\S",
    c.CATEGORY_WORD: rb"\w",
    c.CATEGORY_NOT_WORD: rb"\W",
}
_SINGLE = re.compile(r"\w|\\x..|\[(?:\\x..|[\w-])+\]", re.ASCII)
_REPEATS = (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT)
_ASSERTS = (c.ASSERT, c.ASSERT_NOT)

Node = tuple[Any, Any]


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


def parse(pattern: str) -> Any:
    """Return the syntax tree of a verbose bytes pattern; raises ScrubjayError for what rules may not use."""
    try:
        tree = parser.parse(pattern.encode("latin-1"), re.VERBOSE)
    except (re.error, UnicodeEncodeError, OverflowError) as error:
        raise ScrubjayError(f"pattern does not parse: {error}") from None
    groups = tree.state.groupdict
    if "secret" not in groups or set(groups) - {"secret", "q"}:
        raise ScrubjayError("pattern needs a group named secret (and may have one named q, for a quote)")
    if tree.state.flags & (re.IGNORECASE | re.MULTILINE | re.DOTALL):
        raise ScrubjayError("pattern sets a flag for all of it: write (?i: ... ) around the part that needs it")
    if "q" in groups and not _quotes(list(tree), groups["q"]):
        raise ScrubjayError("group q may match one quote: \", ' or `")
    if tree.state.groups - 1 != len(groups):
        raise ScrubjayError("pattern has an unnamed group: write (?:...)")
    return tree


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
        low, high, ahead, behind, multiline, _nested(nodes), _secret_prefix(list(tree), tree.state.groupdict["secret"]),
        _head(nodes, flags),
        candidates, candidate_low, candidate_high + lead, opener, opener_high + lead,
    )  # fmt: skip


def implies(pattern: str, keywords: Iterable[str]) -> bool:
    """True when every match of the pattern surely holds one of the keywords (compared without case)."""
    wanted = [keyword.lower() for keyword in keywords]
    return _implies(list(parse(pattern)), wanted)


def implies_expression(expression: str, keywords: Iterable[str]) -> bool:
    """Like `implies`, for a candidate or opener expression."""
    return _implies(list(parser.parse(expression.encode("latin-1"))), [keyword.lower() for keyword in keywords])


def _quotes(nodes: Sequence[Node], group: int) -> bool:
    """True when the group matches exactly one quote, as the candidate expression assumes of a reference to it."""
    for node in nodes:
        op, av = node
        if op is c.SUBPATTERN and av[0] == group:
            return (_sequence_texts(list(av[3])) or {""}) <= {'"', "'", "`"}
        if any(_quotes(child, group) for child in _children(node)):
            return True
    return False


# --- widths and line breaks


def _children(node: Node) -> list[list[Node]]:
    op, av = node
    if op is c.SUBPATTERN:
        return [list(av[3])]
    if op is c.BRANCH:
        return [list(branch) for branch in av[1]]
    if op in _REPEATS:
        return [list(av[2])]
    if op is c.ATOMIC_GROUP:
        return [list(av)]
    if op in _ASSERTS:
        return [list(av[1])]
    return []


def _around(nodes: Sequence[Node]) -> tuple[int, int]:
    """How many bytes lookarounds and anchors may inspect after and before their place."""
    ahead = behind = 0
    for node in nodes:
        op, av = node
        if op is c.AT:
            ahead, behind = max(ahead, 1), max(behind, 1)
        if op in _ASSERTS:
            width = av[1].getwidth()[1]
            if width > 64:
                raise ScrubjayError("a lookaround may inspect 64 bytes at most")
            if av[0] > 0:
                ahead = max(ahead, width)
            else:
                behind = max(behind, width)
        for child in _children(node):
            more_ahead, more_behind = _around(child)
            ahead, behind = max(ahead, more_ahead), max(behind, more_behind)
    return ahead, behind


def _nested(nodes: Sequence[Node]) -> bool:
    """True when more than one letter, or a choice, is repeated a variable number of times."""
    for op, av in nodes:
        if op in _REPEATS and av[1] > 1 and av[0] != av[1]:
            inner = list(av[2])
            if len(inner) != 1 or inner[0][0] not in (c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY):
                return True
        if any(_nested(child) for child in _children((op, av))):
            return True
    return False


def _set_has(items: Sequence[Node], value: int) -> bool:
    negate = bool(items) and items[0][0] is c.NEGATE
    inside = False
    for op, av in items:
        if op is c.LITERAL:
            inside |= av == value
        elif op is c.RANGE:
            inside |= av[0] <= value <= av[1]
        elif op is c.CATEGORY:
            inside |= re.match(_CATEGORIES[av], bytes([value])) is not None
    return inside != negate


def _can_break(nodes: Sequence[Node], flags: int) -> bool:
    """True when a match, or a lookahead wider than one byte, may run over a line break."""
    for node in nodes:
        op, av = node
        if op is c.LITERAL and av == NEWLINE:
            return True
        if op is c.NOT_LITERAL and av != NEWLINE:
            return True
        if op is c.IN and _set_has(av, NEWLINE):
            return True
        if op is c.ANY and flags & re.DOTALL:
            return True
        if op in _ASSERTS and (av[0] < 0 or av[1].getwidth()[1] <= 1):
            continue
        inner = (flags | av[1]) & ~av[2] if op is c.SUBPATTERN else flags
        if any(_can_break(child, inner) for child in _children(node)):
            return True
    return False


# --- the candidate expression


def _byte(value: int) -> str:
    return chr(value) if chr(value).isalnum() and value < 128 else f"\\x{value:02x}"


def _letter(mark: str) -> str:
    return "(?m:^)" if mark == LINE_START else _byte(ord(mark))


def _set(items: Sequence[Node]) -> str:
    # Spelled out byte by byte, because the two libraries need not agree on \s or \w.
    members = [value for value in range(256) if _set_has(items, value)]
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
    if op is c.AT or op in _ASSERTS:
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
    if op in _REPEATS:
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
        members = {chr(value) for value in range(256) if _set_has(av, value)}
        return members if len(members) <= SPELLED else None
    if op is c.AT:
        return {LINE_START if av is c.AT_BEGINNING else ""}
    if op in _ASSERTS:
        return {""}
    if op is c.BRANCH or (op is c.SUBPATTERN and not av[1] & ~re.MULTILINE and not av[2]):
        found: set[str] = set()
        for branch in _children(node):
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


# --- literals


def _head(nodes: Sequence[Node], flags: int) -> str:
    """An expression for `re` that fits wherever a match can begin: its first few letters, or else its first byte."""
    texts = {""}
    for node in nodes:
        more = _texts(node)
        if more is None or len(texts) * len(more) > HEADS or min(map(len, texts)) >= HEAD_LENGTH:
            break
        texts = {a + b for a in texts for b in more}
    if min(map(len, texts)) > 1:
        return "(?i:" + "|".join(re.escape(text[:HEAD_LENGTH]) for text in sorted(texts)) + ")"
    return "[" + re.escape(_first_bytes(nodes, flags)[0].decode("latin-1")) + "]"


def _first_bytes(nodes: Sequence[Node], flags: int) -> tuple[bytes, bool]:
    """The bytes that a match can begin with, and whether the nodes can also match nothing."""
    found: set[int] = set()
    for node in nodes:
        op, av = node
        if op is c.AT or op in _ASSERTS:
            continue
        if op in (c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY):
            items = av if op is c.IN else [] if op is c.ANY else [(c.LITERAL, av)]
            members = {value for value in range(256) if op is c.ANY or _set_has(items, value) != (op is c.NOT_LITERAL)}
            if flags & re.IGNORECASE:
                members |= {byte for value in members for byte in (bytes([value]).lower() + bytes([value]).upper())}
            return bytes(sorted(found | members)), False
        if op is c.GROUPREF:
            return bytes(sorted(found | set(b"\"'`"))), False
        inner = (flags | av[1]) & ~av[2] if op is c.SUBPATTERN else flags
        parts = [_first_bytes(child, inner) for child in _children(node)]
        for members_of, _ in parts:
            found |= set(members_of)
        optional = any(empty for _, empty in parts) or (op in _REPEATS and av[0] == 0)
        if not optional:
            return bytes(sorted(found)), False
    return bytes(sorted(found)), True


def _secret_prefix(nodes: Sequence[Node], group: int) -> bytes:
    """The literal text that every secret begins with: public, so it may be shown."""
    for node in nodes:
        op, av = node
        if op is c.SUBPATTERN and av[0] == group:
            prefix = bytearray()
            for inner_op, inner in av[3]:
                if inner_op is not c.LITERAL:
                    break
                prefix.append(inner)
            return bytes(prefix)
        for child in _children(node):
            if found := _secret_prefix(child, group):
                return found
    return b""


def _texts(node: Node) -> set[str] | None:
    """All texts that a node can match, folded to lower case, or None when they are too many."""
    op, av = node
    if op is c.LITERAL:
        return {chr(av).lower()}
    if op is c.IN and av and av[0][0] is not c.NEGATE:
        members = {chr(value).lower() for value in range(256) if _set_has(av, value)}
        return members if len(members) <= 8 else None
    if op is c.AT or op in _ASSERTS:
        return {""}
    if op in _REPEATS:
        low, high, inner = av
        texts = _sequence_texts(list(inner)) if high <= 4 else None
        if texts is None or len(texts) ** high > COMBINATIONS:
            return None
        return {"".join(combo) for times in range(low, high + 1) for combo in product(texts, repeat=times)}
    if op is c.SUBPATTERN:
        return _sequence_texts(list(av[3]))
    if op is c.ATOMIC_GROUP:
        return _sequence_texts(list(av))
    if op is c.BRANCH:
        found: set[str] = set()
        for branch in av[1]:
            texts = _sequence_texts(list(branch))
            if texts is None:
                return None
            found |= texts
        return found
    return None


def _sequence_texts(nodes: Sequence[Node]) -> set[str] | None:
    texts = {""}
    for node in nodes:
        more = _texts(node)
        if more is None or len(texts) * len(more) > COMBINATIONS:
            return None
        texts = {a + b for a in texts for b in more}
    return texts


def _implies(nodes: Sequence[Node], keywords: Sequence[str]) -> bool:
    run = {""}
    for node in nodes:
        texts = _texts(node)
        if texts is None or len(run) * len(texts) > COMBINATIONS:
            run = texts if texts is not None else {""}
        else:
            run = {a + b for a in run for b in texts}
        if all(any(keyword in text for keyword in keywords) for text in run):
            return True
        op, av = node
        if op in _ASSERTS or (op in _REPEATS and av[0] == 0):
            continue
        children = _children(node)
        if children and all(_implies(child, keywords) for child in children):
            return True
    return False
