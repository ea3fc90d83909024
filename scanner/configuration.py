"""Which settings count for a run: a file that the user names, else the repository's, else defaults."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..patterns.errors import ScrubjayError

if TYPE_CHECKING:
    from .settings import Settings

NAME = ".scrubjay.toml"
VARIABLE = "SCRUBJAY_CONFIG"


def read(path: str, *, named: bool = False) -> Settings:
    """Read one file. Raises ScrubjayError, with every line that is wrong, for one that can't be used."""
    from ..patterns.tomllines import complain
    from .settings import parse

    found, problems = parse(text_of(path))
    if problems:
        raise complain(path, problems)
    if named:
        # Whoever names a file wants it to be the last word: what lies in the scanned repository counts on its say only.
        said = _said(path)
        found = found._replace(
            inline=found.inline if "inline" in said else False,
            baseline=found.baseline if "baseline" in said else "",
        )
    return found._replace(path=os.path.abspath(path), named=named)


def text_of(path: str) -> str:
    """Return the text of a file of settings. Raises ScrubjayError when it can't be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        raise ScrubjayError(f"the configuration {path} is not UTF-8") from None
    except OSError as error:
        raise ScrubjayError(f"can't read the configuration {path}: {error.strerror}") from None


def _said(path: str) -> set[str]:
    import tomllib

    return set(tomllib.loads(text_of(path)))


def chosen(option: str | None) -> str:
    """Return the file that the user names: by an option, or by SCRUBJAY_CONFIG; "" when there is none."""
    return option or os.environ.get(VARIABLE, "")


def find(folder: str) -> str:
    """Return the path of `.scrubjay.toml` of the repository that a folder is in, "" when it has none."""
    return upward(folder, NAME)


def upward(folder: str, name: str) -> str:
    """Return the path of a file in a folder or above it, up to the root of the repository; "" when there is none."""
    folder = os.path.abspath(folder)
    while True:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
        parent = os.path.dirname(folder)
        if os.path.lexists(os.path.join(folder, ".git")) or parent == folder:
            return ""
        folder = parent


def settle(folder: str, option: str | None = None) -> Settings:
    """Return the settings for a scan of a folder. Raises ScrubjayError for a file that can't be used."""
    if named := chosen(option):
        return read(named, named=True)
    path = find(folder)
    if path:
        return read(path)
    from .settings import Settings

    return Settings()


def told(settings: Settings) -> str:
    """Return settings as the text of a file."""
    from .settings import KEYS

    lines: list[str] = []
    table = ""
    for place, (field, _) in KEYS.items():
        if len(place) > 1 and place[0] != table:
            table = place[0]
            lines += ["", f"[{table}]"]
        name, _, risk = field.partition(".")
        value = getattr(settings, name)
        lines.append(f"{place[-1]} = {_toml(value[risk] if risk else value)}")
    for one in settings.allow:
        lines += ["", "[[allow]]", *(f"{key} = {_toml(value)}" for key, value in one._asdict().items() if value)]
    for block in settings.custom.get("rule", []):
        lines += ["", f"# and the rule {block.get('id')}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "false" if value is False else "true"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"' if value != "" else "false"


def speaks_of_rules(folder: str) -> bool:
    """True when the settings may hold rules, so that a hook needs them before it scans; costs a look at the file."""
    path = chosen(None) or find(folder)
    if not path:
        return False
    try:
        with open(path, "rb") as file:
            return b"rule" in file.read()
    except OSError as error:
        raise ScrubjayError(f"can't read the configuration {path}: {error.strerror}") from None
