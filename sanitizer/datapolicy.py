"""The data policy: labels on paths, rules and known values, and who may receive what has them.

A label says of what class a thing is. A receiver is an agent, a host or a model; it may have the classes of the first
block that fits it. The policy of a repository can add labels and take classes away, never the other way round.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .known import KnownValues, Sources
    from .spans import Buffer, Span

PUBLIC, INTERNAL, SECRET, PERSONAL = CLASSES = ("public", "internal", "secret", "personal")
AGENT, HOST, MODEL = KINDS = ("agent", "host", "model")
ALL = frozenset(CLASSES)


class Label(NamedTuple):
    """Things of one class: files by patterns, findings by patterns of rule ids, and known values."""

    data_class: str
    name: str
    paths: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    known: Sources | None = None


class Receiver(NamedTuple):
    """What some agents, hosts and models may have; each is a pattern such as `*.example.com`."""

    classes: frozenset[str]
    agents: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    def fits(self, kind: str, name: str) -> bool:
        """True when one of its patterns fits; one without a port fits a host with any."""
        from fnmatch import fnmatchcase

        names = [name.lower()]
        if kind == HOST:
            names.append(_without_port(names[0]))
        patterns = {AGENT: self.agents, HOST: self.hosts, MODEL: self.models}[kind]
        return any(fnmatchcase(one, pattern.lower()) for one in names for pattern in patterns)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


class DataPolicy:
    """What one file says. `base` is the folder of a repository whose file it is, "" for the user's own.

    `default` is the class of what no label fits, "" when the file does not say; `audit` the path of the audit file.
    """

    def __init__(
        self,
        path: str,
        *,
        base: str = "",
        default: str = "",
        audit: str = "",
        labels: Sequence[Label] = (),
        receivers: Sequence[Receiver] = (),
    ) -> None:
        self.path = path
        self.base = base
        self.default = default
        self.audit = audit
        self.labels = tuple(labels)
        self.receivers = tuple(receivers)

    def __repr__(self) -> str:
        return f"<DataPolicy {self.path}: {len(self.labels)} labels, {len(self.receivers)} receivers>"

    def receives(self, kind: str, name: str) -> frozenset[str] | None:
        """Return the classes that a receiver may have by the first block that fits it, None when none does."""
        return next((one.classes for one in self.receivers if one.fits(kind, name)), None)

    def of_path(self, path: str) -> list[Label]:
        """Return the labels of an absolute path."""
        if self.base:
            place = os.path.relpath(path, self.base)
            if place.startswith(os.pardir):
                return []
        else:
            place = path.lstrip(os.sep)
        return [
            label
            for label, hints, fits in self._paths
            if any(all(part in place for part in parts) for parts in hints) and (fits(place) or fits(place + "/"))
        ]

    @cached_property
    def _paths(self) -> list[tuple[Label, list[list[str]], Callable[[str], object]]]:
        """Labels with paths: what has to be in a path that one of the patterns fits, and if one does."""
        made = []
        for label in self.labels:
            patterns = label.paths if self.base else tuple(map(_anywhere, label.paths))
            if patterns:
                made.append((label, [literal(one) for one in patterns if not one.startswith("!")], _fitting(patterns)))
        return made

    def of_rule(self, rule: str) -> list[Label]:
        """Return the labels of a finding by its rule."""
        from fnmatch import fnmatchcase

        return [label for label in self.labels if any(fnmatchcase(rule, pattern) for pattern in label.rules)]

    @cached_property
    def known(self) -> list[tuple[Label, KnownValues]]:
        """The known values by their labels, read once. Raises ScrubjayError if a file of them can't be read."""
        from .known import Sources, variables

        made = []
        for label in self.labels:
            if label.known is None:
                continue
            # A variable that this process does not have holds nothing that could get out by it.
            names = [pattern for pattern in label.known.env if any(variables(pattern))]
            if sources := Sources(names, label.known.files):
                made.append((label, sources.read()))
        return made


def _fitting(patterns: Sequence[str]) -> Callable[[str], object]:
    """A function that says if a path fits the patterns; the library for it takes 20 ms, so it is loaded when asked."""
    made: list[Callable[[str], object]] = []

    def fits(path: str) -> object:
        if not made:
            from pathspec import GitIgnoreSpec

            made.append(GitIgnoreSpec.from_lines(patterns).match_file)
        return made[0](path)

    return fits


def literal(pattern: str) -> list[str]:
    """Return texts that all have to be in a path for a pattern to fit it or a folder above it."""
    return [] if "[" in pattern or "\\" in pattern else [part for part in re.split(r"[*?/]", pattern.strip()) if part]


