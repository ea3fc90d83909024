"""Decoding: encoded secrets are found at the place of what encodes them, nested too, and within a budget."""

from __future__ import annotations

import base64
import random
import string
import zlib
from collections.abc import Callable
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scrubjay.patterns import Matcher, decode, encoded


def token(seed: int) -> bytes:
    """A made-up GitHub token with a right checksum."""
    body = "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=30))
    digits, number = "", zlib.crc32(body.encode())
    alphabet = string.digits + string.ascii_uppercase + string.ascii_lowercase
    while number:
        digits = alphabet[number % 62] + digits
        number //= 62
    return ("gh" + "p_" + body + digits.rjust(6, "0")).encode()


SECRET = token(1)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """All shipped rules."""
    return Matcher.default()


def _wrapped(text: bytes) -> bytes:
    return b"\n  ".join(base64.encodebytes(text).split())


def _every_escape(text: bytes) -> bytes:
    return b"".join(b"\\u%04x" % value for value in text)


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "base64 without padding": lambda text: base64.b64encode(text).rstrip(b"="),
    "base64 in lines": _wrapped,
    "base64 of UTF-16": lambda text: base64.b64encode(text.decode().encode("utf-16-le")),
    "hex": lambda text: text.hex().encode(),
    "upper-case hex": lambda text: text.hex().upper().encode(),
    "percent": lambda text: b"".join(b"%%%02X" % value for value in text),
    "some percent": lambda text: quote_from_bytes(text, safe="").replace("_", "%5F").encode(),
    "unicode escapes": _every_escape,
    "some unicode escapes": lambda text: text.replace(b"_", b"\\u005f").replace(b" ", b"\\u0020"),
    "byte escapes": lambda text: b"".join(b"\\x%02x" % value for value in text),
    "UTF-16": lambda text: text.decode().encode("utf-16-le"),
    "UTF-16, high byte first": lambda text: text.decode().encode("utf-16-be"),
}


@pytest.mark.parametrize("size", [0, encoded.SMALL * 2], ids=["small", "large"])
@pytest.mark.parametrize("form", FORMS)
def test_each_encoding(matcher: Matcher, form: str, size: int) -> None:
    """A token inside any of the encodings is found by its own rule, in small and in large data."""
    run = FORMS[form](b"text: " + SECRET + b" and more text")
    data = b"\x00\x01 " + b"z " * size + b'\n  value = "' + run + b'"\n'
    found, complete = decode.find(matcher, data)
    hidden = [match for match in found if match.rule == "github-pat-classic"]
    assert complete and len(hidden) == 1
    place = data.index(run)
    assert place <= hidden[0].start < hidden[0].end <= place + len(run)
    assert hidden[0].confidence == "high"
    assert hidden[0].reasons[-1].startswith("inside ")


def test_places_are_those_of_the_encoding(matcher: Matcher) -> None:
    """What is at the place of a match decodes to the secret, give or take what shares its letters."""
    for before in (b"abc ", b"abcd ", b"abcde "):
        data = b"k: " + base64.b64encode(before + SECRET + b" rest")
        (match,) = decode.find(matcher, data).matches
        start = match.start - 3
        piece = base64.b64encode(before + SECRET + b" rest")[start - start % 4 : match.end - 3]
        assert SECRET in base64.b64decode(piece + b"=" * (-len(piece) % 4))
    data = b"k: " + (b"text " + SECRET).hex().encode()
    (match,) = decode.find(matcher, data).matches
    assert bytes.fromhex(data[match.start : match.end].decode()) == SECRET
    data = b"u=" + quote_from_bytes(b"https://h/?x=" + SECRET.replace(b"_", b"%5F"), safe="").encode()
    (match,) = decode.find(matcher, data).matches
    assert data[match.start :].startswith(b"gh" + b"p%255F")


def test_a_name_counts_for_what_is_encoded_behind_it(matcher: Matcher) -> None:
    """The text of the same line goes with the decoded value, so that generic rules judge it by its name."""
    url = ("postgres:" + "//app:" + "x7Kp" + "2mQz9w@db.internal/app").encode()
    found = decode.find(matcher, b"data:\n  url: " + base64.b64encode(url)).matches
    assert [match.rule for match in found] == ["generic-url-password"]
    escaped = b"pass" + b"word%3Dh4Kv9wRn2s%26x"
    assert [match.rule for match in decode.find(matcher, b"GET /login?q=" + escaped).matches]


