"""A context in which standard output and error, also of child processes, go through the filter."""

from __future__ import annotations

import os
import sys
import threading
from types import TracebackType

from ..stream import Extras, pump
from .handlers import shared_shield
from .shield import Shield

# Seconds to wait, at the end, for children that still have the pipe open.
PATIENCE = 5.0


class filtered_output:  # noqa: N801 - used like a function
    """While entered, what this process and its children write to descriptors 1 and 2 is masked on its way.

    With `redirect=False` only children are filtered that get `stdout` and `stderr`, the descriptors of the pipes:

    >>> with filtered_output(redirect=False) as filtered:
    ...     subprocess.run(command, stdout=filtered.stdout, stderr=filtered.stderr)

    All that was written has come out when it ends, unless a child lives on: what that one writes is filtered until this
    process ends.
    """

    def __init__(self, *, shield: Shield | None = None, redirect: bool = True) -> None:
        """Filter as the process's shield does, that of `install` with its known values and masks, or as another."""
        self._shield = shield or shared_shield()
        self._redirect = redirect
        self._pumps: list[threading.Thread] = []
        self._saved: list[int] = []
        self.stdout = self.stderr = -1

    def __enter__(self) -> filtered_output:
        _flush()
        self.stdout, self.stderr = (self._pipe(fd) for fd in (1, 2))
        if self._redirect:
            os.dup2(self.stdout, 1)
            os.dup2(self.stderr, 2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _flush()
        for fd, saved in zip((1, 2), self._saved, strict=True):
            if self._redirect:
                os.dup2(saved, fd)
        os.close(self.stdout)
        os.close(self.stderr)
        for one in self._pumps:
            one.join(PATIENCE)
        self._pumps, self._saved = [], []
        self.stdout = self.stderr = -1

    def _pipe(self, fd: int) -> int:
        """Make a pipe whose other end is copied, masked, to where `fd` leads now; return the end to write to."""
        source, sink = os.pipe()
        saved = os.dup(fd)
        self._saved.append(saved)
        thread = threading.Thread(target=self._copy, args=(source, saved), name="scrubjay-output", daemon=True)
        self._pumps.append(thread)
        thread.start()
        return sink

    def _copy(self, source: int, saved: int) -> None:
        try:
            extras = Extras(policy=self._shield.policy)
            self._shield.count(pump(self._shield.examiner, source, saved, diagnostics_fd=saved, extras=extras).masked)
        finally:
            os.close(source)
            os.close(saved)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream:
                stream.flush()
        except (OSError, ValueError):
            pass
