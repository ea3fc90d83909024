"""Finds secrets in JSON as it is written: in strings without their escapes, and in JSON inside of strings.

Results are places in the written bytes, so that masking changes nothing else. Pure, no I/O.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

_STRING = re.compile(rb'"((?:[^"\\]|\\.)*+)"(\s*:)?', re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|(.))", re.DOTALL)
_PLAIN = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}
# What stands in the middle of a secret without being a part of it: colours, and line numbers that a tool put there.
_COLOUR = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_NUMBER = re.compile(rb"^[ \t]*\d{1,7}(?:\xe2\x86\x92|\t|: )", re.MULTILINE)
_DEEPEST = 4
# Ids, and what only its maker can read: a change would break the session.
KEPT = frozenset(
    b"signature encrypted_content uuid parentUuid id sessionId session_id tool_use_id call_id requestId data "
    b"promptId messageId leafUuid thoughtSignature".split()
)
Find = Callable[[bytes, bytes], "list[Place]"]


class Place(NamedTuple):
    """A secret: its rule and its bytes from `start` to `end`."""

    rule: str
    start: int
    end: int
    fingerprint: str = ""


class Decoded:
    """Bytes that were made from others, and where each came from."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._starts: list[int] = []
        self._raws: list[tuple[int, int]] = []
        self._size = 0

    def add(self, text: bytes, low: int, high: int) -> None:
        """Add a part that stands for the raw bytes from `low` to `high`; of the same length if it is the same text."""
        if text:
            self._parts.append(text)
            self._starts.append(self._size)
            self._raws.append((low, high))
            self._size += len(text)

    @property
    def text(self) -> bytes:
        """All of it."""
        return b"".join(self._parts)

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw bytes that a part of the text came from."""
        return self._place(start, last=False), self._place(end - 1, last=True)

    def _place(self, offset: int, *, last: bool) -> int:
        part = bisect_right(self._starts, offset) - 1
        low, high = self._raws[part]
        if high - low == len(self._parts[part]):
            return low + offset - self._starts[part] + last
        return high if last else low


def unescaped(raw: bytes, low: int, high: int) -> Decoded:
    """The inside of a JSON string, which stands in `raw` from `low` to `high`, without its escapes."""
    made, done = Decoded(), low
    for found in _ESCAPE.finditer(raw, low, high):
        made.add(raw[done : found.start()], done, found.start())
        made.add(_character(found), found.start(), found.end())
        done = found.end()
    made.add(raw[done:high], done, high)
    return made


def _character(found: re.Match[bytes]) -> bytes:
    if found[3] is not None:
        return _PLAIN.get(found[3], found[3])
    code = int(found[1], 16)
    if found[2] is None:
        return chr(code).encode("utf-8", "surrogatepass")
    low = int(found[2], 16)
    if 0xD800 <= code < 0xDC00 and low >= 0xDC00:
        return chr(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00).encode()
    return (chr(code) + chr(low)).encode("utf-8", "surrogatepass")


def cleaned(text: bytes) -> Decoded | None:
    """The text without colours and line numbers, None if it has none that could be within a secret."""
    if b"\x1b" not in text and b"-----BEGIN" not in text:
        return None
    places = [found.span() for found in _COLOUR.finditer(text)]
    if b"-----BEGIN" in text:
        places += [found.span() for found in _NUMBER.finditer(text)]
    if not places:
        return None
    made, done = Decoded(), 0
    for low, high in sorted(places):
        if low >= done:
            made.add(text[done:low], done, low)
            done = high
    made.add(text[done:], done, len(text))
    return made


def in_text(text: bytes, find: Find, key: bytes = b"") -> Iterator[Place]:
    """Yield the secrets of a text, also those with colours or line numbers in them."""
    yield from find(text, key)
    plain = cleaned(text)
    if plain is not None:
        for place in find(plain.text, key):
            low, high = plain.raw(place.start, place.end)
            yield place._replace(start=low, end=high)


def in_json(raw: bytes, find: Find, depth: int = 0) -> Iterator[Place]:
    """Yield the secrets in the strings of JSON, of a line of JSON, or of anything with such strings in it."""
    key = b""
    for found in _STRING.finditer(raw):
        low, high = found.span(1)
        if found[2]:
            key = found[1]
            if high - low > 8:
                yield from _in_string(raw, low, high, find, b"", depth)
        elif high - low > 3 and key not in KEPT:
            yield from _in_string(raw, low, high, find, key, depth)


def _in_string(raw: bytes, low: int, high: int, find: Find, key: bytes, depth: int) -> Iterator[Place]:
    if raw.find(b"\\", low, high) < 0:
        for place in find(raw[low:high], key):
            yield place._replace(start=place.start + low, end=place.end + low)
        return
    made = unescaped(raw, low, high)
    text = made.text
    places = list(in_text(text, find, key))
    if depth < _DEEPEST and b"\\" in text and b'"' in text:
        places += in_json(text, find, depth + 1)
    for place in places:
        start, end = made.raw(place.start, place.end)
        yield place._replace(start=start, end=end)


def mask(rule: str, raw: bytes) -> bytes:
    """What stands in the place of some bytes: of the same length, with the same line ends, fit for a JSON string."""
    name = f"[REDACTED:{rule}]".encode("ascii")
    fill = name + b"*" * (len(raw) - len(name)) if len(raw) >= len(name) else b"*" * len(raw)
    if b"\n" not in raw and b"\r" not in raw:
        return fill
    return bytes(old if old in b"\r\n" else new for old, new in zip(raw, fill, strict=True))


def is_mask(value: bytes) -> bool:
    """True for what `mask` makes, so that a second pass leaves it alone."""
    return not value.strip(b"*\r\n") or value.lstrip(b"*").startswith(b"[REDACTED:")
