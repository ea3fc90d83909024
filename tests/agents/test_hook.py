"""The hook as a program: failures, the allow list, start-up; and its installer, which keeps all other settings."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROMPT = {"session_id": "s", "transcript_path": "", "hook_event_name": "UserPromptSubmit"}


def prompt(project: Any, text: str) -> dict[str, Any]:
    """A prompt of Claude Code."""
    return {**PROMPT, "cwd": str(project.path), "prompt": text}


def test_what_is_not_an_event_is_stopped(project: Any) -> None:
    """Closed, which is the default, ends with 2 for what can't be read; open ends with 0 and says it."""
    for text in ("", "{", "[1]", '"x"', "nothing"):
        closed = project.run("claude-code", text)
        assert closed.returncode == 2 and not closed.stdout and "could not be examined" in closed.stderr
        opened = project.run("claude-code", text, "--fail", "open")
        assert opened.returncode == 0 and not opened.stdout and "goes on unexamined" in opened.stderr


def test_an_event_that_takes_too_long_is_stopped(project: Any) -> None:
    """At the end of its time the hook answers as for any failure, before the agent would go on without it."""
    asked = {"hook_event_name": "BeforeAgent", "cwd": str(project.path), "prompt": "x"}
    reply = project.ask("gemini", asked, "--time", "0.0001")
    assert reply["decision"] == "deny" and "took too long" in reply["reason"]
    after = {
        "hook_event_name": "PostToolUse", "session_id": "s", "transcript_path": "", "cwd": "/", "tool_name": "Bash",
        "tool_response": {"stdout": project.secret, "stderr": "", "isImage": False},
    }  # fmt: skip
    reply = project.ask("claude-code", after, "--time", "0.0001")
    output = reply["hookSpecificOutput"]["updatedToolOutput"]
    assert output == {"stdout": "[REDACTED:error]", "stderr": "", "isImage": False}


def test_a_broken_baseline_stops(project: Any) -> None:
    """An allow list that can't be read allows nothing, and the event that needs it is not let through."""
    (project.path / ".scrubjay-baseline").write_text("nonsense here\n")
    reply = project.ask("claude-code", prompt(project, f"use {project.secret}"))
    assert reply["decision"] == "block"


def test_a_wrong_command_line_is_told(project: Any) -> None:
    """An unknown agent ends with 2 and names those that there are."""
    done = project.run("emacs", "{}")
    assert done.returncode == 2 and "claude-code" in done.stderr and not done.stdout


def test_a_false_alarm_is_allowed_by_its_fingerprint(project: Any) -> None:
    """The command of the message allows it, everywhere and for good; the file has no value, and a reason is needed."""
    event = prompt(project, f"use {project.secret}")
    reason = project.ask("claude-code", event)["reason"]
    command = reason.partition("allow it: scrubjay ")[2].partition(" --reason")[0].split()
    run = [sys.executable, "-m", "scrubjay.cli", *command]
    options: dict[str, Any] = {"env": project.environment, "cwd": project.path, "capture_output": True, "text": True}
    assert subprocess.run(run, **options).returncode == 2
    assert subprocess.run([*run, "--reason", "\n"], **options).returncode == 2
    done = subprocess.run([*run, "--reason", "a key of the tests"], **options)
    assert done.returncode == 0, done.stderr
    assert project.secret not in Path(done.stdout.split(" in ", 1)[1].strip()).read_text()
    assert project.ask("claude-code", event) == {}
    assert project.ask("claude-code", prompt(project, "see @.env")) == {}
    unknown = [*run[:-1], "github-pat-classic:0000000000000000", "--reason", "x"]
    assert subprocess.run(unknown, **options).returncode == 2


def test_the_repository_s_baseline_counts(project: Any) -> None:
    """What the baseline of the repository allows is allowed here too."""
    from scrubjay.scanner.baseline import Entry, new

    made = new(str(project.path / ".scrubjay-baseline"))
    name = made.keys[0].identify("github-pat-classic", project.secret.encode())
    made._replace(entries=(Entry(name, audit="false", reason="a key of the tests"),)).save()
    assert project.ask("codex", {**prompt(project, f"use {project.secret}"), "turn_id": "t"}) == {}


def test_a_marker_counts_in_files_not_in_what_the_agent_says(project: Any) -> None:
    """`scrubjay:ignore` in a file lets it pass; an agent can't write it to get around the check."""
    line = f"T = '{project.secret}'  # scrubjay:ignore[github-pat-classic] a key of the tests\n"
    (project.path / "a.py").write_text(line)
    base = {"session_id": "s", "transcript_path": None, "turn_id": "t", "cwd": str(project.path), "tool_use_id": "u"}
    read = {**base, "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": "cat a.py"}}
    assert project.ask("codex", read) == {}
    write = {**read, "tool_name": "apply_patch", "tool_input": {"command": f"*** Begin Patch\n+{line}*** End Patch"}}
    assert project.ask("codex", write)["hookSpecificOutput"]["permissionDecision"] == "deny"


