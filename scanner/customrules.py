"""The matcher for a run: the shipped rules, and what the settings add to them or change of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..patterns.errors import RuleError, ScrubjayError

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .settings import Settings


def matcher(settings: Settings, engine: str = "") -> Matcher:
    """Return the matcher that settings ask for. Raises ScrubjayError, with the file, for a rule that is no good."""
    from ..patterns import Matcher

    try:
        return Matcher.default(engine=engine, custom=settings.custom or None)
    except RuleError as error:
        raise ScrubjayError(f"{settings.path}: {error}") from None


def unknown(settings: Settings) -> list[str]:
    """Return a complaint for each name or pattern in the settings that no rule has."""
    from fnmatch import filter as fitting

    from ..patterns.load import load, read_shipped

    names = [rule.id for rule in load(read_shipped())]
    names += [str(block.get("id")) for block in settings.custom.get("rule", [])]
    wanted = [("rules.enable", settings.enable), ("rules.disable", settings.disable)]
    wanted += [("allow", one.rules) for one in settings.allow]
    return [
        f"{key}: no rule has the id {name}; `scrubjay rules list` shows all"
        for key, listed in wanted
        for name in listed
        if not fitting(names, name)
    ]
