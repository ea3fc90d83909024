"""Large files and streams, which are read in steps: what is encoded in them is found as in a small file."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest
from scrubjay.patterns import Matcher, decode
from scrubjay.scanner import finding
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.finding import Finding, Fragment, find_in


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """All shipped rules."""
    return Matcher.default()


def _text(secret: str) -> bytes:
    """A plain secret, one in base64 on a line, and one in base64 in lines of 60 letters."""
    value = base64.b64encode(f"token {secret} is all".encode())
    block = base64.b64encode(b"# settings of the service, kept by nobody\n" * 3 + f"deploy: {secret}\n".encode())
    lines = b"\n".join(block[low : low + 60] for low in range(0, len(block), 60))
    return b"one\n" + secret.encode() + b"\ntwo\ndata: " + value + b"\nthree\n\n" + lines + b"\n\nfour\n"


def _found(matcher: Matcher, data: bytes | Sequence[bytes]) -> list[Finding]:
    coverage = Coverage()
    found = find_in(matcher, Fragment(data if isinstance(data, bytes) else iter(data), "x"), coverage, b"key")
    assert not coverage.incomplete
    return sorted(found, key=lambda one: (one.line, one.column))


def test_a_stream_gives_what_the_whole_gives(matcher: Matcher, secret: str) -> None:
    """Wherever a text is cut, the findings in its encoded parts are the same, each once, at the same places."""
    text = _text(secret)
    whole = _found(matcher, text)
    assert [(one.line, "inside base64" in one.reasons) for one in whole] == [(2, False), (4, True), (9, True)]
    for cut in range(0, len(text), 3):
        assert _found(matcher, [text[:cut], text[cut:]]) == whole
    assert _found(matcher, [text[low : low + 7] for low in range(0, len(text), 7)]) == whole


def test_a_large_file_is_read_in_steps(matcher: Matcher, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data over the size that is matched in one call is decoded too; also where a step cuts what is encoded."""
    monkeypatch.setattr(finding, "WHOLE", 1 << 10)
    for filler in (0, 700, 3000):
        text = b"plain text\n" * (filler // 11) + _text(secret)
        assert len(_found(matcher, text + b"\n" * 1024)) == 3


def test_utf16_in_steps(matcher: Matcher, secret: str) -> None:
    """The encoded part of a stream of UTF-16 is found, at its place in the text."""
    wide = "\ufeff".encode("utf-16-le") + _text(secret).decode().encode("utf-16-le")
    steps = [wide[low : low + 101] for low in range(0, len(wide), 101)]
    assert {one.line for one in _found(matcher, steps)} == {2, 4, 9}


def test_too_much_is_said(matcher: Matcher, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream with more encoded text than is decoded is incomplete, and says so once."""
    monkeypatch.setattr(decode, "LEAST", 10)
    monkeypatch.setattr(decode, "BUDGET", 0)
    coverage = Coverage()
    text = _text(secret)
    find_in(matcher, Fragment(iter([text, text, text]), "x"), coverage, b"key")
    assert [gap.reason for gap in coverage.skipped] == ["more encoded text than is decoded of one file"]
