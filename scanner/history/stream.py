"""Scans objects as git prints them: one long stream, matched in large chunks, offsets mapped back to objects.

The reference for the delta walk, and what reads all that the walk does not: loose objects, large ones, odd packs.
"""

from __future__ import annotations

import os
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from itertools import accumulate
from threading import Event
from typing import TYPE_CHECKING, Any

from ...patterns.errors import INCOMPLETE, ScrubjayError
from ..archives import HEAD as _HEAD
from ..archives import kind_of
from ..decode import wide_encoding
from ..together import together
from . import crew
from .text import KINDS, Judge, lines_of, suspects

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...patterns import Matcher
    from ..coverage import Coverage
    from ..git import Git

# What stays in the processor's cache is quicker than more at a time.
_CHUNK = 1 << 20
# Objects that are not worth several processes, and parts of the blobs for each (git starts anew at each part).
_FEW = 2000
_PARTS = 1
# Objects that git fails on, one after the other, before a scan is given up.
_FAILURES = 100
# What git prints before an object is shorter.
_LINE = 128
# Ids that are written to git at a time.
_LOT = 1000
_NUMBERS = {kind.encode(): number for number, kind in enumerate(KINDS)}
_ROW = re.compile(rb"([0-9a-f]+) (\w+) ?(\d*)\n")
_NUL_TO_LINE = bytes([10, *range(1, 256)])


class Listing:
    """Objects in git's order, compactly: ids, kinds (as numbers) and sizes; `missing` are ids git does not have."""

    def __init__(self) -> None:
        self._ids = bytearray()
        self._width = 0
        self.kinds = bytearray()
        self.sizes = array("Q")
        self.missing: list[str] = []

    def __len__(self) -> int:
        return len(self.kinds)

    def add(self, rows: Collection[tuple[bytes, bytes, bytes]]) -> None:
        """Append objects, given as what git prints: the id, the kind and the size of each."""
        if not rows:
            return
        names, kinds, sizes = zip(*rows, strict=True)
        self._width = len(names[0]) // 2
        self._ids += bytes.fromhex(b"".join(names).decode())
        self.kinds += bytes(map(_NUMBERS.__getitem__, kinds))
        self.sizes.extend(map(int, sizes))

    def ids(self, numbers: Iterable[int]) -> bytes:
        """Return the ids of the objects with these numbers in a row, as bytes."""
        ids, width = self._ids, self._width
        return b"".join([ids[number * width : (number + 1) * width] for number in numbers])

    @property
    def width(self) -> int:
        """The length of an id in hexadecimal."""
        return 2 * self._width

    def id(self, number: int) -> str:
        """Return the id of the object with this number."""
        return self._ids[number * self._width : (number + 1) * self._width].hex()


def listing(git: Git, ids: Iterable[str] | None = None, skip: Callable[[str], bool] | None = None) -> Listing:
    """List the given objects, or all of the repository in an order that is quick to read; `skip` leaves some out."""
    if ids is None:
        words: tuple[str, ...] = ("--batch-all-objects", "--unordered")
        lines: Iterable[bytes] = ()
    else:
        words, lines = ("--buffer",), (name.encode() + b"\n" for name in ids)
    found, rest = Listing(), b""
    for chunk in git.pour("cat-file", "--batch-check", *words, lines=lines):
        text, mark, rest = (rest + chunk).rpartition(b"\n")
        rows = _ROW.findall(text + mark)
        if skip is not None:
            rows = [row for row in rows if not skip(row[0].decode())]
        found.add([row for row in rows if row[1] != b"missing"])
        found.missing += [row[0].decode() for row in rows if row[1] == b"missing"]
    return found


