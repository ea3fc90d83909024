"""structlog: a processor that masks the event, and the text of the renderer that it wraps."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

from .handlers import shared_shield
from .records import masked_exception, masked_record, printed
from .shield import Shield
from .variables import secrets_in, without


class Processor:
    """Put it in the place of the renderer, around it: `Processor(JSONRenderer())`. Without one, right before it."""

    def __init__(self, renderer: Callable[..., Any] | None = None, *, shield: Shield | None = None) -> None:
        """Take the renderer, if any; its output is masked too."""
        self._renderer = renderer
        self._shield = shield or shared_shield()

    def __call__(self, logger: Any, name: str, event_dict: MutableMapping[str, Any]) -> Any:
        """Return the event without secrets, or what the renderer makes of it. The event given stays as it is."""
        try:
            event = {key: self._field(key, value) for key, value in event_dict.items()}
        except Exception:  # noqa: BLE001 - what was not examined must not go out
            event = {"event": self._shield.withheld()}
        if self._renderer is None:
            return event
        try:
            rendered = self._renderer(logger, name, event)
        except Exception as error:
            if self._shield.text(printed(error)) == printed(error):
                raise
            # The error's own text holds a secret.
            raise masked_exception(self._shield, error) from None
        rendered = self._shield.value(rendered)
        # `dict_tracebacks` has taken it out of the event, with the variables, which it cuts too.
        raised = _error(event_dict.get("exc_info") or "exception" in event_dict)
        if raised is not None and isinstance(rendered, str):
            rendered = without(rendered, secrets_in(self._shield, raised))
        return rendered

    def _field(self, key: str, value: Any) -> Any:
        if isinstance(value, logging.LogRecord):
            return masked_record(self._shield, value)
        if key == "exc_info" and value:
            return self._raised(value)
        return self._shield.value(value, key)

    def _raised(self, value: Any) -> Any:
        error = _error(value)
        if error is None or self._shield.text(text := printed(error)) is text:
            return value
        stand_in = masked_exception(self._shield, error)
        return type(stand_in), stand_in, stand_in.__traceback__


def _error(value: Any) -> BaseException | None:
    """The exception that an event's `exc_info` means, if any."""
    if isinstance(value, BaseException) or not value:
        return value or None
    return value[1] if isinstance(value, tuple) else sys.exc_info()[1]
