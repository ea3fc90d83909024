"""Both engines give the same matches: those of the patterns themselves."""

from __future__ import annotations

import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrubjay.patterns import Match, Matcher
from scrubjay.patterns.gate import hostile_texts
from scrubjay.patterns.load import load, read_shipped

pytest.importorskip("hyperscan", reason="two engines are compared, and one is not installed")

RULES = load(read_shipped())
MATCHERS = [Matcher.default(engine=name) for name in ("hyperscan", "keywords")]
FILLER = [b"", b" ", b"\n", b'"', b"=", b"A", b"0", b"_", b"-", b"\xff", b"\0", b"/", b"."]


def reference(matcher: Matcher, data: bytes) -> list[Match]:
    """What the patterns find without any candidate stage: every position of the data is tried by every rule."""
    everywhere = {index: [(0, len(data))] for index in range(len(matcher._plans))}
    return matcher.resolved((span for span in matcher._spans(data, everywhere, 0) if span.confidence), data)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_engines_and_patterns_agree_on_examples_in_any_surroundings(rule) -> None:  # type: ignore[no-untyped-def]
    """Examples and counterexamples, cut, joined and surrounded at random, give the same matches in both engines."""
    rng = random.Random(rule.id)
    texts = [example.text for example in rule.examples] + list(rule.counterexamples)
    for number in range(4):
        parts = []
        for _ in range(rng.randint(1, 3)):
            text = rng.choice(texts)
            if rng.random() < 0.3:
                cut = rng.randrange(len(text) + 1)
                text = text[:cut] + rng.choice(FILLER) + text[cut:]
            parts += [
                rng.choice(FILLER),
                text[: rng.randint(len(text) // 2, len(text))] if rng.random() < 0.2 else text,
            ]
        data = b"".join([*parts, rng.choice(FILLER)])
        first, second = (matcher.find(data) for matcher in MATCHERS)
        assert first == second
        if number == 0 and len(data) < 1000:
            assert first == reference(MATCHERS[0], data)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_engines_agree_on_hostile_texts(rule) -> None:  # type: ignore[no-untyped-def]
    """Texts that promise a match and break the promise give the same matches in both engines."""
    for data in list(hostile_texts(rule, 600))[::9]:
        assert MATCHERS[0].find(data) == MATCHERS[1].find(data)


def real_files(count: int) -> Iterator[bytes]:
    """Files of the running Python's library, chosen by a fixed seed."""
    paths = sorted(Path(sysconfig.get_path("stdlib")).glob("*/*.py"))
    for path in random.Random(7).sample(paths, min(count, len(paths))):
        yield path.read_bytes()


def test_engines_agree_on_real_code() -> None:
    """Real source files give the same matches in both engines."""
    files = list(real_files(60))
    assert sum(map(len, files)) > 200_000
    for data in files:
        assert MATCHERS[0].find(data) == MATCHERS[1].find(data)


def test_engines_agree_with_secrets_planted_in_real_code() -> None:
    """Examples planted between the lines of real code are found at the same places by both engines."""
    rng = random.Random(11)
    found = 0
    for data in real_files(40):
        lines = data.splitlines(keepends=True)
        for rule in rng.sample(RULES, 5):
            lines.insert(rng.randint(0, len(lines)), rng.choice(rule.examples).text + b"\n")
        text = b"".join(lines)
        first = MATCHERS[0].find(text)
        assert first == MATCHERS[1].find(text)
        found += len(first)
    assert found >= 150
