"""Runs one function on a thread of its own while the caller goes on: for what lets other threads run as it works."""

from __future__ import annotations

import os
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any


class Beside:
    """A function that runs on another thread. Calls come back in order; one at a time, others wait."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        """The thread starts with the first call, and ends when this object does."""
        self._function = function
        self._todo: SimpleQueue[Any] = SimpleQueue()
        self._done: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._busy = Lock()
        self._process = 0

    def start(self, given: Any) -> bool:
        """Let the function run, if no other call is under way; `result` must be called then."""
        if not self._busy.acquire(blocking=False):
            return False
        if self._process != os.getpid():
            # A copy of the process has no copy of the thread.
            self._todo, self._done = SimpleQueue(), SimpleQueue()
            Thread(target=_work, args=(self._function, self._todo, self._done), name="beside", daemon=True).start()
            self._process = os.getpid()
        self._todo.put((given,))
        return True

    def result(self) -> Any:
        """Wait, and return or raise what the function did."""
        found, error = self._done.get()
        self._busy.release()
        if error is not None:
            raise error
        return found

    def __del__(self) -> None:
        self._todo.put(None)


def _work(function: Callable[[Any], Any], todo: SimpleQueue[Any], done: SimpleQueue[Any]) -> None:
    while (given := todo.get()) is not None:
        try:
            done.put((function(*given), None))
        except BaseException as error:  # noqa: BLE001
            done.put((None, error))
        del given
