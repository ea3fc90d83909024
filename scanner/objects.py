"""Reads objects from a running `git cat-file --batch`, in order and in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from subprocess import Popen

# Requests that are written before their answers are read: fewer bytes than the smallest pipe holds, so that writing
# never waits.
WINDOW = 60
# Larger objects are read in chunks of this size.
_CHUNK = 1 << 23


class Object(NamedTuple):
    """An object as stored; `kind` is blob, tree, commit or tag, or "" when the object is missing.

    `data` is all of it, or for a large one its chunks in order, which can be read until the next object is asked for.
    """

    id: str
    kind: str
    data: bytes | Iterator[bytes]

    def head(self) -> bytes:
        """The first chunk; of a small object all of it."""
        return self.data if isinstance(self.data, bytes) else next(self.data, b"")


class Reader:
    """A `cat-file --batch` process. Its stderr is read aside, so that it never blocks on a full pipe."""

    def __init__(self, process: Popen[bytes], check: Callable[[str, int, bytes], None]) -> None:
        from threading import Thread

        assert process.stdin and process.stdout and process.stderr
        self._process, self._check = process, check
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._complaint = b""
        self._aside = Thread(target=self._read_aside, daemon=True)
        self._aside.start()

    def ask(self, ids: Sequence[str]) -> None:
        """Write the requests; of no more than `WINDOW` of them the answers may be still to be read."""
        if not ids:
            return
        try:
            self._stdin.write("".join(f"{name}\n" for name in ids).encode())
            self._stdin.flush()
        except OSError:
            self._broken()

    def answer(self, name: str) -> Object:
        """Read the next answer."""
        words = self._stdout.readline().split()
        if len(words) == 2 and words[1] in (b"missing", b"ambiguous"):
            return Object(name, "", b"")
        if len(words) != 3:
            self._broken()
        kind, size = words[1].decode(), int(words[2])
        if size > _CHUNK:
            return Object(name, kind, self._chunks(size))
        data = self._read(size)
        self._read(1)
        return Object(name, kind, data)

    def finish(self) -> None:
        """Let the process end; raises ScrubjayError when it has something to complain about."""
        self._stdin.close()
        code = self._process.wait()
        self._aside.join()
        self._check("cat-file", code, self._complaint)

    def close(self) -> None:
        """End the process if it still runs, and release everything."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.wait()
        self._aside.join()
        for pipe in (self._stdin, self._stdout, self._stderr):
            try:
                pipe.close()
            except OSError:
                # Requests that a dead process did not take.
                pass

    def _chunks(self, size: int) -> Iterator[bytes]:
        while size:
            data = self._read(min(size, _CHUNK))
            size -= len(data)
            yield data
        self._read(1)

    def _read(self, size: int) -> bytes:
        data = self._stdout.read(size)
        if len(data) != size:
            self._broken()
        return data

    def _broken(self) -> NoReturn:
        self._process.kill()
        code = self._process.wait()
        self._aside.join()
        self._check("cat-file", code or -1, self._complaint)
        raise AssertionError

    def _read_aside(self) -> None:
        self._complaint = self._stderr.read()
