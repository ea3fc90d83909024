"""The shield: masks text and values for logging, and fails closed. What could not be examined becomes a marker."""

from __future__ import annotations

import os
import pkgutil
import threading
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...patterns.errors import ScrubjayError
from ..mask import ERROR, Masker

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..keynames import KeyNames
    from ..known import KnownValues
    from ..policy import Policy

WITHHELD = ERROR.decode("ascii")
_CODEC = ("utf-8", "surrogatepass")
# In these no rule could find anything.
PLAIN = (int, float, bool, type(None))
# Deeper nesting is withheld.
DEPTH = 30
# Names that are remembered as clean.
NAMES = 256
_lock = threading.Lock()


def _after_fork() -> None:
    # Another thread may have held it: it is not in the child, and will never let go.
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _import_all() -> None:
    """Import what the matcher imports when it first needs it.

    A process that is forked while another thread imports a module waits for that module for ever.
    """
    from ... import patterns

    names = [f"{patterns.__name__}.{module.name}" for module in pkgutil.iter_modules(patterns.__path__)]
    others = ["ahocorasick", "base64", "hashlib", "hmac", "importlib.resources", "json", "regex", "tomllib"]
    for name in [*names, *others]:
        try:
            import_module(name)
        except ImportError:
            # Of the engine that is not in use.
            pass


class Text(str):
    """Masked text in the place of an object: `%s` and `%r` both show it as the object would have been shown."""

    shown: str

    def __new__(cls, text: str, shown: str) -> Text:
        """Make the text, and what its `repr` is."""
        self = super().__new__(cls, text)
        self.shown = shown
        return self

    def __repr__(self) -> str:
        return self.shown

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        # The process that reads it from a queue or a socket may not have scrubjay.
        return str, (str(self),)


class Shield:
    """Masks what a logging system is about to write. Shared by threads; no method raises for what it is given.

    `counts` has the number of masks by rule, and under "error" how often something had to be withheld; `examiner` finds
    what is secret, and `policy` says how it is masked.
    """

    def __init__(
        self,
        matcher: Matcher | None = None,
        *,
        known: Iterable[str | bytes] = (),
        names: KeyNames | None = None,
        policy: Policy | None = None,
    ) -> None:
        """Make a shield with all shipped rules, or those of `matcher`, and with values that are always masked.

        `names` are the keys whose values are secret, by default the usual ones; `policy` says how is masked.
        Raises ScrubjayError when the rules can't be compiled, or a known value is too short.
        """
        from ...patterns import Matcher
        from ..examine import Examiner
        from ..keynames import riders

        matcher = matcher or Matcher.default(riders=riders())
        self.examiner = Examiner(matcher, names=names, known=_known(known))
        self.policy = policy
        self._masker = Masker(self.examiner, policy=policy)
        _import_all()
        self.counts: dict[str, int] = {}
        self._names: set[str] = set()

    def text(self, text: str) -> str:
        """Return the text with its secrets masked: the same object if there are none."""
        try:
            data = text.encode(*_CODEC)
            spans = self.examiner.find(data)
            if not spans:
                return text
            counts: dict[str, int] = {}
            masked = b"".join(self._masker.apply(data, spans, counts))
        except Exception:  # noqa: BLE001 - whatever went wrong, the text was not examined
            return self.withheld()
        if not counts:
            return text
        self.count(counts)
        return masked.decode(*_CODEC)

    def secrets(self, text: str) -> list[str]:
        """Return the secrets in the text themselves; raises what the matcher raises."""
        data = text.encode(*_CODEC)
        spans = ((span.start, span.end) for span in self.examiner.find(data))
        return [data[start:end].decode("utf-8", "ignore") for start, end in spans if b"REDACTED" not in data[start:end]]

    def name(self, name: str | None) -> str | None:
        """Like `text`, for names that come again with each record, such as those of threads."""
        if name is None or name in self._names:
            return name
        masked = self.text(name)
        if masked is name:
            if len(self._names) >= NAMES:
                self._names.clear()
            self._names.add(name)
        return masked

    def value(self, value: Any, key: str = "") -> Any:
        """Return the value with the text in it masked, at any depth: the same object if there is no secret in it.

        `key` is the name under which it will be written. An object of another class is judged by how it is printed,
        and becomes masked text if that shows a secret.
        """
        if isinstance(value, PLAIN) and not key:
            return value
        try:
            return self._value(value, key, 0)
        except Exception:  # noqa: BLE001 - see text()
            return self.withheld()

    def withheld(self) -> str:
        """Count something that could not be examined, and return what stands for it."""
        self.count({"error": 1})
        return WITHHELD

    def count(self, counts: Mapping[str, int]) -> None:
        """Add to the counts."""
        with _lock:
            for rule, count in counts.items():
                self.counts[rule] = self.counts.get(rule, 0) + count

    def _value(self, value: Any, key: str, depth: int) -> Any:
        if isinstance(value, (str, bytes, *PLAIN)):
            masked, counts = self._masker.mask_value(value, key)
            if counts:
                self.count(counts)
            return masked
        if depth > DEPTH:
            return self.withheld()
        if type(value) in (dict, list, tuple, set, frozenset):
            return self._container(value, key, depth + 1)
        return self._object(value, key)

    def _container(self, value: Any, key: str, depth: int) -> Any:
        if isinstance(value, dict):
            new = {}
            changed = False
            for name, item in value.items():
                masked_name = self._value(name, "", depth)
                masked = self._value(item, name if isinstance(name, str) else "", depth)
                changed = changed or masked is not item or masked_name is not name
                new[masked_name] = masked
            return new if changed else value
        items = [self._value(item, key, depth) for item in value]
        if all(one is other for one, other in zip(items, value, strict=True)):
            return value
        return type(value)(items)

    def _object(self, value: Any, key: str) -> Any:
        """Judge an object by what `%s` and `%r` show of it."""
        text, shown = str(value), repr(value)
        masked, masked_shown = self._value(text, key, 0), self._value(shown, key, 0)
        if masked is text and masked_shown is shown:
            return value
        return Text(masked, masked_shown)


def _known(values: Iterable[str | bytes]) -> KnownValues | None:
    """The finder for known values, None if there are none."""
    from ..known import KnownValues

    known = KnownValues(value.encode(*_CODEC) if isinstance(value, str) else value for value in values)
    if known.skipped:
        raise ScrubjayError(
            f"{known.skipped} of the known values would be in any text; give those of 8 characters at least, 4 of them"
            " different"
        )
    return known if known.count else None
