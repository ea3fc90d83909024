"""One line in, one masked line out: to standard output, or to a file, with the confirmations that omprog asks for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...patterns.errors import ScrubjayError
from ..mask import ERROR
from .input import Input
from .message import split_lines
from .protocols import write_all

if TYPE_CHECKING:
    from .protocols import Conversation


def serve(talk: Conversation) -> None:
    """Serve `lines`, `syslog-ng` or `rsyslog-omprog`; raises OSError when the output can't be written."""
    # Where the pipe outlives this process, as httpd's does, a line leaves it when it stands in the file.
    kept = None
    if talk.protocol == "lines" and talk.to is not None:
        from .pipe import view

        kept = view(talk.source)
    source = Input(talk.source, talk.signals, kept)
    confirm = talk.protocol == "rsyslog-omprog"
    log = Log(talk.to) if talk.to is not None else None
    try:
        if confirm:
            write_all(talk.sink, b"OK\n")
        for block, overlong in source.blocks():
            if overlong:
                talk.messages.withhold(b"", b"", OverflowError())
                talk.messages.withheld_bytes += overlong
            masked = talk.messages.lines(block) if block else ERROR + b"\n"
            if confirm and log:
                _confirmed(talk, log, masked)
            elif log:
                talk.summary.bytes_out += len(masked)
                log.append(masked)
            else:
                talk.write(masked)
    finally:
        talk.summary.bytes_in = source.count
        if log:
            log.close()


def _confirmed(talk: Conversation, log: Log, masked: bytes) -> None:
    """Write each line and confirm it; what can't be written is refused, and rsyslog sends it again."""
    for line in split_lines(masked):
        try:
            log.append(line)
        except OSError as error:
            write_all(talk.sink, b"Error: %b\n" % os.strerror(error.errno or 0).encode())
            continue
        talk.summary.bytes_out += len(line)
        write_all(talk.sink, b"OK\n")


class Log:
    """A file that whole lines are appended to. It is opened again when somebody has moved it away (log rotation)."""

    def __init__(self, path: str) -> None:
        self._path = path
        # Half a line stands at the end: writing failed in the middle of it.
        self._torn = False
        try:
            self._open()
        except OSError as error:
            raise ScrubjayError(f"can't write {path}: {error.strerror}") from None

    def append(self, data: bytes) -> None:
        """Append lines; raises OSError."""
        if self._moved():
            former = self._fd
            self._open()
            os.close(former)
            self._torn = False
        view = memoryview(b"\n" + data if self._torn else data)
        size = len(view)
        while view:
            try:
                count = os.write(self._fd, view)
            except OSError:
                self._torn = self._torn or len(view) < size
                raise
            view = view[count:]
        self._torn = False

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _open(self) -> None:
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        info = os.fstat(self._fd)
        self._id = info.st_dev, info.st_ino

    def _moved(self) -> bool:
        try:
            info = os.stat(self._path)
        except OSError:
            return True
        return (info.st_dev, info.st_ino) != self._id
