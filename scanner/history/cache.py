"""Remembers what a scan of a history has read and found, per repository, so that the next costs only what is new.

Kept are object ids, places and keyed fingerprints, never a value. An entry is under a keyed digest: what another user,
key, rule set or version wrote, or what is damaged, is not trusted, and everything is scanned again.
"""

from __future__ import annotations

import marshal
import os
import stat
from collections.abc import Sequence
from typing import Any

from ...patterns import cache as rules_cache

# Raise it when what is kept, or how a history is judged, changes.
_VERSION = b"scrubjay-history-2\n"
_DIGEST = 32
_HEAD = 8
# Entries for so many repositories are kept, and so many bytes of object ids in each.
_ENTRIES = 32
LARGEST = 1 << 26


class Cache:
    """The entry of one repository. `about` are texts on which all depends, such as the rule set's name."""

    def __init__(self, git_dir: str, key: bytes, about: Sequence[str]) -> None:
        self._key = _digest(key, _VERSION, *(text.encode("utf-8", "surrogateescape") for text in about))
        folder = rules_cache.folder()
        name = _digest(key, os.fsencode(os.path.realpath(git_dir)))[:16].hex()
        self._path = os.path.join(folder, f"history-{name}.bin") if folder else ""

    def load(self) -> tuple[dict[str, Any], Rest] | None:
        """Return the small part of the entry, and the rest to be read on demand; None when there is none to trust."""
        if not self._path:
            return None
        try:
            if not _private(os.lstat(os.path.dirname(self._path)), stat.S_ISDIR):
                return None
            # Kept open: another process may replace the entry meanwhile.
            descriptor = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with open(descriptor, "rb") as file:
                if not _private(os.fstat(descriptor), stat.S_ISREG):
                    return None
                given = file.read(_DIGEST + _HEAD)
                head = file.read(int.from_bytes(given[_DIGEST:], "little"))
                if given[:_DIGEST] != _digest(self._key, given[_DIGEST:], head):
                    return None
                found = marshal.loads(head)
                return found, Rest(os.dup(descriptor), file.tell(), self._key, found["rest"])
        except (OSError, ValueError, EOFError, TypeError, KeyError, OverflowError, MemoryError):
            return None

    def store(self, head: dict[str, Any], rest: Any) -> None:
        """Write an entry atomically; one that can't be written only costs time."""
        if not self._path:
            return
        folder = os.path.dirname(self._path)
        tail = marshal.dumps(rest)
        start = marshal.dumps(head | {"rest": _digest(self._key, tail)})
        size = len(start).to_bytes(_HEAD, "little")
        temporary = f"{self._path}.{os.getpid()}.tmp"
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            if not _private(os.lstat(folder), stat.S_ISDIR):
                return
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
            try:
                with open(os.open(temporary, flags, 0o600), "wb") as file:
                    for part in (_digest(self._key, size, start), size, start, tail):
                        file.write(part)
                os.replace(temporary, self._path)
            except OSError:
                os.unlink(temporary)
            _prune(folder, self._path)
        except OSError:
            return


class Rest:
    """The large part of an entry, read and checked when it is asked for."""

    def __init__(self, descriptor: int, place: int, key: bytes, digest: bytes) -> None:
        self._descriptor, self._place, self._key, self._expected = descriptor, place, key, digest

    def read(self) -> Any:
        """Return what was stored, or None when it is damaged."""
        try:
            with open(self._descriptor, "rb") as file:
                file.seek(self._place)
                tail = file.read()
            return marshal.loads(tail) if _digest(self._key, tail) == self._expected else None
        except (OSError, ValueError, EOFError, TypeError):
            return None

    def close(self) -> None:
        """Release the file if it was not read."""
        try:
            os.close(self._descriptor)
        except OSError:
            pass


def _prune(folder: str, own: str) -> None:
    """Remove the oldest entries, and what processes left that were killed."""
    entries = [entry for entry in os.scandir(folder) if entry.name.startswith("history-") and entry.path != own]
    for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime)[: -_ENTRIES + 1]:
        os.unlink(entry.path)
    for entry in entries:
        if entry.name.endswith(".tmp") and not _alive(entry.name.split(".")[-2]):
            os.unlink(entry.path)


def _alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):
        pass
    return True


def _private(status: os.stat_result, kind: Any) -> bool:
    """True for a file or folder of the expected kind that only this user can write."""
    if not kind(status.st_mode):
        return False
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _digest(key: bytes, *parts: bytes) -> bytes:
    from _blake2 import blake2b

    digest = blake2b(key=key, digest_size=_DIGEST, person=b"scrubjay-hist")
    for part in parts:
        digest.update(part)
    return bytes(digest.digest())
