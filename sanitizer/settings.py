"""What a filter masks and how, from options and a file; read again on request, all of it or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..patterns.errors import ScrubjayError

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .examine import Examiner
    from .known import KnownValues
    from .policy import Policy

# Keys of the table [filter] that may change while the filter runs, with their types.
LIVE = {
    "mask": list, "mask-key-file": str, "key-name": list, "key-names": bool,
    "known-env": list, "known-file": list, "known-command": list,
}  # fmt: skip
# Those that count at the start only.
FIXED = {
    "source": str, "quarantine": str, "metrics-file": str, "metrics-port": int, "audit": str, "alert": bool,
    "alert-command": str, "interval": float, "jobs": int, "packing": str, "encoding": str, "summary": bool,
}  # fmt: skip


class Setup(NamedTuple):
    """What a running filter works with."""

    examiner: Matcher | Examiner
    policy: Policy | None = None
    known: KnownValues | None = None


class Settings:
    """The options of a filter that can be read again: `load` makes a setup, as often as it is called."""

    def __init__(
        self, make_matcher: Callable[[], Matcher], given: Mapping[str, Any] | None = None, config: str = ""
    ) -> None:
        """`given` are the options of LIVE; lists add to those of the file, other values win over it."""
        self._make_matcher = make_matcher
        self._given = dict(given or {})
        self._config = config
        self._matcher: Matcher | None = None
        self._decisive = ""

    @property
    def live(self) -> bool:
        """True when there is something that can be read again."""
        return bool(self._config) or any(self._given.get(name) for name in LIVE)

    def fixed(self) -> dict[str, Any]:
        """Return the file's settings that count at the start only; raises ScrubjayError."""
        return {name: value for name, value in read_config(self._config).items() if name in FIXED}

    def load(self) -> Setup:
        """Return what the options and the file say now. Raises ScrubjayError if anything in them is wrong."""
        from .examine import Examiner
        from .keynames import KeyNames
        from .known import Sources
        from .policy import Policy, read_keys

        file = read_config(self._config)
        options = {name: value for name, value in file.items() if name in LIVE}
        for name, value in self._given.items():
            if isinstance(value, list | tuple):
                options[name] = [*options.get(name, ()), *value]
            elif value not in (None, ""):
                options[name] = value
        if self._matcher is None:
            self._matcher = self._make_matcher()
        words = options.get("mask", [])
        key_file = options.get("mask-key-file", "")
        policy = None
        if words or key_file:
            policy = Policy.parse(words, read_keys(key_file))
            _check_rules(words, self._matcher)
        own = options.get("key-name", [])
        names = KeyNames(own, defaults=options.get("key-names", True))
        sources = Sources(*(options.get(name, ()) for name in ("known-env", "known-file", "known-command")))
        known = sources.read() if sources else None
        examiner = Examiner(self._matcher, names=names, known=known)
        self._decisive = repr((list(words), sorted(own), options.get("key-names", True)))
        return Setup(examiner, policy, known)

    def fingerprint(self) -> str:
        """Return a hash of the rules, names and masks of the last setup; known values are no part of it."""
        from hashlib import sha256

        from ..patterns.load import read_shipped

        digest = sha256(self._decisive.encode())
        for name, content in read_shipped():
            digest.update(f"{name} {len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()


def read_config(path: str) -> dict[str, Any]:
    """Return the table [filter] of a TOML file, {} without a path; raises ScrubjayError if anything in it is wrong."""
    if not path:
        return {}
    import tomllib

    try:
        with open(path, "rb") as file:
            table = tomllib.load(file).get("filter", {})
    except OSError as error:
        raise ScrubjayError(f"can't read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = str(error).rpartition("(")[2].rstrip(")") if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise ScrubjayError(f"{path} is not TOML{': ' + place if place.startswith('at ') else ''}") from None
    if not isinstance(table, dict):
        raise ScrubjayError(f"{path}: filter must be a table")
    known = LIVE | FIXED
    for name, value in table.items():
        if name not in known:
            raise ScrubjayError(f"{path}: there is no setting filter.{name}; there are {', '.join(known)}")
        wanted = known[name]
        fits = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
        if wanted is float:
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        if not fits or (wanted is list and not all(isinstance(item, str) for item in value)):
            kind = {list: "a list of texts", str: "a text", bool: "true or false"}.get(wanted, "a number")
            raise ScrubjayError(f"{path}: filter.{name} must be {kind}")
    folder = os.path.dirname(os.path.abspath(path))
    for name in ("mask-key-file", "quarantine", "metrics-file", "audit"):
        if name in table:
            table[name] = os.path.join(folder, table[name])
    if "known-file" in table:
        table["known-file"] = [os.path.join(folder, name) for name in table["known-file"]]
    return table


def _check_rules(words: list[str], matcher: Matcher) -> None:
    """A mask for a rule that does not exist would never be used."""
    from .mask import OWN_RULES

    ids = {plan_id for word in words if "=" in word for plan_id in [word.rpartition("=")[0]] if plan_id}
    wanted = {word for word in ids if not word.startswith("name:")}
    if not wanted:
        return
    there = {rule.id for rule in matcher.rules} | {name.decode() for name in OWN_RULES}
    for word in sorted(wanted):
        if word.endswith("*"):
            if any(name.startswith(word[:-1]) for name in there):
                continue
        elif word in there:
            continue
        raise ScrubjayError(f"--mask {word}=...: there is no such rule; `scrubjay rules list` shows all")
