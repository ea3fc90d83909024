"""The pre-push hook, on the lines that git gives it and in real pushes."""

from __future__ import annotations

import sys
from typing import Any

import pytest

RULE = "github-pat-classic"
NONE = "0" * 40


@pytest.fixture
def pushing(repo: Any, make_repo: Any) -> Any:
    """A repository with one pushed commit and the hook installed."""
    remote = make_repo("remote", "--bare")
    repo.commit("first", a="a\n")
    repo.git("remote", "add", "origin", str(remote.path))
    repo.git("push", "--quiet", "origin", "main")
    hook = repo.write(".git/hooks/pre-push", f'#!/bin/sh\nexec "{sys.executable}" -m scrubjay.cli hook pre-push "$@"\n')
    hook.chmod(0o755)
    return repo


def push(repo: Any, *words: str) -> tuple[int, str]:
    """Push for real; return the exit code, and all that was printed."""
    done = repo.run("git", "push", *words)
    return done.returncode, (done.stdout + done.stderr).decode()


def test_clean_push(pushing: Any) -> None:
    """Clean commits go through, and the summary counts them."""
    pushing.commit("second", a="a\nb\n")
    pushing.commit("third", a="a\nb\nc\n")
    code, said = push(pushing, "origin", "main")
    assert code == 0, said
    assert "2 blobs, 2 commits" in said


def test_secret_in_the_last_commit(pushing: Any, secret: str) -> None:
    """A secret that is pushed stops the push, and the commit is named."""
    commit = pushing.commit("second", a=f"a\n{secret}\n")
    code, said = push(pushing, "origin", "main")
    assert code == 1
    assert f"{commit[:12]}:a:2:1: " in said
    assert secret not in said


def test_added_and_removed_within_the_push(pushing: Any, secret: str) -> None:
    """A later commit that takes the secret out does not unsay it."""
    commit = pushing.commit("second", a=f"a\n{secret}\n")
    pushing.commit("third", a="a\n")
    code, said = push(pushing, "origin", "main")
    assert code == 1
    assert said.count(RULE) == 1
    assert f"{commit[:12]}:a:2:1: " in said


def test_known_secret_and_new_branch(pushing: Any, make_secret: Any) -> None:
    """Of a new branch, only what the remote does not have is looked at."""
    known = make_secret("known")
    pushing.commit("second", a=f"a\n{known}\n")
    assert push(pushing, "--no-verify", "origin", "main")[0] == 0
    pushing.git("checkout", "--quiet", "-b", "topic")
    pushing.commit("third", a=f"a\n{known}\nb\n")
    code, said = push(pushing, "origin", "topic")
    assert code == 0, said
    pushing.commit("fourth", a=f"a\n{known}\nb\n{make_secret('new')}\n")
    code, said = push(pushing, "origin", "topic:other")
    assert code == 1
    assert said.count(RULE) == 1


def test_another_remote_gets_everything(pushing: Any, make_repo: Any, secret: str) -> None:
    """What one remote has may be new to another: nothing is left out on the first push to it."""
    pushing.commit("second", a=f"a\n{secret}\n")
    assert push(pushing, "--no-verify", "origin", "main")[0] == 0
    pushing.git("remote", "add", "public", str(make_repo("public", "--bare").path))
    code, said = push(pushing, "public", "main")
    assert code == 1, said


def test_merge_resolution(pushing: Any, make_secret: Any) -> None:
    """A secret that only a merge's resolution has is found, once; what the sides had is reported from their commits."""
    lines = "".join(f"{number}\n" for number in range(20))
    pushing.commit("base", a=f"top\n{lines}")
    pushing.git("checkout", "--quiet", "-b", "side")
    pushing.commit("side", a=f"side\n{lines}")
    pushing.git("checkout", "--quiet", "main")
    pushing.commit("main", a=f"main\n{lines}")
    pushing.git("merge", "--quiet", "side", check=False)
    pushing.stage("a", f"merged {make_secret('merge')}\n{lines}")
    merge = pushing.commit("merge")
    code, said = push(pushing, "origin", "main")
    assert code == 1
    assert said.count(RULE) == 1
    assert f"{merge[:12]}:a:1:8: " in said


