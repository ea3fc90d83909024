"""Private and symmetric JSON Web Keys, of every type, in every syntax that they are kept in."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable

import pytest
from scrubjay.patterns import Matcher, decode

Key = dict[str, object]
_draw = random.Random(4)


def _drawn(size: int) -> str:
    return base64.urlsafe_b64encode(_draw.randbytes(size)).rstrip(b"=").decode()


def _elliptic(kind: str, curve: str, size: int) -> Key:
    return {"kty": kind, "crv": curve, "x": _drawn(size), "y": _drawn(size), "d": _drawn(size), "use": "sig"}


def _rsa(size: int) -> Key:
    half = size // 2
    key = {"kty": "RSA", "n": _drawn(size), "e": "AQAB", "d": _drawn(size)}
    return key | {name: _drawn(half) for name in ("p", "q", "dp", "dq", "qi")}


KEYS: list[Key] = [
    *(_elliptic("EC", curve, size) for curve, size in (("P-256", 32), ("P-384", 48), ("P-521", 66), ("secp256k1", 32))),
    *(_elliptic("OKP", curve, size) for curve, size in (("Ed25519", 32), ("X25519", 32), ("Ed448", 57), ("X448", 56))),
    *(_rsa(size) for size in (128, 256, 512)),
    {"kty": "oct", "k": _drawn(32)},
    {"kty": "oct", "kid": "key of tests", "alg": "HS256", "k": _drawn(64)},
    {"kty": "oct", "key_ops": ["sign", "verify"], "alg": "HS512", "k": _drawn(128)},
    {"kty": "oct", "k": _drawn(16), "use": "enc"},
]


def _bare_names(key: Key, separator: str) -> str:
    return separator.join(f"{name}: {json.dumps(value)}" for name, value in key.items())


SYNTAXES: dict[str, Callable[[Key], str]] = {
    "compact": lambda key: json.dumps(key, separators=(",", ":")),
    "spaced": json.dumps,
    "indented": lambda key: json.dumps(key, indent=2),
    "tabs": lambda key: json.dumps(key, indent="\t"),
    "CRLF": lambda key: json.dumps(key, indent=2).replace("\n", "\r\n"),
    "sorted": lambda key: json.dumps(key, sort_keys=True, indent=4),
    "a set": lambda key: json.dumps({"keys": [key]}, indent=2),
    "a string": lambda key: json.dumps(json.dumps(key)),
    "a string in a string": lambda key: json.dumps(json.dumps(json.dumps(key))),
    "the environment": lambda key: f"JWK='{json.dumps(key)}'",
    "base64": lambda key: base64.b64encode(json.dumps(key).encode()).decode(),
    "Python": repr,
    "JavaScript": lambda key: "{ " + _bare_names(key, ", ") + " }",
    "JavaScript, single quotes": lambda key: "{\n  " + _bare_names(key, ",\n  ").replace('"', "'") + "\n}",
    "YAML": lambda key: "jwk:\n  " + _bare_names(key, "\n  ").replace('"', "") + "\n",
}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """All shipped rules."""
    return Matcher.default()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_private_member_is_found(matcher: Matcher, syntax: str) -> None:
    """Of each key the private member, and of its public half nothing."""
    for key in KEYS:
        secret = str(key.get("d") or key["k"]).encode()
        text = SYNTAXES[syntax](key).encode()
        found = [match for match in decode.find(matcher, text).matches if match.confidence != "low"]
        assert found, (key["kty"], key.get("crv"))
        if syntax != "base64":
            assert secret in [text[match.start : match.end] for match in found]
        public = {name: value for name, value in key.items() if name in ("kty", "crv", "x", "y", "n", "e")}
        assert decode.find(matcher, SYNTAXES[syntax](public).encode()).matches == []