def test_encoded_secrets_count(ask: Any, project: Any) -> None:
    """In base64 or hex, also twice: a prompt is stopped, and all that encodes the secret is masked in an output."""
    raw = project.secret.encode()
    once, twice = base64.b64encode(raw).decode(), base64.b64encode(base64.b64encode(b"token " + raw)).decode()
    for text in (once, twice, raw.hex()):
        assert ask("claude-code", prompt(project, f"decode {text} please"))["decision"] == "block"
        event = {
            "hook_event_name": "PostToolUse", "session_id": "s", "transcript_path": "", "cwd": str(project.path),
            "tool_name": "Bash", "tool_input": {"command": "x"}, "tool_use_id": "u",
            "tool_response": {"stdout": f"data: {text}\nend", "stderr": ""},
        }  # fmt: skip
        reply = ask("claude-code", event)
        output = reply["hookSpecificOutput"]["updatedToolOutput"]["stdout"]
        # What encodes "token ", and what fills base64 up, stays.
        assert "[REDACTED:github-pat-classic]" in output and output.startswith("data: ") and output.endswith("\nend")
        assert text[24:40] not in output and len(output) < 60


def test_a_file_in_a_commit_counts(project: Any) -> None:
    """`git show REV:PATH` is examined like the file."""
    for words in (["init", "-q"], ["add", ".env"], ["commit", "-q", "--no-verify", "-m", "x"]):
        subprocess.run(["git", *words], cwd=project.path, env=project.environment, check=True)
    (project.path / ".env").unlink()
    event = {
        "session_id": "s", "transcript_path": None, "turn_id": "t", "cwd": str(project.path), "tool_use_id": "u",
        "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": "git show HEAD:.env"},
    }  # fmt: skip
    assert "HEAD:.env:2" in project.ask("codex", event)["hookSpecificOutput"]["permissionDecisionReason"]


def test_a_session_s_end_scrubs_its_transcript(project: Any) -> None:
    """At the end of a session its transcript is masked."""
    path = project.path.parent / "s.jsonl"
    path.write_text(json.dumps({"message": {"content": f"T={project.secret}"}}) + "\n")
    event = {**PROMPT, "hook_event_name": "SessionEnd", "cwd": "/", "transcript_path": str(path), "reason": "exit"}
    assert project.ask("claude-code", event) == {}
    assert project.secret not in path.read_text() and "REDACTED" in path.read_text()


def test_who_speaks_is_known(ask: Any, project: Any) -> None:
    """Cursor reads Claude Code's settings: its event gets its own answer."""
    event = {"hook_event_name": "beforeSubmitPrompt", "cursor_version": "3", "prompt": project.secret}
    assert ask("claude-code", event)["continue"] is False


def test_a_clean_event_loads_little(project: Any) -> None:
    """The hook of an agent starts without click and what else a clean event does not need."""
    event = json.dumps(prompt(project, "hello"))
    project.run("claude-code", event)
    code = (
        "import sys\nfrom scrubjay.cli import main\ncode = main(['agent', 'hook', '--agent', 'claude-code'])\n"
        "sys.stderr.write(' '.join(sys.modules))\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=event, env=project.environment, capture_output=True, text=True, check=True
    )
    unneeded = {"click", "rich", "orjson", "regex", "tomllib", "subprocess", "logging", "hashlib", "glob"}
    loaded = set(done.stderr.split())
    assert not unneeded & loaded
    assert not [name for name in loaded if name.startswith("scrubjay.sanitizer")], "without a policy, nothing of it"


class Installer:
    """The installer, in a home of its own."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self.home = Path(environment["HOME"])
        self.folder = folder
        folder.mkdir()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `scrubjay agent` with these words."""
        command = [sys.executable, "-m", "scrubjay.cli", "agent", *words]
        return subprocess.run(
            command, env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False
        )


@pytest.fixture
def installer(environment: dict[str, str], tmp_path: Path) -> Installer:
    """An installer in a home of its own; what a test's own Python has beside it is the program."""
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return Installer(environment, tmp_path / "work")


SETTINGS = {
    "claude-code": ".claude/settings.json", "codex": ".codex/hooks.json", "cursor": ".cursor/hooks.json",
    "gemini": ".gemini/settings.json", "copilot-cli": ".copilot/hooks/scrubjay.json",
    "vscode": ".copilot/hooks/scrubjay.json",
}  # fmt: skip


