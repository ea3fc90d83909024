"""Turns SIGTERM, SIGINT and SIGHUP into something that `poll` sees, so that none is lost between a check and a wait."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from time import monotonic
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# `timeout` and some supervisors signal a process and then its whole group: that is one request, not two.
_SAME_REQUEST = 0.1


class StopSignals:
    """While entered, the first signal is remembered and makes `fd` readable; a later one ends the process at once.

    Signals that were ignored before (`nohup`, a background job) stay ignored. Outside the main thread it does nothing.
    """

    def __init__(self, *, reload: bool = False) -> None:
        """With `reload`, SIGHUP does not end anything: it sets `reload_wanted`."""
        self.caught = 0
        self.reload_wanted = False
        self.on_reload: Callable[[], None] = lambda: None
        self._reload = reload
        self.fd = -1
        self._writer = -1
        self._before: dict[int, object] = {}
        self._former_fd = -1
        self._when = 0.0

    def __enter__(self) -> StopSignals:
        self.fd, self._writer = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._writer, False)
        try:
            self._former_fd = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        except ValueError:
            return self
        for number in STOPPING:
            before = signal.getsignal(number)
            if before != signal.SIG_IGN:
                self._before[number] = before
                signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]
        if self._before:
            signal.set_wakeup_fd(self._former_fd)
        os.close(self.fd)
        os.close(self._writer)

    def clear(self) -> None:
        """Read the pipe empty: another signal than ours came, one that the program around us handles."""
        try:
            os.read(self.fd, 4096)
        except BlockingIOError:
            pass

    def run_reload(self) -> None:
        """Call `on_reload` if SIGHUP has come since the last time."""
        if self.reload_wanted:
            self.reload_wanted = False
            self.on_reload()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._reload and number == signal.SIGHUP:
            self.reload_wanted = True
        elif not self.caught:
            self.caught, self._when = number, monotonic()
        elif monotonic() - self._when > _SAME_REQUEST:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
