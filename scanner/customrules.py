"""The matcher for a run: the shipped rules, and what the settings add to them or change of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .settings import Settings


def matcher(settings: Settings, engine: str = "") -> Matcher:
    """Return the matcher that settings ask for. Raises ScrubjayError, with the file, for a rule that is no good."""
    from ..patterns import Matcher

    if not settings.custom:
        return Matcher.default(engine=engine)
    raise NotImplementedError
