"""Where a secret may have begun that is still being written: for who has to let go of a text as it comes.

A rule's front is its pattern with an end after every byte: it fits what may yet become a match. Its lookaheads are left
out, since what they look at may be still to come, and its checks: so a front fits too much, never too little.
"""

from __future__ import annotations

import re
import re._compiler as compiler  # type: ignore[import-not-found]
import re._constants as c  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from .literals import implied
from .syntax import ASSERTS, REPEATS, Node, children, parse
from .value_features import only_words, word_score
from .value_model import LETTERS

if TYPE_CHECKING:
    from .rule import Plan

# So many bytes of a secret may go before any keyword of its rule has come; see `Fronts`.
SHORT = 7
# Seconds for one rule at one place; then its secret counts as begun.
TIMEOUT = 0.2
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
# In rows of words only the last may be short, for it may go on.
_WORDS = re.compile(
    r"[-_/]{0,2}(?:(?:[A-Z][a-z]{2,}+|[a-z]{3,}+|[A-Z]{2,}+|[a-z]+(?=[-_/]))[-_/]?)++[A-Z]?[a-z]{0,2}[-_/]{0,2}"
)
# Bits a letter, against drawn letters, of a word that stands alone: that of rare words and foreign names.
_UNLIKELY = -1.25
_END: Node = (c.AT, c.AT_END_STRING)


