"""What can be seen of a value and of the text before it: numbers for the value model. Pure functions of bytes."""

from __future__ import annotations

import re
from functools import lru_cache
from math import log2

from .value_forms import LONGEST

# The groups of rules that weigh the same features differently.
GROUPS = ("password", "bare-password", "url", "token", "bare-token", "key")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAME = re.compile(r"[a-z][a-z0-9_.\-]*")
_DIGIT = re.compile(rb"[0-9]")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{12,}={0,2}")
_KINDS = (
    ("password", ("password", "passwd", "pwd", "passphrase", "passwort", "passcode", "pswd")),
    ("pass", ("pass", "pw")),
    ("secret", ("secret",)),
    ("token", ("token",)),
    ("auth", ("auth", "ticket", "bearer", "basic")),
    ("credential", ("credential",)),
    ("seed", ("nkey", "seed")),
    ("key", ("key",)),
)
# A name that ends so speaks about a secret and does not hold one.
_ABOUT = re.compile(
    r"field|label|placeholder|hint|text|msg|message|error|type|name|id$|url|uri|path|file|dir|policy|length|min|max|hash|"
    r"digest|algorithm|encoder|reset|prefix|header|format|version|class|method|attr|param|column|expir|scope|provider"
)
_DUMMY = re.compile(
    r"pass|secret|token|key|pwd|test|admin|user|auth|login|foo|bar|abc|123|value|string|name|default|root|demo|fake"
)
_COUNT_LOG = [0.0, *(count * log2(count) for count in range(1, LONGEST + 1))]
_KIND_OF = bytes(
    ord("U") if 65 <= code <= 90 else ord("d") if 48 <= code <= 57 else ord("l") if chr(code).isalpha() else ord(".")
    for code in range(256)
)
_DIGIT_OR_NOT = bytes.maketrans(b"Ul.", b"xxx")
_UPPER_OR_NOT = bytes.maketrans(b"dl.", b"xxx")
_MARKS = (
    ("call", frozenset(b"()")),
    ("punctuation", frozenset(b"!@#%^&*?")),
    ("template", frozenset(b"$%{}<>")),
    ("list", frozenset(b",:")),
)
_COUNTED = (("slash", "/"), ("dot", "."), ("underscore", "_"), ("hyphen", "-"))
# By the size of a value, which limits it keeps under.
_SIZES = [{f"under-{limit}": 1.0 for limit in (6, 8, 16, 24, 32) if size < limit} for size in range(LONGEST + 1)]

# The letter table has 26 letters and the beginning or end of a word.
_FIRST = 26
_SIZE = 27
_PAIRS = _SIZE * _SIZE


def group(kind: str, context: bytes) -> str:
    """Return the group for a rule's kind of value (password, token, key) and the text before the value."""
    if kind == "key":
        return "key"
    if context.startswith(b"://"):
        return "url"
    bare = context[-1:] not in (b'"', b"'", b"`")
    return f"bare-{kind}" if bare else kind


@lru_cache(maxsize=4096)
def word_score(word: str, table: bytes) -> float:
    """Return how much likelier a word of lower-case letters is as a word than as drawn letters, in bits."""
    place = _FIRST * _SIZE + _FIRST
    total = 0
    for letter in word.encode("latin-1"):
        place = place * _SIZE + letter - 97
        total += table[place]
        place %= _PAIRS
    total += table[place * _SIZE + _FIRST]
    return (total - 16 * (len(word) + 1)) / 2


def only_words(value: bytes, table: bytes) -> bool:
    """True when a value has no digit and each run of its letters reads like a word."""
    if _DIGIT.search(value):
        return False
    found = _of_words(value[:LONGEST].decode("latin-1"), table)
    return found.get("likeness", 0.0) > 0.3 and found["likeness-worst"] > 0