@settings(max_examples=60, deadline=None)
@example(["base64 of UTF-16", "unicode escapes", "unicode escapes"], 0)
@example(["unicode escapes"] * 3, 1)
@given(st.lists(st.sampled_from(sorted(set(FORMS) - {"base64 in lines"})), min_size=1, max_size=3), st.integers(0, 9))
def test_nested(forms: list[str], lead: int) -> None:
    """Encodings inside one another are followed, and the place stays within the outermost run."""
    run = b"say " + SECRET + b" ok"
    for form in forms:
        try:
            run = FORMS[form](run)
        except UnicodeDecodeError:
            return
    if sum("UTF-16" in form for form in forms) > 1 or any(form.startswith("UTF-16") for form in forms[:-1]):
        return
    data = b"-" * lead + b" = " + run + b" ;"
    found = decode.find(Matcher.default(), data).matches
    assert [match.rule for match in found] == ["github-pat-classic"]
    assert data.index(run) <= found[0].start < found[0].end <= data.index(run) + len(run)


def test_plain_text_is_as_without_decoding(matcher: Matcher) -> None:
    """Decoding changes nothing where nothing is encoded, and a secret beside an escape is reported once."""
    text = b"token: " + SECRET + b"\nfunction getApplicationContextConfiguration() { return x; }\n"
    assert decode.find(matcher, text).matches == matcher.find(text)
    text = b"GET /?a=%2Fb&t=" + SECRET
    assert [match.start for match in decode.find(matcher, text).matches] == [text.index(SECRET)]


def test_digests_identifiers_and_pictures_are_not_decoded() -> None:
    """Nothing is decoded that does not decode to text."""
    draw = random.Random(5)
    data = b"\n".join(
        [
            *(draw.randbytes(20).hex().encode() for _ in range(200)),
            *(base64.b64encode(draw.randbytes(64)) for _ in range(200)),
            b"AbstractSingletonProxyFactoryBeanConfigurationProperties",
            b"aws_cloudfront_distribution_default_cache_behavior_forwarded_values",
        ]
    )
    assert len(encoded.runs(data)) <= 2


def test_a_budget_bounds_what_is_decoded(matcher: Matcher) -> None:
    """Text that would decode to many times its size is not followed to the end, and the result says so."""
    many = b" ".join([b"%41" + b"B" * 8] * 10_000)
    result = decode.find(matcher, many.replace(b" ", b"\t"))
    assert not result.complete
    nested = b"say " + SECRET
    for _ in range(decode.DEPTH + 2):
        nested = base64.b64encode(nested)
    assert decode.find(matcher, nested).matches == []


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"%41", b"\\u0041", b"\\u{1F600}", b"TG9yZW0gaXBzdW0gZG9s", b"48656c6c6f20776f726c64"]),
)
def test_any_bytes(data: bytes, piece: bytes) -> None:
    """Hostile bytes around an encoding are no error, and places stay inside the data."""
    text = data + piece + data[::-1]
    for match in decode.find(Matcher.default(), text).matches:
        assert 0 <= match.begin <= match.start < match.end <= match.finish <= len(text)
    for run in encoded.runs(text):
        assert 0 <= run.low < run.high <= len(text)
        origin = run.origin(text)
        places = [origin.place(low, low + 1) for low in range(len(run.text))]
        assert all(run.low <= start < end <= run.high for start, end in places)
        if run.form in ("percent", "escapes"):
            expression = encoded._PERCENT if run.form == "percent" else encoded._ESCAPE
            parts = [text[start:end] for start, end in dict.fromkeys(places)]
            assert b"".join(parts) == text[run.low : run.high]
            assert b"".join(expression.sub(encoded._plain, part) for part in parts) == run.text


def test_a_token_of_escapes_is_looked_through_once(matcher: Matcher) -> None:
    """One that held a hundred secrets took a second, and a line of such tokens a minute for each megabyte."""
    value = b"AQ" + b"oDYX/r9ZvMo8m/6UoUfzQxcL4jYRs5kjmzEs6MtoJnR5GRCFNbFhAXa0tVC4vNQZwgKdf016vK9JLOxktcb8plBSWosW9JM4e"
    text = b"".join(b"&X-Amz-Security-Tok" + b"en=%s%d%%3D&x" % (value, number) for number in range(20_000))
    found = decode.find(matcher, text)
    assert len(found.matches) > 19_000
    assert all(text[match.start : match.start + 90] == value[:90] for match in found.matches)


def test_both_ways_of_looking_find_the_same_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small data is looked through by `re`, large data by Hyperscan; the runs are the same."""
    pytest.importorskip("hyperscan")
    draw = random.Random(2)
    text = b"\n".join(form(b"text %d " % draw.randrange(10**6) + SECRET) for form in FORMS.values() for _ in range(5))
    large = encoded.runs(text)
    monkeypatch.setattr(encoded, "SMALL", 1 << 30)
    assert sorted(encoded.runs(text)) == sorted(large)
    assert len(large) > 40
