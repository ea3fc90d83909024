"""Checks of private key files: PEM (DER, OpenSSH, OpenPGP, SSH2), PuTTY and Java key stores.

They tell a key from a placeholder, a public key or a cut-off block, and whether it is encrypted.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping

from .alphabets import unbase64
from .checksums import crc24
from .outcome import Outcome, failed, passed, unknown

Arguments = Mapping[str, int | str]

_BEGIN = re.compile(rb"-{4,5} ?BEGIN ([A-Z0-9 ]{1,60}?) ?-{4,5}")
_END = re.compile(rb"-{4,5} ?END ([A-Z0-9 ]{1,60}?) ?-{4,5}")
# Keys stand in JSON, in source text and in comments: line ends are escaped, lines are quoted, joined or prefixed.
_LINE_END = re.compile(rb"\\{1,8}(?:[nrt]|u000[aAdD])")
_JOINT = re.compile(rb"[\"'][ \t]{0,8}[+.,\\&]?[ \t\r\n]{0,80}[\"']")
_LEADER = re.compile(rb"^[ \t]{0,80}(?:[#*;>|]|//|--)[ \t]{1,80}", re.MULTILINE)
_LEGACY = re.compile(rb"Proc-Type: ?4,ENCRYPTED|DEK-Info: ?[A-Za-z0-9-]{1,40},[0-9A-Fa-f]{1,64}")
_ARMOR_CHECKSUM = re.compile(rb"\n[ \t]{0,80}=([A-Za-z0-9+/]{4})\s{0,80}\Z")

# Base64 of a key of 384 bits, shorter than any that was ever in use.
_SHORTEST_RSA = 300
_ELISION = re.compile(rb"\.{3}|\xe2\x80\xa6|\[\.\.\]|<snip|\*{5}|X{8}")

_OPENSSH_MAGIC = b"openssh-key-v1\0"
_SSH2_MAGIC = b"\x3f\x6f\xf9\xeb"
_PGP_PUBLIC_NUMBERS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4}  # RSA, Elgamal, DSA
_PGP_PUBLIC_BYTES = {25: 32, 26: 56, 27: 32, 28: 57}  # X25519, X448, Ed25519, Ed448
_PUTTY_KEY = b"putty-private-key-file-mac-key"


class _Cut(Exception):
    """The data ends too early."""


class _Malformed(Exception):
    """The data isn't what it should be."""


