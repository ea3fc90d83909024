"""Lists objects by their ids, compactly, in the order in which git reads them quickest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..git import Git

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


def listing(git: Git, ids: Iterable[str] | None = None, skip: Callable[[str], bool] | None = None) -> Listing:
    """List the given objects, or all of the repository in an order that is quick to read; `skip` leaves some out."""
    width = git.hash_size
    if ids is None:
        words = ("--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        text = b"".join(git.pour("cat-file", *words)).decode()
    else:
        text = "\n".join(ids)
    if skip is not None:
        text = "\n".join(name for name in text.split() if not skip(name))
    return Listing(bytes.fromhex(text), width)
