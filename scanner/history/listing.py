"""Lists objects by their ids, compactly, in the order in which git reads them quickest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ...patterns.errors import ScrubjayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..git import Git

# Where other objects than trees begin in a list of kinds and ids, and where trees do.
_OTHERS, _TREES = re.compile(rb"\n(?!tree )"), re.compile(rb"\ntree ")
# Ids that are written to git at a time.
_LOT = 1000


class Listing:
    """Ids of objects, in the order in which git reads them quickest, compactly."""

    def __init__(self, ids: bytes, width: int) -> None:
        """Take ids in a row, of `width` bytes each."""
        self.ids, self._width = ids, width

    def __len__(self) -> int:
        return len(self.ids) // self._width

    def id(self, number: int) -> str:
        """Return the id of the object with this number."""
        return self.ids[number * self._width : (number + 1) * self._width].hex()

    def names(self) -> list[bytes]:
        """Return all ids in hexadecimal."""
        return self.ids.hex("\n", self._width).encode().split()

    def of(self, names: Iterable[bytes]) -> Listing:
        """Return a list of other ids of the same size, given in hexadecimal."""
        return Listing(bytes.fromhex(b"".join(names).decode()), self._width)

    def without(self, names: Collection[str]) -> bytes:
        """Return the ids without those of some names, in a row."""
        if not names:
            return self.ids
        return bytes.fromhex("".join(name for name in map(self.id, range(len(self))) if name not in names))

    def same(self, low: int, names: Sequence[bytes]) -> int:
        """Return how many of the names, in hexadecimal, are those of the objects from number `low` on."""
        expected = self.ids[low * self._width : (low + len(names)) * self._width].hex().encode()
        if b"".join(names) == expected:
            return len(names)
        size = 2 * self._width
        return next(place for place, name in enumerate(names) if name != expected[place * size : (place + 1) * size])

    def lines(self, low: int, high: int) -> Iterator[bytes]:
        """Yield the ids of objects with numbers from `low` to `high`, a line each, in lots."""
        for first in range(low, high, _LOT):
            part = self.ids[first * self._width : min(high, first + _LOT) * self._width]
            yield part.hex("\n", self._width).encode() + b"\n"


def unknown(git: Git, ids: Collection[str]) -> list[str]:
    """Return those of some ids that git does not have. Raises ScrubjayError where git would have to fetch one."""
    if not ids:
        return []
    told = git.output("cat-file", "--batch-check", "--buffer", stdin="".join(f"{name}\n" for name in ids).encode())
    return [line.split()[0].decode() for line in told.splitlines() if line.endswith(b" missing")]


def size(git: Git, objects: Listing) -> int:
    """Return how many bytes some objects have in all."""
    words = ("cat-file", "--batch-check=%(objectsize)", "--buffer")
    return sum(map(int, b"".join(git.pour(*words, lines=objects.lines(0, len(objects)))).split()))


def parted(git: Git, skip: Callable[[str], bool] | None = None) -> tuple[Listing, Listing]:
    """List all objects in an order that is quick to read: those that are no trees, and the trees.

    Where git can't tell the kind of each, none is told to be a tree.
    """
    words = ("--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)")
    try:
        text = b"".join(git.pour("cat-file", *words))
    except ScrubjayError:
        text = b"missing"
    if b"missing" in text:
        return listing(git, skip=skip), listing(git, ())
    parts: tuple[list[bytes], list[bytes]] = ([], [])
    at = 0
    # Most lie side by side with others of their kind.
    while at < len(text):
        are_trees = text.startswith(b"tree ", at)
        end = (_OTHERS if are_trees else _TREES).search(text, at)
        parts[are_trees].append(text[at : end.start() if end else None])
        at = end.start() + 1 if end else len(text)
    others, trees = (_compact(_bare(b"\n".join(part)).decode(), git.hash_size, skip) for part in parts)
    return others, trees


def _bare(text: bytes) -> bytes:
    for word in (b"tree ", b"blob ", b"commit ", b"tag "):
        text = text.replace(word, b"")
    return text


def listing(git: Git, ids: Iterable[str] | None = None, skip: Callable[[str], bool] | None = None) -> Listing:
    """List the given objects, or all of the repository in an order that is quick to read; `skip` leaves some out."""
    if ids is None:
        words = ("--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        text = b"".join(git.pour("cat-file", *words)).decode()
    else:
        text = "\n".join(ids)
    return _compact(text, git.hash_size, skip)


def _compact(text: str, width: int, skip: Callable[[str], bool] | None) -> Listing:
    if skip is not None:
        text = "\n".join(name for name in text.split() if not skip(name))
    return Listing(bytes.fromhex(text), width)
