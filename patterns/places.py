"""Where the user keeps what belongs to scrubjay, and how a file there is written: whole or not at all."""

from __future__ import annotations

import os
import sys

from .errors import ScrubjayError


def config() -> str:
    """Return scrubjay's folder for what the user decides, "" where the environment names none."""
    if sys.platform != "linux":
        import platformdirs

        return platformdirs.user_config_dir("scrubjay", appauthor=False)
    # What platformdirs answers on Linux, without the 30 ms of its import.
    return _below(os.environ.get("XDG_CONFIG_HOME") or "~/.config")


POLICY = "policy.toml"
POLICY_VARIABLE = "SCRUBJAY_POLICY"


def data_policy(named: str = "") -> str:
    """Return the path of the user's data policy: the one that is named, by SCRUBJAY_POLICY too, or else that in the
    folder for what the user decides, "" when there is none."""
    if chosen := named or os.environ.get(POLICY_VARIABLE, ""):
        return chosen
    path = data_policy_default()
    return path if os.path.lexists(path) else ""


def data_policy_default() -> str:
    """Return where the user's data policy is looked for, "" where the environment names no place."""
    folder = config()
    return os.path.join(folder, POLICY) if folder else ""


def data() -> str:
    """Return scrubjay's folder for what it notes, "" where the environment names none."""
    return _below(os.environ.get("XDG_DATA_HOME") or "~/.local/share")


def _below(base: str) -> str:
    base = os.path.expanduser(base)
    return os.path.join(base, "scrubjay") if os.path.isabs(base) else ""


def write_whole(path: str, text: str, mode: int = 0o666) -> None:
    """Write a file so that a reader meets the old text or the new one. Raises ScrubjayError."""
    temporary = f"{path}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        try:
            descriptor = os.open(temporary, flags, mode)
        except FileExistsError:
            # Of a process that had this number and was killed.
            os.unlink(temporary)
            descriptor = os.open(temporary, flags, mode)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        raise ScrubjayError(f"can't write {path}: {error.strerror}") from None