def stream(
    git: Git,
    matcher: Matcher,
    judge: Judge,
    coverage: Coverage,
    objects: Listing,
    *,
    workers: int = 2,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Give `judge` every listed object in which something may be found; return how many bytes of objects were read.

    Missing and damaged objects are recorded as gaps in the coverage. Raises ScrubjayError when git can't go on.
    """
    for name in objects.missing:
        coverage.skip(name, "the object is missing")
    many = workers > 1 and len(objects) > _FEW and crew.available()
    parts = [numbers for numbers in _shares(objects, workers * (_PARTS if many else 1)) if numbers]
    if many:
        return _in_processes(git, matcher, judge, coverage, objects, parts, workers, progress)
    streams = [_Stream(git, matcher, coverage, objects, numbers, judge, progress) for numbers in parts]
    together([part.sift for part in streams], workers)
    _judge(git, judge, coverage, objects, {number for part in streams for number in part.flagged})
    return sum(part.bytes for part in streams)


def _judge(git: Git, judge: Judge, coverage: Coverage, objects: Listing, flagged: set[int]) -> None:
    for found in git.objects(objects.id(number) for number in sorted(flagged)):
        if found.kind:
            judge.object(found.id, found.kind, found.data)
        else:
            coverage.skip(found.id, "the object is missing")


def _in_processes(
    git: Git, matcher: Matcher, judge: Judge, coverage: Coverage, objects: Listing, parts: list[array[int]],
    workers: int, progress: Callable[[int], None] | None,
) -> int:  # fmt: skip
    """Share the parts among processes: each takes the next, and judges what it has flagged."""
    assert len(parts) < 256
    reader, writer = os.pipe()
    os.write(writer, bytes(range(len(parts))))
    os.close(writer)

    def task(_: int, report: Callable[[int], None]) -> tuple[int, list[Any]]:
        # What was found before is the parent's already.
        judge.taken()
        total = 0
        while turn := os.read(reader, 1):
            part = _Stream(git, matcher, coverage, objects, parts[turn[0]], judge, report)
            part.sift(Event())
            _judge(git, judge, coverage, objects, part.flagged)
            total += part.bytes
        return total, judge.taken()

    try:
        total = 0
        for number, taken in crew.run(task, workers, progress):
            total += number
            judge.take_over(taken)
    finally:
        os.close(reader)
    return total


def _shares(objects: Listing, workers: int) -> list[array[int]]:
    """Object numbers in as many runs as there are workers, of about the same number of bytes; trees apart."""
    tree = KINDS.index("tree")
    shares = []
    for trees in (False, True):
        numbers = array("I", (number for number, kind in enumerate(objects.kinds) if (kind == tree) == trees))
        upto = list(accumulate(objects.sizes[number] + 64 for number in numbers))
        cuts = [bisect_left(upto, upto[-1] * part // workers) if upto else 0 for part in range(workers)] + [
            len(numbers)
        ]
        shares += [numbers[low:high] for low, high in zip(cuts, cuts[1:], strict=False)]
    return shares


class _Stream:
    """One `cat-file` process after the other over a run of objects, until all are read."""

    def __init__(
        self,
        git: Git,
        matcher: Matcher,
        coverage: Coverage,
        objects: Listing,
        numbers: array[int],
        judge: Judge,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._git, self._matcher, self._coverage, self._progress = git, matcher, coverage, progress
        self._objects, self._numbers, self._judge = objects, numbers, judge
        self._trees = KINDS[objects.kinds[numbers[0]]] == "tree"
        # Any match is whole in one chunk.
        self._overlap = max(matcher.limits.line, matcher.limits.block, _HEAD) + matcher.limits.behind + 64
        self._lines: set[bytes] = set()
        self._judged: set[int] = set()
        self.flagged: set[int] = set()
        self.bytes = 0

    def sift(self, stop: Event) -> None:
        """Judge the objects that are suspect and at hand as a whole, and flag the others that are."""
        first = failures = 0
        while first < len(self._numbers) and not stop.is_set():
            try:
                first = self._read(first, stop)
            except _Broken as broken:
                failures += 1
                if failures > _FAILURES:
                    raise ScrubjayError("git can't read this repository's objects", INCOMPLETE) from None
                self._coverage.skip(self._objects.id(self._numbers[broken.place]), "git can't read the object")
                first = broken.place + 1
        # Some were judged before it was seen that they are wide.
        self.flagged -= self._judged

    def _heads(self, numbers: array[int]) -> array[int]:
        """The lengths of what git prints before each object."""
        fixed = [self._objects.width + len(kind) + 3 for kind in KINDS]
        kinds, sizes = self._objects.kinds, self._objects.sizes
        return array("B", [fixed[kinds[number]] + len(str(sizes[number])) for number in numbers])

    def _read(self, first: int, stop: Event) -> int:
        """Read objects from a place in the run on; return the place behind the last one read."""
        numbers = self._numbers[first:]
        heads = self._heads(numbers)
        sizes = self._objects.sizes
        lengths = (sizes[number] + head + 1 for number, head in zip(numbers, heads, strict=True))
        starts = array("Q", accumulate(lengths, initial=0))
        lots = (self._objects.ids(numbers[low : low + _LOT]) for low in range(0, len(numbers), _LOT))
        names = (lot.hex("\n", self._objects.width // 2).encode() + b"\n" for lot in lots)
        base, checked, tail = 0, 0, b""
        pouring = self._git.pour("cat-file", "--batch", "--buffer", lines=names, size=_CHUNK)
        try:
            for chunk in pouring:
                if stop.is_set():
                    return len(self._numbers)
                data = tail + chunk
                try:
                    checked = self._check(data, base, starts, heads, checked, first)
                except _Broken as broken:
                    self._match(data[: starts[broken.place - first] - base], base, starts, heads, numbers)
                    raise
                self._match(data, base, starts, heads, numbers)
                tail = data[-self._overlap :]
                base += len(data) - len(tail)
            checked = self._check(tail + bytes(_HEAD + _LINE), base, starts, heads, checked, first)
        except ScrubjayError:
            # git died at an object; with what it says about a single one nothing more is lost.
            done = bisect_right(starts, base + len(tail)) - 1
            if done >= len(numbers):
                raise
            raise _Broken(first + done) from None
        finally:
            pouring.close()
        if base + len(tail) != starts[-1]:
            raise _Broken(first + min(len(numbers), bisect_right(starts, base + len(tail))) - 1)
        return len(self._numbers)

    def _check(
        self, data: bytes, base: int, starts: array[int], heads: array[int], done: int, first: int
    ) -> int:  # fmt: skip
        """See that the objects begin where they should, and to wide text; return of how many that is done."""
        upto = bisect_right(starts, base + len(data) - _HEAD - _LINE, done, len(starts) - 1)
        if upto <= done:
            return done
        numbers = self._numbers[first + done : first + upto]
        places = [start - base for start in starts[done:upto]]
        # Where an object had another size than git said, the next one would begin elsewhere.
        if (wrong := self._first_wrong(data, places, numbers)) is not None:
            raise _Broken(first + done + wrong)
        begins = [place + head for place, head in zip(places, heads[done:upto], strict=True)]
        if not self._trees:
            self._flag_wide(data, begins, numbers)
        if self._judge.archives:
            for begin, number in zip(begins, numbers, strict=True):
                if kind_of(data[begin : begin + min(self._objects.sizes[number], _HEAD)]):
                    self.flagged.add(number)
        self.bytes += sum(map(self._objects.sizes.__getitem__, numbers))
        if self._progress:
            self._progress(upto - done)
        return upto

    def _first_wrong(self, data: bytes, places: list[int], numbers: array[int]) -> int | None:
        width = self._objects.width
        found = b"".join([data[place : place + width] for place in places])
        expected = self._objects.ids(numbers).hex().encode()
        if found == expected:
            return None
        return next(
            low // width for low in range(0, len(expected), width) if found[low:][:width] != expected[low:][:width]
        )

    def _flag_wide(self, data: bytes, begins: list[int], numbers: array[int]) -> None:
        """Flag what may be UTF-16 or UTF-32, which can't be matched as bytes."""
        marks = [data[begin : begin + 2] for begin in begins]
        for mark in (b"\xff\xfe", b"\xfe\xff"):
            if mark in marks:
                self.flagged.update(number for number, here in zip(numbers, marks, strict=True) if here == mark)
        # Only what has a zero early on is looked at, and that once.
        index, count = 0, len(begins)
        while index < count and (zero := data.find(b"\0", begins[index])) >= 0:
            index = bisect_right(begins, zero, index, count) - 1
            begin, number = begins[index], numbers[index]
            end = begin + min(self._objects.sizes[number], _HEAD)
            if zero < end and wide_encoding(data[begin:end]):
                self.flagged.add(number)
            index += 1

    def _match(
        self, data: bytes, base: int, starts: array[int], heads: array[int], numbers: array[int]
    ) -> None:  # fmt: skip
        text = data.translate(_NUL_TO_LINE) if self._trees else data
        # What begins from here on and is not whole, will be in the next chunk.
        coming = base + len(data) - self._overlap
        places: dict[int, list[tuple[int, int]]] = {}
        for low, high in suspects(self._matcher, text):
            begin = max(0, bisect_right(starts, base + low) - 1)
            for place in range(begin, min(len(numbers), max(begin + 1, bisect_left(starts, base + high + 1)))):
                whole = starts[place] >= base and starts[place + 1] - 1 <= base + len(data)
                if not whole and starts[place] >= coming and starts[place + 1] - starts[place] <= _CHUNK:
                    continue
                if self._trees:
                    line = lines_of(text, low, high)
                    if line in self._lines:
                        continue
                    self._lines.add(line)
                if whole:
                    places.setdefault(place, []).append((low, high))
                elif numbers[place] not in self._judged:
                    self.flagged.add(numbers[place])
        for place, spots in places.items():
            number = numbers[place]
            if number not in self._judged and number not in self.flagged:
                self._judged.add(number)
                begin, end = starts[place] + heads[place] - base, starts[place + 1] - 1 - base
                self._decide(number, data[begin:end], [(low - begin, high - begin) for low, high in spots])

    def _decide(self, number: int, data: bytes, spots: list[tuple[int, int]]) -> None:
        name, kind = self._objects.id(number), KINDS[self._objects.kinds[number]]
        if kind == "blob":
            lines = [self._judge.spot(data, *spot) if spot[0] >= 0 and spot[1] <= len(data) else None for spot in spots]
            if self._judge.by_lines(name, data, {}, *lines) is not None:
                return
        self._judge.object(name, kind, data)


class _Broken(Exception):
    """git could not read the object at a place of the run."""

    def __init__(self, place: int) -> None:
        self.place = place
