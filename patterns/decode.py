"""Finds secrets inside encoded text, also nested, at their places in the original. Bytes in, matches out; no I/O.

Each level joins all runs that decode to text, with a little of the lines around them, into one text, which is matched
and looked through for runs again. The text that is made in all is bounded by the size of the data.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from .encoded import AFTER, BEFORE, Origin, Run, runs
from .match import Match, apart
from .rule import CONFIDENCES

if TYPE_CHECKING:
    from .matcher import Matcher

# Encodings inside one another that are followed.
DEPTH = 4
# Decoded bytes, of all levels together, for each byte of the data, and the least of them.
BUDGET, LEAST = 2, 1 << 16
_GAP = b"\n\n"
# A longer run may have been cut where a text was taken from; as many decoded bytes may be a line of more.
_WHOLE, _LINE = 4096, 30


class Decoded(NamedTuple):
    """Matches with what decoding added; `complete` is False when the budget ended before the encoded text did."""

    matches: list[Match]
    complete: bool


class _Part(NamedTuple):
    """A run in a level's text: its decoded text is at `low` to `high`, the piece with its surroundings at `begin`."""

    begin: int
    low: int
    high: int
    end: int
    run: Run


class _Level(NamedTuple):
    """The decoded runs of one text, joined."""

    text: bytes
    parts: list[_Part]
    complete: bool
    # By where a part begins: what tells where its text comes from, if that was asked.
    origins: dict[int, Origin]

    def part(self, offset: int) -> _Part:
        """Return the part that an offset is in."""
        return self.parts[bisect_right(self.parts, offset, key=lambda part: part.begin) - 1]

    def touched(self, low: int, high: int) -> _Part | None:
        """Return the part that holds all of a span, some of it decoded; None for what was plain before."""
        part = self.part(low)
        return part if high <= part.end and low < part.high and high > part.low else None

    def back(self, data: bytes, low: int, high: int) -> tuple[int, int]:
        """Return where a span comes from in the text that this level was decoded from."""
        part = self.part(low)
        run = part.run
        if low >= part.high:
            start = run.high + low - part.high
        elif low < part.low:
            start = run.low - (part.low - low)
        else:
            start = self._origin(data, part).place(low - part.low, low - part.low + 1)[0]
        if high <= part.low:
            return start, run.low - (part.low - high)
        if high > part.high:
            return start, run.high + high - part.high
        return start, self._origin(data, part).place(high - part.low - 1, high - part.low)[1]

    def _origin(self, data: bytes, part: _Part) -> Origin:
        if part.begin not in self.origins:
            self.origins[part.begin] = part.run.origin(data)
        return self.origins[part.begin]


def find(matcher: Matcher, data: bytes, *, wide: bool = True, plain: list[Match] | None = None) -> Decoded:
    """Return the secrets in `data`, like `Matcher.find`, and those in its encoded parts, in order.

    An encoded secret has the place of what encodes it, and a reason that names the encodings. `wide` also reads runs of
    UTF-16; leave it out for data that is UTF-16 as a whole. `plain` is what `Matcher.find` gives, where that is known.
    Raises MatchTimeout like `Matcher.find`.
    """
    plain = matcher.find(data) if plain is None else plain
    levels: list[_Level] = []
    texts = [data]
    left = max(LEAST, BUDGET * len(data))
    complete = True
    hidden: list[Match] = []
    for _ in range(DEPTH):
        level = _decoded(texts[-1], levels[-1] if levels else None, left, wide)
        complete = complete and level.complete
        if not level.parts:
            break
        left -= len(level.text)
        levels.append(level)
        texts.append(level.text)
        for match in matcher.find(level.text):
            if level.touched(match.begin, match.finish):
                hidden.append(_original(match, texts, levels))
    return Decoded(_settled(plain, hidden) if hidden else plain, complete)


def suspects(matcher: Matcher, data: bytes) -> list[tuple[int, int]]:
    """Return the encoded runs in which something may be found, in any text that holds this data: (first, last) offsets.

    A run that may go on elsewhere, in the next lines or because it is long, is suspect whatever it holds.
    """
    level = _decoded(data, None, max(LEAST, BUDGET * len(data)), True)
    if not level.complete:
        return [(run.low, run.high) for run in runs(data, True)]
    return [(part.run.low, part.run.high) for part in _suspect(matcher, data, level, DEPTH)]


def _suspect(matcher: Matcher, text: bytes, level: _Level, depth: int) -> list[_Part]:
    """The parts of a level, decoded from the text, in which something may be found."""
    if not level.parts:
        return []
    places, spans = matcher.suspects(level.text)
    places += [(span.begin, span.finish) for span in spans]
    if depth > 1:
        inner = _decoded(level.text, level, max(LEAST, BUDGET * len(level.text)), True)
        if not inner.complete:
            return level.parts
        places += [(part.run.low, part.run.high) for part in _suspect(matcher, level.text, inner, depth - 1)]
    touched = {part for low, high in places if (part := level.part(low)) and low < part.high and high > part.low}
    return [part for part in level.parts if part in touched or _goes_on(text, part.run)]


def _goes_on(text: bytes, run: Run) -> bool:
    """True when the run may go on where the text has been cut, or in the lines around it."""
    if run.high - run.low > _WHOLE or run.line or run.form == "UTF-16":
        return True
    if run.form != "base64" or len(run.text) < _LINE:
        return False
    before = text[max(0, run.low - 41) : run.low].rstrip(b" \t")
    return not before or before.endswith(b"\n") or text[run.high : run.high + 1] in b"\r\n"


def _decoded(text: bytes, above: _Level | None, left: int, wide: bool) -> _Level:
    pieces: list[bytes] = []
    parts: list[_Part] = []
    size = 0
    for run in runs(text, wide):
        if above and not above.touched(run.low, run.high):
            continue
        begin = max(0, run.low - BEFORE)
        begin = max(begin, text.rfind(b"\n", begin, run.low) + 1)
        line = text.find(b"\n", run.high, run.high + AFTER)
        end = line if line >= 0 else min(run.high + AFTER, len(text))
        if size + run.low - begin + len(run.text) + end - run.high > left:
            return _Level(b"".join(pieces), parts, False, {})
        pieces += [text[begin : run.low], run.text, text[run.high : end], _GAP]
        low = size + run.low - begin
        high = low + len(run.text)
        parts.append(_Part(size, low, high, high + end - run.high, run))
        size = parts[-1].end + len(_GAP)
    return _Level(b"".join(pieces), parts, True, {})


def _original(match: Match, texts: list[bytes], levels: list[_Level]) -> Match:
    """The match at the place in the data that its text was decoded from."""
    spans = [(match.begin, match.finish), (match.start, match.end)]
    forms: list[str] = []
    for level, text in zip(reversed(levels), reversed(texts[:-1]), strict=True):
        forms.append(level.part(spans[0][0]).run.form)
        spans = [level.back(text, low, high) for low, high in spans]
    (begin, finish), (start, end) = spans
    reason = f"inside {' in '.join(forms)}"
    return match._replace(start=start, end=end, begin=begin, finish=finish, reasons=(*match.reasons, reason))


def _settled(plain: list[Match], hidden: list[Match]) -> list[Match]:
    """Of matches at one place, the best: a provider's before a generic one, then the surer, then the less decoded."""
    return apart(sorted([*plain, *hidden], key=lambda match: (match.generic, -CONFIDENCES.index(match.confidence))))
