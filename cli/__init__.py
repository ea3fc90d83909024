"""The `scrubjay` command: a table of commands, loaded when called. No logic of its own."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Sequence

from ..patterns.errors import ScrubjayError

__all__ = ["main"]

INTERRUPTED = 130
# New objects between two searches for cycles, of which there are next to none; with Python's 700 they took a tenth of
# the time of a large scan.
_CYCLES = 100_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0 clean, 1 findings, 2 usage, 3 incomplete, 130 interrupted."""
    args = list(sys.argv[1:] if argv is None else argv)
    gc.set_threshold(_CYCLES, 20, 20)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path that the terminal's encoding lacks must not end the scan.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if args[:1] == ["hook"] and args[1:2] not in (["--help"], ["-h"]):
            # A commit waits for this one, and click costs 45 ms to import.
            from ..scanner.hook import run

            return run(args[1:])
        if args[:2] == ["agent", "hook"] and args[2:3] not in (["--help"], ["-h"]):
            # An agent waits for this one at each of its steps.
            from ..agents.hook import run as answer

            return answer(args[2:])
        from .commands import invoke

        return invoke(args, _safe)
    except ScrubjayError as error:
        _say(f"scrubjay: {_safe(str(error))}")
        return error.exit_code
    except KeyboardInterrupt:
        _say("scrubjay: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone, as with `| head`; nothing more can be said on that pipe.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:  # noqa: BLE001
        # The message of an unknown error may quote what was being read, so only its kind and place are shown.
        _say(f"scrubjay: internal error, nothing can be said of the result: {_place(error)}")
        return 3
    finally:
        # All that is left goes with the process: looking for cycles in it first can take as long as a git command.
        gc.freeze()


def _safe(text: str) -> str:
    """The text of an error with secrets masked: it may quote an argument or a file name."""
    from ..patterns import Matcher
    from ..scanner.finding import shown

    try:
        return shown(Matcher.default(), text)
    except ScrubjayError:
        return "the rules can't be loaded, so the reason can't be shown safely; try `scrubjay rules check`"


def _say(text: str) -> None:
    try:
        sys.stderr.write(text + "\n")
    except OSError:
        pass


def _place(error: Exception) -> str:
    trace = error.__traceback__
    places = []
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('scrubjay')[2] or code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places[-3:])}"
