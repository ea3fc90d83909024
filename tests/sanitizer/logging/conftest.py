"""A process that is protected for the time of a test, loggers that leave nothing behind, programs run with Python."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scrubjay.patterns import Matcher
from scrubjay.sanitizer import logging as plugin


@pytest.fixture
def installed(matcher: Matcher) -> Iterator[plugin.Shield]:
    """The plug-in, installed for this test."""
    shield = plugin.install(matcher)
    yield shield
    plugin.uninstall()


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger of this test alone. It is in no tree, so that pytest's handlers are not attached to it."""
    made = logging.Logger("test")
    yield made
    for handler in made.handlers[:]:
        made.removeHandler(handler)
        handler.close()


@pytest.fixture
def out(logger: logging.Logger) -> io.StringIO:
    """What the logger's handler has written, message by message."""
    stream = io.StringIO()
    logger.addHandler(logging.StreamHandler(stream))
    return stream


class Keeper(logging.Handler):
    """Keeps records as they are given, like handlers that send them elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def keeper(logger: logging.Logger) -> Keeper:
    """A handler of the logger that formats nothing."""
    handler = Keeper()
    logger.addHandler(handler)
    return handler


@pytest.fixture
def run_python(tmp_path: Path, cache_folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs source code as a program of its own, in a folder of its own: one more argument each goes to sys.argv."""

    def run(source: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "program.py"
        path.write_text(source, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(path), *arguments],
            cwd=tmp_path,
            env={**os.environ, "XDG_CACHE_HOME": str(cache_folder), "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run
