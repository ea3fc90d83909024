"""What the notes of a walk on folders say of the few blobs that matter: which commits brought or dropped them, who has them."""

from __future__ import annotations

import mmap
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from ...patterns.native import native

if TYPE_CHECKING:
    from .packs import PackFile

_folders = native(__package__, "_folders")

# A commit's first line in a log, and (object, path) of what it brought and of what it replaced.
Row = tuple[bytes, list[tuple[str, bytes]], list[tuple[str, bytes]]]


def available() -> bool:
    """True when the reader of notes was built at installation."""
    return _folders is not None


class Folders:
    """The folders of a pack, by what was noted of them in all processes. Close it after use."""

    def __init__(self, file: PackFile, notes: Sequence[bytes]) -> None:
        import secrets

        with open(file.path + ".idx", "rb") as index:
            self._index = mmap.mmap(index.fileno(), 0, access=mmap.ACCESS_READ)
        self._folders: Any = _folders.Folders(self._index, file.hash_size, secrets.randbits(64))
        self._whole = all(map(self._folders.add, notes))

    def want(self, objects: Set[bytes]) -> bool:
        """Say which objects are asked about; False when the notes can't tell."""
        return self._whole and bool(self._folders.want(bytes.fromhex(b"".join(objects).decode())))

    def roots(self, text: bytes) -> bool:
        """Take in some lines of a log without changes; False when there is no note on one of them."""
        return bool(self._folders.roots(text))

    def steps(self, text: bytes) -> list[Row] | None:
        """Return of the commits in such lines those that brought or dropped what is wanted; None when that can't be told."""
        rows: list[Row] | None = self._folders.steps(text)
        return rows

    def held(self, tips: Sequence[str], found: Mapping[str, int]) -> dict[str, int]:
        """Return for commits and trees what they have of the wanted blobs, which are `found` by their ids: their bits.

        What there are no notes on is left out.
        """
        roots = {name: self._folders.root(bytes.fromhex(name)) for name in tips}
        bits: dict[int, int] = {}
        for root in {*roots.values()} - {None}:
            ways = [root]
            while ways:
                blobs, below = self._folders.inside(ways[-1])
                if unknown := [tree for tree in below if tree not in bits]:
                    ways += unknown
                    continue
                held = 0
                for name in blobs:
                    held |= found.get(name, 0)
                for tree in below:
                    held |= bits[tree]
                bits[ways.pop()] = held
        return {name: bits[root] for name, root in roots.items() if root is not None}

    def close(self) -> None:
        """Release the index."""
        del self._folders
        self._index.close()