def features(value: bytes, context: bytes, table: bytes) -> dict[str, float]:
    """Return the features that are not zero, by name; `table` is the letter table of the model."""
    value = value[:LONGEST]
    found = dict(_of_name(context))
    text = value.decode("latin-1")
    size = len(text)
    kinds = value.translate(_KIND_OF)
    upper, digits, marks = kinds.count(b"U"), kinds.count(b"d"), kinds.count(b".")
    found |= _of_words(text, table)
    length = found["size"] = log2(size)
    found |= _SIZES[size]
    found["digits"] = digits / size
    found["marks"] = marks / size
    found["variety"] = length - sum(map(_COUNT_LOG.__getitem__, map(value.count, set(value)))) / size
    if digits:
        found["any-digit"] = 1.0
        if digits == size:
            found["only-digits"] = 1.0
        if size >= 12 and not marks and _HEX.fullmatch(text):
            found["hex"] = 1.0
    elif not marks:
        found["only-letters"] = 1.0
    if upper:
        if text.isupper():
            found["upper"] = 1.0
    elif text.islower():
        found["lower"] = 1.0
    if _DUMMY.search(text.lower()):
        found["dummy"] = 1.0
    if marks:
        _of_marks(found, value, text)
    found["digit-turns"] = _turns(kinds.translate(_DIGIT_OR_NOT), b"dx", b"xd") / size
    found["case-turns"] = _turns(kinds.translate(_UPPER_OR_NOT), b"Ux", b"xU") / size
    return found


def _of_marks(found: dict[str, float], value: bytes, text: str) -> None:
    found["any-mark"] = 1.0
    if _BASE64.fullmatch(text):
        found["base64"] = 1.0
    if text[-1] == "=":
        found["padded"] = 1.0
    for name, characters in _MARKS:
        if not characters.isdisjoint(value):
            found[name] = 1.0
    for name, mark in _COUNTED:
        if count := text.count(mark):
            found[name] = count * 5 / len(text)


def _turns(shape: bytes, there: bytes, back: bytes) -> int:
    return shape.count(there) + shape.count(back)


def _of_words(text: str, table: bytes) -> dict[str, float]:
    """Word-likeness of the letters: per letter over all runs, in sum, of the best and the worst run."""
    scores = [(word_score(run.lower(), table), len(run) + 1) for run in _WORD.findall(text) if len(run) > 1]
    if not scores:
        return {"no-words": 1.0}
    total = sum(score for score, _ in scores)
    each = [score / size for score, size in scores if size > 3] or [0.0]
    return {
        "likeness": _within(total / sum(size for _, size in scores), -3, 2),
        "likeness-sum": _within(total / 10, -3, 3),
        "likeness-best": _within(max(each), -3, 2),
        "likeness-worst": _within(min(each), -3, 2),
        "longest": min(max(size for _, size in scores), 20) / 10,
    }


def _within(number: float, low: float, high: float) -> float:
    return min(max(number, low), high)


def is_about(context: bytes) -> bool:
    """True when the name before a value speaks about a secret, its provider or length say, and does not hold one."""
    return "about" in _of_name(context)


@lru_cache(maxsize=1024)
def _of_name(context: bytes) -> dict[str, float]:
    """What the text before a value says; it is the same for thousands of values."""
    text = context.decode("latin-1").lower()
    match = _NAME.search(text)
    name = match[0] if match else ""
    found = {"bias": 1.0}
    for kind, words in _KINDS:
        place = max((name.find(word) + len(word) for word in words if word in name), default=0)
        if place:
            found[f"name-{kind}"] = 1.0
            if _ABOUT.search(name, place):
                found["about"] = 1.0
            break
    operator = text.rstrip("\"'`\\ bru@[](\t")
    if operator.endswith(("==", "!=")):
        found["compared"] = 1.0
    elif operator.endswith(","):
        found["argument"] = 1.0
    elif "(" in text:
        found["called"] = 1.0
    elif operator[-1:] not in ("=", ":", ">"):
        found["no-operator"] = 1.0
    return found
