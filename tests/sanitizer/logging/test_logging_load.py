"""Many threads, forked and spawned processes, real servers under load: nothing out, nothing lost. Bounded here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LOAD = Path(__file__).resolve().parents[3] / "benchmarks" / "logging_load.py"
WHY = "not installed: pip install 'scrubjay[ecosystem]'"


@pytest.mark.parametrize(
    ("case", "count"), [("threads", 2000), ("django", 500), ("fastapi", 500), ("celery", 500)]
)  # fmt: skip
def test_load(case: str, count: int, cache_folder: Path) -> None:
    """No secret comes out, no record is lost or written twice, every access-log line has its format."""
    if case != "threads":
        pytest.importorskip(case, reason=WHY)
    if case == "fastapi":
        pytest.importorskip("uvicorn", reason=WHY)
    done = subprocess.run(
        [sys.executable, str(LOAD), case, "--count", str(count)],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["leaked"], figures["lost"]) == (0, 0) and figures["lines"] > count // 2
    assert figures["secrets"] > count // 3
