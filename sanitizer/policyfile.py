"""Reads the files of the data policy: what they may say, and the number of the line of what is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..patterns import places
from ..patterns.errors import ScrubjayError
from ..patterns.tomllines import Problem, Wrong, choice, complain, line_of, loaded, rules, text, texts
from .datapolicy import AGENT, CLASSES, DataPolicy, Label, Policies, Receiver
from .known import Sources

# Of a repository, in its root.
NAME = ".scrubjay-policy.toml"
AUDIT = "audit.jsonl"

Reader = Callable[[Any], Any]


def _classes(value: object) -> frozenset[str]:
    names = texts(value)
    if bad := [name for name in names if name not in CLASSES]:
        raise Wrong(f"wants classes among {', '.join(CLASSES)}: {bad[0]!r} is none")
    return frozenset(names)


def _audit(value: object) -> str:
    if value is False:
        return ""
    if value is not True:
        return text(value)
    folder = places.data()
    if not folder:
        raise Wrong("wants a path here, since there is no home folder")
    return os.path.join(folder, AUDIT)


TOP: Mapping[str, Reader] = {"default": choice(*CLASSES), "audit": _audit}
LABEL: Mapping[str, Reader] = {
    "class": choice(*CLASSES), "name": text, "paths": texts, "rules": rules, "known-files": texts, "known-env": texts,
}  # fmt: skip
RECEIVER: Mapping[str, Reader] = {"classes": _classes, "agents": texts, "hosts": texts, "models": texts}
BLOCKS = {"label": LABEL, "receiver": RECEIVER}


def settle(named: str = "", repository: str = "", agents: Sequence[str] = ()) -> Policies:
    """Return the policies that count: the user's, which may be named, and that of a repository, by its path.

    Raises ScrubjayError, with every line that is wrong, for a file that can't be used.
    """
    path = places.data_policy(named)
    return Policies(
        read(path, agents=agents) if path else None,
        read(repository, base=os.path.dirname(os.path.abspath(repository)), agents=agents) if repository else None,
    )


def read(path: str, *, base: str = "", agents: Sequence[str] = ()) -> DataPolicy:
    """Read one file; `base` is the folder of the repository that it is of, `agents` are the names of those that exist.

    Raises ScrubjayError, with every line that is wrong, for a file that can't be used.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = file.read()
    except UnicodeDecodeError:
        raise ScrubjayError(f"the data policy {path} is not UTF-8") from None
    except OSError as error:
        raise ScrubjayError(f"can't read the data policy {path}: {error.strerror}") from None
    policy, problems = parse(content, path, base=base, agents=agents)
    if problems:
        raise complain(path, problems)
    return policy


def parse(
    content: str, path: str, *, base: str = "", agents: Sequence[str] = ()
) -> tuple[DataPolicy, list[Problem]]:  # fmt: skip
    """Return what a text says, and what is wrong with it, by line; arguments as for `read`."""
    document, problems = loaded(content)
    made = _Reading(content, os.path.abspath(path), base, agents, problems)
    return made.policy(document), sorted(problems)


class _Reading:
    """One file while it is read."""

    def __init__(self, content: str, path: str, base: str, agents: Sequence[str], problems: list[Problem]) -> None:
        self._content = content
        self._path = path
        self._base = base
        self._agents = agents
        self._problems = problems

    def policy(self, document: Mapping[str, Any]) -> DataPolicy:
        top = {name: value for name, value in document.items() if name not in BLOCKS}
        said = self._table(top, TOP, ())
        if self._base and "audit" in top:
            self._wrong(("audit",), "audit is the user's to say, in a policy of his own")
        audit = said.get("audit", "")
        return DataPolicy(
            self._path,
            base=self._base,
            default=said.get("default", ""),
            audit=self._beside(audit) if audit and not self._base else "",
            labels=[one for one in map(self._label, *self._blocks(document, "label")) if one],
            receivers=[one for one in map(self._receiver, *self._blocks(document, "receiver")) if one],
        )

    def _wrong(self, place: tuple[str | int, ...], reason: str) -> None:
        self._problems.append(Problem(line_of(self._content, place), reason))

    def _beside(self, path: str) -> str:
        return os.path.join(os.path.dirname(self._path), os.path.expanduser(path))

    def _blocks(self, document: Mapping[str, Any], name: str) -> tuple[list[int], list[dict[str, Any]]]:
        blocks = document.get(name, [])
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            self._wrong((name,), f"{name} wants blocks, each under a line [[{name}]]")
            return [], []
        return list(range(len(blocks))), blocks

    def _table(self, table: Mapping[str, Any], readers: Mapping[str, Reader], place: tuple[str | int, ...]) -> Any:
        said: dict[str, Any] = {}
        inside = f" in {place[0]}" if place else ""
        for name, value in table.items():
            if name not in readers:
                known = ", ".join([*readers, *(() if place else (f"[[{block}]]" for block in BLOCKS))])
                self._wrong((*place, name), f"there is no setting {name}{inside}; there are {known}")
                continue
            try:
                said[name] = readers[name](value)
            except Wrong as error:
                self._wrong((*place, name), f"{name}{inside} {error}")
        return said

    def _label(self, number: int, block: dict[str, Any]) -> Label | None:
        place = ("label", number)
        said = self._table(block, LABEL, place)
        things = [name for name in LABEL if name in block and name not in ("class", "name")]
        if "class" not in block:
            self._wrong(place, f"label wants a class, one of {', '.join(CLASSES)}")
        if not things:
            self._wrong(place, "label wants paths, rules, known-files or known-env")
        if "class" not in said or not things:
            return None
        files = [self._beside(name) for name in said.get("known-files", ())]
        inside = os.path.join(os.path.realpath(self._base), "")
        if self._base and not all(os.path.realpath(name).startswith(inside) for name in files):
            self._wrong((*place, "known-files"), "known-files of a repository's policy have to be in the repository")
            return None
        known = Sources(said.get("known-env", ()), files)
        shown = said.get("name") or next((said[name][0] for name in things if said.get(name)), "")
        return Label(said["class"], shown, said.get("paths", ()), said.get("rules", ()), known or None)

    def _receiver(self, number: int, block: dict[str, Any]) -> Receiver | None:
        place = ("receiver", number)
        said = self._table(block, RECEIVER, place)
        names = [name for name in RECEIVER if name in block and name != "classes"]
        if "classes" not in block:
            self._wrong(place, "receiver wants classes, a list of what it may have, which may be empty")
        if not names:
            self._wrong(place, "receiver wants agents, hosts or models")
        for pattern in said.get(f"{AGENT}s", ()) if self._agents else ():
            if not any(Receiver(frozenset(), (pattern,)).fits(AGENT, name) for name in self._agents):
                self._wrong((*place, "agents"), f"there is no agent {pattern}; there are {', '.join(self._agents)}")
        if "classes" not in said or not names:
            return None
        return Receiver(said["classes"], *(said.get(name, ()) for name in ("agents", "hosts", "models")))
