"""Answers whether a value is behind a pseudonym: the pseudonyms of the value, and the lines of logs that have one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..patterns.errors import ScrubjayError
from .policy import Key


class Sight(NamedTuple):
    """A line that holds a pseudonym of the value."""

    path: str
    line: int
    pseudonym: str


def pseudonyms(value: bytes, keys: Sequence[Key]) -> list[str]:
    """Return the value's pseudonyms, by the key in use and then by the older ones."""
    return [key.pseudonym(value) for key in keys]


def sights(names: Sequence[str], paths: Iterable[str]) -> Iterator[Sight]:
    """Yield the lines of files, also packed ones, that hold one of the pseudonyms; raises ScrubjayError."""
    from .inputs import Unpacker
    from .stream import Damaged

    for path in paths:
        unpacker, rest, number = Unpacker("auto"), b"", 0
        try:
            with open(path, "rb") as file:
                while data := file.read(1 << 20):
                    for plain in unpacker.feed(data):
                        lines, _, rest = (rest + plain).rpartition(b"\n")
                        for line in lines.split(b"\n") if lines else ():
                            number += 1
                            yield from _in_line(names, path, number, line)
                for plain in unpacker.finish():
                    rest += plain
        except OSError as error:
            raise ScrubjayError(f"can't read {path}: {error.strerror}") from None
        except Damaged as error:
            raise ScrubjayError(f"can't read {path}: {error}") from None
        if rest:
            yield from _in_line(names, path, number + 1, rest)


def _in_line(names: Sequence[str], path: str, number: int, line: bytes) -> Iterator[Sight]:
    for name in names:
        if b":" + name.encode() + b"]" in line:
            yield Sight(path, number, name)
