"""Scans every object of a repository once, wherever it is kept: packs by their deltas, the rest as git prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import chain
from threading import Thread
from typing import IO, TYPE_CHECKING, NamedTuple

from ...patterns.errors import ScrubjayError
from ..coverage import Coverage
from . import packs
from .listing import Listing, listing, parted, unknown
from .stream import stream
from .text import KINDS, Hit, Judge

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..git import Git
    from .treelog import Told

Progress = Callable[[int], None]
# Objects of which notes on folders are taken, with some 150 bytes for each in all processes.
_MOST = 1 << 21
# A new pack is walked when more than one in so many of its objects is not known.
_SHARE = 5


class Scanned(NamedTuple):
    """The hits, sorted by object; how many objects of each kind were read, which packs as a whole, and which others.

    Those are ids as bytes, in a row. `notes` tell of all folders, where those were asked for and all are in one pack.
    `unlisted` are the ids, in hexadecimal and in a row, of files that the log names and no list has, if it was read.
    """

    hits: list[Hit]
    objects: dict[str, int]
    packs: list[str]
    others: bytes
    notes: Sequence[bytes] = ()
    unlisted: bytes | None = None


def scan_objects(
    git: Git,
    matcher: Matcher,
    coverage: Coverage,
    *,
    workers: int = 2,
    key: bytes = b"",
    walk: bool = True,
    known_packs: Iterable[str] = (),
    known: Callable[[str], bool] | None = None,
    archives: bool = False,
    noting: bool = False,
    log: Callable[[], IO[bytes]] | None = None,
    progress: Progress | None = None,
    beside: Callable[[], None] | None = None,
) -> Scanned:
    """Scan all objects of the repository and its alternates, reachable or not.

    `known_packs` (paths as in `Scanned.packs`) and objects for which `known` is true are left out. Without `walk`, or
    where the walker is not installed, git reads all, but no trees of which the `log`, one with folders, tells all.
    `progress` gets the number of objects done since its last call. With `archives`, blobs that are archives or
    notebooks are opened; `noting` asks for notes on folders. `beside` may be called, while other processes work.
    What can't be read is a gap in the coverage; raises ScrubjayError when git fails as a whole.
    """
    judge = Judge(matcher, coverage, key, archives=archives)
    counts = dict.fromkeys(KINDS[1:], 0)
    names: list[str] = []
    notes: list[bytes] = []
    told: Told | None = None
    if not walks(walk):
        if log:
            from .treelog import Told

            objects, trees = parted(git, known)
            told = Told(git, objects, trees, log, matcher, partial(Judge(matcher, Coverage(), key).entry, ""))
        else:
            objects = listing(git, skip=known)
    else:
        folders = git.object_folders
        hash_size = git.hash_size
        with _Packs(set(known_packs), known, workers, noting, progress, beside) as opened:
            for file in packs.pack_files(folders, hash_size):
                opened.scan(file, matcher, judge, coverage, counts)
            names = opened.names
            notes = opened.notes()
            objects = opened.left(git, folders, hash_size)
    before = len(coverage.skipped)

    def read(objects: Listing, beside: Callable[[], None] | None = None) -> None:
        found = stream(git, matcher, judge, coverage, objects, workers=workers, progress=progress, beside=beside)
        coverage.bytes += found.bytes
        for kind, number in zip(KINDS, found.counts, strict=True):
            counts[kind] = counts.get(kind, 0) + number

    read(objects, told.start if told else None)
    if told:
        told.join()
        read(told.left)
        others = len(trees) - len(told.left)
        counts["tree"] += others
        coverage.bytes += told.bytes
        if progress:
            progress(others)
        objects = Listing(objects.ids + trees.ids, git.hash_size)
    lost = {gap.path for gap in coverage.skipped[before:]}
    return _scanned(judge, counts, coverage, [] if lost else names, objects.without(lost))._replace(
        notes=notes, unlisted=told.unlisted if told else None
    )


def walks(wanted: bool) -> bool:
    """True when packs are walked, as is wanted or not; else git reads all."""
    return wanted and packs.available()


def whole_pack(git: Git) -> packs.PackFile | None:
    """Return the pack that all objects of the repository are in; None when they are in several places.

    None also for a pack of which the notes on all folders could take more memory than is ours to take.
    """
    folders, hash_size = git.object_folders, git.hash_size
    files = packs.pack_files(folders, hash_size)
    if len(files) != 1 or any(packs.loose_ids(folders, hash_size)):
        return None
    return files[0] if packs.count(files[0]) <= _MOST else None


class _Packs(ExitStack):
    """The packs of a scan, walked one after the other, and what they leave to git."""

    def __init__(
        self,
        done: set[str],
        known: Callable[[str], bool] | None,
        workers: int,
        noting: bool,
        progress: Progress | None,
        beside: Callable[[], None] | None,
    ) -> None:
        super().__init__()
        self._done, self._known, self._workers, self._progress = done, known, workers, progress
        self._noting, self._beside = noting, beside
        self._opened: list[packs.OpenPack] = []
        self._rest: list[str] = []
        self._unreadable = False
        self.names: list[str] = []

    def scan(
        self, file: packs.PackFile, matcher: Matcher, judge: Judge, coverage: Coverage, counts: dict[str, int]
    ) -> None:
        """Walk a pack, unless it is known or holds little that is not."""
        if file.path in self._done:
            return
        if self._known is not None:
            ids = packs.ids(file)
            fresh = [name for name in ids if not self._known(name)]
            if ids and len(fresh) <= len(ids) // _SHARE:
                self._rest += fresh
                self.names.append(file.path)
                return
        # A small pack may need nothing of it.
        loading = Thread(target=matcher.prepare) if self._workers > 1 and packs.many(packs.count(file)) else None
        if loading:
            loading.start()
        try:
            pack = packs.OpenPack(file)
        except ScrubjayError:
            self._unreadable = True
            return
        finally:
            if loading:
                # Processes are copied without it.
                loading.join()
        self.callback(pack.close)
        self._opened.append(pack)
        # Not in one expression with the sum, to which `beside` adds too.
        number = packs.walk(
            pack, matcher, judge, workers=self._workers, noting=self._noting, progress=self._progress,
            beside=self._beside,
        )  # fmt: skip
        coverage.bytes += number
        self._rest += pack.unseen()
        for kind, number in zip(KINDS, pack.counts(self._opened[:-1]), strict=True):
            counts[kind] = counts.get(kind, 0) + number
        self.names.append(file.path)

    def notes(self) -> list[bytes]:
        """Return the notes on folders, if they are of one pack, and whole."""
        notes = [note for pack in self._opened for note in pack.notes]
        return [note for note in notes if note is not None] if len(self._opened) == 1 and None not in notes else []

    def left(self, git: Git, folders: list[str], hash_size: int) -> Listing:
        """List what no walk has read: loose objects, and those of packs that the walker refused."""
        known = self._known
        if self._unreadable:
            wanted = set(self._rest)
            return listing(
                git, skip=lambda name: name not in wanted and (self._has(name) or bool(known and known(name)))
            )
        loose = (name for name in packs.loose_ids(folders, hash_size) if not self._has(name))
        left = [name for name in dict.fromkeys(chain(self._rest, loose)) if not (known and known(name))]
        return listing(git, left)

    def _has(self, name: str) -> bool:
        return any(pack.pack.has(bytes.fromhex(name)) for pack in self._opened)


def missing(git: Git, ids: str) -> list[str]:
    """Return which of these ids, in hexadecimal and in a row, the repository and its alternates do not hold."""
    hash_size = git.hash_size
    rest = packs.absent(packs.pack_files(git.object_folders, hash_size), bytes.fromhex(ids))
    names = list(dict.fromkeys(name.hex() for name in packs.rows(rest, hash_size)))
    try:
        return unknown(git, names)
    except ScrubjayError:
        # In a partial clone git ends at the first object that it would have to fetch.
        return names


def _scanned(judge: Judge, counts: dict[str, int], coverage: Coverage, packs: list[str], others: bytes) -> Scanned:
    counts.pop("", None)
    coverage.blobs += counts["blob"]
    coverage.commits += counts["commit"]
    hits = sorted(
        judge.hits, key=lambda hit: (hit.id, hit.line, hit.finding.kind, hit.finding.column, hit.finding.rule)
    )
    # An object may be in two packs, and a name is in many trees, of which each process may have met another one first.
    names = {(hit.kind, hit.finding): hit for hit in reversed(hits) if hit.kind == "tree"}
    first = {id(hit) for hit in names.values()}
    unique = [
        hit
        for before, hit in zip([None, *hits], hits, strict=False)
        if (id(hit) in first if hit.kind == "tree" else hit != before)
    ]
    return Scanned(unique, counts, packs, others)
