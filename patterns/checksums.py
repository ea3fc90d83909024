"""Checks of tokens that carry a checksum: each takes the value and the rule's arguments and returns an Outcome.

Limits on length and default arguments are in the table in checks.py.
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Mapping

from .alphabets import BASE36, BASE62, digits, unbase32, unbase58check, unbase64, unbech32, undigits
from .outcome import Outcome, failed, passed, unknown

Arguments = Mapping[str, int | str]

_UINT32 = 0xFFFFFFFF
_BASE66 = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~"
_TRUSTPUB = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_NKEY_KINDS = {0x00, 0x10, 0x68, 0x70, 0xA0, 0xB8}  # account, cluster, server, operator, user, curve
_WITHOUT_SPECIALS = bytes.maketrans(b"+/", b"PF")


def marvin32(data: bytes, seed: int) -> int:
    """Marvin32 of the data with a 64-bit seed, as an unsigned 32-bit number."""
    low, high = seed & _UINT32, seed >> 32 & _UINT32
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        low, high = _marvin_block((low + int.from_bytes(data[at : at + 4], "little")) & _UINT32, high)
    tail = int.from_bytes(data[whole:] + b"\x80", "little")
    low, high = _marvin_block((low + tail) & _UINT32, high)
    low, high = _marvin_block(low, high)
    return low ^ high


def _marvin_block(low: int, high: int) -> tuple[int, int]:
    high ^= low
    low = (_rotate(low, 20) + high) & _UINT32
    high = _rotate(high, 9) ^ low
    low = (_rotate(low, 27) + high) & _UINT32
    return low, _rotate(high, 19)


def _rotate(word: int, count: int) -> int:
    return (word << count | word >> (32 - count)) & _UINT32


def crc24(data: bytes) -> int:
    """CRC-24 of OpenPGP armor."""
    table = []
    for byte in range(256):
        state = byte << 16
        for _ in range(8):
            state = state << 1 ^ (0x1864CFB if state & 0x800000 else 0)
        table.append(state & 0xFFFFFF)
    state = 0xB704CE
    for byte in data:
        state = (state << 8 & 0xFFFFFF) ^ table[state >> 16 ^ byte]
    return state


def _compare(equal: bool) -> Outcome:
    return passed("the checksum is right") if equal else failed("the checksum is wrong")


def crc32_base62(value: bytes, args: Arguments) -> Outcome:
    """CRC-32 of what stands between the prefix and the last `width` characters, written there in base62."""
    prefix, width = int(args["prefix"]), int(args["width"])
    if width < 1 or len(value) <= prefix + width:
        return failed("too short for a checksum")
    return _compare(digits(zlib.crc32(value[prefix:-width]), BASE62, width) == value[-width:])


def crc32_base62_keep(value: bytes, args: Arguments) -> Outcome:
    """CRC-32 of everything before the last `_`, in 6 characters of base62 behind it; `order` is that of the digits."""
    body, separator, suffix = value.rpartition(b"_")
    if not separator or len(suffix) != 6:
        return failed("no checksum at the end")
    if args["order"] == "little":
        # The padding goes in front of the reversed digits, so it isn't simply the reversed text.
        expected = digits(zlib.crc32(body), BASE62, 1)[::-1].rjust(6, b"0")
    else:
        expected = digits(zlib.crc32(body), BASE62, 6)
    return _compare(expected == suffix)


def crc32_hex(value: bytes, args: Arguments) -> Outcome:
    """CRC-32 of what stands before the last `width` characters (without `prefix` bytes), in lower-case hex there."""
    prefix, width = int(args["prefix"]), int(args["width"])
    if width < 8 or len(value) <= prefix + width:
        return failed("too short for a checksum")
    return _compare(b"%0*x" % (width, zlib.crc32(value[prefix:-width])) == value[-width:])


def atlassian_crc32(value: bytes, args: Arguments) -> Outcome:
    """CRC-32 of everything before the last 8 characters, written there in upper-case hex."""
    if len(value) <= 8:
        return failed("too short for a checksum")
    return _compare(b"%08X" % zlib.crc32(value[:-8]) == value[-8:])


def grafana_crc32(value: bytes, args: Arguments) -> Outcome:
    """CRC-32 of everything before the last `_`; its four bytes stand behind it, lowest first, in lower-case hex."""
    body, separator, suffix = value.rpartition(b"_")
    if not separator:
        return failed("no checksum at the end")
    return _compare(zlib.crc32(body).to_bytes(4, "little").hex().encode() == suffix)


def gitlab_routable(value: bytes, args: Arguments) -> Outcome:
    """CRC-32 of the token before its last 7 characters, written there in base36; before it stands the payload's length.

    Unknown when only the CRC-32 differs: it also covers a prefix that the instance may have put in front."""
    head, _, tail = value.rpartition(b".")
    size = undigits(tail[:2], BASE36)
    if len(tail) != 9 or not size:
        return failed("no length and checksum at the end")
    if digits(zlib.crc32(value[:-7]), BASE36, 7) == value[-7:]:
        return passed("the checksum is right")
    payload = unbase64(head.partition(b".")[0][-size:])
    if not payload or payload[-payload[-1] - 1 :][:2] not in (b"c:", b"g:", b"o:"):
        return failed("the checksum and the payload are wrong")
    return unknown("the checksum is wrong, unless the instance put its own prefix in front")


def crates_trustpub(value: bytes, args: Arguments) -> Outcome:
    """One check character: the exclusive or of the 31 characters before it, modulo 62. One random text in 62 passes."""
    body = value[-32:-1]
    if len(value) != 39 or not body.isalnum():
        return failed("not 39 characters of the alphabet")
    state = 0
    for char in body:
        state ^= char
    return _compare(_TRUSTPUB[state % 62] == value[-1])


def azure_marvin32(value: bytes, args: Arguments) -> Outcome:
    """Azure's identifiable keys: base64 of `bytes` bytes, the last 4 Marvin32 of the others; see `signature`.

    `signature` stands before the last 6 characters, padding not counted. `seed` is 8 characters, or several seeds
    separated by blanks; `replaced` = 1 allows P and F in place of + and /."""
    signature = str(args["signature"]).encode()
    data = unbase64(value)
    text = value.rstrip(b"=")
    if data is None or len(data) != args["bytes"]:
        return failed("not base64 of the right length")
    if signature and text[-6 - len(signature) : -6] != signature:
        return failed("the signature is missing")
    for seed in str(args["seed"]).split():
        checksum = marvin32(data[:-4], int.from_bytes(seed.encode(), "big")).to_bytes(4, "little")
        if checksum == data[-4:]:
            return passed("the checksum is right")
        written = binascii.b2a_base64(data[:-4] + checksum, newline=False).rstrip(b"=")
        if args["replaced"] and written.translate(_WITHOUT_SPECIALS) == text:
            return passed("the checksum is right")
    return failed("the checksum is wrong")


def azure_cask(value: bytes, args: Arguments) -> Outcome:
    """Azure's common annotated keys of 84 or 88 characters: `JQQJ99` at 52, Marvin32 of the first 60 bytes at 80."""
    data = unbase64(value[:80])
    if len(value) not in (84, 88) or value[52:58] != b"JQQJ99" or data is None:
        return failed("not the shape of an annotated key")
    checksum = marvin32(data, int.from_bytes(b"Default0", "big")).to_bytes(4, "little")
    zeros = len(checksum) - len(checksum.lstrip(b"\0"))
    base62 = (b"0" * zeros + digits(int.from_bytes(checksum, "big"), BASE62, 0)).ljust(6, b"0") + b"=="
    base64 = binascii.b2a_base64(checksum, newline=False)
    written = value[80:]
    # A key of 84 characters has room for 3 of the bytes; both spellings are in use.
    return _compare(written in (base62, base64) if len(value) == 88 else written in (base62[:4], base64[:4]))


