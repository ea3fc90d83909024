"""How the filter ends: by signals, by readers that go away. Nothing that it has read is lost."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from scrubjay.patterns import Matcher
from scrubjay.sanitizer import redact

Start = Callable[..., "subprocess.Popen[bytes]"]
PATIENCE = 60


class Writer(threading.Thread):
    """Writes numbered lines, every tenth with a secret, until the pipe closes; `sent` is all that a write took."""

    def __init__(self, fd: int, line: bytes) -> None:
        super().__init__()
        self._fd = fd
        self._line = line
        self.stop = False
        self.sent: list[bytes] = []

    def run(self) -> None:
        """Write until told to stop."""
        number = 0
        while not self.stop:
            block = b"".join(
                b"line %d %b" % (number + index, self._line if index % 10 == 0 else b"nothing here\n")
                for index in range(100)
            )
            number += 100
            count = os.write(self._fd, block)
            self.sent.append(block[:count])
        os.close(self._fd)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_in_a_busy_stream_loses_nothing(
    start: Start, matcher: Matcher, line: bytes, number: signal.Signals, status: int
) -> None:
    """What came out, masked, and what is left in the pipe are what was written, parted at the end of a line."""
    read, write = os.pipe()
    process = start(stdin=read)
    writer = Writer(write, line)
    writer.start()
    assert process.stdout
    out = b""
    while len(out) < 3_000_000:
        out += process.stdout.read(1 << 16)
    process.send_signal(number)
    while block := process.stdout.read(1 << 16):
        out += block
    assert process.wait(PATIENCE) == status
    writer.stop = True
    left = b""
    while block := _read_some(read, writer):
        left += block
    writer.join()
    os.close(read)
    sent = b"".join(writer.sent)
    assert sent.endswith(left)
    assert out == redact(matcher, sent[: len(sent) - len(left)])
    assert out.endswith(b"\n")
    assert process.stderr
    assert process.stderr.read() == b""


def _read_some(fd: int, writer: Writer) -> bytes:
    readable, _, _ = select.select([fd], [], [], PATIENCE)
    assert readable
    return os.read(fd, 1 << 20)


def test_a_signal_on_a_quiet_stream_writes_what_was_held(start: Start) -> None:
    """The unfinished word comes out, and the process ends although its input stays open."""
    process = start()
    assert process.stdin and process.stdout
    process.stdin.write(b"Your password: jo")
    assert os.read(process.stdout.fileno(), 100) == b"Your password: "
    process.send_signal(signal.SIGTERM)
    assert process.stdout.read() == b"jo"
    assert process.wait(PATIENCE) == 143


def test_what_is_in_the_pipe_at_the_signal_is_written(start: Start, matcher: Matcher, line: bytes) -> None:
    """Lines that were written before the signal come out, masked, although nothing had read them."""
    process = start()
    assert process.stdin and process.stdout
    process.stdin.write(b"ready\n")
    assert os.read(process.stdout.fileno(), 100) == b"ready\n"
    process.send_signal(signal.SIGSTOP)
    process.stdin.write(line * 500)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    assert process.stdout.read() == redact(matcher, line * 500)
    assert process.wait(PATIENCE) == 143


def test_two_signals_at_once_are_one_request(start: Start, line: bytes, matcher: Matcher) -> None:
    """`timeout` signals a process and its group: the second one must not cut the output off."""
    process = start()
    assert process.stdin and process.stdout
    process.stdin.write(b"ready\n")
    assert os.read(process.stdout.fileno(), 100) == b"ready\n"
    process.send_signal(signal.SIGSTOP)
    process.stdin.write(line * 100)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGCONT)
    assert process.stdout.read() == redact(matcher, line * 100)
    assert process.wait(PATIENCE) in (143, 129)


def test_a_second_signal_ends_a_process_that_can_not_write(start: Start, line: bytes) -> None:
    """When the reader has stopped reading, the first signal waits for it and a later one does not."""
    read, write = os.pipe()
    process = start(stdin=read)
    writer = Writer(write, line)
    writer.start()
    try:
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(0.3)
            except subprocess.TimeoutExpired:
                pass
        assert process.returncode in (-signal.SIGTERM, 143)
    finally:
        writer.stop = True
        while os.read(read, 1 << 20):
            pass
        writer.join()
        os.close(read)


def test_ignored_signals_stay_ignored(start: Start) -> None:
    """Under `nohup` a hang-up changes nothing."""
    process = start(command=["sh", "-c", 'trap "" HUP; exec "$0" -m scrubjay.cli filter', sys.executable])
    assert process.stdin and process.stdout
    process.stdin.write(b"one\n")
    assert os.read(process.stdout.fileno(), 100) == b"one\n"
    process.send_signal(signal.SIGHUP)
    process.stdin.write(b"two\n")
    assert os.read(process.stdout.fileno(), 100) == b"two\n"
    out, error = process.communicate(timeout=PATIENCE)
    assert (out, error, process.returncode) == (b"", b"", 0)


def test_a_reader_that_leaves_ends_the_filter_quietly(tmp_path: Path, line: bytes) -> None:
    """`scrubjay filter | head -1` prints one line and nothing on standard error."""
    endless = "while :; do echo a line of text; done 2>/dev/null"
    script = f'{endless} | {{ "$0" -m scrubjay.cli filter; echo $? >status; }} | head -n 1'
    result = subprocess.run(["sh", "-c", script, sys.executable], cwd=tmp_path, capture_output=True, timeout=PATIENCE)
    assert result.stdout == b"a line of text\n"
    assert result.stderr == b""
    assert (tmp_path / "status").read_text() == "141\n"


def test_a_reader_that_leaves_during_the_last_writes(start: Start, line: bytes) -> None:
    """A signal and a closed output together still end quietly."""
    process = start()
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(b"ready\n")
    assert os.read(process.stdout.fileno(), 100) == b"ready\n"
    process.send_signal(signal.SIGSTOP)
    process.stdin.write(line * 100)
    process.stdout.close()
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    assert process.wait(PATIENCE) == 141
    assert process.stderr.read() == b""
