"""The memory of `scrubjay history`: the next scan costs what is new and says the same, whatever became of the entry."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[[str], str]
COMMAND = (sys.executable, "-m", "scrubjay.cli", "history", "-f", "json")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the compiled rules and nothing else."""
    folder = tmp_path_factory.mktemp("compiled")
    environment = {**os.environ, "SCRUBJAY_CACHE_DIR": str(folder)}
    subprocess.run([*COMMAND[:3], "scan", "-"], input=b"", env=environment, check=True, capture_output=True)
    return folder


@pytest.fixture
def remembering(repo: Any, tmp_path: Path, compiled: Path) -> Any:
    """A repository with a cache of its own, the rules compiled."""
    folder = tmp_path / "own"
    shutil.copytree(compiled, folder)
    repo.environment["SCRUBJAY_CACHE_DIR"] = str(folder)
    repo.commit("start", README="nothing")
    assert repo.run(*COMMAND).returncode == 0
    assert len(entries(repo)) == 1
    return repo


def entries(repo: Any) -> list[Path]:
    """The files that history has left in the cache."""
    return sorted(Path(repo.environment["SCRUBJAY_CACHE_DIR"]).glob("history-*"))


def report(repo: Any, *words: str, **environment: str) -> Any:
    """The findings and coverage of a run."""
    done = repo.run(*COMMAND, *words, **environment)
    assert done.returncode in (0, 1), done.stderr.decode()
    return json.loads(done.stdout)


def same(repo: Any) -> Any:
    """The report of the next run, which must be that of a scan without memory."""
    expected = report(repo, "--no-cache", "--all-places")
    found = report(repo, "--all-places")
    assert found["findings"] == expected["findings"]
    for name in ("blobs", "commits"):
        assert found["coverage"][name] == expected["coverage"][name]
    again = report(repo, "--all-places")
    assert again["findings"] == found["findings"]
    return found


def test_each_run_says_what_a_fresh_one_would(remembering: Any, make_secret: Make) -> None:
    """As commits, branches and packs come and go."""
    repo = remembering
    repo.commit("one", a=make_secret("one"))
    assert len(same(repo)["findings"]) == 1
    repo.git("tag", "v1")
    assert same(repo)["findings"][0]["life"]["refs"] == ["refs/heads/main", "refs/tags/v1"]
    repo.commit("two", a="clean\n", b=make_secret("one"))
    assert len(same(repo)["findings"][0]["life"]["all_places"]) == 2
    repo.git("repack", "-adq")
    assert len(same(repo)["findings"]) == 1
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(f"three {make_secret('message')}", c=make_secret("three"), **{make_secret("name"): "x"})
    assert len(same(repo)["findings"]) == 4
    repo.git("repack", "-adq")
    assert len(same(repo)["findings"]) == 4
    repo.git("checkout", "-q", "main")
    repo.commit("after")
    same(repo)
    repo.git("branch", "-q", "-D", "side")
    assert {row["life"]["in_head"] for row in same(repo)["findings"]} == {True, False}
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    assert len(same(repo)["findings"]) == 1


def test_the_very_first_scan_is_remembered(repo: Any, tmp_path: Path, secret: str) -> None:
    """Also where it had to compile the rules, which others then take from the cache."""
    repo.environment["SCRUBJAY_CACHE_DIR"] = str(tmp_path / "new")
    repo.commit("one", a=secret)
    first = report(repo)
    [entry] = entries(repo)
    written = entry.stat()
    assert report(repo)["findings"] == first["findings"]
    # It would be written anew.
    assert entry.stat().st_ino == written.st_ino and entry.stat().st_mtime_ns == written.st_mtime_ns


def test_what_is_kept_tells_no_value(remembering: Any, secret: str) -> None:
    """The entry holds no secret, and only its owner may read it."""
    remembering.commit("one", a=f"token = {secret}\n", **{f"{secret}.txt": "x"})
    report(remembering)
    [entry] = entries(remembering)
    assert secret.encode() not in entry.read_bytes()
    assert entry.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["empty", "cut", "flip", "foreign", "swap", "folder"])
