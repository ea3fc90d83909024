"""Scans objects as git prints them: one long stream, matched in large chunks, offsets mapped back to objects.

The reference for the delta walk, and what reads all that the walk does not: loose objects, large ones, odd packs.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

from ...patterns.errors import INCOMPLETE, ScrubjayError
from ..archives import HEAD as _HEAD
from ..archives import kind_of
from ..decode import wide_encoding
from ..together import together
from . import crew
from .batch import LINE, TREE, Batch, Rows, batch_of, spots_of, touched
from .knownlines import AROUND, Lines
from .listing import Listing
from .text import KINDS, Judge, lines_of, suspects
from .windows import Spot, windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...patterns import Matcher
    from ..coverage import Coverage
    from ..git import Git

    Progress = Callable[[int], None]

# What stays in the processor's cache is quicker than more at a time. A larger object is read in pieces.
_CHUNK = 1 << 20
# Objects that are not worth several processes, and the fewest that git is started for.
_FEW, _PART = 2000, 500
# Objects that git fails on, one after the other, before a scan is given up.
_FAILURES = 100
_NUMBERS = {kind.encode(): number for number, kind in enumerate(KINDS)}
_BLOB = KINDS.index("blob")
# Shorter blobs are not compared with the one before, nor shorter parts of them.
_LEAST = 1 << 12
_NOTHING: tuple[bytes, Lines | None] = (b"", {})
_NUL_TO_LINE = bytes([10, *range(1, 256)])


class Read(NamedTuple):
    """What a stream has read: bytes, and objects by their kind's number in `KINDS`."""

    bytes: int
    counts: list[int]


def stream(
    git: Git,
    matcher: Matcher,
    judge: Judge,
    coverage: Coverage,
    objects: Listing,
    *,
    workers: int = 2,
    progress: Progress | None = None,
    beside: Callable[[], None] | None = None,
) -> Read:
    """Give `judge` every listed object in which something may be found; return what was read.

    `beside` is called when the work begins, and may begin some in a thread.
    Missing and damaged objects are recorded as gaps in the coverage. Raises ScrubjayError when git can't go on.
    """
    parts = list(_parts(len(objects), workers))
    if workers > 1 and len(objects) > _FEW and crew.available():
        return _in_processes(git, matcher, judge, coverage, objects, parts, workers, progress, beside)
    if beside:
        beside()
    streams = [_Stream(git, matcher, coverage, objects, part, judge, progress) for part in parts]
    together([one.sift for one in streams], workers)
    for one in streams:
        one.judge()
    return _sum(one.read for one in streams)


def _in_processes(
    git: Git, matcher: Matcher, judge: Judge, coverage: Coverage, objects: Listing, parts: list[range],
    workers: int, progress: Progress | None, beside: Callable[[], None] | None,
) -> Read:  # fmt: skip
    """Share the parts among processes: each takes the next one."""
    assert len(parts) < 256
    reader, writer = os.pipe()
    os.write(writer, bytes(range(len(parts))))
    os.close(writer)

    def task(_: int, report: Callable[[int], None]) -> tuple[tuple[Any, ...], list[Any]]:
        # What was found before is the parent's already.
        judge.taken()
        done = []
        while turn := os.read(reader, 1):
            one = _Stream(git, matcher, coverage, objects, parts[turn[0]], judge, report)
            one.sift(Event())
            one.judge()
            done.append(one.read)
        return tuple(_sum(done)), judge.taken()

    try:
        results = list(crew.run(task, workers, progress, beside))
    finally:
        os.close(reader)
    for _, taken in results:
        judge.take_over(taken)
    return _sum(Read(*read) for read, _ in results)


