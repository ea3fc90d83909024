"""Size of the HTML report, and the time until a browser has drawn it: `report_page.py [--findings N] [REPORT.html]`.

The time is what the page itself measures from the start of its loading to the end of its first drawing, in headless
Chromium, the middle of several runs.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def made(count: int, target: Path) -> Path:
    """Write a report of so many made-up secrets with lives."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from scrubjay.scanner.reports import write

    from tests.scanner.reports.test_html import many

    with target.open("w", encoding="utf-8") as out:
        write(many(count), "html", out)
    return target


def drawn(page: Path, browser: str) -> float:
    """Milliseconds until the page was drawn."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom",
             page.as_uri()],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
    found = re.search(r'data-ready="(\d+)"', done.stdout)
    assert found, "the page did not finish"
    return float(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", nargs="?", type=Path)
    parser.add_argument("--findings", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder:
        page = (options.report or made(options.findings, Path(folder) / "report.html")).resolve()
        print(f"size: {page.stat().st_size / 1e6:.2f} MB (must: < 5 MB)")
        if browser is None:
            sys.exit("no chromium: install it to time the page")
        times = [drawn(page, browser) for _ in range(options.runs)]
    print(f"opened and drawn: {statistics.median(times) / 1000:.2f} s, worst {max(times) / 1000:.2f} s (must: < 2 s)")


if __name__ == "__main__":
    main()
