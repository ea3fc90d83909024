"""Looks at what is in a pipe and leaves it there until it has been dealt with, so that it outlives a killed reader."""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat
import sys
from termios import FIONREAD
from time import monotonic, sleep

_NONBLOCK = 2
# How long half a line may stay in the pipe: then its writer is slow, or waits for room.
_PATIENCE = 1.0
_NAP = 0.005


class Pipe:
    """Reads a pipe's bytes without taking them away; `keep` does that. Works on Linux, by tee(2)."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._tee = ctypes.CDLL(None, use_errno=True).tee
        self._copy, self._into = os.pipe()
        # One that is smaller would not take all pieces of the other.
        size = fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ)
        if fcntl.fcntl(self._into, fcntl.F_GETPIPE_SZ) < size:
            fcntl.fcntl(self._into, fcntl.F_SETPIPE_SZ, size)
        # Bytes that have been read and are still in the pipe, and since when nothing was added to them.
        self._seen = 0
        self._since = 0.0

    def stale(self, wait_ms: int = 0) -> bool:
        """True, after a nap, when the pipe holds nothing that has not been read: half a line."""
        if self._inside() > self._seen or not self._seen:
            return False
        if monotonic() - self._since > _PATIENCE:
            self.keep(0)
        sleep(max(_NAP, wait_ms / 1000))
        return self._inside() <= self._seen

    def read(self) -> bytes:
        """Return the bytes that have not been read yet, none at the end of input; raises BlockingIOError, OSError."""
        count = self._tee(self._fd, self._into, ctypes.c_size_t(1 << 30), _NONBLOCK)
        if count < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        data = b""
        while len(data) < count:
            data += os.read(self._copy, count - len(data))
        new = data[self._seen :]
        self._seen, self._since = count, monotonic()
        return new

    def keep(self, size: int) -> None:
        """Take away all that has been read but the last `size` bytes."""
        while self._seen > size:
            self._seen -= len(os.read(self._fd, self._seen - size))

    def _inside(self) -> int:
        return int.from_bytes(fcntl.ioctl(self._fd, FIONREAD, bytes(4)), sys.byteorder)


def view(fd: int) -> Pipe | None:
    """Return a view of a pipe; None where there is no such thing."""
    if not sys.platform.startswith("linux") or not stat.S_ISFIFO(os.fstat(fd).st_mode):
        return None
    try:
        return Pipe(fd)
    except (OSError, AttributeError):
        return None
