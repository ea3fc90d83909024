"""How each agent says what happens, and what it wants to hear. A dialect is a module with `read`, `reply`, `SETUP`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ...patterns.errors import ScrubjayError

if TYPE_CHECKING:
    from ..event import Event, Verdict

# Name on the command line: (module, what people call it).
NAMES = {
    "claude-code": ("claude_code", "Claude Code"),
    "codex": ("codex", "Codex CLI"),
    "cursor": ("cursor", "Cursor"),
    "copilot-cli": ("copilot", "GitHub Copilot CLI"),
    "vscode": ("copilot", "VS Code"),
    "gemini": ("gemini", "Gemini CLI"),
}


class Setup(NamedTuple):
    """Where an agent's hooks are set, and how. Paths are relative to the home folder or to the project's.

    `layout` is "nested" (event: groups with a list of hooks in each) or "flat" (event: hooks). `events` maps the
    agent's events to the matcher that they need, None for none. `unit` is what a second is in its timeouts.
    """

    user: str
    project: str
    layout: str
    events: dict[str, str | None]
    hook: dict[str, Any]
    timeout_key: str = "timeout"
    unit: int = 1
    variable: str = ""
    version: bool = False
    command_key: str = "command"
    # Events for which the agent allows less time than for others, in seconds.
    shorter: dict[str, int] = {}


class Covered(NamedTuple):
    """A line of the table that `scrubjay agent doctor` prints: a place, "redacted", "blocked", "no", and a remark."""

    place: str
    how: str
    remark: str = ""


class Dialect(Protocol):
    """What a module of this package has."""

    SETUP: Setup
    COVERAGE: tuple[Covered, ...]
    DATE: str

    def read(self, raw: dict[str, Any]) -> Event:
        """Return the event that the agent tells; unknown ones have the stage OTHER, unknown fields are ignored."""

    def reply(self, event: Event, verdict: Verdict) -> dict[str, Any] | None:
        """Return the object to print, None for nothing."""

    def sample(self, stage: str, tool: str, text: str, cwd: str) -> dict[str, Any]:
        """Return what the agent would send with this text in it: for `scrubjay agent doctor`."""


def dialect(name: str, raw: dict[str, Any] | None = None) -> Dialect:
    """Return the dialect of an agent by its name. Raises ScrubjayError when there is none.

    Several agents read the settings of Claude Code; `raw` is the event, which shows who really speaks.
    """
    if name not in NAMES:
        raise ScrubjayError(f"there is no agent {name}; choose one of {', '.join(NAMES)}")
    if raw is not None and name == "claude-code":
        name = speaker(raw) or name
    module: Any = import_module(f"{__package__}.{NAMES[name][0]}")
    found: Dialect = module
    return found


def speaker(raw: dict[str, Any]) -> str:
    """Return the agent that an event can only be from, "" if that can't be said."""
    if "cursor_version" in raw:
        return "cursor"
    if "turn_id" in raw:
        return "codex"
    if "hookEventName" in raw or "toolName" in raw or "tool_result" in raw or "toolResult" in raw:
        return "copilot-cli"
    if str(raw.get("hook_event_name", "")).startswith(("BeforeAgent", "BeforeTool", "AfterTool", "BeforeModel")):
        return "gemini"
    if "github.copilot-chat" in str(raw.get("transcript_path", "")):
        return "vscode"
    return ""
