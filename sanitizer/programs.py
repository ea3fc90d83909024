"""Runs a program of the operator's: an argument list, no shell, a time limit, nothing of it on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from ..patterns.errors import ScrubjayError

SECONDS = 30


def words_of(command: str, option: str) -> list[str]:
    """Split a command line as a shell would, without being one; raises ScrubjayError if it is none."""
    import shlex
    from shutil import which

    try:
        words = shlex.split(command)
    except ValueError:
        raise ScrubjayError(f"{option} is no command line: a quote is not closed") from None
    if not words or not which(words[0]):
        raise ScrubjayError(f"{option}: there is no program {words[0] if words else 'named'}")
    return words


def run(words: Sequence[str], option: str, *, given: bytes = b"") -> bytes:
    """Return what a program writes; raises ScrubjayError if it can't be run, fails, or takes too long."""
    import subprocess

    try:
        done = subprocess.run(
            list(words), input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False
        )
    except OSError as error:
        raise ScrubjayError(f"{option}: can't run {words[0]}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise ScrubjayError(f"{option}: {words[0]} took more than {SECONDS} seconds") from None
    if done.returncode:
        raise ScrubjayError(f"{option}: {words[0]} ended with {done.returncode}")
    return done.stdout
