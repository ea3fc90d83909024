"""What `.scrubjay.toml` may say: its keys, their defaults, and the reading of them with line numbers in complaints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..patterns.tomllines import Problem, Wrong, choice, line_of, loaded, rules, text, texts

CONFIDENCES = ("low", "medium", "high")
RISKS = ("high", "standard", "low")
ROTATION = {"high": 30, "standard": 90, "low": 180}
MARKERS = ("betterleaks", "detect-secrets", "gitleaks", "kingfisher", "trufflehog")
_SIZE = re.compile(r"(\d+) ?(B|kB|MB|GB)", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class Allow(NamedTuple):
    """Findings that do not count, by rule and path, with the reason; `expires` is the last day, or ""."""

    reason: str
    rules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    expires: str = ""


class Settings(NamedTuple):
    """What a run obeys. `path` is the file it comes from, "" for none; `named` says that the user named that file.

    `baseline` is a path, relative to the file, "" for none, or None for that of the repository. `custom` is what the
    file says of rules, as TOML has it.
    """

    path: str = ""
    named: bool = False
    min_confidence: str = "medium"
    max_size: int = 0
    inline: bool = True
    markers: tuple[str, ...] = ()
    baseline: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    rotation: Mapping[str, int] = ROTATION
    allow: tuple[Allow, ...] = ()
    custom: Mapping[str, Any] = {}


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("wants true or false")
    return value


def _markers(value: object) -> tuple[str, ...]:
    names = texts(value)
    if not set(names) <= set(MARKERS):
        raise Wrong(f"wants names among {', '.join(MARKERS)}")
    return names


def _size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise Wrong('wants a number of bytes or a size such as "20 MB"')
    return int(found[1]) * _UNITS[found[2].lower()]


def _days(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Wrong("wants a number of days, 1 or more")
    return value


def _baseline(value: object) -> str | None:
    if isinstance(value, bool):
        return None if value else ""
    return text(value)


def _day(value: object) -> str:
    import datetime

    text = value.isoformat() if isinstance(value, datetime.date) else value
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise Wrong("wants a day as YYYY-MM-DD")
    return text


Reader = Callable[[Any], Any]
# Key in the file: (field of Settings, reader).
KEYS: Mapping[tuple[str, ...], tuple[str, Reader]] = {
    ("min-confidence",): ("min_confidence", choice(*CONFIDENCES)),
    ("max-size",): ("max_size", _size),
    ("inline",): ("inline", _flag),
    ("markers",): ("markers", _markers),
    ("baseline",): ("baseline", _baseline),
    ("paths", "include"): ("include", texts),
    ("paths", "exclude"): ("exclude", texts),
    ("rules", "enable"): ("enable", rules),
    ("rules", "disable"): ("disable", rules),
    **{("rotation", risk): (f"rotation.{risk}", _days) for risk in RISKS},
}
ALLOW_KEYS: Mapping[str, Reader] = {"reason": text, "rules": rules, "paths": texts, "expires": _day}
# What the file says of rules is read by scrubjay.patterns.
CUSTOM = ("rule",)


def parse(content: str) -> tuple[Settings, list[Problem]]:
    """Read the text of a file of settings; return what it says, and what is wrong with it, by line."""
    document, problems = loaded(content)
    if problems:
        return Settings(), problems
    found: dict[str, Any] = {}

    def wrong(place: tuple[str | int, ...], reason: str) -> None:
        problems.append(Problem(line_of(content, place), reason))

    for place, value in _leaves(document):
        if place[0] in (*CUSTOM, "allow"):
            continue
        if place not in KEYS:
            wrong(place, f"there is no setting {'.'.join(place)}{_hint('.'.join(place))}")
            continue
        field, reader = KEYS[place]
        try:
            found[field] = reader(value)
        except Wrong as error:
            wrong(place, f"{'.'.join(place)} {error}")
    found["rotation"] = ROTATION | {risk: days for risk in RISKS if (days := found.pop(f"rotation.{risk}", 0))}
    found["allow"] = _allowed(document.get("allow", []), wrong)
    found["custom"] = {name: document[name] for name in CUSTOM if name in document}
    return Settings(**found), sorted(problems)


def _leaves(document: Mapping[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    tables = {place[0] for place in KEYS if len(place) > 1}
    leaves: list[tuple[tuple[str, ...], Any]] = []
    for name, value in document.items():
        if name in tables and isinstance(value, dict):
            leaves += [((name, key), inner) for key, inner in value.items()]
        else:
            leaves.append(((name,), value))
    return leaves


def _hint(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, [*(".".join(place) for place in KEYS), "allow", *CUSTOM], 1)
    return f"; do you mean {close[0]}?" if close else ""


def _allowed(blocks: object, wrong: Callable[[tuple[str | int, ...], str], None]) -> tuple[Allow, ...]:
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        wrong(("allow",), "allow wants blocks, each under a line [[allow]]")
        return ()
    allowed = []
    for number, block in enumerate(blocks):
        values: dict[str, Any] = {}
        for key, value in block.items():
            if key not in ALLOW_KEYS:
                wrong(("allow", number, key), f"there is no setting {key} in allow; it takes {', '.join(ALLOW_KEYS)}")
                continue
            try:
                values[key] = ALLOW_KEYS[key](value)
            except Wrong as error:
                wrong(("allow", number, key), f"{key} in allow {error}")
        if "reason" not in block:
            wrong(("allow", number), "allow wants a reason")
        elif not block.get("rules") and not block.get("paths"):
            wrong(("allow", number), "allow wants rules or paths, or both")
        elif "reason" in values:
            allowed.append(Allow(**values))
    return tuple(allowed)
