"""Text of others for a terminal or a report."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return text that can't move the cursor or start a new line on a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
