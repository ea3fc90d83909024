"""Pseudonyms for language models: secrets leave a request as tokens, and the tokens of an answer become secrets again.

Pure, no I/O. A token is a keyed hash of the value: the same value has the same token in every request and every run.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ..policy import Key
from ..spans import Span, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...patterns import Match, Matcher
    from ..checkpoint import Checkpoint
    from ..spans import Finder

# Capital letters and digits behind a word that says what it is: models copy that as they do other identifiers.
PREFIX = "SCRUBJAY-PSEUDO-"
_BODY = 16
_DIGITS = "0-9A-F"
LENGTH = len(PREFIX) + _BODY
# The most characters of a streamed answer that are held back: a token that lacks its last one.
HOLD_BACK = LENGTH - 1
_TOKEN = re.compile(rf"{PREFIX}[{_DIGITS}]{{{_BODY}}}")
_START = re.compile(rf"{PREFIX}[{_DIGITS}]{{0,{_BODY - 1}}}\Z")


def token(key: Key, value: str) -> str:
    """Return the token of a value under a key. Its digits are those of the pseudonym that masks of logs show."""
    return PREFIX + key.pseudonym(_bytes(value)).rpartition("-")[2].upper()


class Pseudonyms:
    """Hides secrets in texts, and restores the tokens that it has given out; others stay as they are.

    Who has the key can test whether a guessed value is behind a token; nobody can read one back. `finders` find what
    the rules do not: values by key names, known values. `issued` maps tokens to values, `counts` rules to numbers.
    Make one for all who may see the same secrets.
    """

    def __init__(self, matcher: Matcher, key: Key, *, finders: Sequence[Finder] = ()) -> None:
        self.issued: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self._matcher = matcher
        self._key = key
        self._finders = tuple(finders)
        self._checkpoint: Checkpoint | None = None

    def __repr__(self) -> str:
        return f"<Pseudonyms: {len(self.issued)} issued>"

    def fresh(self) -> Pseudonyms:
        """Return one with the same rules and key that has given out nothing yet."""
        return Pseudonyms(self._matcher, self._key, finders=self._finders)

    def toward(self, checkpoint: Checkpoint) -> Pseudonyms:
        """Return one that shares what was given out, for what the receiver at this checkpoint may not have: secrets
        unless the data policy lets it have them, and the known values of the policy."""
        made = Pseudonyms(self._matcher, self._key, finders=self._finders)
        made.issued, made.counts, made._checkpoint = self.issued, self.counts, checkpoint
        return made

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
        spans = [Span(match.rule, match.start, match.end, match.begin) for match in self._matcher.find(data)]
        for finder in self._finders:
            spans += finder.find(data)
        if self._checkpoint is not None:
            spans = self._checkpoint.spans(data, [span for span in spans if not _is_token(data, span)], "the request")
        spans = [_trimmed(span, low, high) for span in spans if span.end > low and span.start < high]
        if not spans:
            return text
        escaped = "\\" in text and _is_json(text)
        parts, done = [], low
        for span in joined(span for span in spans if not _is_token(data, span)):
            value = data[span.start : span.end].decode("utf-8", "surrogatepass")
            given = self._issue(_unescaped(value) if escaped else value).encode()
            parts += [data[done : span.start], span.quote + given + span.quote]
            self.counts[span.rule] = self.counts.get(span.rule, 0) + 1
            done = span.end
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
        # What was not given out is not restored.
        keep = _begun(text, end) if self._pseudonyms.issued else len(text)
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


def _trimmed(span: Span, low: int, high: int) -> Span:
    """A span within the value at low to high. What a name before it proves is all of it, whatever quotes are in it."""
    end = high if span.begin < low else min(span.end, high)
    return span._replace(start=max(span.start, low), end=end)


def _is_token(data: Any, match: Match | Span) -> bool:
    """A place that lies within a token is no secret."""
    low, high = max(0, match.start - HOLD_BACK), min(len(data), match.end + HOLD_BACK)
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
