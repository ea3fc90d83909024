"""The audit: JSON lines that tell what was masked, sent and withheld, without values, each chained to the one before.

A line ends with the SHA-256 of the chain before it and of all else in it. Beside the file, `FILE.head` has the number
and the chain of the last line, so that lines that are taken from the end are missed too.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ..patterns.errors import ScrubjayError
from . import lines

_WHAT = "audit file"
HEAD = ".head"
_HEAD_SIZE = 86


class Head(NamedTuple):
    """Where a chain has come to: the number of its last line, and what that ends with."""

    number: int = 0
    chain: str = "0" * 64

    def __str__(self) -> str:
        return f"{self.number}:{self.chain}"

    @classmethod
    def parse(cls, text: str) -> Head | None:
        """Return the head of a text as `str` makes it, None for any other text."""
        number, _, chain = text.strip().partition(":")
        digits = number.isascii() and number.isdigit() and len(number) <= 20
        if not digits or len(chain) != 64 or set(chain) - set("0123456789abcdef"):
            return None
        return cls(int(number), chain)


class Break(NamedTuple):
    """A place where the chain does not hold: the number of the line in its file, counted from 1, and what is wrong."""

    line: int
    what: str


class Checked(NamedTuple):
    """What a check of a file says: where the chain came to, where it breaks, and notes that are no breaks; `met` are
    those of the wanted heads that it has."""

    head: Head
    breaks: list[Break]
    notes: list[str]
    met: set[Head]


class Audit:
    """Appends to an audit file. Several processes and threads may do so; no value may be in what they add."""

    def __init__(self, path: str, source: str) -> None:
        """Raises ScrubjayError if the file can't be written, or others can read it."""
        fd = lines.opened(path, _WHAT)
        self._pipe = None if stat.S_ISREG(os.fstat(fd).st_mode) else fd
        if self._pipe is None:
            os.close(fd)
        self._path = path
        self._source = source
        self.failed = False

    def write(self, event: str, **facts: Any) -> None:
        """Add a line; a failure is remembered, and stops no stream."""
        self._append([{"event": event, "source": self._source, **facts}])

    def masks(self, events: list[tuple[str, str, int]], place: int, unit: str) -> None:
        """Add a line for each of the masks: rule, action, and where, counted from `place` in `unit`s."""
        self._append(
            [
                {"event": "masked", "source": self._source, "rule": rule, "action": action, unit: place + at}
                for rule, action, at in events
            ]
        )

    def close(self) -> None:
        """Close what is open; a file is so during an addition only."""
        if self._pipe is not None:
            os.close(self._pipe)

    def _append(self, rows: list[dict[str, Any]]) -> None:
        try:
            if self._pipe is None:
                append(self._path, rows)
            else:
                # Whoever reads a pipe keeps what comes, so there is no chain.
                lines.write_all(self._pipe, "".join(_dump(row) + "\n" for row in _stamped(rows)).encode())
        except (OSError, ScrubjayError):
            self.failed = True


