"""Finds runs of encoded text - base64, hex, percent and backslash escapes, UTF-16 - and decodes each.

A run counts only when it decodes to text: the first letters of an encoded text come from a small part of the alphabet,
which tells it from identifiers, digests and pictures before anything is decoded.
"""

from __future__ import annotations

import re
import threading
from binascii import Error, a2b_base64, a2b_hex
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple, Protocol

from .native import native

# Shorter data, names of files say, is looked through by `re`, which starts quicker.
SMALL = 1 << 10
# Text of the same line that goes with a run: a name and an operator, and what ends a value.
BEFORE, AFTER = 80, 40
# Longest token around an escape, to each side, and how far most of them reach.
TOKEN, _NEAR = 16 << 10, 64
# Tokens up to this length are remembered with what they mean: the same are in thousands of versions of a file.
_SHORT = 1 << 10

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _letters(allowed: Any) -> str:
    return "[" + "".join(letter for value, letter in enumerate(_ALPHABET) if allowed(value)) + "]"


# Four letters of base64 that hold three letters of ASCII: no byte has its highest bit, and the first one is printable.
_FIRST = _letters(lambda value: 8 <= value < 32 or value in (2, 3))
_QUAD = _FIRST + _letters(lambda value: not value & 8) + _letters(lambda value: not value & 2) + "[A-Za-z0-9+/_\\-]"
_BASE64 = f"(?:{_QUAD}){{3}}"
# The same of two-byte letters, as PowerShell encodes its commands.
_PAIR = "[I-Za-f][AQgw][AB][A-Za-z0-9+/]A[A-H][AEIMQUYcgkosw048]A"
_WIDE = f"(?:{_PAIR}){{2}}"
_HEX_REST = "(?:[2-7][0-9A-Fa-f]){7}"
_HEX = f"[2-7][0-9A-Fa-f]{_HEX_REST}"
_NO_LETTER, _NO_HEX = "[^A-Za-z0-9]", "[^0-9A-Fa-f]"
# What each run begins with, for both engines: form, bytes of the beginning, expression.
_TRIGGERS = (
    ("base64", 12, f"(?:^|{_NO_LETTER}){_BASE64}"),
    ("base64", 16, f"(?:^|{_NO_LETTER}){_WIDE}"),
    ("hex", 16, f"(?:^|{_NO_HEX}){_HEX}"),
    ("escapes", 16, r"(?:\\x[2-7][0-9A-Fa-f]){4}"),
    ("percent", 3, "%[2-7][0-9A-Fa-f]"),
    ("escapes", 6, r"\\u00[2-7][0-9A-Fa-f]"),
)
# Begins with the first zero, because a single byte is what `re` finds quickest.
_LETTER = r"[\t\r\n\x20-\x7e]"
_UTF16 = re.compile(rf"\x00(?<={_LETTER}\x00)(?:{_LETTER}\x00){{11,}}{_LETTER}?".encode())
_RUN = re.compile(rb"[A-Za-z0-9+/]{16,}|[A-Za-z0-9_\-]{16,}")
_PADDING = re.compile(rb"={0,2}")
_NEXT_LINE = re.compile(rb"(\r?\n[ \t]{0,40})([A-Za-z0-9+/]{1,200}={0,2})(?![A-Za-z0-9+/])")
_HEX_RUN = re.compile(rb"(?:[0-9A-Fa-f]{2}){8,}")
_ESCAPE = re.compile(rb"\\x([0-9A-Fa-f]{2})|\\u(?:([0-9A-Fa-f]{4})|\{([0-9A-Fa-f]{1,6})\})")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_DELIMITERS = (b"\n", b" ", b'"', b"\t", b"\r", b"\v", b"\f", b"'", b"`", b"<", b">")
_DELIMITER = re.compile(rb"[\s\"'`<>]")
_encoded = native(__package__, "_encoded")
_URLSAFE = bytes.maketrans(b"-_", b"+/")
_TEXT = frozenset(b"\t\n\r" + bytes(range(32, 127)))


class Run(NamedTuple):
    """An encoded run at `low` to `high`, and the text that it holds; `line` and `gap` are those of wrapped base64."""

    form: str
    low: int
    high: int
    text: bytes
    line: int = 0
    gap: int = 0

    def origin(self, data: bytes) -> Origin:
        """Return what tells where the bytes of the text come from."""
        return _Even(self) if self.form in ("base64", "hex", "UTF-16") else _Escapes(self, data)