@pytest.mark.parametrize("agent", SETTINGS)
def test_an_installation_keeps_the_rest(installer: Installer, agent: str) -> None:
    """Other settings and hooks stay, in order and indented as before; twice is once; uninstalled, all is as it was."""
    path = installer.home / SETTINGS[agent]
    path.parent.mkdir(parents=True)
    event = "preToolUse" if agent == "cursor" else "BeforeTool" if agent == "gemini" else "PreToolUse"
    mine = {"command": "mine"} if agent in ("cursor", "copilot-cli", "vscode") else {"hooks": [{"command": "mine"}]}
    before = {"zeta": {"b": 1, "a": "\u00e9"}, "hooks": {event: [mine], "Other": []}, "alpha": [1]}
    if agent in ("cursor", "copilot-cli", "vscode"):
        before = {"version": 1, **before}
    text = json.dumps(before, indent=4, ensure_ascii=False) + "\n"
    path.write_text(text)
    assert installer.run("install", agent).returncode == 0
    once = path.read_text()
    assert "already" in installer.run("install", agent).stdout and path.read_text() == once
    value = json.loads(once)
    assert list(value) == list(before) and value["hooks"][event][0] == mine and len(value["hooks"][event]) == 2
    assert '\n    "zeta"' in once and "\u00e9" in once
    assert installer.run("uninstall", agent).returncode == 0
    assert json.loads(path.read_text()) == before
    assert installer.run("uninstall", agent).returncode == 0


def test_a_project_s_installation(installer: Installer) -> None:
    """With --project the hook is in the project's files; uninstalled, a file that was only ours is gone."""
    assert installer.run("install", "all", "--project").returncode == 0
    names = {str(path.relative_to(installer.folder)) for path in installer.folder.rglob("*.json")}
    assert names == {
        ".claude/settings.json", ".codex/hooks.json", ".cursor/hooks.json", ".gemini/settings.json",
        ".github/hooks/scrubjay.json",
    }  # fmt: skip
    assert installer.run("status").returncode == 0
    assert installer.run("uninstall", "all", "--project").returncode == 0
    assert not list(installer.folder.rglob("*.json"))


def test_who_shares_a_file_is_told(installer: Installer) -> None:
    """Copilot CLI and VS Code read the same file: who takes the hook out for one hears that the other has none now."""
    assert installer.run("install", "copilot-cli").returncode == 0
    said = installer.run("uninstall", "vscode").stdout
    assert "taken out of" in said and "copilot-cli reads that file too" in said
    assert installer.run("install", "all").returncode == 0
    said = installer.run("uninstall", "all").stdout
    assert said.count("taken out of") == 6 and "note" not in said


def test_settings_that_are_no_json_are_left_alone(installer: Installer) -> None:
    """A file with comments or errors is not touched, and the message says what to do."""
    path = installer.home / ".claude/settings.json"
    path.parent.mkdir()
    path.write_text('{"a": 1, // mine\n}')
    done = installer.run("install", "claude-code")
    assert done.returncode == 2 and "by hand" in done.stderr and path.read_text() == '{"a": 1, // mine\n}'


def test_doctor_proves_and_finds_what_is_wrong(installer: Installer) -> None:
    """A good installation is proved for every agent; a dead path, a wrong event and a double one are found."""
    assert installer.run("doctor").returncode == 3
    installer.run("install", "all")
    done = installer.run("doctor")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("ok      tool output: redacted") >= 5 and "covered (contract of" in done.stdout
    path = installer.home / ".claude/settings.json"
    good = path.read_text()
    value = json.loads(good)
    value["hooks"]["pretooluse"] = value["hooks"].pop("PreToolUse")
    value["hooks"]["PostToolUse"] *= 2
    path.write_text(json.dumps(value))
    done = installer.run("doctor", "claude-code")
    assert done.returncode == 3 and "no hook for PreToolUse" in done.stdout and "2 times" in done.stdout
    value = json.loads(good)
    program = value["hooks"]["PreToolUse"][0]["hooks"][0]["command"].split()[0]
    path.write_text(good.replace(program, "/nowhere/scrubjay"))
    done = installer.run("doctor", "claude-code")
    assert done.returncode == 3 and "is not there" in done.stdout and installer.run("status").returncode == 3


def test_doctor_is_not_satisfied_by_silence(installer: Installer, tmp_path: Path) -> None:
    """A program that answers nothing, that fails with 1 or that repeats the key does not pass."""
    installer.run("install", "claude-code")
    path = installer.home / ".claude/settings.json"
    good = path.read_text()
    program = json.loads(good)["hooks"]["PreToolUse"][0]["hooks"][0]["command"].split()[0]
    silent, failing = "cat >/dev/null", "cat >/dev/null; echo {}; exit 1"
    for body, seen in ((silent, "goes through"), (failing, "goes on"), ("cat", "repeats")):
        fake = tmp_path / "scrubjay"
        fake.write_text(f"#!/bin/sh\n{body}\n")
        fake.chmod(0o755)
        path.write_text(good.replace(program, str(fake)))
        done = installer.run("doctor", "claude-code")
        assert done.returncode == 3 and seen in done.stdout, done.stdout
