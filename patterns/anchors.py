"""Where a value is assigned to the name of a credential: the first stage that most rules without a literal share.

Thousands of names end in the same few words, so the words are looked for once for all such rules, together with what
comes next. Hyperscan is quickest with many different literals of which none is short and none ends like common text;
so each word is spelled out with each separator: `token=` and `token"` are rare where `token` alone is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .rule import Plan

PASSWORD, TOKEN, KEY = "password", "token", "key"
# A value in quotes and a bare one are told apart here, so that each rule is tried only where it can match.
QUOTED, BARE = "quoted", "bare"

_OFTEN = {
    PASSWORD: ("password", "passwd", "pwd", "pass", "pw"),
    TOKEN: ("secret", "token"),
    KEY: ("key", "auth", "pat"),
}
# Words that are rare in any text need no separator to be cheap.
_SELDOM = {
    PASSWORD: ("passphrase", "passwort", "passcode", "pswd"),
    TOKEN: ("credential", "nkey", "ticket", "oauth_verifier", "oauthverifier", "auth_code", "authcode"),
    KEY: ("seed", "signature"),
}
# Ends of such names that are followed: password2, tokens, SECRET_PROD.
_TAILS = {PASSWORD: ("_", "s", "1", "2"), TOKEN: ("_", "1", "2"), KEY: ()}
_ASSIGN = ("=", ":", " =", " :", ">", "?=", " ?=")
# Where names and values stand in columns.
_ALIGNED = ("  ", " \t", "\t")
# What a list or a call has behind a name.
_LISTED = ("(", ",", " (", " ,")
_OTHER = ('"', "'", "`", "]", ")", "\\", " !", "!")
# A quote right behind the name and a blank opens the value itself, or closes the name's own.
_OPENING = (' "', " '", " `")
_BETWEEN = r"""[ \t"'`\[\])\\:=!>,(?\-]*"""
_NAME = "[A-Za-z0-9_]*"
# A value that is not in quotes and not for a password holds a digit early on, or it is taken for a word.
_DIGIT = r"(?:[A-Za-z+/_.~%\-]{0,30}[0-9][A-Za-z0-9+/_.~%\-]{7}|[A-Za-z+/_.~\-]{7,30}[0-9])"
_VALUES = {
    (PASSWORD, QUOTED): r"""[^\s"'`\\]{4}""",
    (PASSWORD, BARE): r"""[^\s"'`<>;,&|(){}\[\]$:=\\/][^\s"'`<>;,&|(){}\[\]\\]{3}""",
    (TOKEN, QUOTED): r"""[^\s"'`<>\\]{7}""",
    (TOKEN, BARE): _DIGIT,
    (KEY, QUOTED): _DIGIT,
    (KEY, BARE): _DIGIT,
}
ANCHORS = tuple(f"{family}-{form}" for family, form in _VALUES)
# How far before the end of an anchor a match may begin.
ANCHOR_WIDTH = 160


def expressions(used: Iterable[str]) -> list[tuple[int, str]]:
    """Return the Hyperscan expressions of the anchors in use, each with the bits of what it may be an anchor for.

    Each ends with the value's first bytes.
    """
    found: list[tuple[int, str]] = []
    for family in dict.fromkeys(anchor.split("-")[0] for anchor in ANCHORS if anchor in used):
        quoted, bare = bit(f"{family}-{QUOTED}"), bit(f"{family}-{BARE}")
        in_quotes = f"""{_BETWEEN}(?:[A-Za-z@]{{1,8}}{_BETWEEN}){{0,2}}["'`]{_VALUES[family, QUOTED]}"""
        plain = rf"[=>]{{0,2}}[ \t]{{0,8}}{_VALUES[family, BARE]}"
        # One expression for both costs half of two where the name is common.
        found += _each(quoted | bare, _OFTEN[family], _ASSIGN, f"(?:{in_quotes}|{plain})")
        found += _each(quoted | bare, _OFTEN[family], _ALIGNED, rf"(?:{in_quotes}|[ \t]{{0,8}}[:?]?[=:>]{plain})")
        found += _each(quoted | bare, _OFTEN[family], _LISTED, rf"(?:{in_quotes}|[ \t]{{0,8}}{_VALUES[family, BARE]})")
        found += _each(quoted, _OFTEN[family], _OTHER, in_quotes)
        found += _each(quoted, _OFTEN[family], _OPENING, f"(?:{_VALUES[family, QUOTED]}|{in_quotes})")
        for words, ends in ((_OFTEN[family], _TAILS[family]), (_SELDOM[family], ("",))):
            found += _each(quoted, words, ends, _NAME + in_quotes)
            found += _each(bare, words, ends, rf"{_NAME}[ \t]{{0,8}}[:?]?[=:>]{plain}")
    return found


def bit(anchor: str) -> int:
    """The bit that stands for an anchor, a member of `ANCHORS`."""
    return 1 << ANCHORS.index(anchor)


def _each(bits: int, words: Iterable[str], separators: Iterable[str], follows: str) -> list[tuple[int, str]]:
    return [(bits, f"(?i:{_literal(word + mark)}){follows}") for word in words for mark in separators]


def _literal(text: str) -> str:
    return "".join(f"\\x{ord(mark):02x}" if not mark.isalnum() else mark for mark in text)


def assigned(words: str) -> str:
    """Return the verbose pattern of an assignment to a name that ends in one of `words` (`key | token`, say).

    What it fits always holds an anchor. A rule's context goes before it and the pattern of its value after it.
    """
    return rf"""(?i: {words} )
["'`\])\\]{{0,4}} (?: ,? [ \t]{{0,4}} ["'\\]{{0,2}} value ["'\\]{{0,2}} | [ ]? : [ ]? (?:str|string|String) )?
[ \t]{{0,8}}+ (?: => | [:?]?={{1,3}} | [:>,(] ) [ \t]{{0,8}}+ (?: \\{{0,3}} ["'`] )?
(?= [A-Za-z+/_.~\-]{{0,30}} [0-9] )"""


class Names:
    """Tells whose assignment an anchor belongs to, by the rules' keywords in the text before it."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        """Build the automaton over the keywords of the plans that have anchors."""
        import ahocorasick

        owners: dict[str, list[tuple[int, int, int]]] = {}
        for index, plan in enumerate(plans):
            bits = sum(map(bit, plan.anchors))
            keywords = {keyword.lower() for keyword in plan.keywords} if bits else set()
            leads = {keyword: _lead(plan.head, keyword, keywords) for keyword in keywords}
            for keyword, lead in leads.items():
                # What begins with another keyword is found by that one.
                if not any(
                    keyword != other and keyword.startswith(other) and leads[other] >= lead for other in keywords
                ):
                    owners.setdefault(keyword, []).append((index, bits, lead))
        self._owners = list(owners.values())
        self._automaton: Any = ahocorasick.Automaton()
        for number, keyword in enumerate(owners):
            self._automaton.add_word(keyword, (number, len(keyword) - 1))
        self._automaton.make_automaton()
        # By the anchors of a window and the keyword's number: (index of the plan, bytes of a match before the keyword).
        self._called: dict[int, list[list[tuple[int, int]]]] = {}

    def add_regions(self, data: Any, hits: list[tuple[int, int]], regions: dict[int, list[tuple[int, int]]]) -> None:
        """Add the regions of possible starts by plan index; a hit is (end, bits of anchors)."""
        hits.sort()
        first = last = bits = 0
        for end, more in hits:
            if bits and end - ANCHOR_WIDTH > last:
                self._read(data, first, last, bits, regions)
                bits = 0
            if not bits:
                first = end
            last, bits = end, bits | more
        self._read(data, first, last, bits, regions)

    def _read(self, data: Any, first: int, last: int, bits: int, regions: dict[int, list[tuple[int, int]]]) -> None:
        """Look before anchors that end from `first` to `last`."""
        called = self._called.get(bits)
        if called is None:
            called = self._called[bits] = [
                [(index, lead) for index, anchors, lead in owners if anchors & bits] for owners in self._owners
            ]
        low = max(0, first - ANCHOR_WIDTH)
        text = bytes(data[low:last])
        # No rule with anchors, and no anchor, goes over a line break.
        line = text.rfind(b"\n", 0, first - low) + 1
        low += line
        # Latin-1 keeps one character a byte, so positions stay those of the bytes.
        for end, (number, reach) in self._automaton.iter(text[line:].lower().decode("latin-1")):
            first = low + end - reach
            for index, lead in called[number]:
                region = (first - lead if first > lead else 0, first)
                if index in regions:
                    regions[index].append(region)
                else:
                    regions[index] = [region]


def _lead(head: str, keyword: str, keywords: Iterable[str]) -> int:
    """How far before a keyword a match may begin: no further than in the words that a match begins with, if each of
    them has a keyword or is the beginning of one."""
    if not head.startswith("(?i:"):
        return ANCHOR_WIDTH
    words = [word.replace("\\", "") for word in head[4:-1].split("|")]
    if not all(any(other in word or other.startswith(word) for other in keywords) for word in words):
        return ANCHOR_WIDTH
    return max(0, *(word.find(keyword[: len(word)]) for word in words))
