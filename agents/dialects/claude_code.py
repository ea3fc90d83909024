"""Claude Code: every tool's output can be rewritten, in the shape that it has."""

from __future__ import annotations

from typing import Any

from ..event import AFTER, ASK, BEFORE, DENY, END, PROMPT, REWRITE, Event, Verdict, common
from . import Covered, Setup

DATE = "2026-11-29, by the types of @anthropic-ai/claude-agent-sdk 0.3.332"
SETUP = Setup(
    user=".claude/settings.json",
    project=".claude/settings.json",
    layout="nested",
    events={"UserPromptSubmit": None, "PreToolUse": "*", "PostToolUse": "*", "SessionEnd": None},
    hook={"type": "command"},
    variable="CLAUDE_CONFIG_DIR",
)
COVERAGE = (
    Covered("prompt", "blocked", "with the files that it mentions as @name"),
    Covered("before a tool", "blocked", "commands, reads, writes, edits, MCP, web; subagents too"),
    Covered("tool output", "redacted", "in the shape of the tool's result, before the model and the transcript get it"),
    Covered("tool that failed", "no", "the text of the error can't be replaced"),
    Covered("session end", "redacted", "the transcript is scrubbed; Claude Code may cut this off after 1.5 s"),
    Covered("sessions without hooks", "no", "--bare, disableAllHooks and workspaces that are not trusted"),
)
_STAGES = {"UserPromptSubmit": PROMPT, "PreToolUse": BEFORE, "PostToolUse": AFTER, "SessionEnd": END}


def read(raw: dict[str, Any]) -> Event:
    """Return the event that is told."""
    return common(raw, _STAGES)._replace(rewrites=True, can_ask=True)


def reply(event: Event, verdict: Verdict) -> dict[str, Any] | None:
    """Return the object to print."""
    if event.stage == PROMPT and verdict.action in (DENY, ASK):
        # Without this the message of the block repeats the prompt.
        specific = {"hookEventName": event.name, "suppressOriginalPrompt": True}
        return {"decision": "block", "reason": verdict.reason, "hookSpecificOutput": specific}
    if event.stage == BEFORE and verdict.action in (DENY, ASK):
        return nested_decision(event, verdict)
    if event.stage == AFTER and verdict.action == REWRITE:
        specific = {"hookEventName": event.name, "updatedToolOutput": verdict.output}
        return {"systemMessage": verdict.reason, "hookSpecificOutput": specific}
    return None


def nested_decision(event: Event, verdict: Verdict) -> dict[str, Any]:
    """The answer to a tool's call that several agents share."""
    specific = {
        "hookEventName": event.name,
        "permissionDecision": "ask" if verdict.action == ASK else "deny",
        "permissionDecisionReason": verdict.reason,
    }
    return {"hookSpecificOutput": specific}


def sample(stage: str, tool: str, text: str, cwd: str) -> dict[str, Any]:
    """Return an event with this text, as Claude Code sends it."""
    names = {stage: name for name, stage in _STAGES.items()}
    raw: dict[str, Any] = {
        "session_id": "s", "transcript_path": "", "cwd": cwd, "hook_event_name": names[stage],
        "permission_mode": "default",
    }  # fmt: skip
    if stage == PROMPT:
        return {**raw, "prompt": text}
    raw |= {"tool_name": tool or "Bash", "tool_input": {"command": text}, "tool_use_id": "t"}
    if stage == AFTER:
        response = {"stdout": text, "stderr": "", "interrupted": False, "isImage": False}
        raw |= {"tool_input": {"command": "true"}, "tool_response": response, "duration_ms": 1}
    return raw