def test_a_damaged_entry_is_not_trusted(remembering: Any, secret: str, damage: str) -> None:
    """It is rebuilt, and the report is right."""
    repo = remembering
    repo.commit("one", a=secret)
    [entry] = entries(repo)
    before = entry.read_bytes()
    report(repo)
    data = entry.read_bytes()
    if damage == "empty":
        entry.write_bytes(b"")
    elif damage == "cut":
        entry.write_bytes(data[: len(data) // 2])
    elif damage == "flip":
        flipped = bytearray(data)
        flipped[len(data) // 3] ^= 1
        entry.write_bytes(flipped)
    elif damage == "foreign":
        entry.chmod(0o666)
    elif damage == "swap":
        # Stale, but well made: it says what was so before.
        entry.write_bytes(before)
    else:
        entry.unlink()
        entry.mkdir()
    assert len(same(repo)["findings"]) == 1


def test_another_key_or_rule_set_is_another_entry(remembering: Any, secret: str) -> None:
    """Fingerprints of another key, or verdicts of other rules, are never reported."""
    repo = remembering
    repo.commit("one", a=secret)
    first = report(repo)["findings"]
    other = report(repo, SCRUBJAY_KEY="other")["findings"]
    assert first[0]["fingerprint"] != other[0]["fingerprint"]
    assert report(repo)["findings"] == first
    assert report(repo, "--engine", "keywords")["findings"] == first


def test_a_fresh_clone_costs_what_is_new(remembering: Any, make_secret: Make) -> None:
    """As in CI: the same folder, cloned anew, with other packs."""
    repo = remembering
    clone = type(repo)(repo.path.parent / "clone", repo.environment)
    for number in range(3):
        repo.commit("more", **{f"f{number}": make_secret(str(number))})
        shutil.rmtree(clone.path, ignore_errors=True)
        repo.git("clone", "-q", f"file://{repo.path}", clone.path)
        assert len(same(clone)["findings"]) == number + 1


def test_no_cache_leaves_nothing(remembering: Any, secret: str) -> None:
    """Neither read nor written."""
    repo = remembering
    [entry] = entries(repo)
    before = entry.read_bytes()
    repo.commit("one", a=secret)
    assert len(report(repo, "--no-cache")["findings"]) == 1
    assert entry.read_bytes() == before


def test_two_at_once(remembering: Any, make_secret: Make) -> None:
    """Both say the same, and so does the next."""
    repo = remembering
    for number in range(20):
        repo.commit("more", **{f"f{number}": make_secret(str(number))})
    running = [
        subprocess.Popen(COMMAND, cwd=repo.path, env=repo.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    found = [json.loads(process.communicate()[0])["findings"] for process in running]
    assert found[0] == found[1] == found[2] and len(found[0]) == 20
    assert same(repo)["findings"] and len(entries(repo)) == 1


def test_killed_at_any_moment(remembering: Any, make_secret: Make) -> None:
    """Fifty times: the next run is right, and no half-written entry is ever read."""
    repo, choose = remembering, random.Random(5)
    blobs = b"".join(
        b"blob\ndata %d\n%s\n" % (len(text), text)
        for text in (f"{number} {make_secret(str(number % 7))}\n".encode() for number in range(200))
    )
    repo.git("fast-import", "--quiet", stdin=blobs)
    begin = time.monotonic()
    expected = report(repo, "--no-cache")["findings"]
    full = time.monotonic() - begin
    assert len(expected) == 7
    for number in range(50):
        if not number % 10:
            for entry in entries(repo):
                entry.unlink()
        process = subprocess.Popen(
            COMMAND, cwd=repo.path, env=repo.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        time.sleep(choose.uniform(0, full))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if not number % 10:
            assert report(repo)["findings"] == expected
    assert report(repo)["findings"] == expected
    assert [entry.suffix for entry in entries(repo)] == [".bin"]
