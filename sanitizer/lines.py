"""Files of lines that several processes append to, for their owner alone: locked, and only whole lines stay."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from ..patterns.errors import ScrubjayError

# Whoever holds a lock for so long has been stopped in the middle.
_PATIENCE = 5.0
_BLOCK = 1 << 16


def opened(path: str, what: str) -> int:
    """Open a file to append to, made if need be. Raises ScrubjayError if it can't be, or others can read it."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        fd = os.open(path, flags, 0o600)
    except OSError as error:
        raise ScrubjayError(f"can't write the {what} {path}: {error.strerror}") from None
    info = os.fstat(fd)
    if stat.S_ISREG(info.st_mode) and info.st_mode & 0o077:
        os.close(fd)
        raise ScrubjayError(f"others can read the {what} {path}: chmod 600 it first")
    return fd


@contextmanager
def locked(path: str, what: str) -> Iterator[int]:
    """Open a file as `opened` does, for this process and thread alone until the block ends."""
    fd = opened(path, what)
    try:
        _lock(fd, path, what)
        yield fd
    finally:
        os.close(fd)


def _lock(fd: int, path: str, what: str) -> None:
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:
        return
    from time import monotonic, sleep

    end = monotonic() + _PATIENCE
    while True:
        try:
            flock(fd, LOCK_EX | LOCK_NB)
            return
        except BlockingIOError:
            if monotonic() > end:
                raise ScrubjayError(f"another process does not let go of the {what} {path}") from None
            sleep(0.001)


def write_all(fd: int, data: bytes) -> None:
    """Write all of the data; raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def add(fd: int, data: bytes) -> None:
    """Append whole lines to a locked file, all or none of them; raises OSError."""
    size = os.fstat(fd).st_size
    try:
        write_all(fd, data)
    except OSError:
        os.ftruncate(fd, size)
        raise


def mend(fd: int) -> int:
    """Take away the beginning of a line that a killed process has left at the end; returns how many bytes it had."""
    size = os.fstat(fd).st_size
    if not size or os.pread(fd, 1, size - 1) == b"\n":
        return 0
    whole = size - len(_last(fd, size))
    os.ftruncate(fd, whole)
    return size - whole


def last_line(fd: int) -> bytes:
    """Return the last line of a file that ends with one, without its line break; b"" for an empty file."""
    size = os.fstat(fd).st_size
    return _last(fd, size - 1) if size else b""


def _last(fd: int, end: int) -> bytes:
    """The bytes before `end` that have no line break in them."""
    parts: list[bytes] = []
    while end:
        start = max(0, end - _BLOCK)
        head, found, part = os.pread(fd, end - start, start).rpartition(b"\n")
        parts.insert(0, part)
        if found:
            break
        end = start
    return b"".join(parts)
