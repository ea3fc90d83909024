"""What `scrubjay agent scan` and `scrub` print: a line for each leak, and the numbers. Never a value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..scanner.finding import shown

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .ledger import Leak


def row(matcher: Matcher, leak: Leak, form: str) -> str:
    """A leak as a line, for people ("text") or as JSON ("jsonl")."""
    path = shown(matcher, leak.path)
    if form == "jsonl":
        return json.dumps({**leak._asdict(), "path": path})
    note = "" if leak.what not in ("login", "settings") else f" ({leak.what}: never rewritten)"
    return f"{path}:{leak.line}: {leak.rule} {leak.fingerprint} {leak.action}{note}"


def summary(leaks: Sequence[Leak], files: int, size: int, ledger: str) -> str:
    """The numbers, and where each secret is rotated."""
    scrubbed = sum(leak.action == "scrubbed" for leak in leaks)
    different = {leak.fingerprint: leak for leak in leaks}
    lines = [
        f"{files} files, {size / 1e6:.1f} MB examined; "
        f"{len(leaks)} leaks of {len(different)} secrets, {scrubbed} masked"
    ]
    if different:
        lines.append("A secret that was in a transcript was sent to a model. Rotate:")
        lines += [f"  {name}: {leak.rotate or 'where it was issued'}" for name, leak in sorted(different.items())]
    if ledger:
        lines.append(f"noted in {ledger}")
    return "\n".join(f"scrubjay: {line}" if not line.startswith("  ") else line for line in lines)
