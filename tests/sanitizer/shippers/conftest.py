"""Real log shippers, unpacked from Debian's packages by .ci/shippers, run as private instances on this machine."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SECONDS = 60.0


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """Return the first true value; fails the test if there is none in time."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    return pytest.fail(f"waited too long for {what}")


@pytest.fixture(scope="session", name="wait_for")
def wait_for_fixture() -> Callable[[Callable[[], Any], str], Any]:
    """Waits until something is true, and returns it."""
    return wait_for


@pytest.fixture(scope="session")
def shippers() -> Path:
    """The folder of the unpacked shippers; CI must have it."""
    folder = os.environ.get("SCRUBJAY_SHIPPERS")
    if folder and (Path(folder) / "done").exists():
        return Path(folder).resolve()
    if os.environ.get("CI"):
        pytest.fail("CI must run the real shippers: SCRUBJAY_SHIPPERS is not a folder that .ci/shippers has made")
    pytest.skip("no real shippers: make them with `.ci/shippers FOLDER` (Debian 12) and set SCRUBJAY_SHIPPERS=FOLDER")


class Helper:
    """The filter as a shipper's helper: a script with an environment of its own, and the ids of its processes."""

    def __init__(self, folder: Path, cache: Path, words: list[str]) -> None:
        self.path = folder / "helper"
        self._pids = folder / "pids"
        settings = {name: os.environ[name] for name in ("SCRUBJAY_ENGINE", "PYTHONPATH") if name in os.environ}
        settings |= {"HOME": str(folder), "XDG_CACHE_HOME": str(cache)}
        command = ["env", "-i", *(f"{name}={value}" for name, value in settings.items())]
        command += [sys.executable, "-m", "scrubjay.cli", *words]
        quoted = " ".join(f"'{word}'" for word in command)
        self.path.write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin\necho $$ >> {self._pids}\nexec {quoted} "$@"\n')
        self.path.chmod(0o755)

    @property
    def pids(self) -> list[int]:
        """All processes so far, the latest last."""
        return [int(word) for word in self._pids.read_text().split()] if self._pids.exists() else []

    def signal(self, number: int) -> None:
        """Send a signal to the latest process, which may have ended already."""
        if self.pids:
            try:
                os.kill(self.pids[-1], number)
            except ProcessLookupError:
                pass

    def kill_at_random(self, times: int, done: Callable[[], bool], seed: int = 5) -> None:
        """Kill the helper some times while it works."""
        chance = random.Random(seed)
        for _ in range(times):
            if done():
                return
            time.sleep(0.05 + chance.random() / 10)
            self.signal(signal.SIGKILL)


@pytest.fixture(scope="session")
def cache_folder(once: Callable[..., Path]) -> Path:
    """A cache with the compiled rules that no other test changes: shippers do not wait for seconds."""

    def compile_rules(folder: Path) -> None:
        environment = {**os.environ, "XDG_CACHE_HOME": str(folder)}
        del environment["SCRUBJAY_CACHE_DIR"]
        command = [sys.executable, "-m", "scrubjay.cli", "filter"]
        subprocess.run(command, stdin=subprocess.DEVNULL, env=environment, check=True)

    return once("shippers", compile_rules)


@pytest.fixture
def helper(tmp_path: Path, cache_folder: Path) -> Callable[..., Helper]:
    """Makes the script for a protocol."""
    return lambda *words: Helper(tmp_path, cache_folder, ["filter", *words])


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a shipper, and ends it after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(command: list[str | Path], **environment: str) -> subprocess.Popen[bytes]:
        with open(tmp_path / "daemon.log", "ab") as log:
            process = subprocess.Popen(
                [os.fspath(word) for word in command],
                env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=tmp_path,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def port() -> int:
    """A port of the loopback address that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def send(port: int) -> Callable[..., None]:
    """Sends messages to the port, as a program on host `host` would: `<13>TIME HOST TAG: MESSAGE`."""

    def connected() -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            return None

    def deliver(*messages: bytes, tag: bytes = b"app[12]:", pause: float = 0.0) -> None:
        with wait_for(connected, "the shipper's port") as connection:
            for message in messages:
                connection.sendall(b"<13>Nov 23 10:00:00 host " + tag + b" " + message + b"\n")
                if pause:
                    time.sleep(pause)

    return deliver


@pytest.fixture
def numbered(secret: str) -> Callable[[int], list[bytes]]:
    """Makes messages with their number, every second one with a secret."""
    return lambda count: [
        b"number %d %b end" % (n, secret.encode() if n % 2 else b"of a plain message") for n in range(count)
    ]


def lines(path: Path) -> list[bytes]:
    """The whole lines of a file that may not exist yet."""
    data = path.read_bytes() if path.exists() else b""
    return data[: data.rfind(b"\n") + 1].splitlines()


@pytest.fixture
def collected(tmp_path: Path) -> Callable[..., list[bytes]]:
    """Waits until a file of the test's folder has so many lines, and returns all it has."""

    def wait(count: int, name: str = "out.log") -> list[bytes]:
        def enough() -> list[bytes]:
            found = lines(tmp_path / name)
            return found if len(found) >= count else []

        return wait_for(enough, f"{count} lines in {name}, which has {len(lines(tmp_path / name))}") if count else []

    return wait
