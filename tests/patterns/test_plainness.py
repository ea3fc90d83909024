"""The extension that spares most random values the search for placeholders: it never changes what is found."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns import placeholders

needs_extension = pytest.mark.skipif(
    placeholders._plainness is None, reason="scrubjay was installed without a compiler"
)
WORDS = [
    "example", "placeholder", "redacted", "changeme", "change-me", "dummy", "notreal", "not_a_real", "notareal",
    "xxxxx", "XXXXX", "sample", "your_", "insert-", "replaceme", "replace_with", "todo", "fixme", "aaaaaaaa",
    "00000000", "123456789", "abcdefgh", "vwxyzab", "890123", "zyxwvu", "3210987", "${", "\0", "é",
]  # fmt: skip
LETTERS = st.text(string.ascii_letters + string.digits, max_size=9)
WORD = st.sampled_from(WORDS).flatmap(lambda word: st.sampled_from([word, word.upper(), word.title()]))
VALUES = st.lists(LETTERS | WORD, max_size=8).map(lambda parts: "".join(parts).encode())


@needs_extension
@settings(max_examples=400, deadline=None)
@given(VALUES, st.sampled_from([b"", b"tok_"]))
def test_both_ways_say_the_same(value: bytes, prefix: bytes) -> None:
    """With the extension and without, for values with and without their format's beginning."""
    for given_value in (value, prefix + value):
        quick = placeholders.why_placeholder(given_value, prefix)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(placeholders, "_plainness", None)
            assert placeholders.why_placeholder(given_value, prefix) == quick


@needs_extension
def test_most_random_values_are_known_at_once() -> None:
    """A token's body needs no further look, one with a word or of few characters does."""
    plainly_random = placeholders._plainness.plainly_random
    body = b"aZ19xKq8Lm2Nv7Pw3Rt5Yb6Ud0Hc4Fg1Je8S"
    assert plainly_random(body, 0, b"word")
    assert plainly_random(b"tok_" + body, 4, b"word")
    assert not plainly_random(body + b"WoRd", 0, b"other\0word")
    assert not plainly_random(b"tok_" + body, 3, b"word")
    assert not plainly_random(b"", 0, b"word")
    assert not plainly_random(body * 9, 0, b"word")


@needs_extension
def test_it_refuses_what_it_can_not_read() -> None:
    """Wrong types and places outside the value raise."""
    plainly_random = placeholders._plainness.plainly_random
    for wrong in ((), (b"x" * 20,), ("text", 0, b""), (b"x" * 20, 0, "text"), (b"x" * 20, "0", b"")):
        with pytest.raises(TypeError):
            plainly_random(*wrong)
    for place in (-1, 21):
        with pytest.raises(ValueError, match="begins in the value"):
            plainly_random(b"x" * 20, place, b"word")


@given(st.text(alphabet="+/=-_,:;~|&xX.$<{aB1", max_size=14))
def test_what_can_be_no_template_is_not_looked_at_as_one(text: str) -> None:
    """The short way for values of letters, digits and harmless marks says what the expression of templates says."""
    value = text.encode()
    told = placeholders.why_placeholder(value, strict=False) == "template or already redacted"
    assert told == bool(placeholders._TEMPLATE.search(value))
