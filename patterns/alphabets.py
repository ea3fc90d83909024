"""Text encodings of binary values, read strictly.

Every decoder returns None for anything that is not the one canonical spelling, so that no two texts mean the same
value: a changed last character must not slip through in the unused bits. None of them raises.
"""

from __future__ import annotations

import binascii
import functools

BASE36 = b"0123456789abcdefghijklmnopqrstuvwxyz"
BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_LONGEST = 256  # the decoder is quadratic; the longest value that is used has 111 characters
_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def digits(number: int, alphabet: bytes, width: int) -> bytes:
    """Write a number >= 0 in the base of the alphabet, left-padded with its zero digit to the width."""
    pairs = _pairs(alphabet)
    square = len(pairs)
    text = b""
    while number:
        number, rest = divmod(number, square)
        text = pairs[rest] + text
    zero = alphabet[:1]
    return text.lstrip(zero).rjust(width, zero)


@functools.cache
def _pairs(alphabet: bytes) -> list[bytes]:
    """All numbers of two digits, in order: half as many steps."""
    return [bytes((high, low)) for high in alphabet for low in alphabet]


def undigits(text: bytes, alphabet: bytes) -> int | None:
    """Read a number written in the base of the alphabet; None for a foreign character."""
    number = 0
    for char in text:
        digit = alphabet.find(char)
        if digit < 0:
            return None
        number = number * len(alphabet) + digit
    return number


def unbase64(text: bytes) -> bytes | None:
    """Decode base64 in the standard or the URL alphabet, padded or not."""
    body = text.rstrip(b"=")
    missing = -len(body) % 4
    if len(text) - len(body) not in (0, missing):
        return None
    body = body.translate(_FROM_URL)
    try:
        data = binascii.a2b_base64(body + b"=" * missing, strict_mode=True)
    except ValueError:
        return None
    return data if binascii.b2a_base64(data, newline=False).rstrip(b"=") == body else None


def unbase32(text: bytes) -> bytes | None:
    """Decode upper-case base32 without padding."""
    import base64

    try:
        data = base64.b32decode(text + b"=" * (-len(text) % 8))
    except ValueError:
        return None
    return data if base64.b32encode(data).rstrip(b"=") == text else None


def unbase58check(text: bytes) -> bytes | None:
    """Decode Base58Check and return the payload without its 4 checksum bytes; None when they are wrong."""
    from hashlib import sha256

    if len(text) > _BASE58_LONGEST:
        return None
    number = undigits(text, _BASE58)
    if number is None:
        return None
    zeros = len(text) - len(text.lstrip(b"1"))
    data = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, checksum = data[:-4], data[-4:]
    return payload if payload and sha256(sha256(payload).digest()).digest()[:4] == checksum else None


def unbech32(text: bytes) -> tuple[bytes, int] | None:
    """Check a Bech32 text (BIP-173, of any length); return its lower-case human-readable part and the count of data
    characters, or None when it is wrong."""
    lower = text.lower()
    if text not in (lower, text.upper()):
        return None
    name, separator, data = lower.rpartition(b"1")
    if not separator or not 1 <= len(name) <= 83 or len(data) < 6 or not all(33 <= char <= 126 for char in name):
        return None
    values = [_BECH32.find(char) for char in data]
    if -1 in values:
        return None
    expanded = [char >> 5 for char in name] + [0] + [char & 31 for char in name]
    return (name, len(data) - 6) if _bech32_polymod(expanded + values) == 1 else None


def _bech32_polymod(values: list[int]) -> int:
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATORS):
            if top >> bit & 1:
                state ^= generator
    return state
