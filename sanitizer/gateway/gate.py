"""The data policy at a gateway: a request is hidden as far as its receiver requires, or not sent at all, and noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..checkpoint import MASKED, SENT, WITHHELD, Checkpoint, NotPermitted
from ..datapolicy import HOST, MODEL, Policies
from .pseudonyms import Pseudonyms

__all__ = ["HOST", "MODEL", "passed"]

SOURCE = "gateway"
_Body = TypeVar("_Body")


def passed(
    policies: Policies, kind: str, receiver: str, pseudonyms: Pseudonyms, body: _Body,
    hide: Callable[[Pseudonyms, _Body], _Body],
) -> _Body:  # fmt: skip
    """Return a request's body as `hide` makes it for a receiver.

    Raises NotPermitted for a receiver that may not have what no label fits, what `hide` raises, and ScrubjayError when
    the audit can't be written.
    """
    if not body:
        return body
    checkpoint = Checkpoint(policies, kind, receiver)
    rest = checkpoint.rest("the request")
    if not rest.allowed:
        checkpoint.record("", WITHHELD, source=SOURCE, stage="request")
        raise NotPermitted(
            f"the request was not sent: it is {rest.why}, which {receiver} may not have by the data policy"
        )
    try:
        hidden = hide(pseudonyms.toward(checkpoint), body)
    except Exception as error:
        row = {"event": WITHHELD, "source": SOURCE, "stage": "request", "receiver": receiver}
        checkpoint.note([{**row, "why": f"not examined: {type(error).__name__}"}])
        raise
    checkpoint.record(SENT, MASKED, source=SOURCE, stage="request")
    return hidden
