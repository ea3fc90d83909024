"""Sentry: masks events before they are sent, variables of frames, breadcrumbs and requests included."""

from __future__ import annotations

from typing import Any

from .handlers import shared_shield


def before_send(event: Any, hint: Any = None) -> Any:
    """Return the event without secrets; also for `before_send_transaction`, `before_send_log` and `before_breadcrumb`.

    An event that can't be examined becomes one that says so.
    """
    masked = shared_shield().value(event)
    return masked if isinstance(masked, dict) else {"level": "error", "message": masked}
