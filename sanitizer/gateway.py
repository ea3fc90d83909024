"""Pseudonyms for language models: secrets leave a request as tokens, and the tokens of an answer become secrets again.

Pure, no I/O. A token is a keyed hash of the value: the same value has the same token in every request and every run.
"""

from __future__ import annotations

import hmac
import json
import re
from typing import TYPE_CHECKING, Any

from .mask import _joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..patterns import Match, Matcher

# Capital letters and digits behind a word that says what it is: models copy that as they do other identifiers.
PREFIX = "SCRUBJAY-PSEUDO-"
_BODY = 16
# 80 bits in an alphabet without the digits that look like letters.
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
LENGTH = len(PREFIX) + _BODY
# The most characters of a streamed answer that are held back: a token that lacks its last one.
HOLD_BACK = LENGTH - 1
_TOKEN = re.compile(rf"{PREFIX}[{_DIGITS}]{{{_BODY}}}")
_START = re.compile(rf"{PREFIX}[{_DIGITS}]{{0,{_BODY - 1}}}\Z")
_SHORTEST_KEY = 16
# How far a token may lie before a match that it is part of.
_REACH = LENGTH - 1


def token(key: bytes, value: str) -> str:
    """Return the pseudonym of a value under a key."""
    digest = hmac.digest(key, b"pseudonym\0" + _bytes(value), "sha256")
    number = int.from_bytes(digest[:10], "big")
    return PREFIX + "".join(_DIGITS[number >> shift & 31] for shift in range(75, -1, -5))


class Pseudonyms:
    """Hides secrets in texts, and restores the tokens that it has given out; others stay as they are.

    `key` has at least 16 bytes; who has it can test whether a guessed value is behind a token, but not read one back.
    `issued` maps tokens to values. One object for everybody who may see the same secrets; not for several at once.
    """

    def __init__(self, matcher: Matcher, key: bytes) -> None:
        if len(key) < _SHORTEST_KEY:
            raise ValueError(f"a key for pseudonyms has {_SHORTEST_KEY} bytes or more")
        self.issued: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self._matcher = matcher
        self._key = key

    def __repr__(self) -> str:
        return f"<Pseudonyms: {len(self.issued)} issued>"

    def fresh(self) -> Pseudonyms:
        """Return one with the same rules and key that has given out nothing yet."""
        return Pseudonyms(self._matcher, self._key)

    @property
    def matcher(self) -> Matcher:
        """The rules."""
        return self._matcher

    def hide(self, text: str, name: str = "") -> str:
        """Return `text` with a token in the place of each secret; `name` is what the text is the value of, if known.

        In a text that is JSON, as a tool's arguments are, values are taken without their escapes. Raises what the
        matcher raises (MatchTimeout): then the text was not examined and must not be sent.
        """
        hidden, escaped = self._hidden(text, name), "\\" in text and _is_json(text)
        if not escaped:
            return hidden
        # An escape in the middle of a value may have kept it from being seen.
        value = json.loads(hidden)
        again = walked(value, self.hide)
        return hidden if again == value else json.dumps(again, ensure_ascii=False)

    def _hidden(self, text: str, name: str) -> str:
        before = f'{name}="' if name else ""
        data = _bytes(before + text + ('"' if name else ""))
        low, high = len(_bytes(before)), len(data) - bool(name)
        found = (match for match in self._matcher.find(data) if match.end > low and match.start < high)
        # What the name proves is the whole value, whatever quotes or blanks are in it.
        matches = [match._replace(end=high) if match.begin < low else match for match in found]
        if not matches:
            return text
        escaped = "\\" in text and _is_json(text)
        parts, done = [], low
        for first, last, rule in _joined(match for match in matches if not _is_token(data, match)):
            start, end = max(first, low), min(last, high)
            value = data[start:end].decode("utf-8", "surrogatepass")
            parts += [data[done:start], self._issue(_unescaped(value) if escaped else value).encode()]
            self.counts[rule] = self.counts.get(rule, 0) + 1
            done = end
        parts.append(data[done:high])
        return b"".join(parts).decode("utf-8", "surrogatepass")

    def restore(self, text: str, *, escaped: bool = False) -> str:
        """Return `text` with the values of its tokens; `escaped` for JSON text, whose strings need escapes."""
        if PREFIX not in text or not self.issued:
            return text
        return _TOKEN.sub(lambda found: self._value(found[0], escaped), text)

    def _value(self, name: str, escaped: bool) -> str:
        value = self.issued.get(name)
        if value is None:
            return name
        return json.dumps(value, ensure_ascii=False)[1:-1] if escaped else value

    def _issue(self, value: str) -> str:
        name = token(self._key, value)
        self.issued[name] = value
        return name


class Restorer:
    """Restores a text that comes in pieces, cut anywhere: all that was returned is what `restore` makes of the whole.

    Only the beginning of what may become a token is held back, at most HOLD_BACK characters.
    """

    def __init__(self, pseudonyms: Pseudonyms, *, escaped: bool = False) -> None:
        self._pseudonyms = pseudonyms
        self._escaped = escaped
        self.held = ""

    def feed(self, text: str) -> str:
        """Take the next piece and return what is final now."""
        text = self.held + text
        end = 0
        for found in _TOKEN.finditer(text):
            end = found.end()
        keep = _begun(text, end)
        self.held = text[keep:]
        return self._pseudonyms.restore(text[:keep], escaped=self._escaped)

    def finish(self) -> str:
        """Return the rest: the text has ended."""
        rest, self.held = self.held, ""
        return rest


def tokens(text: str) -> Iterator[str]:
    """Yield what has the form of a token, given out or not."""
    for found in _TOKEN.finditer(text):
        yield found[0]


def _begun(text: str, low: int) -> int:
    """Where a token begins that the end of the text may be in; the length of the text if there is none."""
    low = max(low, len(text) - HOLD_BACK)
    if found := _START.search(text, low):
        return found.start()
    for size in range(min(len(PREFIX) - 1, len(text) - low), 0, -1):
        if text.endswith(PREFIX[:size]):
            return len(text) - size
    return len(text)


class PastTokens:
    """A matcher that takes no token for a secret."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def __getattr__(self, name: str) -> Any:
        return getattr(self._matcher, name)

    def find_and_open(self, data: Any, start: int, end: int) -> tuple[list[Match], int]:
        """As `Matcher.find_and_open`."""
        matches, open_from = self._matcher.find_and_open(data, start, end)
        return [match for match in matches if not _is_token(data, match)], open_from


def _is_token(data: Any, match: Match) -> bool:
    """A match that lies within a token is no secret."""
    low, high = max(0, match.start - _REACH), min(len(data), match.end + _REACH)
    text = bytes(data[low:high]).decode("latin-1")
    return any(found.start() + low <= match.start and match.end <= found.end() + low for found in _TOKEN.finditer(text))


def walked(value: Any, change: Callable[[str, str], str], name: str = "") -> Any:
    """Return a JSON value with its strings changed; `change` gets a string and the name that it is the value of."""
    if isinstance(value, str):
        return change(value, name)
    if isinstance(value, list):
        return [walked(item, change, name) for item in value]
    if isinstance(value, dict):
        return {change(key, ""): walked(item, change, key) for key, item in value.items()}
    return value


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    try:
        decoded = json.loads(f'"{value}"', strict=False)
    except ValueError:
        return value
    return str(decoded)


def _bytes(text: str) -> bytes:
    # JSON can hold half a surrogate pair, which UTF-8 can't.
    return text.encode("utf-8", "surrogatepass")
