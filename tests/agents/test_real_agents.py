"""The real Gemini CLI and the real Codex CLI, without a screen, against a fake model on loopback that asks for secrets.

`.ci/agents FOLDER` installs them; SCRUBJAY_AGENTS names the folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

pytestmark = pytest.mark.once

FOLDER = Path(os.environ.get("SCRUBJAY_AGENTS", "/nowhere")) / "node_modules"
GEMINI = FOLDER / "@google/gemini-cli/bundle/gemini.js"
CODEX = FOLDER / "@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex"
CODEX_SETTINGS = """
model = "fake"
model_provider = "fake"
[model_providers.fake]
name = "fake"
base_url = "{address}/v1"
wire_api = "responses"
supports_websockets = false
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
"""
GEMINI_SETTINGS = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "general": {"disableAutoUpdate": True},
    "privacy": {"usageStatisticsEnabled": False},
}


class Model:
    """A fake model: it asks for one tool after the other, then it is done. `bodies` is what it was sent."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.bodies: list[str] = []

    def answer(self, path: str, body: bytes) -> bytes:
        """Answer a request in the terms of whoever asks."""
        self.bodies.append(body.decode())
        asked = json.loads(body)
        return self._responses(asked) if path.endswith("/responses") else self._gemini(asked, stream="stream" in path)

    def _gemini(self, asked: dict[str, Any], *, stream: bool) -> bytes:
        number = sum("functionResponse" in part for item in asked["contents"] for part in item["parts"])
        if asked.get("tools") and number < len(self.calls):
            name, given = self.calls[number]
            part: dict[str, Any] = {"functionCall": {"name": name, "args": given}}
        else:
            part = {"text": "done"}
        content = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
        text = json.dumps({"candidates": [content], "usageMetadata": usage}).encode()
        return b"data: " + text + b"\r\n\r\n" if stream else text

    def _responses(self, asked: dict[str, Any]) -> bytes:
        number = sum(str(item.get("type", "")).endswith("_output") for item in asked["input"])
        if number < len(self.calls):
            name, given = self.calls[number]
            item = {"type": "function_call", "call_id": f"c{number}", "name": name, "arguments": json.dumps(given)}
        else:
            text = {"type": "output_text", "text": "done"}
            item = {"type": "message", "role": "assistant", "id": "m", "content": [text]}
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        events = [
            {"type": "response.created", "response": {"id": "r"}},
            {"type": "response.output_item.done", "item": item},
            {"type": "response.completed", "response": {"id": "r", "usage": usage}},
        ]
        return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in events)


@pytest.fixture
def model() -> Iterator[Model]:
    """The fake model, on a port of its own; `address` says where."""
    made = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(b'{"models": [], "data": []}')

        def do_POST(self) -> None:
            self._send(made.answer(self.path.partition("?")[0], self.rfile.read(int(self.headers["content-length"]))))

        def _send(self, data: bytes) -> None:
            kind = "text/event-stream" if data.startswith((b"data:", b"event:")) else "application/json"
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


