"""The data policy at a gateway: a request is hidden as far as its receiver requires, or not sent at all, and noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from ..checkpoint import MASKED, SENT, WITHHELD, Checkpoint, NotPermitted
from ..datapolicy import HOST, MODEL, Policies
from .pseudonyms import Pseudonyms

__all__ = ["HOST", "MODEL", "passed"]

SOURCE = "gateway"
_Body = TypeVar("_Body")


class Passed(NamedTuple, Generic[_Body]):
    """A request as it may be sent, and the classes that are in it."""

    body: _Body
    classes: frozenset[str]


def passed(
    policies: Policies, kind: str, receiver: str, pseudonyms: Pseudonyms, body: _Body,
    hide: Callable[[Pseudonyms, _Body], _Body],
) -> Passed[_Body]:  # fmt: skip
    """Return a request's body as `hide` makes it for a receiver.

    Raises NotPermitted for a receiver that may not have what no label fits, what `hide` raises, and ScrubjayError when
    the audit can't be written.
    """
    if not body:
        return Passed(body, frozenset())
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
    classes = {name for one in checkpoint.seen if one.decision.allowed for name in one.decision.classes}
    return Passed(hidden, frozenset(classes))


def narrowed(policies: Policies, host: str, classes: frozenset[str]) -> None:
    """Check a request that was made for a model once more, when it is known which host it goes to.

    Raises NotPermitted when a block fits the host and leaves one of these classes out.
    """
    for policy in policies.files:
        may_have = policy.receives(HOST, host)
        if may_have is not None and classes - may_have:
            row = {"event": WITHHELD, "source": SOURCE, "stage": "request", "receiver": host}
            checkpoint = Checkpoint(policies, HOST, host)
            checkpoint.note([{**row, "classes": sorted(classes - may_have), "place": "the request"}])
            what = " and ".join(sorted(classes - may_have))
            raise NotPermitted(f"the request was not sent: it has {what}, which {host} may not have by the data policy")
