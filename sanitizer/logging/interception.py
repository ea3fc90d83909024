"""Takes the place of what every handler's class inherits, so that existing and future handlers mask what they write."""

from __future__ import annotations

import functools
import io
import logging
import logging.handlers
import os
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any, cast

from .patches import Patches
from .records import masked_record, shows_whole
from .replacement import is_plain
from .shield import WITHHELD, Shield

# These write what `format` returns and nothing else of the record, so a look at that text is enough.
_TEXT_EMITS = {
    kind.__dict__["emit"]
    for kind in (
        logging.StreamHandler,
        logging.FileHandler,
        logging.handlers.BaseRotatingHandler,
        logging.handlers.WatchedFileHandler,
        logging.handlers.SysLogHandler,
    )
}
_OURS = (os.path.dirname(logging.__file__), os.path.dirname(__file__))


class Interception:
    """Masks what all handlers of the process are given and what they format, while `active`."""

    def __init__(self, shield: Shield, patches: Patches) -> None:
        """Replace methods of logging.Handler and of its subclasses, also of those that are made later."""
        self.active = True
        self._shield = shield
        self._patches = patches
        # Replaced again by another library: keep what it added.
        self._foreign = None if is_plain(logging.Handler.handle) else logging.Handler.handle
        patches.set(logging.Handler, "handle", self._handle())
        patches.set(logging.Handler, "format", self._formatting(logging.Handler.format))
        patches.set(logging.Handler, "handleError", self._reporting(logging.Handler.handleError))
        patches.set(logging.Handler, "__init_subclass__", self._subclassing())
        self._cover_subclasses(logging.Handler)

    def _cover_subclasses(self, kind: type) -> None:
        child: type
        for child in kind.__subclasses__():
            self._cover(child)
            self._cover_subclasses(child)

    def _cover(self, kind: type) -> None:
        """Wrap the methods of a class that would go around those of logging.Handler."""
        if kind is logging.NullHandler:
            return
        wrappers: dict[str, Callable[[Any], Any]] = {
            "handle": self._given,
            "handleError": self._given,
            "format": self._formatting,
            # Django's handler for administrators: it adds the variables of frames, the request and the settings.
            "send_mail": self._sending,
        }
        for name, wrapper in wrappers.items():
            method = kind.__dict__.get(name)
            if callable(method) and not hasattr(method, "__scrubjay__"):
                self._patches.set(kind, name, wrapper(method))

    def _subclassing(self) -> Any:
        interception = self

        def cover_new(cls: Any, /, **options: Any) -> None:
            cast(Any, super)(logging.Handler, cls).__init_subclass__(**options)
            if interception.active:
                interception._cover(cls)

        return classmethod(cover_new)

    def _handle(self) -> Any:
        shield, foreign = self._shield, self._foreign
        interception = self
        # By class: whether it writes text only. By format: whether it shows fields whole. Looked up here and not in a
        # method, since every record passes.
        text_only: dict[type, bool] = {}
        whole: dict[str | None, bool] = {None: True}

        def handle(self: logging.Handler, record: logging.LogRecord) -> Any:
            if foreign is not None:
                return foreign(self, masked_record(shield, record) if interception.active else record)
            found = self.filter(record)
            if found:
                if isinstance(found, logging.LogRecord):
                    record = found
                kind = type(self)
                if kind not in text_only:
                    text_only[kind] = kind.emit in _TEXT_EMITS
                formatter, own = self.formatter, self.__dict__
                # A formatter of the application's may wrap or cut the text, after which no secret in it is whole.
                plain = formatter is None or type(formatter) is logging.Formatter
                layout = formatter._fmt if formatter is not None and plain else None
                if layout not in whole:
                    whole[layout] = shows_whole(layout)
                if (
                    not (text_only[kind] and plain and whole[layout]) or "emit" in own or "format" in own
                ) and interception.active:
                    # After the filters, which may have added fields.
                    record = masked_record(shield, record)
                self.acquire()
                try:
                    self.emit(record)
                finally:
                    self.release()
            return found

        return _marked(handle, logging.Handler.handle)

    def _formatting(self, original: Callable[..., Any]) -> Any:
        mask = self._shield.text
        interception = self

        def format(self: logging.Handler, record: logging.LogRecord) -> Any:
            text = original(self, record)
            if not interception.active:
                return text
            return mask(text) if isinstance(text, str) else interception._shield.value(text)

        return _marked(format, original)

    def _given(self, original: Callable[..., Any]) -> Any:
        shield = self._shield
        interception = self

        def given(self: logging.Handler, record: logging.LogRecord) -> Any:
            return original(self, masked_record(shield, record) if interception.active else record)

        return _marked(given, original)

    def _sending(self, original: Callable[..., Any]) -> Any:
        value = self._shield.value
        interception = self

        def send_mail(self: logging.Handler, *args: Any, **options: Any) -> Any:
            if interception.active:
                args = tuple(value(arg) if isinstance(arg, str) else arg for arg in args)
                options = {name: value(arg) if isinstance(arg, str) else arg for name, arg in options.items()}
            return original(self, *args, **options)

        return _marked(send_mail, original)

    def _reporting(self, original: Callable[..., Any]) -> Any:
        shield = self._shield
        interception = self

        def handle_error(self: logging.Handler, record: logging.LogRecord) -> None:
            if not interception.active:
                original(self, record)
            elif logging.raiseExceptions and sys.stderr:
                try:
                    sys.stderr.write(shield.text(_report(masked_record(shield, record))))
                except OSError:
                    pass

        return _marked(handle_error, original)


def _marked(wrapper: Any, original: Any) -> Any:
    functools.update_wrapper(wrapper, original)
    wrapper.__scrubjay__ = True
    return wrapper


def _report(record: logging.LogRecord) -> str:
    """What logging prints when a handler failed."""
    out = io.StringIO()
    try:
        error = cast(BaseException, sys.exc_info()[1])
        out.write("--- Logging error ---\n")
        traceback.print_exception(error, file=out)
        out.write("Call stack:\n")
        frame: FrameType | None = error.__traceback__.tb_frame if error.__traceback__ else None
        while frame and os.path.dirname(frame.f_code.co_filename) in _OURS:
            frame = frame.f_back
        if frame:
            traceback.print_stack(frame, file=out)
        out.write(f"Logged from file {record.filename}, line {record.lineno}\n")
        out.write(f"Message: {record.msg!r}\nArguments: {record.args}\n")
    except Exception as failure:  # noqa: BLE001 - whatever can't be printed
        out.write(f"{WITHHELD} ({type(failure).__name__})\n")
    return out.getvalue()
