"""GitHub Copilot CLI and VS Code, which read the same files: events in both spellings, one reply that fits both."""

from __future__ import annotations

from typing import Any

from ..event import (
    AFTER,
    ASK,
    BEFORE,
    DENY,
    END,
    OTHER,
    PROMPT,
    REWRITE,
    Event,
    Verdict,
    common,
    parsed,
    shorten,
    string,
    text_of,
)  # fmt: skip
from . import Covered, Setup

DATE = "2026-11-24, by their documentation; not tried with the programs themselves"
SETUP = Setup(
    user=".copilot/hooks/scrubjay.json",
    project=".github/hooks/scrubjay.json",
    layout="flat",
    events=dict.fromkeys(("UserPromptSubmit", "PreToolUse", "PostToolUse", "SessionEnd")),
    hook={"type": "command"},
    timeout_key="timeoutSec",
    variable="COPILOT_HOME",
    version=True,
)
COVERAGE = (
    Covered("prompt", "blocked", "Copilot CLI by what was observed, not by its documentation; VS Code by both"),
    Covered("before a tool", "blocked", "commands, reads, writes, edits, MCP"),
    Covered("tool output, Copilot CLI", "redacted"),
    Covered(
        "tool output, VS Code", "blocked", "what would print a secret is stopped before; a block afterwards only warns"
    ),
    Covered("subagents, hooks of plug-ins", "no", "some versions send no event"),
    Covered(
        "a hook that runs out of time", "no", "the action goes on, in Copilot even under an administrator's policy"
    ),
)
_STAGES = {
    "userpromptsubmit": PROMPT, "userpromptsubmitted": PROMPT, "pretooluse": BEFORE, "posttooluse": AFTER,
    "sessionend": END, "stop": END,
}  # fmt: skip


_SNAKES = {
    "hookEventName": "hook_event_name", "toolName": "tool_name", "toolArgs": "tool_input", "toolInput": "tool_input",
    "toolResult": "tool_result", "toolResponse": "tool_response", "transcriptPath": "transcript_path",
    "sessionId": "session_id",
}  # fmt: skip


def read(raw: dict[str, Any]) -> Event:
    """Return the event that is told, in camelCase or in snake_case."""
    plain = {_SNAKES.get(name, name): value for name, value in raw.items()} | raw
    plain["hook_event_name"] = string(plain, "hook_event_name") or _guessed(plain)
    told = common(plain, {})
    cli = "tool_result" in plain or "hookEventName" not in raw
    # VS Code tells where its transcript is; Copilot CLI does so only when it stops.
    editor = not cli or "transcript_path" in raw
    return told._replace(
        stage=_STAGES.get(told.name.lower(), OTHER), input=parsed(told.input),
        output=plain.get("tool_result", told.output), rewrites=not editor, can_ask=True,
    )  # fmt: skip


def _guessed(plain: dict[str, Any]) -> str:
    """The camelCase form does not name its event."""
    if "tool_result" in plain:
        return "PostToolUse"
    if "tool_name" in plain:
        return "PreToolUse"
    return "UserPromptSubmit" if "prompt" in plain else ""


def reply(event: Event, verdict: Verdict) -> dict[str, Any] | None:
    """Return the object to print: the flat keys of Copilot CLI and the nested ones of VS Code."""
    if event.stage == PROMPT and verdict.action in (DENY, ASK):
        return {"decision": "block", "reason": verdict.reason, "continue": False, "stopReason": verdict.reason}
    if event.stage == BEFORE and verdict.action in (DENY, ASK):
        flat = {
            "permissionDecision": "ask" if verdict.action == ASK else "deny",
            "permissionDecisionReason": verdict.reason,
        }
        return {**flat, "hookSpecificOutput": {"hookEventName": "PreToolUse", **flat}}
    if event.stage == AFTER and verdict.action == REWRITE:
        if event.rewrites:
            result = verdict.output if isinstance(verdict.output, dict) else {}
            text = string(result, "text_result_for_llm", "textResultForLlm") or text_of(verdict.output)
            kind = string(result, "result_type", "resultType") or "success"
            return {"modifiedResult": {"resultType": kind, "textResultForLlm": text}}
        return {"decision": "block", "reason": shorten(f"{text_of(verdict.output)}\n\n{verdict.reason}")}
    return None


def sample(stage: str, tool: str, text: str, cwd: str) -> dict[str, Any]:
    """Return an event with this text, as Copilot CLI sends it."""
    names = {PROMPT: "UserPromptSubmit", BEFORE: "PreToolUse", AFTER: "PostToolUse"}
    raw: dict[str, Any] = {
        "hook_event_name": names[stage], "session_id": "s", "timestamp": "2026-11-24T00:00:00Z", "cwd": cwd,
    }  # fmt: skip
    if stage == PROMPT:
        return {**raw, "prompt": text}
    if stage == BEFORE:
        return {**raw, "tool_name": tool or "Bash", "tool_input": {"command": text}}
    result = {"result_type": "success", "text_result_for_llm": text}
    return {**raw, "tool_name": tool or "Bash", "tool_input": {"command": "true"}, "tool_result": result}
