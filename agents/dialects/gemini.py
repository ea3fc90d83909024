"""Gemini CLI: a denied result is replaced by the reason; the request to the model can be rewritten as a whole."""

from __future__ import annotations

from typing import Any

from ..event import (
    AFTER,
    ASK,
    BEFORE,
    DENY,
    END,
    PROMPT,
    REWRITE,
    Event,
    Verdict,
    common,
    shorten,
    text_of,
)
from . import Covered, Setup

DATE = "2026-11-29, tried with @google/gemini-cli 0.61.0"
SETUP = Setup(
    user=".gemini/settings.json",
    project=".gemini/settings.json",
    layout="nested",
    events={"BeforeAgent": None, "BeforeTool": ".*", "AfterTool": ".*", "SessionEnd": None},
    hook={"name": "scrubjay", "type": "command"},
    unit=1000,
)
COVERAGE = (
    Covered("prompt", "blocked", "with the files that it mentions as @name; the prompt is taken out of the history"),
    Covered("before a tool", "blocked", "commands, reads, writes, edits, MCP; a file with a secret is stopped before"),
    Covered("tool output", "redacted", "the model gets the masked copy in the place of the result"),
    Covered("session end", "redacted", "the session's file is scrubbed; Gemini does not wait for it"),
    Covered("project hooks", "no", "they run only in trusted folders"),
)
_STAGES = {"BeforeAgent": PROMPT, "BeforeTool": BEFORE, "AfterTool": AFTER, "SessionEnd": END}


def read(raw: dict[str, Any]) -> Event:
    """Return the event that is told."""
    return common(raw, _STAGES)


def reply(event: Event, verdict: Verdict) -> dict[str, Any] | None:
    """Return the object to print."""
    if event.stage in (PROMPT, BEFORE) and verdict.action in (DENY, ASK):
        return {"decision": "deny", "reason": verdict.reason}
    if event.stage == AFTER and verdict.action in (REWRITE, DENY):
        if verdict.action == DENY:
            return {"decision": "deny", "reason": verdict.reason}
        output = verdict.output
        text = output.get("llmContent") if isinstance(output, dict) and "llmContent" in output else output
        return {"decision": "deny", "reason": shorten(f"{text_of(text)}\n\n{verdict.reason}")}
    return None


def sample(stage: str, tool: str, text: str, cwd: str) -> dict[str, Any]:
    """Return an event with this text, as Gemini CLI sends it."""
    names = {stage: name for name, stage in _STAGES.items()}
    raw: dict[str, Any] = {
        "session_id": "s", "transcript_path": "", "cwd": cwd, "hook_event_name": names[stage],
        "timestamp": "2026-11-24T00:00:00.000Z",
    }  # fmt: skip
    if stage == PROMPT:
        return {**raw, "prompt": text}
    raw |= {"tool_name": tool or "run_shell_command", "tool_input": {"command": text}}
    if stage == AFTER:
        raw |= {"tool_input": {"command": "true"}, "tool_response": {"llmContent": text, "returnDisplay": text}}
    return raw
