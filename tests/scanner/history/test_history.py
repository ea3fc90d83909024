"""`scrubjay history`: a secret in each place where git keeps text, and never a clean exit with nothing scanned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[[str], str]


def history(repo: Any, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a repository."""
    done: subprocess.CompletedProcess[bytes] = repo.run(
        sys.executable, "-m", "scrubjay.cli", "history", *words, **environment
    )
    return done


def found(repo: Any, *words: str | Path, code: int = 1) -> list[dict[str, Any]]:
    """The findings of a run that ends with this code."""
    done = history(repo, "-f", "json", *words)
    assert done.returncode == code, done.stderr.decode()
    rows: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return rows


def fingerprints(repo: Any, make_secret: Make, labels: list[str]) -> dict[str, str]:
    """The fingerprint of each label's secret, by a scan of the bare values."""
    for label in labels:
        repo.write(f"../values/{label}", make_secret(label))
    done = repo.run(sys.executable, "-m", "scrubjay.cli", "scan", "-f", "json", "../values")
    rows = json.loads(done.stdout)["findings"]
    return {row["fingerprint"]: row["path"].rpartition("/")[2] for row in rows if row["rule"] == "github-pat-classic"}


def plant(repo: Any, make_secret: Make) -> list[str]:
    """Put one secret into each place; return the labels of the places."""
    planted: list[str] = []

    def secret(label: str) -> str:
        planted.append(label)
        return make_secret(label)

    git = repo.git
    repo.commit(
        "first", **{"deleted file": secret("deleted file"), "kept": "kept\n", ".gitattributes": "*.hid -diff\n"}
    )
    git("rm", "-q", "deleted file")
    repo.commit("gone")
    repo.commit("hidden", **{"a.hid": secret("hidden by an attribute")})
    repo.commit("wide", **{"le": f"x {secret('utf-16-le')}\n".encode("utf-16")})
    repo.commit("wide", **{"be": f"some words {secret('utf-16-be')}\n".encode("utf-16-be")})
    repo.commit("binary", **{"blob.bin": b"\0\1\2" + secret("binary").encode() + b"\0\xff"})
    notebook = {"cells": [{"cell_type": "code", "source": [f"token = '{secret('notebook')}'\n"]}]}
    repo.commit("notebook", **{"n.ipynb": json.dumps(notebook)})
    git("commit", "-q", "--allow-empty", "-m", f"see\n\n{secret('commit message')}")
    git("commit", "-q", "--allow-empty", "-m", "x", "--author", f"A <{secret('author')}@example.org>")
    git("commit", "-q", "--allow-empty", "-m", "x", GIT_COMMITTER_NAME=secret("committer"))
    git("tag", "-a", "v1", "-m", secret("tag message"))
    git("tag", "-a", "v2", "-m", "x", GIT_COMMITTER_NAME=secret("tagger"))
    git("notes", "add", "-m", secret("note"))
    repo.commit("name", **{f"{secret('file name')}.txt": "x"})
    git("branch", f"fix/{secret('ref name')}")
    repo.write("kept", secret("stash"))
    git("stash", "-q")
    git("checkout", "-q", "-b", "gone")
    repo.commit("lost", lost=secret("reflog only"))
    git("checkout", "-q", "main")
    git("branch", "-q", "-D", "gone")
    git("hash-object", "-w", "--stdin", stdin=secret("dangling").encode())
    git("checkout", "-q", "-b", "side")
    repo.commit("side", kept="side\n")
    git("checkout", "-q", "main")
    repo.commit("main", kept="main\n")
    git("merge", "-q", "side", check=False)
    repo.commit("merge", kept=f"both {secret('evil merge')}\n")
    repo.write("kept", secret("staged"))
    git("add", "kept")
    git("update-ref", "-m", f"because of {secret('reflog message')}", "--create-reflog", "refs/heads/logged", "HEAD")
    return planted


def test_a_secret_in_each_place_is_found(repo: Any, make_secret: Make) -> None:
    """Loose, packed, in a bare mirror, a linked worktree and a submodule."""
    labels = plant(repo, make_secret)
    known = fingerprints(repo, make_secret, labels)
    assert set(known.values()) == set(labels)

    def places(where: Any, *words: str | Path) -> set[str]:
        return {known.get(row["fingerprint"], "") for row in found(where, *words)} - {""}

    assert places(repo) == set(labels)
    repo.git("repack", "-Adq")
    assert places(repo) == set(labels)
    assert places(repo, "--no-walk") == set(labels)
    repo.git("worktree", "add", "-q", "../linked", "v1")
    assert places(repo, "../linked") == set(labels)
    repo.git("clone", "-q", "--mirror", f"file://{repo.path}", "../mirror")
    assert places(repo, "../mirror") == set(labels) - {"reflog only", "dangling", "staged", "reflog message"}


