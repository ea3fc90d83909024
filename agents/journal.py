"""Remembers what is about to be masked, so that a scrub that was killed in the middle of a write is finished later.

It holds places and names of rules, never a value.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

from ..patterns.errors import INCOMPLETE, ScrubjayError
from . import ledger
from .jsontext import mask

NAME = "scrub-journal"
# So much of a mask has to stand there for the rest to be taken for what is left of the secret.
_SIGN = 12


class Edit(NamedTuple):
    """A mask to write: its rule, and the bytes of the file from `start` to `end`."""

    rule: str
    start: int
    end: int


class Journal:
    """One scrub at a time: raises ScrubjayError when another one is running."""

    def __enter__(self) -> Journal:
        self._path = os.path.join(ledger.folder(), NAME)
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            import fcntl

            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except OSError:
            os.close(self._fd)
            raise ScrubjayError("another scrub is running; try again when it has ended", INCOMPLETE) from None
        self._finish()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    def begin(self, path: str, status: os.stat_result, edits: Sequence[Edit]) -> None:
        """Write down what is to be done to a file, before it is done."""
        row = {"path": path, "file": [status.st_dev, status.st_ino], "edits": [list(edit) for edit in edits]}
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, json.dumps(row).encode(), 0)
        os.fsync(self._fd)

    def done(self) -> None:
        """What was written down has been done."""
        os.ftruncate(self._fd, 0)

    def _finish(self) -> None:
        """Complete masks that were cut off. What does not begin with one is left to the next scan."""
        data = os.pread(self._fd, 1 << 24, 0)
        if not data:
            return
        try:
            row = json.loads(data)
            descriptor = os.open(row["path"], os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        except (ValueError, KeyError, OSError):
            self.done()
            return
        try:
            status = os.fstat(descriptor)
            if [status.st_dev, status.st_ino] == row["file"]:
                for rule, start, end in row["edits"]:
                    raw = os.pread(descriptor, end - start, start)
                    made = mask(rule, raw)
                    if len(raw) == end - start and raw[:_SIGN] == made[:_SIGN] and raw != made:
                        os.pwrite(descriptor, made, start)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.done()
