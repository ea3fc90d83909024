"""Files on disk: what a named path means, what a folder holds, and that nothing named is passed over."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import pytest

SCAN = (sys.executable, "-m", "scrubjay.cli", "scan")


def test_a_named_link_is_followed(repo: Any, secret: str) -> None:
    """A link that the user names is opened; below a folder only its text counts."""
    (repo.path.parent / "outside.txt").write_text(secret)
    os.symlink("../outside.txt", repo.path / "link")
    assert repo.run(*SCAN, "link").returncode == 1
    assert repo.run(*SCAN).returncode == 0


def test_a_named_pipe_is_read(repo: Any, secret: str) -> None:
    """A pipe that the user names is read to its end; below a folder it is left out."""
    fifo = repo.path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_text(f"key {secret}\n"))
    writer.start()
    assert repo.run(*SCAN, "fifo").returncode == 1
    writer.join()
    assert repo.run(*SCAN, ".").returncode == 0


def test_standard_input_by_its_device(repo: Any, secret: str) -> None:
    """/dev/stdin is standard input."""
    assert repo.run(*SCAN, "/dev/stdin", stdin=secret.encode()).returncode == 1


def test_git_variables_of_another_repository_do_not_matter(repo: Any, make_repo: Any, secret: str) -> None:
    """Inside a hook, a scan of another folder lists that folder's files."""
    other = make_repo("other")
    repo.write("a.txt", secret)
    done = other.run(*SCAN, repo.path, GIT_DIR=str(other.path / ".git"), GIT_WORK_TREE=str(other.path))
    assert done.returncode == 1


def test_a_submodule_that_is_not_checked_out(repo: Any, make_repo: Any, secret: str) -> None:
    """An empty submodule folder is passed; one that is checked out is scanned."""
    inner = make_repo("inner")
    inner.commit(**{"s.txt": secret})
    repo.git("submodule", "--quiet", "add", str(inner.path), "sub")
    repo.commit()
    assert repo.run(*SCAN).returncode == 1
    repo.git("submodule", "--quiet", "deinit", "--force", "sub")
    assert repo.run(*SCAN).returncode == 0


def test_tracked_only_means_it_everywhere(repo: Any, secret: str) -> None:
    """--tracked-only of a folder without tracked files looks at none."""
    repo.write("new/a.txt", secret)
    assert repo.run(*SCAN, "new", "--tracked-only").returncode == 0
    assert repo.run(*SCAN, "new").returncode == 1


def test_the_same_file_twice_is_reported_once(repo: Any, secret: str) -> None:
    """Naming a file and its folder gives one finding."""
    repo.write("a.txt", secret)
    assert len(repo.run(*SCAN, "a.txt", "a.txt", "--format", "jsonl").stdout.splitlines()) == 1


@pytest.mark.parametrize("name", ["no-git", "nested"])
def test_folders_outside_of_git(repo: Any, tmp_path: Any, secret: str, name: str) -> None:
    """Without a repository every file counts, hidden ones too; .git folders do not."""
    folder = tmp_path / name
    (folder / ".hidden").mkdir(parents=True)
    (folder / ".hidden" / "a.txt").write_text(secret)
    (folder / ".git").mkdir()
    (folder / ".git" / "b.txt").write_text(secret)
    lines = repo.run(*SCAN, folder, "--format", "jsonl").stdout.splitlines()
    assert len(lines) == 1 and b".hidden/a.txt" in lines[0]
