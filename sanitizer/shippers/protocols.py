"""`scrubjay filter --protocol`: the filter as a helper of a log shipper, by that shipper's rules of conversation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...patterns.errors import INCOMPLETE, ScrubjayError
from ..signals import StopSignals
from ..stream import SIGPIPE_STATUS, Extras, Summary, _say
from .message import Messages

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..examine import Examiner

# Protocol: (module, function), and whether what is masked goes to a file, since standard output has another use.
PROTOCOLS = {
    "lines": ("lines", False),
    "rsyslog-mmexternal": ("mmexternal", False),
    "rsyslog-omprog": ("lines", True),
    "syslog-ng": ("lines", True),
    "journald-export": ("journald", False),
}
# There standard error is the same pipe as standard output, so a word said there would be taken for a reply.
MUTE = "rsyslog-mmexternal"


def quiet(protocol: str, diagnostics_fd: int = 2) -> None:
    """Put standard error out of the way where it would disturb the conversation: to be called before anything else."""
    if protocol == MUTE:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, diagnostics_fd)
        os.close(null)


def run(
    matcher: Matcher | Examiner, protocol: str, *, to: str | None = None, show_summary: bool = False,
    source_fd: int = 0, sink_fd: int = 1, diagnostics_fd: int = 2, extras: Extras | None = None,
) -> int:  # fmt: skip
    """Serve one shipper until its pipe ends or a signal comes, and return the exit code, which is that of the filter.

    `to` is the file for masked lines (rsyslog-omprog, syslog-ng; optional for lines). Raises ScrubjayError, before
    anything is read, if the options don't go together or `to` can't be written.
    """
    from importlib import import_module

    extras = extras or Extras()
    name, needs_file = PROTOCOLS[protocol]
    if needs_file and to is None:
        raise ScrubjayError(f"--protocol {protocol} needs --to FILE: standard output does not go anywhere there")
    if to is not None and name != "lines":
        raise ScrubjayError(f"--to has no use with --protocol {protocol}")
    summary = Summary()
    quarantine = extras.quarantine
    messages = Messages(
        matcher, Note(diagnostics_fd), policy=extras.policy, spool=quarantine.keep if quarantine else None,
        audit=extras.audit,
    )  # fmt: skip
    summary.masked = messages.masked
    if extras.watch:
        extras.watch.summary = summary
    serve = import_module(f".{name}", __package__).serve
    with StopSignals(reload=extras.reload is not None) as signals:
        talk = Conversation(messages, summary, signals, protocol, to, source_fd, sink_fd, diagnostics_fd)
        if extras.reload is not None:
            signals.on_reload = lambda: _reload(talk, extras)
        try:
            serve(talk)
        except BrokenPipeError:
            summary.status = SIGPIPE_STATUS
        except OSError as error:
            summary.status = INCOMPLETE
            _say(diagnostics_fd, f"scrubjay: {error.strerror}\n")
        summary.withheld, summary.withheld_bytes = messages.withheld, messages.withheld_bytes
        summary.quarantine_lost = quarantine.lost if quarantine else 0
        if signals.caught and summary.status != SIGPIPE_STATUS:
            summary.status = 128 + signals.caught
        elif summary.withheld and not summary.status:
            summary.status = INCOMPLETE
    if show_summary:
        _say(diagnostics_fd, summary.text())
    return summary.status


def _reload(talk: Conversation, extras: Extras) -> None:
    """Read settings and known values again; whatever is wrong with them, the former stay in force."""
    assert extras.reload is not None
    try:
        setup = extras.reload()
    except Exception as error:  # noqa: BLE001
        talk.summary.reloads_refused += 1
        reason = str(error) if isinstance(error, ScrubjayError) else type(error).__name__
        talk.say(f"not reloaded, the former settings stay in force: {reason}")
        return
    talk.messages.use(setup.examiner, setup.policy)
    talk.summary.reloads += 1
    talk.say("reloaded")


class Note:
    """Says once that something was withheld, without any content."""

    def __init__(self, diagnostics_fd: int) -> None:
        self._fd = diagnostics_fd
        self._said = False

    def __call__(self, kind: str) -> None:
        if not self._said:
            self._said = True
            _say(self._fd, f"scrubjay: a message was withheld ({kind}); [REDACTED:error] stands in its place\n")


class Conversation:
    """What a protocol works with: the masks, the numbers, the descriptors."""

    __slots__ = ("diagnostics", "messages", "protocol", "signals", "sink", "source", "summary", "to")

    def __init__(
        self, messages: Messages, summary: Summary, signals: StopSignals, protocol: str, to: str | None,
        source: int, sink: int, diagnostics: int,
    ) -> None:  # fmt: skip
        self.messages = messages
        self.summary = summary
        self.signals = signals
        self.protocol = protocol
        self.to = to
        self.source = source
        self.sink = sink
        self.diagnostics = diagnostics

    def say(self, text: str) -> None:
        """Write a line for the operator to standard error."""
        _say(self.diagnostics, f"scrubjay: {text}\n")

    def write(self, data: bytes) -> None:
        """Write all of `data` to the sink; raises OSError."""
        self.summary.bytes_out += len(data)
        write_all(self.sink, data)


def write_all(fd: int, data: bytes) -> None:
    """Write all bytes, also to a descriptor that does not block; raises OSError."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            import select

            poll = select.poll()
            poll.register(fd, select.POLLOUT)
            poll.poll()
