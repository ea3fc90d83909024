"""Knows values that stand for a secret without being one: dummies, templates, references, already redacted text."""

from __future__ import annotations

import re

from .native import native

# Words that no issued credential is likely to hold; of short ones see `_by_chance`. For values
# in lower case; every alternative begins with a letter, so that `re` looks at few places: four times quicker.
_WORDS = re.compile(
    rb"example|placeholder|redacted|changeme|change[_-]me|dummy|notreal|not[_-]?a[_-]?real|xxxxxx|sample|"
    rb"your[_-]|_here\b|-here\b|insert[_-]|replace[_-]?(?:me|with)|fake[_-]|todo(?<=\btodo)\b|fixme(?<=\bfixme)\b|"
    rb"aaaaaaaa|00000000|123456789"
)
# Those of them that count in a provider's format: without any of these there is no need to look for the others.
_LONG_WORDS = re.compile(
    rb"example|placeholder|redacted|changeme|change[_-]me|notreal|not[_-]?a[_-]?real|sample|insert[_-]|"
    rb"replace[_-]?(?:me|with)|123456789"
)
_TEMPLATE = re.compile(
    rb"\$\{|\$\(|\{\{|\}\}|<%|%>|<[A-Za-z_][\w .:-]*>|\[REDACTED|\*{4,}|\.{4,}|(?-i:x{5,}|X{5,})|"
    rb"%\([\w.]+\)s|#\{|@[A-Z0-9_]+@|(?-i:^@[A-Z][A-Z0-9_]{3,}$)|^(?:0x)?%[0-9]{0,3}[sdvqx]$|^%[sdv](?:%n|\\n)|!@#\$%|^\$\w+$|^%\w+%$|^\{[A-Za-z_][\w.]*\}$",
    re.IGNORECASE,
)
# Marks that no template begins or ends with.
_HARMLESS = b"+/=-_,:;~|&"
# The long words that letters and digits can make.
_PLAIN_WORDS = b"\0".join([
    b"example", b"placeholder", b"redacted", b"changeme", b"notreal", b"notareal", b"sample", b"replaceme",
    b"replacewith", b"123456789",
])  # fmt: skip
_plainness = native(__package__, "_plainness")
# Each byte's follower in a run.
_NEXT = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyz0123456789", b"bcdefghijklmnopqrstuvwxyza1234567890")
_RUNS = b"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789012345678901234567890"


def why_placeholder(value: bytes, prefix: bytes = b"", strict: bool = True) -> str:
    """Return why a value is a placeholder, or "" when nothing says so.

    `prefix` is the public beginning of the format; `strict` is for provider formats, whose random bodies make a
    chance word unlikely but possible: then only long words and plain patterns count.
    """
    if strict and _plainness is not None:
        begin = len(prefix) if value.startswith(prefix) else 0
        if _plainness.plainly_random(value, begin, _PLAIN_WORDS):
            return ""
    body = value[len(prefix) :] if value.startswith(prefix) else value
    lower = body.lower()
    # What most tokens are made of can't be another template. Nobody mixes cases of x: that is chance.
    plain = body.translate(None, _HARMLESS).isalnum()
    if b"xxxxx" in body or b"XXXXX" in body if plain else _TEMPLATE.search(body):
        return "template or already redacted"
    if not strict or _LONG_WORDS.search(lower):
        for found in _WORDS.finditer(lower):
            word = body[found.start() : found.end()]
            if not _by_chance(word) and (not strict or (len(word) >= 6 and len(set(found[0])) > 2)):
                return "holds a placeholder word"
    size = len(body)
    # Nearly every value shows more than a few different characters at once.
    distinct = len(set(body[:12]))
    if distinct <= 5:
        distinct = len(set(body))
    if not strict and size >= 4 and distinct == 1:
        return "repeats one character"
    if size >= 8:
        if distinct <= 3 or (size >= 20 and distinct <= 5):
            return "repeats a few characters"
        up, down = _steps(lower)
        # With fewer steps the runs can't be long enough; that is nearly every value.
        if up * 5 >= size * 2 and _sequential(lower) * 2 > size:
            return "counts up"
        if down * 5 >= size * 2 and _sequential(lower[::-1]) * 2 > size:
            return "counts down"
    return ""


def _by_chance(word: bytes) -> bool:
    """True for a short word in mixed cases, as one random value in two million holds; nobody writes them so."""
    return len(word) < 7 and word not in (word.lower(), word.upper(), word.capitalize())


def _steps(body: bytes) -> tuple[int, int]:
    """How many characters come right before the next one in alphabetic or numeric order, and how many right after."""
    size = len(body)
    ones = int.from_bytes(body, "big")
    followers = int.from_bytes(body.translate(_NEXT), "big")
    # A step is a zero byte of the difference between the followers and the body, one of them a byte on.
    up, down = followers >> 8 ^ ones, ones >> 8 ^ followers
    steps = (up << 8 * size | down).to_bytes(2 * size, "big")
    return steps.count(0, 1, size), steps.count(0, size + 1)


def _sequential(body: bytes) -> int:
    """How many characters lie in alphabetic or numeric runs of five or more."""
    total = index = 0
    while index < len(body) - 4:
        length = 5
        if body[index : index + 5] not in _RUNS:
            index += 1
            continue
        while index + length < len(body) and body[index : index + length + 1] in _RUNS:
            length += 1
        total += length
        index += length
    return total