class Origin(Protocol):
    """Tells where a run's text comes from."""

    def place(self, low: int, high: int) -> tuple[int, int]:
        """Return where the bytes from `low` to `high` of the text come from."""
        ...


class _Even:
    """Of a run in which all bytes take the same room."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def place(self, low: int, high: int) -> tuple[int, int]:
        run = self._run
        if run.form == "base64":
            return self._letter(low * 4 // 3), min(run.high, self._letter((high * 4 - 1) // 3) + 1)
        return run.low + 2 * low, min(run.high, run.low + 2 * high)

    def _letter(self, number: int) -> int:
        run = self._run
        return run.low + number + (number // run.line * run.gap if run.line else 0)


class _Escapes:
    """Of a token with escapes, which is looked through once; it may hold thousands of secrets."""

    def __init__(self, run: Run, data: bytes) -> None:
        # Of each escape, and of the empty one before the first letter: where its bytes begin and end in the text, and
        # it itself in the data.
        self._begins, self._ends, self._spans = [0], [0], [(run.low, run.low)]
        for found in (_PERCENT if run.form == "percent" else _ESCAPE).finditer(data, run.low, run.high):
            self._begins.append(self._ends[-1] + found.start() - self._spans[-1][1])
            self._ends.append(self._begins[-1] + len(_plain(found)))
            self._spans.append(found.span())

    def place(self, low: int, high: int) -> tuple[int, int]:
        return self._of(low)[0], self._of(high - 1)[1]

    def _of(self, offset: int) -> tuple[int, int]:
        at = bisect_right(self._begins, offset) - 1
        behind = offset - self._ends[at]
        if behind < 0:
            return self._spans[at]
        place = self._spans[at][1] + behind
        return place, place + 1


def runs(data: bytes, wide: bool = True) -> list[Run]:
    """Return the runs in the data that decode to text; with `wide`, also those of UTF-16."""
    found: list[Run] = []
    covered: dict[str, int] = {}
    for form, start in _begins(data):
        if start < covered.get(form, 0):
            continue
        if run := _READ[form](data, start):
            found.append(run)
            covered[form] = run.high
    if wide and b"\0" in data:
        found += _utf16(data)
    return found


def _begins(data: bytes) -> Iterator[tuple[str, int]]:
    if _encoded is not None:
        for index, start in _encoded.begins(data):
            yield _TRIGGERS[index][0], start
        return
    if len(data) >= SMALL and (database := _database()):
        for index, end in database.hits(data):
            yield _TRIGGERS[index][0], end - _TRIGGERS[index][1]
        return
    places: list[tuple[int, str]] = []
    for mark, form, expression in _small():
        if not mark or mark in data:
            places += [(found.start(), form) for found in expression.finditer(data)]
    for start, form in sorted(places):
        yield form, start


class _Database:
    """Expressions as one Hyperscan database. Threads share it: each has its own scratch."""

    def __init__(self) -> None:
        """Compile them, 10 ms, or load them from the cache folder, where they are kept beside the rules."""
        import hyperscan

        from . import cache as cached

        texts = [expression.encode() for _, _, expression in _TRIGGERS]
        name = cached.key([("encoded", b"\n".join(texts))], hyperscan.__version__)  # type: ignore[attr-defined]
        self._database: Any = None
        if entry := cached.load(name):
            try:
                self._database = hyperscan.loadb(entry[1], hyperscan.HS_MODE_BLOCK)
            except hyperscan.error:
                # Made on another processor, in a shared home: compile again.
                pass
        if self._database is None:
            self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            count = len(texts)
            self._database.compile(expressions=texts, ids=list(range(count)), elements=count, flags=[0] * count)
            cached.store(name, (), bytes(hyperscan.dumpb(self._database)))
        self._database.scratch = hyperscan.Scratch(self._database)
        self._local = threading.local()

    def hits(self, data: bytes) -> list[tuple[int, int]]:
        """Return (number of the expression, end) of every match."""
        found: list[tuple[int, int]] = []

        def on_match(index: int, start: int, end: int, flags: int, context: object) -> None:
            found.append((index, end))

        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = self._database.scratch.clone()
        self._database.scan(data, match_event_handler=on_match, scratch=scratch)
        return found


@cache
def _database() -> _Database | None:
    try:
        return _Database()
    except ImportError:
        return None


@cache
def _small() -> tuple[tuple[bytes, str, re.Pattern[bytes]], ...]:
    """The same for `re`: what the data must hold, the form, and an expression whose beginning is found quickly."""
    no_letter, no_hex = "(?<![A-Za-z0-9].)", "(?<![0-9A-Fa-f].)"
    first = len(_FIRST)
    return (
        (b"", "base64", re.compile(f"{_FIRST}{no_letter}{_QUAD[first:]}(?:{_QUAD}){{2}}".encode(), re.DOTALL)),
        (b"A", "base64", re.compile(f"[I-Za-f]{no_letter}{_PAIR[8:]}{_PAIR}".encode(), re.DOTALL)),
        (b"", "hex", re.compile(f"[2-7]{no_hex}[0-9A-Fa-f]{_HEX_REST}".encode(), re.DOTALL)),
        (b"\\x", "escapes", re.compile(_TRIGGERS[3][2].encode())),
        (b"%", "percent", re.compile(_TRIGGERS[4][2].encode())),
        (b"\\u00", "escapes", re.compile(_TRIGGERS[5][2].encode())),
    )


def _base64(data: bytes, low: int) -> Run | None:
    found = _RUN.match(data, low)
    if found is None:
        return None
    end, letters, line, gap = found.end(), [found[0]], 0, 0
    size = len(found[0])
    if size >= 40 and not size % 4:
        # Lines of one length, as in mail and PEM files, and a shorter last one.
        while more := _NEXT_LINE.match(data, end):
            text = more[2].rstrip(b"=")
            if len(text) > size or (gap and len(more[1]) != gap):
                break
            letters.append(text)
            line, gap, end = size, len(more[1]), more.end(2)
            if len(text) < size:
                break
    if not line:
        end += len(_PADDING.match(data, end)[0])  # type: ignore[index]
    encoded = b"".join(letters).translate(_URLSAFE)
    try:
        # A length of 4n + 1 has one letter too many; other lengths lack the padding that many writers leave out.
        text = a2b_base64(encoded[: len(encoded) - (len(encoded) % 4 == 1)] + b"==")
    except Error:
        return None
    return Run("base64", low, end, text, line, gap)


def _hex(data: bytes, low: int) -> Run | None:
    found = _HEX_RUN.match(data, low)
    if found is None:
        return None
    text = a2b_hex(found[0])
    # One digest in two thousand begins like text; none is text.
    return Run("hex", low, found.end(), text) if _TEXT.issuperset(text) else None


def _token(data: bytes, low: int) -> tuple[int, int]:
    """The text around an escape that no space or quote interrupts."""
    for reach in (_NEAR, TOKEN):
        begin = max(0, low - reach)
        last = max([data.rfind(mark, begin, low) for mark in _DELIMITERS])
        if last >= 0:
            break
    begin = max(begin, last + 1)
    after = _DELIMITER.search(data, low, low + TOKEN)
    return begin, after.start() if after else min(len(data), low + TOKEN)


def _percent(data: bytes, low: int) -> Run:
    begin, end = _token(data, low)
    # What urllib does too, of which the import alone takes milliseconds in every process.
    return Run("percent", begin, end, _PERCENT.sub(_byte, data[begin:end]))


def _byte(found: re.Match[bytes]) -> bytes:
    return a2b_hex(found[1])


def _escapes(data: bytes, low: int) -> Run:
    begin, end = _token(data, low)
    token = data[begin:end]
    return Run("escapes", begin, end, _unescaped(token) if len(token) <= _SHORT else _ESCAPE.sub(_plain, token))


@lru_cache(maxsize=256)
def _unescaped(token: bytes) -> bytes:
    return _ESCAPE.sub(_plain, token)


def _plain(found: re.Match[bytes]) -> bytes:
    """The bytes that an escape stands for."""
    number = int(next(group for group in found.groups() if group), 16)
    if len(found[0]) <= 4 and found[0][:2] != b"\\u":
        return bytes([number])
    return chr(number).encode("utf-8", "replace") if number < 0x110000 else b"?"


def _letters_and_zeros(data: bytes) -> Iterator[tuple[int, int]]:
    return ((found.start() - 1, found.end()) for found in _UTF16.finditer(data))


def _utf16(data: bytes) -> Iterator[Run]:
    for start, end in _encoded.utf16(data) if _encoded else _letters_and_zeros(data):
        # Where the zeros come first, the last letter has none behind it; elsewhere it belongs to what follows.
        zeros_first = data[start - 1 : start] == b"\0"
        end -= 0 if zeros_first else (end - start) % 2
        yield Run("UTF-16", start, end, data[start:end:2])


_READ = {"base64": _base64, "hex": _hex, "percent": _percent, "escapes": _escapes}
