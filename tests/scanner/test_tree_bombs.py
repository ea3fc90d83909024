"""A few small trees that hold one another many times over make more paths than any memory holds: that is a gap."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns.errors import INCOMPLETE, ScrubjayError
from scrubjay.scanner import changes
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.git import Git
from scrubjay.scanner.history import commitlog, packs
from scrubjay.scanner.history.scan import Options, scan_history

pytestmark = [
    pytest.mark.usefixtures("own_environment"),
    pytest.mark.skipif(sys.platform != "linux", reason="only there a process can be limited from outside"),
]
needs_walker = pytest.mark.skipif(not packs.available(), reason="the delta walker was not built")
WALKS = [pytest.param(True, marks=needs_walker), False]


@pytest.fixture
def bomb(repo: Any, secret: str) -> Callable[[int], None]:
    """A function that makes a repository in which a file is at ten to the power of `depth` paths."""

    def make(depth: int) -> None:
        repo.commit("empty", **{"plain": "x"})
        blob = repo.git("hash-object", "-w", "--stdin", stdin=secret.encode())
        tree = repo.git("mktree", stdin="".join(f"100644 blob {blob}\tf{n}\n" for n in range(10)).encode())
        for _ in range(depth - 1):
            tree = repo.git("mktree", stdin="".join(f"040000 tree {tree}\td{n}\n" for n in range(10)).encode())
        repo.git("update-ref", "HEAD", repo.git("commit-tree", tree, "-p", "HEAD", "-m", "all"))
        repo.git("repack", "-adq")

    return make


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("depth", [6, 15])
def test_a_history_of_more_paths_than_memory(
    repo: Any, bomb: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, depth: int, walk: bool
) -> None:
    """The secret is found in its object; what became of it is not known, which is told."""
    bomb(depth)
    monkeypatch.setattr(commitlog, "_MEMORY", 1 << 26 if depth == 15 else 1 << 30)
    monkeypatch.setattr(commitlog, "_PRINTED", 1 << 23)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    coverage = Coverage()
    options = Options(walk=walk, cache=False, now=2e9)
    found = scan_history(Git(str(repo.path)), Matcher.default(), coverage, options).secrets
    assert [secret.finding.rule for secret in found] == ["github-pat-classic"]
    assert [gap.path for gap in coverage.skipped] == ["history"]
    assert "trees that hold one another" in coverage.skipped[0].reason
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < max(before, 1 << 20)


@pytest.mark.parametrize("walk", WALKS)
def test_a_history_of_many_paths(repo: Any, bomb: Callable[[int], None], walk: bool) -> None:
    """As long as they can be told, they are."""
    bomb(3)
    coverage = Coverage()
    options = Options(walk=walk, cache=False, now=2e9)
    (secret,) = scan_history(Git(str(repo.path)), Matcher.default(), coverage, options).secrets
    assert (secret.life.objects, secret.life.places) == (1, 1000)
    assert not coverage.skipped


def test_a_commit_of_any_length_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part begins with the commit's first line."""
    first = b"\x01" + b"1" * 40 + b" 170 170 " + b"2" * 40 + b" \0A <a@example.org>\n"
    line = b":000000 100644 " + b"0" * 40 + b" %040x A\tfile%d\n"
    lines = [line % (number, number) for number in range(1, 500)]
    text = first + b"\n" + b"".join(lines)
    monkeypatch.setattr(commitlog, "_CHUNK", 1000)
    monkeypatch.setattr(commitlog, "_LONGEST", 3000)
    parts = list(commitlog.pieces(BytesIO(text + first.replace(b"1", b"3"))))
    assert len(parts) > 10 and max(map(len, parts)) < 4000 + len(first)
    assert all(part.startswith(first) and part.endswith(b"\n") for part in parts[:-1])
    assert [row for part in parts for row in part.splitlines(keepends=True) if row in lines] == lines
    assert parts[-1].endswith(first.replace(b"1", b"3"))
    wanted = {b"%040x" % number for number in (1, 250, 499)}
    log = commitlog.read(BytesIO(text), wanted)
    assert {step.commit.id for step in log.steps} == {"1" * 40}
    assert [path for step in log.steps for _, path in step.brought] == [b"file1", b"file250", b"file499"]


def test_a_range_of_more_paths_than_memory(
    repo: Any, bomb: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """git fails, or where it does not, we stop at a number of paths of one commit."""
    bomb(15)
    git = Git(str(repo.path))
    monkeypatch.setattr(changes, "_MEMORY", 1 << 26)
    with pytest.raises(ScrubjayError, match="trees that hold one another") as raised:
        list(changes.between(git, "HEAD~", "HEAD"))
    assert raised.value.exit_code == INCOMPLETE
    with pytest.raises(ScrubjayError, match="trees that hold one another"):
        changes.net(git, "HEAD~", "HEAD")


def test_a_commit_of_too_many_paths(repo: Any, bomb: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    bomb(3)
    git = Git(str(repo.path))
    monkeypatch.setattr(changes, "_MOST", 1000)
    with pytest.raises(ScrubjayError, match="more than 1000 paths"):
        list(changes.between(git, "HEAD~", "HEAD"))
    # One is taken away.
    monkeypatch.setattr(changes, "_MOST", 1001)
    assert len(list(changes.between(git, "HEAD~", "HEAD"))) == 1000
