"""The data policy in the hook, as a program: at the prompt, at a read, in what comes out, and in the audit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrubjay.agents.auditreport import verified

PERSON = "Ada Exampleperson"
POLICY = """
default = "internal"
audit = "{audit}"

[[label]]
class = "personal"
name = "customers"
paths = ["customers/"]

[[label]]
class = "personal"
name = "staff"
known-files = ["people"]

[[label]]
class = "public"
paths = ["README.md"]

[[receiver]]
agents = ["claude-code", "vscode", "cursor"]
classes = ["public", "internal"]

[[receiver]]
agents = ["codex"]
classes = ["public", "internal", "secret", "personal"]
"""


class Policed:
    """A project with a data policy of its user's, and events in it."""

    def __init__(self, project: Any, home: Path, answer: Callable[..., dict[str, Any]]) -> None:
        self.project = project
        self.answer = answer
        # Events are answered here by `answer`, and by processes of their own.
        project.environment |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
        self.folder = home / ".config/scrubjay"
        self.audit = project.path.parent / "audit.jsonl"
        self.folder.mkdir(parents=True)
        (self.folder / "policy.toml").write_text(POLICY.format(audit=self.audit))
        (self.folder / "people").write_text(f"{PERSON}\n")
        (project.path / "customers").mkdir()
        (project.path / "customers/list.csv").write_text("name,mail\n")
        (project.path / "README.md").write_text("read me\n")
        (project.path / "staff.txt").write_text(f"led by {PERSON}\n")

    def event(self, name: str, tool: str = "", given: Any = None, output: Any = None, **more: Any) -> dict[str, Any]:
        """An event as Claude Code sends it."""
        made = {
            "hook_event_name": name,
            "session_id": "s",
            "transcript_path": "",
            "cwd": str(self.project.path),
            **more,
        }
        if tool:
            made |= {"tool_name": tool, "tool_input": given}
        return made if output is None else {**made, "tool_response": output}

    def ask(self, event: dict[str, Any], *options: str, agent: str = "claude-code", alone: bool = False) -> Any:
        """The reply to an event; `alone` asks a process."""
        event = {**event, "turn_id": "t"} if agent == "codex" else event
        reply = (self.project.ask if alone else self.answer)(agent, event, *options)
        assert PERSON not in json.dumps(reply)
        return reply

    def prompt(self, text: str, *options: str, agent: str = "claude-code", alone: bool = True) -> Any:
        """The reply of a process to a prompt."""
        return self.ask(self.event("UserPromptSubmit", prompt=text), *options, agent=agent, alone=alone)

    def before(self, tool: str, given: Any, agent: str = "claude-code") -> str:
        """Why a call of a tool is stopped, "" when it goes on."""
        reply = self.ask(self.event("PreToolUse", tool, given), agent=agent)
        return str(reply["hookSpecificOutput"]["permissionDecisionReason"]) if reply else ""

    def after(self, tool: str, given: Any, text: str) -> str:
        """What becomes of an output."""
        output = {"stdout": text, "stderr": ""}
        reply = self.ask(self.event("PostToolUse", tool, given, output))
        return str(reply["hookSpecificOutput"]["updatedToolOutput"]["stdout"]) if reply else text

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the audit, whose chain holds and which has no value."""
        told, holds = verified([str(self.audit)])
        assert holds, told
        text = self.audit.read_text()
        assert PERSON not in text and self.project.secret not in text
        return [json.loads(line) for line in text.splitlines()]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `scrubjay agent` with these words."""
        return subprocess.run(
            [sys.executable, "-m", "scrubjay.cli", "agent", *words], cwd=self.project.path,
            env=self.project.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def policed(project: Any, home: Path, ask: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Policed:
    """A project with a data policy."""
    monkeypatch.delenv("SCRUBJAY_POLICY", raising=False)
    return Policed(project, home, ask)


def test_prompts(policed: Policed) -> None:
    """A prompt with a known value, or that names a file, is not sent to who may not have its class; the audit tells."""
    assert policed.prompt("hello @README.md @notes.txt") == {}
    named = policed.prompt("see @customers/list.csv")
    assert named["decision"] == "block" and "customers/list.csv is personal by the label customers" in named["reason"]
    assert "personal by the label staff" in policed.prompt(f"write to {PERSON}")["reason"]
    assert policed.prompt("see @staff.txt")["decision"] == "block"
    assert policed.prompt(f"see @customers, {PERSON}, {policed.project.secret}", agent="codex") == {}
    refused = policed.ask(policed.event("BeforeAgent", prompt="hello"), agent="gemini", alone=True)
    assert refused["decision"] == "deny" and "the prompt is internal" in refused["reason"]
    told = {(row["event"], row["receiver"], row["place"], *row["classes"], *row["labels"]) for row in policed.rows()}
    assert {
        ("sent", "claude-code", "the prompt", "internal"),
        ("sent", "claude-code", "README.md", "public", "README.md"),
        ("withheld", "claude-code", "customers/list.csv", "personal", "customers"),
        ("withheld", "claude-code", "staff.txt", "personal", "staff"),
        ("sent", "codex", "customers/list.csv", "personal", "customers"),
        ("sent", "codex", "the prompt", "secret", "rule github-pat-classic"),
        ("withheld", "gemini", "the prompt", "internal"),
    } <= told
    assert not [row for row in told if row[:3] == ("sent", "claude-code", "customers/list.csv")]


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("Bash", {"command": "cat customers/list.csv"}),
        ("Bash", {"command": "cd customers && head *.csv"}),
        ("Bash", {"command": "grep -r x customers"}),
        ("Bash", {"command": "git show HEAD:customers/gone.csv"}),
        ("Bash", {"command": "cat link"}),
        ("Bash", {"command": "python -c \"print(open('customers/list.csv').read())\""}),
        ("Read", {"file_path": "{cwd}/customers/list.csv"}),
        ("Read", {"file_path": "customers/new.csv"}),
        ("Grep", {"pattern": "x", "path": "customers"}),
        ("mcp__files__read", {"paths": ["README.md", "customers/list.csv"]}),
        ("mcp__files__load", {"source": {"document": "customers/list.csv"}}),
    ],
)
def test_reads(policed: Policed, tool: str, given: dict[str, Any]) -> None:
    """Commands, reads, searches and MCP calls that name a file or folder of a class that the agent may not have."""
    (policed.project.path / "link").symlink_to("customers/list.csv")
    given = json.loads(json.dumps(given).replace("{cwd}", str(policed.project.path)))
    assert "by the label customers" in policed.before(tool, given)
    assert policed.before(tool, given, agent="codex") == ""
    assert {(row["event"], row["receiver"]) for row in policed.rows()} >= {
        ("withheld", "claude-code"),
        ("allowed", "codex"),
    }


