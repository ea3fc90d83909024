"""Keeps the compiled rules in the user's cache folder. Whatever is wrong with the file or folder means: compile again.

Database and plans are native data, so they are read only from a file and folder that belong to the user alone.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .rule import Plan

if TYPE_CHECKING:
    from .expressions import Row

# Raise it when plans or candidate expressions are made in another way.
VERSION = b"scrubjay-rules-20\n"
# Bytes of an entry's sum, and of the size of what it is about.
_SUM, _SIZE = 4, 8


def folder() -> str | None:
    """Return scrubjay's cache folder, or None when the environment names none."""
    if chosen := os.environ.get("SCRUBJAY_CACHE_DIR"):
        return chosen if os.path.isabs(chosen) else None
    if sys.platform != "linux":
        import platformdirs

        return platformdirs.user_cache_dir("scrubjay", appauthor=False)
    # What platformdirs answers on Linux, without the 30 ms of its import.
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "scrubjay") if os.path.isabs(base) else None


def key(sources: Sequence[tuple[str, bytes]], engine: str) -> str:
    """Return the name of the cache entry for these rule files, this engine and this interpreter."""
    digest = _blake2b()
    digest.update(VERSION + f"{engine} {sys.implementation.cache_tag} {sys.version_info.releaselevel}\n".encode())
    for name, content in sources:
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return str(digest.hexdigest())


def engine_version(kind: Any) -> str:
    """Return what names an engine's class in a key: what another version has compiled is of no use."""
    if kind.name != "hyperscan":
        return str(kind.name)
    import hyperscan

    return f"{kind.name} {hyperscan.__version__}"  # type: ignore[attr-defined]


def load(name: str) -> tuple[tuple[Plan, ...], bytes] | None:
    """Return (plans, serialized database) of an entry, or None when there is none that can be trusted.

    Hyperscan has a sum of its own in a database, and refuses one that was damaged.
    """
    try:
        rows, database = _read(_path(name))
        return tuple(map(Plan._make, rows)), database
    except (TypeError, ValueError):
        return None


def load_expressions(name: str) -> dict[tuple[bytes, bool], Row]:
    """Return what is kept of the plans' expressions, by their sources and whether those are verbose.

    Nothing when it can't be trusted.
    """
    from .expressions import form

    try:
        (number, rows), _ = _read(_path(name, "expressions"))
        return dict(rows) if number == form() else {}
    except (TypeError, ValueError):
        return {}


def _read(path: str | None) -> Any:
    """The two parts of an entry's file, plain data and bytes, or None when the first can't be trusted."""
    if path is None:
        return None
    try:
        if not _private(os.lstat(os.path.dirname(path)), stat.S_ISDIR):
            return None
        # Each part is read into memory of its own size, once.
        with open(path, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not _private(status, stat.S_ISREG):
                return None
            head = file.read(_SUM + _SIZE)
            size = int.from_bytes(head[_SUM:], "big")
            if size > status.st_size:
                return None
            body = file.read(size)
            if _sum(body) != head[:_SUM]:
                return None
            found = marshal.loads(body), file.read()
        _touch(path)
        return found
    except (OSError, ValueError, EOFError, TypeError):
        return None


def store(name: str, plans: Sequence[Plan], database: bytes) -> None:
    """Write an entry; a cache that can't be written only costs time, so failures are silent."""
    from .expressions import dumped, form, pickled, sources

    rows = [tuple(plan._replace(made=pickled(plan)) if plan.timed else plan) for plan in plans]
    _write(_path(name), rows, database)
    patterns, heads = sources(plans)
    made = {(row[0], True): row for row in dumped(patterns, verbose=True)}
    made |= {(row[0], False): row for row in dumped(heads, verbose=False)}
    _write(_path(name, "expressions"), (form(), made))


def _write(path: str | None, rows: Any, database: bytes = b"") -> None:
    """Write an entry's file atomically."""
    if path is None:
        return
    body = marshal.dumps(rows)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        if not _private(os.lstat(os.path.dirname(path)), stat.S_ISDIR):
            return
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(_sum(body) + len(body).to_bytes(_SIZE, "big"))
                file.write(body)
                file.write(database)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
        _prune(path)
    except OSError:
        return


def _path(name: str, kind: str = "rules") -> str | None:
    base = folder()
    return os.path.join(base, f"{kind}-{name}.bin") if base else None


def _private(status: os.stat_result, kind: Any) -> bool:
    """True for a file or folder of the expected kind that only this user can write."""
    if not kind(status.st_mode):
        return False
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _touch(path: str) -> None:
    """Note that an entry is in use."""
    try:
        os.utime(path)
    except OSError:
        # Somebody else's to write: then it is not ours to remove, either.
        pass


def _prune(path: str, limit: int = 8) -> None:
    """Remove the entries like this one that were not used for the longest time, so that upgrades do not pile up."""
    directory, keep = os.path.split(path)
    kind = keep.partition("-")[0] + "-"
    entries = [entry for entry in os.scandir(directory) if entry.name.startswith(kind) and entry.name != keep]
    for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime)[: -limit + 1 or None]:
        os.unlink(entry.path)


def _sum(data: bytes | memoryview) -> bytes:
    """What tells that a file was damaged; in a fifth of the 2 ms that a digest takes in every process."""
    return zlib.crc32(data).to_bytes(_SUM, "big")


def _blake2b() -> Any:
    # hashlib itself would load OpenSSL's table of algorithms, 5 ms.
    from _blake2 import blake2b

    return blake2b(digest_size=32)
