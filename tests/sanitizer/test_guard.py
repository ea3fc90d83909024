"""The guard: chunks in, masked bytes out, and nothing passes that was not examined."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns import Matcher, MatchTimeout
from scrubjay.sanitizer import redact
from scrubjay.sanitizer.guard import SLICE, Guard

POISON = b"POISON"
FILLER = b"an ordinary line of a log, nothing to see\n"


class Failing(Matcher):
    """A matcher that fails whenever the word POISON is in view, for `failures` times."""

    failures = 1 << 30
    kind: type[Exception] = RuntimeError

    def find_and_open(self, data: Any, start: int, end: int) -> Any:
        """Fail with the data in the message, as careless code would."""
        if self.failures and POISON in bytes(data):
            self.failures -= 1
            raise MatchTimeout("some-rule") if self.kind is MatchTimeout else self.kind(bytes(data))
        return super().find_and_open(data, start, end)


@pytest.fixture(scope="module")
def shared() -> Failing:
    """A matcher with all rules that fails on a word."""
    return Failing.default()


@pytest.fixture
def failing(shared: Failing) -> Failing:
    """The same, set to fail always."""
    shared.failures, shared.kind = 1 << 30, RuntimeError
    return shared


def _send(guard: Guard, chunks: Iterable[bytes]) -> bytes:
    out = b"".join(b"".join(guard.feed(chunk)) for chunk in chunks)
    return out + b"".join(guard.finish())


def test_a_secret_split_anywhere_is_masked(matcher: Matcher, line: bytes) -> None:
    """Each place to cut the line in two gives the output of the whole."""
    text = b"before\n" + line + b"after"
    whole = redact(matcher, text)
    for cut in range(len(text) + 1):
        assert _send(Guard(matcher), [text[:cut], text[cut:]]) == whole


def test_every_example_survives_any_pause(matcher: Matcher) -> None:
    """A pause at any blank of an example, long enough for a flush, lets no part of its secret out."""
    for rule in matcher.rules:
        example = rule.examples[0]
        secret = example.text[example.start : example.end]
        if b"\n" in secret:
            continue
        for cut in range(example.start + 1):
            guard = Guard(matcher)
            out = b"".join(guard.feed(example.text[:cut])) + b"".join(guard.flush())
            assert secret not in out + _send(guard, [example.text[cut:]]), (rule.id, cut)


def test_flush_holds_only_what_may_be_half_a_secret(matcher: Matcher) -> None:
    """A prompt comes out although its line has no end yet; after a keyword the word that may still grow does not."""
    guard = Guard(matcher)
    assert guard.feed(b"Enter your name: jo") == []
    assert b"".join(guard.flush()) == b"Enter your name: jo"
    guard.feed(b"\nEnter your password: jo")
    assert b"".join(guard.flush()) == b"Enter your password: "
    assert guard.held == 2
    assert b"".join(guard.finish()) == b"jo"


def test_output_does_not_refer_to_the_input(matcher: Matcher) -> None:
    """The caller may reuse its buffer at once."""
    guard = Guard(matcher)
    buffer = bytearray(b"one line\nanother")
    out = guard.feed(memoryview(buffer))
    buffer[:] = b"X" * len(buffer)
    assert b"".join(out) + b"".join(guard.finish()) == b"one line\nanother"


def test_a_failing_piece_is_withheld_and_the_next_goes_on(failing: Failing, line: bytes, password: bytes) -> None:
    """The placeholder stands for the piece, ends like it, and the stream continues masked."""
    notes: list[str] = []
    guard = Guard(failing, notes.append)
    out = _send(guard, [FILLER, b"raw " + POISON + b" " + line, line, b"end"])
    assert out == FILLER + b"[REDACTED:error]\n" + redact(failing, line) + b"end"
    assert (guard.withheld, guard.withheld_bytes) == (1, len(b"raw " + POISON + b" " + line))
    assert notes == ["RuntimeError"]
    assert password not in out


@pytest.mark.parametrize("kind", [RuntimeError, MemoryError, MatchTimeout, RecursionError, UnicodeDecodeError])
def test_every_kind_of_failure_withholds(failing: Failing, kind: type[Exception]) -> None:
    """Also a failure while the exception itself is made."""
    failing.kind = kind
    guard = Guard(failing)
    assert _send(guard, [b"a " + POISON + b"\n", FILLER]) == b"[REDACTED:error]\n" + FILLER


def test_the_rest_of_a_withheld_line_is_withheld_too(failing: Failing) -> None:
    """A line that comes in parts counts as one, so no secret can be cut in two by a failure."""
    guard = Guard(failing)
    out = b"".join(guard.feed(b"key " + POISON + b" and "))
    out += b"".join(guard.flush())
    assert out == b"[REDACTED:error]"
    assert _send(guard, [b"more of ", b"the line\n", FILLER]) == b"\n" + FILLER
    assert guard.withheld == 1
    assert guard.withheld_bytes == len(b"key POISON and more of the line\n")


def test_one_bad_line_in_a_large_chunk_costs_only_its_neighbours(failing: Failing) -> None:
    """The chunk is tried again in slices; what passes is examined, and in order."""
    before, after = FILLER * 3000, FILLER * 2000
    guard = Guard(failing)
    out = _send(guard, [before + b"bad " + POISON + b"\n" + after])
    head, _, tail = out.partition(b"[REDACTED:error]\n")
    assert before.startswith(head)
    assert after.endswith(tail)
    assert len(before + after) - len(head + tail) < 2 * SLICE
    assert guard.withheld == 1


def test_a_chunk_full_of_failures_is_given_up_soon(failing: Failing) -> None:
    """The time for retries is bounded: after a few failures the whole rest of the chunk is withheld."""
    guard = Guard(failing)
    out = _send(guard, [(FILLER * 50 + b"bad " + POISON + b"\n") * 100, FILLER])
    assert POISON not in out
    assert out.endswith(b"[REDACTED:error]\n" + FILLER)
    assert guard.withheld <= 4


def test_a_failure_that_goes_away_withholds_nothing(failing: Failing) -> None:
    """When the second try succeeds nothing is missing."""
    failing.failures = 1
    text = FILLER * 1000 + POISON + b"\n" + FILLER
    guard = Guard(failing)
    assert _send(guard, [text]) == text
    assert guard.withheld == 0


def test_a_failure_at_the_end_withholds_the_rest(failing: Failing) -> None:
    """The last line without a line break is not passed raw either."""
    guard = Guard(failing)
    assert _send(guard, [FILLER, b"tail " + POISON]) == FILLER + b"[REDACTED:error]"
    long = Guard(failing)
    out = _send(long, [b"word " * 2000 + POISON])
    assert POISON not in out
    assert out.endswith(b"[REDACTED:error]")
    assert long.held == 0


def test_a_private_key_that_began_in_a_withheld_piece_stays_inside(failing: Failing, private_key: bytes) -> None:
    """Its later lines look like nothing on their own, so withholding goes on to the end of the block."""
    lines = private_key.splitlines(keepends=True)
    for size in (1, 5):
        guard = Guard(failing)
        chunks = [b"".join(lines[low : low + size]) for low in range(0, len(lines), size)]
        out = _send(guard, [FILLER, POISON + b"\n" + chunks[0], *chunks[1:], FILLER])
        assert out == FILLER + b"[REDACTED:error]\n" + FILLER
        assert guard.withheld_bytes == len(POISON) + 1 + len(private_key)


def test_a_failure_in_the_middle_of_a_private_key_withholds_all_of_it(failing: Failing, private_key: bytes) -> None:
    """The beginning, held back for its end, and the rest are withheld together."""
    lines = private_key.splitlines(keepends=True)
    guard = Guard(failing)
    out = _send(guard, [*lines[:9], POISON + b"\n", *lines[9:], FILLER])
    assert out == b"[REDACTED:error]\n" + FILLER


def test_a_word_of_a_rule_that_spans_lines_withholds_no_more_than_its_reach(failing: Failing) -> None:
    """After a failure on a line that only speaks of such a secret, the stream goes on soon."""
    guard = Guard(failing)
    out = _send(guard, [POISON + b" -----BEGIN " + b"PRIVATE KEY-----\n", FILLER * 5000])
    assert out.startswith(b"[REDACTED:error]\n")
    assert out.endswith(FILLER * 100)
    assert guard.withheld_bytes <= failing.limits.block + 100


def test_withholding_an_endless_line_ends_where_no_secret_can_reach(
    failing: Failing, line: bytes, password: bytes
) -> None:
    """After the longest possible match the line goes on, and a secret that lies on that place is masked whole."""
    reach = failing.limits.line
    for before in (reach - 200, reach - 30, reach - 20, reach):
        guard = Guard(failing)
        rest = (b"x " * reach)[:before] + line.strip() + b" and so on" * 50
        out = b"".join(guard.feed(b"word " + POISON + b" ") + guard.flush())
        out += _send(guard, [rest])
        assert out.startswith(b"[REDACTED:error]")
        assert out.endswith(b" and so on" * 5)
        assert not any(password[low : low + 4] in out for low in range(len(password) - 3))


def test_what_a_pause_let_out_is_not_forgotten_by_a_second_try(failing: Failing, password: bytes) -> None:
    """A line whose beginning is gone is not judged again without it."""
    guard = Guard(failing)
    out = b"".join(guard.feed(b"pass" + b"word = ")) + b"".join(guard.flush())
    assert out == b"pass" + b"word = "
    out += _send(guard, [b"'" + password + b"'\n" + FILLER * 500 + POISON + b"\n"])
    assert password not in out
    assert out.startswith(b"pass" + b"word = [REDACTED:error]\n" + FILLER)


def test_no_failure_at_any_place_lets_a_secret_out(
    failing: Failing, line: bytes, password: bytes, private_key: bytes
) -> None:
    """However the stream is cut, paused and disturbed, no part of a password or key comes out."""
    bad = b"bad " + POISON + b" here\n"
    kinds = [FILLER, FILLER * 150, line, private_key, bad, bad.strip() + b" " + line, line.strip() + b" ", b"words "]
    body = private_key.splitlines()[1:-1]

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(st.sampled_from(kinds), max_size=12),
        st.lists(st.integers(1, 9000), max_size=12),
        st.sets(st.integers(0, 12)),
        st.sampled_from([1, 2, 1 << 30]),
    )
    def check(parts: list[bytes], sizes: list[int], pauses: set[int], failures: int) -> None:
        failing.failures = failures
        guard = Guard(failing)
        rest, out = b"".join(parts), b""
        for number, size in enumerate([*sizes, len(rest) + 1]):
            chunk, rest = rest[:size], rest[size:]
            out += b"".join(guard.feed(chunk))
            if number in pauses:
                out += b"".join(guard.flush())
        out += b"".join(guard.finish())
        assert password[:6] not in out
        assert password[-6:] not in out
        assert not any(row in out for row in body)
        assert guard.held == 0
        if failures > 12:
            assert POISON not in out

    check()
