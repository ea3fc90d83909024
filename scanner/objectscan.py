"""Scans every object of a repository once, wherever it is kept: packs by their deltas, the rest as git prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from ..patterns.errors import ScrubjayError
from . import packs
from .objectstream import Listing, listing, stream
from .objecttext import KINDS, Hit, Judge

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .coverage import Coverage
    from .git import Git

Progress = Callable[[int], None]


class Scanned(NamedTuple):
    """The hits, sorted by object; how many objects of each kind were read, and which packs as a whole."""

    hits: list[Hit]
    objects: dict[str, int]
    packs: list[str]


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
    progress: Progress | None = None,
) -> Scanned:
    """Scan all objects of the repository and its alternates, reachable or not.

    `known_packs` (paths as in `Scanned.packs`) and objects for which `known` is true are left out. Without `walk`, or
    where the walker is not installed, git reads all. `progress` gets the number of objects done since its last call.
    What can't be read is a gap in the coverage; raises ScrubjayError when git fails as a whole.
    """
    judge = Judge(matcher, coverage, key)
    counts = dict.fromkeys(KINDS[1:], 0)
    if not walk or not packs.available():
        objects = listing(git, skip=known)
        coverage.bytes += stream(git, matcher, judge, coverage, objects, workers=workers, progress=progress)
        _count(counts, objects)
        return _scanned(judge, counts, coverage, [])
    folders = git.object_folders()
    hash_size = len(git.place().empty_tree) // 2
    done = set(known_packs)
    rest: list[str] = []
    walked: list[packs.OpenPack] = []
    names: list[str] = []
    unreadable = False
    try:
        for file in packs.pack_files(folders, hash_size):
            try:
                pack = packs.OpenPack(file)
            except ScrubjayError:
                unreadable = True
                continue
            walked.append(pack)
            if file.path in done:
                continue
            coverage.bytes += packs.walk(pack, matcher, judge, workers=workers, progress=progress)
            unseen = pack.unseen()
            rest += unseen
            for kind, number in zip(KINDS, pack.counts(walked[:-1]), strict=True):
                counts[kind] = counts.get(kind, 0) + number
            if not unseen:
                names.append(file.path)
        packed = _member(walked)
        if unreadable:
            wanted = set(rest)
            objects = listing(
                git, skip=lambda name: name not in wanted and (packed(name) or bool(known and known(name)))
            )
        else:
            loose = (name for name in packs.loose_ids(folders, hash_size) if not packed(name))
            left = dict.fromkeys(chain(rest, loose))
            objects = listing(git, [name for name in left if not (known and known(name))]) if left else Listing()
    finally:
        for pack in walked:
            pack.close()
    coverage.bytes += stream(git, matcher, judge, coverage, objects, workers=workers, progress=progress)
    _count(counts, objects)
    return _scanned(judge, counts, coverage, names)


def missing(git: Git, ids: set[bytes]) -> list[str]:
    """Return which of these ids, in hexadecimal, the repository and its alternates do not hold."""
    hash_size = len(git.place().empty_tree) // 2
    rest = packs.absent(packs.pack_files(git.object_folders(), hash_size), bytes.fromhex(b"".join(ids).decode()))
    names = [rest[low : low + hash_size].hex() for low in range(0, len(rest), hash_size)]
    try:
        return listing(git, names).missing if names else []
    except ScrubjayError:
        # In a partial clone git ends at the first object that it would have to fetch.
        return names


def _member(opened: list[packs.OpenPack]) -> Callable[[str], bool]:
    return lambda name: any(pack.pack.has(bytes.fromhex(name)) for pack in opened)


def _count(counts: dict[str, int], objects: Listing) -> None:
    for number, kind in enumerate(KINDS):
        if kind:
            counts[kind] += objects.kinds.count(number)


def _scanned(judge: Judge, counts: dict[str, int], coverage: Coverage, names: list[str]) -> Scanned:
    counts.pop("", None)
    coverage.blobs += counts["blob"]
    coverage.commits += counts["commit"]
    hits = sorted(
        judge.hits, key=lambda hit: (hit.id, hit.finding.kind, hit.finding.line, hit.finding.column, hit.finding.rule)
    )
    return Scanned(list(dict.fromkeys(hits)), counts, names)
