"""Which files of the data policy count for an event. Where there is none, nothing of it is loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..patterns import places
from ..patterns.errors import ScrubjayError
from ..scanner.configuration import upward
from .dialects import NAMES

if TYPE_CHECKING:
    from ..sanitizer.checkpoint import Checkpoint
    from ..sanitizer.datapolicy import DataPolicy, Policies

# As sanitizer/policyfile.py, which is not loaded for a look.
NAME = ".scrubjay-policy.toml"


def policies(folder: str, named: str = "") -> Policies | None:
    """Return the policies that count in a folder, the user's and its repository's; None when there are none.

    Raises ScrubjayError, with every line that is wrong, for a file that can't be used.
    """
    repository = upward(folder, NAME) if os.path.isdir(folder) else ""
    if not repository and not places.data_policy(named):
        return None
    from ..sanitizer.policyfile import settle

    return settle(named, repository, tuple(NAMES))


def checkpoint(folder: str, agent: str, named: str = "") -> Checkpoint | None:
    """Return the checkpoint before an agent that works in a folder; None without a policy. Raises ScrubjayError."""
    found = policies(folder, named)
    if found is None:
        return None
    from ..sanitizer.checkpoint import Checkpoint

    return Checkpoint(found, "agent", agent)


def in_force(folder: str) -> tuple[list[str], bool]:
    """Return lines that say which data policy counts in a folder, and True if it can't be used."""
    try:
        found = policies(folder)
    except ScrubjayError as error:
        return [f"data policy: can't be used, so every event is stopped\n{error}"], True
    if found is None:
        return [f"data policy: none; {places.POLICY_VARIABLE} or {places.data_policy_default()} would be one"], False
    return [*map(_told, found.files), f"  audit: {found.audit or 'none'}"], False


def _told(policy: DataPolicy) -> str:
    whose = "this repository's, which only restricts" if policy.base else "the user's"
    return f"data policy: {policy.path} ({whose}): {len(policy.labels)} labels, {len(policy.receivers)} receivers"


def explained(
    folder: str, named: str, paths: Sequence[str], hosts: Sequence[str], models: Sequence[str]
) -> Iterator[str]:  # fmt: skip
    """Yield lines that say what the data policy in a folder is, who may have what, and of which class paths are.

    Raises ScrubjayError for a policy that can't be used.
    """
    found = policies(folder, named)
    if found is None:
        yield "there is no data policy, so only findings are withheld"
        return
    for policy in found.files:
        yield _told(policy)
        for label, values in policy.known:
            short = f", {values.skipped} more are too short to be looked for" if values.skipped else ""
            yield f"  the label {label.name} has {values.count} known values{short}"
        yield from _without_rule(policy)
    yield f"audit: {found.audit or 'none'}"
    from ..sanitizer.datapolicy import ALL, CLASSES

    receivers = [*(("agent", name) for name in NAMES), *(("host", name) for name in hosts)]
    for kind, name in [*receivers, *(("model", name) for name in models)]:
        classes = found.receives(kind, name)
        yield f"{name} may have {', '.join(one for one in CLASSES if one in classes) or 'nothing'}"
    for path in paths:
        decision = found.of_path(ALL, os.path.abspath(os.path.join(folder, path)))
        yield f"{path} is {decision.why}"


def _without_rule(policy: DataPolicy) -> Iterator[str]:
    """A pattern of rules that fits none would never be used."""
    patterns = {pattern: label for label in policy.labels for pattern in label.rules}
    if not patterns:
        return
    from fnmatch import filter as fitting

    from ..patterns.load import load, read_shipped
    from ..sanitizer.mask import OWN_RULES

    names = [*(rule.id for rule in load(read_shipped())), *(name.decode() for name in OWN_RULES)]
    for pattern, label in patterns.items():
        if not fitting(names, pattern):
            yield f"  the label {label.name}: no shipped rule has the id {pattern}; `scrubjay rules list` shows all"
