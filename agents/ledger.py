"""The ledger: what leaked, when, where to, and where it is rotated. JSON lines without values, for this user alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import NamedTuple

from ..patterns import places
from ..patterns.errors import ScrubjayError
from ..sanitizer import lines

NAME = "agents-ledger.jsonl"


class Leak(NamedTuple):
    """A secret in what an agent keeps. `when` and `model` are what its record says; `action` is found or scrubbed."""

    agent: str
    what: str
    path: str
    line: int
    rule: str
    fingerprint: str
    when: str = ""
    model: str = ""
    session: str = ""
    action: str = "found"
    rotate: str = ""


def folder() -> str:
    """The folder for what is remembered; raises ScrubjayError where the environment names none."""
    path = places.data()
    if not path:
        raise ScrubjayError("there is no home folder to keep the ledger in: set XDG_DATA_HOME")
    os.makedirs(path, mode=0o700, exist_ok=True)
    return path


def append(leaks: Iterable[Leak], when: str) -> str:
    """Add leaks that the ledger does not have yet; returns its path."""
    path = os.path.join(folder(), NAME)
    with lines.locked(path, "ledger") as descriptor:
        lines.mend(descriptor)
        known = {(row.get("fingerprint"), row.get("path"), row.get("line"), row.get("action")) for row in read()}
        rows = [
            json.dumps({"noted": when, **leak._asdict()}) + "\n"
            for leak in leaks
            if (leak.fingerprint, leak.path, leak.line, leak.action) not in known
        ]
        lines.add(descriptor, "".join(rows).encode())
    return path


def read() -> list[dict[str, object]]:
    """Return the rows of the ledger; a row that is cut off is left out."""
    rows = []
    try:
        with open(os.path.join(folder(), NAME), encoding="utf-8") as file:
            for line in file:
                try:
                    rows.append(json.loads(line))
                except ValueError:
                    continue
    except FileNotFoundError:
        return []
    return rows
