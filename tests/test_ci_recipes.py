"""The recipes of docs/ci.md: their YAML says what the services expect, and their commands are run for real."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from scrubjay.scanner.reports import FORMATS

yaml = pytest.importorskip("yaml")
PAGE = (Path(__file__).resolve().parents[1] / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(yaml|groovy)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def recipe(word: str) -> str:
    """The block that holds a word."""
    [text] = [text for _, text in BLOCKS if word in text]
    return text


def commands() -> list[str]:
    """Every command line of the recipes that runs scrubjay."""
    github = yaml.safe_load(recipe("runs-on"))
    lines = [step["run"] for job in github["jobs"].values() for step in job["steps"] if "run" in step]
    for job in yaml.safe_load(recipe("GIT_DEPTH")).values():
        lines += job["before_script"] + job["script"]
    lines += re.findall(r"\bsh '([^']*)'", recipe("pipeline {"))
    return [line for line in lines if "scrubjay" in line and "pip install" not in line]


def test_github_fetches_all_and_uploads_what_is_written() -> None:
    """Every checkout is whole and leaves no token, the report that is uploaded is the one that is written."""
    recipe_ = yaml.safe_load(recipe("runs-on"))
    # YAML 1.1 takes `on` for true.
    assert set(recipe_[True]) == {"push", "pull_request", "schedule"}
    for job in recipe_["jobs"].values():
        [checkout] = [step["with"] for step in job["steps"] if "checkout" in step.get("uses", "")]
        assert checkout == {"fetch-depth": 0, "persist-credentials": False}
    steps = recipe_["jobs"]["history"]["steps"]
    [cache] = [step["with"] for step in steps if "cache" in step.get("uses", "")]
    assert cache["path"] == recipe_["jobs"]["history"]["env"]["SCRUBJAY_CACHE_DIR"]
    [upload] = [step for step in steps if "upload-sarif" in step.get("uses", "")]
    assert upload["if"] == "always()" and any(upload["with"]["sarif_file"] in step.get("run", "") for step in steps)
    assert recipe_["permissions"]["security-events"] == "write"


def test_gitlab_fetches_all_and_publishes_what_is_written() -> None:
    """The report is the artifact, also of a job that failed; the cache is in the project, where GitLab keeps it."""
    jobs = yaml.safe_load(recipe("GIT_DEPTH"))
    job = jobs["scrubjay"]
    assert all(one["variables"]["GIT_DEPTH"] == "0" for one in jobs.values())
    assert job["artifacts"]["when"] == "always"
    assert job["script"][0].endswith(f"--output {job['artifacts']['reports']['secret_detection']}")
    assert [f"$CI_PROJECT_DIR/{path}" for path in job["cache"]["paths"]] == [job["variables"]["SCRUBJAY_CACHE_DIR"]]


def test_jenkins_publishes_what_is_written() -> None:
    """The JUnit file is that of the command, and the clone is not shallow."""
    text = recipe("pipeline {")
    [published] = re.findall(r"junit '([^']*)'", text)
    assert f"--output {published}'" in text and "shallow: false" in text
    assert text.count("{") == text.count("}") and text.count("(") == text.count(")")


@pytest.mark.parametrize("line", commands())
def test_the_commands_do_what_they_should(repo: Any, secret: str, line: str, tmp_path: Path) -> None:
    """Clean ends with 0, a secret in an older commit with 1, and a shallow clone never with 0."""
    form = re.search(r"--format (\w+)", line)
    if form and form[1] not in FORMATS:
        pytest.skip(f"the report {form[1]} is not in this version")
    repo.commit("first", README="nothing\n")
    base = repo.git("rev-parse", "HEAD")
    repo.commit("clean", a="clean\n")
    output = re.search(r"--output (\S+)", line)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "scrubjay").write_text(f'#!/bin/sh\nexec "{__import__("sys").executable}" -m scrubjay.cli "$@"\n')
    (bin_folder / "scrubjay").chmod(0o755)
    names = {"BASE": base, "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "PATH": f"{bin_folder}:{repo.environment['PATH']}"}
    line = line.replace(".scrubjay/bin/", "")

    def run(folder: str) -> int:
        code: int = repo.run("sh", "-c", line, cwd=folder, **names).returncode
        return code

    assert run(".") == 0
    if output:
        report = (repo.path / output[1]).read_text(encoding="utf-8")
        assert report
        if output[1].endswith((".json", ".sarif")):
            json.loads(report)
    repo.commit("bad", a=f"token = {secret}\n")
    repo.commit("taken out", a="clean\n")
    assert run(".") == 1
    if output:
        assert secret not in (repo.path / output[1]).read_text(encoding="utf-8")
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", "../shallow")
    assert run("../shallow") in (2, 3)


def test_every_way_out_is_named_in_the_code() -> None:
    """What the page's table says that a job prints, is what is printed."""
    import scrubjay.cli as cli
    import scrubjay.scanner as scanner

    places = [*scanner.__path__, *cli.__path__]
    code = "".join(path.read_text(encoding="utf-8") for place in places for path in Path(place).rglob("*.py"))
    for said in re.findall(r"^\| `([^`]*)`", PAGE.partition("## GitHub")[0], re.MULTILINE):
        assert said in code, said
