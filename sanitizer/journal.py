"""Files beside the stream: the audit of what was masked, without values, and the quarantine of what was withheld."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from typing import Any

from ..patterns.errors import ScrubjayError

# A filter that fails all the time must not fill the disk.
QUARANTINE_LIMIT = 256 << 20


class Audit:
    """Appends JSON lines to a file: when a run started and ended, with which rules, and each mask by rule and place."""

    def __init__(self, path: str, source: str) -> None:
        """Raises ScrubjayError if the file can't be written."""
        self._fd = _open(path, "audit file")
        self._source = source
        self.failed = False

    def write(self, event: str, **facts: Any) -> None:
        """Add a line; a failure is remembered, and stops no stream."""
        row = {"time": _now(), "event": event, "source": self._source, **facts}
        self._append(json.dumps(row, separators=(",", ":")) + "\n")

    def masks(self, events: list[tuple[str, str, int]], place: int, unit: str) -> None:
        """Add a line for each of the masks: rule, action, and where, counted from `place` in `unit`s."""
        now = _now()
        rows = [
            {"time": now, "event": "masked", "source": self._source, "rule": rule, "action": action, unit: place + at}
            for rule, action, at in events
        ]
        self._append("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _append(self, text: str) -> None:
        try:
            os.write(self._fd, text.encode())
        except OSError:
            self.failed = True


class Quarantine:
    """Appends what was withheld to a file that only its owner can read, so that it is not lost."""

    def __init__(self, path: str, limit: int = QUARANTINE_LIMIT) -> None:
        """Raises ScrubjayError if the file can't be written, or others can read it."""
        self._fd = _open(path, "quarantine file")
        self._limit = limit
        self._open = False
        # Bytes that could not be kept.
        self.lost = 0

    def keep(self, raw: bytes) -> None:
        """Add withheld bytes as they are; each stretch of them ends with a line break."""
        try:
            if not raw or os.fstat(self._fd).st_size + len(raw) > self._limit:
                self.lost += len(raw)
                return
            view = memoryview(raw if raw.endswith(b"\n") else raw + b"\n")
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            self.lost += len(raw)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


def _open(path: str, what: str) -> int:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ScrubjayError(f"can't write the {what} {path}: {error.strerror}") from None
    info = os.fstat(fd)
    if stat.S_ISREG(info.st_mode) and info.st_mode & 0o077:
        os.close(fd)
        raise ScrubjayError(f"others can read the {what} {path}: chmod 600 it first")
    return fd


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
