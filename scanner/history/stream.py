"""Scans objects as git prints them: one long stream, matched in large chunks, offsets mapped back to objects.

The reference for the delta walk, and what reads all that the walk does not: loose objects, large ones, odd packs.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
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

_CHUNK = 1 << 22
# Objects that are not worth several processes, and parts of the blobs for each (git starts anew at each part).
_FEW = 2000
_PARTS = 1
# Objects that git fails on, one after the other, before a scan is given up.
_FAILURES = 100
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

    def add(self, name: bytes, kind: int, size: int) -> None:
        """Append an object."""
        self._width = len(name) // 2
        self._ids += bytes.fromhex(name.decode())
        self.kinds.append(kind)
        self.sizes.append(size)

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
    numbers = {kind.encode(): number for number, kind in enumerate(KINDS)}
    for chunk in git.pour("cat-file", "--batch-check", *words, lines=lines):
        *complete, rest = (rest + chunk).split(b"\n")
        for line in complete:
            name, kind, *size = line.split(b" ")
            if skip is not None and skip(name.decode()):
                continue
            if size:
                found.add(name, numbers[kind], int(size[0]))
            else:
                found.missing.append(name.decode())
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
    streams = [_Stream(git, matcher, coverage, objects, numbers, judge.archives, progress) for numbers in parts]
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
            part = _Stream(git, matcher, coverage, objects, parts[turn[0]], judge.archives, report)
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
        archives: bool,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._git, self._matcher, self._coverage, self._progress = git, matcher, coverage, progress
        self._objects, self._numbers, self._archives = objects, numbers, archives
        self._trees = KINDS[objects.kinds[numbers[0]]] == "tree"
        # Any match is whole in one chunk.
        self._overlap = max(matcher.limits.line, matcher.limits.block, _HEAD) + matcher.limits.behind + 64
        self._lines: set[bytes] = set()
        self.flagged: set[int] = set()
        self.bytes = 0

    def sift(self, stop: Event) -> None:
        """Flag the objects that are suspect."""
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

    def _headers(self, first: int) -> Iterator[bytes]:
        for number in self._numbers[first:]:
            kind, size = KINDS[self._objects.kinds[number]], self._objects.sizes[number]
            yield f"{self._objects.id(number)} {kind} {size}\n".encode()

    def _read(self, first: int, stop: Event) -> int:
        """Read objects from a place in the run on; return the place behind the last one read."""
        numbers = self._numbers[first:]
        headers = list(map(len, self._headers(first)))
        sizes = self._objects.sizes
        lengths = (sizes[number] + header + 1 for number, header in zip(numbers, headers, strict=True))
        starts = array("Q", accumulate(lengths, initial=0))
        expected = self._headers(first)
        names = (self._objects.id(number).encode() + b"\n" for number in numbers)
        base, checked, tail = 0, 0, b""
        pouring = self._git.pour("cat-file", "--batch", "--buffer", lines=names, size=_CHUNK)
        try:
            for chunk in pouring:
                if stop.is_set():
                    return len(self._numbers)
                data = tail + chunk
                checked = self._check(data, base, starts, expected, headers, checked, first)
                self._match(data, base, starts, numbers)
                tail = data[-self._overlap :]
                base += len(data) - len(tail)
            checked = self._check(tail + bytes(_HEAD), base, starts, expected, headers, checked, first)
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
        self,
        data: bytes,
        base: int,
        starts: array[int],
        expected: Iterator[bytes],
        headers: list[int],
        done: int,
        first: int,
    ) -> int:
        """Compare the headers of the objects that begin in the data, and see to wide text; return how many are done."""
        last = len(starts) - 1
        before = done
        while done < last and starts[done] + headers[done] + _HEAD <= base + len(data):
            place = starts[done] - base
            header = next(expected)
            if data[place : place + len(header)] != header:
                raise _Broken(first + done)
            number = self._numbers[first + done]
            size = self._objects.sizes[number]
            place += len(header)
            if not self._trees and size > 1 and _may_be_wide(data, place, size):
                self.flagged.add(number)
            if self._archives and kind_of(data[place : place + min(size, _HEAD)]):
                self.flagged.add(number)
            self.bytes += size
            done += 1
        if self._progress:
            self._progress(done - before)
        return done

    def _match(self, data: bytes, base: int, starts: array[int], numbers: array[int]) -> None:
        text = data.translate(_NUL_TO_LINE) if self._trees else data
        for low, high in suspects(self._matcher, text):
            if self._trees:
                line = lines_of(text, low, high)
                if line in self._lines:
                    continue
                self._lines.add(line)
            begin = max(0, bisect_right(starts, base + low) - 1)
            self.flagged.update(numbers[begin : max(begin + 1, bisect_left(starts, base + high + 1))])


class _Broken(Exception):
    """git could not read the object at a place of the run."""

    def __init__(self, place: int) -> None:
        self.place = place


def _may_be_wide(data: bytes, place: int, size: int) -> bool:
    mark = data[place : place + 4]
    if mark[:2] in (b"\xff\xfe", b"\xfe\xff") or mark == b"\0\0\xfe\xff":
        return True
    end = place + min(size, _HEAD)
    return data.find(b"\0", place, end) >= 0 and bool(wide_encoding(data[place:end]))
