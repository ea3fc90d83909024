"""`scrubjay agent hook`: reads one event of an agent from standard input and answers in its own terms.

It starts without click. Nothing but one JSON object is printed; whatever fails is answered as `--fail` says.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from ..patterns.errors import INCOMPLETE, ScrubjayError
from .event import AFTER, DENY, END, OTHER, REWRITE, Event, Verdict, withheld

if TYPE_CHECKING:
    from .decide import Settings
    from .dialects import Dialect

USAGE = (
    "usage: scrubjay agent hook --agent NAME [--fail closed|open] [--files auto|deny|redact] [--guard ask|deny|off]"
    " [--policy FILE] [--time SECONDS]"
)
_CHOICES = {"--fail": ("closed", "open"), "--files": ("auto", "deny", "redact"), "--guard": ("ask", "deny", "off")}
# Installed hooks have ten seconds; when the agent ends one, it lets the action go on.
_SECONDS = 8.0
_LARGEST = 64 << 20
# What a program ends with so that all agents take it for a block.
_BLOCK = 2


class Options(NamedTuple):
    """The command line."""

    agent: str
    fail: str = "closed"
    files: str = "auto"
    guard: str = "ask"
    seconds: float = _SECONDS
    policy: str = ""


def options(arguments: Sequence[str]) -> Options:
    """Return the options of a command line. Raises ScrubjayError for a wrong one."""
    from .dialects import NAMES

    given: dict[str, str] = {}
    words = [word for one in arguments for word in (one.split("=", 1) if one.startswith("--") else [one])]
    if len(words) % 2:
        raise ScrubjayError(USAGE)
    for name, value in zip(words[::2], words[1::2], strict=True):
        if name not in (*_CHOICES, "--agent", "--policy", "--time") or value not in _CHOICES.get(name, (value,)):
            raise ScrubjayError(USAGE)
        given[name] = value
    if given.get("--agent") not in NAMES:
        raise ScrubjayError(f"{USAGE}\nagents: {', '.join(NAMES)}")
    try:
        seconds = float(given.get("--time", _SECONDS))
    except ValueError:
        raise ScrubjayError(USAGE) from None
    get = given.get
    return Options(
        get("--agent", ""), get("--fail", "closed"), get("--files", "auto"), get("--guard", "ask"), seconds,
        get("--policy", ""),
    )  # fmt: skip


def run(arguments: Sequence[str], stdin: BinaryIO | None = None) -> int:
    """Answer one event; returns 0 when the answer is on standard output, 2 when only a block could be told.

    Raises ScrubjayError for a wrong command line.
    """
    chosen = options(arguments)
    raw: Any = None
    try:
        begin = monotonic()
        with _Watch(max(chosen.seconds, 1.0)):
            data = (stdin or sys.stdin.buffer).read(_LARGEST + 1)
        import json

        if len(data) > _LARGEST:
            raise ScrubjayError(f"an event of over {_LARGEST >> 20} MB", INCOMPLETE)
        raw = json.loads(data)
        if not isinstance(raw, dict):
            raise ScrubjayError("standard input is not an event: a JSON object is expected", INCOMPLETE)
        printed = answer(raw, chosen, begin)
    except Exception as error:  # noqa: BLE001
        # The message of an unknown error may quote what was read.
        why = str(error) if isinstance(error, ScrubjayError) else type(error).__name__
        return _failed(why, raw, chosen)
    if printed is not None:
        sys.stdout.write(json.dumps(printed) + "\n")
        sys.stdout.flush()
    return 0


def answer(raw: dict[str, Any], chosen: Options, begin: float = 0.0) -> dict[str, Any] | None:
    """Return the reply to an event, None for none; `begin` is when its time began, by default now.

    Raises what examining it raises.
    """
    from .decide import Settings
    from .dialects import dialect, speaker

    spoken = dialect(chosen.agent, raw)
    event = spoken.read(raw)
    if event.stage == OTHER:
        return None
    if event.stage == END:
        _scrub(event)
        return None
    ends = (begin or monotonic()) + chosen.seconds
    settings = Settings(speaker(raw) or chosen.agent, chosen.files, chosen.guard, chosen.policy)
    return spoken.reply(event, judged(event, settings, ends))


def judged(event: Event, settings: Settings, ends: float) -> Verdict:
    """Return the verdict on an event by the default rules; raises ScrubjayError without one at the time `ends`."""
    from ..patterns import Matcher
    from .decide import decide
    from .examine import Examiner
    from .policies import checkpoint

    matcher = Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))
    cwd = event.cwd if os.path.isabs(event.cwd) else os.getcwd()
    event = event._replace(cwd=cwd)
    # Not before: rules that have to be compiled once more shall be ready for the next event at least.
    left = ends - monotonic()
    if left <= 0:
        raise _Late
    with _Watch(left):
        return decide(event, Examiner(matcher, cwd, checkpoint(cwd, settings.agent, settings.policy)), settings)


def _scrub(event: Event) -> None:
    if not event.transcript or not os.path.isfile(event.transcript):
        return
    from .scrub import scrub_one

    scrub_one(event.transcript)


def _failed(why: str, raw: Any, chosen: Options) -> int:
    said = f"scrubjay: this could not be examined ({why})"
    _note(why, raw, chosen)
    if chosen.fail == "open":
        sys.stderr.write(f"{said}; it goes on unexamined, by --fail open\n")
        return 0
    sys.stderr.write(f"{said}; it was stopped, by --fail closed\n")
    try:
        import json

        from .dialects import dialect

        spoken: Dialect = dialect(chosen.agent, raw)
        event = spoken.read(raw)
        if event.stage in (OTHER, END):
            return 0
        verdict = Verdict(DENY, f"{said}, so it was stopped")
        if event.stage == AFTER:
            verdict = Verdict(REWRITE, verdict.reason, withheld(event.output))
        printed = spoken.reply(event, verdict)
        if printed is not None:
            sys.stdout.write(json.dumps(printed) + "\n")
            sys.stdout.flush()
            return 0
    except Exception:  # noqa: BLE001
        # Nothing of it can be relied on; the exit code says it all.
        pass
    return _BLOCK


def _note(why: str, raw: Any, chosen: Options) -> None:
    """Tell the data policy's audit of a failure. If that fails too, the answer is the same."""
    try:
        from .dialects import dialect, speaker
        from .policies import checkpoint

        event = dialect(chosen.agent, raw).read(raw)
        found = checkpoint(event.cwd or os.getcwd(), speaker(raw) or chosen.agent, chosen.policy)
        if found is not None and event.stage not in (OTHER, END):
            from .disclosure import record_failure

            record_failure(found, event.stage, why[:300], sent=chosen.fail == "open")
    except Exception:  # noqa: BLE001
        # What could not be read may fail here once more.
        pass


class _Late(ScrubjayError):
    def __init__(self) -> None:
        super().__init__("it took too long", INCOMPLETE)


class _Watch:
    """Raises _Late in its block after so many seconds, where the system can do that."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        try:
            from signal import ITIMER_REAL, SIGALRM, setitimer, signal
        except ImportError:
            return
        try:
            signal(SIGALRM, self._late)
            setitimer(ITIMER_REAL, self._seconds)
        except ValueError:
            # Not the main thread.
            return

    @staticmethod
    def _late(number: int, frame: Any) -> None:
        raise _Late

    def __exit__(self, *_: object) -> None:
        try:
            from signal import ITIMER_REAL, setitimer
        except ImportError:
            return
        try:
            setitimer(ITIMER_REAL, 0)
        except ValueError:
            return
