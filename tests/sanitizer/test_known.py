"""Known values: every encoding of them, at any place, by both finders; where they come from."""

from __future__ import annotations

import base64
import json
import random
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns import Matcher, ScrubjayError
from scrubjay.sanitizer.examine import Examiner
from scrubjay.sanitizer.guard import Guard
from scrubjay.sanitizer.keynames import KeyNames
from scrubjay.sanitizer.known import KnownValues, Sources
from scrubjay.sanitizer.mask import Masker
from scrubjay.sanitizer.variants import WIDEST, beginnings, escaped, forms_of, is_plain, parts_of, written

VALUE = b'p@ss/w\xc3\xb6rd & "red\'house" <100%>'
NO_NAMES = KeyNames(defaults=False)
PLAIN = Matcher(())
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda value: value,
    "percent": lambda value: quote(value, safe="").encode(),
    "percent, lower case": lambda value: re.sub(rb"%..", lambda hit: hit[0].lower(), quote(value, safe="").encode()),
    "percent, plus": lambda value: quote_plus(value).encode(),
    "percent, as JavaScript": lambda value: quote(value, safe="!~*'()").encode(),
    "JSON": lambda value: json.dumps(value.decode())[1:-1].encode(),
    "JSON, not ASCII": lambda value: json.dumps(value.decode(), ensure_ascii=False)[1:-1].encode(),
    "JSON in JSON": lambda value: json.dumps(json.dumps(value.decode()))[3:-3].encode(),
    "hex": lambda value: value.hex().encode(),
    "HEX": lambda value: value.hex().upper().encode(),
    "shell": lambda value: shlex.quote(value.decode()).encode(),
    "XML": lambda value: value.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;"),
}


def engines(values: list[bytes]) -> list[KnownValues]:
    """Both ways to find them."""
    return [KnownValues(values), KnownValues(values, native=False)]


def masked(known: KnownValues, text: bytes) -> bytes:
    return b"".join(Masker(PLAIN, known=known).apply(text, []))


@pytest.mark.parametrize("name", ENCODERS)
def test_every_encoding_is_masked(name: str) -> None:
    """The value is found in each form that programs write, by both finders, and what is around it stays."""
    text = ENCODERS[name](VALUE)
    for known in engines([VALUE]):
        out = masked(known, b"before " + text + b" after")
        assert b"[REDACTED:known-value]" in out
        assert out.startswith(b"before ")
        assert out.endswith(b" after")
        assert VALUE[5:20] not in out
        assert len(out) < len(b"before [REDACTED:known-value] after") + 3


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("alphabet", [None, b"-_"])
def test_base64_at_every_alignment(before: int, alphabet: bytes | None) -> None:
    """Whatever stands before and after it in what was encoded, in both alphabets."""
    value = b"\xfb\xff\xfe-red-house-\xff\xfb"
    text = base64.b64encode(b"user:"[: before + 1] + value + b"?after", alphabet)
    for known in engines([value]):
        out = masked(known, text)
        assert b"[REDACTED:known-value]" in out
        assert not any(text[low : low + 12] in out for low in range(3, len(text) - 20))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text("abAB01", min_size=8, max_size=24).map(str.encode), min_size=1, max_size=8),
    st.lists(st.one_of(st.text("abAB01", max_size=30).map(str.encode), st.integers(0, 7)), max_size=12),
)
def test_both_finders_agree(values: list[bytes], parts: list[bytes | int]) -> None:
    """The extension finds exactly what the library finds, also where values overlap or begin alike."""
    text = b"".join(part if isinstance(part, bytes) else values[part % len(values)] for part in parts)
    one, two = engines(values)
    places = [{(span.start, span.end) for span in known.find(text)} for known in (one, two)]
    # The library tells one value at each place where some end.
    assert places[1] <= places[0]
    assert masked(one, text) == masked(two, text)
    view = memoryview(b"x" + text)[1:]
    assert {(span.start, span.end) for span in one.find(view)} == places[0]


def test_ten_thousand_values_are_all_found() -> None:
    """None is lost among the others, wherever it stands."""
    random_ = random.Random(7)
    values = [bytes(random_.choices(range(33, 127), k=random_.randrange(8, 60))) for _ in range(10_000)]
    known = KnownValues(values)
    for low in range(0, 10_000, 500):
        some = values[low : low + 500]
        assert all(not known.find(b"-" * gap) for gap in (0, 1, 7, 100))
        out = masked(known, b"\n".join(some))
        assert not [value for value in some if value in out]


def test_any_cut_gives_the_output_of_the_whole() -> None:
    """Every place to cut, also values with blanks and line breaks, with a pause in between."""
    value = b"red house on\nthe hill behind"
    examiner = Examiner(PLAIN, names=NO_NAMES, known=KnownValues([value, b"blue boat, white sail"]))
    text = b"a " + value + b" b blue boat, white sail c\n"
    whole = b"".join(Guard(examiner).feed(text))
    assert whole == b"a [REDACTED:known-value] b [REDACTED:known-value] c\n"
    for cut in range(1, len(text)):
        guard = Guard(examiner)
        out = guard.feed(text[:cut]) + guard.flush() + guard.feed(text[cut:]) + guard.finish()
        joined = b"".join(out)
        assert b"behind" not in joined
        assert b"white" not in joined
        assert joined.endswith(b" c\n")