def _parts(count: int, workers: int) -> Iterator[range]:
    """Runs of objects, ever shorter ones, so that workers which take one after the other end at the same time."""
    low = 0
    while low < count:
        high = min(count, low + max(_PART, (count - low) // (2 * workers)))
        yield range(low, high)
        low = high


def _sum(reads: Iterable[Read]) -> Read:
    sizes, counts = zip(Read(0, [0] * len(KINDS)), *reads, strict=True)
    return Read(sum(sizes), list(map(sum, zip(*counts, strict=True))))


class _Stream:
    """One `cat-file` process after the other over a run of objects, until all are read."""

    def __init__(
        self,
        git: Git,
        matcher: Matcher,
        coverage: Coverage,
        objects: Listing,
        numbers: range,
        judge: Judge,
        progress: Progress | None,
    ) -> None:
        self._git, self._matcher, self._coverage, self._progress = git, matcher, coverage, progress
        self._objects, self._end, self._judge = objects, numbers.stop, judge
        # The number of the next object, and how often git has failed.
        self._next, self._failures = numbers.start, 0
        # Any match in a large object is whole in one of its pieces.
        self._overlap = max(matcher.limits.line, matcher.limits.block, _HEAD) + matcher.limits.behind + 64
        self._lines: set[bytes] = set()
        # The last blob, and what is found in its lines.
        self._last = _NOTHING
        self._flagged: list[int] = []
        self._bytes, self._counts = 0, [0] * len(KINDS)

    @property
    def read(self) -> Read:
        """What was read so far."""
        return Read(self._bytes, self._counts)

    def sift(self, stop: Event) -> None:
        """Judge the objects that are suspect, and flag those of them that are large."""
        while self._next < self._end and not stop.is_set():
            try:
                self._pour(stop)
            except _Broken:
                self._failures += 1
                if self._failures > _FAILURES:
                    raise ScrubjayError("git can't read this repository's objects", INCOMPLETE) from None
                self._coverage.skip(self._objects.id(self._next), "git can't read the object")
                self._next += 1

    def judge(self) -> None:
        """Judge the flagged objects, which are read once more."""
        for found in self._git.objects(map(self._objects.id, self._flagged)):
            if found.kind:
                self._judge.object(found.id, found.kind, found.data)
            else:
                self._coverage.skip(found.id, "the object is missing")

    def _pour(self, stop: Event) -> None:
        """Read the objects from the next one on. Raises _Broken at one that git can't read."""
        lines, missing = self._objects.lines(self._next, self._end), self._counts[0]
        chunks = self._git.pour("cat-file", "--batch", "--buffer", lines=lines, size=_CHUNK)
        rest = b""
        try:
            for chunk in chunks:
                if stop.is_set():
                    return
                rest = self._whole(rest + chunk if rest else chunk)
                while self._is_large(rest):
                    rest = self._whole(self._large(rest, chunks))
        except ScrubjayError:
            if self._next >= self._end:
                if self._counts[0] > missing:
                    # What it complains about is among the gaps.
                    return
                raise
            # git died at an object; with what it says about a single one nothing more is lost.
            raise _Broken from None
        finally:
            chunks.close()
        if self._next < self._end:
            raise _Broken

    def _whole(self, data: bytes) -> bytes:
        """Match the objects that are whole; return what follows them, an unfinished one."""
        rows = Rows([], bytearray(), [], [])
        names, kinds, begins, ends = rows
        at, length, broken = 0, len(data), False
        while (end := data.find(b"\n", at, at + LINE)) >= 0:
            words = data[at:end].split(b" ")
            begin = end + 1
            try:
                name, word, text = words
                kind, stop = _NUMBERS[word], begin + int(text)
            except (ValueError, KeyError):
                if broken := words[1:] != [b"missing"]:
                    break
                name, kind, begin, stop = words[0], 0, end, end
            if stop >= length:
                break
            names.append(name)
            kinds.append(kind)
            begins.append(begin)
            ends.append(stop)
            at = stop + 1
        broken = broken or (end < 0 and length - at >= LINE)
        # Where an object had another size than git said, the next one would begin elsewhere.
        good = self._objects.same(self._next, names)
        if broken or good < len(names):
            self._match(data, Rows(names[:good], kinds[:good], begins[:good], ends[:good]))
            raise _Broken
        self._match(data, rows)
        return data[at:]

    def _is_large(self, rest: bytes) -> bool:
        """True when an unfinished object is not worth waiting for."""
        line, found, _ = rest[:LINE].partition(b"\n")
        return bool(found) and int(line.rpartition(b" ")[2]) > _CHUNK

    def _large(self, rest: bytes, chunks: Iterator[bytes]) -> bytes:
        """Read an unfinished object in pieces; return what follows it."""
        line, _, text = rest.partition(b"\n")
        name, word, size = line.split(b" ")
        if not self._objects.same(self._next, [name]):
            raise _Broken
        kind, left = _NUMBERS[word], int(size)
        flagged: bool | None = None
        while len(text) <= left:
            if flagged:
                left -= len(text)
                text = b""
            elif len(text) >= 2 * self._overlap:
                flagged = self._suspect(kind, text, flagged is None)
                left -= len(text) - self._overlap
                text = text[-self._overlap :]
            chunk = next(chunks, b"")
            if not chunk:
                raise _Broken
            text += chunk
        if flagged or self._suspect(kind, text[:left], flagged is None):
            self._flagged.append(self._next)
        self._done([kind], int(size))
        self._last = _NOTHING
        return text[left + 1 :]

    def _suspect(self, kind: int, piece: bytes, first: bool) -> bool:
        """True when something may be found in a large object that holds a piece, or begins with it."""
        if kind == TREE:
            return bool(suspects(self._matcher, piece.translate(_NUL_TO_LINE)))
        return (first and self._special(piece[:_HEAD])) or bool(suspects(self._matcher, piece))

    def _special(self, head: bytes) -> bool:
        """True for what can't be matched as bytes: UTF-16 or UTF-32, or an archive that is to be opened."""
        return bool(wide_encoding(head) or (self._judge.archives and kind_of(head)))

    def _done(self, kinds: Sequence[int], size: int) -> None:
        """Count objects that were read, the next ones."""
        for kind in kinds:
            self._counts[kind] += 1
        self._bytes += size
        self._next += len(kinds)
        if self._progress:
            self._progress(len(kinds))

    def _match(self, data: bytes, rows: Rows) -> None:
        """Match objects, and judge those that are suspect."""
        kinds = rows.kinds
        if 0 in kinds:
            for name, kind in zip(rows.names, kinds, strict=True):
                if not kind:
                    self._coverage.skip(name.decode(), "the object is missing")
        trees = kinds.count(TREE)
        if trees < len(kinds):
            self._match_texts(batch_of(data, rows, False))
        if trees:
            self._match_trees(batch_of(data, rows, True))
        self._done(kinds, sum(rows.ends) - sum(rows.begins))

    def _match_texts(self, batch: Batch) -> None:
        text, (names, kinds, begins, ends) = batch
        pieces, based = self._windows(batch)
        spots: dict[int, list[Spot | None]] = {}
        for place, spot in spots_of(self._matcher, text, begins, pieces):
            spots.setdefault(place, []).append(spot)
        special = self._wide(batch)
        lines: dict[int, Lines | None] = {-1: self._last[1]}
        for place, (begin, end) in enumerate(zip(begins, ends, strict=True)):
            before = lines.get(place - 1, {}) if based[place] else {}
            # What a blob holds, the next one may have, too.
            if place not in spots and place not in special and before == {}:
                continue
            name, kind, data = names[place].decode(), KINDS[kinds[place]], text[begin:end]
            if kind != "blob" or place in special:
                self._judge.object(name, kind, data)
                lines[place] = None
                continue
            found: list[Lines | None] = []
            for spot in spots.get(place, ()):
                within = spot is not None and begin <= spot[0] and spot[1] <= end
                found.append(self._judge.spot(data, spot[0] - begin, spot[1] - begin) if spot and within else None)
                if found[-1] is None:
                    break
            _, lines[place] = self._judge.by_lines(name, data, before, *found)
        last = len(begins) - 1
        self._last = (text[begins[last] : ends[last]], lines.get(last, {})) if kinds[last] == _BLOB else _NOTHING

    def _windows(self, batch: Batch) -> tuple[list[Spot], list[bool]]:
        """What of the objects is to be matched, and of each whether it is built on the one before."""
        text, (_, kinds, begins, ends) = batch
        if kinds.count(_BLOB) < len(kinds):
            return list(zip(begins, ends, strict=True)), [False] * len(kinds)
        return windows(text, begins, ends, self._last[0], self._matcher.limits.line + AROUND, _LEAST)

    def _match_trees(self, batch: Batch) -> None:
        text, (names, _, begins, ends) = batch
        plain = text.translate(_NUL_TO_LINE)
        wanted: set[int] = set()
        for low, high in suspects(self._matcher, plain):
            # The same name is in every version of its folder; one is enough.
            line = lines_of(plain, low, high)
            if line not in self._lines:
                self._lines.add(line)
                wanted.update(touched(begins, low, high))
        for place in sorted(wanted):
            self._judge.object(names[place].decode(), "tree", text[begins[place] : ends[place]])

    def _wide(self, batch: Batch) -> set[int]:
        """The objects that can't be matched as bytes."""
        text, (_, _, begins, ends) = batch
        if self._judge.archives:
            heads = (text[begin : min(begin + _HEAD, end)] for begin, end in zip(begins, ends, strict=True))
            return {place for place, head in enumerate(heads) if self._special(head)}
        found: set[int] = set()
        marks = [text[begin : begin + 2] for begin in begins]
        for mark in (b"\xff\xfe", b"\xfe\xff"):
            if mark in marks:
                found.update(place for place, here in enumerate(marks) if here == mark)
        # Only what has a zero early on is looked at, and that once.
        place, count = 0, len(begins)
        while place < count and (zero := text.find(b"\0", begins[place])) >= 0:
            place = bisect_right(begins, zero, place, count) - 1
            end = min(ends[place], begins[place] + _HEAD)
            if zero < end and wide_encoding(text[begins[place] : end]):
                found.add(place)
            place += 1
        return found


class _Broken(Exception):
    """git could not read the next object."""
