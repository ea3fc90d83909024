"""Judges the value of a generic rule: does it look like a secret that somebody made or drew, or like code and prose?"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from itertools import repeat
from math import exp
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from .value_features import features, group, is_about, only_words
from .value_forms import is_text, is_weak, not_a_value
from .value_model import LETTERS, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Callable

# From this probability on a value is reported; below the other one, a token or key is not even worth masking.
REPORTED = 0.6
KEPT = 0.2
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
# Hosts that are reserved for documentation.
_EXAMPLE = re.compile(rb"@(?:[\w\-]+\.)*(?:example(?:\.[a-z]{2,3})?|invalid|test)", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
# The value behind such a name is another rule's match.
_NAMED = re.compile(rb"(?:pass|pass_?word|pwd|secret|token|key)[:=].", re.IGNORECASE)
# What is made from a secret and does not give it away.
_DERIVED = re.compile(rb"hash|signature")
# Shorter ones are as often a checksum, an object id or a fixture as a token.
_SHORT_HEX = re.compile(rb"(?:[0-9a-f]{1,19}|[0-9A-F]{1,19})")


class Judgement(NamedTuple):
    """The confidence that a value is a secret, or "" when it is not one, and why."""

    confidence: str
    reason: str


def judge(
    kind: str, value: bytes, context: bytes = b"", after: bytes = b"", model: Callable[..., float] | None = None
) -> Judgement:
    """Return how likely the value of a generic rule is a secret.

    `kind` is the rule's: password, token, key (a weak name), basic (base64 of user:password) or numbers (bytes in a
    list). `context` is the text of the match before the value (name, operator, quote), `after` that behind it;
    `model` stands in for `probability`, for tests of other weights.
    """
    if kind == "numbers":
        return _numbers(value)
    if kind == "basic":
        return _basic(value)
    if context.endswith((b"`, `", b"` (`")):
        return Judgement("", "a list of names")
    if b"%" in value and context.startswith(b"://"):
        value = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), value)
    if kind != "password" and _SHORT_HEX.fullmatch(value) or kind == "key" and len(value) < 16:
        return Judgement("low", "short")
    if kind != "password" and _only_words(value):
        # What the model would say too, at a fraction of the time: most of what follows such names in code.
        return Judgement("", "not random enough")
    if reason := not_a_value(value):
        return Judgement("", reason)
    if not is_text(value):
        return Judgement("low", "in another encoding than UTF-8")
    if is_weak(value):
        return Judgement("low", "a common password")
    chance = (model or probability)(kind, value, context)
    if chance >= REPORTED:
        if kind == "password" and _only_words(value):
            return Judgement("low", "could be words")
        if reason := _why_encoded(value):
            return Judgement("low", reason)
        if _NAMED.match(value):
            return Judgement("low", "a name and a value")
        if value.isalpha() and value.islower() and is_about(context):
            return Judgement("low", "a word beside a name that is about a secret")
        if found := _DERIVED.search(context.lower()):
            return Judgement("low", f"named as a {found[0].decode()}")
        if _EXAMPLE.fullmatch(after):
            return Judgement("low", "for a host that is an example")
        return Judgement("medium", "looks like a secret by its letters, shape and name")
    if kind == "password" or chance >= KEPT:
        return Judgement("low", "could be words")
    return Judgement("", "not random enough")


def _only_words(value: bytes) -> bool:
    return only_words(value, LETTERS)


def probability(kind: str, value: bytes, context: bytes) -> float:
    """Return the model's probability that this value after this text is a secret."""
    found = features(value, context, LETTERS)
    weight = WEIGHTS[group(kind, context)].get
    total = sum(map(mul, map(weight, found, repeat(0.0)), found.values()))
    return 1 / (1 + exp(-max(min(total, 30.0), -30.0)))


def _why_encoded(value: bytes) -> str:
    """Return what a value is that base64 only hides: words, a dummy, a user and a common password; else ""."""
    if len(value) < 12 or len(value) % 4 or not _BASE64.fullmatch(value):
        return ""
    # Docker fills up what it encodes with zeros, and ignores them.
    text = a2b_base64(value).replace(b"\0", b"").strip()
    if not text.isascii() or not is_text(text):
        return ""
    if b":" in text and _login(text).confidence != "medium":
        return "a common password in base64"
    return "words in base64" if not_a_value(text) or is_weak(text) or _only_words(text) else ""


def _basic(value: bytes) -> Judgement:
    try:
        return _login(a2b_base64(value + b"=" * (-len(value) % 4)))
    except Error:
        return Judgement("", "not base64 of user:password")


def _login(text: bytes) -> Judgement:
    user, colon, password = text.partition(b":")
    if not colon or not (user + password).isascii() or not (user + password).decode().isprintable():
        return Judgement("", "not base64 of user:password")
    if not password:
        return judge("token", user, b'token = "')
    return judge("password", password, b"://user:")


def _numbers(value: bytes) -> Judgement:
    numbers = [int(text, 16 if b"x" in text else 10) for text in value.replace(b" ", b"").split(b",")]
    if max(numbers) > 255:
        return Judgement("", "not a list of bytes")
    steps = {after - before for before, after in zip(numbers, numbers[1:], strict=False)}
    if len(set(numbers)) * 4 < len(numbers) * 3 or len(steps) * 2 < len(numbers) or max(numbers) < 100:
        return Judgement("", "counts up or repeats")
    if all(32 <= number < 127 for number in numbers):
        return Judgement("low", "bytes of a text")
    return Judgement("medium", "bytes that look random")
