"""The forms in which a known value may stand in a log: as it is, escaped, quoted, percent-encoded, base64, hex."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import cache

# A shorter form is in half of the lines of any log.
SHORTEST = 8
# A line of a value of several lines counts by itself from this length on.
LINE = 16
# A value is cut here: no more of it is looked for.
LONGEST = 1 << 15
# No encoder makes more of one byte: JSON in JSON, of a byte that is not UTF-8.
WIDEST = 7
# What is left as it is by: a full encoder, Python's, JavaScript's two, and one that encodes what would end a password.
_KEPT = ("", "/", "!~*'()", ";,/?:@&=+$-_.!~*'()#", "!\"#$&'()*+,;<=>?[\\]^`{|}~ ")
# Of printable ASCII, every encoder changes one byte after the other.
_PLAIN = re.compile(rb"[ -~]*")
_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_XML_TEXT = {mark: _XML[mark] for mark in "&<>"}
_GO = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
_SLASH = {"/": "\\/"}
_JSON = {'"': '\\"', "\\": "\\\\"}
# A string in JSON that is itself a string in JSON.
_JSON_TWICE = {'"': '\\\\\\"', "\\": "\\\\\\\\"}
# Python shows a text with both kinds of quotes in single ones.
_SHOWN = ({"\\": "\\\\"}, {"\\": "\\\\", "'": "\\'"})
_QUOTES = ({"'": "'\\''"}, {"'": "'\"'\"'"})
_IN_QUOTES = {mark: "\\" + mark for mark in '\\"$`'}
_SHELL_KEEPS = re.compile(r"[A-Za-z0-9_\-.,:/@%+=]")
_NEVER_ENCODED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
# No encoder changes anything.
_CLEAN = re.compile(rb"[A-Za-z0-9_-]*")
_BASE64_URL = bytes.maketrans(b"+/", b"-_")


def parts_of(value: bytes) -> list[bytes]:
    """Return what is looked for of a value, each in all its forms: the value, and its long lines if it has several."""
    value = value[:LONGEST]
    if b"\n" not in value:
        return [value]
    lines = [line.strip() for line in value.splitlines()]
    return list(dict.fromkeys([value, *(line for line in lines if len(line) >= LINE)]))


def forms_of(part: bytes) -> set[bytes]:
    """Return the forms of one of `parts_of`, each of 8 bytes or more."""
    if _CLEAN.fullmatch(part):
        forms = {part}
    else:
        forms = set(written(part) if is_plain(part) else escaped(part))
    forms.update(in_hex(part))
    for before in range(3):
        forms.update(in_base64(part, before))
    return {form for form in forms if len(form) >= SHORTEST}


def is_plain(part: bytes) -> bool:
    """True if `written` has all that `escaped` would have."""
    return _PLAIN.fullmatch(part) is not None


def written(part: bytes) -> list[bytes]:
    """Return a plain part as every encoder writes it that takes one byte after the other, in the order of `tables`."""
    return [b"".join([table[byte] for byte in part]) for table in tables()]


def in_hex(part: bytes) -> list[bytes]:
    """Return a part's hexadecimal digits in both cases."""
    return [part.hex().encode(), part.hex().upper().encode()]


def in_base64(part: bytes, before: int) -> list[bytes]:
    """Return a part in both alphabets, behind so many other bytes, 0 to 2: only the characters that are sure."""
    whole = base64.b64encode(bytes(before) + part)
    sure = whole[(0, 2, 3)[before] : (before + len(part)) * 8 // 6]
    return [sure, sure.translate(_BASE64_URL)]


def escaped(part: bytes) -> Iterator[bytes]:
    """Yield any part as all encoders write it but those of `in_hex` and `in_base64`."""
    yield part
    for table in _percent_tables():
        yield b"".join([table[byte] for byte in part])
    text = part.decode("utf-8", "surrogateescape")
    for form in _escaped(text):
        yield form.encode("utf-8", "surrogateescape")


def beginnings(part: bytes, size: int) -> set[bytes]:
    """Return the first `size` bytes of each of a part's forms."""
    # Of any other part, what comes first depends on what comes later: quotes of the whole, characters of several bytes.
    begin = part[: max(SHORTEST, size + 2)] if is_plain(part) else part
    return {form[:size] for form in forms_of(begin)}


@cache
def tables() -> tuple[list[bytes], ...]:
    """What each byte of a plain part becomes, by encoder; the first leaves it as it is."""
    shell = {chr(byte): "\\" + chr(byte) for byte in range(128) if not _SHELL_KEEPS.match(chr(byte))}
    json_forms = (_JSON, _JSON | _SLASH, _JSON | _GO, _JSON_TWICE)
    mappings: tuple[dict[str, str], ...] = ({}, *json_forms, *_SHOWN, *_QUOTES, _IN_QUOTES, shell, _XML, _XML_TEXT)
    return (*map(_table, mappings), *_percent_tables())


def _table(mapping: dict[str, str]) -> list[bytes]:
    table = [bytes([byte]) for byte in range(256)]
    for mark, text in mapping.items():
        table[ord(mark)] = text.encode()
    return table


@cache
def _percent_tables() -> tuple[list[bytes], ...]:
    """What each byte becomes, by encoder, with upper-case digits and with lower-case ones."""
    found = []
    for digits in (b"%%%02X", b"%%%02x"):
        encoded = [digits % byte for byte in range(256)]
        for kept in _KEPT:
            safe = _NEVER_ENCODED | set(kept.encode())
            found.append([bytes([byte]) if byte in safe else encoded[byte] for byte in range(256)])
        # A form of a page.
        found.append([b"+" if byte == 0x20 else text for byte, text in enumerate(found[-len(_KEPT)])])
    return tuple(found)


def _escaped(text: str) -> Iterator[str]:
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield from (once, _replaced(once, _SLASH), _replaced(once, _GO))
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]
    for mapping in (*_QUOTES, _IN_QUOTES, _XML, _XML_TEXT):
        yield _replaced(text, mapping)
    yield "".join([mark if _SHELL_KEEPS.match(mark) else "\\" + mark for mark in text])
    yield repr(text)[1:-1]


def _replaced(text: str, mapping: dict[str, str]) -> str:
    return "".join([mapping.get(mark, mark) for mark in text])
