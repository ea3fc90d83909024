"""Shows on a terminal that a long scan is alive; silent in pipes and logs, and in the first second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

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
