"""The syntax tree of a pattern: that of the standard library's `re` parser.

Rules keep to the syntax that `re` and `regex` share.
"""

from __future__ import annotations

import re
import re._constants as c  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Sequence
from itertools import product
from typing import Any

from .errors import ScrubjayError

Node = tuple[Any, Any]
REPEATS = (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT)
ASSERTS = (c.ASSERT, c.ASSERT_NOT)
# Literal combinations followed when proving that a keyword is in every match.
COMBINATIONS = 4096
_CATEGORIES = {
    c.CATEGORY_DIGIT: rb"\d",
    c.CATEGORY_NOT_DIGIT: rb"\D",
    c.CATEGORY_SPACE: rb"\s",
    c.CATEGORY_NOT_SPACE: rb"\S",
    c.CATEGORY_WORD: rb"\w",
    c.CATEGORY_NOT_WORD: rb"\W",
}


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


def parse_expression(expression: str) -> Any:
    """Return the syntax tree of a candidate or opener expression."""
    return parser.parse(expression.encode("latin-1"))


def _quotes(nodes: Sequence[Node], group: int) -> bool:
    """True when the group matches exactly one quote, as the candidate expression assumes of a reference to it."""
    for node in nodes:
        op, av = node
        if op is c.SUBPATTERN and av[0] == group:
            return (texts_in(list(av[3])) or {""}) <= {'"', "'", "`"}
        if any(_quotes(child, group) for child in children(node)):
            return True
    return False


def children(node: Node) -> list[list[Node]]:
    """The sequences of nodes directly inside a node."""
    op, av = node
    if op is c.SUBPATTERN:
        return [list(av[3])]
    if op is c.BRANCH:
        return [list(branch) for branch in av[1]]
    if op in REPEATS:
        return [list(av[2])]
    if op is c.ATOMIC_GROUP:
        return [list(av)]
    if op in ASSERTS:
        return [list(av[1])]
    return []


def set_has(items: Sequence[Node], value: int) -> bool:
    """True when a set, written as the nodes in its brackets, holds a byte."""
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


def texts_of(node: Node) -> set[str] | None:
    """All texts that a node can match, folded to lower case, or None when they are too many."""
    op, av = node
    if op is c.LITERAL:
        return {chr(av).lower()}
    if op is c.IN and av and av[0][0] is not c.NEGATE:
        members = {chr(value).lower() for value in range(256) if set_has(av, value)}
        return members if len(members) <= 8 else None
    if op is c.AT or op in ASSERTS:
        return {""}
    if op in REPEATS:
        low, high, inner = av
        texts = texts_in(list(inner)) if high <= 4 else None
        if texts is None or len(texts) ** high > COMBINATIONS:
            return None
        return {"".join(combo) for times in range(low, high + 1) for combo in product(texts, repeat=times)}
    if op is c.SUBPATTERN:
        return texts_in(list(av[3]))
    if op is c.ATOMIC_GROUP:
        return texts_in(list(av))
    if op is c.BRANCH:
        found: set[str] = set()
        for branch in av[1]:
            texts = texts_in(list(branch))
            if texts is None:
                return None
            found |= texts
        return found
    return None


def texts_in(nodes: Sequence[Node]) -> set[str] | None:
    """All texts that a sequence of nodes can match, likewise."""
    texts = {""}
    for node in nodes:
        more = texts_of(node)
        if more is None or len(texts) * len(more) > COMBINATIONS:
            return None
        texts = {a + b for a in texts for b in more}
    return texts
