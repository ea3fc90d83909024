"""What a scan saw and what it could not see. A scan with gaps never looks clean."""

from __future__ import annotations

from typing import NamedTuple


class Skipped(NamedTuple):
    """One thing that was not examined, and why; the path is already safe to show."""

    path: str
    reason: str


class Coverage:
    """Counts of one scan. `skip` records a gap, which makes it incomplete; `leave_out` what was left out on purpose."""

    def __init__(self) -> None:
        self.files = 0
        self.blobs = 0
        self.commits = 0
        self.bytes = 0
        # Files that the settings leave out.
        self.excluded = 0
        self.skipped: list[Skipped] = []
        self.left_out: list[Skipped] = []
        # The secrets by fingerprint, for the hashes of a baseline; in memory only, and only when it is asked for.
        self.values: dict[str, bytes] | None = None
        # Whether findings are to have the line around them.
        self.snippets = False

    @property
    def incomplete(self) -> bool:
        """True when something that should have been examined was not."""
        return bool(self.skipped)

    def skip(self, path: str, reason: str) -> None:
        """Record that `path` could not be examined."""
        self.skipped.append(Skipped(path, reason))

    def leave_out(self, path: str, reason: str) -> None:
        """Record that `path` was left out by choice or by nature (a device, a directory), which is no gap."""
        self.left_out.append(Skipped(path, reason))

    def as_dict(self) -> dict[str, object]:
        """The counts for machine-readable reports."""
        return {
            "files": self.files,
            "blobs": self.blobs,
            "commits": self.commits,
            "bytes": self.bytes,
            "excluded": self.excluded,
            "skipped": [entry._asdict() for entry in self.skipped],
            "left_out": [entry._asdict() for entry in self.left_out],
        }

    def summary(self) -> str:
        """One line for people."""
        seen = [
            f"{count} {noun if count == 1 else noun + 's'}"
            for count, noun in ((self.files, "file"), (self.blobs, "blob"), (self.commits, "commit"))
            if count
        ] or ["nothing"]
        large = sum(entry.reason.startswith("larger than max-size") for entry in self.left_out)
        not_seen = [f"{self.excluded} files excluded"] * bool(self.excluded) + [f"{large} too large"] * bool(large)
        return f"{', '.join([*seen, _size(self.bytes), *not_seen])}"


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    value = float(count)
    units = ["kB", "MB", "GB", "TB"]
    while (value := value / 1000) >= 1000 and len(units) > 1:
        units.pop(0)
    return f"{value:.1f} {units[0]}"
