"""The errors that a user can act on."""

from __future__ import annotations

USAGE = 2
INCOMPLETE = 3


class ScrubjayError(Exception):
    """A failure that the user can mend; the message says how. `exit_code` is 2 (usage) or 3 (incomplete)."""

    def __init__(self, message: str, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class MatchTimeout(ScrubjayError):
    """A rule took longer than its time budget on one place, so the data was not judged completely."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"rule {rule} ran out of time; the data was not fully examined", INCOMPLETE)
        self.rule = rule


class RuleError(ScrubjayError):
    """A rule of the user's, or what the user says of rules, can't be used; `rule` is its id, or ""."""

    def __init__(self, message: str, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule
