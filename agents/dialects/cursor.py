"""Cursor: only the output of MCP tools can be rewritten; files are stopped before they are read."""

from __future__ import annotations

from typing import Any

from ..event import (
    AFTER,
    ASK,
    BEFORE,
    CALL,
    DENY,
    END,
    PROMPT,
    READ,
    REWRITE,
    SHELL,
    Event,
    Verdict,
    common,
    parsed,
    string,
)  # fmt: skip
from . import Covered, Setup

DATE = "2026-11-24, by its documentation; not tried with Cursor itself"
SETUP = Setup(
    user=".cursor/hooks.json",
    project=".cursor/hooks.json",
    layout="flat",
    events=dict.fromkeys((
        "beforeSubmitPrompt", "preToolUse", "beforeShellExecution", "beforeMCPExecution", "beforeReadFile",
        "beforeTabFileRead", "postToolUse", "sessionEnd",
    )),
    hook={"failClosed": True},
    version=True,
)  # fmt: skip
COVERAGE = (
    Covered("prompt", "blocked", "with its attachments and the files that it mentions"),
    Covered("before a tool", "blocked", "shell, MCP, reads, writes, files read by Tab"),
    Covered("output of MCP tools", "redacted"),
    Covered("output of other tools", "no", "so what would print a secret is stopped before it runs"),
    Covered("files open in the editor", "no", "they go along without an event"),
    Covered("cloud agents", "no", "they skip the user's hooks"),
)
_STAGES = {
    "beforeSubmitPrompt": PROMPT, "preToolUse": BEFORE, "beforeShellExecution": BEFORE, "beforeMCPExecution": BEFORE,
    "beforeReadFile": BEFORE, "beforeTabFileRead": BEFORE, "postToolUse": AFTER, "sessionEnd": END,
}  # fmt: skip
_KINDS = {"beforeShellExecution": SHELL, "beforeReadFile": READ, "beforeTabFileRead": READ, "beforeMCPExecution": CALL}


def read(raw: dict[str, Any]) -> Event:
    """Return the event that is told."""
    told = common(raw, _STAGES)
    name, given = told.name, parsed(told.input)
    if name == "beforeShellExecution":
        given = {"command": string(raw, "command")}
    elif name in ("beforeReadFile", "beforeTabFileRead"):
        given = {"file_path": string(raw, "file_path")}
    roots = raw.get("workspace_roots")
    folder = str(roots[0]) if isinstance(roots, list) and roots else ""
    attached = [one.get("file_path") for one in raw.get("attachments") or [] if isinstance(one, dict)]
    mcp = told.tool.startswith("MCP:") or name == "beforeMCPExecution"
    return told._replace(
        cwd=told.cwd or folder,
        tool=told.tool or name,
        kind=_KINDS.get(name) or (CALL if mcp else told.kind),
        input=given,
        output=raw.get("tool_output"),
        files=tuple(one for one in attached if isinstance(one, str)),
        content=string(raw, "content"),
        session=string(raw, "conversation_id"),
        rewrites=mcp,
        can_ask=name in ("beforeShellExecution", "beforeMCPExecution"),
    )


def reply(event: Event, verdict: Verdict) -> dict[str, Any] | None:
    """Return the object to print."""
    if event.stage == PROMPT:
        if verdict.action in (DENY, ASK):
            return {"continue": False, "user_message": verdict.reason}
        return {"continue": True}
    if event.stage == BEFORE:
        if verdict.action in (DENY, ASK):
            return {
                "permission": "ask" if verdict.action == ASK else "deny",
                "user_message": verdict.reason,
                "agent_message": verdict.reason,
            }
        return {"permission": "allow"}
    if event.stage == AFTER and verdict.action == REWRITE:
        if event.rewrites:
            return {"updated_mcp_tool_output": parsed(verdict.output)}
        return {"additional_context": f"{verdict.reason}\nCursor let the output through as it was: do not repeat it."}
    return None


def sample(stage: str, tool: str, text: str, cwd: str) -> dict[str, Any]:
    """Return an event with this text, as Cursor sends it."""
    raw: dict[str, Any] = {
        "conversation_id": "c", "generation_id": "g", "model": "m", "cursor_version": "3", "workspace_roots": [cwd],
        "user_email": None, "transcript_path": None,
    }  # fmt: skip
    if stage == PROMPT:
        return {**raw, "hook_event_name": "beforeSubmitPrompt", "prompt": text, "attachments": []}
    if stage == BEFORE:
        return {**raw, "hook_event_name": "beforeShellExecution", "command": text, "cwd": cwd, "sandbox": False}
    import json

    output = json.dumps({"content": [{"type": "text", "text": text}]})
    more = {"tool_name": tool or "MCP:server", "tool_input": {}, "tool_use_id": "t", "tool_output": output, "cwd": cwd}
    return {**raw, "hook_event_name": "postToolUse", "duration": 1, **more}
