"""Codex CLI: a block replaces the result by the reason, which has the masked copy. Unknown keys make a reply void."""

from __future__ import annotations

from typing import Any

from ..event import AFTER, ASK, BEFORE, DENY, PROMPT, REWRITE, Event, Verdict, shorten, text_of
from . import Covered, Setup, claude_code

DATE = "2026-11-29, by the schemas in @openai/codex 0.171.0"
SETUP = Setup(
    user=".codex/hooks.json",
    project=".codex/hooks.json",
    layout="nested",
    events={"UserPromptSubmit": None, "PreToolUse": ".*", "PostToolUse": ".*", "SessionEnd": None},
    hook={"type": "command"},
    variable="CODEX_HOME",
    shorter={"SessionEnd": 3},
)
COVERAGE = (
    Covered("prompt", "blocked", "with the files that it mentions"),
    Covered("before a tool", "blocked", "shell, apply_patch, MCP; a file with a secret is stopped before it is read"),
    Covered(
        "tool output", "redacted", "the model gets the masked copy; the session file keeps the raw one until scrubbed"
    ),
    Covered("hosted tools", "no", "web search, and text that is typed into a running program"),
    Covered("session end", "redacted", "the session file is scrubbed; Codex allows 3 s for it"),
    Covered("trust", "no", "hooks run only after the user has approved them in /hooks; doctor can't see that"),
)


def read(raw: dict[str, Any]) -> Event:
    """Return the event that is told."""
    return claude_code.read(raw)._replace(rewrites=False, can_ask=False)


def reply(event: Event, verdict: Verdict) -> dict[str, Any] | None:
    """Return the object to print; only keys that Codex knows."""
    if event.stage == PROMPT and verdict.action in (DENY, ASK):
        return {"decision": "block", "reason": verdict.reason}
    if event.stage == BEFORE and verdict.action in (DENY, ASK):
        return claude_code.nested_decision(event, verdict._replace(action=DENY))
    if event.stage == AFTER and verdict.action in (REWRITE, DENY):
        if verdict.action == DENY:
            return {"decision": "block", "reason": verdict.reason}
        return {"decision": "block", "reason": shorten(f"{text_of(verdict.output)}\n\n{verdict.reason}")}
    return None


def sample(stage: str, tool: str, text: str, cwd: str) -> dict[str, Any]:
    """Return an event with this text, as Codex sends it."""
    raw = claude_code.sample(stage, tool, text, cwd)
    raw |= {"turn_id": "t", "transcript_path": None, "model": "m"}
    if stage == AFTER:
        raw |= {"tool_response": text}
        del raw["duration_ms"]
    return raw
