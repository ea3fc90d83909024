"""The contributor's gate: is every rule well made? Used by `scrubjay rules check` and by the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .literals import implies, implies_expression
from .load import plan
from .matcher import Matcher, installed_engines
from .rule import Rule

# Seconds that a rule may take on one hostile text of this many bytes; a linear rule takes milliseconds.
WORST_SECONDS = 1.0
WORST_BYTES = 1 << 16
# A text is tried at this size first, and whole if that took longer than a linear rule needs. What takes the limit on
# the whole takes at least 2 ms here even if its time grows with the cube of the size, and 16 ms with the square.
SAMPLE_BYTES = 1 << 13
SAMPLE_SECONDS = 0.0015
LONGEST_LINE_MATCH = 16384
LONGEST_BLOCK_MATCH = 65536


_WANTED = {
    "provider": "whose credential it is",
    "risk": "high, standard or low, by what its holder can do",
    "lifetime": "long-lived, short-lived or embedded-expiry",
    "revoke": "say where or how the owner rotates it",
}


class Problem(NamedTuple):
    """What is wrong with a rule."""

    rule: str
    text: str


def check(
    rules: Sequence[Rule],
    sources: Iterable[tuple[str, bytes]],
    chosen: Sequence[Rule] | None = None,
    *,
    beside: Sequence[Rule] = (),
    documented: bool = True,
) -> Iterator[Problem]:
    """Yield every problem of the rules and of the files they come from; nothing is yielded when all is well.

    With `chosen`, which are some of the rules, only these are checked, beside all; of those in `beside` only that their
    examples are still theirs. Without `documented` the chosen need no documentation, as rules of a user's own. Raises
    ScrubjayError when the rules can't be compiled together at all.
    """
    matchers = [Matcher(rules, engine=name) for name in installed_engines()]
    known = {rule.id: rule for rule in rules}
    for rule in rules if chosen is None else chosen:
        told = _documented(rule) if documented else ()
        for text in (*told, *_paired(rule, known), *_sound(rule), *_finds(rule, matchers), *_worst_case(rule)):
            yield Problem(rule.id, text)
    for rule in beside:
        yield from (Problem(rule.id, text) for text in _finds(rule, matchers))
    for name, content in sources:
        for match in matchers[0].find(content):
            if match.confidence == "low":
                continue
            line = content.count(b"\n", 0, match.start) + 1
            yield Problem(match.rule, f"{name} line {line} would be reported: split the example with ¦")


def _documented(rule: Rule) -> Iterator[str]:
    if not rule.references or not all(link.startswith("https://") for link in rule.references):
        yield "references: give at least one https:// link"
    for key in rule.unsaid:
        yield f"{key} is missing: {_WANTED[key]}"
    if len(set(rule.examples)) < 2 or len(set(rule.counterexamples)) < 2:
        yield "give at least two different examples and two counterexamples"


def _paired(rule: Rule, known: dict[str, Rule]) -> Iterator[str]:
    for name in rule.pairs_with:
        if name not in known or name == rule.id:
            yield f"pairs_with: there is no other rule {name}"
    named_in_turn = (rule.id in known[name].pairs_with for name in rule.pairs_with if name in known)
    if rule.identifier and rule.pairs_with and not any(named_in_turn):
        yield "identifier: the rule of its secret half has to name this one in pairs_with"


def _sound(rule: Rule) -> Iterator[str]:
    if rule.generic != bool(rule.value) and not rule.checks:
        yield "generic rules need a value model or a check; other rules may not have a value model"
    shape = plan(rule)
    if not rule.keywords:
        yield "keywords are missing"
    elif not implies(rule.pattern, rule.keywords):
        yield "keywords: not every match must hold one of them"
    elif shape.opener and not implies_expression(shape.opener, rule.keywords):
        yield "keywords: the first line of the block must hold one of them"
    if shape.max_width > (LONGEST_BLOCK_MATCH if shape.opener else LONGEST_LINE_MATCH):
        yield f"pattern can match {shape.max_width} bytes, which is too long"


def _finds(rule: Rule, matchers: Sequence[Matcher]) -> Iterator[str]:
    for matcher in matchers:
        for number, example in enumerate(rule.examples, 1):
            found = [(match.rule, match.start, match.end) for match in matcher.find(example.text)]
            if found != [(rule.id, example.start, example.end)]:
                yield f"example {number} ({matcher.engine}): expected {example.start}-{example.end}, found {found}"
            if not any(keyword.lower().encode() in example.text.lower() for keyword in rule.keywords):
                yield f"example {number} holds none of the keywords"
        for number, text in enumerate(rule.counterexamples, 1):
            if any(match.rule == rule.id for match in matcher.find(text)):
                yield f"counterexample {number} ({matcher.engine}) is reported"


def hostile_texts(rule: Rule, size: int) -> Iterator[bytes]:
    """Yield texts that make a badly built pattern slow: beginnings that promise a match and break the promise.

    Each has `size` bytes.
    """
    for example in rule.examples[:2]:
        text, secret = example.text, example.text[example.start : example.end]
        for unit in (
            text[: example.end - 1] or text,
            text[: example.start] or text,
            secret[: len(secret) // 2] or secret,
        ):
            yield (unit * (size // len(unit) + 1))[:size]
    for example in rule.examples[:1]:
        text, secret = example.text, example.text[example.start : example.end]
        for filler in (b"a", b"A", b"0", b" ", b"-", b"_", b".", b"=", b"/", b"\n", b"Aa0_"):
            begun = text[: example.start] + secret[:8]
            yield (begun + filler * size)[:size]
            yield (filler * size + begun)[-size:]
    for keyword in rule.keywords[:4]:
        yield (keyword.encode() * (size // len(keyword) + 1))[:size]


def _worst_case(rule: Rule) -> Iterator[str]:
    import re
    from time import process_time

    import regex

    shape = plan(rule)
    source = shape.pattern.encode("latin-1")
    pattern = regex.compile(source, regex.VERBOSE)
    slowest, longest = b"", 0.0
    for sample, whole in zip(hostile_texts(rule, SAMPLE_BYTES), hostile_texts(rule, WORST_BYTES), strict=True):
        seconds = 0.0
        for text in (sample, whole):
            begin = process_time()
            try:
                for _ in pattern.finditer(text, timeout=WORST_SECONDS):
                    continue
            except TimeoutError:
                yield f"takes over {WORST_SECONDS} s on {len(text)} hostile bytes that begin {text[:24]!r}"
                return
            seconds = process_time() - begin
            if seconds < SAMPLE_SECONDS:
                break
        if seconds >= longest:
            slowest, longest = whole, seconds
    if not shape.timed:
        # The matcher leaves these to `re`, which can't be given a limit.
        begin = process_time()
        for _ in re.compile(source, re.VERBOSE).finditer(slowest):
            continue
        if process_time() - begin > WORST_SECONDS:
            yield f"takes over {WORST_SECONDS} s on {WORST_BYTES} hostile bytes that begin {slowest[:24]!r}"
