"""What an agent is about to do or has done, in terms that all agents share, and what the answer is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

PROMPT, BEFORE, AFTER, END, OTHER = "prompt", "before", "after", "end", "other"
SHELL, READ, WRITE, CALL = "shell", "read", "write", "call"
PASS, DENY, ASK, REWRITE = "pass", "deny", "ask", "rewrite"

# Tools by what they do, as the agents name them, in lower case. All others are calls.
_TOOLS = {
    SHELL: "bash shell powershell monitor run_shell_command run_in_terminal exec_command local_shell terminal execute",
    READ: "read read_file readfile view read_many_files notebookread cat open_file",
    WRITE: "write write_file create create_file edit multiedit notebookedit replace replace_string_in_file "
    "multi_replace_string_in_file insert_edit_into_file str_replace apply_patch edit_file editfiles edit_notebook_file",
}
KINDS = {name: kind for kind, names in _TOOLS.items() for name in names.split()}
# Where a tool's input names a file.
PATH_KEYS = frozenset(
    "file_path filepath path paths notebook_path absolute_path filename file files uri target_file include".split()
)
# What an edit takes away: a secret there is about to go.
OLD_KEYS = frozenset(("old_string", "oldstring", "old_str", "old_text", "old"))


class Event(NamedTuple):
    """One event. `name` is what the agent calls it; `tool`, `input` and `output` are there for tools only.

    `files` are files that the prompt brings along, `content` the text of the file of a read where the agent sends it.
    `rewrites` says that the tool's output can be replaced before anything of it is kept.
    """

    stage: str
    name: str
    cwd: str = ""
    tool: str = ""
    kind: str = CALL
    input: Any = None
    output: Any = None
    prompt: str = ""
    files: tuple[str, ...] = ()
    content: str = ""
    transcript: str = ""
    session: str = ""
    rewrites: bool = False
    can_ask: bool = False

    def __repr__(self) -> str:
        # Inputs and outputs may hold secrets.
        return f"<Event {self.stage} {self.name} {self.tool}>"


class Verdict(NamedTuple):
    """The answer: PASS, DENY, ASK (the user decides) or REWRITE (go on with `output`). `reason` holds no secret."""

    action: str = PASS
    reason: str = ""
    output: Any = None


def kind_of(tool: str) -> str:
    """What a tool does, by its name."""
    return KINDS.get(tool.lower(), CALL)


def text_of(value: Any) -> str:
    """A value as text: itself, or JSON."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, ensure_ascii=False)


def shorten(text: str, limit: int = 9000) -> str:
    """Text that fits into an answer; agents write longer ones to a file."""
    return text if len(text) <= limit else text[:limit] + "\n[cut by scrubjay]"


def parsed(value: Any) -> Any:
    """JSON in a string as its value, anything else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    import json

    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def string(raw: Any, *names: str) -> str:
    """The first of these fields that is a string."""
    for name in names:
        if isinstance(raw.get(name), str):
            return str(raw[name])
    return ""


def common(raw: dict[str, Any], stages: Mapping[str, str]) -> Event:
    """Return the event of the fields that most agents spell alike; `stages` are those of the agent's own names."""
    name, tool = string(raw, "hook_event_name"), string(raw, "tool_name")
    return Event(
        stages.get(name, OTHER), name, string(raw, "cwd"), tool, kind_of(tool), raw.get("tool_input"),
        raw.get("tool_response"), string(raw, "prompt"), transcript=string(raw, "transcript_path"),
        session=string(raw, "session_id"),
    )  # fmt: skip


def withheld(value: Any, mark: str = "[REDACTED:error]") -> Any:
    """Return a value of the same shape with a mark in the place of all its texts."""
    if isinstance(value, str):
        return mark if value else value
    if isinstance(value, list):
        return [withheld(item, mark) for item in value]
    if isinstance(value, dict):
        return {
            name: item if name in ("type", "resultType", "result_type") else withheld(item, mark)
            for name, item in value.items()
        }
    return value
