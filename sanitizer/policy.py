"""How a secret is masked: which mask for which rule or key name, and the keys that pseudonyms are made with."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..patterns.errors import ScrubjayError

FULL, PARTIAL, PSEUDONYM, TAG, DROP = "full", "partial", "pseudonym", "tag", "drop"
MASKS = (FULL, PARTIAL, PSEUDONYM, TAG, DROP)
KEY_VARIABLE = "SCRUBJAY_MASK_KEY"
# A shorter key can be guessed, and then the values of short pseudonyms too.
KEY_BYTES = 16
# A value shorter than this shows nothing of itself.
PARTIAL_FROM = 16
_SHOWN = re.compile(rb"[A-Za-z0-9_-]{4}\Z")
_KEY_ID = re.compile(r"[a-z0-9]{1,12}")
_NAME = "name:"


class Key(NamedTuple):
    """A key for pseudonyms, and the short name that they carry, so that keys can be changed."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id!r})"

    def pseudonym(self, value: bytes) -> str:
        """Return the key's name and 64 bits of the HMAC-SHA256 of a value: the same for the same value."""
        from hmac import digest

        return f"{self.id}-{digest(self.secret, value, 'sha256')[:8].hex()}"


class Policy:
    """Which mask a secret gets. Immutable.

    `rules` and `names` say so by rule id (a `*` at the end stands for any rest) and by key name; `default` for all
    others. The first key makes the pseudonyms.
    """

    __slots__ = ("_chosen", "_default", "_names", "_rules", "keys")

    def __init__(
        self,
        default: str = FULL,
        rules: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
        keys: Sequence[Key] = (),
    ) -> None:
        """Raises ScrubjayError for a mask that does not exist, or pseudonyms without a key."""
        self._default = default
        self._rules = dict(rules or {})
        self._names = {plain_name(name): mask for name, mask in (names or {}).items()}
        self._chosen: dict[tuple[str, str], str] = {}
        self.keys = tuple(keys)
        used = {default, *self._rules.values(), *self._names.values()}
        if unknown := used - set(MASKS):
            raise ScrubjayError(f"there is no mask {min(unknown)}; choose {', '.join(MASKS)}")
        if PSEUDONYM in used and not keys:
            raise ScrubjayError(f"pseudonyms need a key: give a file by --mask-key-file, or {KEY_VARIABLE}")

    @classmethod
    def parse(cls, words: Iterable[str], keys: Sequence[Key] = ()) -> Policy:
        """Return the policy of words such as `partial`, `aws-*=pseudonym`, `name:password=drop`; the last one wins."""
        default, rules, names = FULL, {}, {}
        for word in words:
            what, equals, mask = word.rpartition("=")
            if not equals:
                default = mask
            elif what.startswith(_NAME):
                names[what.removeprefix(_NAME)] = mask
            else:
                rules[what] = mask
        return cls(default, rules, names, keys)

    def mask(self, rule: str, name: str = "") -> str:
        """Return the mask for a secret of this rule, found as the value of this key name if one is given."""
        case = rule, name
        chosen = self._chosen.get(case)
        if chosen is None:
            if len(self._chosen) > 4096:
                self._chosen.clear()
            chosen = self._chosen[case] = self._choose(rule, plain_name(name))
        return chosen

    def _choose(self, rule: str, name: str) -> str:
        if name and name in self._names:
            return self._names[name]
        if rule in self._rules:
            return self._rules[rule]
        fitting = [word for word in self._rules if word.endswith("*") and rule.startswith(word[:-1])]
        return self._rules[max(fitting, key=len)] if fitting else self._default

    def detail(self, mask: str, value: bytes) -> str:
        """Return what the marker tells of the value beside the rule: nothing, its end, or its pseudonym."""
        if mask == PSEUDONYM:
            return self.keys[0].pseudonym(value)
        if mask == PARTIAL and len(value) >= PARTIAL_FROM and (shown := _SHOWN.search(value)):
            return f"..{shown[0].decode()}"
        return ""


def plain_name(name: str) -> str:
    """Return a key name without case and separators, as names are compared: `X-API-Key` is `xapikey`."""
    return re.sub(r"[\s_.\-]", "", name).lower()


def read_keys(path: str = "") -> tuple[Key, ...]:
    """Return the keys of a file, a line each: name, blank, secret. Without a file, that of SCRUBJAY_MASK_KEY.

    The first key is in use, the others are older ones that `lookup` still knows. Raises ScrubjayError if a line is
    not well made, or the key is too short.
    """
    if not path:
        text = os.environ.get(KEY_VARIABLE, "")
        return (_key("env", text, KEY_VARIABLE),) if text else ()
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ScrubjayError(f"can't read the key file {path}: {reason}") from None
    keys = []
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            name, _, secret = line.partition(" ")
            keys.append(_key(name, secret.strip(), f"{path} line {number}"))
    if not keys:
        raise ScrubjayError(f"{path} holds no key: write a line with a short name, a blank, and the key")
    if len({key.id for key in keys}) < len(keys):
        raise ScrubjayError(f"{path}: two keys have the same name")
    return tuple(keys)


def _key(name: str, secret: str, where: str) -> Key:
    if not _KEY_ID.fullmatch(name):
        raise ScrubjayError(f"{where}: the name of a key is 1 to 12 lower-case letters and digits")
    if len(secret.encode()) < KEY_BYTES:
        raise ScrubjayError(f"{where}: a key has {KEY_BYTES} bytes at least, e.g. from `openssl rand -hex 32`")
    return Key(name, secret.encode())
