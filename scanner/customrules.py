"""The matcher for a run: the shipped rules, and what the settings add to them or change of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..patterns.errors import ScrubjayError

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .settings import Settings


def matcher(settings: Settings, engine: str = "") -> Matcher:
    """Return the matcher that settings ask for. Raises ScrubjayError, with the file, for a rule that is no good."""
    from ..patterns import Matcher

    if not settings.custom:
        return Matcher.default(engine=engine)
    from ..patterns.custom import adapted
    from ..patterns.load import load, read_shipped

    try:
        return Matcher(adapted(load(read_shipped()), settings.custom), engine=engine)
    except ScrubjayError as error:
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


def imported(text: str) -> str:
    """Return the rules of a gitleaks configuration as text for `.scrubjay.toml`."""
    raise NotImplementedError
