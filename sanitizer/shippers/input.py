"""Reads a shipper's pipe: whole lines as they come, or exact numbers of bytes; a signal ends it as its end does."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..signals import StopSignals

if TYPE_CHECKING:
    from .pipe import Pipe

CHUNK = 256 << 10
# No shipper sends longer messages; one that does is withheld, so that memory stays bounded.
LONGEST = 16 << 20
# After a signal, how long the writer may take to end the line that it is in.
_REST_MS = 50


class TooLong(Exception):
    """A message is longer than LONGEST."""


class Input:
    """Bytes of a descriptor, buffered; `count` is how many were read.

    With `pipe`, a view of the same descriptor, what `blocks` yields stays in the pipe until the next one is asked for.
    """

    def __init__(self, fd: int, signals: StopSignals, pipe: Pipe | None = None) -> None:
        self.count = 0
        self._pipe = pipe
        self._fd = fd
        self._signals = signals
        self._buffer = bytearray()
        self._ended = False
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)
        self._poll.register(signals.fd, select.POLLIN)

    def blocks(self) -> Iterator[tuple[bytes, int]]:
        """Yield whole lines, several at once as they came, and 0; at the end the unfinished one.

        In the place of a line over LONGEST comes an empty block and the number of its bytes.
        """
        skipped = 0
        while True:
            low = len(self._buffer)
            more = self._fill()
            end = self._buffer.rfind(b"\n", low) + 1
            if skipped:
                found = self._buffer.find(b"\n") + 1
                if not found and more:
                    skipped += len(self._buffer)
                    self._drop(len(self._buffer))
                    continue
                size = found or len(self._buffer)
                yield b"", skipped + size
                self._drop(size)
                skipped, end = 0, max(0, end - size)
            if end:
                yield bytes(memoryview(self._buffer)[:end]), 0
                self._drop(end)
            if not more:
                if self._buffer:
                    yield bytes(self._buffer), 0
                    self._drop(len(self._buffer))
                return
            if len(self._buffer) > LONGEST:
                skipped = len(self._buffer)
                self._drop(skipped)

    def line(self) -> bytes | None:
        """Return the next line with its LF; without one at the end of input; None when there is nothing left.

        Raises TooLong, and then goes on behind that line.
        """
        seen = 0
        while not (end := self._buffer.find(b"\n", seen) + 1):
            seen = len(self._buffer)
            if seen > LONGEST:
                while not (end := self._buffer.find(b"\n") + 1):
                    self._buffer.clear()
                    if not self._fill():
                        break
                del self._buffer[:end]
                raise TooLong
            if not self._fill():
                rest = bytes(self._buffer)
                self._buffer.clear()
                return rest or None
        return self._take(end)

    def exactly(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end of input."""
        while len(self._buffer) < size and self._fill():
            pass
        return self._take(min(size, len(self._buffer)))

    def skip(self, size: int) -> None:
        """Pass over `size` bytes without keeping them."""
        while size:
            if not self._buffer and not self._fill():
                return
            step = min(size, len(self._buffer))
            del self._buffer[:step]
            size -= step

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        if self._pipe:
            self._pipe.keep(len(self._buffer))

    def _take(self, size: int) -> bytes:
        data = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return data

    def _fill(self) -> bool:
        """Read once; False at the end of input, or when a signal has come and the pipe is empty."""
        while not self._ended:
            stopping = bool(self._signals.caught)
            unfinished = self._buffer and not self._buffer.endswith(b"\n")
            events = dict(self._poll.poll((_REST_MS if unfinished else 0) if stopping else None))
            if self._signals.fd in events:
                self._signals.clear()
                self._signals.run_reload()
            if self._fd not in events:
                if stopping:
                    break
                continue
            if self._pipe and self._pipe.stale(_REST_MS if stopping else 0):
                if stopping or events[self._fd] & select.POLLHUP:
                    break
                continue
            try:
                data = self._pipe.read() if self._pipe else os.read(self._fd, CHUNK)
            except BlockingIOError:
                continue
            if not data:
                break
            self.count += len(data)
            self._buffer += data
            return True
        self._ended = True
        return False
