"""One call that protects a process: `install`, its opposite, and the self-test that proves it."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...patterns.errors import ScrubjayError
from . import handlers, replacement
from .hooks import Hooks
from .interception import Interception
from .patches import Patches
from .shield import Shield

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..policy import Policy

_lock = threading.RLock()
_current: _Installation | None = None


class _Installation:
    def __init__(self, shield: Shield, hooks: bool) -> None:
        self.shield = shield
        self.patches = Patches()
        self.interception = Interception(shield, self.patches)
        self.hooks = Hooks(shield, self.patches) if hooks else None

    def remove(self) -> None:
        # What another library has wrapped since can't be taken out of its hands, but does nothing any more.
        self.interception.active = False
        if self.hooks:
            self.hooks.active = False
        self.patches.undo()
        if sys.version_info < (3, 12):
            replacement.keep()


def install(
    matcher: Matcher | None = None,
    *,
    known: Iterable[str | bytes] = (),
    environment: bool | str = False,
    settings: Iterable[Any] = (),
    masks: Iterable[str] = (),
    key_file: str = "",
    key_names: Iterable[str] = (),
    hooks: bool = True,
) -> Shield:
    """Mask all that the `logging` module of this process writes, from now on and until `uninstall`.

    `known` are values that are always masked. `environment=True` adds those of environment variables whose name says
    that they are secret, `settings` those of objects, modules or mappings; a string instead of True is a regular
    expression for the names. `masks` are words such as `partial` or `aws-*=pseudonym`, `key_file` has the keys of
    pseudonyms, and `key_names` are further keys whose values are secret. `hooks=False` leaves alone what the
    interpreter prints: uncaught exceptions and warnings. A second call replaces the first. Returns the shield, whose
    `counts` say what was masked.

    Raises ScrubjayError, with nothing installed, when an argument is wrong, the rules can't be compiled, or the
    self-test fails.
    """
    from ..keynames import KeyNames
    from .environment import secrets_of

    pattern = environment if isinstance(environment, str) else ""
    values: list[str | bytes] = list(known)
    if environment:
        values += secrets_of(pattern=pattern)
    for one in settings:
        values += secrets_of(one, pattern=pattern)
    matcher = matcher or _default_matcher()
    if not matcher.find(_canary().encode()):
        # Rules of the application alone: the self-test shows all the same that every text passes the matcher.
        values.append(_canary())
    shield = Shield(matcher, known=values, names=KeyNames(key_names), policy=_policy(masks, key_file))
    global _current
    with _lock:
        uninstall()
        _current = _Installation(shield, hooks)
        handlers.share(shield)
        try:
            check()
        except BaseException:
            uninstall()
            raise
    return shield


def uninstall() -> None:
    """Undo `install`: everything is as it was before. Does nothing when nothing is installed."""
    global _current
    with _lock:
        if _current:
            _current.remove()
            _current = None
            handlers.share(None)


def check() -> None:
    """Log a made-up secret through handlers of its own, and raise ScrubjayError unless it comes out masked everywhere.

    It also raises if nothing is installed, or if another library has replaced a method since.
    """
    current = _current
    if current is None:
        raise ScrubjayError("the logging plug-in is not installed; call scrubjay.sanitizer.logging.install()")
    if replaced := current.patches.missing():
        raise ScrubjayError(f"{', '.join(replaced)} was replaced after install(); call install() last")
    before = dict(current.shield.counts)
    leaks = [way for way, text in _canary_texts().items() if _canary() in text or "REDACTED" not in text]
    current.shield.counts = before
    if leaks:
        raise ScrubjayError(f"the self-test failed: a made-up secret is not masked in {', '.join(leaks)}")


def _policy(masks: Iterable[str], key_file: str) -> Policy | None:
    from ..policy import DROP, TAG, Policy, read_keys

    words = list(masks)
    for mask in (word.rpartition("=")[2] for word in words):
        if mask in (DROP, TAG):
            raise ScrubjayError(f"the mask {mask} is one of the filter's; for logging take full, partial or pseudonym")
    return Policy.parse(words, read_keys(key_file)) if words or key_file else None


def _default_matcher() -> Matcher:
    from ...patterns import Matcher
    from ..keynames import riders

    return Matcher.default(riders=riders())


def _canary() -> str:
    """A made-up token, put together here so that no scanner takes this file for a leak."""
    return "gh" + "p_" + "R7pLx0QzVt2MnBs9" + "KwYd4HcJ6FgA8e" + "3Tv2nK"


class _Keeper(logging.Handler):
    """Keeps the records that it is given, as handlers that send them elsewhere do."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


def _canary_texts() -> dict[str, str]:
    """What handlers make of a canary in each part of a record. The logger is in no tree, so nobody else sees it."""
    secret = _canary()
    out, keeper = io.StringIO(), _Keeper()
    logger = logging.Logger("scrubjay.check")
    logger.handlers = [logging.StreamHandler(out), keeper]
    logger.error("joined: " + secret[:4] + "%s", secret[4:])
    logger.error("extra", extra={"scrubjay_canary": {"nested": [f"token {secret}"]}})
    try:
        raise ValueError(secret)
    except ValueError as error:
        logger.error("raised", exc_info=error)
    texts = {
        f"the text of record {number}": text for number, text in enumerate(out.getvalue().split("joined: ")[1:], 1)
    }
    joined, extra, raised = keeper.kept
    texts["message and arguments"] = joined.getMessage()
    texts["extra fields"] = str(extra.__dict__)
    texts["exceptions"] = f"{raised.exc_text} {raised.exc_info}"
    return texts
