"""What is answered to an event: the policy, which is the same for all agents."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from . import bypass, variables
from .event import AFTER, ASK, BEFORE, DENY, OLD_KEYS, PATH_KEYS, PROMPT, READ, REWRITE, SHELL, WRITE, Verdict, text_of
from .message import told
from .shell import commands, files, objects

if TYPE_CHECKING:
    from .event import Event
    from .examine import Examiner

# They print what they read as it is, so that what they print can be masked.
_PRINTERS = frozenset(
    "cat head tail less more bat nl grep egrep fgrep rg sort uniq wc ls stat file diff cd pwd echo true".split()
)
_MENTION = re.compile(
    r"(?<![\w@./])@(?:file:|folder:)?(?:\"([^\"\n]+)\"|'([^'\n]+)'|((?:\\.|[^\s\"'`\\,;!?()\[\]{}<>])+))"
)
_PATCHED = re.compile(r"^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$", re.MULTILINE)
_LINES = re.compile(r"(?:#L?\d.*|:\d[\d:-]*)\Z")
# Files of a folder that a prompt mentions.
_MOST = 500
_SKIPPED = frozenset((".git", "node_modules", ".venv", "__pycache__"))
_HINT = "Work goes on without the values: `scrubjay filter < {0}` prints the file with its secrets masked."


class Settings(NamedTuple):
    """`agent` is its name; `files` says what happens to a file with secrets that is only printed: "auto", "deny" or
    "redact" (its output is masked afterwards); `guard` what happens to ways around the checks: "ask", "deny", "off";
    `policy` names the file of a data policy, "" for the usual one."""

    agent: str
    files: str = "auto"
    guard: str = "ask"
    policy: str = ""


def decide(event: Event, examiner: Examiner, settings: Settings) -> Verdict:
    """Return what to answer to an event; raises ScrubjayError when something could not be examined."""
    steps: dict[str, Callable[[Event, Examiner, Settings], Verdict]] = {
        PROMPT: _prompt, BEFORE: _before, AFTER: _after,
    }  # fmt: skip
    step = steps.get(event.stage)
    if step is None:
        return Verdict()
    if examiner.checkpoint is not None:
        from .disclosure import checked

        return checked(event, examiner, lambda: step(event, examiner, settings))
    return step(event, examiner, settings)


def _prompt(event: Event, examiner: Examiner, settings: Settings) -> Verdict:
    examiner.text(event.prompt, "the prompt")
    names = list(mentions(event.prompt))
    for name in dict.fromkeys([*names, *event.files]):
        for path in below(os.path.join(event.cwd, os.path.expanduser(name))):
            examiner.file(path)
    if not examiner.stopped:
        return Verdict()
    return Verdict(DENY, examiner.told("the prompt was not sent, it has a secret"))


def mentions(prompt: str) -> Iterator[str]:
    """Yield the names of files and folders that a prompt mentions as `@name`, also with quotes and line numbers."""
    for found in _MENTION.finditer(prompt):
        name = found[1] or found[2] or re.sub(r"\\(.)", r"\1", found[3])
        yield name
        if not found[3]:
            continue
        for plain in (_LINES.sub("", name), name.rstrip(".:"), _LINES.sub("", name.rstrip(".:"))):
            if plain != name:
                yield plain


def below(path: str) -> Iterator[str]:
    """Yield a file, or the files of a folder."""
    if not os.path.isdir(path):
        yield path
        return
    left = _MOST
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        for name in names:
            yield os.path.join(folder, name)
            left -= 1
            if not left:
                return


def _before(event: Event, examiner: Examiner, settings: Settings) -> Verdict:
    if event.kind == SHELL:
        command = command_of(event)
        guarded = _guard(bypass.in_command(command, event.cwd, examiner.own), event, settings)
        return guarded if guarded.action != "pass" else _shell(event, command, examiner, settings)
    paths = [os.path.join(event.cwd, path) for path in named_paths(event.input)]
    if event.kind == WRITE:
        patch = text_of(event.input.get("command") or event.input.get("input") or "") if _is_dict(event.input) else ""
        for path in [*paths, *patched(patch)]:
            guarded = _guard(bypass.in_path(os.path.join(event.cwd, path), examiner.own), event, settings)
            if guarded.action != "pass":
                return guarded
        if patch.startswith("*** Begin Patch"):
            examiner.text(_added(patch), "the patch")
        else:
            examiner.value(event.input, f"the input of {event.tool}", skip=OLD_KEYS)
        what = f"{event.tool} was stopped, it would write a secret"
        hint = "Write a reference to an environment variable or a secret manager instead."
        return Verdict(DENY, examiner.told(what, hint)) if examiner.stopped else Verdict()
    examiner.value(event.input, f"the input of {event.tool}")
    if examiner.stopped:
        return Verdict(DENY, examiner.told(f"{event.tool} was not called, its input has a secret"))
    if event.content:
        examiner.text(event.content, paths[0] if paths else "the file")
    elif not (event.rewrites and settings.files != "deny"):
        for path in paths:
            for file in [path] if event.kind == READ or os.path.isfile(path) else []:
                examiner.file(file)
    if not examiner.stopped:
        return Verdict()
    return Verdict(DENY, examiner.told(f"{event.tool} was stopped, the file has a secret", _hint(examiner)))


def _hint(examiner: Examiner) -> str:
    if not examiner.findings:
        return ""
    path = examiner.findings[0].path
    return _HINT.format(path if re.fullmatch(r"[\w./@+-]+", path) else "FILE")


def _shell(event: Event, command: str, examiner: Examiner, settings: Settings) -> Verdict:
    examiner.text(command, "the command")
    if examiner.stopped:
        hint = "Use an environment variable that is set outside of the session."
        return Verdict(DENY, examiner.told("the command was not run, it holds a secret", hint))
    later = event.rewrites and settings.files != "deny"
    if is_masked(command):
        return Verdict()
    if variables.dumps(command) and not later:
        what = "the command was not run, it prints the environment with its secrets"
        return Verdict(
            DENY, told(what, [], "`env | scrubjay filter` prints it masked; one variable can be tested with `test -n`.")
        )
    for path in files(command, event.cwd):
        examiner.file(path)
    for name in objects(command):
        _object(name, event.cwd, examiner)
    if not examiner.stopped or (settings.files == "redact" or (later and only_prints(command))):
        return Verdict()
    what = "the command was not run, it names a file with a secret"
    return Verdict(DENY, examiner.told(what, _hint(examiner)))


def _object(name: str, cwd: str, examiner: Examiner) -> None:
    from ..patterns.errors import ScrubjayError
    from ..scanner.finding import Fragment
    from ..scanner.git import Git

    try:
        data = Git(cwd).output("cat-file", "-p", name)
    except (ScrubjayError, OSError):
        # No such object here, so git will print none either.
        return
    examiner.fragment(Fragment(data, name))


def is_masked(command: str) -> bool:
    """True when all that a command line prints goes through `scrubjay filter`, and it writes and sends nothing."""
    found = commands(command)
    for one in found:
        if one.writes or (one.piped and one.program not in _PRINTERS | {"env", "printenv", "git", "sed", "find"}):
            return False
        if not one.piped and one.run[1:] != ["filter"] and one.program not in ("cd", "true"):
            return False
        if not one.piped and one.run[1:] == ["filter"] and one.program != "scrubjay":
            return False
    return any(one.program == "scrubjay" for one in found)


def only_prints(command: str) -> bool:
    """True when all programs of a command line print what they read as it is, and nothing is written."""
    return all(one.program in _PRINTERS and not one.writes for one in commands(command))


def _guard(found: bypass.Bypass | None, event: Event, settings: Settings) -> Verdict:
    if found is None or settings.guard == "off":
        return Verdict()
    reason = f"scrubjay: {found.what}. The checks for secrets stay on unless the user decides otherwise."
    return Verdict(ASK if settings.guard == "ask" and event.can_ask else DENY, reason)


def _after(event: Event, examiner: Examiner, settings: Settings) -> Verdict:
    by_name = event.kind == SHELL and _prints_variables(command_of(event))
    masked = examiner.masked(event.output, f"the output of {event.tool}", variables=by_name)
    if masked is event.output:
        return Verdict()
    return Verdict(REWRITE, examiner.told(f"secrets in the output of {event.tool} were masked"), masked)


def _prints_variables(command: str) -> bool:
    return variables.dumps(command) or ".env" in command


def _is_dict(value: object) -> bool:
    return isinstance(value, dict)


def command_of(event: Event) -> str:
    """Return the command line of a shell's event."""
    value = event.input
    if isinstance(value, dict):
        value = value.get("command") or value.get("cmd") or value.get("script") or value
    if isinstance(value, list):
        return value[2] if len(value) == 3 and value[1] in ("-c", "-lc") else " ".join(map(str, value))
    return text_of(value)


def named_paths(value: object) -> list[str]:
    """Return the paths that a tool's input names in the fields that are for it."""
    found: list[str] = []
    if isinstance(value, dict):
        for name, item in value.items():
            if str(name).lower() in PATH_KEYS:
                items = item if isinstance(item, list) else [item]
                found += [one.removeprefix("file://") for one in items if isinstance(one, str) and one]
                found += [path for one in items if isinstance(one, dict) for path in named_paths(one)]
    return found


def patched(patch: str) -> list[str]:
    """Return the paths that a patch names."""
    return [found[1] for found in _PATCHED.finditer(patch)]


def _added(patch: str) -> str:
    return "".join(line[1:] + "\n" for line in patch.splitlines() if line.startswith("+"))