class _Reader:
    """Reads numbers and strings from binary data; raises _Cut at the end."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise _Cut
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def string(self) -> bytes:
        return self.take(self.number(4))

    @property
    def left(self) -> int:
        return len(self.data) - self.at


def pem(value: bytes, args: Arguments) -> Outcome:
    """A private key in PEM or armor, or its base64 body alone; the reason says whether it is encrypted.

    Unknown when the block is cut off but starts like a key, or is something else than a private key."""
    begin, end = _BEGIN.search(value), _END.search(value)
    label = begin.group(1) if begin else b""
    if begin and b"PRIVATE KEY" not in label:
        return unknown("not labelled as a private key")
    if begin and end and end.group(1) != label:
        return failed("the labels of the first and the last line differ")
    text = value[begin.end() if begin else 0 : end.start() if end else len(value)]
    body, legacy, armor = _pem_body(text)
    cut = bool(begin) and not end
    data = unbase64(body[: len(body) & ~3] if cut else body)
    if not data:
        return unknown("headers hide the body") if not body and b":" in text else failed("the body is no base64")
    if armor and not cut and unbase64(armor) != crc24(data).to_bytes(3, "big"):
        return failed("the armor checksum is wrong")
    try:
        return _legacy(data, cut) if legacy else _key(data, label)
    except _Cut:
        return unknown("cut off, but starts like a key") if cut else failed("the key is cut off")
    except _Malformed:
        return failed("the body is no key")


def pem_whole(value: bytes, args: Arguments) -> Outcome:
    """Fails for a private key of which a document shows the beginning only, or a body made up of a few characters."""
    begin, end = _BEGIN.search(value), _END.search(value)
    text = value[begin.end() if begin else 0 : end.start() if end else len(value)]
    if _ELISION.search(text):
        return failed("part of the key is left out")
    body = _pem_body(text)[0]
    if begin and end and begin.group(1) == b"RSA PRIVATE KEY" and len(body) < _SHORTEST_RSA:
        return failed("too short for an RSA key")
    return failed("the body repeats a few characters") if len(set(body)) < min(len(body), 200) // 8 else passed("whole")


def _pem_body(text: bytes) -> tuple[bytes, bool, bytes]:
    """Return the base64 text, whether legacy encryption headers stood there, and the armor checksum."""
    text = _LINE_END.sub(b"\n", text).replace(b"\\/", b"/")
    text = _LEADER.sub(b"", _JOINT.sub(b"\n", text).replace(b"\r", b"\n"))
    text, legacy = _LEGACY.subn(b"\n", text)
    armor = _ARMOR_CHECKSUM.search(text)
    if armor:
        text = text[: armor.start()]
    lines = (b"".join(line.split()) for line in text.split(b"\n") if b":" not in line)
    return b"".join(lines).strip(b"\"'`,;\\"), bool(legacy), armor.group(1) if armor else b""


def _legacy(data: bytes, cut: bool) -> Outcome:
    # Cipher text has no structure to see; its only mark is that it fills whole cipher blocks.
    if cut or len(data) < 32 or len(data) % 8:
        raise _Cut
    return passed("encrypted key")


def _key(data: bytes, label: bytes) -> Outcome:
    if data.startswith(_OPENSSH_MAGIC):
        return _openssh(_Reader(data[len(_OPENSSH_MAGIC) :]))
    if data.startswith(_SSH2_MAGIC):
        return _ssh2(_Reader(data[len(_SSH2_MAGIC) :]))
    if label.startswith(b"PGP") or data[0] & 0x80:
        return _openpgp(data)
    return _der(data)


def _der(data: bytes) -> Outcome:
    reader = _Reader(data)
    content = _der_element(reader, 0x30)
    if reader.left:
        raise _Malformed
    inner = _Reader(content)
    first = content[:1]
    if first == b"\x30":
        _der_element(inner, 0x30)
        _der_element(inner, 0x04)
        reason = "encrypted key"
    elif first == b"\x02":
        if len(_der_element(inner, 0x02)) != 1 or not inner.left:
            raise _Malformed
        reason = "key, not encrypted"
    else:
        _der_element(inner, 0x06)
        reason = "key of a special type"
    while inner.left:
        _der_element(inner, None)
    return passed(reason)


def _der_element(reader: _Reader, tag: int | None) -> bytes:
    found, size = reader.number(1), reader.number(1)
    if tag is not None and found != tag:
        raise _Malformed
    if size > 0x80:
        if size > 0x84:
            raise _Malformed
        size = reader.number(size - 0x80)
    elif size == 0x80:
        raise _Malformed
    return reader.take(size)


def _openssh(reader: _Reader) -> Outcome:
    cipher, derivation, _ = reader.string(), reader.string(), reader.string()
    count = reader.number(4)
    if not 1 <= count <= 16 or (cipher == b"none") != (derivation == b"none"):
        raise _Malformed
    for _ in range(count):
        reader.string()
    private = _Reader(reader.string())
    if cipher != b"none":
        return passed("encrypted key")
    if reader.left or len(private.data) % 8 or private.number(4) != private.number(4):
        raise _Malformed
    return passed("key, not encrypted")


def _ssh2(reader: _Reader) -> Outcome:
    size = reader.number(4)
    if size < 12 or size > reader.left + 8:
        raise _Cut
    reader.string()
    cipher = reader.string()
    reader.string()
    return passed("key, not encrypted" if cipher == b"none" else "encrypted key")


def _openpgp(data: bytes) -> Outcome:
    reader = _Reader(data)
    tag = reader.number(1)
    if tag & 0xC0 == 0xC0:
        kind, size = tag & 0x3F, _openpgp_length(reader)
    elif tag & 0x80:
        kind, size = tag >> 2 & 0xF, reader.left if tag & 3 == 3 else reader.number(1 << (tag & 3))
    else:
        raise _Malformed
    if kind != 5:
        raise _Malformed
    packet = _Reader(reader.take(size))
    try:
        return _openpgp_secret(packet)
    except _Cut:
        raise _Malformed from None


def _openpgp_length(reader: _Reader) -> int:
    size = reader.number(1)
    if size < 192:
        return size
    if size < 224:
        return (size - 192 << 8) + reader.number(1) + 192
    if size != 255:
        raise _Malformed
    return reader.number(4)


def _openpgp_secret(packet: _Reader) -> Outcome:
    version = packet.number(1)
    if version not in (4, 5, 6):
        return unknown("OpenPGP key of another version")
    packet.take(4)
    algorithm = packet.number(1)
    if version > 4:
        packet.take(packet.number(4))
    elif algorithm in _PGP_PUBLIC_NUMBERS:
        for _ in range(_PGP_PUBLIC_NUMBERS[algorithm]):
            _openpgp_integer(packet)
    elif algorithm in _PGP_PUBLIC_BYTES:
        packet.take(_PGP_PUBLIC_BYTES[algorithm])
    elif algorithm in (18, 19, 22):
        packet.take(packet.number(1))
        _openpgp_integer(packet)
        if algorithm == 18:
            packet.take(packet.number(1))
    else:
        return unknown("OpenPGP key of another algorithm")
    usage = packet.number(1)
    # A stub names GnuPG's private protection mode: the secret part is on a card or was left out.
    if usage in (254, 255) and packet.data[packet.at + 1 : packet.at + 2] == b"\x65":
        return unknown("stub of a primary key, only its subkeys can be secret")
    return passed("encrypted key" if usage else "key, not encrypted")


def _openpgp_integer(packet: _Reader) -> None:
    packet.take((packet.number(2) + 7) // 8)


def putty(value: bytes, args: Arguments) -> Outcome:
    """A whole PuTTY key file, version 2 or 3; its MAC is checked when it isn't encrypted."""
    text = _LINE_END.sub(b"\n", value).replace(b"\r", b"\n")
    lines = [line for line in text.split(b"\n") if line.strip()]
    fields: dict[bytes, bytes] = {}
    at = 0
    while at < len(lines):
        name, colon, content = lines[at].partition(b": ")
        at += 1
        if not colon:
            return failed("not a PuTTY key file")
        name = name.strip()
        if name in (b"Public-Lines", b"Private-Lines"):
            if not content.strip().isdigit() or len(content) > 4:
                return failed("not a PuTTY key file")
            blob = lines[at : at + int(content)]
            at += len(blob)
            content = unbase64(b"".join(line.strip() for line in blob)) or b""
        fields[name] = content
    return _putty_mac(fields)