def test_what_is_not_a_read(policed: Policed) -> None:
    """Files without a label, and writes, which give the agent nothing, go on; what they print does not."""
    for tool, given in [
        ("Bash", {"command": "cat notes.txt README.md"}),
        ("Bash", {"command": "ls"}),
        ("Read", {"file_path": "notes.txt"}),
        ("Write", {"file_path": "customers/new.csv", "content": "a"}),
    ]:
        assert policed.before(tool, given) == "", given
    edit = {"file_path": "customers/list.csv", "old_string": "name", "new_string": "who"}
    assert policed.after("Edit", edit, "1 who,mail") == "[REDACTED:class-personal]"
    secret = {"file_path": "a.py", "content": policed.project.secret}
    assert policed.before("Write", secret, agent="codex"), "who may have a secret may still not write it down"


def test_output(policed: Policed) -> None:
    """Known values are masked; what a labelled file gives, or a search has found in one, is withheld."""
    printed = policed.after("Bash", {"command": "cat staff.txt"}, f"led by {PERSON} and Ada\n")
    assert printed == "led by [REDACTED:known-value] and Ada\n"
    assert policed.after("Bash", {"command": "cat customers/*"}, "name,mail\n") == "[REDACTED:class-personal]"
    found = "notes.txt:1: nothing\ncustomers/list.csv:1: name\n"
    assert policed.after("Bash", {"command": "grep -rn n ."}, found) == "[REDACTED:class-personal]"
    assert policed.after("Bash", {"command": "ls"}, "notes.txt\n") == "notes.txt\n"
    secret = policed.project.secret
    assert policed.after("Bash", {"command": "make"}, f"a {secret}") == "a [REDACTED:github-pat-classic]"
    told = [(row["event"], row["stage"], *row["classes"], *row["labels"]) for row in policed.rows()]
    assert told.count(("withheld", "after", "personal", "customers")) == 2
    assert ("masked", "after", "personal", "staff") in told
    assert ("masked", "after", "secret", "rule github-pat-classic") in told
    assert ("sent", "after", "internal") in told
    assert all(row["tool"] == "Bash" and row["session"] == "s" for row in policed.rows())


