"""`scrubjay filter --protocol`: the filter as a helper of a log shipper, by that shipper's rules of conversation."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...patterns.errors import INCOMPLETE, ScrubjayError
from ..signals import StopSignals
from ..stream import SIGPIPE_STATUS, Summary, _say
from .message import Messages

if TYPE_CHECKING:
    from ...patterns import Matcher

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


def run(
    make_matcher: Callable[[], Matcher], protocol: str, *, to: str | None = None, show_summary: bool = False,
    source_fd: int = 0, sink_fd: int = 1, diagnostics_fd: int = 2,
) -> int:  # fmt: skip
    """Serve one shipper until its pipe ends or a signal comes, and return the exit code, which is that of the filter.

    `to` is the file for masked lines (rsyslog-omprog, syslog-ng; optional for lines). The rules are loaded by
    `make_matcher` only after standard error has been put out of the way where it would disturb the conversation.
    Raises ScrubjayError, before anything is read, if the options don't go together or `to` can't be written.
    """
    from importlib import import_module

    name, needs_file = PROTOCOLS[protocol]
    if needs_file and to is None:
        raise ScrubjayError(f"--protocol {protocol} needs --to FILE: standard output does not go anywhere there")
    if to is not None and name != "lines":
        raise ScrubjayError(f"--to has no use with --protocol {protocol}")
    if protocol == MUTE:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, diagnostics_fd)
        os.close(null)
    summary = Summary()
    messages = Messages(make_matcher(), Note(diagnostics_fd))
    serve = import_module(f".{name}", __package__).serve
    with StopSignals() as signals:
        try:
            serve(Conversation(messages, summary, signals, protocol, to, source_fd, sink_fd, diagnostics_fd))
        except BrokenPipeError:
            summary.status = SIGPIPE_STATUS
        except OSError as error:
            summary.status = INCOMPLETE
            _say(diagnostics_fd, f"scrubjay: {error.strerror}\n")
        summary.masked = messages.masked
        summary.withheld, summary.withheld_bytes = messages.withheld, messages.withheld_bytes
        if signals.caught and summary.status != SIGPIPE_STATUS:
            summary.status = 128 + signals.caught
        elif summary.withheld and not summary.status:
            summary.status = INCOMPLETE
    if show_summary:
        _say(diagnostics_fd, summary.text())
    return summary.status


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