def _putty_mac(fields: dict[bytes, bytes]) -> Outcome:
    algorithm = fields.get(b"PuTTY-User-Key-File-3") or fields.get(b"PuTTY-User-Key-File-2")
    public, private, mac = fields.get(b"Public-Lines"), fields.get(b"Private-Lines"), fields.get(b"Private-MAC")
    if not algorithm or not public or not private or not mac:
        return failed("not a whole PuTTY key file")
    encryption = fields.get(b"Encryption", b"").strip()
    if encryption != b"none":
        return unknown("encrypted key, its MAC needs the passphrase")

    import hmac
    from hashlib import sha1

    parts = (algorithm.strip(), encryption, fields.get(b"Comment", b""), public, private)
    signed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    if b"PuTTY-User-Key-File-3" in fields:
        expected = hmac.digest(b"", signed, "sha256")
    else:
        expected = hmac.digest(sha1(_PUTTY_KEY).digest(), signed, "sha1")
    good = binascii.hexlify(expected) == mac.strip().lower()
    return passed("key, not encrypted") if good else failed("the MAC is wrong")


def pkcs12(value: bytes, args: Arguments) -> Outcome:
    """A whole PKCS#12 key store (.p12, .pfx) in base64: version 3 around content that is all there."""
    data = unbase64(value)
    if not data:
        return failed("not base64")
    reader = _Reader(data)
    try:
        inner = _Reader(_der_element(reader, 0x30))
        version = _der_element(inner, 0x02)
        _der_element(inner, 0x30)
    except (_Cut, _Malformed):
        return failed("cut off, or no key store")
    if version != b"\x03" or reader.left:
        return failed("no key store of version 3")
    return passed("a whole key store, opened by its password")


def java_keystore(value: bytes, args: Arguments) -> Outcome:
    """A whole Java key store (JKS or JCEKS), or its base64; passes when its digest is that of the usual `password`."""
    from hashlib import sha1

    if value[:1] not in (b"\xfe", b"\xce"):
        value = unbase64(value) or b""
    magic, version = value[:4], int.from_bytes(value[4:8], "big")
    if magic not in (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce") or version not in (1, 2) or len(value) < 32:
        return failed("not a Java key store")
    salted = str(args["password"]).encode("utf-16-be") + b"Mighty Aphrodite"
    if sha1(salted + value[:-20]).digest() == value[-20:]:
        return passed("opens with the usual password")
    return unknown("key store with another password")
