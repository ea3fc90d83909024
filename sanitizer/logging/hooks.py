"""What is printed without logging: uncaught exceptions, those of threads and finalizers, tracebacks, warnings."""

from __future__ import annotations

import io
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from types import SimpleNamespace, TracebackType
from typing import Any

from .patches import Patches
from .records import masked_exception, printed
from .shield import WITHHELD, Shield


class Hooks:
    """Stands before the interpreter's hooks, while `active`. What holds no secret goes to the former hook unchanged."""

    def __init__(self, shield: Shield, patches: Patches) -> None:
        """Replace the hooks of `sys` and `threading`, and the functions that format warnings and print tracebacks."""
        self.active = True
        self._shield = shield
        patches.set(sys, "excepthook", self._uncaught(sys.excepthook))
        patches.set(threading, "excepthook", self._in_thread(threading.excepthook))
        patches.set(sys, "unraisablehook", self._unraisable(sys.unraisablehook))
        patches.set(warnings, "formatwarning", self._warning(warnings.formatwarning))
        printer: Any = traceback.TracebackException
        patches.set(printer, "print", self._traceback(printer.print))

    def _uncaught(self, former: Callable[..., Any]) -> Callable[..., None]:
        def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            masked = self._masked("", error)
            if masked is None:
                former(kind, error, trace)
            elif former is sys.__excepthook__:
                _print(masked)
            else:
                stand_in = masked_exception(self._shield, error)
                former(type(stand_in), stand_in, stand_in.__traceback__)

        return excepthook

    def _in_thread(self, former: Callable[..., Any]) -> Callable[..., None]:
        def excepthook(args: Any, /) -> None:
            name = args.thread.name if args.thread is not None else threading.get_ident()
            masked = None
            if args.exc_type is not SystemExit:
                masked = self._masked(f"Exception in thread {name}:\n", args.exc_value)
            if masked is None:
                former(args)
            elif former is threading.__excepthook__:
                _print(masked)
            else:
                stand_in = masked_exception(self._shield, args.exc_value)
                former(threading.ExceptHookArgs((type(stand_in), stand_in, stand_in.__traceback__, args.thread)))

        return excepthook

    def _unraisable(self, former: Callable[..., Any]) -> Callable[..., None]:
        def unraisablehook(args: Any, /) -> None:
            try:
                text = f"{args.err_msg or 'Exception ignored in'}: {args.object!r}\n"
            except Exception:  # noqa: BLE001 - an object that is half gone may be unable to name itself
                text = f"{args.err_msg or 'Exception ignored in'}: {type(args.object).__name__}\n"
            masked = self._masked(text, args.exc_value)
            if masked is None:
                former(args)
            elif former is sys.__unraisablehook__:
                _print(masked)
            else:
                stand_in = masked_exception(self._shield, args.exc_value)
                former(
                    SimpleNamespace(
                        exc_type=type(stand_in),
                        exc_value=stand_in,
                        exc_traceback=stand_in.__traceback__,
                        err_msg=self._shield.text(args.err_msg or "Exception ignored in"),
                        object=self._shield.value(args.object),
                    )
                )

        return unraisablehook

    def _warning(self, former: Callable[..., Any]) -> Callable[..., str]:
        def formatwarning(*args: Any, **options: Any) -> str:
            text: str = former(*args, **options)
            return self._shield.text(text) if self.active else text

        return formatwarning

    def _traceback(self, former: Callable[..., Any]) -> Callable[..., None]:
        def print_(error: Any, *, file: Any = None, **options: Any) -> None:
            if not self.active:
                former(error, file=file, **options)
                return
            out = io.StringIO()
            former(error, file=out, **options)
            target = sys.stderr if file is None else file
            if target is not None:
                target.write(self._shield.text(out.getvalue()))

        return print_

    def _masked(self, head: str, error: BaseException | None) -> str | None:
        """What is to be printed instead of head and traceback; None if they hold no secret."""
        if error is None or not self.active:
            return None
        try:
            text = f"{head}{printed(error)}\n"
        except Exception:  # noqa: BLE001 - what was not examined must not go out
            self._shield.withheld()
            return f"{WITHHELD}\n"
        masked = self._shield.text(text)
        return None if masked is text else masked


def _print(text: str) -> None:
    try:
        if sys.stderr:
            sys.stderr.write(text)
            sys.stderr.flush()
    except (OSError, ValueError):
        # Closed: nobody can be told.
        pass
