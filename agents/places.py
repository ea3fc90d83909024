"""Where agents keep what they have seen, below the home folder and in a project, and what may be done with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

# What a place holds: SCRUB may be rewritten, COPY only on request, REPORT never, because something still uses it.
SCRUB, COPY, REPORT = "scrub", "copy", "report"
JSONL, JSON, TEXT, SQLITE, SEALED = "jsonl", "json", "text", "sqlite", "sealed"


class Place(NamedTuple):
    """A pattern of paths of one agent. `home` is "~" for the home folder, "~config" for the editors' settings, "." for
    a project; `appended` says that the agent only adds to the end."""

    agent: str
    home: str
    pattern: str
    form: str
    what: str
    treat: str = SCRUB
    appended: bool = False


class File(NamedTuple):
    """One file that was found at a place."""

    path: str
    place: Place


def _rows(agent: str, home: str, form: str, what: str, patterns: str, treat: str = SCRUB) -> list[Place]:
    return [Place(agent, home, one, form, what, treat, appended=form == JSONL) for one in patterns.split()]


PLACES = (
    *_rows("claude-code", "~", JSONL, "transcript", ".claude/projects/**/*.jsonl"),
    *_rows("claude-code", "~", JSONL, "history", ".claude/history.jsonl"),
    *_rows("claude-code", "~", TEXT, "trace",
           ".claude/paste-cache/** .claude/shell-snapshots/** .claude/session-env/** .claude/tool-results/** "
           ".claude/projects/**/tool-results/** .claude/debug/**"),
    *_rows("claude-code", "~", JSON, "trace", ".claude/todos/*.json .claude/projects/**/*.meta.json"),
    *_rows("claude-code", "~", TEXT, "copy", ".claude/file-history/**", COPY),
    *_rows("claude-code", "~", JSON, "login", ".claude/.credentials.json .claude.json", REPORT),
    *_rows("claude-code", "~", JSON, "settings", ".claude/settings.json .claude/settings.local.json", REPORT),
    *_rows("claude-code", ".", JSON, "settings", ".claude/settings.json .claude/settings.local.json .mcp.json", REPORT),
    *_rows("codex", "~", JSONL, "transcript", ".codex/sessions/**/*.jsonl .codex/archived_sessions/**/*.jsonl"),
    *_rows("codex", "~", JSONL, "history", ".codex/history.jsonl .codex/session_index.jsonl"),
    *_rows("codex", "~", SEALED, "transcript", ".codex/sessions/**/*.zst .codex/archived_sessions/**/*.zst"),
    *_rows("codex", "~", SQLITE, "database", ".codex/*.sqlite"),
    *_rows("codex", "~", TEXT, "trace", ".codex/shell_snapshots/** .codex/log/**"),
    *_rows("codex", "~", TEXT, "login", ".codex/auth.json .codex/config.toml", REPORT),
    *_rows("cursor", "~config", SQLITE, "database",
           "Cursor/User/globalStorage/state.vscdb Cursor/User/workspaceStorage/*/state.vscdb"),
    *_rows("cursor", "~", JSONL, "transcript", ".cursor/projects/**/*.jsonl"),
    *_rows("cursor", "~", SQLITE, "database", ".cursor/chats/**/*.db"),
    *_rows("cursor", "~", JSON, "settings", ".cursor/mcp.json", REPORT),
    *_rows("cursor", ".", JSON, "settings", ".cursor/mcp.json", REPORT),
    *_rows("copilot-cli", "~", JSONL, "transcript", ".copilot/session-state/**/*.jsonl"),
    *_rows("copilot-cli", "~", JSON, "history",
           ".copilot/command-history-state/** .copilot/command-history-state.json"),
    *_rows("copilot-cli", "~", SQLITE, "database", ".copilot/session-store.db"),
    *_rows("copilot-cli", "~", TEXT, "trace", ".copilot/logs/**"),
    *_rows("copilot-cli", "~", TEXT, "login", ".copilot/mcp-secrets/** .copilot/mcp-oauth-config/**", REPORT),
    *_rows("copilot-cli", "~", JSON, "settings", ".copilot/mcp-config.json", REPORT),
    *_rows("vscode", "~config", JSONL, "transcript",
           "Code/User/workspaceStorage/*/chatSessions/*.jsonl "
           "Code/User/workspaceStorage/*/GitHub.copilot-chat/transcripts/*.jsonl"),
    *_rows("vscode", "~config", JSON, "transcript", "Code/User/workspaceStorage/*/chatSessions/*.json"),
    *_rows("vscode", "~config", SQLITE, "database",
           "Code/User/globalStorage/state.vscdb Code/User/workspaceStorage/*/state.vscdb"),
    *_rows("vscode", "~config", TEXT, "copy", "Code/User/History/**", COPY),
    *_rows("vscode", "~config", JSON, "settings", "Code/User/mcp.json", REPORT),
    *_rows("vscode", ".", JSON, "settings", ".vscode/mcp.json", REPORT),
    *_rows("gemini", "~", JSONL, "transcript", ".gemini/tmp/*/chats/**/*.jsonl"),
    *_rows("gemini", "~", JSON, "transcript", ".gemini/tmp/*/chats/**/*.json .gemini/tmp/*/logs.json"),
    *_rows("gemini", "~", TEXT, "history",
           ".gemini/tmp/*/shell_history .gemini/tmp/*/logs/** .gemini/tmp/*/tool-outputs/**"),
    *_rows("gemini", "~", JSON, "copy", ".gemini/tmp/*/checkpoints/*.json", COPY),
    *_rows("gemini", "~", JSON, "login", ".gemini/oauth_creds.json .gemini/mcp-oauth-tokens.json", REPORT),
    *_rows("gemini", "~", JSON, "settings", ".gemini/settings.json", REPORT),
    *_rows("gemini", "~", TEXT, "settings", ".gemini/.env", REPORT),
    *_rows("others", "~", JSONL, "transcript", ".kiro/sessions/**/*.jsonl .junie/sessions/**/*.jsonl"),
    *_rows("others", "~", JSON, "transcript", ".continue/sessions/*.json .local/share/opencode/**/*.json"),
    *_rows("others", "~config", JSON, "transcript",
           "Code/User/globalStorage/*/tasks/*/*.json Cursor/User/globalStorage/*/tasks/*/*.json"),
    *_rows("others", ".", TEXT, "transcript", ".aider.chat.history.md .aider.input.history"),
    *_rows("others", "~", TEXT, "login", ".aider.conf.yml .mcp-auth/** .continue/config.*", REPORT),
    *_rows("others", "~", JSON, "settings", ".kiro/settings/mcp.json .junie/mcp/mcp.json", REPORT),
    *_rows("shell", "~", TEXT, "history",
           ".bash_history .zsh_history .zhistory .local/share/fish/fish_history .python_history .node_repl_history "
           ".psql_history .mysql_history .sqlite_history"),
)  # fmt: skip
AGENTS = tuple(dict.fromkeys(place.agent for place in PLACES))


def found(agents: tuple[str, ...] = (), project: str = "") -> Iterator[File]:
    """Yield the files that are there, each once, of these agents or of all. Links are not followed."""
    seen = set()
    for place in PLACES:
        if agents and place.agent not in agents:
            continue
        for folder in _folders(place, project):
            for path in _glob(folder, place.pattern):
                if path not in seen:
                    seen.add(path)
                    yield File(path, place)


def _folders(place: Place, project: str) -> list[str]:
    home = os.path.expanduser("~")
    if place.home == ".":
        return [os.path.abspath(project)] if project else []
    if place.home == "~config":
        base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
        return [base, os.path.join(home, "Library/Application Support"), os.environ.get("APPDATA", "")]
    moved = {"CODEX_HOME": ".codex", "CLAUDE_CONFIG_DIR": ".claude", "COPILOT_HOME": ".copilot"}
    for variable, name in moved.items():
        if place.pattern.startswith(name + "/") and os.environ.get(variable):
            # The pattern begins with the usual name of the folder.
            return [os.environ[variable] + "\0" + name, home]
    return [home]


def _glob(folder: str, pattern: str) -> Iterator[str]:
    from glob import iglob

    if "\0" in folder:
        folder, _, name = folder.partition("\0")
        pattern = pattern[len(name) + 1 :]
    if not folder:
        return
    for path in iglob(pattern, root_dir=folder, recursive=True, include_hidden=True):
        full = os.path.join(folder, path)
        if os.path.isfile(full) and not os.path.islink(full):
            yield full


def form_of(path: str) -> str:
    """The form of a file that was named by itself, by its name."""
    ending = os.path.splitext(path)[1].lower()
    return {
        ".jsonl": JSONL, ".json": JSON, ".sqlite": SQLITE, ".db": SQLITE, ".vscdb": SQLITE, ".zst": SEALED,
    }.get(ending, TEXT)  # fmt: skip


def named(name: str) -> Place:
    """The place of a file that the caller has named."""
    return Place("named", ".", name, form_of(name), "file", appended=form_of(name) == JSONL)
