"""What the hook answers: a dated event of each agent at each step, and what each agent has to be told."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrubjay.agents.dialects import NAMES, dialect
from scrubjay.agents.event import AFTER, BEFORE, PROMPT, REWRITE, Verdict
from scrubjay.agents.hook import options, withheld

FIXTURES = Path(__file__).parent / "events"
PACKAGES = Path(os.environ.get("SCRUBJAY_AGENTS", "/nowhere")) / "node_modules"
WITHOUT = "run .ci/agents FOLDER (it needs npm), then set SCRUBJAY_AGENTS=FOLDER"


def fixtures() -> list[Any]:
    """Each event of the files in `events`: agent, name, and the event with what is expected of the reply."""
    found = []
    for path in sorted(FIXTURES.glob("*.json")):
        content = json.loads(path.read_text())
        for one in content["events"]:
            found.append(pytest.param(path.stem, one, id=f"{path.stem}-{one['name']}"))
    return found


def filled(value: Any, secret: str, cwd: str) -> Any:
    """A fixture with the secret and the folder in their places."""
    if isinstance(value, str):
        return value.replace("{secret}", secret).replace("{cwd}", cwd)
    if isinstance(value, list):
        return [filled(item, secret, cwd) for item in value]
    if isinstance(value, dict):
        return {name: filled(item, secret, cwd) for name, item in value.items()}
    return value


def matches(expected: Any, reply: Any) -> bool:
    """True when a reply has what is expected; a text in slashes is an expression that has to be found."""
    if isinstance(expected, dict):
        return isinstance(reply, dict) and set(expected) == set(reply) and all(
            matches(item, reply[name]) for name, item in expected.items()
        )  # fmt: skip
    if isinstance(expected, str) and expected.startswith("/") and expected.endswith("/"):
        return isinstance(reply, str) and bool(re.search(expected[1:-1], reply, re.DOTALL))
    return bool(expected == reply)


@pytest.mark.parametrize(("agent", "fixture"), fixtures())
def test_each_event_gets_its_reply(
    ask: Callable[..., dict[str, Any]], project: Any, agent: str, fixture: dict[str, Any]
) -> None:
    """A dated event of each agent is answered in that agent's terms, and the answer never has the secret."""
    event = filled(fixture["event"], project.secret, str(project.path))
    reply = ask(agent, event, *fixture.get("options", []))
    assert matches(fixture["reply"], reply), json.dumps(reply, indent=1)


@pytest.mark.parametrize("agent", NAMES)
def test_the_fixtures_are_complete_and_dated(agent: str) -> None:
    """Each agent has an event of every step, and its file says when and by which source it was written."""
    content = json.loads((FIXTURES / f"{agent}.json").read_text())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", content["date"]) and content["source"]
    steps = {dialect(agent).read(one["event"]).stage for one in content["events"]}
    assert {PROMPT, BEFORE, AFTER} <= steps


def replies(ask: Callable[..., dict[str, Any]], project: Any, agent: str) -> list[tuple[str, dict[str, Any]]]:
    """Every kind of reply to the agent's fixtures, with the name of the event."""
    content = json.loads((FIXTURES / f"{agent}.json").read_text())
    found = []
    for one in content["events"]:
        event = filled(one["event"], project.secret, str(project.path))
        if reply := ask(agent, event, *one.get("options", [])):
            found.append((dialect(agent).read(event).name, reply))
    for stage in (PROMPT, BEFORE, AFTER):
        # What is said when something could not be examined.
        event = dialect(agent).read(dialect(agent).sample(stage, "", "x", "/"))
        action = REWRITE if stage == AFTER else "deny"
        if reply := dialect(agent).reply(event, Verdict(action, "why", withheld(event.output))) or {}:
            found.append((event.name, reply))
    return found


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    """The reply schemas that are inside of the Codex program, by title."""
    program = PACKAGES / "@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex"
    if not program.exists():
        pytest.skip(f"Codex is not installed: {WITHOUT}")
    data = program.read_bytes()
    found = {}
    decoder = json.JSONDecoder()
    for place in re.finditer(rb'\{\s*"\$schema": "http://json-schema.org/draft-07/schema#"', data):
        text = data[place.start() : place.start() + 40_000].decode("utf-8", "replace")
        schema, _ = decoder.raw_decode(text)
        found[schema.get("title", "")] = schema
    return found


