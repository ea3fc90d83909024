"""Judges the value of a generic rule: does it look like a secret that somebody made or drew, or like code and prose?"""

from __future__ import annotations

import re
from math import log2
from typing import NamedTuple

from .placeholders import why_placeholder

# The most frequent letter pairs of English words and identifiers; drawn text holds about a fifth of them by chance.
_COMMON = frozenset(
    """
    ab ac ad ag ai al am an ap ar as at be bu ca ce ch ck cl co ct da de di do ea ec ed ee el em en er es et ex
    ey fi ge ha he hi ho ic id ie il im in io ir is it ke la ld le li ll lo ma me mi mo na nd ne ng no nt of ol
    om on or ot ou ow pa pe pl po pr ra rd re ri ro sa se sh si so ss st su sw ta te th ti to tr tt tu ty ub un
    ur us ut ve wo
    """.split()
)
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)+(?:\(.*)?|[A-Za-z_]\w*\(.*|\w+\[.*")
_HEX = re.compile(rb"[0-9a-fA-F]+")
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_PATH = re.compile(
    rb"(?:[A-Za-z]:)?[./~\\]*(?:[\w .@-]+[/\\])+[\w .@-]*|https?:.*|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|local)"
)
_DULL = frozenset(
    b"""
    password passwd pwd passphrase secret token credentials authorization bearer basic hidden private public username
    user login admin root null none nil true false undefined string required optional default empty unknown test testing
    changeme
    """.split()
)


class Judgement(NamedTuple):
    """The confidence that a value is a secret, or "" when it is not one, and why."""

    confidence: str
    reason: str


def entropy(value: bytes) -> float:
    """Shannon entropy in bits a byte, over the bytes of the value."""
    if not value:
        return 0.0
    counts = [value.count(byte) for byte in set(value)]
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)


def wordiness(value: bytes) -> float:
    """Share of letter pairs that are common in words and identifiers, from 0 (drawn) to 1 (prose)."""
    letters = re.findall(r"[a-z]{2,}", value.decode("latin-1").lower())
    pairs = [run[index : index + 2] for run in letters for index in range(len(run) - 1)]
    return sum(pair in _COMMON for pair in pairs) / len(pairs) if pairs else 0.0


def judge(kind: str, value: bytes) -> Judgement:
    """Return how likely the value of a generic rule of this kind (password, token) is a secret."""
    judgement = _token(value) if kind == "token" else _password(value)
    if judgement.confidence and (reason := _not_a_value(value)):
        return Judgement("", reason)
    return judgement


def _not_a_value(value: bytes) -> str:
    if value.lower().strip(b"_-. ") in _DULL:
        return "a plain word"
    if value.endswith((b":", b"...")):
        return "a label"
    if _UUID.fullmatch(value):
        return "a UUID"
    if _IDENTIFIER.fullmatch(value):
        return "code, not a value"
    if _PATH.fullmatch(value):
        return "a path or address"
    return why_placeholder(value, strict=False)


def _classes(value: bytes) -> int:
    return sum(re.search(kind, value) is not None for kind in (rb"[a-z]", rb"[A-Z]", rb"[0-9]", rb"[^A-Za-z0-9]"))


def _token(value: bytes) -> Judgement:
    digits = sum(byte in b"0123456789" for byte in value)
    if len(value) < 16 or not digits:
        return Judgement("", "too short or without a digit")
    bits = entropy(value)
    if _HEX.fullmatch(value):
        drawn = len(value) >= 20 and bits >= 3.0 and digits < len(value)
    else:
        drawn = bits >= 3.5 and wordiness(value) < 0.5
    if not drawn:
        return Judgement("", "not random enough")
    return Judgement("medium", f"looks random ({bits:.1f} bits a character)")


def _password(value: bytes) -> Judgement:
    words, classes = wordiness(value), _classes(value)
    if re.fullmatch(rb"[A-Za-z_.:\-/ ]+", value) and (words >= 0.5 or len(value) < 8):
        return Judgement("low", "only words")
    if re.fullmatch(rb"[0-9.,: -]+", value):
        return Judgement("", "only digits")
    if classes >= 3 or (classes == 2 and words < 0.6 and len(value) >= 8):
        return Judgement("medium", "looks made up as a password")
    return Judgement("low", "could be a word")
