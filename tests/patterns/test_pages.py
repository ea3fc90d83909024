"""The pages of the rules: complete, with links that lead somewhere, and without a secret."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns.load import load, read_shipped
from scrubjay.patterns.pages import INDEX, pages

RULES = load(read_shipped())


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """All pages of the shipped rules."""
    return dict(pages(RULES))


def test_there_is_a_page_for_every_rule_and_an_index(made: dict[str, str]) -> None:
    """Each rule has a page, and the index leads to all of them, by provider."""
    assert set(made) == {INDEX, *(f"{rule.id}.md" for rule in RULES)}
    assert set(re.findall(r"\((\S+)\.md\)", made[INDEX])) == {rule.id for rule in RULES}
    assert "## GitHub\n" in made[INDEX] and "## Any provider\n" in made[INDEX]


def test_a_page_says_all_that_is_needed(made: dict[str, str]) -> None:
    """What it finds, why it matters, how to revoke it, how it decides, masked examples and references are there."""
    page = made["github-pat-classic.md"]
    headings = ["Why it matters", "What to do", "How it decides", "Examples", "References", "If it is no secret"]
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == headings
    for part in ("# GitHub personal access token (classic)", "settings/tokens", "ghp_********", "CRC-32", "Long-lived"):
        assert part in page, part


def test_links_between_pages_lead_somewhere(made: dict[str, str]) -> None:
    """Every relative link of every page is a page."""
    for name, text in made.items():
        assert set(re.findall(r"\]\((?!https:)([^)]+)\)", text)) <= set(made), name


def test_no_page_holds_a_secret(made: dict[str, str]) -> None:
    """No secret of an example is on a page, nor would a scan of the pages report anything."""
    for rule in RULES:
        page = made[f"{rule.id}.md"].encode()
        for example in rule.examples:
            secret = example.text[example.start : example.end]
            # What is public of it, such as a prefix or a short word, may be in the text.
            assert len(secret) < 12 or secret not in page, rule.id
    matcher = Matcher.default()
    for name, text in made.items():
        assert [m.rule for m in matcher.find(text.encode()) if m.confidence != "low"] == [], name


def test_text_of_a_rule_is_no_markup() -> None:
    """Angle brackets, stars and pipes of a rule's text stay what they are, and a fence in an example ends nothing."""
    source = """
provider = "A|B"
[[rule]]
id = "acme-key"
name = "The <b>key</b> *of* Acme"
description = "See https://acme.example/a_b, and <script>."
keywords = ["acme_"]
pattern = '''(?P<secret> acme_ [a-z0-9]{16} ) (?![a-z0-9])'''
revoke = "The console"
references = ["https://acme.example/keys"]
examples = ["```\\n«ac¦me_k3v9¦x2m7¦q4w8¦z1t6»\\u001b"]
counterexamples = []
"""
    made = dict(pages(load([("acme.toml", source.encode())])))
    page = made["acme-key.md"]
    assert "# The \\<b\\>key\\</b\\> \\*of\\* Acme\n" in page and "\\<script\\>" in page
    assert "<https://acme.example/a_b>," in page
    assert "````text\n```\nacme_********\\x1b\n````" in page
    assert "## A\\|B" in made[INDEX]


def test_the_command_writes_them(tmp_path: Path) -> None:
    """`scrubjay rules docs` makes the folder, writes all pages, and does so again over the old ones."""
    folder = tmp_path / "site" / "rules"
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "scrubjay.cli", "rules", "docs", "--output", str(folder)],
            capture_output=True,
            check=True,
        )
        assert f"{len(RULES) + 1} pages".encode() in done.stdout
    assert len(list(folder.iterdir())) == len(RULES) + 1
    assert (folder / INDEX).read_text(encoding="utf-8").startswith("# Rules\n")
