"""Real processes and pipes for the filter, and fake secrets that are assembled at run time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.sanitizer import Summary, pump

COMMAND = [sys.executable, "-m", "scrubjay.cli", "filter"]


@pytest.fixture(scope="session")
def matcher() -> Matcher:
    """The matcher with all shipped rules."""
    return Matcher.default()


@pytest.fixture(scope="session")
def password() -> bytes:
    """A fake password that no placeholder filter takes for a dummy."""
    return b"x7Kp" + b"2mQz" + b"9wLr"


@pytest.fixture(scope="session")
def line(password: bytes) -> bytes:
    """A log line with one secret, the password of a URL."""
    return b"conn=postgres://app:" + password + b"@db.internal:5432/app ok\n"


@pytest.fixture(scope="session")
def private_key() -> bytes:
    """A fake private key block of 40 lines, too regular to be a key of anybody."""
    import base64
    import hashlib

    body = b"\x30\x82\x07\x00" + b"".join(hashlib.sha256(b"scrubjay %d" % n).digest() for n in range(60))[:1788]
    text = base64.b64encode(body)
    lines = [text[low : low + 64] for low in range(0, len(text), 64)]
    kind = b"PRIVATE" + b" KEY-----\n"
    return b"-----BEGIN " + kind + b"\n".join(lines) + b"\n-----END " + kind


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts the filter as its own process, with pipes; kills what a failing test leaves behind."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*args: str, command: list[str] = COMMAND, **options: Any) -> subprocess.Popen[bytes]:
        for stream in ("stdin", "stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        process = subprocess.Popen([*command, *args], bufsize=0, **options)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


@pytest.fixture(scope="session")
def through_pipes() -> Callable[..., tuple[bytes, Summary]]:
    """Sends chunks through `pump` over two real pipes, one write a chunk, and returns the output and the summary."""

    def send(matcher: Matcher, chunks: Iterable[bytes], **options: Any) -> tuple[bytes, Summary]:
        source_read, source_write = os.pipe()
        sink_read, sink_write = os.pipe()
        out: list[bytes] = []

        def write() -> None:
            with os.fdopen(source_write, "wb", buffering=0) as stream:
                for chunk in chunks:
                    view = memoryview(chunk)
                    while view:
                        view = view[stream.write(view) :]

        def read() -> None:
            with os.fdopen(sink_read, "rb", buffering=0) as stream:
                while block := stream.read(1 << 16):
                    out.append(block)

        threads = [threading.Thread(target=write), threading.Thread(target=read)]
        for thread in threads:
            thread.start()
        try:
            summary = pump(matcher, source_read, sink_write, **options)
        finally:
            os.close(source_read)
            os.close(sink_write)
            for thread in threads:
                thread.join()
        return b"".join(out), summary

    return send