def test_a_repository_can_add_labels_only(policed: Policed) -> None:
    """Its file bars more; it can't give an agent what the user's does not, nor say where the audit is."""
    path = policed.project.path / ".scrubjay-policy.toml"
    subprocess.run(["git", "init", "-q"], cwd=policed.project.path, env=policed.project.environment, check=True)
    path.write_text(
        "default = 'public'\n[[label]]\nclass = 'secret'\nname = 'theirs'\npaths = ['/notes.txt']\n"
        "[[label]]\nclass = 'public'\npaths = ['/customers/']\nrules = ['*']\n"
        "[[receiver]]\nagents = ['*']\nclasses = ['public', 'internal', 'personal']\n"
    )
    assert "secret by the label theirs" in policed.before("Read", {"file_path": "notes.txt"})
    assert "by the label theirs" in policed.before("Read", {"file_path": "notes.txt"}, agent="codex")
    assert "by the label customers" in policed.before("Read", {"file_path": "customers/list.csv"})
    assert policed.prompt(policed.project.secret, alone=False)["decision"] == "block"
    (policed.folder / "policy.toml").unlink()
    assert policed.prompt(policed.project.secret)["decision"] == "block", (
        "nor does it lift a finding without the user's"
    )
    assert policed.before("Read", {"file_path": "customers/list.csv"}) == ""
    path.write_text("audit = true\n")
    assert "user's to say" in policed.prompt("x")["reason"]


def test_a_policy_that_cannot_be_used_stops(policed: Policed) -> None:
    """Nothing is let through by a policy with a mistake; the lines are told here, by install, by status and doctor."""
    path = policed.folder / "policy.toml"
    path.write_text("default = 'internal'\n\n[[labels]]\n")
    assert f"{path}:3: there is no setting labels" in policed.prompt("hello")["reason"]
    for words in (["status"], ["doctor"]):
        done = policed.run(*words)
        assert done.returncode == 3 and f"{path}:3: " in done.stdout, done.stdout
    assert policed.run("policy").returncode == 2
    assert policed.run("install", "codex", "--policy", str(path)).returncode == 2
    reply = policed.prompt("hello", "--policy", "/nowhere/policy.toml")
    assert "can't read the data policy /nowhere/policy.toml" in reply["reason"]


def test_a_named_policy_counts_instead(policed: Policed) -> None:
    """--policy and SCRUBJAY_POLICY name another file than the usual one; an installation keeps the absolute path."""
    other = policed.project.path.parent / "other.toml"
    other.write_text("[[receiver]]\nagents = ['gemini']\nclasses = []\n")
    event = policed.event("BeforeAgent", prompt="hello")
    assert "the prompt is public" in policed.ask(event, "--policy", str(other), agent="gemini")["reason"]
    assert policed.prompt(PERSON[:-1] + "n", "--policy", str(other), agent="codex") == {}
    environment = policed.project.environment
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    assert policed.run("install", "gemini", "--policy", os.path.relpath(other, policed.project.path)).returncode == 0
    settings = (Path(environment["HOME"]) / ".gemini/settings.json").read_text()
    assert f"--policy {other}" in settings
    environment["SCRUBJAY_POLICY"] = str(other)
    assert f"data policy: {other} (the user's): 0 labels, 1 receivers" in policed.run("status").stdout


def test_the_policy_is_explained(policed: Policed) -> None:
    """`agent policy` says what counts, who may have what, of which class a path is, and what would never be used."""
    text = (policed.folder / "policy.toml").read_text()
    extra = "[[label]]\nclass = 'secret'\nrules = ['no-such-rule']\n[[receiver]]\nhosts = ['*.local']\nclasses = []\n"
    (policed.folder / "policy.toml").write_text(text + extra)
    (policed.folder / "people").write_text(f"{PERSON}\nBo\n")
    told = policed.run("policy", "customers/x", "notes.txt", "--host", "a.local:1", "--model", "m").stdout
    for line in (
        "(the user's): 4 labels, 3 receivers", "the label staff has 1 known values, 1 more are too short",
        "no shipped rule has the id no-such-rule", f"audit: {policed.audit}", "codex may have public, internal, sec",
        "cursor may have public, internal\n", "a.local:1 may have nothing", "m may have public\n",
        "customers/x is personal by the label customers", "notes.txt is internal\n",
    ):  # fmt: skip
        assert line in told, told
    (policed.folder / "policy.toml").unlink()
    assert "no data policy" in policed.run("policy").stdout and "data policy: none" in policed.run("status").stdout


def test_who_speaks_is_who_receives(policed: Policed) -> None:
    """Gemini's event by the command of Claude Code's settings is judged as Gemini's."""
    assert policed.ask(policed.event("BeforeAgent", prompt="hello"))["decision"] == "deny"
    assert [row["receiver"] for row in policed.rows()] == ["gemini"]


