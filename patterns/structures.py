"""Checks of values that describe themselves: each takes the value and the rule's arguments and returns an Outcome.

A right structure is weaker evidence than a checksum: an altered random part still passes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from .alphabets import BASE62, unbase32, unbase64, undigits
from .outcome import Outcome, failed, passed, unknown

Arguments = Mapping[str, int | str]

_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DAY = 86_400
_DISCORD_EPOCH = 1_420_070_400_000  # milliseconds
_KSUID_EPOCH = 1_400_000_000
_TYPE7_KEY = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"


def _json_object(segment: bytes) -> dict[str, object] | None:
    import json

    data = unbase64(segment)
    if not data:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def jwt(value: bytes, args: Arguments) -> Outcome:
    """JSON Web Token: signed, unsigned or encrypted (5 parts); it begins at the first `marker`, if one is given."""
    start = value.find(str(args["marker"]).encode())
    parts = value[max(start, 0) :].split(b".", 5)
    header = _json_object(parts[0])
    algorithm = header.get("alg") if header else None
    if header is None or not isinstance(algorithm, str):
        return failed("the header is no JSON object with alg")
    if len(parts) == 5:
        return passed("encrypted token (JWE)") if "enc" in header else failed("five parts without enc")
    if len(parts) != 3:
        return failed("not three or five parts")
    claims = _json_object(parts[1])
    if claims is None:
        return failed("the claims are no JSON object")
    if algorithm.lower() == "none":
        return passed("token without a signature")
    if not unbase64(parts[2]):
        return failed("the signature is no base64url")
    expiry = claims.get("exp")
    if not isinstance(expiry, (int, float)) or isinstance(expiry, bool):
        return passed("signed token without expiry")
    return passed("expired token" if expiry < time.time() else "signed token, not expired")


def pypi_macaroon(value: bytes, args: Arguments) -> Outcome:
    """PyPI token: `pypi-` and a binary macaroon (version 2) with a location and an identifier."""
    name, _, body = value.partition(b"-")
    data = unbase64(body)
    if name != b"pypi" or not data or data[0] != 2:
        return failed("not a version 2 macaroon")
    try:
        fields, at = _macaroon_section(data, 1)
        caveats = 0
        while data[at] != 0:
            caveat, at = _macaroon_section(data, at)
            if 2 not in caveat:
                return failed("a caveat without identifier")
            caveats += 1
        kind, signature, at = _macaroon_field(data, at + 1)
    except IndexError:
        return failed("the macaroon is cut off")
    if kind != 6 or len(signature) != 32 or at != len(data):
        return failed("the signature is missing")
    if not fields.get(1) or not fields.get(2):
        return failed("location or identifier is missing")
    return passed("macaroon with caveats" if caveats else "macaroon without caveats")


def _macaroon_section(data: bytes, at: int) -> tuple[dict[int, bytes], int]:
    fields: dict[int, bytes] = {}
    while data[at] != 0:
        kind, content, at = _macaroon_field(data, at)
        fields[kind] = content
    return fields, at + 1


def _macaroon_field(data: bytes, at: int) -> tuple[int, bytes, int]:
    kind, at = _varint(data, at)
    size, at = _varint(data, at)
    if at + size > len(data):
        raise IndexError
    return kind, data[at : at + size], at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 35, 7):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise IndexError


def aws_key_id(value: bytes, args: Arguments) -> Outcome:
    """AWS access key id: since about 2019, the 16 characters behind the prefix hold the account number."""
    data = unbase32(value[4:])
    if len(value) != 20 or data is None:
        return failed("not 16 base32 characters behind the prefix")
    if value[4] in b"IJ":
        return unknown("an older id, which holds no account number")
    account = (int.from_bytes(data[:6], "big") & 0x7FFFFFFFFF80) >> 7
    if not 0 < account < 10**12:
        return failed("holds no possible account number")
    # No secret, and the first thing that who revokes the key has to know.
    return passed(f"belongs to account {account:012}")


def base64_decodes(value: bytes, args: Arguments) -> Outcome:
    """Base64 (either alphabet) of `min` to `max` bytes; `max` = 0 is no limit."""
    data = unbase64(value)
    if data is None:
        return failed("not base64")
    longest = int(args["max"])
    if len(data) < int(args["min"]) or longest and len(data) > longest:
        return failed("base64 of a wrong length")
    return passed("base64 of the right length")


def jfrog_reference(value: bytes, args: Arguments) -> Outcome:
    """JFrog reference token: base64 of `reftkn:`, a version, the expiry and a random part."""
    parts = (unbase64(value) or b"").split(b":")
    if len(parts) != 4 or parts[0] != b"reftkn" or not parts[3].isalnum():
        return failed("not a reference token")
    if len(parts[1]) != 2 or len(parts[2]) != 10 or not (parts[1] + parts[2]).isdigit():
        return failed("not a reference token")
    expiry = int(parts[2])
    return passed("expired token" if 0 < expiry < time.time() else "reference token")


def nuget_v4(value: bytes, args: Arguments) -> Outcome:
    """NuGet key, version 4: 46 characters of lower-case base32, the first 20 of them `v4` and 10 bytes."""
    if len(value) != 46 or value != value.lower() or undigits(value.upper(), _BASE32) is None:
        return failed("not 46 characters of lower-case base32")
    head = unbase32(value[:20].upper())
    return passed("version 4 key") if head and head.startswith(b"v4") else failed("not a version 4 key")


def discord_token(value: bytes, args: Arguments) -> Outcome:
    """Discord token: the first of three parts is base64 of an id that holds the account's time of creation."""
    if value.startswith(b"mfa."):
        return unknown("this form holds no id")
    parts = value.split(b".", 3)
    user = unbase64(parts[0]) or b""
    if len(parts) != 3 or not user.isdigit() or not 17 <= len(user) <= 20:
        return failed("the first part is no id")
    created = (int(user) >> 22) + _DISCORD_EPOCH
    return passed("the first part is an id") if created < (time.time() + _DAY) * 1000 else failed("an id of the future")


