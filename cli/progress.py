"""Shows on a terminal that a long scan is alive; silent in pipes and logs, and in the first second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from ..scanner.coverage import Coverage

Item = TypeVar("Item")
_PATIENCE = 1.0  # seconds
_PAUSE = 0.2


def watched(items: Iterable[Item], coverage: Coverage) -> Iterator[Item]:
    """Yield the items; once it takes long, keep a line on standard error that says how far the scan is."""
    if not sys.stderr.isatty():
        yield from items
        return
    status = None
    due = time.monotonic() + _PATIENCE
    try:
        for item in items:
            yield item
            if time.monotonic() < due:
                continue
            due = time.monotonic() + _PAUSE
            if status is None:
                from rich.console import Console

                status = Console(stderr=True).status("")
                status.start()
            status.update(f"scanning: {coverage.summary()}")
    finally:
        if status is not None:
            status.stop()


class Bar:
    """A progress bar on standard error, from the first second on. `count` tells how much there is to do."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count, self._done, self._bar = count, 0, None
        self._due = time.monotonic() + _PATIENCE
        self._lock = Lock()

    _bar: Any

    def advance(self, done: int) -> None:
        """Count what was done since the last call; may be called from several threads."""
        with self._lock:
            self._done += done
            if time.monotonic() < self._due:
                return
            self._due = time.monotonic() + _PAUSE
            if self._bar is None:
                from rich.console import Console
                from rich.progress import Progress

                self._bar = Progress(console=Console(stderr=True), transient=True)
                self._task = self._bar.add_task("objects", total=self._count())
                self._bar.start()
            self._bar.update(self._task, completed=self._done)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
