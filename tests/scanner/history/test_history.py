"""`scrubjay history`: a secret in each place where git keeps text, and never a clean exit with nothing scanned."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from scrubjay.scanner.reports import FORMATS

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


def database(value: str) -> bytes:
    """A SQLite database with a row that holds the value."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table t (a text)")
        connection.execute("insert into t values (?)", (f"the token {value} here",))
        return connection.serialize()


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
    repo.commit("database", **{"d.sqlite": database(secret("sqlite"))})
    once = base64.b64encode(f"the token is {secret('base64')}".encode())
    twice = base64.b64encode(base64.b64encode(f"the token is {secret('base64 of base64')}".encode()))
    repo.commit("encoded", x=b"x: " + once + b"\n", y=b"y: " + twice + b"\n")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/file", f"some text\n{secret('zip')}\n")
    repo.commit("archive", **{"a.zip": packed.getvalue()})
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


def test_a_secret_in_each_place_is_found(repo: Any, make_repo: Any, make_secret: Make) -> None:
    """Loose, packed, in several packs, a bare mirror, a linked worktree, a submodule, and beside alternates."""
    labels = plant(repo, make_secret)
    known = fingerprints(repo, make_secret, labels)
    assert set(known.values()) == set(labels)

    def places(where: Any, *words: str | Path) -> set[str]:
        rows = found(where, "--archives", *words)
        # An encoded value has another fingerprint, that of its encoded form.
        coded = {"x": "base64", "y": "base64 of base64"}
        inside = {
            coded.get(row["path"].rpartition("/")[2], "") for row in rows if "inside base64" in str(row["reasons"])
        }
        return {known.get(row["fingerprint"], "") for row in rows}.union(inside) - {""}

    assert places(repo) == set(labels)
    assert places(repo, "--no-walk", "--no-cache") == set(labels)
    repo.git("repack", "-dq")
    repo.git("tag", "-a", "v3", "-m", "in another pack")
    repo.git("repack", "-dq")
    repo.git("prune-packed")
    assert places(repo, "--no-cache") == set(labels)
    repo.git("repack", "-Adq")
    assert places(repo) == set(labels)
    assert places(repo, "--no-walk") == set(labels)
    repo.git("worktree", "add", "-q", "../linked", "v1")
    assert places(repo, "../linked") == set(labels)
    cloned = set(labels) - {"reflog only", "dangling", "staged", "reflog message"}
    repo.git("clone", "-q", "--mirror", f"file://{repo.path}", "../mirror")
    assert places(repo, "../mirror") == cloned
    repo.git("clone", "-q", "--shared", "--mirror", ".", "../borrower")
    assert places(repo, "../borrower") == set(labels) - {"reflog message"}
    other = make_repo("other")
    other.git("submodule", "add", "-q", f"file://{repo.path}", "sub")
    other.commit("with a submodule")
    # What a branch of the submodule holds; notes, stash and other refs are not fetched.
    assert places(other, "sub") >= {"deleted file", "evil merge", "zip", "sqlite", "committer", "tag message"}
    assert places(other, "--submodules") == places(other, "sub")
    assert all(row["path"].startswith("sub/") for row in found(other, "--submodules"))


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


def test_nothing_scanned_is_never_clean(repo: Any, tmp_path: Path) -> None:
    """An empty repository, no repository, no folder, a bad ref or date, a bad option."""
    check(history(repo), 3, "nothing was scanned")
    plain = tmp_path / "plain"
    plain.mkdir()
    check(history(repo, plain), 2, "not a git")
    check(history(repo, tmp_path / "nowhere"), 2, "no such folder")
    check(history(repo, "--rotate", "high"), 2, "RISK=DAYS")
    repo.commit("one", a="1")
    check(history(repo, "--since", "nowhere"), 2, "not a commit")
    check(history(repo, "--since", "yesterdy"), 2, "a date would be like")
    check(history(repo, "--since=-x"), 2, "not a commit")
    for words in (("diff", "nowhere..HEAD"), ("diff", "HEAD..nowhere"), ("scan", "nowhere")):
        done = repo.run(sys.executable, "-m", "scrubjay.cli", *words)
        assert done.returncode == 2, (words, done.stderr)


def test_a_submodule_that_is_not_here_is_a_gap(repo: Any, make_repo: Any) -> None:
    """One that is not checked out, one that would be elsewhere, and a list that makes no sense."""
    repo.commit("one", a="1")
    other = make_repo("other")
    other.git("submodule", "add", "-q", f"file://{repo.path}", "sub")
    other.commit("with a submodule")
    assert history(other, "--submodules").returncode == 0
    other.git("submodule", "deinit", "-q", "-f", "sub")
    check(history(other, "--submodules"), 3, "git submodule update --init")
    other.write(".gitmodules", '[submodule "sub"]\n\tpath = ../repo\n\turl = x\n')
    other.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    assert history(other, "--submodules").returncode in (0, 3)
    other.write(".gitmodules", "[submodule\n")
    check(history(other, "--submodules"), 3, "can't be read")


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


