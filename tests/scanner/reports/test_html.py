"""The HTML report in a real browser: what it shows, its filters, its size and that hostile names are text."""

from __future__ import annotations

import html
import io
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scrubjay.scanner.reports import write
from scrubjay.scanner.reports.document import Document

BROWSER = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
RISKS = ("high", "standard", "low")


def many(count: int) -> Document:
    """A document of so many secrets with lives."""
    rows: list[dict[str, Any]] = []
    for number in range(count):
        month = f"{2019 + number % 7}-{number % 12 + 1:02}-03T00:00:00Z"
        who = {"commit": f"{number:040x}", "author": f"Developer {number % 40} <dev{number % 40}@example.org>"}
        gone = number % 3 == 0
        rows.append({
            "rule": f"rule-{number % 60}", "path": f"services/part{number % 90}/src/module/settings_{number}.py",
            "line": number % 400 + 1, "column": 12, "end_line": number % 400 + 1, "end_column": 52,
            "masked": "tok_********", "fingerprint": f"rule-{number % 60}:{number:016x}", "confidence": "medium",
            "kind": "file", "commit": f"{number:040x}", "reasons": ["looks like a secret"], "marker": "",
            "suppressed": "baseline: known" if number % 10 == 0 else "",
            "snippet": "    client = connect(host, token='tok_********', retries=3)",
            "paired": [],
            "life": {
                "risk": RISKS[number % 3], "first": who | {"date": month}, "last": who | {"date": month},
                "removed": who | {"date": f"2026-{number % 9 + 1:02}-01T00:00:00Z"} if gone else None,
                "in_head": not gone,
                "refs": ["refs/heads/main"], "owners": [f"@team/{number % 12}"], "age_days": number % 900,
                "rotate_after_days": 90, "overdue": number % 900 > 90, "objects": 1, "places": 1,
            },
        })  # fmt: skip
    rules = {
        f"rule-{number}": {"name": f"Token of service {number}", "risk": RISKS[number % 3], "revoke": "its console"}
        for number in range(60)
    }
    return Document(rows, rules, {"skipped": []}, "shop", "1.2.3")


def page(made: Document, path: Path, script: str = "") -> Path:
    out = io.StringIO()
    write(made, "html", out)
    text = out.getvalue()
    path.write_text(text.replace("</main>", f"<script>{script}</script></main>") if script else text, "utf-8")
    return path


def opened(path: Path, tmp_path: Path) -> str:
    """The document as the browser has it after the page's script."""
    if BROWSER is None:
        assert not os.environ.get("CI"), "CI installs a browser"
        pytest.skip("no chromium here")
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--virtual-time-budget=5000", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=120, check=True, env=os.environ | {"HOME": str(tmp_path)},
    )  # fmt: skip
    return done.stdout


def test_five_thousand_findings_fit(tmp_path: Path) -> None:
    """5,000 findings are under 5 MB in one file that names no other one and may connect to nothing."""
    text = page(many(5000), tmp_path / "r.html").read_text("utf-8")
    assert len(text.encode()) < 5_000_000
    assert "default-src 'none'" in text
    assert not re.search(r"""(src|href)\s*=|@import|url\(""", text.replace("default-src", ""))


def test_the_page_shows_and_filters(tmp_path: Path) -> None:
    """The browser draws table, timeline and bars; a filter by risk and a search leave what they should."""
    made = many(300)
    shown = opened(page(made, tmp_path / "a.html"), tmp_path)
    assert "data-ready" in shown and shown.count("<tr>") == 101
    assert "270 of 300" in shown and shown.count("<rect") > 50 and "<path d=" in shown
    script = (
        "document.querySelector('#by-k .bar').click(); $('q').value = '@team/3'; $('q').oninput();"
        "document.body.dataset.left = $('count').textContent; $('reset').click(); $('state').value = 'muted';"
        "$('state').onchange(); document.body.dataset.muted = $('count').textContent;"
    )
    # The page's policy allows its own inline scripts, so the test's runs too.
    shown = opened(page(made, tmp_path / "b.html", script), tmp_path)
    expected = sum(
        row["life"]["owners"] == ["@team/3"] and made.rule(row["rule"])["risk"] == "high" and not row["suppressed"]
        for row in made.rows
    )
    assert f'data-left="{expected} of 300"' in shown and expected > 0
    assert 'data-muted="30 of 300"' in shown


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """Names with markup and ends of scripts are shown as they are and run nothing."""
    evil = "</script><img src=x onerror=document.title='pwned'><!--\u2028"
    made = many(3)
    for row in made.rows:
        row |= {"path": evil, "snippet": evil, "suppressed": ""}
        row["life"]["owners"] = [evil]
    made = made._replace(repository=evil, coverage={"skipped": [{"path": evil, "reason": evil}]})
    shown = opened(page(made, tmp_path / "a.html"), tmp_path)
    assert "<img" not in shown and "data-ready" in shown
    assert "pwned" not in html.unescape(re.search(r"<title>(.*?)</title>", shown, re.DOTALL)[1].partition("onerror")[0])  # type: ignore[index]
    assert shown.count("&lt;img src=x") > 3
