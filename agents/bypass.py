"""The guard for the guard: ways around the hooks of git, and edits of what runs scrubjay."""

from __future__ import annotations

import os
import re
from collections.abc import Set
from typing import NamedTuple

from .shell import Command, commands, files

# Files that decide what is checked. What an agent may do to them is the user's to say.
_PROTECTED = re.compile(
    r"(?:\A|/)(?:"
    r"\.git/hooks/[^/]+|\.git/config|\.husky/.+|\.pre-commit-config\.ya?ml|lefthook\.ya?ml"
    r"|\.scrubjay[^/]*|scrubjay/(?:baseline|policy\.toml|audit\.jsonl(?:\.head)?)"
    r"|\.claude/settings(?:\.local)?\.json|\.codex/(?:hooks\.json|config\.toml)|\.cursor/hooks\.json"
    r"|\.github/hooks/[^/]+\.json|\.copilot/hooks/[^/]+\.json|\.gemini/settings\.json"
    r")\Z"
)
# Programs that only read what they are given.
_READERS = frozenset(
    "cat less more head tail ls stat file wc grep egrep fgrep rg diff cmp sort uniq nl bat jq yq echo printf test [ "
    "find du md5sum sha256sum cd pwd".split()
)
_GIT_READS = frozenset("diff show log status add blame ls-files cat-file grep rev-parse check-ignore".split())
# Programs that do to a folder what they do to all that is in it.
_MOVERS = frozenset("rm mv rmdir ln chmod chown shred rsync find".split())
_HOOKED = frozenset("commit push merge rebase am cherry-pick revert pull".split())
_SKIPPING = re.compile(
    r"(?:SKIP=.+|HUSKY=0|HUSKY_SKIP_HOOKS=.+|LEFTHOOK=(?:0|false)|PRE_COMMIT_ALLOW_NO_CONFIG=.+"
    r"|GIT_CONFIG_(?:KEY_\d+=core\.hookspath|PARAMETERS=.*core\.hookspath.*))",
    re.IGNORECASE | re.DOTALL,
)
# Short options of git commit that take a value, so that what follows is not an option.
_WITH_VALUE = "CcFmtuS"
_PLUMBING = frozenset(("commit-tree", "update-ref", "fast-import"))


class Bypass(NamedTuple):
    """One way around: what was seen, and if it is an edit of a guarding file."""

    what: str
    edit: bool = False


def in_command(text: str, cwd: str = "", own: Set[str] = frozenset()) -> Bypass | None:
    """Return how a command line goes around the checks, or None; `own` are files as `in_path` takes them."""
    found = commands(text)
    for command in found:
        if way := _skipped(command) or _git(command) or _own(command) or _edited(command):
            return way
    if own and not all(_only_reads(command) and not command.writes for command in found):
        moves = any(command.program in _MOVERS for command in found)
        written = (os.path.join(cwd, os.path.expanduser(path)) for command in found for path in command.writes)
        for path in (*files(text, cwd, os.path.exists), *written):
            real = os.path.realpath(path)
            if real in own or (moves and any(one.startswith(real + os.sep) for one in own)):
                return _edit(path)
        # A name with blanks, inside code.
        if code := next((one for one in own if one in text), None):
            return _edit(code)
    return None


def in_path(path: str, own: Set[str] = frozenset()) -> Bypass | None:
    """Return the edit of a guarding file that a write to this path is, or None.

    `own` are the real paths of the guarding files that the user has put somewhere else.
    """
    plain = path.replace("\\", "/")
    if _PROTECTED.search(plain) or (own and os.path.realpath(path) in own):
        return _edit(plain)
    return None


def _edit(path: str) -> Bypass:
    return Bypass(f"an edit of {path.rpartition('/')[2]}, which decides what is checked", edit=True)


def _skipped(command: Command) -> Bypass | None:
    for word in [*command.assigned, *command.words[:6]]:
        if _SKIPPING.fullmatch(word):
            return Bypass(f"{word.partition('=')[0]}=, which skips hooks")
    return None


def _git(command: Command) -> Bypass | None:
    run = command.run
    if command.program in ("pre-commit", "husky", "lefthook") and "uninstall" in run:
        return Bypass(f"{command.program} uninstall")
    if command.program not in ("git", "git.exe"):
        return None
    place = 1
    while place < len(run) and run[place].startswith("-"):
        if run[place] in ("-c", "--config-env", "-C", "--git-dir", "--work-tree", "--namespace"):
            if run[place].startswith(("-c", "--config")) and place + 1 < len(run) and _hooks_path(run[place + 1]):
                return Bypass("git -c core.hooksPath")
            place += 1
        elif _hooks_path(run[place].lstrip("-c")):
            return Bypass("git -c core.hooksPath")
        place += 1
    verb, rest = (run[place], run[place + 1 :]) if place < len(run) else ("", [])
    if verb == "config" and any(_hooks_path(word) for word in rest):
        reads = [word for word in rest if not word.startswith("-")]
        if "--get" not in rest and reads[:1] != ["get"] and (len(reads) > 1 or "--unset" in rest):
            return Bypass("git config core.hooksPath")
    if verb in _PLUMBING:
        return Bypass(f"git {verb}, which runs no hook")
    if verb in _HOOKED:
        value = False
        for word in rest:
            if value:
                value = False
                continue
            if word == "--":
                break
            value = bool(re.fullmatch(r"-[a-zA-Z]*[CFcmt]|--(?:message|file|template|author|date)", word))
            if word.startswith("--no-v") and "--no-verify".startswith(word):
                return Bypass(f"git {verb} --no-verify")
            if verb == "commit" and _short_n(word):
                return Bypass("git commit -n")
    return None


def _short_n(word: str) -> bool:
    if not re.fullmatch(r"-[A-Za-z]+.*", word) or word.startswith("--"):
        return False
    for char in word[1:]:
        if char == "n":
            return True
        if char in _WITH_VALUE or not char.isalpha():
            return False
    return False


def _hooks_path(word: str) -> bool:
    return word.lower().partition("=")[0] == "core.hookspath"


def _own(command: Command) -> Bypass | None:
    run = [word for word in command.run if not word.startswith("-")]
    if command.program == "scrubjay" and run[1:2] == ["agent"] and run[2:3] in (["allow"], ["uninstall"], ["install"]):
        return Bypass(f"scrubjay agent {run[2]}, which is the user's to run")
    if command.program == "scrubjay" and run[1:2] == ["baseline"] and run[2:3] != ["show"]:
        return Bypass("scrubjay baseline, which is the user's to run")
    return None


def _only_reads(command: Command) -> bool:
    """True when a program changes nothing that it names, except where its output goes."""
    run = command.run
    return not run or command.program in _READERS or (command.program == "git" and bool(_GIT_READS & set(run[1:4])))


def _edited(command: Command) -> Bypass | None:
    for path in command.writes:
        if found := in_path(path):
            return found
    if _only_reads(command):
        return None
    for word in command.run[1:]:
        for path in (word, word.partition("=")[2]):
            if path and (found := in_path(path)):
                return found
        if word.rstrip("/").endswith((".git/hooks", ".husky")) and command.program in ("rm", "mv", "chmod", "ln"):
            return Bypass("a change of the folder of hooks", edit=True)
    return None
