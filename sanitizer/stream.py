"""`scrubjay filter`: copies one file descriptor to another, masked.

It waits for nothing that is complete, loses nothing that it has read, and passes nothing that was not examined.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from ..patterns.errors import INCOMPLETE, ScrubjayError
from .guard import Guard
from .signals import StopSignals
from .spans import Buffer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..patterns import Matcher
    from .audit import Audit
    from .examine import Examiner
    from .inputs import Packer, Unpacker
    from .jobs import Crew
    from .metrics import Watch
    from .policy import Policy
    from .quarantine import Quarantine
    from .settings import Setup

# Reads and pipes of this size stay in the processor's cache; larger ones were slower.
CHUNK = 1 << 20
# Seconds that an unfinished line may wait for its end.
IDLE = 0.2
SIGPIPE_STATUS = 141
# What any user may give a pipe.
_PIPE = 1 << 20
_BUFFERS_A_CALL = 512
_NEWLINE = 0x0A
# After a signal: how many more bytes of an unfinished line are taken, and how long each may take to come.
_LINE_REST = 8192
_LINE_END_MS = 50


class Summary:
    """What a run did: bytes read and written, markers by rule, pieces and bytes withheld, and the exit code.

    `status` is 0; 3 if a piece was withheld or a descriptor failed; 141 if the reader went away; 128 + the signal's
    number if one ended the run.
    """

    __slots__ = (
        "alerts", "bytes_in", "bytes_out", "masked", "quarantine_lost", "reloads", "reloads_refused", "status",
        "withheld", "withheld_bytes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.alerts = 0
        self.reloads = 0
        self.reloads_refused = 0
        self.quarantine_lost = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.masked: dict[str, int] = {}
        self.withheld = 0
        self.withheld_bytes = 0
        self.status = 0

    def text(self) -> str:
        """Return the numbers for people, one line each."""
        lines = [f"{self.bytes_in} bytes in, {self.bytes_out} bytes out, {sum(self.masked.values())} secrets masked"]
        by_count = sorted(self.masked.items(), key=lambda item: (-item[1], item[0]))
        lines += [f"  {count:7} {rule}" for rule, count in by_count]
        if self.withheld:
            lines.append(f"{self.withheld} pieces ({self.withheld_bytes} bytes) withheld after internal errors")
        if self.quarantine_lost:
            lines.append(f"{self.quarantine_lost} withheld bytes could not be kept in the quarantine file")
        return "".join(f"scrubjay: {line}\n" for line in lines)


class Extras(NamedTuple):
    """What a filter does besides masking. Each part is optional.

    `policy` says which mask for what; `reload` makes rules and policy anew, on SIGHUP; `quarantine` keeps what is
    withheld; `audit` notes each mask; `watch` shows the numbers; `packing` and `encoding` say what the input is in;
    `jobs` processes judge side by side.
    """

    policy: Policy | None = None
    reload: Callable[[], Setup] | None = None
    quarantine: Quarantine | None = None
    audit: Audit | None = None
    watch: Watch | None = None
    packing: str = ""
    encoding: str = "utf-8"
    jobs: int = 1


def run(
    matcher: Matcher | Examiner, source_fd: int = 0, sink_fd: int = 1, *, diagnostics_fd: int = 2,
    show_summary: bool = False, extras: Extras | None = None,
) -> int:  # fmt: skip
    """Run `pump` and return its exit code; `show_summary` writes the numbers to `diagnostics_fd` at the end."""
    summary = pump(matcher, source_fd, sink_fd, diagnostics_fd=diagnostics_fd, extras=extras)
    if show_summary:
        _say(diagnostics_fd, summary.text())
    return summary.status


def pump(
    matcher: Matcher | Examiner,
    source_fd: int = 0,
    sink_fd: int = 1,
    *,
    diagnostics_fd: int = 2,
    chunk: int = 0,
    idle: float = IDLE,
    extras: Extras | None = None,
) -> Summary:
    """Copy `source_fd` to `sink_fd` until it ends, with every secret masked, and return what was done.

    SIGTERM, SIGINT and SIGHUP end the run after all that was read, and all that is in the pipe, has been written; a
    second one ends the process at once. With a way to reload, SIGHUP does that instead. Raises ScrubjayError, before
    anything is read, if a descriptor can't be used.
    """
    extras = extras or Extras()
    if not chunk:
        chunk = CHUNK
        if extras.jobs > 1:
            from .jobs import piece_size

            chunk = piece_size(extras.jobs)
    _check(source_fd, sink_fd)
    for fd in (source_fd, sink_fd):
        _enlarge(fd, min(chunk, _PIPE))
    with StopSignals(reload=extras.reload is not None) as signals:
        return _Pump(matcher, source_fd, sink_fd, diagnostics_fd, chunk, idle, signals, extras).run()


class Damaged(Exception):
    """Packed input can't be unpacked any further; the message says why, without content."""


class _ReadError(Exception):
    """Reading failed, which must not be mistaken for a failed write."""


class _Pump:
    def __init__(
        self, matcher: Matcher | Examiner, source: int, sink: int, diagnostics: int, chunk: int, idle: float,
        signals: StopSignals, extras: Extras,
    ) -> None:  # fmt: skip
        self._source = source
        self._sink = sink
        self._diagnostics = diagnostics
        self._chunk = chunk
        self._idle = idle
        self._signals = signals
        signals.on_reload = self._reload
        self._extras = extras
        self._summary = Summary()
        self._guard = self._made_guard(matcher)
        self._summary.masked = self._guard.masked
        if extras.watch:
            extras.watch.summary = self._summary
        # Only input that is packed goes the longer way.
        self._unpacker: Unpacker | None = None
        self._packer: Packer | None = None
        if extras.packing or extras.encoding != "utf-8":
            from .inputs import Packer, Unpacker

            self._unpacker = Unpacker(extras.packing, extras.encoding)
            self._packer = Packer(self._unpacker) if extras.encoding != "utf-8" else None
        # When the oldest byte that may be flushed came; 0.0 when there is none.
        self._waiting_since = 0.0
        self._in_line = False
        self._poll = select.poll()
        self._poll.register(source, select.POLLIN)
        self._poll.register(signals.fd, select.POLLIN)
        # Where helpers tell that they have judged something.
        self._ready_fd = getattr(self._guard, "fd", -1)
        if self._ready_fd >= 0:
            self._poll.register(self._ready_fd, select.POLLIN)

    def _made_guard(self, matcher: Matcher | Examiner) -> Guard | Crew:
        extras = self._extras
        spool = extras.quarantine.keep if extras.quarantine else lambda raw: None
        tell = None
        if audit := extras.audit:
            tell = lambda events, place: audit.masks(events, place, "offset")  # noqa: E731
        if extras.jobs == 1:
            return Guard(matcher, self._on_withheld, policy=extras.policy, spool=spool, tell=tell)
        from .jobs import Crew

        return Crew(extras.jobs, matcher, self._on_withheld, policy=extras.policy, spool=spool, tell=tell)

    def run(self) -> Summary:
        summary = self._summary
        try:
            try:
                self._copy()
                if self._unpacker and not self._signals.caught:
                    self._feed(self._unpacker.finish())
            except (_ReadError, Damaged) as error:
                summary.status = INCOMPLETE
                self._say(f"cannot read the input: {error}")
            self._write(self._guard.finish())
            if self._unpacker and self._unpacker.rest:
                self._packer = None
                self._write([self._unpacker.rest])
        except BrokenPipeError:
            # As `cat` does, whatever else happened: a shell shows 141 for a command that SIGPIPE has ended.
            summary.status = SIGPIPE_STATUS
        except OSError as error:
            summary.status = INCOMPLETE
            self._say(f"cannot write the output: {error.strerror}")
        self._count()
        if self._signals.caught and summary.status != SIGPIPE_STATUS:
            summary.status = 128 + self._signals.caught
        elif summary.withheld and not summary.status:
            summary.status = INCOMPLETE
        return summary

    def _count(self) -> None:
        summary, quarantine = self._summary, self._extras.quarantine
        summary.withheld, summary.withheld_bytes = self._guard.withheld, self._guard.withheld_bytes
        summary.quarantine_lost = quarantine.lost if quarantine else 0

    def _copy(self) -> None:
        while True:
            readable = self._wait()
            if self._signals.caught:
                self._drain()
                return
            self._signals.run_reload()
            if readable and not self._step(self._chunk):
                return
            if self._waiting_since and monotonic() - self._waiting_since >= self._idle:
                self._waiting_since = 0.0
                self._write(self._guard.flush())

    def _reload(self) -> None:
        """Read rules' settings and known values again; whatever is wrong with them, the former stay in force."""
        assert self._extras.reload is not None
        try:
            setup = self._extras.reload()
        except Exception as error:  # noqa: BLE001
            self._summary.reloads_refused += 1
            reason = str(error) if isinstance(error, ScrubjayError) else type(error).__name__
            self._say(f"not reloaded, the former settings stay in force: {reason}")
            return
        self._write(self._guard.drain())
        self._guard.use(setup.examiner, setup.policy)
        self._summary.reloads += 1
        self._say("reloaded" + (f": {setup.known.count} known values" if setup.known else ""))

    def _wait(self) -> bool:
        """Wait for input, a signal, or the time to flush; True if there is input."""
        timeout = None
        if self._waiting_since:
            timeout = max(0.0, self._waiting_since + self._idle - monotonic()) * 1000 + 1
        events = dict(self._poll.poll(timeout))
        if self._signals.fd in events:
            self._signals.clear()
        if self._ready_fd in events:
            self._write(self._guard.ready())
        return self._source in events

    def _readable_now(self) -> bool:
        return self._source in dict(self._poll.poll(0))

    def _step(self, size: int) -> int:
        """Read once, and write what that completes; returns the bytes read, 0 at the end, -1 if there was nothing."""
        try:
            view = self._guard.room(size)
            count = os.readv(self._source, [view])
        except BlockingIOError:
            return -1
        except OSError as error:
            raise _ReadError(error.strerror) from None
        if count:
            if self._ready_fd >= 0:
                count = self._filled(view, count)
            self._summary.bytes_in += count
            self._in_line = view[count - 1] != _NEWLINE
            if self._unpacker:
                done = self._feed(self._unpacker.feed(view[:count]))
            else:
                done = bool(written := self._guard.took(count))
                self._write(written)
            if not self._guard.held:
                self._waiting_since = 0.0
            elif done or not self._waiting_since:
                self._waiting_since = monotonic()
        return count

    def _filled(self, view: memoryview, count: int) -> int:
        """Read on while there is something at once, for helpers need much to be worth their hand-over."""
        while count < len(view) and self._readable_now():
            try:
                more = os.readv(self._source, [view[count:]])
            except OSError:
                # The next read tells.
                break
            if not more:
                break
            count += more
        return count

    def _feed(self, blocks: Iterable[bytes]) -> bool:
        """Mask and write unpacked blocks; True if something was written."""
        done = False
        for block in blocks:
            if written := self._guard.feed(block):
                done = True
                self._write(written)
        return done

    def _drain(self) -> None:
        """After a signal, take what is in the pipe by now, and no more, for its writers may never stop."""
        mode = os.fstat(self._source).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            return
        from fcntl import ioctl
        from termios import FIONREAD

        left = int.from_bytes(ioctl(self._source, FIONREAD, bytes(4)), sys.byteorder)
        while left > 0 and self._readable_now():
            count = self._step(min(left, self._chunk))
            if count <= 0:
                return
            left -= count
        # Half a line may end in half a secret, so a writer that is in the middle of one gets a moment to end it.
        for _ in range(_LINE_REST):
            if not self._in_line or self._source not in dict(self._poll.poll(_LINE_END_MS)) or self._step(1) <= 0:
                return

    def _write(self, buffers: list[Buffer]) -> None:
        if self._packer:
            buffers = [packed] if (packed := self._packer.pack(b"".join(buffers))) else []
        first = 0
        while first < len(buffers):
            some = buffers[first : first + _BUFFERS_A_CALL]
            try:
                count = os.writev(self._sink, some)
            except BlockingIOError:
                writable = select.poll()
                writable.register(self._sink, select.POLLOUT)
                writable.poll()
                continue
            self._summary.bytes_out += count
            for buffer in some:
                if count < len(buffer):
                    buffers[first] = memoryview(buffer)[count:]
                    break
                count -= len(buffer)
                first += 1

    def _on_withheld(self, kind: str) -> None:
        self._count()
        if self._guard.withheld == 1:
            self._say(f"a piece was withheld after an internal error ({kind}); the output says [REDACTED:error] there")

    def _say(self, text: str) -> None:
        _say(self._diagnostics, f"scrubjay: {text}\n")