def test_short_and_dull_values_are_counted_and_left_out() -> None:
    """A value of a few characters would mask half of any log."""
    known = KnownValues([b"e", b"", b"1234567", b"aaaaaaaaaaaa", b"long-enough"])
    assert (known.count, known.skipped) == (1, 3)
    assert repr(known) == "<1 known values>"
    assert masked(known, b"e 1234567 aaaaaaaaaaaa") == b"e 1234567 aaaaaaaaaaaa"


def test_lines_of_a_long_value_count_by_themselves() -> None:
    """A key that a program logs line by line, with time stamps before each."""
    known = KnownValues([b"first line of it 123\nsecond line of it 456\nshort"])
    assert masked(known, b"12:00 first line of it 123\n12:01 second line of it 456\n").count(b"known-value") == 2


def test_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables by pattern, files of lines and JSON strings, the output of a program without a shell."""
    file = tmp_path / "values"
    file.write_bytes(b'from-a-file-1\r\n"with \\n a break"\n\n')
    monkeypatch.setenv("APP_DB_PASSWORD", "from-the-environment")
    program = f"{shlex.quote(sys.executable)} -c \"print('from $HOME; ls')\""
    known = Sources(["APP_*PASSWORD"], [str(file)], [program]).read()
    assert known.count == 4
    for value in (b"from-a-file-1", b"with \n a break", b"from-the-environment", b"from $HOME; ls"):
        assert masked(known, value) == b"[REDACTED:known-value]"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"env": ["NO_SUCH_*"]}, "no environment variable"),
        ({"files": ["no-such-file"]}, "can't read the known values"),
        ({"files": ["/dev/null"]}, "has no known value"),
        ({"commands": ["no-such-program-at-all"]}, "there is no program"),
        ({"commands": ["'"]}, "a quote is not closed"),
        ({"commands": ["false"]}, "ended with 1"),
        ({"commands": ["true"]}, "has no known value"),
    ],
)
def test_a_source_without_values_is_an_error(source: dict[str, list[str]], message: str) -> None:
    """A filter must not run without the values that it was told to mask."""
    with pytest.raises(ScrubjayError, match=message):
        Sources(**source).read()


def test_the_native_finder_refuses_what_it_can_not_hold() -> None:
    """Wrong types, short values and odd tables raise; nothing is read outside of what is given."""
    literals = pytest.importorskip("scrubjay.sanitizer._literals", reason="built without a compiler")
    same = [bytes([byte]) for byte in range(256)]
    for wrong in (
        ([b"short"], [], (same,)),
        (["not bytes, eight"], [], (same,)),
        (None, [], (same,)),
        ([b"x" * 8], [(0, b"short")], (same,)),
        ([b"x" * 8], [(1, b"x" * 8)], (same,)),
        ([b"x" * 8], [5], (same,)),
        ([b"x" * 8], [], ()),
        ([b"x" * 8], [], (same[1:],)),
        ([b"x" * 8], [], ([*same[1:], b""],)),
        ([b"x" * 8], [], ([*same[1:], b"x" * 9],)),
    ):
        with pytest.raises((TypeError, ValueError)):
            literals.Finder(*wrong)
    finder = literals.Finder([b"x" * 8, b"y" * 5000], [], (same,))
    for size in range(20):
        assert len(finder.find(b"x" * size)) == max(0, size - 7)
    assert (0, 0, 0, 1) in finder.find(b"-xxxxxxxx")
    assert literals.Finder([], [], (same,)).find(b"anything at all") == []
    with pytest.raises(TypeError):
        finder.find("text")


VALUES = st.one_of(
    st.text("abAB01", min_size=8, max_size=30),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=60),
    st.text(min_size=8, max_size=40),
    st.text("ab \n", min_size=30, max_size=80),
).map(lambda text: text.encode("utf-8", "surrogatepass"))


def forms(value: bytes) -> list[bytes]:
    return sorted({form for part in parts_of(value) for form in forms_of(part)})


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=5), st.data())
def test_what_is_found_is_what_a_plain_search_finds(values: list[bytes], data: st.DataObject) -> None:
    """All forms of all values, wherever they stand, and nothing else."""
    values = [value for value in values if len(set(value)) >= 4]
    known = KnownValues(values)
    all_forms = sorted({form for value in values for form in forms(value)})
    pieces = st.one_of(st.binary(max_size=20), st.sampled_from(all_forms)) if all_forms else st.binary(max_size=20)
    text = b"".join(data.draw(st.lists(pieces, max_size=8)))
    expected = {
        (place, place + len(form))
        for form in all_forms
        for place in range(len(text) - len(form) + 1)
        if text.startswith(form, place)
    }
    assert {(span.start, span.end) for span in known.find(text)} == expected
    tail = text.rstrip(b"\n")
    begins = [
        low for low in range(len(tail) - 3) for form in all_forms
        if len(form) > len(tail) - low and form.startswith(tail[low:])
    ]  # fmt: skip
    assert known.open_from(tail, len(tail)) == min(begins, default=len(tail))


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_no_form_is_longer_than_the_limit_says(value: bytes) -> None:
    """Limits hold for every form, though forms are made only when they are needed."""
    for part in parts_of(value):
        assert max(map(len, forms_of(part))) <= WIDEST * len(part)
        assert beginnings(part, 4) == {form[:4] for form in forms_of(part)}
        if is_plain(part):
            assert set(escaped(part)) <= set(written(part))
