"""Many secrets in one line or one file: the work grows with their number, and each has its own place."""

from __future__ import annotations

import random
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrubjay.patterns import Match, Matcher
from scrubjay.scanner import added, finding
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.finding import Finding, Fragment, Snippets, find_in
from scrubjay.scanner.git import Git
from scrubjay.scanner.history import knownlines, life
from scrubjay.scanner.history.knownlines import Known, joined, places_of
from scrubjay.scanner.history.scan import Options, scan_history
from scrubjay.scanner.overlaps import Overlaps

VALUE = b"S4zJ9qLw2XvB"
TEXTS = st.lists(st.sampled_from([b"\n", b"a", b"'key': ", "é".encode(), "日".encode(), b"\xe6", b"\x97"])).map(
    b"".join
)


def _match(start: int, end: int) -> Match:
    return Match("generic-secret", start, end, start, end, "high", "********")


def _naive(data: bytes, offset: int) -> tuple[int, int]:
    before = data[:offset]
    return before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "surrogateescape")) + 1


@given(TEXTS, TEXTS, st.data())
def test_places_are_told_in_any_order(first: bytes, second: bytes, data: st.DataObject) -> None:
    offsets = st.lists(st.integers(0, len(second)))
    first = first.decode("utf-8", "ignore").encode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(finding, "_STEP", 3)
        place = finding._Place()
        place.advance(first)
        for offset in data.draw(offsets):
            assert place.locate(second, offset) == _naive(first + second, len(first) + offset)
        place.advance(second)
        assert place.locate(b"", 0) == _naive(first + second, len(first + second))


def test_a_hundred_thousand_findings_in_one_line() -> None:
    """Each looked at all before it, and at the line up to it, so that a line of 60,000 was not done in ten minutes."""
    count = 100_000
    line = b"".join(b"%07d: '%s' " % (number, VALUE) for number in range(count))
    size = len(line) // count
    matches = [_match(at + 10, at + 10 + len(VALUE)) for at in range(0, len(line), size)]
    seen = Coverage()
    seen.snippets = True
    found = find_in(Matcher.default(), Fragment(line, "f"), seen, b"k" * 32, find=lambda data: matches)
    assert [(one.line, one.column, one.end_column) for one in found] == [
        (1, match.start + 1, match.end + 1) for match in matches
    ]
    assert all("********" in one.snippet and VALUE.decode() not in one.snippet for one in found[::1000])


@given(st.text("ab \n", max_size=300), st.lists(st.integers(0, 300), unique=True))
def test_snippets_mask_all_that_is_near(text: str, cuts: list[int]) -> None:
    data = text.encode()
    cuts = sorted(cut for cut in cuts if cut <= len(data))
    matches = [_match(low, high) for low, high in list(pairwise(cuts))[::2]]
    masked = bytearray(data)
    for one in matches:
        masked[one.start : one.end] = bytes(b if b == 10 else 0 for b in data[one.start : one.end])
    lines = Snippets(data, reversed(matches))
    for one in matches:
        low = max(0, one.start - 80, data.rfind(b"\n", 0, one.start) + 1)
        end = data.find(b"\n", one.start, one.end + 80)
        high = end if end >= 0 else min(len(data), one.end + 80)
        shown = lines.of(one)
        # What is left are the letters that no match holds.
        left = [chr(b) for b in masked[low:high] if b in b"ab"]
        assert [c for c in shown if c in "ab"] == left


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9))), st.integers(1, 9), st.integers(0, 3))
def test_added_lines_are_looked_up(ranges: list[tuple[int, int]], first: int, more: int) -> None:
    one = Finding("x", "f", first, 1, first + more, 1, "", "", "high")
    touched = any(low <= first + more and first <= high for low, high in ranges if low <= high + 1)
    lines = Overlaps((low, high + 1) for low, high in sorted(ranges) if low <= high + 1)
    assert added._touches(lines, one) == touched


KNOWN = st.dictionaries(
    st.sampled_from([b"x", b"y", b"z"]),
    st.builds(
        Known,
        st.sampled_from([16, 20]),
        st.dictionaries(st.tuples(st.just(0), st.sampled_from([b"1", b"2"])), st.just([]), max_size=2),
    ),
)


@given(st.lists(KNOWN, max_size=5))
def test_many_lines_are_joined_as_two_at_a_time(parts: list[dict[bytes, Known]]) -> None:
    before = [{line: Known(entry.reach, dict(entry.found)) for line, entry in part.items()} for part in parts]
    one_by_one: knownlines.Lines = {}
    for part in parts:
        one_by_one = joined(one_by_one, part)
    assert joined(*parts) == one_by_one
    assert parts == before, "what was joined stays as it was"


@given(st.lists(st.sampled_from([b"", b"a", b"b", b"ab", b"c\r"])), st.sets(st.sampled_from([b"", b"a", b"b", b"c"])))
def test_few_and_many_lines_are_found_at_the_same_places(lines: list[bytes], wanted: set[bytes]) -> None:
    data, known = b"\n".join(lines), {line: Known(16, {}) for line in wanted}
    with pytest.MonkeyPatch.context() as patched:
        usual = list(places_of(data, known))
        patched.setattr(knownlines, "_knownlines", None)
        few = list(places_of(data, known))
        patched.setattr(knownlines, "_MANY", -1)
        many = list(places_of(data, known))
    assert usual == few == many


@given(st.sets(st.integers(0, 300)))
def test_the_bits_of_secrets(numbers: set[int]) -> None:
    one = Finding("x", "f", 1, 1, 1, 1, "", "", "high")
    found = [(life._Gathered(one, number), life.Hit("", "blob", 1, one)) for number in numbers]
    assert life._bits(found) == sum(1 << number for number in numbers)


def test_many_secrets_in_a_line_of_each_version(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e", *words], check=True)

    git("init", "-q")
    random_ = random.Random(7)
    values = [
        "".join(random_.sample("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 24)) for _ in range(2000)
    ]
    for step in range(3):
        lines = [f'key auth token = "{value}"' for value in values]
        (tmp_path / "one.txt").write_text("x" * step + " ".join(lines) + "\n")
        lines[step * 9] = "nothing"
        (tmp_path / "many.txt").write_text("\n".join(lines) + "\n")
        git("add", ".")
        git("commit", "-qm", "more")
    git("gc", "-q")
    seen = []
    for walk in (True, False):
        options = Options(confidence="low", workers=1, now=0, walk=walk, cache=False, all_places=True)
        history = scan_history(Git(str(tmp_path)), Matcher.default(), Coverage(), options)
        assert len(history.secrets) == len(values) and {one.life.places for one in history.secrets} <= {5, 6}
        seen.append(history.secrets)
    assert seen[0] == seen[1]
