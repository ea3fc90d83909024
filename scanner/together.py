"""Runs tasks side by side in threads, ends all of them at the first error or interrupt, and passes it on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread


def together(tasks: Sequence[Callable[[Event], None]], workers: int) -> None:
    """Run the tasks in order, `workers` at a time; each gets an event that is set when it should end early.

    The first error of any is raised when all have ended.
    """
    stop, lock = Event(), Lock()
    remaining = list(reversed(tasks))
    errors: list[BaseException] = []

    def run() -> None:
        while not stop.is_set():
            with lock:
                task = remaining.pop() if remaining else None
            if task is None:
                return
            try:
                task(stop)
            except BaseException as error:  # noqa: BLE001
                errors.append(error)
                stop.set()

    threads = [Thread(target=run, daemon=True) for _ in range(min(workers, len(tasks)))]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            # In steps, so that an interrupt gets through on every platform.
            while thread.is_alive():
                thread.join(0.2)
    finally:
        stop.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    if errors:
        raise errors[0]
