"""Secrets that the process already holds: values of environment variables and settings whose names say so."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

# Searched in names whose words are in lower case and joined by "_": db_password, api_key.
NAMES = (
    r"(?:^|_)(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api_?key|(?:access|private|signing|encryption|secret)_?key"
    r"|auth|credential|dsn|salt|pepper)s?(?:$|_)"
)
# Shorter values are in half of the lines of any log.
SHORTEST = 8
# Of fewer different characters are rulers and placeholders.
_DIFFERENT = 4
_DEPTH = 6
_URL_PASSWORD = re.compile(r"://[^\s/:@]*:([^\s/@]+)@")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")


def secrets_of(source: Any = None, *, pattern: str = "") -> list[str]:
    """Return the values of a source whose names match the pattern, and the passwords in its URLs.

    The source is a mapping, a module or another object with attributes, searched at any depth of mappings and lists;
    None is the process's environment. Values under 8 characters, numbers and plain words are left out.
    """
    names = re.compile(pattern or NAMES)
    found: dict[str, None] = {}
    for name, value in _items(os.environ if source is None else source):
        _collect(names, name, value, False, 0, found)
    return list(found)


def _items(source: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(source, Mapping):
        yield from ((str(name), value) for name, value in source.items())
        return
    for name in dir(source):
        if name.startswith("__"):
            continue
        try:
            value = getattr(source, name)
        except Exception:  # noqa: BLE001 - a lazy setting that is not set
            continue
        if not callable(value):
            yield name, value


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).lower()


def _collect(names: re.Pattern[str], name: str, value: Any, wanted: bool, depth: int, found: dict[str, None]) -> None:
    if depth > _DEPTH:
        return
    wanted = wanted or bool(names.search(name if names.pattern != NAMES else _words(name)))
    if isinstance(value, Mapping):
        for inner, item in value.items():
            _collect(names, str(inner), item, False, depth + 1, found)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            _collect(names, name, item, wanted, depth + 1, found)
    else:
        if hasattr(value, "get_secret_value"):
            # pydantic's SecretStr, whatever its name.
            value, wanted = value.get_secret_value(), True
        if isinstance(value, bytes):
            value = value.decode("utf-8", "ignore")
        if isinstance(value, str):
            if wanted and _is_secret(value):
                found[value] = None
            for password in _passwords(value):
                found[password] = None


def _is_secret(value: str) -> bool:
    if len(value) < SHORTEST or len(set(value)) < _DIFFERENT or value.isdigit() or "://" in value or "\n" in value:
        return False
    # A word, a path, a dotted name.
    return not re.fullmatch(r"[A-Za-z]+|(?:[\w\-]*[/.])+[\w.\-]*|[A-Z]?[a-z]+(?:[_\- ][a-z]+)*", value)


def _passwords(value: str) -> Iterator[str]:
    """The passwords of the URLs in a value, as they are written there and decoded."""
    for found in _URL_PASSWORD.findall(value):
        decoded = _PERCENT.sub(lambda hit: chr(int(hit[1], 16)), found)
        yield from {form for form in (found, decoded) if len(form) >= SHORTEST}
