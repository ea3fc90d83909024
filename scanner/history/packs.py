"""Scans packs by their deltas: an object's text is matched only where it differs from the object that it is built on.

What a delta copies was matched in its base. So the first walk matches inserts and the places where copies meet, whole
lines each, and flags the objects that are suspect; the second walk judges those as a whole, and the deltas on each
in which something was found.
"""

from __future__ import annotations

import mmap
import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import cache
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

from ...patterns.errors import ScrubjayError
from ...patterns.native import native
from ..together import together
from . import crew
from .knownlines import AROUND, Lines
from .text import KINDS, Judge, Suspects, lines_of

if TYPE_CHECKING:
    from ...patterns import Matcher

_packwalk = native(__package__, "_packwalk")

# Text that is gathered for one call of the matcher, the largest object that is walked, and what one walker may hold.
_TARGET = 1 << 20
LIMIT = 1 << 24
_BUDGET = 1 << 26
_RECORDS = 1 << 16
# Objects of a pack that are not worth several processes.
_FEW = 2000
# Steps between giving mapped pages back: the pack stays in the system's cache, and out of our memory.
_STEPS = 16
_OBJECTS = 256
# Steps before what they have flagged is judged.
_ROUND = 8

Progress = Callable[[int], None]


class PackFile(NamedTuple):
    """A pack's path without its ending, and the number of bytes in its object ids."""

    path: str
    hash_size: int


def available() -> bool:
    """True when the delta walker was built at installation."""
    return _packwalk is not None


def pack_files(folders: Sequence[str], hash_size: int) -> list[PackFile]:
    """Return the packs in object folders that have an index."""
    found = []
    for folder in dict.fromkeys(map(os.path.realpath, folders)):
        place = os.path.join(folder, "pack")
        listed = sorted(os.listdir(place)) if os.path.isdir(place) else []
        for name in listed:
            stem, ending = os.path.splitext(name)
            if ending == ".idx" and stem + ".pack" in listed:
                found.append(PackFile(os.path.join(place, stem), hash_size))
    return found


def loose_ids(folders: Sequence[str], hash_size: int) -> Iterator[str]:
    """Yield the ids of the loose objects in object folders."""
    digits = frozenset("0123456789abcdef")
    for folder in dict.fromkeys(map(os.path.realpath, folders)):
        for first in sorted(_listed(folder)):
            if len(first) == 2 and digits.issuperset(first):
                for name in _listed(os.path.join(folder, first)):
                    if len(name) == 2 * hash_size - 2 and digits.issuperset(name):
                        yield first + name


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def ids(file: PackFile) -> list[str]:
    """Return the ids of a pack's objects by its index; none when it can't be read."""
    return [name.hex() for name in rows(id_bytes(file), file.hash_size)]


def id_bytes(file: PackFile) -> bytes:
    """Return what `ids` does as bytes in a row, in order."""
    size = file.hash_size
    try:
        with _mapped(file.path + ".idx") as index:
            count = int.from_bytes(index[1028:1032], "big")
            if index[:8] != b"\xfftOc\0\0\0\2" or (len(index) - 1032) // size < count:
                return b""
            return index[1032 : 1032 + count * size]
    except (OSError, ValueError):
        return b""


def rows(data: bytes, size: int) -> list[bytes]:
    """Return ids of this size that are in a row one by one."""
    return [data[low : low + size] for low in range(0, len(data), size)]


def absent(files: Sequence[PackFile], ids: bytes) -> bytes:
    """Return, of object ids in a row, those that are in none of the packs; an index that can't be read has none."""
    for file in files:
        if not ids:
            break
        if _packwalk is None:
            held = frozenset(rows(id_bytes(file), file.hash_size))
            ids = b"".join([name for name in rows(ids, file.hash_size) if name not in held])
            continue
        try:
            with _mapped(file.path + ".idx") as index:
                ids = _packwalk.absent(index, file.hash_size, ids)
        except (OSError, ValueError):
            continue
    return ids


