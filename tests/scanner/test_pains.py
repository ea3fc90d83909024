"""What users of secret scanners complain about and no other test has: one test a complaint, with real commands."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRUBJAY = (sys.executable, "-m", "scrubjay.cli")
SCAN = (*SCRUBJAY, "scan")
HISTORY = (*SCRUBJAY, "history")
RULE = "github-pat-classic"
ENCODINGS = {
    "plain": lambda text: text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "utf-16 with mark": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16 without mark": lambda text: text.encode("utf-16-be"),
    "binary": lambda text: b"\x00\x01\x02\n" + text.encode() + b"\x00\xff",
}


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of each file below a folder, that of git's own included."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_folder_commit_and_history_agree(repo: Any, encoding: str, secret: str) -> None:
    """What is found in a file is found when it is staged, and later in the history: whatever the file's encoding."""
    repo.stage("config", ENCODINGS[encoding](f"first\ntoken = {secret}\nlast\n"))
    scan, hook = repo.run(*SCAN, "config"), repo.hook("pre-commit")
    repo.git("commit", "--quiet", "--no-verify", "-m", "add")
    history = repo.run(*HISTORY)
    assert (scan.returncode, hook.code, history.returncode) == (1, 1, 1)
    for out in (scan.stdout.decode(), hook.out, history.stdout.decode()):
        assert RULE in out and "config" in out and secret not in out


def test_each_way_to_end_has_its_own_exit_code(repo: Any, make_repo: Callable[..., Any], secret: str) -> None:
    """Clean, found, misused and incomplete are told apart by the exit code, for files, hooks and histories alike."""
    repo.commit(a="clean\n")
    assert [repo.run(*SCAN).returncode, repo.run(*HISTORY).returncode, repo.hook("pre-commit").code] == [0, 0, 0]
    repo.stage("b", secret)
    assert [repo.run(*SCAN).returncode, repo.hook("pre-commit").code] == [1, 1]
    repo.git("commit", "--quiet", "--no-verify", "-m", "b")
    assert repo.run(*HISTORY).returncode == 1
    assert [repo.run(*command, "--no-such-option").returncode for command in (SCAN, HISTORY)] == [2, 2]
    assert repo.hook("no-such-hook").code == 2
    other = make_repo("other")
    other.stage("a", "text\n")
    loose = other.git("rev-parse", ":a")
    os.unlink(other.path / ".git" / "objects" / loose[:2] / loose[2:])
    assert other.hook("pre-commit").code == 3


@pytest.mark.parametrize("command", [("scan", "missing.txt"), ("scan", "missing/folder"), ("history", "missing")])
def test_what_is_not_there_is_never_clean(repo: Any, command: tuple[str, ...]) -> None:
    """A misspelt file, folder or repository is an error that names it."""
    repo.commit(a="clean\n")
    done = repo.run(*SCRUBJAY, *command)
    assert done.returncode == 2 and "missing" in done.stderr.decode()


def test_a_range_with_a_bad_end_is_never_clean(repo: Any) -> None:
    """A range that pre-commit gives with an unknown commit is an error, not a scan of nothing."""
    repo.commit(a="clean\n")
    ends = {"PRE_COMMIT_FROM_REF": "1" * 40, "PRE_COMMIT_TO_REF": "HEAD"}
    outcome = repo.hook("pre-commit", **ends)
    assert outcome.code in (2, 3) and "1111111" in outcome.err


def test_the_hook_changes_nothing(repo: Any, secret: str) -> None:
    """No file, no object, no index and no temporary commit is written by a hook, whether it finds something or not."""
    repo.commit(a="clean\n")
    repo.stage("b", f"token {secret}\n")
    repo.write("c", "untracked\n")
    before = files_of(repo.path)
    assert repo.hook("pre-commit").code == 1
    repo.git("restore", "--staged", "b")
    between = files_of(repo.path)
    assert repo.hook("pre-commit").code == 0
    assert files_of(repo.path) == between
    assert {name for name in before if before[name] != between.get(name)} <= {str(repo.path / ".git" / "index")}


def test_a_hook_reads_only_what_is_staged(repo: Any) -> None:
    """A hook's work does not grow with the repository: files that can't even be read do not matter to it."""
    repo.commit(a="clean\n", b="clean\n")
    repo.stage("a", "clean\nmore\n")
    blob = repo.git("rev-parse", "HEAD:b")
    os.unlink(repo.path / ".git" / "objects" / blob[:2] / blob[2:])
    os.unlink(repo.path / "b")
    outcome = repo.hook("pre-commit")
    assert outcome.code == 0, outcome


def test_every_place_of_one_value_is_reported(repo: Any, secret: str) -> None:
    """A value that stands in several places is reported at each, also twice on one line, with its column."""
    repo.stage("a", f"one {secret}\ntwo\nthree {secret} and {secret}\n")
    repo.stage("b", secret)
    done = repo.run(*SCAN, "--format", "json")
    found = [(one["path"], one["line"], one["column"]) for one in json.loads(done.stdout)["findings"]]
    again = 7 + len(secret) + len(" and ")
    assert found == [("a", 1, 5), ("a", 3, 7), ("a", 3, again), ("b", 1, 1)]
    assert repo.hook("pre-commit").code == 1


def test_several_secrets_in_a_minified_line(repo: Any, make_secret: Callable[[str], str]) -> None:
    """In one line of a megabyte each secret is found at its own column."""
    secrets = [make_secret(str(number)) for number in range(5)]
    line = "".join(f"{'function(){return 1};' * 10_000}k='{secret}';" for secret in secrets)
    repo.stage("app.min.js", line)
    done = repo.run(*SCAN, "--format", "json")
    columns = [one["column"] for one in json.loads(done.stdout)["findings"]]
    assert columns == [line.index(secret) + 1 for secret in secrets]


@pytest.mark.parametrize("command", [("scan",), ("hook", "pre-commit"), ("history",)])
def test_nothing_is_sent_anywhere(repo: Any, tmp_path: Path, command: tuple[str, ...], secret: str) -> None:
    """No command connects to anything or looks up a name: a candidate is never sent to its vendor."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def stop(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto', 'socket.gethostbyname'):\n"
        "        os._exit(99)\n"
        "sys.addaudithook(stop)\n"
    )
    repo.commit(a=secret)
    repo.stage("b", secret + "\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    check = repo.run(sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))", PYTHONPATH=path)
    assert check.returncode == 99
    assert repo.run(*SCRUBJAY, *command, PYTHONPATH=path).returncode == 1


def test_no_verify_is_caught_by_the_push(repo: Any, make_repo: Callable[..., Any], secret: str) -> None:
    """A secret that went past the first hook by --no-verify, a rebase or an amend stops the push."""
    remote = make_repo("remote", "--bare")
    repo.git("remote", "add", "origin", str(remote.path))
    repo.commit(a="clean\n")
    repo.git("push", "--quiet", "origin", "main")
    repo.stage("a", f"clean\n{secret}\n")
    repo.git("commit", "--quiet", "--amend", "--no-verify", "-m", "amended")
    head, first = repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "origin/main")
    line = f"refs/heads/main {head} refs/heads/main {first}\n"
    outcome = repo.hook("pre-push", "origin", str(remote.path), stdin=line.encode())
    assert outcome.code == 1 and outcome.places
