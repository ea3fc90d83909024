"""Knows values that stand for a secret without being one: dummies, templates, references, already redacted text."""

from __future__ import annotations

import re
from operator import eq

# Words that no issued credential is likely to hold, at least six letters so that chance does not make them.
_WORDS = re.compile(
    rb"example|placeholder|redacted|changeme|change[_-]me|dummy|notreal|not[_-]?a[_-]?real|xxxxxx|sample|"
    rb"your[_-]|[_-]here\b|insert[_-]|replace[_-]?(?:me|with)|fake[_-]|\btodo\b|\bfixme\b|aaaaaaaa|00000000|123456789",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(
    rb"\$\{|\$\(|\{\{|\}\}|<%|%>|<[A-Za-z_][\w .:-]*>|\[REDACTED|\*{4,}|\.{4,}|x{5,}|"
    rb"%\([\w.]+\)s|#\{|@[A-Z0-9_]+@|(?-i:^@[A-Z][A-Z0-9_]{3,}$)|^(?:0x)?%[0-9]{0,3}[sdvqx]$|^%[sdv](?:%n|\\n)|!@#\$%|^\$\w+$|^%\w+%$|^\{[A-Za-z_][\w.]*\}$",
    re.IGNORECASE,
)
# Each byte's follower in a run.
_NEXT = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyz0123456789", b"bcdefghijklmnopqrstuvwxyza1234567890")
_RUNS = b"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789012345678901234567890"


def why_placeholder(value: bytes, prefix: bytes = b"", strict: bool = True) -> str:
    """Return why a value is a placeholder, or "" when nothing says so.

    `prefix` is the public beginning of the format; `strict` is for provider formats, whose random bodies make a
    chance word unlikely but possible: then only long words and plain patterns count.
    """
    body = value[len(prefix) :] if value.startswith(prefix) else value
    if _TEMPLATE.search(body):
        return "template or already redacted"
    if (found := _WORDS.search(body)) and (not strict or (len(found[0]) >= 6 and len(set(found[0].lower())) > 2)):
        return "holds a placeholder word"
    if not strict and len(body) >= 4 and len(set(body)) == 1:
        return "repeats one character"
    if len(body) >= 8:
        distinct = len(set(body))
        if distinct <= 3 or (len(body) >= 20 and distinct <= 5):
            return "repeats a few characters"
        if _sequential(body.lower()) * 2 > len(body):
            return "counts up"
    return ""


def _sequential(body: bytes) -> int:
    """How many characters lie in alphabetic or numeric runs of five or more."""
    if sum(map(eq, body.translate(_NEXT), body[1:])) * 5 < len(body) * 2:
        # Too few steps for the loop below to matter; that is nearly every value.
        return 0
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