def _anywhere(pattern: str) -> str:
    """A pattern of the user's own file: from the root, from the home folder, or below any folder."""
    taken, pattern = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    if pattern.startswith("~/"):
        return f"{taken}{os.path.expanduser('~')}{pattern[1:]}"
    return taken + (pattern if pattern.startswith(("/", "**/")) else f"**/{pattern}")


class Decision(NamedTuple):
    """If a thing may go to the receiver, by which labels, and the classes that it must not have, or else has."""

    allowed: bool
    classes: tuple[str, ...]
    labels: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """The classes and labels as words."""
        return f"{' and '.join(self.classes)}{f' by the label {self.labels[0]}' if self.labels else ''}"


class Policies:
    """All files that count, the user's before the repository's, and what they say together. Without any, all passes."""

    def __init__(self, user: DataPolicy | None = None, repository: DataPolicy | None = None) -> None:
        self.user = user
        self.repository = repository

    @property
    def files(self) -> list[DataPolicy]:
        """Those that there are."""
        return [one for one in (self.user, self.repository) if one is not None]

    @property
    def audit(self) -> str:
        """The path of the audit file, which only the user can choose; "" for none."""
        return self.user.audit if self.user else ""

    @property
    def own(self) -> frozenset[str]:
        """The real paths of the policy's files: those that it is in, its audit, its files of known values."""
        names = [policy.path for policy in self.files] + ([self.audit, f"{self.audit}.head"] if self.audit else [])
        names += [path for policy in self.files for one in policy.labels if one.known for path in one.known.files]
        return frozenset(map(os.path.realpath, names))

    def receives(self, kind: str, name: str) -> frozenset[str]:
        """Return the classes that a receiver may have. One that no block fits may have what is public."""
        if not self.files:
            return ALL
        by_user = self.user.receives(kind, name) if self.user else ALL
        by_repository = self.repository.receives(kind, name) if self.repository else ALL
        if by_repository is None:
            by_repository = ALL if self.user else frozenset((PUBLIC,))
        return (frozenset((PUBLIC,)) if by_user is None else by_user) & by_repository

    def decide(self, receives: frozenset[str], labels: Sequence[Sequence[Label]], usual: str = "") -> Decision:
        """Return the decision on a thing with these labels, by file.

        `usual` is its class where the user's file has no label for it, instead of that file's default.
        """
        classes: set[str] = set()
        for policy, own in zip(self.files, labels, strict=True):
            classes |= {label.data_class for label in own}
            if not own and (policy is self.user or not self.user):
                classes.add(usual or policy.default or PUBLIC)
            elif not own and policy.default and not usual:
                classes.add(policy.default)
        names = {label.name: label.data_class for own in labels for label in own}
        barred = classes - receives
        shown = barred or (classes - {PUBLIC}) or classes
        return Decision(
            not barred,
            tuple(name for name in CLASSES if name in shown),
            tuple(name for name, data_class in names.items() if data_class in shown),
        )

    def of_path(self, receives: frozenset[str], path: str) -> Decision:
        """Return the decision on a file or folder, by its name and by what a link leads to."""
        paths = dict.fromkeys((os.path.normpath(path), os.path.realpath(path)))
        labels = [[label for one in paths for label in policy.of_path(one)] for policy in self.files]
        return self.decide(receives, labels)

    def of_rule(self, receives: frozenset[str], rule: str) -> Decision:
        """Return the decision on a finding: secret, unless the user's labels say otherwise.

        Without a policy of the user's it stays withheld, whatever the repository's says.
        """
        decision = self.decide(receives, [policy.of_rule(rule) for policy in self.files], SECRET)
        allowed = decision.allowed and self.user is not None
        return decision._replace(allowed=allowed, labels=decision.labels or (f"rule {rule}",))

    def of_rest(self, receives: frozenset[str]) -> Decision:
        """Return the decision on what no label fits."""
        return self.decide(receives, [[] for _ in self.files])

    def known_in(self, receives: frozenset[str], data: Buffer) -> list[tuple[Span, Decision]]:
        """Return the known values in some data, each with its decision."""
        found = []
        for policy in self.files:
            for label, values in policy.known:
                decision = Decision(label.data_class in receives, (label.data_class,), (label.name,))
                found += [(span, decision) for span in values.find(data)]
        return found

    @property
    def longest(self) -> int:
        """The length of the longest known value in any of its forms."""
        return max((values.longest for policy in self.files for _, values in policy.known), default=0)