def test_codex_takes_the_replies(ask: Callable[..., dict[str, Any]], project: Any, schemas: dict[str, Any]) -> None:
    """Every reply validates against the schema that Codex has for it, which forbids unknown keys."""
    jsonschema = pytest.importorskip("jsonschema")
    titles = {"UserPromptSubmit": "user-prompt-submit", "PreToolUse": "pre-tool-use", "PostToolUse": "post-tool-use"}
    checked = 0
    for name, reply in replies(ask, project, "codex"):
        jsonschema.validate(reply, schemas[f"{titles[name]}.command.output"])
        checked += 1
    assert checked >= 6
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"suppressOriginalPrompt": True}, schemas["user-prompt-submit.command.output"])


def test_codex_events_have_the_form_that_the_fixtures_say(project: Any, schemas: dict[str, Any]) -> None:
    """The fixtures themselves validate against Codex's schemas of what it sends."""
    jsonschema = pytest.importorskip("jsonschema")
    titles = {
        "UserPromptSubmit": "user-prompt-submit", "PreToolUse": "pre-tool-use", "PostToolUse": "post-tool-use",
        "SessionEnd": "session-end",
    }  # fmt: skip
    for one in json.loads((FIXTURES / "codex.json").read_text())["events"]:
        event = filled(one["event"], project.secret, str(project.path))
        jsonschema.validate(event, schemas[f"{titles[event['hook_event_name']]}.command.input"])


@pytest.mark.once
def test_claude_code_takes_the_replies(ask: Callable[..., dict[str, Any]], project: Any, tmp_path: Path) -> None:
    """Every reply is of the type that the SDK publishes, by TypeScript's own compiler; a wrong one would be noticed."""
    types, compiler = PACKAGES / "@anthropic-ai/claude-agent-sdk/sdk.d.ts", PACKAGES / "typescript/bin/tsc"
    if not types.exists() or not compiler.exists() or not shutil.which("node"):
        pytest.skip(f"the SDK's types are not installed: {WITHOUT}")
    found = replies(ask, project, "claude-code")
    assert len(found) >= 6
    lines = [f"import type {{ SyncHookJSONOutput }} from {json.dumps(str(types.with_name('sdk.js')))};"]
    lines += [
        f"export const r{number}: SyncHookJSONOutput = {json.dumps(reply)};" for number, (_, reply) in enumerate(found)
    ]
    wrong = 'export const wrong: SyncHookJSONOutput = {"hookSpecificOutput": {"hookEventName": "PostToolUse", "x": 1}};'
    options_ = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"]

    def compiled(name: str, more: list[str]) -> subprocess.CompletedProcess[str]:
        source = tmp_path / name
        source.write_text("\n".join([*lines, *more]))
        command = [str(shutil.which("node")), str(compiler), *options_, str(source)]
        return subprocess.run(command, cwd=PACKAGES.parent, capture_output=True, text=True, check=False)

    good = compiled("good.mts", [])
    assert good.returncode == 0, good.stdout
    bad = compiled("bad.mts", [wrong])
    assert bad.returncode != 0 and "bad.mts" in bad.stdout and "r0" not in bad.stdout


def test_wrong_command_lines_are_told() -> None:
    """An unknown agent or value is an error that shows what there is."""
    from scrubjay.patterns.errors import ScrubjayError

    for words in (
        ["--agent", "x"],
        [],
        ["--agent"],
        ["--agent", "codex", "--fail", "x"],
        ["--agent", "codex", "x", "y"],
    ):
        with pytest.raises(ScrubjayError, match="usage"):
            options(words)
