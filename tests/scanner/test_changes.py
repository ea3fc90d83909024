"""Commits of a range and net changes: what is new in them, against every parent."""

from __future__ import annotations

from typing import Any

import pytest
from scrubjay.patterns import Matcher, ScrubjayError
from scrubjay.scanner.changes import between, commits, introduced, net, note_shallow, scan, staged
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.git import Git

pytestmark = pytest.mark.usefixtures("own_environment")


@pytest.fixture(scope="module")
def matcher(cache_folder: Any) -> Matcher:
    """The shipped rules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache_folder))
        return Matcher.default()


def test_every_commit_of_a_range(repo: Any, matcher: Matcher, make_secret: Any) -> None:
    """Each commit is compared with its parent, so what a later one removes is still seen."""
    old = repo.commit("old", a=f"{make_secret('old')}\n")
    first = repo.commit("first", a=f"{make_secret('old')}\n{make_secret('new')}\n")
    second = repo.commit("second", a="", b="b\n")
    git, coverage = Git(str(repo.path)), Coverage()
    changes = list(between(git, old, second))
    assert [(change.commit, change.path, change.new_path) for change in changes] == [
        (first, b"a", False),
        (second, b"a", False),
        (second, b"b", True),
    ]
    findings = list(scan(git, matcher, changes, coverage))
    assert [(finding.commit, finding.path, finding.line) for finding in findings] == [(first, "a", 2)]
    assert coverage.blobs == 3


def test_net_changes(repo: Any, matcher: Matcher, make_secret: Any) -> None:
    """Net changes are those since the branch left the other, without what came and went in between."""
    repo.commit("base", a="a\n")
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit("secret", a=f"a\n{make_secret('gone')}\n")
    repo.commit("gone", a="a\n", b=make_secret("stays"))
    repo.git("checkout", "--quiet", "main")
    repo.commit("main", c=make_secret("main"))
    git = Git(str(repo.path))
    changes = net(git, "main", "topic")
    assert [change.path for change in changes] == [b"b"]
    assert [finding.path for finding in scan(git, matcher, changes, Coverage())] == ["b"]


def test_net_without_a_common_commit(repo: Any) -> None:
    """Unrelated histories are compared directly."""
    repo.commit("one", a="a\n")
    repo.git("checkout", "--quiet", "--orphan", "other")
    repo.commit("two", b="b\n")
    assert [change.path for change in net(Git(str(repo.path)), "main", "other")] == [b"b"]


def test_evil_merge(repo: Any, matcher: Matcher, make_secret: Any) -> None:
    """Of a merge commit, only what no parent has is its own."""
    lines = "".join(f"{number}\n" for number in range(20))
    base = repo.commit("base", a=f"x\n{lines}")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("side", a=f"side {make_secret('side')}\n{lines}")
    repo.git("checkout", "--quiet", "main")
    repo.commit("main", a=f"main {make_secret('main')}\n{lines}")
    repo.git("merge", "--quiet", "side", check=False)
    repo.stage("a", f"side {make_secret('side')}\nmain {make_secret('main')}\n{lines}evil {make_secret('evil')}\n")
    merge = repo.commit("merge")
    git = Git(str(repo.path))
    found = list(scan(git, matcher, between(git, base, merge), Coverage()))
    assert sorted((finding.commit == merge, finding.line) for finding in found) == [(False, 1), (False, 1), (True, 23)]


def test_rename_in_a_merge(repo: Any, matcher: Matcher, secret: str) -> None:
    """A merge that renames a file has no new lines for it."""
    lines = "".join(f"{number}\n" for number in range(20))
    repo.commit("base", a=f"{secret}\n{lines}")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("side", b="b\n")
    repo.git("checkout", "--quiet", "main")
    old = repo.commit("main", c="c\n")
    repo.git("merge", "--quiet", "--no-commit", "side")
    repo.git("mv", "a", "z")
    merge = repo.commit("merge")
    git = Git(str(repo.path))
    changes = [change for change in between(git, old, merge) if change.commit == merge]
    assert [change.path for change in changes] == [b"z"]
    assert list(scan(git, matcher, changes, Coverage())) == []


def test_root_commit_submodule_and_names(repo: Any) -> None:
    """A root commit has no parents; a submodule has a path and no text; names keep their bytes."""
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},new\nline")
    commit = repo.commit(a="a")
    git = Git(str(repo.path))
    changes = {change.path: change for change in introduced(git, commits(git, commit))}
    assert set(changes) == {b"a", b"new\nline"}
    assert changes[b"new\nline"].blob == ""
    assert all(change.bases == () and change.new_path for change in changes.values())


def test_bad_range(repo: Any) -> None:
    """A range with an unknown end is an error."""
    repo.commit(a="a")
    with pytest.raises(ScrubjayError):
        list(between(Git(str(repo.path)), "nowhere", "HEAD"))


def test_staged_parents(repo: Any) -> None:
    """Before the first commit there is no parent; afterwards HEAD; the listing names deleted paths too."""
    repo.stage("a", "a")
    git = Git(str(repo.path))
    assert staged(git).parents == ()
    head = repo.commit()
    repo.git("rm", "--quiet", "a")
    index = staged(git)
    assert (index.parents, index.changes, index.paths) == ((head,), [], {b"a"})


def test_missing_blob_is_incomplete(repo: Any, matcher: Matcher) -> None:
    """A blob that the index names and the store lacks is a gap, not a clean file."""
    repo.commit(b="b")
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{'1' * 40},a")
    git, coverage = Git(str(repo.path)), Coverage()
    assert list(scan(git, matcher, staged(git).changes, coverage)) == []
    assert coverage.incomplete


def test_a_version_seen_before_is_read_once(repo: Any, matcher: Matcher) -> None:
    """A clean version that a revert brings back is not read again in the next part of a long range."""
    from scrubjay.scanner import changes as module

    repo.commit("1", a="1\n")
    repo.commit("2", a="2\n")
    repo.commit("3", a="1\n")
    git, coverage = Git(str(repo.path)), Coverage()
    listed = list(module.introduced(git, commits(git, "HEAD")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", 1)
        list(scan(git, matcher, listed, coverage))
    assert coverage.blobs == 2


def test_shallow_clone(repo: Any) -> None:
    """Where a shallow clone cuts a range off, the scan is incomplete."""
    for number in range(4):
        repo.commit(f"{number}", a=f"{number}\n")
    repo.run("git", "clone", "--quiet", "--depth=2", f"file://{repo.path}", "../part", check=True)
    git, coverage = Git(str(repo.path.parent / "part")), Coverage()
    listed = commits(git, git.commit("HEAD"))
    note_shallow(git, listed[1:], coverage)
    assert not coverage.incomplete
    note_shallow(git, listed, coverage)
    assert coverage.incomplete