def ksuid(value: bytes, args: Arguments) -> Outcome:
    """KSUID of 27 base62 characters behind `prefix` bytes, made between 2014 and now (ngrok)."""
    prefix = int(args["prefix"])
    number = undigits(value[prefix : prefix + 27], BASE62)
    if len(value) < prefix + 27 or number is None:
        return failed("not 27 base62 characters")
    seconds = (number >> 128) + _KSUID_EPOCH
    return passed("made at a possible time") if seconds < time.time() + _DAY else failed("made at an impossible time")


def atlassian_dc_pat(value: bytes, args: Arguments) -> Outcome:
    """Jira, Confluence or Bitbucket (`BBDC-`) Data Center token: base64 of 12 digits, a colon and 20 bytes."""
    data = unbase64(value.removeprefix(b"BBDC-")) or b""
    good = len(data) == 33 and data[:12].isdigit() and data[12:13] == b":"
    return passed("an id and random bytes") if good else failed("not an id and random bytes")


def basic_auth(value: bytes, args: Arguments) -> Outcome:
    """HTTP Basic credentials: base64 of printable `user:password` with a password that isn't empty."""
    try:
        text = (unbase64(value) or b"").decode()
    except UnicodeDecodeError:
        return failed("not text")
    password = text.partition(":")[2]
    if not text.isprintable() or not password:
        return failed("not a user and a password")
    from .value_forms import is_weak

    if is_weak(password.encode()):
        return failed("a user and a dummy password")
    return passed("a user and a password")


def wireguard(value: bytes, args: Arguments) -> Outcome:
    """WireGuard private key: base64 of 32 bytes, clamped. One random key in 32 passes; public keys aren't clamped."""
    data = unbase64(value) or b""
    if len(data) != 32:
        return failed("not base64 of 32 bytes")
    return passed("a clamped key") if data[0] & 7 == 0 and data[31] & 0xC0 == 0x40 else failed("not a clamped key")


def ses_smtp(value: bytes, args: Arguments) -> Outcome:
    """Amazon SES SMTP password: base64 of 0x04 and 32 bytes."""
    data = unbase64(value) or b""
    return passed("version 4, 32 bytes") if len(data) == 33 and data[0] == 4 else failed("not a version 4 password")


def cisco_type7(value: bytes, args: Arguments) -> Outcome:
    """Cisco type 7 password: two digits and hex of printable text that is only obfuscated."""
    offset, body = value[:2], value[2:]
    try:
        data = bytes.fromhex(body.decode("ascii"))
    except ValueError:
        return failed("not hex")
    if not body.isalnum() or len(offset) != 2 or not offset.isdigit() or int(offset) >= len(_TYPE7_KEY):
        return failed("not two digits and hex")
    clear = (char ^ _TYPE7_KEY[(int(offset) + at) % len(_TYPE7_KEY)] for at, char in enumerate(data))
    return passed("printable text") if all(32 <= char < 127 for char in clear) else failed("no printable text")
