"""Dumps of the environment: commands that print it, and values that are secret by the name of their variable."""

from __future__ import annotations

import re

from .shell import Command, commands

_FILE = re.compile(r"/proc/[^/\s]+/environ\b")
_POWERSHELL = re.compile(r"\b(?:get-childitem|gci|dir|ls|get-item|gi|type|cat)\s+env:(?!\w)", re.IGNORECASE)
_LINE = re.compile(
    r"^((?:export |declare -\S+ |set -gx )?([A-Za-z_][A-Za-z0-9_]*)(?:=|[ \t]{2,}|: ))([^\r\n\0]+)", re.MULTILINE
)
_SECRET = re.compile(
    r"(?:\A|_)(?:TOKEN|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|PAT|APIKEY|KEY|CREDENTIALS?|AUTH|COOKIE|DSN|JWT"
    r"|PRIVATE|SIGNATURE|LICENSE)(?:_|\Z|\d)|(?:TOKEN|SECRET|PASSWORD|PASSWD|APIKEY)\Z",
    re.IGNORECASE,
)
# Names that hold such a word and no secret.
_KNOWN = frozenset("PWD OLDPWD SSH_AUTH_SOCK XAUTHORITY GPG_AGENT_INFO SSH_ASKPASS GIT_ASKPASS".split())
_PATHLIKE = re.compile(r"(?:_SOCK|_FILE|_PATH|_DIR|_URL_PREFIX|_NAME|_ID)\Z", re.IGNORECASE)
_MASKED = re.compile(r"\[REDACTED:[a-z0-9:-]+\]\Z")


def dumps(text: str) -> bool:
    """True when a command line prints the environment."""
    if _FILE.search(text) or _POWERSHELL.search(text):
        return True
    return any(_dumps(command) for command in commands(text))


def _dumps(command: Command) -> bool:
    words = command.words
    while words and words[0] in ("sudo", "command", "builtin", "exec", "time"):
        words = words[1:]
    if not words:
        return False
    name, rest = words[0].rpartition("/")[2], words[1:]
    if name == "env":
        return all(word.startswith("-") or "=" in word for word in rest)
    if name == "printenv":
        return True
    if name == "set":
        return not rest
    if name in ("export", "declare", "typeset", "local", "readonly"):
        return all(re.fullmatch(r"-[a-zA-Z]+", word) for word in rest) and name != "local"
    return name == "compgen" and "-e" in rest


def secret_values(text: str) -> list[tuple[int, int, str]]:
    """Return where values stand that are secret by the name of their variable: start, end, name."""
    found = []
    for line in _LINE.finditer(text):
        name, value = line[2], line[3].strip()
        if name.upper() in _KNOWN or _PATHLIKE.search(name) or not _SECRET.search(name):
            continue
        inner = value.strip("\"'")
        if len(inner) > 3 and not _MASKED.fullmatch(inner) and not inner.startswith(("$", "/")):
            start = line.start(3) + line[3].index(inner)
            found.append((start, start + len(inner), name))
    return found
