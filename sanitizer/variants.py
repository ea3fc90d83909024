"""The forms in which a known value may stand in a log: as it is, escaped, quoted, percent-encoded, base64, hex."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import quote, quote_plus

# A shorter form is in half of the lines of any log.
SHORTEST = 8
# A line of a value of several lines counts by itself from this length on.
LINE = 16
# A value is cut here: no more of it is looked for.
LONGEST = 1 << 15
# What is left as it is by: a full encoder, Python's, JavaScript's two, and one that encodes what would end a password.
_KEPT = ("", "/", "!~*'()", ";,/?:@&=+$-_.!~*'()#", "!\"#$&'()*+,;<=>?[\\]^`{|}~ ")
_PLAIN = re.compile(r"[ !#-\[\]-~]*")
_XML = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;"))
_GO = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


def variants(value: bytes) -> set[bytes]:
    """Return a value's forms, each of 8 bytes or more, and those of the long lines of a value that has several."""
    value = value[:LONGEST]
    forms = set(_forms(value))
    if b"\n" in value:
        for line in value.splitlines():
            if len(line.strip()) >= LINE:
                forms.update(_forms(line.strip()))
    return {form for form in forms if len(form) >= SHORTEST}


def _forms(value: bytes) -> Iterator[bytes]:
    yield value
    yield value.hex().encode()
    yield value.hex().upper().encode()
    yield from _base64(value)
    if re.fullmatch(rb"[A-Za-z0-9_-]*", value):
        # Every other encoder leaves it as it is.
        return
    for table in _percent_tables():
        yield b"".join([table[byte] for byte in value])
    text = value.decode("utf-8", "surrogateescape")
    for form in _escaped(text):
        yield form.encode("utf-8", "surrogateescape")


@cache
def _percent_tables() -> list[list[bytes]]:
    """What each byte becomes, by encoder, with upper-case digits and with lower-case ones."""
    tables = []
    for kept in _KEPT:
        tables.append([quote(bytes([byte]), safe=kept).encode() for byte in range(256)])
    tables.append([quote_plus(bytes([byte])).encode() for byte in range(256)])
    return tables + [[text if len(text) == 1 else text.lower() for text in table] for table in tables]


def _base64(value: bytes) -> Iterator[bytes]:
    """In both alphabets, at the three places that a value can have in what is encoded: only the sure characters."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + value)
        sure = whole[(0, 2, 3)[before] : (before + len(value)) * 8 // 6]
        yield sure
        yield sure.translate(bytes.maketrans(b"+/", b"-_"))


def _escaped(text: str) -> Iterator[str]:
    # Without quotes and backslashes JSON leaves text as it is.
    plain = _PLAIN.fullmatch(text) is not None
    for ascii_only in (True,) if plain else (True, False):
        once = text if plain else json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield from (once, once.replace("/", "\\/"), _replaced(once, _GO))
        if not plain:
            # A string in JSON that is itself a string in JSON.
            yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]
    yield text.replace("'", "'\\''")
    yield text.replace("'", "'\"'\"'")
    yield re.sub(r'([\\"$`])', r"\\\1", text)
    yield re.sub(r"([^A-Za-z0-9_\-.,:/@%+=])", r"\\\1", text)
    yield _replaced(text, _XML)
    yield _replaced(text, _XML[:3])
    yield repr(text)[1:-1]


def _replaced(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for plain, escaped in pairs:
        text = text.replace(plain, escaped)
    return text
