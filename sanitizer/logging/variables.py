"""Values of variables that libraries print beside a traceback, cut or wrapped, so that no secret in them is whole."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from types import FrameType

from .shield import Shield

# So many characters of a secret in a row are a leak.
PART = 8
# Libraries print less of a value.
_LONGEST = 20_000
_MARK = "[REDACTED]"


def secrets_in(shield: Shield, error: BaseException, *, callers: bool = False) -> set[str]:
    """Return the secrets in the variables of an exception's frames, its chain and group included.

    With `callers`, also in those of the functions that have called them.
    """
    found: set[str] = set()
    for frame in _frames(error, callers, set()):
        for name, value in dict(frame.f_locals).items():
            try:
                found.update(shield.secrets(f"{name}={repr(value)[:_LONGEST]}"))
            except Exception:  # noqa: BLE001 - what can't be shown is not printed either
                continue
    return found


def _frames(error: BaseException, callers: bool, seen: set[int]) -> Iterator[FrameType]:
    if id(error) in seen:
        return
    seen.add(id(error))
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    yield from frames
    outer = frames[0].f_back if frames and callers else None
    while outer:
        yield outer
        outer = outer.f_back
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for other in (error.__cause__, error.__context__, *inner):
        if other is not None:
            yield from _frames(other, callers, seen)


def without(text: str, secrets: set[str]) -> str:
    """Return the text without the pieces of secrets that are left in it."""
    for secret in secrets:
        for start in range(len(secret) - PART + 1):
            while (piece := secret[start : start + PART]) in text and piece not in _MARK:
                end = start + PART
                while end < len(secret) and secret[start : end + 1] in text:
                    end += 1
                text = text.replace(secret[start:end], _MARK)
    return text
