"""The answer of one offline check."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """What a check found out. The reason is fixed text, or tells what is public, such as the number of an account; no
    part of the value stands in it."""

    passed: bool | None  # None: cannot tell, for example another version of the format
    reason: str


def passed(reason: str) -> Outcome:
    """The value is what it claims to be."""
    return Outcome(True, reason)


def failed(reason: str) -> Outcome:
    """The value is not what it claims to be."""
    return Outcome(False, reason)


def unknown(reason: str) -> Outcome:
    """The check cannot decide about this value."""
    return Outcome(None, reason)
