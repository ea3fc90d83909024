"""The compiled search for encoded text finds what the expressions find."""

from __future__ import annotations

import base64
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scrubjay.patterns import encoded

needs_extension = pytest.mark.skipif(encoded._encoded is None, reason="scrubjay was installed without a compiler")
LETTERS = b"ABCIJYZabcfghpxyz0123456789+/_-="
PIECES = [
    b"\\x41\\x42\\x43\\x44", b"\\x4", b"\\u0041", b"\\u00", b"%41", b"%4", b"%%", b"\\", b"\n", b"\r\n", b" ", b'"',
    base64.b64encode(b"some text that is long enough"), base64.urlsafe_b64encode(b"other text?>>???>>>"),
    base64.b64encode("two-byte letters".encode("utf-16-le")), b"some text".hex().encode() * 2, b"deadbeef" * 4,
    "letters of two bytes".encode("utf-16-le"), "high byte first, too".encode("utf-16-be"), b"a" * 15, b"A" * 16,
    b"\0", b"x\0y\0",
]  # fmt: skip
texts = st.lists(
    st.one_of(st.sampled_from(PIECES), st.binary(max_size=20), st.text("AZaz09+/_-", max_size=40).map(str.encode))
)


def both(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[list[encoded.Run]]:
    """The runs by the extension, by `re`, and by Hyperscan where it is installed; in order."""
    found = [encoded.runs(data)]
    with monkeypatch.context() as patch:
        patch.setattr(encoded, "_encoded", None)
        found.append(encoded.runs(data))
        patch.setattr(encoded, "SMALL", 1 if found[1] is not None and len(data) < encoded.SMALL else 1 << 40)
        found.append(encoded.runs(data))
    return [sorted(runs) for runs in found]


@needs_extension
@settings(max_examples=300, deadline=None)
@given(texts.map(b"".join))
@example(b"")
@example(b"A" * 15 + b" " + b"QUJD" * 4)
@example(b"/" + b"U2VjcmV0" * 3 + b"\n")
@example(b"x\0" * 12 + b"y" + b"z\0" * 12)
@example(b"\0" + b"x\0" * 12 + b"\0" + b"x\0" * 11 + b"y")
def test_the_extension_finds_what_the_expressions_find(data: bytes) -> None:
    """Any text gives the same runs, whatever has looked for their beginnings."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        one, two, three = both(data, monkeypatch)
    assert one == two == three


@needs_extension
def test_large_texts_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text with all pieces at all distances from the places that are looked at."""
    random = Random(7)
    parts = []
    for _ in range(4000):
        parts += [
            random.choice(PIECES),
            bytes(random.choices(LETTERS, k=random.randrange(40))),
            b"\n" * random.randrange(2),
        ]
    one, two, three = both(b"".join(parts), monkeypatch)
    assert one == two == three
    assert {run.form for run in one} == {"base64", "hex", "escapes", "percent", "UTF-16"}
