"""The text of git objects, and the one place where an object as a whole is judged, for every way of reading history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from operator import itemgetter
from sys import maxsize
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from ...patterns.decode import suspects as encoded
from ...patterns.errors import MatchTimeout
from ..archives import find_inside, kind_of
from ..coverage import Coverage, Skipped
from ..decode import wide_encoding
from ..finding import Finding, Fragment, find_in, findings_of
from ..identity import load_key
from ..overlaps import Overlaps
from .knownlines import (
    AROUND,
    BESIDE,
    FURTHEST,
    LONGEST,
    Around,
    Known,
    Lines,
    Told,
    around,
    found_again,
    grouped,
    joined,
    learned,
    places_of,
)

if TYPE_CHECKING:
    from ...patterns import Match, Matcher
    from ...patterns.verdicts import Span
    from ..finding import Find

KINDS = ("", "commit", "tree", "blob", "tag")
# Header lines that hold nothing but an id or a word of git's own.
_PLAIN = (b"tree ", b"parent ", b"object ", b"type ")
_SAMPLE = 4096
# Bytes of lines whose verdict is remembered, and of parts of blobs; each takes at least so many more.
_REMEMBERED, _EACH = 1 << 23, 512
# How far around a line a blob is matched again: a little further than two halves of a key have a say.
_NEAR = BESIDE + 100
# What stands for the path of a text that is judged for many.
_HERE = "?"
_UNKNOWN: Lines = {}
_UNTOLD: Told = _UNKNOWN, []
# The path of a finding in one of these is the object's id.
_NAMED_BY_ID = ("blob", "commit", "tag")
_PLACE = itemgetter(0, 1)
_PEOPLE = (b"author ", b"committer ", b"tagger ")


class _Memo(dict[Any, Any]):
    """Remembers what was told of texts, within bounds."""

    _size = 0

    def put(self, key: Any, told: Any, size: int) -> None:
        """Remember what was told of a text of a size; if that is too much in all, forget the others first."""
        size += _EACH
        if self._size + size > _REMEMBERED:
            self.clear()
            self._size = 0
        # One that is alone too large is not worth it.
        if size <= _REMEMBERED:
            self._size += size
            self[key] = told


class Hit(NamedTuple):
    """A secret in an object. `kind` is blob, commit, tag or tree, or ref or reflog for the texts about one.

    The finding's kind says where: file (a blob's text), path (an entry's name in a tree, which is then its path),
    message, author, committer, tagger or header. Its lines count from `line`, and its path from the id of a blob,
    commit or tag, so that one finding can stand for many hits. Lines of a message count from its first line.
    """

    id: str
    kind: str
    line: int
    finding: Finding

    def placed(self) -> Finding:
        """Return the finding with its own lines and path: the id, and what is inside of an archive."""
        finding = self.finding
        path = self.id + finding.path if self.kind in _NAMED_BY_ID else finding.path
        return _moved(finding, self.line, path)


def hit_of(name: str, kind: str, finding: Finding) -> Hit:
    """Return the hit of a finding with its own lines and path."""
    path = finding.path.removeprefix(name) if kind in _NAMED_BY_ID else finding.path
    return Hit(name, kind, finding.line, _moved(finding, -finding.line, path))


def _moved(finding: Finding, by: int, path: str) -> Finding:
    line, end_line, paired = finding.line + by, finding.end_line + by, finding.paired
    if paired:
        paired = tuple((rule, number + by, column, masked) for rule, number, column, masked in paired)
    return finding._replace(line=line, end_line=end_line, path=path, paired=paired)


def names(data: bytes, hash_size: int) -> Iterator[bytes]:
    """Yield the names of a tree's entries."""
    place = 0
    while place < len(data):
        end = data.find(b"\0", place)
        end = len(data) if end < 0 else end
        space = data.find(b" ", place, end)
        yield data[space + 1 if space >= 0 else place : end]
        place = end + 1 + hash_size


def texts(kind: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the parts of a commit or tag with what each is; each person's line is a part of its own."""
    head, _, message = data.partition(b"\n\n")
    rest = []
    for line in head.split(b"\n"):
        if line.startswith(_PEOPLE):
            yield line.partition(b" ")[0].decode(), line
        elif not line.startswith(_PLAIN):
            rest.append(line)
    if rest:
        yield "header", b"\n".join(rest)
    if message:
        yield "message", message


def lines_of(data: bytes, low: int, high: int) -> bytes:
    """Return the lines that hold a place."""
    end = data.find(b"\n", max(low, high - 1))
    return data[data.rfind(b"\n", 0, low) + 1 : end if end >= 0 else len(data)]


class Judge:
    """Matches whole objects and collects the hits; with `archives` also what is inside blobs. Safe to share."""

    def __init__(self, matcher: Matcher, coverage: Coverage, key: bytes = b"", *, archives: bool = False) -> None:
        self.hits: list[Hit] = []
        self.archives = archives
        self._matcher, self._coverage, self._key = matcher, coverage, key or load_key()
        self._lock = Lock()
        self._names: set[bytes] = set()
        self._shared: dict[Finding, Finding] = {}
        self._spots = _Memo()
        self._regions = _Memo()
        # The rules of which a verdict may depend on what another one finds.
        self._halves = frozenset(matcher.partners).union(*matcher.partners.values())

    def object(self, name: str, kind: str, data: bytes | Iterable[bytes]) -> bool:
        """Judge an object of any kind; true when something was found in it, or it could not be decided."""
        if kind == "blob":
            return self.blob(name, data)
        data = data if isinstance(data, bytes) else b"".join(data)
        return self._tree(name, data) if kind == "tree" else self._text(name, kind, data)

    def blob(self, name: str, data: bytes | Iterable[bytes]) -> bool:
        """Judge a blob, as `object` does."""
        return self._keep(name, "blob", Fragment(data, name))

    def entry(self, name: str, entry: bytes) -> bool:
        """Judge the name of an entry in a tree, as `object` does."""
        return self._keep(name, "tree", Fragment(entry, entry.decode("utf-8", "surrogateescape"), "path"))

    def learn(self, name: str, data: bytes) -> tuple[bool, Lines | None]:
        """Judge a blob as `object` does, and also return in which lines the verdict stands, for blobs like it.

        No lines when a verdict may depend on more than what is near: wide text, an archive, a key of many lines.
        """
        if self._special(data):
            return self.blob(name, data), None
        found, seen, lines = self._learned(name, data)
        return self._add(found, seen), lines

    def by_lines(self, name: str, data: bytes, *parts: Lines | None) -> tuple[bool, Lines | None]:
        """Judge a blob that can hold nothing but what is found in these lines; return what `learn` does.

        The first part are lines of another blob, on which this one is built; the lines of the others it has.
        """
        told = [part for part in parts if part is not None]
        if len(told) < len(parts) or self._special(data):
            return self.learn(name, data)
        known = joined(*told)
        # Shorter ones may be what was left of a line in which nothing has changed.
        must = {line for part in told[1:] for line in part if len(line) > AROUND}
        again = found_again(data, known, must) or self._by_regions(data, known, must)
        if again is None:
            return self.learn(name, data)
        held, findings = again
        make = tuple.__new__  # As `Hit(...)`, in half the time.
        self.hits += [make(Hit, (name, "blob", line, finding)) for line, finding in findings]
        return bool(findings), held

    def _by_regions(self, data: bytes, known: Lines, must: set[bytes]) -> Told | None:
        """Do what `found_again` does, and match again what is near the lines of which it can't tell."""
        places = places_of(data, known)
        held = {line for _, _, line in places}
        if not must <= held:
            return None
        # Without its first line, what goes on behind it may mean something else, wherever that is.
        all_told = all(entry.reach <= AROUND or line in held for line, entry in known.items())
        lines: list[Lines] = []
        found: list[tuple[int, Finding]] = []
        # No verdict in one group depends on what is near another one.
        for some in grouped(places, 2 * _NEAR):
            first, last = some[0], some[-1]
            begin = data.rfind(b"\n", 0, max(0, first[0] - _NEAR)) + 1
            end = data.find(b"\n", last[0] + len(last[2]) + _NEAR) + 1 or len(data)
            text = data[begin:end]
            told = found_again(text, {line: known[line] for _, _, line in some}) if all_told else None
            told = told or self._region(text)
            before = first[1] - 1 - data.count(b"\n", begin, first[0])
            # Where the text was cut, something may be found that is not there.
            if told is None or not {line + before for line, _ in told[1]}.issubset(number for _, number, _ in some):
                return None
            lines.append(told[0])
            found += [(line + before, finding) for line, finding in told[1]]
        return joined(*lines), found

    def _region(self, text: bytes) -> Told | None:
        """What is found in a part of a blob; None when what is not near may have a say in it."""
        told: Told | None = self._regions.get(text, _UNTOLD)
        if told is _UNTOLD:
            found, _, lines = ([], None, None) if self._special(text) else self._learned(_HERE, text, _NEAR)
            told = None if lines is None else (lines, [(hit.line, hit.finding) for hit in found])
            self._regions.put(text, told, 2 * len(text))
        return told

    def _learned(self, name: str, data: bytes, furthest: int = FURTHEST) -> tuple[list[Hit], Coverage, Lines | None]:
        find, opened = _telling(self._matcher)
        found, seen = self._found(name, "blob", Fragment(data, name), find)
        if seen.skipped:
            return found, seen, None
        reaches = [(hit.line, hit.finding, self._reach(hit.finding)) for hit in found]
        return found, seen, learned(data, reaches, opened, furthest)

    def spot(self, text: bytes, low: int, high: int, found: Suspects | None = None, at: int = 0) -> Lines | None:
        """Return what is found in the line that holds a suspect place of a blob; None when it may be anywhere.

        The text holds the line and what is near. The same line is in thousands of versions, so verdicts are remembered.
        `found` are the suspect places of another text that holds this one, `at` an offset.
        """
        longest = min(LONGEST, self._matcher.limits.line)
        first = max(0, low - longest - 1)
        place = text.rfind(b"\n", first, low) + 1
        end = text.find(b"\n", low, place + longest + 1)
        end = end if end >= 0 else len(text)
        # A longer line may not be whole.
        if place < first or end - place > longest:
            return None
        line = text[place:end]
        if high > place + len(line):
            # Where a block may begin, the line break belongs to the place; that of no encoded run but UTF-16.
            return {line: Known(AROUND, {})} if high == place + len(line) + 1 and b"\0" not in line else None
        near = around(text, place, line, AROUND)
        known: Lines | None = self._spots.get((line, near), _UNKNOWN)
        if known is _UNKNOWN:
            # At the ends of the text, it is not known what is before or behind the line.
            spans = found.within(place + at, end + at) if found and place > 0 and end < len(text) else None
            if spans is None or any(span.plan.id in self._halves for span in spans):
                known = self._spot(line, near)
            else:
                moved = [span.moved(near[0] - place - at) for span in spans]
                known = self._known(line, near, self._matcher.resolved(moved, near[1]))
            self._spots.put((line, near), known, 2 * len(line))
        return known

    def _spot(self, line: bytes, near: Around) -> Lines | None:
        begin, text = near
        if encoded(self._matcher, text):
            return None
        find, opened = _telling(self._matcher)
        try:
            matches = find(text)
        except MatchTimeout:
            return None
        if opened or any(match.rule in self._halves or b"\n" in text[match.start : match.end] for match in matches):
            # What is further away has a say.
            return {line: Known(AROUND, {})}
        own = [match for match in matches if begin <= match.start < begin + len(line)]
        return self._known(line, near, own)

    def _known(self, line: bytes, near: Around, matches: list[Match]) -> Lines:
        found = findings_of(self._matcher, Fragment(near[1], _HERE), matches, self._key, _HERE)
        kept = [self._slim(_HERE, "blob", finding).finding for finding in found]
        return {line: Known(AROUND, {near: kept})} if kept else {}

    def _special(self, data: bytes) -> bool:
        """True for a blob that is more than its lines: wide text, or an archive where those are opened."""
        return bool(wide_encoding(data[:_SAMPLE]) or (self.archives and kind_of(data[:_SAMPLE])))

    def _reach(self, finding: Finding) -> int:
        """How far from its line other text had a say: the other half of a key; no end for what is encoded."""
        if finding.path or any(reason.startswith("inside ") for reason in finding.reasons):
            return maxsize
        return BESIDE if finding.rule in self._halves else AROUND

    def taken(self) -> list[Any]:
        """Return what was found and skipped so far, for the judge of another process; this one forgets it.

        It is made of plain data, which is packed and unpacked in a fraction of the time.
        """
        findings = {id(hit.finding): hit.finding for hit in self.hits}
        numbers = {name: number for number, name in enumerate(findings)}
        hits = [(name, kind, line, numbers[id(finding)]) for name, kind, line, finding in self.hits]
        taken = [list(map(tuple, findings.values())), hits, list(map(tuple, self._coverage.skipped))]
        self.hits, self._coverage.skipped = [], []
        return taken

    def take_over(self, taken: list[Any]) -> None:
        """Add what the judge of another process returned from `taken`."""
        findings, hits, skipped = taken
        findings = [Finding(*row) for row in findings]
        make = tuple.__new__
        self.hits += [make(Hit, (name, kind, line, findings[number])) for name, kind, line, number in hits]
        self._coverage.skipped += [Skipped(*row) for row in skipped]

    def inherited(self, kind: str, data: bytes) -> bool:
        """Tell of a commit or tag in which nothing was found whether what is copied from it may be a part of a secret.

        That is what stands in its ids.
        """
        return kind != "tree" and bool(suspects(self._matcher, data))

    def _text(self, name: str, kind: str, data: bytes) -> bool:
        commit = name if kind == "commit" else None
        found = [self._keep(name, kind, Fragment(text, name, part, commit)) for part, text in texts(kind, data)]
        return any(found)

    def _tree(self, name: str, data: bytes) -> bool:
        for entry in names(data, len(name) // 2):
            if entry and self._first(self._names, entry):
                self.entry(name, entry)
        # Names that were seen before are not judged again, so nothing is inherited.
        return False

    def _first(self, seen: set[bytes], text: bytes) -> bool:
        with self._lock:
            if text in seen:
                return False
            seen.add(text)
            return True

    def _keep(self, name: str, kind: str, fragment: Fragment) -> bool:
        return self._add(*self._found(name, kind, fragment))

    def _found(self, name: str, kind: str, fragment: Fragment, find: Find | None = None) -> tuple[list[Hit], Coverage]:
        """What is in a fragment, and what could not be decided.

        `find` takes the place of `Matcher.find`, for a blob that is no archive.
        """
        seen = Coverage()
        if self.archives and kind == "blob" and find is None:
            found = find_inside(self._matcher, fragment, seen, self._key)
        else:
            # An id is no text that could hold a secret.
            found = find_in(self._matcher, fragment, seen, self._key, path="" if kind == "tree" else name, find=find)
        return [self._slim(name, kind, finding) for finding in found], seen

    def _add(self, found: list[Hit], seen: Coverage) -> bool:
        """Keep what was found, and what could not be decided; true when there is either."""
        self.hits += found
        if seen.skipped:
            with self._lock:
                self._coverage.skipped += seen.skipped
        return bool(found or seen.skipped)

    def _slim(self, name: str, kind: str, finding: Finding) -> Hit:
        """The hit of a finding; the same few secrets are in thousands of versions, and are kept once."""
        _, _, line, moved = hit_of(name, kind, finding)
        return Hit(name, kind, line, self._shared.setdefault(moved, moved))


def _telling(matcher: Matcher) -> tuple[Find, list[tuple[int, int]]]:
    """A function like `Matcher.find`, and where what it has met depends on other lines, and how far.

    That is where something may go on, as `find_and_tell` says, and where a match takes more than its secret's line.
    """
    opened: list[tuple[int, int]] = []

    def find(data: bytes) -> list[Match]:
        found, places = matcher.find_and_tell(data)
        opened.extend(places)
        opened.extend(
            (match.start, match.finish - match.begin + AROUND)
            for match in found
            if b"\n" in data[match.begin : match.finish]
        )
        return found

    return find, opened


class Suspects:
    """Where a text, or any that holds it, may hold a secret: as `Matcher.suspects`, and encoded text."""

    def __init__(self, matcher: Matcher, data: bytes) -> None:
        others, spans = matcher.suspects(data)
        rows: list[tuple[int, int, Span | None]] = [(span.begin, span.finish, span) for span in spans]
        rows += [(low, high, None) for low, high in (*others, *encoded(matcher, data))]
        rows.sort(key=_PLACE)
        self.places = [(low, high) for low, high, _ in rows]
        self._spans = [span for _, _, span in rows]

    def within(self, low: int, high: int) -> list[Span] | None:
        """Return the spans in a line from `low` to `high`; None when something else is in it or near, or goes on."""
        near = self._overlaps.of(low - AROUND, high + AROUND + 1)
        spans = [
            span for span in self._spans[near.start : near.stop] if span and low <= span.begin <= span.finish <= high
        ]
        return spans if len(spans) == len(near) else None

    @cached_property
    def _overlaps(self) -> Overlaps:
        return Overlaps(self.places)


def suspects(matcher: Matcher, data: bytes) -> list[tuple[int, int]]:
    """Return where a text, or any that holds it, may hold a secret, in order."""
    return Suspects(matcher, data).places
