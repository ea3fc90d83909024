"""The parts for `logging.config.dictConfig`, for those who mask at chosen handlers: formatter, handler, filter."""

from __future__ import annotations

import logging
import logging.config
import sys
import threading
from collections.abc import Mapping
from typing import Any, cast

from .records import masked_record, shows_whole
from .shield import Shield

_lock = threading.Lock()
_shared: Shield | None = None


def shared_shield() -> Shield:
    """Return the process's shield: that of `install`, else one with all shipped rules, made at the first use."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = Shield()
        return _shared


def share(shield: Shield | None) -> None:
    """Make this the process's shield; None forgets the present one."""
    global _shared
    with _lock:
        _shared = shield


class Formatter(logging.Formatter):
    """Masks the whole text that another formatter makes, tracebacks and added fields included."""

    def __init__(self, *args: Any, inner: Any = None, shield: Shield | None = None, **options: Any) -> None:
        """Take the arguments of logging.Formatter, or with `inner` another formatter.

        `inner` is a formatter, or a class or function that makes one from the other arguments.
        """
        made = inner(*args, **options) if callable(inner) else inner
        if made is None:
            super().__init__(*args, **options)
        else:
            super().__init__()
        self._inner = made
        # What another formatter wraps or cuts has no secret in it that is whole.
        self._whole = made is None and shows_whole(self._fmt)
        self._shield = shield or shared_shield()

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of the record, masked. The record keeps what it had."""
        copy = _twin(record if self._whole else masked_record(self._shield, record))
        text = super().format(copy) if self._inner is None else self._inner.format(copy)
        return cast(str, self._shield.text(text) if isinstance(text, str) else self._shield.value(text))


class Handler(logging.Handler):
    """Passes masked records on to another handler, and masks what that one formats."""

    def __init__(self, inner: logging.Handler | Mapping[str, Any], *, shield: Shield | None = None) -> None:
        """Wrap a handler, or one that is made as dictConfig would from a mapping with `class` and its arguments."""
        self._shield = shield or shared_shield()
        if not isinstance(inner, logging.Handler):
            configure: Any = logging.config.DictConfigurator({})
            inner = cast(logging.Handler, configure.configure_handler(_resolving(configure, inner)))
        self.inner = inner
        super().__init__(inner.level)
        self.setFormatter(inner.formatter)

    def setFormatter(self, fmt: logging.Formatter | None) -> None:
        """Set the formatter of the handler inside, and mask its text."""
        self.formatter = fmt if fmt is None or isinstance(fmt, Formatter) else Formatter(inner=fmt, shield=self._shield)
        self.inner.setFormatter(self.formatter or Formatter(shield=self._shield))

    def emit(self, record: logging.LogRecord) -> None:
        """Give a masked copy to the handler inside."""
        self.inner.handle(masked_record(self._shield, record))

    def flush(self) -> None:
        """Flush the handler inside."""
        self.inner.flush()

    def close(self) -> None:
        """Close the handler inside."""
        self.inner.close()
        super().close()


class Filter(logging.Filter):
    """Replaces each record by a masked copy, for the handler that it is attached to and for no other.

    A filter sees neither the text that a formatter makes nor, if it is attached to a logger, the records of child
    loggers.
    """

    def __init__(self, name: str = "", *, shield: Shield | None = None) -> None:
        """Take the name that logging.Filter takes: records of other loggers pass as they are."""
        super().__init__(name)
        self._shield = shield or shared_shield()
        if sys.version_info < (3, 12):
            from . import replacement

            replacement.support()

    def filter(self, record: logging.LogRecord) -> Any:
        """Return the record, or a masked copy."""
        return masked_record(self._shield, record) if super().filter(record) else record


def _resolving(configure: Any, config: Mapping[str, Any]) -> Any:
    """The mapping in the form in which dictConfig resolves `ext://` and the like."""
    converting = cast(Any, logging.config).ConvertingDict(dict(config))
    converting.configurator = configure
    return converting


def _twin(record: logging.LogRecord) -> logging.LogRecord:
    twin = record.__class__.__new__(record.__class__)
    twin.__dict__.update(record.__dict__)
    return twin
