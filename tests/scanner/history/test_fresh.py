"""What of objects in a row is new: the small C file leaves out nothing that is, and bears any bytes."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrubjay.scanner.history import knownlines, stream
from scrubjay.scanner.history.knownlines import Known
from scrubjay.scanner.history.text import names

if stream._fresh is None:
    pytest.skip("no compiler was there at installation", allow_module_level=True)

_NAMES = [b"a.txt", b"src", b"two words", b"line\nbreak", b"x" * 63, b"y" * 64, "\u00e9".encode(), b"\xff"]
entries = st.tuples(
    st.sampled_from([b"100644", b"40000", b""]), st.sampled_from(_NAMES), st.binary(min_size=20, max_size=20)
)


@st.composite
def trees(draw: st.DrawFn) -> bytes:
    text = b"".join(b"%s %s\0%s" % entry for entry in draw(st.lists(entries, max_size=8)))
    # Damaged at the end, or altogether.
    return draw(st.sampled_from([text, text, text[:-5], text.replace(b" ", b"", 1), text.replace(b"\0", b"", 2)]))


@given(rounds=st.lists(st.lists(trees(), min_size=1, max_size=5), max_size=3))
def test_every_name_is_told_once(rounds: list[list[bytes]]) -> None:
    """A name is told with a tree that has it; short ones not again."""
    seen, told = bytearray(stream._fresh.SEEN), list[bytes]()
    for found in rounds:
        ends = list(accumulate(map(len, found)))
        begins = [end - len(tree) for tree, end in zip(found, ends, strict=True)]
        for number, name in stream._fresh.names(b"".join(found), begins, ends, 20, seen):
            assert name in list(names(found[number], 20))
            told.append(name)
        assert {name for tree in found for name in names(tree, 20)} - {b""} <= set(told)
    short = [name for name in told if len(name) < 64]
    assert len(short) == len(set(short))


def test_many_names_that_share_a_place_are_all_told() -> None:
    """More names than the table has places: each is told at least once."""
    choose = random.Random(5)
    expected = {b"%x" % choose.getrandbits(64) for _ in range(40_000)}
    tree = b"".join(b"100644 %s\0%s" % (name, choose.randbytes(20)) for name in expected)
    seen = bytearray(stream._fresh.SEEN)
    for _ in range(2):
        told = [name for _, name in stream._fresh.names(tree, [0], [len(tree)], 20, seen)]
        assert set(told) <= expected
    assert {name for _, name in stream._fresh.names(tree, [0], [len(tree)], 20, bytearray(len(seen)))} == expected


some_lines = st.lists(st.sampled_from([b"", b"a", b"ab", b"ba", b"a" * 300, b"\r", b"\0"]), max_size=12)


@given(text=some_lines.map(b"\n".join), known=some_lines)
def test_known_lines_are_found_in_order(text: bytes, known: list[bytes]) -> None:
    """The same as splitting the text gives, and as Python's way without the C file."""
    wanted: dict[bytes, Known] = {line: Known(0, {}) for line in known}
    expected = []
    place = 0
    for number, line in enumerate(text.split(b"\n"), 1):
        if line in wanted:
            expected.append((place, number, line))
        place += len(line) + 1
    assert list(knownlines.places_of(text, wanted)) == expected
    wanted.pop(b"", None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knownlines, "_fresh", None)
        assert list(knownlines.places_of(text, wanted)) == [row for row in expected if row[2]]


def test_only_bytes_are_lines() -> None:
    with pytest.raises(TypeError):
        stream._fresh.lines(b"x", {"x": 1})


@pytest.mark.parametrize(
    ("begins", "ends", "short"),
    [([5], [4], 0), ([-1], [4], 0), ([0], [11], 0), (["x"], [1], 0), ([0], [1], 1)],
)
def test_places_that_are_none_are_refused(begins: list[object], ends: list[int], short: int) -> None:
    with pytest.raises((ValueError, TypeError)):
        stream._fresh.names(b"x" * 10, begins, ends, 20, bytearray(stream._fresh.SEEN - short))


@pytest.mark.once
def test_no_byte_is_read_too_far(sanitized: Callable[..., Path], tmp_path: Path) -> None:
    program = sanitized("fresh")
    choose = random.Random(2)
    tree = b"".join(b"100644 %s\0%s" % (choose.choice(_NAMES), choose.randbytes(20)) for _ in range(60))
    (tmp_path / "trees").write_bytes(tree)
    done = subprocess.run([program, "1", "20000", tmp_path / "trees"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]
