"""What is allowed: the entries of the repository's baseline, and of the user's own for what is in no repository."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..patterns import places
from ..patterns.errors import ScrubjayError

if TYPE_CHECKING:
    from ..scanner.baseline import Baseline
    from ..scanner.finding import Finding


def user_baseline() -> str:
    """The path of the user's own baseline; "" where the environment names no place for it."""
    folder = places.config()
    return os.path.join(folder, "baseline") if folder else ""


def baselines(cwd: str, *, create: bool = False) -> list[Baseline]:
    """Return the baselines that count in a folder: the repository's, and the user's, which is made if asked for.

    Raises ScrubjayError for one that can't be read.
    """
    from ..scanner import baseline

    found = []
    if path := baseline.find(cwd or "."):
        found.append(baseline.load(path))
    own = user_baseline()
    if own and os.path.isfile(own):
        found.append(baseline.load(own))
    elif own and create:
        made = baseline.new(own)
        try:
            os.makedirs(os.path.dirname(own), mode=0o700, exist_ok=True)
            made.save()
            found.append(made)
        except (OSError, ScrubjayError):
            # Without a place for it nothing can be allowed, which is the safe side.
            pass
    return found


def judge(
    findings: Sequence[Finding], values: Mapping[str, bytes], cwd: str, *, inline: bool, remember: bool = True
) -> list[Finding]:
    """Return the findings with `suppressed` filled in; `inline` says if a marker in the line counts.

    The hashes of what is not allowed are remembered, so that it can be allowed later by its fingerprint alone. That
    takes some hundredths of a second for each secret, so it can be left out.
    """
    from ..scanner import suppress
    from ..scanner.review import remembered

    if not findings:
        return []
    judged = list(findings)
    for one in baselines(cwd, create=remember):
        hashed = values if remember or one.entries else {}
        policy = suppress.Policy(one, forbid_inline=not inline, root=cwd)
        judged = suppress.judge(judged, policy, remembered(hashed)).findings
    return judged


def add(fingerprint: str, cwd: str, *, reason: str, user: bool = False, expires: str = "") -> str:
    """Allow what a message named by its fingerprint; returns the path of the baseline that was changed.

    Raises ScrubjayError when this fingerprint was not met on this machine, or the reason is missing.
    """
    from ..scanner.baseline import Entry, known_ids

    if not reason.strip() or "\n" in reason:
        raise ScrubjayError('say why it is no danger, in one line: --reason "a key of the tests"')
    known = [one for one in baselines(cwd, create=True) if not user or one.path == user_baseline()]
    for one in known:
        ids = known_ids(one).get(fingerprint)
        if not ids:
            continue
        rows = {*one.entries, *(Entry(name, audit="false", expires=expires, reason=reason.strip()) for name in ids)}
        one._replace(entries=tuple(sorted(rows))).save()
        return one.path
    raise ScrubjayError(
        f"{fingerprint} was not met here: it has to be the fingerprint of a message of `scrubjay agent hook`, "
        "in the same repository and as the same user"
    )