def test_what_was_not_examined_is_in_the_audit(policed: Policed) -> None:
    """A failure is withheld or sent as --fail says, and the audit says which."""
    event = policed.event("UserPromptSubmit", prompt="hello")
    assert policed.project.run("claude-code", event, "--time", "0.0001").returncode == 0
    assert policed.project.run("claude-code", event, "--time", "0.0001", "--fail", "open").returncode == 0
    rows = [(row["event"], row["why"]) for row in policed.rows()]
    assert rows == [(event, "not examined: it took too long") for event in ("withheld", "sent")]


def test_without_its_audit_nothing_is_sent(policed: Policed) -> None:
    """An audit that can't be written stops the event."""
    policed.audit.touch(0o644)
    reply = policed.prompt("hello")
    assert reply["decision"] == "block" and "chmod 600" in reply["reason"]
    assert not policed.audit.read_text()


def test_events_at_once_are_all_in_the_audit(policed: Policed) -> None:
    """Hooks that run at the same time append whole rows to one chain."""
    command = [sys.executable, "-m", "scrubjay.cli", "agent", "hook", "--agent", "claude-code", "--time", "60"]
    event = json.dumps(policed.event("UserPromptSubmit", prompt="hello")).encode()
    running = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=policed.project.path,
            env=policed.project.environment,
        )
        for _ in range(6)
    ]  # fmt: skip
    for process in running:
        assert process.stdin
        process.stdin.write(event)
        process.stdin.close()
    assert [process.wait(60) for process in running] == [0] * 6
    for process in running:
        assert process.stdout
        process.stdout.close()
    assert [row["n"] for row in policed.rows()] == list(range(1, 7))


def test_the_audit_is_shown_and_verified(policed: Policed) -> None:
    """`audit verify` ends with 1 and names the line of what was edited; `audit show` prints rows for people."""
    for name in ("README.md", "customers/list.csv", "notes.txt"):
        policed.before("Read", {"file_path": name})
    shown = policed.run("audit", "show", str(policed.audit), "--event", "withheld").stdout
    assert "withheld  claude-code customers/list.csv: personal by customers" in shown and shown.count("\n") == 1
    head = policed.run("audit", "verify", str(policed.audit)).stdout.split("head ")[1].strip()
    rows = policed.audit.read_text().splitlines(keepends=True)
    policed.audit.write_text("".join([rows[0], rows[1].replace("personal", "internal"), *rows[2:]]))
    broken = policed.run("audit", "verify", str(policed.audit))
    assert broken.returncode == 1 and f"{policed.audit}:2: the line was changed" in broken.stdout
    policed.audit.write_text("".join(rows))
    assert policed.run("audit", "verify", str(policed.audit), "--head", head).returncode == 0
    policed.audit.write_text("".join(rows[:-1]))
    broken = policed.run("audit", "verify", str(policed.audit), "--head", head)
    assert broken.returncode == 1 and "the rows after 2 are missing" in broken.stdout


def test_edits_of_the_policy_and_the_audit_go_to_the_user(policed: Policed) -> None:
    """What decides, and what tells of it, is not the agent's to change."""
    for path in (".scrubjay-policy.toml", "~/.config/scrubjay/policy.toml", "~/.local/share/scrubjay/audit.jsonl"):
        assert "decides what is checked" in policed.before("Bash", {"command": f"rm {path}"})


def test_a_policy_somewhere_else_is_guarded_too(policed: Policed) -> None:
    """A policy that --policy names, its audit and its known values are not the agent's to change, wherever they are."""
    folder = policed.folder.parent / "of the team"
    policed.folder.rename(folder)
    policy = (folder / "policy.toml").rename(folder / "classes.toml")
    (policed.project.path / "link").symlink_to(policy)
    told = "decides what is checked"

    def said(tool: str, **given: str) -> str:
        return json.dumps(policed.ask(policed.event("PreToolUse", tool, given), "--policy", str(policy)))

    for path in (str(policy), "link", str(policed.audit), "../audit.jsonl", str(folder / "people")):
        assert told in said("Write", file_path=path, content="x"), path
    for command in (
        f"echo > '{policy}'", "sed -i s/internal/secret/ link", f"rm -r '{folder}'", f"cd '{folder}' && rm people",
        f"P='{policy}'; truncate -s 0 \"$P\"", f"python -c \"open('{policy}', 'w')\"", f"rm '{folder}'/*.toml",
    ):  # fmt: skip
        assert told in said("Bash", command=command), command
    assert told not in said("Bash", command="cat link | head; ls ..") + said("Bash", command="make > out")
    assert told not in said("Write", file_path="classes.toml", content="x")
