"""Edits the JSON settings of agents: our hooks in or out, all else kept, in its order and with its indentation."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from ..patterns.errors import ScrubjayError
from ..patterns.places import write_whole

if TYPE_CHECKING:
    from .dialects import Setup

# By this a hook is known to be ours, whatever the path before it.
_OURS = re.compile(r"\bagent hook --agent [a-z-]+")
SECONDS = 10


def read(path: str) -> dict[str, Any]:
    """Return the settings in a file, {} when there is none. Raises ScrubjayError for what is not a JSON object."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ScrubjayError(f"can't read {path}: {getattr(error, 'strerror', 'not UTF-8')}") from None
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "it"
        raise ScrubjayError(f"{path} is not plain JSON ({place}); mend it, or add the hook by hand") from None
    if not isinstance(value, dict):
        raise ScrubjayError(f"{path} is not a JSON object; mend it, or add the hook by hand")
    return value


def write(path: str, value: dict[str, Any]) -> bool:
    """Write settings, whole or not at all, with the indentation that the file has; False if nothing changes.

    A link is followed, so that a settings file that is kept elsewhere stays where it is.
    """
    path = os.path.realpath(path)
    try:
        with open(path, encoding="utf-8") as file:
            before = file.read()
    except FileNotFoundError:
        before = ""
    indent = re.search(r"^\{\s*\n([ \t]+)\"", before)
    text = json.dumps(value, indent=indent[1] if indent else 2, ensure_ascii=False) + "\n"
    if text == before or (before.strip() and json.loads(before) == value):
        return False
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o644
    except OSError as error:
        raise ScrubjayError(f"can't write {path}: {error.strerror}") from None
    write_whole(path, text, mode)
    return True


def with_hooks(value: dict[str, Any], setup: Setup, command: str) -> dict[str, Any]:
    """Return settings with our hooks, once; hooks of ours that were there are replaced."""
    value = without_hooks(value)
    if setup.version:
        value = {"version": 1, **value}
    hooks = dict(value.get("hooks") or {})
    for event, matcher in setup.events.items():
        seconds = setup.shorter.get(event, SECONDS)
        entry = {**setup.hook, setup.command_key: command, setup.timeout_key: seconds * setup.unit}
        group: dict[str, Any] = entry
        if setup.layout == "nested":
            group = {**({"matcher": matcher} if matcher else {}), "hooks": [entry]}
        hooks[event] = [*(hooks.get(event) or []), group]
    return {**value, "hooks": hooks}


def without_hooks(value: dict[str, Any]) -> dict[str, Any]:
    """Return settings without our hooks, and without what only they were in."""
    hooks = value.get("hooks")
    if not isinstance(hooks, dict):
        return value
    left: dict[str, Any] = {}
    for event, entries in hooks.items():
        if not isinstance(entries, list):
            left[event] = entries
            continue
        kept = [entry for entry in map(_without, entries) if entry is not None]
        if kept or not entries:
            left[event] = kept
    if left == hooks:
        return value
    if left:
        return {**value, "hooks": left}
    return {name: item for name, item in value.items() if name != "hooks"}


def _without(entry: Any) -> Any:
    """An entry without our hook, None when nothing is left of it."""
    if not isinstance(entry, dict):
        return entry
    if is_ours(entry):
        return None
    inner = entry.get("hooks")
    if not isinstance(inner, list) or not any(isinstance(one, dict) and is_ours(one) for one in inner):
        return entry
    kept = [one for one in inner if not (isinstance(one, dict) and is_ours(one))]
    return {**entry, "hooks": kept} if kept else None


def is_ours(entry: dict[str, Any]) -> bool:
    """True for a hook that runs `scrubjay agent hook`."""
    return any(
        isinstance(entry.get(key), str) and _OURS.search(entry[key]) for key in ("command", "bash", "powershell")
    )


def our_hooks(value: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return our hooks by event; several in one are a double registration."""
    found: dict[str, list[dict[str, Any]]] = {}
    hooks = value.get("hooks")
    for event, entries in hooks.items() if isinstance(hooks, dict) else ():
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict):
                continue
            inner = entry.get("hooks")
            for one in [entry, *(inner if isinstance(inner, list) else [])]:
                if isinstance(one, dict) and is_ours(one):
                    found.setdefault(event, []).append(one)
    return found
