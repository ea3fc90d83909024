"""Proves an installed hook: a fake key goes through the command as it is installed, at each step that the agent has."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import zlib
from typing import Any, NamedTuple

from .dialects import Dialect, dialect
from .event import AFTER, BEFORE, PROMPT
from .message import POLICY

_SECONDS = 30
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Proof(NamedTuple):
    """What happened at one step: `passed`, and what was seen."""

    step: str
    passed: bool
    seen: str


def fake_key() -> str:
    """Return a made-up GitHub token, new each time, with a right checksum."""
    body = "".join(_DIGITS[byte % 62] for byte in os.urandom(30))
    number, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = _DIGITS[digit] + check
    return "gh" + "p_" + body + check


def prove(agent: str, command: str, cwd: str) -> list[Proof]:
    """Run an installed command with a fake key at each step, and once with a clean event."""
    spoken = dialect(agent)
    key = fake_key()
    proofs = [_passes(spoken, command, cwd)]
    for stage, step in ((PROMPT, "prompt"), (BEFORE, "before a tool"), (AFTER, "tool output")):
        proofs.append(_stopped(spoken, command, cwd, stage, step, key))
    return proofs


def _run(command: str, raw: dict[str, Any], cwd: str) -> tuple[int, str]:
    """The exit code and what is printed; a command that can't be started, or hangs, is -1."""
    try:
        done = subprocess.run(
            shlex.split(command), input=json.dumps(raw).encode(), capture_output=True, cwd=cwd, timeout=_SECONDS
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return -1, type(error).__name__
    return done.returncode, done.stdout.decode("utf-8", "replace")


def _passes(spoken: Dialect, command: str, cwd: str) -> Proof:
    code, printed = _run(command, spoken.sample(BEFORE, "", "ls", cwd), cwd)
    blocked = any(word in printed for word in ('"deny"', '"block"', '"ask"'))
    if blocked and not code and POLICY in printed:
        return Proof(
            "a clean command", True, "stopped by the data policy, which gives this agent nothing without a label"
        )
    if code or blocked:
        return Proof(
            "a clean command", False, f"exit code {code}, {'stopped' if blocked else printed[:80] or 'silent'}"
        )
    return Proof("a clean command", True, "goes on")


def _stopped(spoken: Dialect, command: str, cwd: str, stage: str, step: str, key: str) -> Proof:
    text = f"curl -H 'Authorization: Bearer {key}' http://127.0.0.1" if stage == BEFORE else f"the token is {key}"
    code, printed = _run(command, spoken.sample(stage, "", text, cwd), cwd)
    if code == -1:
        return Proof(step, False, f"the command can't be run: {printed}")
    if key in printed:
        return Proof(step, False, "the answer repeats the key")
    if code == 2:
        return Proof(step, True, "blocked by the exit code")
    try:
        reply = json.loads(printed)
    except ValueError:
        return Proof(step, False, f"exit code {code}, and no answer: the key goes through")
    if code or not isinstance(reply, dict):
        return Proof(step, False, f"exit code {code}: the agent takes this for an error and goes on")
    if "REDACTED" in printed:
        return Proof(step, True, "redacted")
    if any(f'"{word}"' in printed for word in ("deny", "block", "ask")) or reply.get("continue") is False:
        return Proof(step, True, "blocked")
    return Proof(step, False, "let through")
