"""What is said when something is withheld: the rule, the place, the fingerprint, how to allow it. Never the value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..sanitizer.checkpoint import Seen
    from ..scanner.finding import Finding

_MOST = 5
POLICY = "The data policy"


def told(
    what: str, findings: Sequence[Finding], hint: str = "", barred: Sequence[Seen] = (), receiver: str = ""
) -> str:
    """Return the message for findings, and for what the data policy bars a receiver from; `what` says what was
    withheld, `hint` what can be done instead."""
    lines = [f"scrubjay: {what}"]
    if barred:
        lines += [f"- {place} is {decision.why}" for decision, place, _ in barred[:_MOST]]
        lines.append(f"{POLICY} does not let {receiver} have this; the user can see why: scrubjay agent policy")
    distinct = list({(one.fingerprint, one.path): one for one in findings}.values())
    lines += [
        f"- {one.rule} in {one.path}{f':{one.line}' if one.line else ''}, fingerprint {one.fingerprint}"
        for one in distinct[:_MOST]
    ]
    if len(distinct) > _MOST:
        lines.append(f"- and {len(distinct) - _MOST} more")
    if hint:
        lines.append(hint)
    if distinct:
        lines.append(
            "If it is no secret, the user can allow it: "
            f'scrubjay agent allow {distinct[0].fingerprint} --reason "why it is none"'
        )
    return "\n".join(lines)