def append(path: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows to an audit file, all or none of them. Raises ScrubjayError when they could not be added."""
    if not rows:
        return
    stamped = _stamped(rows)
    try:
        with lines.locked(path + HEAD, "head of the audit file") as head_fd, lines.locked(path, _WHAT) as fd:
            if torn := lines.mend(fd):
                stamped.insert(0, {"time": stamped[0]["time"], "event": "torn", "bytes": torn})
            data, head = chained(stamped, _later(_read_head(head_fd), _head_of(lines.last_line(fd))))
            lines.add(fd, data)
            _write_head(path + HEAD, head)
    except OSError as error:
        raise ScrubjayError(f"can't write the {_WHAT} {path}: {error.strerror}") from None


def chained(rows: Iterable[Mapping[str, Any]], head: Head) -> tuple[bytes, Head]:
    """Return rows as lines that go on behind a head, and the head that they end with."""
    from hashlib import sha256

    made: list[str] = []
    number, chain = head
    for row in rows:
        number += 1
        body = _dump({"n": number, **row})
        chain = sha256((chain + body).encode()).hexdigest()
        made.append(f'{body[:-1]},"chain":"{chain}"}}\n')
    return "".join(made).encode(), Head(number, chain)


def check(data: Iterable[bytes], start: Head | None = None, wanted: Iterable[Head] = ()) -> Checked:
    """Check the lines of a file. `start` is where the file before it ended, `wanted` are heads that it should have."""
    from hashlib import sha256

    breaks: list[Break] = []
    notes: list[str] = []
    head = start or Head()
    chains = {one.number: one.chain for one in wanted}
    met = {one for one in (head,) if chains.get(one.number) == one.chain}
    for place, line in enumerate(data, 1):
        if not line.endswith(b"\n"):
            notes.append(f"line {place} is cut off: an append was ended in the middle, the next one takes it away")
            break
        found = _parts(line[:-1])
        if found is None:
            breaks.append(Break(place, "this is no line of an audit file: it was changed or put in"))
            continue
        number, body, chain = found
        if number != head.number + 1:
            breaks.append(Break(place, _gap(head.number, number, place)))
        elif sha256(head.chain.encode() + body).hexdigest() != chain:
            breaks.append(Break(place, "the line was changed, or the one before it was replaced"))
        head = Head(number, chain)
        if chains.get(number) == chain:
            met.add(head)
        elif number in chains:
            breaks.append(Break(place, f"the line is not the one that was noted as row {number}"))
        if b'"event":"torn"' in body:
            notes.append(f"line {place} says that an append before it was ended in the middle")
    return Checked(head, breaks, notes, met)


def _gap(before: int, number: int, place: int) -> str:
    if number > before + 1:
        what = (
            f"rows {before + 1} to {number - 1} are missing" if number > before + 2 else f"row {before + 1} is missing"
        )
        return f"{what} before it" + ("; if they are in an older file, name that first" if place == 1 else "")
    return f"row {number} stands behind row {before}: it was moved or repeated, or another chain begins here"


def _parts(line: bytes) -> tuple[int, bytes, str] | None:
    """The number, the body and the chain of a line."""
    mark = b',"chain":"'
    body, chain = line[: -66 - len(mark)] + b"}", line[-66:-2]
    if line[-66 - len(mark) : -66] != mark or line[-2:] != b'"}':
        return None
    try:
        row = json.loads(body)
        number = row["n"]
        head = Head.parse(f"{number}:{chain.decode('ascii')}")
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return None if head is None or type(number) is not int else (head.number, body, head.chain)


def _head_of(line: bytes) -> Head | None:
    found = _parts(line)
    return Head(found[0], found[2]) if found else None


def _later(recorded: Head | None, last: Head | None) -> Head:
    """Where to go on: behind the later of both, since a process may be killed between the line and the record of it."""
    return max(recorded or Head(), last or Head(), key=lambda head: head.number)


def read_head(path: str) -> Head | None:
    """Return the head that is recorded beside an audit file, None where there is none."""
    try:
        with open(path + HEAD, encoding="ascii") as file:
            return Head.parse(file.read(_HEAD_SIZE + 1))
    except (OSError, ValueError):
        return None


def _read_head(fd: int) -> Head | None:
    try:
        return Head.parse(os.pread(fd, _HEAD_SIZE + 1, 0).decode("ascii"))
    except ValueError:
        return None


def _write_head(path: str, head: Head) -> None:
    # Not by the locked descriptor: one that appends writes at the end, wherever it is told to.
    fd = os.open(path, os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0))
    try:
        os.pwrite(fd, f"{head.number:020}:{head.chain}\n".encode(), 0)
    finally:
        os.close(fd)


def _dump(row: Mapping[str, Any]) -> str:
    return json.dumps(row, separators=(",", ":"))


def _stamped(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return [{"time": now, **row} for row in rows]
