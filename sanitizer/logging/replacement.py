"""Python 3.11: lets a filter replace the record, as from 3.12 on, instead of throwing the masked copy away."""

from __future__ import annotations

import logging
from typing import Any

_supported = False


def is_plain(method: Any) -> bool:
    """True for a method of the standard library's, or one of this module that stands for it."""
    return getattr(method, "__globals__", None) is vars(logging) or method is _handler_handle


def support() -> None:
    """Make filters, handlers and loggers of this process honour a record that a filter returns."""
    global _supported
    _supported = True
    if is_plain(logging.Filterer.filter):
        logging.Filterer.filter = _filter  # type: ignore[method-assign]
        logging.Logger.handle = _logger_handle  # type: ignore[method-assign]
    if is_plain(logging.Handler.handle):
        logging.Handler.handle = _handler_handle  # type: ignore[method-assign]


def keep() -> None:
    """Do it again, if it was ever asked for, after the methods of logging.Handler were put back."""
    if _supported:
        support()


def _filter(self: logging.Filterer, record: logging.LogRecord) -> Any:
    for one in self.filters:
        judge: Any = getattr(one, "filter", one)
        found = judge(record)
        if not found:
            return False
        if isinstance(found, logging.LogRecord):
            record = found
    return record


def _handler_handle(self: logging.Handler, record: logging.LogRecord) -> Any:
    found: Any = self.filter(record)
    if found:
        self.acquire()
        try:
            self.emit(found if isinstance(found, logging.LogRecord) else record)
        finally:
            self.release()
    return found


def _logger_handle(self: logging.Logger, record: logging.LogRecord) -> None:
    if self.disabled:
        return
    found: Any = self.filter(record)
    if found:
        self.callHandlers(found if isinstance(found, logging.LogRecord) else record)
