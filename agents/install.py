"""Puts our hook into an agent's settings and takes it out, for a user or a project; says how it stands there."""

from __future__ import annotations

import os
import shlex
import sys
from typing import NamedTuple

from ..patterns.errors import ScrubjayError
from . import settings
from .dialects import NAMES, Dialect, dialect

USER, PROJECT = "user", "project"


class Standing(NamedTuple):
    """How one agent stands in one scope: `state` is "installed", "absent" or "broken", `problems` say why."""

    agent: str
    scope: str
    path: str
    state: str
    problems: tuple[str, ...] = ()
    command: str = ""


def settings_path(agent: str, scope: str, project: str = "") -> str:
    """Return the file that has the hooks of an agent. A variable of the agent's that moves its folder counts."""
    setup = dialect(agent).SETUP
    if scope == PROJECT:
        return os.path.join(os.path.abspath(project or "."), setup.project)
    moved = os.environ.get(setup.variable) if setup.variable else None
    if moved:
        return os.path.join(moved, setup.user.partition("/")[2])
    return os.path.join(os.path.expanduser("~"), setup.user)


def command_line(agent: str, options: tuple[str, ...] = ()) -> str:
    """Return the command that an agent shall run, by its absolute path, since agents have not the shell's.

    Raises ScrubjayError when scrubjay is not installed as a program.
    """
    program = _program()
    return " ".join([shlex.quote(program), "agent hook --agent", agent, *map(shlex.quote, options)])


def _program() -> str:
    from shutil import which

    name = os.path.basename(sys.argv[0])
    for folder in (
        os.path.dirname(sys.argv[0]) if name.startswith("scrubjay") else "",
        os.path.dirname(sys.executable),
    ):
        if folder and (found := which("scrubjay", path=os.path.abspath(folder))):
            return found
    if found := which("scrubjay"):
        return os.path.abspath(found)
    raise ScrubjayError(
        "the program scrubjay was not found; install it first, for example with `pipx install scrubjay`"
    )


def install(agent: str, scope: str, project: str = "", options: tuple[str, ...] = ()) -> tuple[str, bool]:
    """Put the hook into the agent's settings; returns the file's path, and False if all was there already."""
    from ..patterns import Matcher

    # The rules are compiled now, so that the first event need not wait for it.
    Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))
    path = settings_path(agent, scope, project)
    command = command_line(agent, options)
    value = settings.read(path)
    return path, settings.write(path, settings.with_hooks(value, dialect(agent).SETUP, command))


def uninstall(agent: str, scope: str, project: str = "") -> tuple[str, bool]:
    """Take the hook out; returns the file's path, and False if it was not there. A file that was only ours goes."""
    path = settings_path(agent, scope, project)
    before = settings.read(path)
    after = settings.without_hooks(before)
    if after == before:
        return path, False
    if not set(after) - {"version"}:
        os.unlink(path)
        return path, True
    return path, settings.write(path, after)


def sharing(agent: str, scope: str, project: str = "") -> list[str]:
    """Return the other agents that read the same file: what is done for one is done for them."""
    path = settings_path(agent, scope, project)
    return [name for name in NAMES if name != agent and settings_path(name, scope, project) == path]


def warnings(agent: str, scope: str, project: str, program: str) -> list[str]:
    """Return what the user should know after an installation."""
    found = []
    if scope == PROJECT:
        found.append(f"the path of the program is this machine's: {program}")
    inside = os.path.join(os.path.abspath(project or "."), "")
    if os.path.abspath(program).startswith(inside):
        found.append("the program is inside the project, where the agent can change it; install it elsewhere")
    if agent == "codex":
        found.append("Codex runs it only after you have approved it: start codex, then /hooks")
    if agent == "gemini" and scope == PROJECT:
        found.append("Gemini CLI runs hooks of a project only in a trusted folder")
    return found


def standing(agent: str, scope: str, project: str = "") -> Standing:
    """Return how an agent stands in a scope, by its settings alone; nothing is run."""
    path = settings_path(agent, scope, project)
    spoken = dialect(agent)
    try:
        value = settings.read(path)
    except ScrubjayError as error:
        return Standing(agent, scope, path, "broken", (str(error),))
    found = settings.our_hooks(value)
    if not found:
        return Standing(agent, scope, path, "absent")
    problems = list(_problems(spoken, value, found))
    command = next(iter(found.values()))[0].get("command", "")
    return Standing(agent, scope, path, "broken" if problems else "installed", tuple(problems), command)


def _problems(spoken: Dialect, value: dict[str, object], found: dict[str, list[dict[str, object]]]) -> list[str]:
    problems = []
    for event in spoken.SETUP.events:
        if event not in found:
            problems.append(f"no hook for {event}")
    for event, entries in found.items():
        if event not in spoken.SETUP.events:
            problems.append(f"{event} is no event that this needs; check its spelling")
        if len(entries) > 1:
            problems.append(f"{event} has it {len(entries)} times")
        for entry in entries:
            command = str(entry.get("command", ""))
            words = shlex.split(command) if command else []
            if not words or not os.access(words[0], os.X_OK):
                problems.append(f"{event}: the program {words[0] if words else ''} is not there")
            if entry.get("async"):
                problems.append(f"{event}: an asynchronous hook can't stop anything")
            usual = spoken.SETUP.shorter.get(event, settings.SECONDS) * spoken.SETUP.unit
            seconds = entry.get(spoken.SETUP.timeout_key, usual)
            if isinstance(seconds, int | float) and seconds < usual:
                problems.append(f"{event}: its time limit is shorter than what the hook takes for itself")
    if value.get("disableAllHooks") is True:
        problems.append("disableAllHooks is set, so no hook runs")
    toggle = value.get("hooksConfig")
    if isinstance(toggle, dict) and toggle.get("enabled") is False:
        problems.append("hooksConfig.enabled is off, so no hook runs")
    return list(dict.fromkeys(problems))


def agents() -> list[str]:
    """Names of all agents."""
    return list(NAMES)