class OpenPack:
    """A mapped pack and its delta trees. Raises ScrubjayError when the walker can't read it; git may."""

    def __init__(self, file: PackFile) -> None:
        if _packwalk is None:
            raise ScrubjayError("the delta walker is not installed")
        with ExitStack() as stack:
            try:
                self._data, self._index = (
                    stack.enter_context(_mapped(file.path + ending)) for ending in (".pack", ".idx")
                )
                self.pack = _packwalk.Pack(self._data, self._index, file.hash_size)
                # Before the mappings, which it keeps from being closed.
                stack.callback(self._drop)
                while self.pack.read():
                    self.forget()
            except (OSError, ValueError, BufferError) as error:
                raise ScrubjayError(f"{os.path.basename(file.path)}: {error}") from None
            self.forget()
            self._stack = stack.pop_all()
        self.count: int = self.pack.count
        # What was noted of folders, by each walker; None of one whose notes are of no use.
        self.notes: list[bytes | None] = []

    def forget(self) -> None:
        """Give the mapped pages back."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._data.madvise(mmap.MADV_DONTNEED)
            self._index.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Release the mappings."""
        self._stack.close()

    def _drop(self) -> None:
        del self.pack

    def counts(self, others: Sequence[OpenPack]) -> tuple[int, ...]:
        """Return how many objects of each kind were read, by the numbers of `KINDS`; those in `others` count there."""
        return tuple(self.pack.counts([other.pack for other in others]))

    def unseen(self) -> list[str]:
        """Return the ids of objects that no walk could read: too large, damaged, or built on an object elsewhere."""
        return [name.hex() for name in self.pack.unseen()]


def count(file: PackFile) -> int:
    """Return how many objects a pack holds by its index; 0 when it can't be read."""
    try:
        with open(file.path + ".idx", "rb") as index:
            index.seek(1028)
            return int.from_bytes(index.read(4), "big")
    except OSError:
        return 0


def many(number: int) -> bool:
    """True for so many objects that they are worth several processes, where there can be such."""
    return number > _FEW and crew.available()


def walk(
    pack: OpenPack,
    matcher: Matcher,
    judge: Judge,
    *,
    workers: int = 2,
    noting: bool = False,
    progress: Progress | None = None,
    beside: Callable[[], None] | None = None,
) -> int:
    """Give `judge` every object of a pack in which something may be found; return how many bytes of objects were read.

    `progress` is called with the number of objects done since the last call, `beside` while other processes work, if
    any do. With `noting`, `pack.notes` are filled. What can't be read is left in `pack.unseen()`. Raises what the
    matcher or an interrupt raises, after its threads have ended.
    """
    if workers > 1 and many(pack.count):
        return _in_processes(pack, matcher, judge, workers, noting, progress, beside)
    spots: dict[int, list[Lines | None]] = {}
    threads = [_Worker(pack, matcher, judge, spots, progress, noting=noting) for _ in range(workers)]
    if workers == 1:
        together([threads[0].alternate], 1)
    else:
        together([worker.sift for worker in threads], workers)
        pack.pack.rewind(0, pack.pack.roots)
        together([worker.judge for worker in threads], workers)
    return sum(worker.bytes for worker in threads)


def _in_processes(
    pack: OpenPack,
    matcher: Matcher,
    judge: Judge,
    workers: int,
    noting: bool,
    progress: Progress | None,
    beside: Callable[[], None] | None,
) -> int:
    """Walk in several processes: each takes whole delta trees, and judges what it has flagged."""
    counter = mmap.mmap(-1, mmap.PAGESIZE)
    pack.pack.share(counter)

    def task(_: int, report: Progress) -> tuple[int, bytes, list[bytes | None], list[Any]]:
        # What other packs gave is the parent's already.
        judge.taken()
        number = walk(pack, matcher, judge, workers=1, noting=noting, progress=report)
        return number, pack.pack.seen(), pack.notes, judge.taken()

    total = 0
    with closing(crew.run(task, workers, progress, beside)) as results:
        for number, seen, notes, taken in results:
            total += number
            pack.pack.merge(seen)
            pack.notes += notes
            judge.take_over(taken)
    return total


