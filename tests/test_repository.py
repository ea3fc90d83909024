"""What holds for the repository as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(not (ROOT / "patterns").is_dir(), reason="the sources are not beside the tests")
def test_the_repository_is_clean() -> None:
    """A scan of the repository finds no secret: the fake ones in tests and rules are stored in parts."""
    done = subprocess.run([sys.executable, "-m", "scrubjay.cli", "scan", str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
