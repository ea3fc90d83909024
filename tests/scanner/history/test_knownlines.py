"""Verdicts on lines, used again for other versions of a file: only where nothing but the line has a say."""

from __future__ import annotations

import base64

import pytest
from scrubjay.patterns import Matcher
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.history.knownlines import AROUND, BESIDE, Known, found_again, joined
from scrubjay.scanner.history.text import Judge

NAME = "0" * 40
TOKEN = b"gh" + b"p_" + b"S4zJ9qLw2XvB7nKc5RtY8mHd3FgP6sAe1Uo0"
KEY_ID = b"AK" + b"IA" + b"Q7ZL2MX4TR6VN3WB"
ENV = b"env:\n  - name: DB_PASSWORD\n    # of the test\n    value: none\n"


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.default()


def _judge(matcher: Matcher, *, archives: bool = False) -> Judge:
    return Judge(matcher, Coverage(), b"k" * 32, archives=archives)


@pytest.mark.parametrize("archives", [False, True])
def test_the_first_line_of_what_may_go_on_is_part_of_what_is_known(matcher: Matcher, archives: bool) -> None:
    found, lines = _judge(matcher, archives=archives).learn(NAME, b"a: 1\n" + ENV + b"b: 2\n" * 30)
    assert not found and lines is not None
    assert [entry.reach > AROUND for entry in lines.values()] == [True]
    assert found_again(b"b: 2\n" * 9 + ENV + b"b: 2\n" * 200, lines) is None, "other lines around it"
    assert found_again(b"b: 2\n" * 200, lines) is None, "without its first line what follows may mean something else"


def test_a_line_is_found_again_with_its_place(matcher: Matcher) -> None:
    text = b"first\nx = " + TOKEN + b"\nthe next line of it\nlast\n"
    _, lines = _judge(matcher).learn(NAME, text)
    assert lines is not None
    told = found_again(b"one\ntwo, long enough\nfirst\n" + text[6:] + b"more\n", lines)
    # What is around the line is another one here.
    assert told is None
    told = found_again(b"one\ntwo\nof some length\n" + text, joined(lines, lines) or {})
    assert told is None
    told = found_again(text + b"more\n" * 3, lines)
    assert told is not None and [(line, finding.rule) for line, finding in told[1]] == [(2, "github-pat-classic")]
    assert found_again(b"nothing of it\n", lines) == ({}, [])
    assert found_again(b"nothing of it\n", lines, must=list(lines)) is None


def test_what_depends_on_more_than_a_line_is_told_apart(matcher: Matcher) -> None:
    judge = _judge(matcher)
    half = b"key = " + KEY_ID + b"\n"
    assert judge.spot(half, 6, 6 + len(KEY_ID)) == {half[:-1]: Known(AROUND, {})}, "only where it is, it can be told"
    _, lines = judge.learn(NAME, half)
    assert lines is not None and [entry.reach >= BESIDE for entry in lines.values()] == [True]
    wide = ("x = " + TOKEN.decode() + "\n").encode("utf-16")
    assert judge.learn(NAME, wide) == (True, None)
    assert judge.by_lines(NAME, wide, {}, {}) == (True, None)
    begin = b"-----BEGIN RSA PRIVATE " + b"KEY-----"
    for high in (len(begin), len(begin) + 1):
        assert judge.spot(begin + b"\nx\n", 0, high) == {begin: Known(AROUND, {})}
    assert judge.spot(begin + b"\nx\n", 0, len(begin) + 2) is None
    _, lines = judge.learn(NAME, begin + b"\nx\n")
    assert lines is None, "as long as a key may be"
    coded = b"x = " + base64.b64encode(b"the token is " + TOKEN)
    assert judge.spot(coded, 4, len(coded)) is None
    assert judge.learn(NAME, coded) == (True, None)


def test_a_suspect_line_is_judged_once_for_all(matcher: Matcher) -> None:
    judge = _judge(matcher)
    line = b"token: " + TOKEN
    one = judge.spot(b"a\n" + line + b"\nb\n", 9, 9 + len(TOKEN))
    other = judge.spot(b"a\n" + line + b"\nb\n", 9, 9 + len(TOKEN))
    assert one is not None and one is other and list(one) == [line]
    told = judge.by_lines(NAME, b"a\n" + line + b"\nb\n", {}, one)
    assert told is not None and told[0]
    assert [(hit.id, hit.line, hit.placed().line, hit.placed().path) for hit in judge.hits] == [(NAME, 2, 2, NAME)]
