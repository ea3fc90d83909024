"""The same secret in several places is one thing to revoke: joins the rows that have one fingerprint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .document import Row


class Group(NamedTuple):
    """One secret: the row that stands for it, and all rows, this one first."""

    row: Row
    rows: list[Row]

    @property
    def files(self) -> int:
        """In how many files it is."""
        return len({(row.get("repository", ""), row["path"]) for row in self.rows})

    @property
    def repositories(self) -> list[str]:
        """The repositories that it is in, of a merged report."""
        return sorted({row["repository"] for row in self.rows if row.get("repository")})

    @property
    def shared(self) -> str:
        """What to say of a secret that is in several places, "" for one that is not."""
        if len(self.repositories) > 1:
            return f"the same secret in {len(self.repositories)} repositories: {', '.join(self.repositories)}"
        if len(self.rows) > 1:
            files = f" in {self.files} files" if self.files > 1 else ""
            return f"the same secret in {len(self.rows)} places{files}"
        return ""


def grouped(rows: Iterable[Row]) -> list[Group]:
    """Return a group for each secret, in the order of their first rows."""
    groups: dict[str, Group] = {}
    for row in rows:
        if row["fingerprint"] in groups:
            groups[row["fingerprint"]].rows.append(row)
        else:
            groups[row["fingerprint"]] = Group(row, [row])
    return list(groups.values())


_WHERE = {"path": " (in the name)", "symlink": " (link target)", "message": " (commit message)"}


def place(row: Row) -> str:
    """Where a row's secret is, as text that may hold control characters."""
    commit = f"{row['commit'][:12]}:" if row["commit"] else ""
    repository = f"{row['repository']}: " if row.get("repository") else ""
    return f"{repository}{commit}{row['path']}:{row['line']}:{row['column']}{_WHERE.get(row['kind'], '')}"


def in_file(row: Row) -> bool:
    """True for a place inside a file, False for a message, a name of a ref or standard input."""
    return row["kind"] in ("file", "path", "symlink", "blob") and not row["path"].startswith("<")


ADVICE = (
    "revoke or replace it first; taking it out of a file does not undo that it was readable",
    "then take it out, and read it from the environment or a secret store",
    "if it is no secret: `scrubjay audit`, or a comment `scrubjay:ignore[RULE] REASON` in its line",
)
