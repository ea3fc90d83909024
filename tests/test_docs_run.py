"""Runs the command lines of the pages, as they stand, in a repository that has what they speak of."""

from __future__ import annotations

import json
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .conftest import token

ROOT = Path(__file__).resolve().parents[1]
PAGES = ["README.md", *(f"docs/{name}.md" for name in (
    "index", "commands", "baseline", "configuration", "migration", "reports", "history",
))]  # fmt: skip
# What can't be run here, and why.
NOT_RUN = {
    "scrubjay doctor --shipper rsyslog --watch /var/log/clean.log": "needs rsyslog; test_shippers runs it",
    'scrubjay agent allow github-pat-classic:fdce08e92829ccb9 --reason "a key of the tests"': (
        "needs the fingerprint of a message; tests/agents/test_hook.py runs it"
    ),
    "scrubjay rules check": "takes half a minute; .ci/run runs it",
    "scrubjay rules check acme.toml": "tries all rules, too; test_docs.py tries acme's",
    "scrubjay rules bench": "times all rules, a minute",
    "scrubjay rules bench --slower-than 3": "times all rules, a minute",
    "pre-commit install --hook-type pre-commit --hook-type commit-msg --hook-type pre-push": "not ours",
}
# Names of places outside of the repository, and what stands for them.
STANDS_FOR = {"/etc/scrubjay/ci.toml": "ci.toml", "/srv/git/project.git": "."}
# 0 and 1 are what a scan says; `| head` and the like may end a pipe early.
GOOD = (0, 1)
GITLEAKS = """[allowlist]
paths = ['^vendor/']

[[rules]]
id = "acme"
regex = 'acme_[a-z0-9]{20}'
keywords = ["acme_"]
"""


def lines(name: str) -> list[str]:
    """The command lines of a page's console blocks."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line[2:] for body in found for line in body.splitlines() if line.startswith("$ ")]


@pytest.fixture
def place(repo: Any, secret: str) -> Any:
    """A repository with branches, a tag, settings of other tools, reports, and programs that the pages name."""
    name = "passw" + "ord"
    listed = {"results": {"config.yml": [{"hashed_secret": "0" * 40, "line_number": 1, "type": "x"}]}}
    report = {"findings": [], "repository": "shop"}
    repo.commit(**{
        "src/app.py": "print(1)\n", "config.yml": "a: 1\n" * 11 + f"{name}: '{secret}'\n", "app.log": "x\n" * 1000,
        ".gitleaks.toml": GITLEAKS, ".gitleaksignore": "config.yml:generic:12\n",
        ".secrets.baseline": json.dumps(listed), "trufflehog-exclude.txt": "vendor/\n", "ci.toml": "",
        "shop.json": json.dumps(report), "till.json": json.dumps(report | {"repository": "till"}),
        "report.json": json.dumps(report), "acme.toml": "", "lines-from-git": "",
    })  # fmt: skip
    repo.git("tag", "v1.0")
    repo.git("tag", "v1.2.0")
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.commit(**{"src/b.py": f"k = '{token('feature')}'\n"})
    repo.stage("src/c.py", f"k = '{token('staged')}'\n")
    programs = repo.path.parent / "bin"
    programs.mkdir()
    for program, body in {
        "scrubjay": f'exec {sys.executable} -m scrubjay.cli "$@"', "app": f"echo key {secret}", "tar": "echo text",
    }.items():  # fmt: skip
        (programs / program).write_text(f"#!/bin/sh\n{body}\n")
        (programs / program).chmod(0o755)
    repo.environment["PATH"] = f"{programs}{os.pathsep}{repo.environment['PATH']}"
    (repo.path.parent / "home" / ".config" / "fish" / "completions").mkdir(parents=True)
    return repo


@pytest.mark.parametrize("name", PAGES)
def test_command_lines_run(place: Any, name: str) -> None:
    """Each line of the page ends as a scan ends, without a complaint about how it was called."""
    page = lines(name)
    if find_spec("hyperscan") is None:
        page = [line for line in page if "rules bench" not in line]
    if name.endswith("commands.md"):
        acme = re.search(r"^```toml\n(.*?)^```$", (ROOT / "docs/rules.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
        assert acme
        place.write("acme.toml", acme[1])
    wrong = []
    for line in page:
        if line.split(" #")[0].rstrip() in NOT_RUN:
            continue
        command = line
        for outside, inside in STANDS_FOR.items():
            command = command.replace(outside, inside)
        # Pages that show several ways to do one thing: a file that a line writes must not be in the next one's way.
        for made in (".scrubjay.toml", ".scrubjay-baseline") if " create" in command or " --write" in command else ():
            (place.path / made).unlink(missing_ok=True)
        if "scrubjay baseline" in command and " create" not in command and not list(place.path.glob(".scrubjay-b*")):
            place.run("scrubjay", "baseline", "create", check=True)
        done = place.run("bash", "-o", "pipefail", "-c", command)
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        if done.returncode not in GOOD or ("Usage:" in said and "--help" not in line):
            wrong.append((line, said))
        assert token("feature") not in said and token("staged") not in said, line
    assert not wrong


def test_what_is_not_run_is_in_a_page() -> None:
    """The list of exceptions names lines that exist."""
    found = {line.split(" #")[0].rstrip() for name in [*PAGES, "docs/hooks.md"] for line in lines(name)}
    assert set(NOT_RUN) - found <= {
        "pre-commit install --hook-type pre-commit --hook-type commit-msg --hook-type pre-push"
    }