def test_the_life_of_a_secret(repo: Any, make_secret: Make) -> None:
    """First and last commit, what took it out, who holds it, its owner and age."""
    value = make_secret("one")
    dates = {"GIT_AUTHOR_DATE": "2020-02-03T04:05:06Z"}
    repo.stage(".github/CODEOWNERS", "* @everyone\n/src/ @team/src\n")
    repo.stage("src/a.py", f"token = '{value}'\n")
    repo.git("commit", "-q", "-m", "bring", "--author", "Ann <ann@example.org>", **dates)
    first = repo.git("rev-parse", "HEAD")
    repo.git("tag", "v1")
    last = repo.commit("more", **{"src/a.py": f"x = 1\ntoken = '{value}'\n"})
    [row] = found(repo)
    assert (row["path"], row["line"], row["commit"], row["masked"]) == ("src/a.py", 2, last, "ghp_********")
    life = row["life"]
    assert life["first"] == {
        "commit": first, "author": "Ann <ann@example.org>", "date": "2020-02-03T04:05:06Z", "path": "src/a.py",
    }  # fmt: skip
    assert life["last"]["commit"] == last
    assert (life["in_head"], life["refs"], life["owners"]) == (True, ["refs/heads/main", "refs/tags/v1"], ["@team/src"])
    assert (life["places"], life["objects"], life["risk"], life["overdue"]) == (2, 2, "high", True)
    assert life["age_days"] > 2000 and life["rotate_after_days"] == 30 and life["removed"] is None
    assert "all_places" not in life
    gone = repo.commit("clean", **{"src/a.py": "x = 1\n"})
    [row] = found(repo, "--all-places", "--rotate", "high=99999")
    life = row["life"]
    assert (life["in_head"], life["refs"], life["overdue"]) == (False, ["refs/tags/v1"], False)
    assert life["removed"]["commit"] == gone
    assert [(place["path"], place["line"], place["commit"]) for place in life["all_places"]] == [
        ("src/a.py", 1, first), ("src/a.py", 2, last),
    ]  # fmt: skip
    text = history(repo).stdout.decode()
    assert "first: 2020-02-03" in text and "taken out by" in text and "OVERDUE" in text and value not in text


def test_what_is_in_a_commit_itself(repo: Any, make_secret: Make) -> None:
    """A message's secret belongs to its commit, and all refs that have it in their history hold it."""
    repo.commit("before")
    repo.git("tag", "old")
    bad = repo.commit(f"use {make_secret('message')}")
    repo.commit("after")
    repo.git("tag", "new")
    [row] = found(repo)
    assert (row["kind"], row["commit"]) == ("message", bad)
    assert row["life"]["in_head"] and row["life"]["refs"] == ["refs/heads/main", "refs/tags/new"]


def check(done: subprocess.CompletedProcess[bytes], code: int, said: str) -> None:
    """A run ended with this code and a message with these words."""
    assert (done.returncode, said in done.stderr.decode()) == (code, True), done.stderr.decode()


def test_nothing_scanned_is_never_clean(repo: Any, make_repo: Any, tmp_path: Path) -> None:
    """An empty repository, no repository, no folder, a bad option."""
    check(history(repo), 3, "nothing was scanned")
    plain = tmp_path / "plain"
    plain.mkdir()
    check(history(repo, plain), 2, "not a git")
    check(history(repo, tmp_path / "nowhere"), 2, "no such folder")
    check(history(repo, "--rotate", "high"), 2, "RISK=DAYS")


def test_a_shallow_clone_is_incomplete(repo: Any) -> None:
    """What is missing is named, with what to do."""
    repo.commit("one", a="1")
    repo.commit("two", a="2")
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", "../shallow")
    check(history(repo, "../shallow"), 3, "--unshallow")
    assert history(repo).returncode == 0


def test_a_partial_clone_is_incomplete(repo: Any) -> None:
    """Blobs that were never fetched are gaps, and nothing is fetched."""
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit("one", a="1")
    repo.commit("two", a="2")
    repo.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{repo.path}", "../partial")
    check(history(repo, "../partial"), 3, "missing")


def test_lost_objects_are_a_gap(repo: Any) -> None:
    """A blob, or a commit, that is gone from the repository."""
    repo.commit("one", a="1")
    repo.commit("two", a="2")
    blob, commit = repo.git("rev-parse", "HEAD:a"), repo.git("rev-parse", "HEAD~1")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    check(history(repo), 3, "missing")
    (repo.path / ".git/objects" / commit[:2] / commit[2:]).unlink()
    assert history(repo).returncode == 3


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_foreign_repository_is_incomplete(repo: Any) -> None:
    """git refuses it, and the message says how to trust it."""
    repo.commit("one", a="1")
    for path in (repo.path, repo.path / ".git"):
        os.chown(path, 12345, 12345)
    check(history(repo, SUDO_UID=""), 3, "safe.directory")


def test_settings_hide_nothing(repo: Any, secret: str) -> None:
    """Colours, other diffs, signatures, relative paths and orders of files change nothing."""
    repo.commit("one", a=secret, b="x")
    for name, value in {
        "color.ui": "always", "color.diff": "always", "diff.noprefix": "true", "diff.external": "false",
        "log.showSignature": "true", "diff.relative": "true", "diff.orderFile": "/nowhere", "log.diffMerges": "off",
        "format.pretty": "oneline", "core.quotePath": "true", "diff.renames": "copies",
    }.items():  # fmt: skip
        repo.git("config", name, value)
    (repo.path / "sub").mkdir()
    [row] = found(repo, "sub")
    assert row["path"] == "a" and row["life"]["in_head"]


def test_a_time_limit_is_incomplete(repo: Any) -> None:
    """The message says that it was the limit."""
    repo.commit("one", a="1")
    check(history(repo, "--timeout", "0.000001"), 3, "--timeout")


@pytest.mark.parametrize("kind", ["sha256", "reftable"])
def test_other_formats(make_repo: Any, secret: str, kind: str) -> None:
    """Repositories with SHA-256, and with reftables where git has them."""
    option = "--object-format=sha256" if kind == "sha256" else "--ref-format=reftable"
    try:
        repo = make_repo("other", option)
    except AssertionError:
        pytest.skip("this git does not know it")
    repo.commit("one", a=secret)
    [row] = found(repo)
    assert row["life"]["in_head"] and row["path"] == "a"