class Fronts:
    """Finds the beginnings of secrets at the end of a line, by the rules of some plans. Safe to share between threads.

    A secret of a rule whose keyword stands before it, or in it, is seen from its first byte or from that keyword on.
    Some keywords come late: `<14 letters and digits>.atlasv1.` or a key with a mark near its end. Such a secret is seen
    from its eighth byte on, unless it reads like words so far, which few do; see `_reads`.
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        import ahocorasick

        self._plans = plans
        # Compiling them takes a third of a second, which no text should have to wait for.
        self._fronts = [_front(plan) for plan in plans]
        self._late = {index for index, front in enumerate(self._fronts) if front.late}
        callers: dict[str, set[int]] = {}
        for index, plan in enumerate(plans):
            for keyword in plan.keywords:
                callers.setdefault(keyword.lower(), set()).add(index)
        self._keywords: Any = ahocorasick.Automaton()
        for keyword, indexes in callers.items():
            self._keywords.add_word(keyword, indexes)
        self._keywords.make_automaton()

    def first(self, line: bytes) -> int:
        """Return where the secret begins that an unfinished line may end in; the length of the line if there is none.

        The line is all since the last line break, or its end as far as the longest match reaches.
        """
        called: set[int] = set()
        for _, indexes in self._keywords.iter(line.decode("latin-1").lower()):
            called |= indexes
        low = len(line)
        reads = cache(lambda start: _reads(line[start:].decode("latin-1")))
        for index in called | self._late:
            low = min(low, *self._places(index, line, reads), low)
        return low

    def _places(self, index: int, line: bytes, reads: Callable[[int], bool]) -> Iterator[int]:
        """Where secrets of a rule begin that the end of the line may be in; `reads` tells what reads like words."""
        front, plan = self._fronts[index], self._plans[index]
        position = max(0, len(line) - plan.max_width - plan.behind)
        while found := front.search(line, position):
            begin, start = found.start(), found.start("secret")
            position = begin + 1
            if not _named(plan, line[begin:]) and (len(line) - start <= SHORT or (front.drawn and reads(start))):
                continue
            if front.goes_on is None or _goes_on(front.goes_on, line, begin):
                yield start


def _reads(text: str) -> bool:
    """True for a word, and for some words in a row: `Certainly`, `JavaScript`, `state-of-the`.

    One in 650 drawn texts of 8 letters and digits passes, one in 2,000 of 9, one in 20,000 of 12.
    """
    text = text.removesuffix(".")
    if _WORD.fullmatch(text):
        return word_score(text.lower(), LETTERS) > _UNLIKELY * (len(text) + 1)
    return bool(_WORDS.fullmatch(text)) and only_words(text.encode(), LETTERS)


def _named(plan: Plan, text: bytes) -> bool:
    """True when a keyword of the rule is in the text."""
    lower = text.lower()
    return any(keyword.lower().encode() in lower for keyword in plan.keywords)


class _Front(NamedTuple):
    """How to find what may yet become a match of one rule.

    `search` finds candidates, and their secret; where the pattern could take long, only up to the secret's first byte,
    and `goes_on` is what tells the rest. With `late`, more than SHORT bytes of the secret may come before any keyword;
    with `drawn`, it begins with any letters.
    """

    search: Any
    goes_on: Any
    late: bool
    drawn: bool


def _front(plan: Plan) -> _Front:
    tree = parse(plan.pattern)
    group = tree.state.groupdict["secret"]
    nodes = _backward(tree.state, list(tree))
    before, secret, after = _parted(nodes, group)
    timed = plan.timed
    # A mark for the place, and a byte of the secret that has to be there.
    mark = (c.SUBPATTERN, (group, 0, 0, parser.SubPattern(tree.state, [])))
    one = (c.ASSERT, (1, parser.SubPattern(tree.state, [(c.NOT_LITERAL, 0x0A)])))
    first = _within(tree.state, secret, SHORT + 1)
    late = not implied([*before, *first], plan.keywords)
    rest = _begun(tree.state, first, []) if timed else _begun(tree.state, [*secret, *after], [_END])
    front = compiler.compile(parser.SubPattern(tree.state, [*before, mark, one, *rest]))
    goes_on = None
    if timed:
        import regex

        goes_on = regex.compile(plan.pattern.encode("latin-1"), regex.VERBOSE | regex.V0).fullmatch
    return _Front(front.search, goes_on, late, _is_drawn(secret))


def _goes_on(fullmatch: Any, line: bytes, begin: int) -> bool:
    try:
        return fullmatch(line, begin, partial=True, timeout=TIMEOUT) is not None
    except TimeoutError:
        return True


def _backward(state: Any, nodes: Sequence[Node]) -> list[Node]:
    """The same nodes without lookaheads."""

    def of(inner: Sequence[Node]) -> Any:
        return parser.SubPattern(state, _backward(state, list(inner)))

    kept: list[Node] = []
    for op, av in nodes:
        if op is c.SUBPATTERN:
            av = (*av[:3], of(av[3]))
        elif op is c.BRANCH:
            av = None, [of(branch) for branch in av[1]]
        elif op in REPEATS:
            # Without the lookahead it would take more, and not give it back.
            op = c.MAX_REPEAT if op is c.POSSESSIVE_REPEAT and _looks_ahead(av[2]) else op
            av = (*av[:2], of(av[2]))
        elif op is c.ATOMIC_GROUP:
            op, av = (c.SUBPATTERN, (None, 0, 0, of(av))) if _looks_ahead(av) else (op, of(av))
        elif op in ASSERTS and av[0] > 0:
            continue
        kept.append((op, av))
    return kept


def _looks_ahead(nodes: Sequence[Node]) -> bool:
    """True when a lookahead is among the nodes or in them."""
    return any(
        (op in ASSERTS and av[0] > 0) or any(_looks_ahead(child) for child in children((op, av))) for op, av in nodes
    )


def _parted(nodes: list[Node], group: int) -> tuple[list[Node], list[Node], list[Node]]:
    """What comes before the secret, the secret, and what comes after it; all is secret where it is in a choice."""
    for place, (op, av) in enumerate(nodes):
        if op is c.SUBPATTERN and av[0] == group:
            return nodes[:place], list(av[3]), nodes[place + 1 :]
    return [], nodes, []


def _within(state: Any, nodes: Sequence[Node], size: int) -> list[Node]:
    """The first nodes, as far as they surely are within so many bytes."""
    for place in range(len(nodes)):
        if parser.SubPattern(state, list(nodes[: place + 1])).getwidth()[1] > size:
            return list(nodes[:place])
    return list(nodes)


def _is_drawn(secret: Sequence[Node]) -> bool:
    """True when a secret begins with one letter or more out of many, not with a text."""
    op, av = secret[0]
    return op is c.IN or (op in REPEATS and av[2][0][0] is c.IN)


def _begun(state: Any, nodes: Sequence[Node], tail: list[Node]) -> list[Node]:
    """Nodes that fit every beginning of what these fit, up to the end of the text; `tail` is what comes after them."""
    for node in reversed(nodes):
        ways = [[_END], [node, *tail], *_halves(state, node)]
        tail = [(c.BRANCH, (None, [parser.SubPattern(state, way) for way in ways]))]
    return tail


def _halves(state: Any, node: Node) -> list[list[Node]]:
    """The beginnings of what one node fits."""
    op, av = node
    if op in REPEATS:
        low, high, inner = av
        if len(inner) == 1 and inner[0][0] in (c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY):
            return [[(c.MAX_REPEAT, (1, low - 1, inner)), _END]] if low > 1 else []
        return [[(c.MAX_REPEAT, (0, high - 1, inner)), *_begun(state, inner, [_END])]]
    if op is c.SUBPATTERN:
        return [[(op, (None, *av[1:3], parser.SubPattern(state, _begun(state, list(av[3]), [_END]))))]]
    return [_begun(state, child, [_END]) for child in children(node)] if op in (c.BRANCH, c.ATOMIC_GROUP) else []