def test_message_tag_and_branch_name(pushing: Any, make_secret: Any) -> None:
    """Commit messages, tag messages and names of new refs are pushed too."""
    pushing.git("tag", "-a", "-m", f"release {make_secret('tag')}", "v1")
    code, said = push(pushing, "origin", "v1")
    assert (code, said.count(RULE)) == (1, 1), said
    assert push(pushing, "origin", f"main:{make_secret('branch')}")[0] == 1
    commit = pushing.commit(f"second\n\nkey {make_secret('message')}")
    code, said = push(pushing, "origin", "main")
    assert (code, said.count(RULE)) == (1, 1), said
    assert f"{commit[:12]}:commit message:3:5 (commit message)" in said


def test_renamed_file(pushing: Any, secret: str) -> None:
    """Old lines of a file that a commit renames are not new."""
    lines = "".join(f"{number}\n" for number in range(20))
    pushing.commit("second", a=f"{secret}\n{lines}")
    assert push(pushing, "--no-verify", "origin", "main")[0] == 0
    pushing.git("mv", "a", "b")
    pushing.commit("rename", b=f"{secret}\n{lines}more\n")
    assert push(pushing, "origin", "main")[0] == 0


def test_first_push_with_many_commits(repo: Any, make_repo: Any, secret: str) -> None:
    """A first push brings the whole history, root commit included."""
    repo.commit("root", a=secret)
    for number in range(5):
        repo.commit(f"{number}", a=f"{number}\n")
    remote = make_repo("remote", "--bare")
    line = f"refs/heads/main {repo.git('rev-parse', 'HEAD')} refs/heads/main {NONE}\n".encode()
    done = repo.hook("pre-push", "elsewhere", str(remote.path), stdin=line)
    assert done.code == 1
    assert len(done.places) == 1
    assert "6 commits" in done.err


def test_deleted_branch_and_unknown_old_commit(pushing: Any, secret: str) -> None:
    """Deleting a ref pushes nothing; a remote commit that is not here leaves out nothing by itself."""
    head = pushing.commit("second", a=secret)
    assert pushing.hook("pre-push", "origin", "x", stdin=f"(delete) {NONE} refs/heads/x {head}\n".encode()).code == 0
    line = f"refs/heads/main {head} refs/heads/main {'1' * 40}\n".encode()
    assert pushing.hook("pre-push", "origin", "x", stdin=line).code == 1


def test_what_is_not_a_commit_is_incomplete(pushing: Any) -> None:
    """A pushed tree or blob is not looked at, and that is said."""
    tree = pushing.git("rev-parse", "HEAD^{tree}")
    done = pushing.hook("pre-push", "origin", "x", stdin=f"{tree} {tree} refs/tags/t {NONE}\n".encode())
    assert done.code == 3


def test_garbage_on_stdin(pushing: Any) -> None:
    """Lines that git would not write are an error."""
    assert pushing.hook("pre-push", "origin", "x", stdin=b"nonsense\n").code == 2


def test_many_refs(pushing: Any, make_secret: Any) -> None:
    """A push of many refs looks at each commit once, whichever of them it is on."""
    pushing.commit("second", b=make_secret("one"))
    for number in range(40):
        pushing.git("branch", f"topic{number}")
    pushing.git("tag", "-a", "-m", f"{make_secret('tag')}", "inner")
    pushing.git("tag", "-a", "-m", "outer", "outer", "inner")
    code, said = push(pushing, "origin", "--all")
    assert (code, said.count(RULE)) == (1, 1), said
    assert push(pushing, "--no-verify", "origin", "--all")[0] == 0
    code, said = push(pushing, "origin", "outer")
    assert (code, said.count(RULE)) == (1, 1), said