def test_what_came_since(repo: Any, make_secret: Make) -> None:
    """By revision or date: what newer commits brought, not what was there before and is in a new version of a file."""
    old, new = make_secret("old"), make_secret("new")
    dates = {"GIT_COMMITTER_DATE": "2025-01-01T00:00:00Z"}
    repo.stage("a", f"x\n{old}\n")
    repo.git("commit", "-q", "-m", "old", **dates)
    first = repo.git("rev-parse", "HEAD")
    repo.git("repack", "-adq")
    repo.commit("changed", a=f"y\nx\n{old}\n")
    repo.git("mv", "a", "b")
    repo.commit("moved")
    for since in (first, "2025-06-01", "2025-06-01T00:00:00Z", "2025-06-01T00:00:00+02:00", "HEAD~2"):
        assert history(repo, "--since", since).returncode == 0
    bad = repo.commit("bad", c=f"1\n2\n{new}\n")
    repo.commit("taken out", c="1\n")
    message = repo.commit(f"see {make_secret('message')}")
    for since in (first, "2025-06-01"):
        rows = found(repo, "--since", since)
        assert [(row["path"], row["line"], row["commit"]) for row in rows if row["kind"] == "file"] == [("c", 3, bad)]
        assert [row["commit"] for row in rows if row["kind"] == "message"] == [message]
        assert [row["life"]["in_head"] for row in rows if row["kind"] == "file"] == [False]
    done = history(repo, "--since", "HEAD")
    assert done.returncode == 0 and b"no commits since HEAD" in history(repo, "--since", "HEAD", "-f", "json").stdout


def test_a_merge_counts_against_all_parents(repo: Any, secret: str) -> None:
    """What only the merge brought is its own; what came from a parent is that parent's."""
    repo.commit("base", a="base\n")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("side", a="side\n")
    repo.git("checkout", "-q", "main")
    repo.commit("main", a="main\n")
    repo.git("merge", "-q", "side", check=False)
    merge = repo.commit("merge", a=f"both {secret}\n")
    for words in ((), ("--since", "HEAD~1")):
        [row] = found(repo, *words)
        assert row["commit"] == merge and row["life"]["first"]["commit"] == merge


def test_a_missing_walker_is_told(repo: Any, secret: str) -> None:
    """On the first scan, unless nobody wants to know; the findings are the same."""
    repo.commit("one", config=secret)
    without = "import sys\nfrom scrubjay.cli import main\n"
    without += "from scrubjay.scanner.history import packs\npacks._packwalk = None\n"

    def run(*words: str) -> str:
        done = repo.run(sys.executable, "-c", f"{without}sys.exit(main(['history', *{list(words)!r}]))")
        assert done.returncode == 1 and b"github-pat-classic" in done.stdout
        return str(done.stderr.decode())

    told = [run("--no-cache"), run(), run(), run("--no-cache", "--no-walk"), run("--no-cache", "-q")]
    told.append(run("--since", "2020-01-01"))
    assert ["was not built" in text for text in told] == [True, True, False, False, False, False]


def test_an_interrupt_is_clean(repo: Any) -> None:
    """Ctrl-C ends with 130, one line, no traceback, no process left, and the next run is right."""
    # Fixed, for of other drawn bytes some megabytes may hold what looks like a secret.
    drawn = random.Random(1)
    blobs = b"".join(b"blob\ndata 60000\n%s\n" % drawn.randbytes(60_000) for _ in range(800))
    repo.git("fast-import", "--quiet", stdin=blobs)
    command = [sys.executable, "-m", "scrubjay.cli", "history", "--no-cache", "--no-walk"]
    process = subprocess.Popen(
        command, cwd=repo.path, env=repo.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    # With git at work, the command is beyond its start.
    while process.poll() is None and not Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode in (130, 0) and b"Traceback" not in err and not out
    if process.returncode:
        assert err == b"scrubjay: interrupted\n"
    end = time.monotonic() + 20
    with pytest.raises(ProcessLookupError):
        # Those that have just ended may wait for init to notice.
        while time.monotonic() < end:
            os.killpg(process.pid, 0)
            time.sleep(0.01)
    assert history(repo).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="a pseudo-terminal is needed")
def test_a_terminal_gets_a_bar(repo: Any) -> None:
    """A long scan shows how far it is on a terminal, and takes the bar away; a pipe gets none."""
    import pty

    source = Random(7)
    blobs = b"".join(b"blob\ndata 80000\n%s\n" % source.randbytes(80_000) for _ in range(600))
    repo.git("fast-import", "--quiet", stdin=blobs)
    leader, follower = pty.openpty()
    # Slow enough, on any machine, to last longer than the second after which it shows.
    command = [sys.executable, "-m", "scrubjay.cli", "history", "--no-cache", "--no-walk", "--engine", "keywords"]
    process = subprocess.Popen(
        command, cwd=repo.path, env=repo.environment | {"TERM": "xterm"}, stdout=subprocess.PIPE, stderr=follower
    )
    os.close(follower)
    shown = b""
    try:
        while part := os.read(leader, 1 << 16):
            shown += part
    except OSError:
        # The other side has closed.
        pass
    assert process.wait() == 0
    os.close(leader)
    assert b"objects" in shown and b"600 blobs" in shown
    assert b"%" not in history(repo, "--no-cache").stderr


def test_coverage_is_in_every_format(repo: Any, secret: str) -> None:
    """Commits, blobs and bytes, and what was skipped, in JSON and in the summary beside any format."""
    repo.commit("one", a=secret)
    repo.commit("two", a="2")
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", "../shallow")
    coverage = json.loads(history(repo, "-f", "json", "../shallow").stdout)["coverage"]
    assert (coverage["commits"], coverage["blobs"]) == (1, 1) and coverage["bytes"] > 100
    assert [gap["path"] for gap in coverage["skipped"]] == ["history"]
    for form in FORMATS:
        done = history(repo, "-f", form, "-q", "../shallow")
        assert done.returncode == 3 and b"1 blob, 1 commit" in done.stderr and b"--unshallow" in done.stderr, form
