"""Joins a match with its place: the one spot where a fragment's bytes become findings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ..patterns import decode
from ..patterns.errors import MatchTimeout
from ..patterns.pairs import paired
from .decode import Transcoder, wide_encoding
from .identity import fingerprint, load_key
from .overlaps import Overlaps

if TYPE_CHECKING:
    from ..patterns import Match, Matcher
    from ..patterns.chunks import Piece
    from .coverage import Coverage

Find = Callable[[bytes], "list[Match]"]
# Data up to this size is matched in one call; larger data goes through in steps, in bounded memory.
WHOLE = 1 << 24
# An encoded run that two of these steps cut is read whole if it begins in so many bytes before the cut.
_OVERLAP = 1 << 17
_TOO_MUCH = "more encoded text than is decoded of one file"
# The places from which lines and columns are counted are so many bytes apart, or more.
_STEP = 1 << 12
# Bytes of its line that a snippet shows on either side of a secret.
_AROUND = 80


class Fragment(NamedTuple):
    """Some bytes and where they come from. `data` is all of it, or its chunks in order; `path` is undecoded-safe text.

    `kind` is file, symlink (the target's text), path (the name itself), message (of a commit) or stdin.
    """

    data: bytes | Iterable[bytes]
    path: str
    kind: str = "file"
    commit: str | None = None


# The id of a key beside its secret: rule, line, column, masked.
Paired = tuple[str, int, int, str]


class Finding(NamedTuple):
    """A secret at a place. Lines and columns count from 1, columns in characters; the secret itself is not kept.

    `marker` is what the line says about it (see markers.py); `suppressed` is why it does not count, empty if it does.
    `snippet` is the line around it with all secrets masked, if the coverage asks for snippets.
    `paired` are the ids of the key whose secret half this is (see patterns/pairs.py).
    """

    rule: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    masked: str
    fingerprint: str
    confidence: str
    kind: str = "file"
    commit: str | None = None
    reasons: tuple[str, ...] = ()
    marker: str = ""
    suppressed: str = ""
    snippet: str = ""
    # Plain tuples, which the cache of a history can keep.
    paired: tuple[Paired, ...] = ()


class _Place:
    """Counts lines and columns along a sequence of pieces, from the nearest place before that was counted."""

    def __init__(self) -> None:
        # Offsets in the current piece, in order, and their lines and columns.
        self._offsets, self._places = [0], [(1, 1)]

    def locate(self, data: bytes, offset: int) -> tuple[int, int]:
        """Line and column of an offset in the current piece."""
        at = bisect_right(self._offsets, offset)
        known, (line, column) = self._offsets[at - 1], self._places[at - 1]
        breaks = data.count(b"\n", known, offset)
        if breaks:
            column = 1
            last = data.rfind(b"\n", known, offset) + 1
        else:
            last = known
        place = line + breaks, column + _characters(data[last:offset])
        # Between the bytes of one character nothing can be counted from.
        if offset - known > _STEP and data[offset - 1] < 0x80:
            self._offsets.insert(at, offset)
            self._places.insert(at, place)
        return place

    def advance(self, data: bytes) -> None:
        """Move on behind the current piece."""
        self._offsets, self._places = [0], [self.locate(data, len(data))]


def _characters(data: bytes) -> int:
    return len(data.decode("utf-8", "surrogateescape"))


def find_in(
    matcher: Matcher, fragment: Fragment, coverage: Coverage, key: bytes = b"", path: str = "", find: Find | None = None
) -> list[Finding]:
    """Return the findings in a fragment and count its bytes; a rule that ran out of time makes the coverage incomplete.

    Wide text is matched both as it is and as UTF-8, so that a false byte-order mark hides nothing. `path` is the
    fragment's as it may be shown, where the caller knows that; `find` is what takes the place of `matcher.find`.
    """
    # What is seen in the raw bytes and in their UTF-8 form is one secret.
    findings: dict[tuple[str, int, int], Finding] = {}
    try:
        for data, matches, place in _pieces(matcher, fragment, coverage, find or matcher.find):
            if not matches:
                continue
            path = path or shown(matcher, fragment.path)
            lines = Snippets(data, matches) if coverage.snippets else None
            for match, found in _located(matcher, fragment, path, data, matches, place, key or load_key()):
                if lines:
                    found = found._replace(snippet=lines.of(match))
                if coverage.values is not None:
                    coverage.values[found.fingerprint] = data[match.start : match.end]
                findings.setdefault((found.fingerprint, found.line, found.column), found)
    except MatchTimeout as error:
        coverage.skip(shown(matcher, fragment.path), str(error))
    return list(findings.values())


def findings_of(matcher: Matcher, fragment: Fragment, matches: Sequence[Match], key: bytes, path: str) -> list[Finding]:
    """Return the findings that these matches are, which are all in a fragment of plain text, data in one piece."""
    assert isinstance(fragment.data, bytes)
    return [found for _, found in _located(matcher, fragment, path, fragment.data, matches, _Place(), key)]


def _located(
    matcher: Matcher,
    fragment: Fragment,
    path: str,
    data: bytes,
    matches: Sequence[Match],
    place: _Place,
    key: bytes,
) -> Iterator[tuple[Match, Finding]]:
    for match, identifiers in paired(matches, matcher.partners):
        found = _finding(match, data, place, fragment, path, key)
        if identifiers:
            found = found._replace(paired=tuple(_beside(one, data, place) for one in identifiers))
        if mark := _marked(matcher, data, match):
            found = found._replace(marker=mark)
        yield match, found


@cache
def _marker() -> Callable[[bytes, int, int, str], str]:
    from .markers import marker

    return marker


def _marked(matcher: Matcher, data: bytes, match: Match) -> str:
    found = _marker()(data, match.start, match.end, match.rule)
    # A reason is text like any other: it may hold a secret.
    return shown(matcher, found) if found else ""


class Snippets:
    """The lines around the matches in a text, with all matches masked."""

    def __init__(self, data: bytes, matches: Iterable[Match]) -> None:
        self._data = data
        self._matches = sorted(matches, key=lambda one: one.start)
        self._overlaps = Overlaps((one.start, one.end) for one in self._matches)

    def of(self, match: Match) -> str:
        """Return the line in which a match begins, cut to what is near; "" if it is no text."""
        data, low = self._data, max(0, match.start - _AROUND)
        first = max(data.rfind(b"\n", low, match.start) + 1, low)
        end = data.find(b"\n", match.start, match.start + _AROUND + match.end - match.start)
        last = end if end >= 0 else min(len(data), match.end + _AROUND)
        parts, place = [], first
        for number in self._overlaps.of(first, last):
            other = self._matches[number]
            if other.end <= place:
                continue
            parts += [data[place : other.start], other.masked.encode()]
            place = other.end
        parts.append(data[place:last])
        line = b"".join(parts).strip()
        return "" if b"\0" in line else line.decode("utf-8", "replace")


def _finding(match: Match, data: bytes, place: _Place, fragment: Fragment, path: str, key: bytes) -> Finding:
    line, column = place.locate(data, match.start)
    value = data[match.start : match.end]
    if value.isascii() and b"\n" not in value:
        end_line, end_column = line, column + len(value)
    else:
        end_line, end_column = place.locate(data, match.end)
    return Finding(
        match.rule, path, line, column, end_line, end_column, match.masked,
        fingerprint(key, match.rule, value), match.confidence,
        fragment.kind, fragment.commit, match.reasons,
    )  # fmt: skip


def _beside(match: Match, data: bytes, place: _Place) -> Paired:
    return match.rule, *place.locate(data, match.start), match.masked


def _pieces(
    matcher: Matcher, fragment: Fragment, coverage: Coverage, find: Find
) -> Iterator[tuple[bytes, list[Match], _Place]]:
    if isinstance(fragment.data, bytes) and len(fragment.data) <= WHOLE:
        coverage.bytes += len(fragment.data)
        encoding = wide_encoding(fragment.data[:4096])
        yield fragment.data, _decoded(matcher, fragment, fragment.data, coverage, find, not encoding), _Place()
        if encoding:
            text = Transcoder(encoding).feed(fragment.data, final=True)
            yield text, _decoded(matcher, fragment, text, coverage, find), _Place()
        return
    yield from _streamed(matcher, fragment, coverage)


def _decoded(
    matcher: Matcher, fragment: Fragment, data: bytes, coverage: Coverage, find: Find, utf16: bool = True
) -> list[Match]:
    """What is in the data and in its encoded parts."""
    matches, complete = decode.find(matcher, data, wide=utf16, plain=find(data))
    if not complete:
        coverage.skip(shown(matcher, fragment.path), _TOO_MUCH)
    return matches


def _streamed(matcher: Matcher, fragment: Fragment, coverage: Coverage) -> Iterator[tuple[bytes, list[Match], _Place]]:
    from ..patterns.chunks import Chunker

    raw, wide = Chunker(matcher), Chunker(matcher)
    raw_text = wide_text = _Stream(matcher)
    coder: Transcoder | None = None
    first = True
    for chunk in _chunks(fragment.data):
        coverage.bytes += len(chunk)
        if first and (encoding := wide_encoding(chunk[:4096])):
            coder, raw_text = Transcoder(encoding), _Stream(matcher, utf16=False)
        first = False
        yield from raw_text.located(raw.feed(chunk))
        if coder:
            yield from wide_text.located(wide.feed(coder.feed(chunk)))
    yield from raw_text.located(raw.finish())
    if coder:
        yield from wide_text.located(wide.feed(coder.feed(b"", final=True)))
        yield from wide_text.located(wide.finish())
    if not (raw_text.complete and wide_text.complete):
        coverage.skip(shown(matcher, fragment.path), _TOO_MUCH)


class _Stream:
    """Joins the matches of a stream's pieces with those in their encoded text, and counts lines along them.

    A piece is looked through together with the end of the one before it, for what begins there.
    """

    def __init__(self, matcher: Matcher, utf16: bool = True) -> None:
        self.complete = True
        self._matcher = matcher
        self._utf16 = utf16
        self._tail = b""
        self._place = _Place()  # where the tail begins

    def located(self, pieces: Iterable[Piece]) -> Iterator[tuple[bytes, list[Match], _Place]]:
        """Yield text, the new matches in it, and what tells their lines."""
        for piece in pieces:
            seen = len(self._tail)
            data = self._tail + piece.data
            plain = [match.moved(seen) for match in piece.matches]
            found, complete = decode.find(self._matcher, data, wide=self._utf16, plain=plain)
            self.complete = self.complete and complete
            if new := [match for match in found if match.end > seen]:
                yield data, new, self._place
            self._tail = data[-_OVERLAP:]
            self._place.advance(data[: len(data) - len(self._tail)])


def _chunks(data: bytes | Iterable[bytes]) -> Iterable[bytes]:
    if not isinstance(data, bytes):
        return data
    return (data[low : low + WHOLE] for low in range(0, len(data), WHOLE))


def shown(matcher: Matcher, path: str) -> str:
    """Return a path that may be shown: secrets in the name are masked, bytes that are not UTF-8 are escaped."""
    raw = path.encode("utf-8", "surrogateescape")
    for match in reversed(matcher.find(raw)):
        raw = raw[: match.start] + match.masked.encode() + raw[match.end :]
    return raw.decode("utf-8", "backslashreplace")


def path_fragment(path: str, commit: str | None = None) -> Fragment:
    """A path's own text as a fragment: names hold secrets too."""
    return Fragment(path.encode("utf-8", "surrogateescape"), path, "path", commit)
