"""The marker and the pure function `redact`."""

from __future__ import annotations

import json

import pytest
from scrubjay.patterns import Match, Matcher
from scrubjay.sanitizer import redact
from scrubjay.sanitizer.mask import Masker, marker
from scrubjay.sanitizer.policy import Policy


def _match(start: int, end: int, rule: str, begin: int | None = None) -> Match:
    return Match(rule, start, end, start if begin is None else begin, end, "high", "***")


@pytest.fixture(scope="module")
def rule(matcher: Matcher) -> str:
    """The id of some rule of a provider."""
    return next(rule.id for rule in matcher.rules if not rule.generic)


@pytest.fixture(scope="module")
def generic(matcher: Matcher) -> str:
    """The id of some generic rule."""
    return next(rule.id for rule in matcher.rules if rule.generic)


def test_only_the_secret_is_replaced(matcher: Matcher, line: bytes, password: bytes) -> None:
    """Everything around the secret stays, and the marker names the rule."""
    clean = redact(matcher, b"before\n" + line + b"after")
    head, _, tail = (b"before\n" + line + b"after").partition(password)
    assert clean.startswith(head + b"[REDACTED:")
    assert clean.endswith(b"]" + tail)
    assert password not in clean


def test_text_without_secret_is_the_same(matcher: Matcher) -> None:
    """Bytes of any kind pass unchanged."""
    data = bytes(range(256)) * 3 + b"\r\n\x00 plain \xff\n"
    assert redact(matcher, data) == data


def test_every_example_is_masked_and_masking_twice_changes_nothing(matcher: Matcher) -> None:
    """No example of any rule survives, and a second pass over the result finds nothing more to do."""
    for rule in matcher.rules:
        for example in rule.examples:
            clean = redact(matcher, example.text)
            assert example.text[example.start : example.end] not in clean, rule.id
            assert b"[REDACTED:" in clean, rule.id
            assert redact(matcher, clean) == clean, rule.id


def test_markers_break_neither_json_nor_urls(matcher: Matcher, line: bytes) -> None:
    """A JSON document with secrets in its strings is still one, with the same keys."""
    text = json.dumps({"a": line.decode(), "b": [line.decode(), 1]}).encode()
    clean = redact(matcher, text)
    assert clean != text
    assert list(json.loads(clean)) == ["a", "b"]
    for rule in matcher.rules:
        assert json.loads(b'"' + marker(rule.id) + b'"') == f"[REDACTED:{rule.id}]"


def test_overlapping_matches_become_one_marker(matcher: Matcher, rule: str, generic: str) -> None:
    """The marker covers both and names the rule that is not generic."""
    matches = [_match(2, 6, generic), _match(4, 9, rule), _match(9, 10, generic)]
    parts = Masker(matcher).apply(b"0123456789ab", matches)
    assert b"".join(parts) == b"01" + marker(rule) + marker(generic) + b"ab"


def test_each_marker_is_counted_under_its_rule(matcher: Matcher, rule: str, generic: str) -> None:
    """Counts grow by one for each marker written, not for each match."""
    counts = {generic: 1}
    Masker(matcher).apply(b"0123456789", [_match(0, 4, rule), _match(2, 5, generic), _match(7, 8, generic)], counts)
    assert counts == {generic: 2, rule: 1}


def test_a_match_on_or_proved_by_a_marker_is_left_alone(matcher: Matcher, rule: str, generic: str) -> None:
    """What an earlier pass has decided stays, whatever part of the marker is matched."""
    data = b"ab" + marker(rule) + b": cdef"
    inside = [_match(2, len(data) - 6, generic), _match(4, 8, generic), _match(0, 5, generic)]
    for match in [*inside, _match(len(data) - 4, len(data), generic, begin=10)]:
        assert b"".join(Masker(matcher).apply(data, [match])) == data
    beside = _match(len(data) - 4, len(data), generic)
    assert b"".join(Masker(matcher).apply(data, [beside])) == data[:-4] + marker(generic)


def test_brackets_around_a_secret_do_not_hide_it(matcher: Matcher, rule: str) -> None:
    """Only the id of an existing rule makes a marker."""
    data = b"x [REDACTED:0123456789abcdef] y"
    assert b"".join(Masker(matcher).apply(data, [_match(12, 28, rule)])) == b"x [REDACTED:" + marker(rule) + b"] y"


@pytest.mark.parametrize("before", [0, 1, 1023, 1024, 1025, 3000])
@pytest.mark.parametrize("after", [0, 1, 1023, 1024, 2047, 3000])
def test_a_dropped_line_goes_whole(matcher: Matcher, before: int, after: int, rule: str) -> None:
    """However far its ends are from the secret; the lines beside it stay, also where there are none."""
    masker = Masker(matcher, policy=Policy("drop"))
    line = b"x" * before + b"SECRET" + b"y" * after
    for head, tail in ((b"", b""), (b"one\n", b"\ntwo\n"), (b"one\n\n", b"\n"), (b"\n", b"\n\n")):
        start = len(head) + before
        found = b"".join(masker.apply(head + line + tail, [_match(start, start + 6, rule)]))
        assert found == head + tail.removeprefix(b"\n")
