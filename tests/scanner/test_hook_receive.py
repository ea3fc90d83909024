"""The pre-receive hook on a server: real pushes into a bare repository, whose new objects are in quarantine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def server(repo: Any) -> Path:
    """A bare repository with the hook, which is the remote "origin" of the repository that pushes."""
    bare: Path = repo.path.parent / "server.git"
    repo.commit("start", README="nothing\n")
    repo.git("clone", "-q", "--bare", ".", bare)
    repo.git("remote", "add", "origin", bare)
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scrubjay.cli hook pre-receive\n')
    hook.chmod(0o755)
    return bare


def push(repo: Any, *words: str) -> tuple[bool, str]:
    """Push; return whether the server took it, and what was said."""
    done = repo.run("git", "push", "origin", *words)
    return done.returncode == 0, done.stderr.decode()


def refs(repo: Any, server: Path) -> str:
    """The server's refs."""
    listed: str = repo.git("for-each-ref", "--format=%(refname)", cwd=str(server))
    return listed


def test_a_clean_push_is_taken(repo: Any, server: Path) -> None:
    """New commits, a new branch, a tag, and a deletion."""
    repo.commit("more", a="clean\n")
    repo.git("tag", "-a", "v1", "-m", "release")
    assert push(repo, "main", "main:refs/heads/other", "v1")[0]
    assert push(repo, ":other")[0]
    assert refs(repo, server) == "refs/heads/main\nrefs/tags/v1"


def test_a_secret_is_refused(repo: Any, server: Path, secret: str) -> None:
    """Also one that a later commit of the same push takes away; the value is never shown, nothing is taken."""
    bad = repo.commit("bad", a=f"x = 1\ntoken = '{secret}'\n")
    repo.commit("clean again", a="x = 1\n")
    taken, said = push(repo, "main")
    assert not taken and f"{bad[:12]}:a:2:10" in said and "the push was refused" in said
    assert secret not in said
    assert repo.git("rev-parse", "main", cwd=str(server)) == repo.git("rev-parse", "HEAD~2")


@pytest.mark.parametrize("place", ["message", "tag", "ref", "merge", "force"])
def test_each_way_in(repo: Any, server: Path, secret: str, place: str) -> None:
    """Messages, annotated tags, names of refs, what only a merge brings, rewritten branches."""
    target = "main"
    if place == "message":
        repo.commit(f"use {secret}")
    elif place == "tag":
        repo.git("tag", "-a", "v1", "-m", secret)
        target = "v1"
    elif place == "ref":
        target = f"main:refs/heads/{secret}"
    elif place == "merge":
        repo.git("checkout", "-q", "-b", "side")
        repo.commit("side", a="side\n")
        repo.git("checkout", "-q", "main")
        repo.commit("main", a="main\n")
        assert push(repo, "main", "side")[0]
        repo.git("merge", "-q", "side", check=False)
        repo.commit("merge", a=f"both {secret}\n")
    else:
        repo.git("commit", "-q", "--amend", "-m", "other")
        repo.commit("bad", a=secret)
        target = "+main"
    before = refs(repo, server)
    taken, said = push(repo, target)
    # git itself names the refs.
    assert not taken and not [line for line in said.splitlines() if line.startswith("remote:") and secret in line]
    assert refs(repo, server) == before


def test_what_the_server_has_is_not_judged_again(repo: Any, server: Path, secret: str) -> None:
    """A secret that is there already stops no one; a new branch on it passes."""
    (server / "hooks" / "pre-receive").rename(server / "hooks" / "off")
    repo.commit("bad", a=secret)
    assert push(repo, "main")[0]
    (server / "hooks" / "off").rename(server / "hooks" / "pre-receive")
    repo.commit("more", a=f"{secret}\n", b="clean\n")
    taken, said = push(repo, "main:refs/heads/new")
    assert taken, said
    assert "2 blobs, 1 commit" in said


def test_other_input_is_an_error(repo: Any) -> None:
    """Lines that are not git's end with 2."""
    assert repo.hook("pre-receive", stdin=b"nonsense\n").code == 2
