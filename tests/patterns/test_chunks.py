"""A stream matched in chunks gives the matches of the whole."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns import Matcher
from scrubjay.patterns.chunks import Chunker, split

MATCHER = Matcher.default()
EXAMPLES = [example.text for rule in MATCHER.rules for example in rule.examples]


def block(lines: int, end: bool = True) -> bytes:
    """A fake private key block: right shape, meaningless content."""
    body = b"".join(hashlib.sha512(b"fake %d" % number).digest() for number in range(lines))
    text = base64.encodebytes(body).replace(b"\n", b"")
    rows = [text[low : low + 64] for low in range(0, 64 * lines, 64)]
    head, tail = (b"-----" + word + b" RSA PRIV" + b"ATE KEY-----" for word in (b"BEGIN", b"END"))
    return b"\n".join([head, *rows, *([tail] if end else [])]) + b"\n"


SNIPPETS = st.one_of(
    st.sampled_from(EXAMPLES),
    st.integers(1, 40).map(block),
    st.integers(1, 12).map(lambda lines: block(lines, end=False)),
    st.binary(max_size=40),
    st.sampled_from([b"\n", b"\r\n", b" ", b"=", b"password", b"token: ", b"-----BEGIN RSA PRIV", b"x" * 300]),
)
TEXTS = st.lists(st.tuples(SNIPPETS, st.sampled_from([b"", b"\n", b" "])), max_size=12).map(
    lambda parts: b"".join(snippet + join for snippet, join in parts)
)


def chunked(chunks: list[bytes], line_limit: int = 1 << 20) -> tuple[bytes, list[tuple[str, int, int]]]:
    chunker = Chunker(MATCHER, line_limit)
    data, found = b"", []
    for pieces in [*(chunker.feed(chunk) for chunk in chunks), chunker.finish()]:
        for piece in pieces:
            assert piece.offset == len(data)
            data += bytes(piece.data)
            found += [(m.rule, piece.offset + m.start, piece.offset + m.end) for m in piece.matches]
    assert chunker.held == 0
    return data, found


def whole(data: bytes) -> list[tuple[str, int, int]]:
    return [(match.rule, match.start, match.end) for match in MATCHER.find(data)]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted(place % (len(data) + 1) for place in places)
    return [data[low:high] for low, high in zip([0, *ends], [*ends, len(data)], strict=True)]


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 1 << 16), max_size=8))
def test_any_chunking_equals_the_whole(data: bytes, places: list[int]) -> None:
    """However a text is cut into chunks, its bytes come back in order and its matches are those of the whole."""
    assert chunked(cut(data, places)) == (data, whole(data))


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(1, 7))
def test_tiny_chunks_equal_the_whole(data: bytes, size: int) -> None:
    """Chunks of a few bytes give the matches of the whole."""
    chunks = [data[low : low + size] for low in range(0, len(data), size)]
    assert chunked(chunks) == (data, whole(data))


@pytest.mark.parametrize("place", range(0, 2200, 37))
def test_a_block_cut_anywhere_is_found_whole(place: int) -> None:
    """A private key block is one match wherever the stream is cut."""
    data = b"before\n" + block(32) + b"after\n"
    found = chunked(cut(data, [place]))[1]
    assert found == whole(data)
    assert any(data[start:end].count(b"\n") > 30 for _, start, end in found)


def test_long_lines_are_cut_where_no_match_is() -> None:
    """A line far beyond the limit gives the same matches as in one piece, and is released before its end."""
    filler = b"lorem ipsum dolor " * 100
    data = b"".join(filler + example.replace(b"\n", b" ") + b" " for example in EXAMPLES)
    assert b"\n" not in data
    chunks = [data[low : low + 5000] for low in range(0, len(data), 5000)]
    assert chunked(chunks, line_limit=1) == (data, whole(data))
    chunker = Chunker(MATCHER, line_limit=1)
    most = 0
    for chunk in chunks:
        chunker.feed(chunk)
        most = max(most, chunker.held)
    assert most < 3 * MATCHER.limits.line + MATCHER.limits.block + 10_000 < len(data)


def test_a_pause_releases_an_unfinished_line() -> None:
    """A quiet stream releases its unfinished line: progress dots and prompts come through."""
    chunker = Chunker(MATCHER)
    assert chunker.feed(b"copied 3 of 10 fi") == []
    assert [bytes(piece.data) for piece in chunker.flush()] == [b"copied 3 of 10 fi"]
    assert chunker.held == 0


def test_a_secret_after_a_pause_still_finds_its_name() -> None:
    """A value written after a pause is matched together with the name that went out before it."""
    chunker = Chunker(MATCHER)
    name, value = b"pass" + b"word = ", b'"Tq7!m' + b'Zx2Lp"\n'
    chunker.feed(name)
    assert b"".join(bytes(piece.data) for piece in chunker.flush()) == name
    (piece,) = chunker.feed(value)
    assert [(match.start, match.end) for match in piece.matches] == [(1, 11)]


@pytest.mark.parametrize(
    "before", [b"key gh" + b"p_abc", b"set pass" + b"word hunt", b"to" + b"ken: x7K", b"at amqp://u:p"]
)
def test_a_pause_holds_what_may_be_half_a_secret(before: bytes) -> None:
    """After a rule's keyword the last word stays back."""
    chunker = Chunker(MATCHER)
    chunker.feed(before)
    assert b"".join(bytes(piece.data) for piece in chunker.flush()) == before[: before.rindex(b" ") + 1]
    assert chunker.held


def test_split_equals_find() -> None:
    """A large buffer matched in steps gives the matches of one call."""
    data = b"\n".join(EXAMPLES * 6)
    assert [(m.rule, m.start, m.end) for m in split(MATCHER, data, 4096)] == whole(data)