def _say(fd: int, text: str) -> None:
    try:
        os.write(fd, text.encode("utf-8", "replace"))
    except OSError:
        # Nobody can be told; the exit code still tells.
        pass


def _check(source_fd: int, sink_fd: int) -> None:
    """Refuse descriptors that can't work, and a file that would be read and written at once."""
    from fcntl import F_GETFL, fcntl

    for fd, name, wrong in ((source_fd, "input", os.O_WRONLY), (sink_fd, "output", os.O_RDONLY)):
        try:
            info = os.fstat(fd)
            mode = fcntl(fd, F_GETFL) & os.O_ACCMODE
        except OSError as error:
            raise ScrubjayError(f"the {name} can't be used: {error.strerror}") from None
        if stat.S_ISDIR(info.st_mode):
            raise ScrubjayError(f"the {name} is a directory")
        if mode == wrong:
            raise ScrubjayError(f"the {name} is not open for {'reading' if name == 'input' else 'writing'}")
    source, sink = os.fstat(source_fd), os.fstat(sink_fd)
    same = (source.st_dev, source.st_ino) == (sink.st_dev, sink.st_ino)
    if same and stat.S_ISREG(source.st_mode) and os.lseek(source_fd, 0, os.SEEK_CUR) < source.st_size:
        raise ScrubjayError("the input file is the output file")


def _enlarge(fd: int, size: int) -> None:
    """Give a pipe room for a whole chunk: the default of 64 KiB halves the speed."""
    import fcntl

    set_size, get_size = getattr(fcntl, "F_SETPIPE_SZ", None), getattr(fcntl, "F_GETPIPE_SZ", None)
    try:
        if set_size and get_size and fcntl.fcntl(fd, get_size) < size:
            fcntl.fcntl(fd, set_size, size)
    except OSError:
        # Not a pipe, or the system allows no more.
        pass
