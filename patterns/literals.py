"""The literal texts in a pattern: what it can begin with, and which keywords every match holds."""

from __future__ import annotations

import re
import re._constants as c  # type: ignore[import-not-found]
from collections.abc import Iterable, Sequence

from .rule import HEAD_LENGTH
from .syntax import ASSERTS, COMBINATIONS, REPEATS, Node, children, parse, parse_expression, set_has, texts_of

HEADS = 64


def implies(pattern: str, keywords: Iterable[str]) -> bool:
    """True when every match of the pattern surely holds one of the keywords (compared without case)."""
    return implied(list(parse(pattern)), keywords)


def implies_expression(expression: str, keywords: Iterable[str]) -> bool:
    """Like `implies`, for a candidate or opener expression."""
    return implied(list(parse_expression(expression)), keywords)


def implied(nodes: Sequence[Node], keywords: Iterable[str]) -> bool:
    """Like `implies`, for a part of a pattern's tree."""
    return _implies(nodes, [keyword.lower() for keyword in keywords])


def head(nodes: Sequence[Node], flags: int) -> str:
    """An expression for `re` that fits wherever a match can begin: its first few letters, or else its first byte."""
    texts, _ = _beginnings(nodes)
    if min(map(len, texts)) > 1:
        heads = {text[:HEAD_LENGTH] for text in texts}
        # What begins with another one adds nothing.
        heads = {head for head in heads if not any(head != other and head.startswith(other) for other in heads)}
        return "(?i:" + "|".join(map(re.escape, sorted(heads))) + ")"
    return "[" + re.escape(_first_bytes(nodes, flags)[0].decode("latin-1")) + "]"


def _beginnings(nodes: Sequence[Node]) -> tuple[set[str], bool]:
    """The texts that a match of the nodes can begin with, in lower case, and whether they are all of it."""
    texts = {""}
    for node in nodes:
        if min(map(len, texts)) >= HEAD_LENGTH:
            return texts, False
        op, av = node
        more = texts_of(node)
        whole = more is not None
        if more is None:
            branches = av[1] if op is c.BRANCH else [av[3]] if op is c.SUBPATTERN else []
            parts = [_beginnings(list(branch)) for branch in branches] or [({""}, False)]
            more, whole = set().union(*(part for part, _ in parts)), all(complete for _, complete in parts)
        if len(texts) * len(more) > HEADS:
            return texts, False
        texts = {a + b for a in texts for b in more}
        if not whole:
            return texts, False
    return texts, True


def _first_bytes(nodes: Sequence[Node], flags: int) -> tuple[bytes, bool]:
    """The bytes that a match can begin with, and whether the nodes can also match nothing."""
    found: set[int] = set()
    for node in nodes:
        op, av = node
        if op is c.AT or op in ASSERTS:
            continue
        if op in (c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY):
            items = av if op is c.IN else [] if op is c.ANY else [(c.LITERAL, av)]
            members = {value for value in range(256) if op is c.ANY or set_has(items, value) != (op is c.NOT_LITERAL)}
            if flags & re.IGNORECASE:
                members |= {byte for value in members for byte in (bytes([value]).lower() + bytes([value]).upper())}
            return bytes(sorted(found | members)), False
        if op is c.GROUPREF:
            return bytes(sorted(found | set(b"\"'`"))), False
        inner = (flags | av[1]) & ~av[2] if op is c.SUBPATTERN else flags
        parts = [_first_bytes(child, inner) for child in children(node)]
        for members_of, _ in parts:
            found |= set(members_of)
        optional = any(empty for _, empty in parts) or (op in REPEATS and av[0] == 0)
        if not optional:
            return bytes(sorted(found)), False
    return bytes(sorted(found)), True


def secret_prefix(nodes: Sequence[Node], group: int) -> bytes:
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
        for child in children(node):
            if found := secret_prefix(child, group):
                return found
    return b""


def _implies(nodes: Sequence[Node], keywords: Sequence[str]) -> bool:
    run = {""}
    for node in nodes:
        texts = texts_of(node)
        if texts is None or len(run) * len(texts) > COMBINATIONS:
            run = texts if texts is not None else {""}
        else:
            run = {a + b for a in run for b in texts}
        if all(any(keyword in text for keyword in keywords) for text in run):
            return True
        op, av = node
        if op in ASSERTS or (op in REPEATS and av[0] == 0):
            continue
        inner = children(node)
        if inner and all(_implies(child, keywords) for child in inner):
            return True
    return False