class Session:
    """An agent in a project of its own, with a home of its own. `.env` has the secret, and no other file."""

    def __init__(self, agent: str, folder: Path, model: Any, environment: dict[str, str], secret: str) -> None:
        self.agent, self.model, self.secret = agent, model, secret
        self.home, self.project = folder / "agent-home", folder / "agent-project"
        self.home.mkdir()
        self.project.mkdir()
        (self.project / ".env").write_text(f"NAME=x\nGITHUB_TOKEN={secret}\n")
        subprocess.run(["git", "init", "-q", str(self.project)], check=True, env=environment)
        self.environment = {**environment, "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config")}
        self.environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1"}
        if agent == "codex":
            (self.home / ".codex").mkdir()
            (self.home / ".codex/config.toml").write_text(CODEX_SETTINGS.format(address=model.address))
            self.environment["CODEX_HOME"] = str(self.home / ".codex")
        else:
            (self.home / ".gemini").mkdir()
            (self.home / ".gemini/settings.json").write_text(json.dumps(GEMINI_SETTINGS))
            more = {"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": model.address}
            self.environment |= {**more, "GEMINI_CLI_TRUST_WORKSPACE": "true"}
        self.scrubjay("agent", "install", agent)

    def scrubjay(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run scrubjay as the agent's user."""
        command = [sys.executable, "-m", "scrubjay.cli", *words]
        return subprocess.run(
            command, env=self.environment, cwd=self.project, capture_output=True, text=True, check=False
        )

    def run(self, prompt: str) -> str:
        """One session with one prompt; returns what the agent printed."""
        if self.agent == "codex":
            flags = ["--dangerously-bypass-hook-trust", "--dangerously-bypass-approvals-and-sandbox"]
            command = [str(CODEX), "exec", *flags, "--skip-git-repo-check", prompt]
        else:
            command = [str(shutil.which("node")), str(GEMINI), "--yolo", "-m", "gemini-2.5-pro", "-p", prompt]
        done = subprocess.run(
            command, env=self.environment, cwd=self.project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=180, check=False,
        )  # fmt: skip
        return done.stdout

    def shell(self, command: str) -> tuple[str, dict[str, Any]]:
        """The call of a shell tool."""
        return (
            ("exec_command", {"cmd": command}) if self.agent == "codex" else ("run_shell_command", {"command": command})
        )

    def kept(self) -> list[str]:
        """The files in the agent's home that have the secret."""
        raw = self.secret.encode()
        files = [path for path in self.home.rglob("*") if path.is_file()]
        return [str(path.relative_to(self.home)) for path in files if raw in path.read_bytes()]


@pytest.fixture(params=["gemini", "codex"])
def session(request: Any, tmp_path: Path, model: Model, environment: dict[str, str], secret: str) -> Session:
    """A session with either agent; skipped, with the reason, where it is not installed."""
    program = {"gemini": GEMINI, "codex": CODEX}[request.param]
    if not program.exists() or (request.param == "gemini" and not shutil.which("node")):
        pytest.skip(f"{request.param} is not installed: run .ci/agents FOLDER (it needs npm), then set SCRUBJAY_AGENTS")
    return Session(request.param, tmp_path, model, environment, secret)


def told(model: Model) -> str:
    """All that the model was sent."""
    return "\n".join(model.bodies)


def test_a_file_with_a_secret_does_not_reach_the_model(session: Session) -> None:
    """`cat .env` is stopped before it runs: the secret is in no request, and in no file that the agent keeps."""
    session.model.calls = [session.shell("cat .env")]
    printed = session.run("show the settings")
    assert len(session.model.bodies) >= 2, printed
    assert session.secret not in told(session.model) + printed
    assert "github-pat-classic" in session.model.bodies[-1] and "scrubjay filter" in session.model.bodies[-1]
    assert session.kept() == []


def test_what_a_search_prints_is_masked(session: Session) -> None:
    """`grep -r` over a folder: the model gets the output masked; a raw copy on disk, if there is one, is scrubbed."""
    session.model.calls = [session.shell("grep -r TOKEN .")]
    printed = session.run("search for tokens")
    assert len(session.model.bodies) >= 2, printed
    assert session.secret not in told(session.model)
    assert "[REDACTED:github-pat-classic]" in session.model.bodies[-1]
    left = session.kept()
    print("kept:", left)
    # docs/agents/codex.md names this copy.
    assert left == [] or session.agent == "codex", left
    done = session.scrubjay("agent", "scrub", "--agent", session.agent, "--live")
    assert session.kept() == [], done.stdout + done.stderr


def test_a_secret_is_not_written(session: Session, make_secret: Callable[[str], str]) -> None:
    """A file that the model wants to write with a key is not written; the model's own call stays in its transcript."""
    key = make_secret("of the model")
    if session.agent == "codex":
        patch = f"apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: out.py\n+KEY = '{key}'\n*** End Patch\nEOF"
        session.model.calls = [session.shell(patch)]
    else:
        given = {"file_path": str(session.project / "out.py"), "content": f"KEY = '{key}'\n"}
        session.model.calls = [("write_file", given)]
    printed = session.run("write it")
    assert not (session.project / "out.py").exists(), printed
    assert "would write a secret" in session.model.bodies[-1] or "holds a secret" in session.model.bodies[-1]
    session.secret = key
    print("kept:", session.kept())
    session.scrubjay("agent", "scrub", "--agent", session.agent, "--live")
    assert session.kept() == []


def test_a_prompt_with_a_secret_is_not_sent(session: Session) -> None:
    """A key in the prompt stops it: the model is sent nothing of it; what the agent noted of it is masked by scrub."""
    printed = session.run(f"use this token: {session.secret}")
    assert session.secret not in told(session.model)
    assert "github-pat-classic" in printed or "UserPromptSubmit Blocked" in printed
    print("kept:", session.kept())
    session.scrubjay("agent", "scrub", "--agent", session.agent, "--live")
    assert session.kept() == []