class _Worker:
    """One thread's way through a pack: buffers, the walker, and what it does with what the walker brings."""

    def __init__(
        self,
        pack: OpenPack,
        matcher: Matcher,
        judge: Judge,
        spots: dict[int, list[Lines | None]],
        progress: Progress | None,
        *,
        noting: bool = False,
    ) -> None:
        self._open, self._pack, self._noting = pack, pack.pack, noting
        # What is found in the suspect lines of flagged blobs. All workers share it: one judges what another one flags.
        self._spots = spots
        self._matcher, self._judge, self._progress = matcher, judge, progress
        # Anonymous mappings: what is not used takes no memory.
        self._out = mmap.mmap(-1, _TARGET + LIMIT + LIMIT // 16)
        self._starts = mmap.mmap(-1, 8 * _RECORDS)
        self._lines: set[bytes] = set()
        self.bytes = 0

    def _walker(self, noting: bool = False) -> Any:
        line = self._matcher.limits.line + AROUND
        return _packwalk.Walker(
            self._pack, self._out, self._starts, line, _TARGET, LIMIT, _BUDGET, self._judge.archives, _library(), noting
        )

    def sift(self, stop: Event) -> None:
        """Flag the objects of which the gathered text is suspect."""
        for _ in self._sifted(stop):
            pass

    def alternate(self, stop: Event) -> None:
        """Sift, and now and then judge what was flagged, so that processes that share a pack end at the same time."""
        first = 0
        for steps, last in enumerate(self._sifted(stop), 1):
            if not steps % _ROUND:
                self._pack.rewind(first, last)
                self.judge(stop)
                first = last
        self._pack.rewind(first, self._pack.roots)
        self.judge(stop)

    def _sifted(self, stop: Event) -> Iterator[int]:
        """Sift, and yield after each step the number of the first delta tree that is not done."""
        walker = self._walker(self._noting)
        done = steps = 0
        with memoryview(self._out) as text, memoryview(self._starts) as raw, raw.cast("I") as records:
            while not stop.is_set() and (step := walker.step()) is not None:
                used, count, objects, self.bytes, last = step
                gathered = bytes(text[:used])
                found = Suspects(self._matcher, gathered)
                if found.places:
                    self._flag(gathered, records[: 2 * count : 2], records[1 : 2 * count : 2], found)
                if self._progress:
                    self._progress(objects - done)
                    done = objects
                steps += 1
                if not steps % _STEPS:
                    self._open.forget()
                yield last
        if self._noting:
            self._open.notes.append(walker.notes())
        del walker

    def _flag(self, text: bytes, starts: Sequence[int], numbers: Sequence[int], found: Suspects) -> None:
        """Flag the objects, by where their texts start and their numbers, that have one of the places."""
        own: dict[int, bytes] = {}
        for low, high in found.places:
            # A match that spans several objects' texts may hide a true one in each.
            for place in range(max(0, bisect_right(starts, low) - 1), max(1, bisect_left(starts, high + 1))):
                number, start = numbers[place], starts[place]
                # Behind each object's text is a line break that is not its own.
                end = (starts[place + 1] if place + 1 < len(starts) else len(text)) - 1
                kind = KINDS[self._pack.kind(number)]
                if kind == "tree":
                    line = lines_of(text, max(low, start), min(high, end + 1))
                    # The same name is in every version of its folder; one is enough.
                    if line in self._lines:
                        continue
                    self._lines.add(line)
                self._pack.flag(number)
                if kind == "blob":
                    spots = self._spots.setdefault(number, [])
                    if None in spots[-1:]:
                        continue
                    if number not in own:
                        own[number] = text[start:end]
                    spot = None
                    if low >= start and high <= end:
                        spot = self._judge.spot(own[number], low - start, high - start, found, start)
                    spots.append(spot)

    def judge(self, stop: Event) -> None:
        """Judge the flagged objects by their lines and those of what they are built on, or as a whole."""
        walker = self._walker()
        # By the number of a blob that was judged and that others are built on. One that was not judged is clean.
        lines: dict[int, Lines | None] = {}
        steps = 0
        while not stop.is_set() and (step := walker.judge()) is not None:
            number, used, based, base, heir = step
            kind, data = KINDS[self._pack.kind(number)], self._out[:used]
            name = self._pack.id(number).hex()
            if kind == "blob":
                inherited = lines.get(base, {}) if base >= 0 else {}
                own = [] if heir else self._spots.pop(number, [None])
                _, known = self._judge.by_lines(name, data, inherited, *own)
                if based:
                    lines[number] = known
                    # Also where a block has begun in which nothing is found yet: a delta may end it.
                    if known is None or known:
                        self._pack.hold(number)
            elif self._judge.object(name, kind, data) or (based and self._judge.inherited(kind, data)):
                self._pack.hold(number)
            steps += 1
            if not steps % _OBJECTS:
                self._open.forget()
        del walker


@cache
def _library() -> bytes:
    """The path of a loaded library that holds libdeflate's functions, which inflate in a half of zlib's time; or ""."""
    try:
        from deflate import _deflate
    except ImportError:
        return b""
    return os.fsencode(_deflate.__file__ or "")


def _mapped(path: str) -> mmap.mmap:
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
