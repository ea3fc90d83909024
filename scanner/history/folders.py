"""What the walk has noted of folders, read for the few blobs that matter: which commits brought or dropped them."""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping, Sequence, Set
from contextlib import ExitStack
from functools import reduce
from operator import or_
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
        self._folders: Any = None
        self._stack = ExitStack()
        try:
            with open(file.path + ".idx", "rb") as index:
                mapped = self._stack.enter_context(mmap.mmap(index.fileno(), 0, access=mmap.ACCESS_READ))
            self._folders = _folders.Folders(mapped, file.hash_size, int.from_bytes(os.urandom(8)))
            self._whole = all(map(self._folders.add, notes))
        except (OSError, ValueError):
            # The repository was packed anew meanwhile.
            self._whole = False

    def want(self, objects: Set[bytes]) -> bool:
        """Say which objects are asked about; False when the notes can't tell."""
        return self._whole and bool(self._folders.want(bytes.fromhex(b"".join(objects).decode())))

    def roots(self, text: bytes) -> bool:
        """Take in some lines of a log without changes; False when there is no note on one of them."""
        return bool(self._folders.roots(text))

    def steps(self, text: bytes) -> list[Row] | None:
        """Return those of the commits that brought or dropped what is wanted; None when that can't be told."""
        rows: list[Row] | None = self._folders.steps(text)
        return rows

    def held(self, tips: Sequence[str], found: Mapping[str, int]) -> dict[str, int]:
        """Return for commits and trees what they have of the wanted blobs, which are `found` by their ids: their bits.

        What there are no notes on is left out.
        """
        roots = {name: self._folders.root(bytes.fromhex(name)) for name in tips}
        # By tree: what is in it, at first without the folders that are still to be added up.
        bits: dict[int, int] = {}
        inside: dict[int, list[int]] = {}
        ways = [root for root in {*roots.values()} if root is not None]
        while ways:
            tree = ways[-1]
            if tree not in bits:
                blobs, inside[tree] = self._folders.inside(tree)
                bits[tree] = reduce(or_, (found.get(name, 0) for name in blobs), 0)
                ways += [below for below in inside[tree] if below not in bits]
            else:
                bits[tree] = reduce(or_, (bits[below] for below in inside.pop(tree, ())), bits[tree])
                ways.pop()
        return {name: bits[root] for name, root in roots.items() if root is not None}

    def close(self) -> None:
        """Release the index."""
        del self._folders
        self._stack.close()
