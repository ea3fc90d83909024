"""Masked copies of log records and of exceptions. The originals, which others hold, are never changed."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType
from typing import Any, cast

from .shield import PLAIN, WITHHELD, Shield, Text

Raised = tuple[type[BaseException], BaseException, TracebackType | None]

# What every record has; the names among it are looked at by themselves.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_NAMES = ("name", "threadName", "processName", "taskName")
_SIMPLE = frozenset({str, *PLAIN})
_TEXTS = frozenset({"stack_info", "exc_text", "message"})
_PASSED = _STANDARD - _TEXTS
_BLANK = "[REDACTED]"
_MARK = re.compile(r"\[REDACTED:[^\]\s]+\]")
# Shows so many characters at most.
_CUT = re.compile(r"%[-#0 +\d*]*\.")
_DIRECTIVE = re.compile(r"%[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z]")
# A format that shows so many characters of a field at most.
_SHORTENING = re.compile(r"\)[-#0 +\d*]*\.|\{[^{}]*:[^{}]*\.")


def shows_whole(layout: str | None) -> bool:
    """True for a formatter's layout that cuts no field short: half of a secret is none to the eye of a rule."""
    return not (layout and _SHORTENING.search(layout))


def masked_record(shield: Shield, record: logging.LogRecord) -> logging.LogRecord:
    """Return a copy of the record without secrets in message, arguments, extra fields and exception.

    It is the record itself if there are none. A record that can't be examined becomes one that says so.
    """
    try:
        changes = _message(shield, record)
        fields = record.__dict__
        for key in fields.keys() - _PASSED:
            if (value := fields[key]) is not None:
                masked = shield.value(value, "" if key in _TEXTS else key)
                if masked is not value:
                    changes[key] = masked
        for key in _NAMES:
            name = fields.get(key)
            if (clean := shield.name(name)) is not name:
                changes[key] = clean
        if record.exc_info:
            _exception(shield, record, changes)
        return _copy(record, changes) if changes else record
    except Exception:  # noqa: BLE001 - what was not examined must not go out
        shield.withheld()
        return _withheld(record)


def _copy(record: logging.LogRecord, changes: dict[str, Any]) -> logging.LogRecord:
    new = record.__class__.__new__(record.__class__)
    new.__dict__.update(record.__dict__)
    new.__dict__.update(changes)
    return new


def _withheld(record: logging.LogRecord) -> logging.LogRecord:
    """A plain record with the original's place and time, and nothing else of it."""
    new = logging.makeLogRecord({})
    new.__dict__.update({key: record.__dict__[key] for key in new.__dict__ if key in record.__dict__})
    new.__dict__.update(msg=WITHHELD, args=None, exc_info=None, exc_text=None, stack_info=None)
    return new


def _message(shield: Shield, record: logging.LogRecord) -> dict[str, Any]:
    """What has to change in `msg` and `args`. The number of arguments stays: some formatters unpack them."""
    msg, args = record.msg, record.args
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - wrong arguments: the handler will report it
        return _unprintable(shield, record)
    clean = shield.text(message)
    if clean is message:
        # The text of a structured message (structlog's) says nothing about its keys.
        changes = {} if isinstance(msg, str) else _differing(record, msg=shield.value(msg))
        if args and not _shows_all(record):
            changes |= _differing(record, args=shield.value(args))
        return changes
    if not args:
        masked = shield.value(msg)
        return {"msg": clean if masked is msg else masked}
    template = str(msg)
    if shield.text(template) is not template:
        return {"msg": clean, "args": ()}
    return {"args": _arguments(shield, record, clean)}


def _shows_all(record: logging.LogRecord) -> bool:
    """True when the text of a message shows all of its arguments: no key of a mapping left out, no value cut."""
    msg, args = record.msg, record.args
    if type(record).getMessage is not logging.LogRecord.getMessage or not isinstance(args, tuple):
        return False
    return all(type(arg) in _SIMPLE for arg in args) and not (isinstance(msg, str) and _CUT.search(msg))


def _unprintable(shield: Shield, record: logging.LogRecord) -> dict[str, Any]:
    """Changes for a message that does not fit its arguments, and which the handler will print as two."""
    msg, args = shield.value(record.msg), shield.value(record.args)
    if isinstance(args, tuple):
        rest = list(args)
        joined = _DIRECTIVE.sub(lambda found: str(rest.pop(0)) if rest else found[0], str(msg))
        if shield.text(joined) is not joined:
            args = tuple(_blank(arg, _BLANK) for arg in args)
    return _differing(record, msg=msg, args=args)


