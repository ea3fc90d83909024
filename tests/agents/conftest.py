"""Events of agents, and the hook in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class Project:
    """A folder with a few files, one of them with a secret, and the hook run for it."""

    def __init__(self, path: Path, environment: dict[str, str], secret: str) -> None:
        self.path = path
        self.environment = environment
        self.secret = secret

    def run(self, agent: str, event: Any, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the hook with an event, or with any text, on its standard input."""
        command = [sys.executable, "-m", "scrubjay.cli", "agent", "hook", "--agent", agent, *options]
        text = event if isinstance(event, str) else json.dumps(event)
        return subprocess.run(
            command, input=text, capture_output=True, text=True, cwd=self.path, env=self.environment, check=False
        )

    def ask(self, agent: str, event: Any, *options: str) -> dict[str, Any]:
        """The reply to an event, {} for none. No output of the hook ever has the secret."""
        done = self.run(agent, event, *options)
        assert done.returncode == 0, done.stderr
        assert self.secret not in done.stdout + done.stderr
        reply: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
        return reply


@pytest.fixture
def project(tmp_path: Path, environment: dict[str, str], secret: str) -> Project:
    """A project with `.env`, which has a secret, and `notes.txt`, which has none."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".env").write_text(f"NAME=value\nGITHUB_TOKEN={secret}\n")
    (folder / "notes.txt").write_text("nothing to see\n")
    return Project(folder, environment, secret)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_folder: Path) -> Path:
    """A home folder for code that runs in this process."""
    folder = tmp_path / "somebody"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / ".local/share"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_folder))
    monkeypatch.setenv("SCRUBJAY_KEY", "test")
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "COPILOT_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def ask(home: Path, project: Project) -> Callable[..., dict[str, Any]]:
    """The reply to an event, in this process; {} for none."""
    from scrubjay.agents.hook import answer, options

    def reply(agent: str, event: dict[str, Any], *more: str) -> dict[str, Any]:
        found = answer(event, options(["--agent", agent, *more])) or {}
        assert project.secret not in json.dumps(found)
        return found

    return reply
