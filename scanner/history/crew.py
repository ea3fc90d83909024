"""Runs one task in several processes, because threads of Python take turns. The processes are copies of this one."""

from __future__ import annotations

import marshal
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

from ...patterns.errors import INCOMPLETE, ScrubjayError

Report = Callable[[int], None]
# Seconds between reports of a process.
_PAUSE = 0.1
_HEAD = 8


def available() -> bool:
    """True where a process can be copied safely."""
    return hasattr(os, "fork") and sys.platform == "linux"


def run(
    task: Callable[[int, Report], Any],
    count: int,
    progress: Report | None = None,
    beside: Callable[[], None] | None = None,
) -> Generator[Any, None, None]:
    """Run the task in `count` processes and yield their results; each gets its number and a function to report with.

    Results are plain data, no objects of any class. `beside` is called in this process once they run.
    Raises the ScrubjayError of a task, or one for a process that died. All processes have ended behind the last result,
    or when this is closed.
    """
    children: dict[int, int] = {}
    try:
        for number in range(count):
            reader, writer = os.pipe()
            child = os.fork()
            if not child:
                _child(task, number, writer)
            os.close(writer)
            children[reader] = child
        if beside:
            beside()
        yield from _collect(children, progress)
    finally:
        for reader, child in children.items():
            os.close(reader)
            _end(child)


def _child(task: Callable[[int, Report], Any], number: int, writer: int) -> None:
    import gc
    import signal

    # What the parent has made is not looked through for cycles, and what is made here seldom has any.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    # The parent gets the interrupt too, and ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    state = [0, time.monotonic() + _PAUSE]

    def report(done: int) -> None:
        state[0] += done
        if time.monotonic() >= state[1]:
            _send(writer, marshal.dumps(("done", state[0])))
            state[:] = 0, time.monotonic() + _PAUSE

    try:
        message: tuple[Any, ...]
        try:
            message = ("result", task(number, report), state[0])
        except ScrubjayError as error:
            message = ("error", str(error), error.exit_code)
        except Exception as error:  # noqa: BLE001
            # Its text may quote what was being read.
            message = ("error", f"a part of the scan failed ({type(error).__name__}), so it is incomplete", INCOMPLETE)
        _send(writer, marshal.dumps(message))
    finally:
        # Nothing of the parent's may be flushed or cleaned up twice.
        os._exit(0)


def _collect(children: dict[int, int], progress: Report | None) -> Iterator[Any]:
    import select

    texts = {reader: bytearray() for reader in children}
    while texts:
        ready, _, _ = select.select(list(texts), [], [], 0.2)
        for reader in ready:
            chunk = os.read(reader, 1 << 20)
            if not chunk:
                raise ScrubjayError("a part of the scan was killed (out of memory?), so it is incomplete", INCOMPLETE)
            text = texts[reader]
            text += chunk
            while len(text) >= _HEAD and len(text) >= _HEAD + (size := int.from_bytes(text[:_HEAD], "little")):
                kind, *rest = marshal.loads(memoryview(text)[_HEAD : _HEAD + size].tobytes())
                del text[: _HEAD + size]
                if kind == "error":
                    raise ScrubjayError(*rest)
                if progress:
                    progress(rest[-1])
                if kind == "result":
                    del texts[reader]
                    yield rest[0]
                    break


def _send(writer: int, data: bytes) -> None:
    view = memoryview(len(data).to_bytes(_HEAD, "little") + data)
    while view:
        view = view[os.write(writer, view) :]


def _end(child: int) -> None:
    import signal

    try:
        os.kill(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(child, 0)
