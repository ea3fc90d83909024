"""Knows by its form alone what a value is instead of a secret: a word, a path, code, a hash, something encrypted."""

from __future__ import annotations

import re
from binascii import crc_hqx

from .alphabets import unbase32
from .placeholders import why_placeholder

# Longer values are looked at no further than this.
LONGEST = 96
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_REGEX = re.compile(rb"\[[^\]]{0,20}\w-\w[^\]]{0,20}\]|[\])\w]\{[0-9]{1,4}(?:,[0-9]{0,4})?\}|\(\?[:=!P<]|\\[dwsb]\b")
_CRYPT = re.compile(
    rb"(?:\{[\w@.\-]{1,40}\})?\$(?:[1-9a-z]{1,3}|argon2\w{1,2}|scrypt|pbkdf2[\w\-]*|apr1)\$.*|"
    rb"\{S?SHA[0-9]*\}.*|pbkdf2_\w+\$.*|sha(?:256|384|512)[:-].*"
)
# Base64 of what every public key of a kind begins with, and authorized keys.
_PUBLIC = re.compile(
    rb"MIGfMA0GCSqGSIb3DQEBAQUA|MII[BC][A-Za-z0-9]jANBgkqhkiG9w0BAQEFAAO|M(?:FkwEw|HYwEA|FYwEA)YHKoZIzj0CAQ|MIGbMBAGByqGSM49|"
    rb"M(?:Cow|EIw|EMw)BQYDK2V|(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-nistp[0-9]{3}) AAAA"
)
_SEALED = re.compile(
    rb"\{?AQAAAB|ENC\[|ENC\(|\$ANSIBLE_VAULT|!vault|!!?[a-z]+$|vault:v?[0-9]*:?|AQICAH|Ag[A-D][A-Za-z0-9+/]{60}|"
    rb"age1[a-z0-9]{50}|op://|ref\+|arn:aws|projects/"
)
# One expression of all is tried at once: the number of its group tells which it was.
_FORMS = (
    ("a UUID", rb"(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"),
    ("a number", rb"[-+]?(?:0x[0-9a-fA-F]{1,16}|[0-9]{1,5}(?:\.[0-9]{1,5})?)[uUlLfF]{0,3}"),
    ("a version", rb"[~^<>=v]{0,3}[0-9]{1,4}(?:\.[0-9x*]{1,5}){1,3}(?:[-+.][\w.\-]{1,30})?"),
    ("code, not a value", rb"[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)+(?:\(.*)?|[A-Za-z_]\w*\(.*|\w+\[.*"),
    (
        "a path or address",
        rb"(?:[A-Za-z]:)?[./~\\]*(?:[\w .@-]+[/\\])+[\w .@-]*|https?:.*|"
        rb"[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|local)",
    ),
    (
        "a file name",
        rb"(?i:.*\.(?:ya?ml|json|txt|pem|key|crt|cer|cfg|conf|ini|py|js|ts|rb|go|rs|java|xml|html?|css|md|adoc|sh|log|"
        rb"lock|sql))",
    ),
    ("the name of an encoding", rb"(?i:utf[-_]?(?:8|16|32)(?:[-_]?[bl]e)?(?:[-_]sig)?|iso-8859-[0-9]{1,2})"),
    ("the name of an algorithm", rb"(?i:(?:scram-|hmac-?)?sha-?[0-9]{1,3}(?:-[0-9]{3}|:[0-9]{1,2})?(?:-plus)?)"),
    (
        "a digest of nothing",  # MD5, SHA-1 and SHA-256 of no bytes
        rb"d41d8cd98f00b204e9800998ecf8427e|da39a3ee5e6b4b0d3255bfef95601890afd80709|"
        rb"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ),
)
_FORM = re.compile(b"|".join(b"(" + form + b")" for _, form in _FORMS))
_LEET = bytes.maketrans(b"0134578@$!", b"oieastbasi")
_DULL = frozenset(
    b"""
    password passwd pwd passphrase pass passw secret secrets sekret sekrit token credentials authorization bearer basic
    hidden private public username user login admin root null none nil true false undefined string required optional
    default empty unknown test testing tester changeme foobar qwerty qwertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm
    letmein welcome hunter opensesame q1w2e3 asdfqwer topsecret supersecret verysecret mysecret mypassword mypass
    testpass userpass secretpassword
    """.split()
)
_LONG_DULL: list[bytes] = sorted((word for word in _DULL if len(word) > 3), key=len, reverse=True)
_DULL_WORD = re.compile(b"|".join(_LONG_DULL))
_AROUND = b"_-. !#*0123456789"


def not_a_value(value: bytes) -> str:
    """Return what a value is instead of a secret, or "" when its form alone does not tell."""
    if _CONTROL.search(value):
        return "not text"
    if value.lower().strip(b"_-. ") in _DULL:
        return "a plain word"
    if value.endswith((b":", b"...")):
        return "a label"
    if _SEALED.match(value):
        return "encrypted, or a reference to a vault"
    if _CRYPT.fullmatch(value, 0, LONGEST):
        return "a hash of a password"
    if _PUBLIC.match(value) or len(value) == 56 and _is_nkey(value):
        return "a public key"
    if reason := why_placeholder(value, strict=False):
        return reason
    if len(value) <= LONGEST and (found := _FORM.fullmatch(value)):
        return _FORMS[(found.lastindex or 1) - 1][0]
    return "a regular expression" if _REGEX.search(value, 0, LONGEST) else ""


def _is_nkey(value: bytes) -> bool:
    """True for a public NATS key, the name of an account or a user say, by its checksum; seeds are longer."""
    data = unbase32(value)
    return data is not None and crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little")


def is_weak(value: bytes) -> bool:
    """True for plain words with little around them or letters replaced, such as half the world's passwords."""
    word = value.lower()
    if word.strip(_AROUND) in _DULL:
        return True
    if len(word) > 24:
        return False
    return _dull(word.translate(_LEET)) or _dull(word)


def _dull(word: bytes) -> bool:
    rest, count = _DULL_WORD.subn(b"", word)
    return bool(count) and len(rest.strip(_AROUND)) <= 3


def is_text(value: bytes) -> bool:
    """True when a value is printable UTF-8."""
    try:
        return value.decode().isprintable()
    except UnicodeDecodeError:
        return False
