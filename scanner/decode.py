"""Recognises UTF-16 and UTF-32 text, which a byte matcher can't read, and turns it into UTF-8."""

from __future__ import annotations

import codecs

# Longest first: the BOM of UTF-32-LE begins with that of UTF-16-LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096


def wide_encoding(head: bytes) -> str:
    """Return the wide encoding that the beginning of some data is in, or "" for anything else.

    Without a byte-order mark, mostly Latin text shows as a zero in every second byte.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    sample = head[: _SAMPLE - _SAMPLE % 2]
    if len(sample) < 8 or b"\0" not in sample:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd >= 0.7 * half and even <= 0.05 * half:
        return "utf-16-le"
    if even >= 0.7 * half and odd <= 0.05 * half:
        return "utf-16-be"
    return ""


class Transcoder:
    """Turns chunks of a wide encoding into UTF-8; broken sequences become U+FFFD, the byte-order mark is dropped."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._first = True

    def feed(self, data: bytes, final: bool = False) -> bytes:
        """Return the UTF-8 form of what is complete so far."""
        text = self._decoder.decode(data, final)
        if self._first and text:
            self._first = False
            text = text.removeprefix("\ufeff")
        return text.encode("utf-8", "surrogatepass")


def to_utf8(data: bytes) -> bytes | None:
    """Return wide text as UTF-8, or None when the data is not in a wide encoding."""
    encoding = wide_encoding(data[:_SAMPLE])
    return Transcoder(encoding).feed(data, final=True) if encoding else None
