"""The one module that runs git: what git gets to see, how objects are read, and how failures are told."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from scrubjay.patterns import ScrubjayError
from scrubjay.scanner import git as module
from scrubjay.scanner.git import Git, list_files

pytestmark = pytest.mark.usefixtures("own_environment")


def test_environment_is_an_allow_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """git gets the variables that choose a repository and its settings, and none that change its output."""
    for name in (
        "GIT_INDEX_FILE",
        "GIT_CONFIG_KEY_0",
        "GIT_EXTERNAL_DIFF",
        "GIT_TRACE",
        "GIT_DIFF_OPTS",
        "EDITOR",
        "LANG",
    ):
        monkeypatch.setenv(name, "x")
    seen = module.environment(os.environ)
    assert seen["GIT_INDEX_FILE"] == seen["GIT_CONFIG_KEY_0"] == "x"
    assert not seen.keys() & {"GIT_EXTERNAL_DIFF", "GIT_TRACE", "GIT_DIFF_OPTS", "EDITOR", "LANG"}
    assert seen["LC_ALL"] == "C"


def test_not_a_repository(tmp_path: Any) -> None:
    """Outside of a repository the error is a usage error that says so."""
    with pytest.raises(ScrubjayError, match="not a git work tree") as caught:
        Git(str(tmp_path)).place()
    assert caught.value.exit_code == 2


def test_git_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Without git on PATH the error says what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScrubjayError, match="install git") as caught:
        Git().place()
    assert caught.value.exit_code == 2


def test_git_of_the_current_folder_is_not_run(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative entry of PATH can't make a file of the repository our git."""
    program = repo.write("bin/git", "#!/bin/sh\necho ran >ran\n")
    program.chmod(0o755)
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("PATH", f"bin{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    Git().place()
    assert not (repo.path / "ran").exists()


@pytest.mark.parametrize("name", ["nowhere", "HEAD~9", "-n1", "--all", "1" * 40, "", "HEAD:a"])
def test_bad_revision(repo: Any, name: str) -> None:
    """A name that is no commit is a usage error, also one that looks like an option."""
    repo.commit(a="a")
    with pytest.raises(ScrubjayError, match="not a commit") as caught:
        Git(str(repo.path)).commit(name)
    assert caught.value.exit_code == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_dubious_ownership(repo: Any, make_repo: Any, secret: str) -> None:
    """A repository of another user is refused by git: that is incomplete, with the way out, until it is trusted."""
    repo.stage("a", secret)
    for folder, _, names in os.walk(repo.path):
        for name in ("", *names):
            os.lchown(os.path.join(folder, name), 12345, 12345)
    done = repo.hook("pre-commit")
    assert done.code == 3, done
    assert f"git config --global --add safe.directory {repo.path}" in done.err
    with pytest.raises(ScrubjayError, match="safe.directory"):
        list_files(str(repo.path), untracked=True, ignored=False)
    repo.git("config", "--global", "--add", "safe.directory", str(repo.path))
    assert repo.hook("pre-commit").code == 1


def test_objects_in_order(repo: Any) -> None:
    """Objects come in the order asked, whatever their kind; a missing one is said to be missing."""
    repo.commit(a="text\n", empty="")
    names = [repo.git("rev-parse", name) for name in ("HEAD:a", "HEAD:empty", "HEAD", "HEAD^{tree}")]
    found = list(Git(str(repo.path)).objects([*names, "1" * 40, names[0]]))
    assert [one.kind for one in found] == ["blob", "blob", "commit", "tree", "", "blob"]
    assert found[0].data == found[5].data == b"text\n"
    assert found[1].data == b""
    assert list(Git(str(repo.path)).objects([])) == []


def test_many_objects(repo: Any) -> None:
    """More objects than fit into the pipes at once are read without a deadlock."""
    lines = "".join(f"blob\ndata <<end\n{number} {'x' * (number % 5000)}\nend\n" for number in range(3000))
    repo.run("git", "fast-import", "--quiet", stdin=lines.encode(), check=True)
    names = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    assert len(names) == 3000
    total = sum(len(one.data) for one in Git(str(repo.path)).objects(names))
    assert total == sum(len(f"{number} ") + number % 5000 + 1 for number in range(3000))


def test_a_large_object_comes_in_chunks(repo: Any) -> None:
    """A large object is never held as a whole, and what is left unread is skipped."""
    data = os.urandom(1 << 20) * 20
    repo.commit(large=data, small="small")
    large, small = repo.git("rev-parse", "HEAD:large", "HEAD:small").split()
    found = []
    for one in Git(str(repo.path)).objects([large, small, large, small]):
        if one.id == large and len(found) < 2:
            chunks = list(one.data)
            assert b"".join(chunks) == data
            assert max(map(len, chunks)) < len(data)
        found.append(one if one.id == small else None)
    assert [one.data for one in found if one] == [b"small", b"small"]


def test_reading_can_stop_early(repo: Any) -> None:
    """Leaving the loop ends the process; no zombie and no open pipe stays."""
    repo.commit(large=bytes(30_000_000))
    objects = Git(str(repo.path)).objects([repo.git("rev-parse", "HEAD:large")] * 3)
    assert len(next(objects).head()) < 30_000_000
    objects.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_damaged_object(repo: Any) -> None:
    """An object that can't be read is an error, not an empty text."""
    repo.commit(a="text that is damaged\n")
    name = repo.git("rev-parse", "HEAD:a")
    path = repo.path / ".git/objects" / name[:2] / name[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(ScrubjayError) as caught:
        list(Git(str(repo.path)).objects([name]))
    assert caught.value.exit_code == 3


def test_replaced_objects_and_grafts(repo: Any) -> None:
    """Replace refs and grafts can't show another history than the one that is pushed."""
    first = repo.commit("first", a="1")
    second = repo.commit("second", a="2")
    third = repo.commit("third", a="3")
    repo.git("replace", repo.git("rev-parse", f"{third}:a"), repo.git("rev-parse", f"{first}:a"))
    repo.write(".git/info/grafts", f"{third} {first}\n")
    git = Git(str(repo.path))
    assert next(git.objects([repo.git("rev-parse", f"{third}:a")])).data == b"3"
    assert git.output("rev-list", third).decode().split() == [third, second, first]


def test_missing_objects_are_not_fetched(make_repo: Any, repo: Any) -> None:
    """In a partial clone, what is not here is not fetched behind the user's back."""
    repo.commit(a="text\n")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.run(
        "git", "clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{repo.path}", "../part", check=True
    )
    name = repo.git("rev-parse", "HEAD:a")
    part = str(repo.path.parent / "part")
    try:
        found = list(Git(part).objects([name]))
    except ScrubjayError as error:
        assert error.exit_code == 3
    else:
        assert [one.kind for one in found] == [""]
    packs = [folder.name for folder in (repo.path.parent / "part/.git/objects/pack").glob("*.pack")]
    assert len(packs) == 1


def test_list_files(repo: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracked, untracked and ignored files are told apart; without a repository git has no say."""
    repo.commit(**{".gitignore": "*.log\n/build\n", "a": "a", "d/b": "b"})
    repo.write("new\nline", "x")
    repo.write("x.log", "x")
    repo.write("build/y", "y")
    top = str(repo.path)
    assert sorted(list_files(top, untracked=True, ignored=False) or []) == [".gitignore", "a", "d/b", "new\nline"]
    assert sorted(list_files(top, untracked=False, ignored=False) or []) == [".gitignore", "a", "d/b"]
    assert list_files(os.path.join(top, "d"), untracked=True, ignored=False) == ["b"]
    assert list_files(os.path.join(top, "build"), untracked=True, ignored=False) is None
    assert list_files(str(tmp_path / "home"), untracked=True, ignored=False) is None
    monkeypatch.setenv("GIT_DIR", ".git")
    assert list_files(os.path.join(top, "d"), untracked=True, ignored=False) == ["b"]
    monkeypatch.setenv("PATH", "")
    assert list_files(top, untracked=True, ignored=False) is None


def test_import_is_light() -> None:
    """Importing the module starts nothing heavy; the process library comes with the first command."""
    import subprocess

    code = "import sys, scrubjay.scanner.git as _; sys.exit('subprocess' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_errors_mask_what_they_quote(repo: Any, secret: str) -> None:
    """A name that holds a secret is masked in the error about it."""
    repo.commit(a="a")
    git = Git(str(repo.path))
    for provoke in (lambda: git.commit(secret), lambda: git.output("rev-list", secret)):
        with pytest.raises(ScrubjayError) as caught:
            provoke()
        assert secret not in str(caught.value)
