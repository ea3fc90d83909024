"""The quarantine: a file beside the stream for what was withheld, so that it is not lost."""

from __future__ import annotations

import os

from .lines import opened, write_all

# A filter that fails all the time must not fill the disk.
QUARANTINE_LIMIT = 256 << 20


class Quarantine:
    """Appends what was withheld to a file that only its owner can read, so that it is not lost."""

    def __init__(self, path: str, limit: int = QUARANTINE_LIMIT) -> None:
        """Raises ScrubjayError if the file can't be written, or others can read it."""
        self._fd = opened(path, "quarantine file")
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
            write_all(self._fd, raw if raw.endswith(b"\n") else raw + b"\n")
        except OSError:
            self.lost += len(raw)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
