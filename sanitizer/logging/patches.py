"""Replaced attributes of other modules, and their return."""

from __future__ import annotations

from typing import Any

_MISSING = object()


class Patches:
    """Attributes that were replaced. `undo` gives back what was there, unless somebody has replaced it again since."""

    def __init__(self) -> None:
        self._done: list[tuple[Any, str, Any, Any]] = []

    def set(self, owner: Any, name: str, new: Any) -> None:
        """Replace an attribute of a class or module by `new`."""
        self._done.append((owner, name, owner.__dict__.get(name, _MISSING), new))
        setattr(owner, name, new)

    def missing(self) -> list[str]:
        """Return the names of attributes that somebody else has replaced since."""
        return [
            f"{getattr(owner, '__name__', owner)}.{name}"
            for owner, name, _, new in self._done
            if owner.__dict__.get(name) is not new
        ]

    def undo(self) -> None:
        """Give everything back, the latest first."""
        while self._done:
            owner, name, old, new = self._done.pop()
            if owner.__dict__.get(name) is not new:
                continue
            if old is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, old)