def entra_8q(value: bytes, args: Arguments) -> Outcome:
    """Entra ID client secret with `8Q~` at 3: its last 3 characters begin the Marvin32 of the others in base66.

    The older `7Q~` secrets carry none."""
    if value[3:6] != b"8Q~" or len(value) < 10:
        return unknown("only secrets with 8Q~ carry a checksum")
    number = marvin32(value[:-3], int.from_bytes(b"AadPwd00", "big"))
    return _compare(digits(number, _BASE66, 6)[:3] == value[-3:])


def bech32(value: bytes, args: Arguments) -> Outcome:
    """Bech32 text; `hrp`, if given, is the human-readable part that it must have, in lower case."""
    found = unbech32(value)
    if found is None:
        return failed("the Bech32 checksum is wrong")
    if args["hrp"] and found[0] != str(args["hrp"]).encode():
        return failed("another human-readable part")
    return passed("the Bech32 checksum is right") if found[1] else failed("no data")


def base58check(value: bytes, args: Arguments) -> Outcome:
    """Base58Check text."""
    return _compare(unbase58check(value) is not None)


def nkey(value: bytes, args: Arguments) -> Outcome:
    """NATS seed: base32 of two prefix bytes, 32 bytes and CRC-16."""
    data = unbase32(value)
    if data is None or len(data) != 36:
        return failed("not base32 of 36 bytes")
    if data[0] & 0xF8 != 0x90 or (data[0] & 7) << 5 | data[1] >> 3 not in _NKEY_KINDS:
        return failed("not the prefix of a seed")
    return _crc16(data)


def stellar(value: bytes, args: Arguments) -> Outcome:
    """Stellar secret seed: base32 of 0x90, 32 bytes and CRC-16."""
    data = unbase32(value)
    if data is None or len(data) != 35 or data[0] != 0x90:
        return failed("not base32 of a seed")
    return _crc16(data)


def _crc16(data: bytes) -> Outcome:
    return _compare(binascii.crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little"))