def _differing(record: logging.LogRecord, **values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not getattr(record, key)}


def _arguments(shield: Shield, record: logging.LogRecord, clean: str) -> Any:
    """Arguments with which the message shows no secret; `clean` is the masked text that the record's own gave."""
    args: Any = shield.value(record.args)
    if _is_clean(shield, record, args):
        return args
    # A secret of several parts: those that are not left in the masked text belong to it.
    found = _MARK.search(clean)
    mark = found[0] if found else _BLANK

    def without(kept: str) -> Any:
        if isinstance(args, dict):
            return {name: value if str(value) in kept else _blank(value, mark) for name, value in args.items()}
        return tuple(value if str(value) in kept else _blank(value, mark) for value in args)

    fewer = without(clean)
    return fewer if _is_clean(shield, record, fewer) else without("")


def _is_clean(shield: Shield, record: logging.LogRecord, args: Any) -> bool:
    text = _copy(record, {"args": args}).getMessage()
    return shield.text(text) is text


def _blank(value: Any, mark: str) -> Any:
    # Numbers stay, since `%d` needs one.
    return value if isinstance(value, (int, float)) else Text(mark, repr(mark))


def _exception(shield: Shield, record: logging.LogRecord, changes: dict[str, Any]) -> None:
    kind, error, trace = cast(Raised, record.exc_info)
    if error is None:
        return
    # Not the error's own traceback: task queues put another one beside it.
    text = "".join(traceback.format_exception(kind, error, trace)).removesuffix("\n")
    masked = shield.text(text)
    if masked is not text:
        stand_in = masked_exception(shield, error)
        again = "".join(traceback.format_exception(type(stand_in), stand_in, trace))
        changes["exc_info"] = (type(stand_in), stand_in, trace if shield.text(again) is again else None)
        changes["exc_text"] = masked


def printed(error: BaseException) -> str:
    """Return the traceback as the interpreter would print it, without the last line break."""
    return "".join(traceback.format_exception(error)).removesuffix("\n")


def masked_exception(shield: Shield, error: BaseException) -> BaseException:
    """Return an exception that prints like `error`, its chain, notes and group included, with secrets masked.

    If a line of source code holds a secret, it has no traceback.
    """
    done: dict[int, BaseException] = {}
    stand_in = _stand_in(shield, error, done)
    text = printed(stand_in)
    if shield.text(text) is not text:
        for one in done.values():
            one.__traceback__ = None
    return stand_in


def _stand_in(shield: Shield, error: BaseException, done: dict[int, BaseException]) -> BaseException:
    if id(error) in done:
        return done[id(error)]
    new = done[id(error)] = _twin(shield, error, done)
    new.__traceback__ = error.__traceback__
    new.__cause__ = error.__cause__ and _stand_in(shield, error.__cause__, done)
    new.__context__ = error.__context__ and _stand_in(shield, error.__context__, done)
    new.__suppress_context__ = error.__suppress_context__
    for note in getattr(error, "__notes__", None) or ():
        new.add_note(shield.text(str(note)))
    return new


def _twin(shield: Shield, error: BaseException, done: dict[int, BaseException]) -> BaseException:
    """An exception of a class that is named like the error's and derived from it, with nothing of it but the text."""
    kind = type(error)
    text = shield.text(_shown(error))
    body = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__str__": lambda self: text,
        "__repr__": lambda self: f"{kind.__name__}({text!r})",
    }
    if isinstance(error, BaseExceptionGroup):
        inner = [_stand_in(shield, one, done) for one in error.exceptions]
        group: Any = type(
            kind.__name__, (ExceptionGroup if isinstance(error, ExceptionGroup) else BaseExceptionGroup,), body
        )
        return cast(BaseException, group(shield.text(error.message), inner))
    twin: Any
    try:
        twin = type(kind.__name__, (kind,), body)
        new = twin.__new__(twin)
        new.args = (text,)
    except Exception:  # noqa: BLE001 - a class that can't be derived from, or not made without arguments
        twin = type(kind.__name__, (Exception,), body)
        new = twin(text)
    return cast(BaseException, new)


def _shown(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - as tracebacks do
        return "<exception str() failed>"
