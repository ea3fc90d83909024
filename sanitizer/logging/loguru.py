"""loguru: a patcher for the record, and a wrapper for sinks that masks the text, the values of variables included."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from .handlers import shared_shield
from .records import masked_exception, printed
from .shield import Shield
from .variables import secrets_in, without


def patcher(record: Any) -> None:
    """Mask message, extra fields and exception of a record: `logger.configure(patcher=patcher)`."""
    record.update(_changes(shared_shield(), record))


class Sink:
    """Wraps a sink, so that it gets masked text and a masked record: `logger.add(Sink(sys.stderr))`.

    Only here is the whole text known: `diagnose` puts the values of variables into it, which no patcher sees.
    """

    def __init__(self, target: Any, *, shield: Shield | None = None, **options: Any) -> None:
        """Wrap a stream, a function, or the path of a file; then options are those of loguru: rotation, retention..."""
        self._shield = shield or shared_shield()
        self._write: Callable[[Any], Any]
        if isinstance(target, (str, os.PathLike)):
            target = import_module("loguru._file_sink").FileSink(target, **options)
        elif inspect.iscoroutinefunction(target):
            raise TypeError("a coroutine can't be wrapped; let it call Shield.text itself")
        self._target = target
        self._write = target.write if hasattr(target, "write") else target

    def write(self, message: Any) -> None:
        """Pass the message on, masked."""
        text = self._shield.text(str(message))
        record = getattr(message, "record", None)
        raised = record and record["exception"]
        # `diagnose` draws a line to each value, which it cuts at some length.
        if raised and raised.value is not None and ("└ " in text or "-> " in text):
            text = without(text, secrets_in(self._shield, raised.value, callers=True))
        masked = type(message)(text)
        if record is not None:
            masked.record = {**record, **_changes(self._shield, record)}
        self._write(masked)

    def flush(self) -> None:
        """Flush the sink inside, if it can be."""
        getattr(self._target, "flush", lambda: None)()

    def stop(self) -> None:
        """Tell the sink inside that it is removed, if it wants to know."""
        getattr(self._target, "stop", lambda: None)()

    def isatty(self) -> bool:
        """True for a terminal: loguru then colours the text."""
        return bool(getattr(self._target, "isatty", lambda: False)())


def _changes(shield: Shield, record: Any) -> dict[str, Any]:
    changes = {key: shield.value(record[key]) for key in ("message", "extra")}
    raised = record["exception"]
    if raised is not None and raised.value is not None:
        text = printed(raised.value)
        if shield.text(text) is not text:
            stand_in = masked_exception(shield, raised.value)
            changes["exception"] = raised._replace(
                type=type(stand_in), value=stand_in, traceback=stand_in.__traceback__ and raised.traceback
            )
    return changes
