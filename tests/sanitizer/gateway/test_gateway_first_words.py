"""A streamed answer goes on as it comes; only what may be the beginning of a secret waits, and no secret leaves."""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns.fronts import SHORT
from scrubjay.sanitizer.gateway.answer import Answer
from scrubjay.sanitizer.gateway.pseudonyms import Pseudonyms

MATCHER = Matcher.default()
# What models put around words.
AROUND = ("{}", " {}", "{},", '"{}', "({}", "**{}**", "`{}`", "```{}", "{}'s", "# {}")
LEADS = ("", "Certainly, here it is: ", "Unfortunately:\n")


def streamed(pseudonyms: Pseudonyms, pieces: list[str], field: str) -> str:
    """What a client gets of a text that comes in these pieces, as prose or as the arguments of a tool."""
    answer = Answer(pseudonyms, guard=True)
    out = ""
    for piece in pieces:
        made = {"content": piece} if field == "content" else {"tool_calls": [{"index": 0, field: piece}]}
        out += _text(answer.event({"choices": [{"index": 0, "delta": made}]}), field)
    return out + _text(answer.finish(), field)


def _text(events: list[dict[str, Any]], field: str) -> str:
    deltas = [event["choices"][0]["delta"] for event in events]
    return "".join(delta[field] if field == "content" else delta["tool_calls"][0][field] for delta in deltas)


@pytest.fixture(scope="module")
def words() -> list[str]:
    """The 1,000 most frequent words of the standard library's texts; each is in two of its files or more."""
    count: Counter[str] = Counter()
    for path in sorted(Path(os.__file__).parent.glob("*.py")):
        text = path.read_text("utf-8", "replace")
        count.update(
            set(re.findall(r"(?<=\s)(?:[A-Z]?[a-z]{2,}|[A-Z]{2,}|[A-Z][a-z]{2,}[A-Z][a-z]+)(?=[\s,.:;])", text))
        )
    found = [word for word, number in count.most_common(1000) if number > 1]
    assert len(found) == 1000 and sum(len(word) > SHORT for word in found) > 200
    return found


def test_ordinary_first_words_go_on_at_once(pseudonyms: Pseudonyms, words: list[str]) -> None:
    """Each of 1,000 ordinary words goes on whole as the first thing of an answer, whatever stands around it."""
    held = []
    for number, word in enumerate(words):
        text = AROUND[number % len(AROUND)].format(word)
        answer = Answer(pseudonyms, guard=True)
        event = {"choices": [{"index": 0, "delta": {"content": text}}]}
        if answer.event(event) != [event]:
            held.append(text)
    assert not held


def test_prose_and_code_hardly_wait(pseudonyms: Pseudonyms) -> None:
    """Of a file of the standard library only `ECMA-262` and what stands after `basic` are held until the next word."""
    answer = Answer(pseudonyms, guard=True)
    text = Path(json.__file__).read_text()[:6000]
    sent = got = ""
    held = []
    for piece in re.findall(r"\s*\S+", text):
        sent += piece
        got += _text(answer.event({"choices": [{"index": 0, "delta": {"content": piece}}]}), "content")
        if got != sent:
            held.append(piece.strip())
    assert got + _text(answer.finish(), "content") == sent
    assert set(held) <= {"(ECMA-262", "Python", "types"}


def _pieces(kind: str, text: str, start: int, end: int, chance: random.Random) -> list[str]:
    """A text in pieces: a secret's first letters one by one, or all of it in tokens of some letters each."""
    if kind == "letters":
        end = min(end, start + 32)
        return [text[:start], *text[start:end], text[end:]]
    pieces = []
    while text:
        size = chance.randint(1, 12)
        pieces.append(text[:size])
        text = text[size:]
    return pieces


def _examples() -> list[tuple[str, str, str, str]]:
    """Of each tenth rule, and of all whose matches may span lines, an example: before it, its secret, after it."""
    found = []
    for number, rule in enumerate(MATCHER.rules):
        if number % 10 and not MATCHER.plan(rule.id).opener:
            continue
        text, start, end = min(rule.examples, key=lambda example: len(example.text))
        if len(text) < 600:
            parts = text[:start], text[start:end], text[end:]
            found.append((rule.id, *(part.decode("utf-8", "replace") for part in parts)))
    return found


@pytest.mark.parametrize("kind", ["letters", "tokens"])
@pytest.mark.parametrize("field", ["content", "arguments"])
def test_no_secret_leaves(pseudonyms: Pseudonyms, kind: str, field: str) -> None:
    """Whatever the pieces: no more leaves of a secret than of one that comes in one piece, but for SHORT letters.

    Letter by letter is the worst case: what would go on at a cut goes on there, too.
    """
    chance = random.Random(7)
    leaks = []
    for number, (rule, before, secret, after) in enumerate(_examples()):
        lead = LEADS[number % len(LEADS)]
        before = lead + before
        if field == "arguments":
            before, secret, after = (json.dumps(part, ensure_ascii=False)[1:-1] for part in (before, secret, after))
            before, after = f'{{"text": "{before}', f'{after}"}}'
        text, start = before + secret + after, len(before)
        whole = streamed(pseudonyms, [text], field)
        out = streamed(pseudonyms, _pieces(kind, text, start, start + len(secret), chance), field)
        size = min(SHORT + 1, len(secret))
        parts = {secret[low : low + size] for low in range(1, len(secret) - size + 1)}
        leaks += [(rule, part) for part in parts if part in out and part not in whole]
        if secret not in whole:
            assert secret not in out, rule
    assert not leaks
