"""The pre-commit hook while a merge is in progress: only the merge's own lines count."""

from __future__ import annotations

import sys
from typing import Any

import pytest

RULE = "github-pat-classic"


@pytest.fixture
def conflict(repo: Any, make_secret: Any) -> Any:
    """A merge that stopped at a conflict in `a`; each side has committed a secret of its own before."""
    lines = "".join(f"{number}\n" for number in range(20))
    repo.commit("base", a=f"top\n{lines}bottom\n", both="x\n")
    repo.git("checkout", "--quiet", "-b", "theirs")
    repo.commit("theirs", a=f"theirs {make_secret('theirs')}\n{lines}bottom\n", new=make_secret("new"))
    repo.git("checkout", "--quiet", "main")
    repo.commit("ours", a=f"ours {make_secret('ours')}\n{lines}bottom\n", c="c\n")
    repo.git("merge", "--quiet", "theirs", check=False)
    return repo


def test_unresolved_conflict_is_incomplete(conflict: Any) -> None:
    """A path whose conflict is open can't be judged, and that is said."""
    done = conflict.hook("pre-commit")
    assert done.code == 3
    assert "a: unresolved conflict" in done.err


def test_resolution_with_a_new_secret(conflict: Any, make_secret: Any) -> None:
    """What only the resolution brings is reported; the lines of both sides are not."""
    ours, theirs = make_secret("ours"), make_secret("theirs")
    conflict.stage("a", f"ours {ours}\ntheirs {theirs}\nmerge {make_secret('merge')}\n")
    for names in ([], ["a"]):
        assert conflict.hook("pre-commit", *names).places == [f"a:3:7 {RULE}"]


def test_resolution_elsewhere(conflict: Any, secret: str) -> None:
    """A file without a conflict that the merge changes is looked at too, though pre-commit does not name it."""
    conflict.stage("a", "resolved\n")
    conflict.stage("both", f"x\n{secret}\n")
    for names in ([], ["a"]):
        assert conflict.hook("pre-commit", *names).places == [f"both:2:1 {RULE}"]


@pytest.mark.parametrize("side", ["--ours", "--theirs"])
def test_resolution_to_one_side(conflict: Any, side: str) -> None:
    """Taking one side as it is brings nothing new."""
    conflict.git("checkout", side, "a")
    conflict.git("add", "a")
    for names in ([], ["a"]):
        assert conflict.hook("pre-commit", *names).code == 0


def test_renamed_on_one_side(repo: Any, secret: str) -> None:
    """A file that one side renamed has its old lines from there."""
    lines = "".join(f"{number}\n" for number in range(20))
    repo.commit("base", a=f"{secret}\n{lines}")
    repo.git("checkout", "--quiet", "-b", "theirs")
    repo.git("mv", "a", "b")
    repo.commit("rename")
    repo.git("checkout", "--quiet", "main")
    repo.commit("change", a=f"{secret}\n{lines}more\n")
    repo.git("merge", "--quiet", "--no-commit", "theirs")
    repo.stage("b", f"{secret}\n{lines}more\nmerged\n")
    assert repo.hook("pre-commit").code == 0
    repo.stage("b", f"{secret}\n{lines}more\nmerged {secret}\n")
    assert repo.hook("pre-commit").places == [f"b:23:8 {RULE}"]


def test_pre_merge_commit(repo: Any, secret: str) -> None:
    """git runs this hook before it writes MERGE_HEAD; what the merged branch has is still not new."""
    repo.commit("base", a="a\n")
    repo.git("checkout", "--quiet", "-b", "theirs")
    repo.commit("theirs", b=secret)
    repo.git("checkout", "--quiet", "main")
    repo.commit("ours", c="c\n")
    hook = repo.write(
        ".git/hooks/pre-merge-commit",
        f'#!/bin/sh\necho hook ran >ran\nexec "{sys.executable}" -m scrubjay.cli hook pre-merge-commit\n',
    )
    hook.chmod(0o755)
    done = repo.run("git", "merge", "--no-edit", "theirs")
    assert (repo.path / "ran").exists()
    assert done.returncode == 0, done


def test_octopus(repo: Any, make_secret: Any) -> None:
    """With three parents, a line counts when none of them has it."""
    repo.commit("base", a="a\n")
    for name in ("one", "two"):
        repo.git("checkout", "--quiet", "-b", name, "main")
        repo.commit(name, **{name: make_secret(name)})
    repo.git("checkout", "--quiet", "main")
    repo.commit("ours", b="b\n")
    repo.git("merge", "--quiet", "--no-commit", "one", "two")
    assert len((repo.path / ".git/MERGE_HEAD").read_text().split()) == 2
    assert repo.hook("pre-commit").code == 0
    repo.stage("two", f"{make_secret('two')}\n{make_secret('merge')}\n")
    assert repo.hook("pre-commit").places == [f"two:2:1 {RULE}"]
