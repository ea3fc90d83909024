"""What the log tells of trees and files: nothing that only an object tells is lost where the log is read instead."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns.errors import ScrubjayError
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.git import Git
from scrubjay.scanner.history import commitlog, treelog
from scrubjay.scanner.history.listing import parted
from scrubjay.scanner.history.objects import Scanned, scan_objects
from scrubjay.scanner.history.text import names
from scrubjay.scanner.history.treelog import Told

pytestmark = pytest.mark.usefixtures("own_environment")

KEY = b"k" * 32
Make = Callable[[str], str]


def _told(repo: Any, matcher: Matcher, found: Callable[[bytes], bool]) -> tuple[Told, dict[str, bytes]]:
    """What the log tells, and all trees of the repository."""
    git = Git(str(repo.path))
    objects, trees = parted(git)
    with closing(commitlog.start(git, folders=True)) as log:
        told = Told(git, objects, trees, log.lines, matcher, found)
        told.run()
    listed = [name.decode() for name in trees.names()]
    texts = {
        tree.id: tree.data if isinstance(tree.data, bytes) else b"".join(tree.data) for tree in git.objects(listed)
    }
    return told, texts


def _scan(repo: Any, matcher: Matcher, coverage: Coverage, *, by_log: bool) -> Scanned:
    git = Git(str(repo.path))
    with closing(commitlog.start(git, folders=True)) as log:
        lines = log.lines if by_log else None
        return scan_objects(git, matcher, coverage, key=KEY, walk=False, log=lines)


def _random_history(repo: Any, choose: random.Random) -> None:
    """Files, folders and modules that come, go, move and change what they are, on branches that are merged."""
    out: list[bytes] = []
    parts = ["a", "b.txt", "two words", "\u00e9", 'q"uote', "tab\there", "line\nbreak", "back\\slash"]

    def path() -> str:
        return "/".join(choose.choices(parts, k=choose.randint(1, 3)))

    def quoted(text: str) -> bytes:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'.encode()

    for mark in range(1, 40):
        who = b"Test <test@example.org> %d +0000" % (1767225600 + mark)
        branch = b"refs/heads/%d" % choose.randrange(3)
        out.append(b"commit %s\nmark :%d\nauthor %s\ncommitter %s\ndata 1\nx\n" % (branch, mark, who, who))
        out += [
            b"merge :%d\n" % other
            for other in choose.sample(range(1, mark), min(mark - 1, choose.choice([0, 0, 1, 2])))
        ]
        for _ in range(choose.randint(0, 4)):
            kind = choose.randrange(6)
            if kind < 3:
                data = b"%d" % choose.randrange(9)
                mode = choose.choice([b"100644", b"100755", b"120000"])
                out.append(b"M %s inline %s\ndata %d\n%s\n" % (mode, quoted(path()), len(data), data))
            elif kind == 3:
                out.append(b"M 160000 %040x %s\n" % (choose.randrange(1, 9), quoted(path())))
            else:
                out.append(b"D %s\n" % quoted(path()))
    repo.git("fast-import", "--quiet", "--force", stdin=b"".join(out))


@pytest.mark.parametrize("seed", range(8))
def test_all_names_are_told(
    make_repo: Callable[..., Any], matcher: Matcher, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Of just the trees that commits reach; the log may be read in pieces of any size."""
    choose = random.Random(seed)
    repo = make_repo("repo")
    _random_history(repo, choose)
    repo.git("mktree", "--missing", stdin=b"100644 blob %s\tof no commit\n" % (b"3" * 40))
    monkeypatch.setattr(commitlog, "_CHUNK", choose.choice([1, 300, 1 << 22]))
    monkeypatch.setattr(treelog, "suspects", lambda _, text: [(0, len(text))])
    judged: set[bytes] = set()
    told, trees = _told(repo, matcher, lambda name: bool(judged.add(name)))
    reached = {line.split()[0] for line in repo.git("rev-list", "--objects", "--all", "--reflog").splitlines()}
    assert {name.decode() for name in told.left.names()} == set(trees) - reached
    every = {
        part
        for name, text in trees.items()
        if name in reached
        for entry in names(text, 20)
        for part in (entry, *entry.split(b"\n"))
    }
    assert every <= judged
    assert told.bytes == sum(len(text) for name, text in trees.items() if name in reached)


def _tree(repo: Any, name: str, kind: str = "100644", target: str = "") -> str:
    """A tree with one entry, whatever its name is."""
    target = target or repo.git("hash-object", "-w", "--stdin", stdin=b"x")
    text = f"{kind} {name}\0".encode("utf-8", "surrogateescape") + bytes.fromhex(target)
    return str(repo.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=text))


def _commit(repo: Any, tree: str, author: str = "Test", *parents: str) -> str:
    who = f"{author} <test@example.org> 1767225600 +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}", "", "x"]
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return str(repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=text))


def _way_in(where: str, repo: Any, secret: str) -> None:
    """Put a secret into a name that something might hide."""
    plain = _tree(repo, "plain")
    if where == "no commit's":
        _tree(repo, secret)
    elif where == "a folder's":
        repo.git("update-ref", "refs/heads/main", _commit(repo, _tree(repo, secret, "40000", plain)))
    elif where == "a folder's with a module's mode":
        _commit(repo, plain)
        repo.git("update-ref", "refs/heads/main", _commit(repo, _tree(repo, "x", "160000", _tree(repo, secret))))
    elif where == "with a slash":
        repo.git("update-ref", "refs/heads/main", _commit(repo, _tree(repo, f"{secret[:20]}/{secret[20:]}")))
    elif where == "with a line break":
        repo.git("update-ref", "refs/heads/main", _commit(repo, _tree(repo, f"x\n{secret}\ny")))
    elif where == "named by an author":
        hidden = _tree(repo, secret)
        zeros = "0" * len(hidden)
        author = f"\x01{zeros} 1 1 {hidden} \t:000000 040000 {zeros} {hidden} A\tx"
        repo.git("update-ref", "refs/heads/main", _commit(repo, plain, author))
    elif where == "named by a path":
        hidden = _tree(repo, secret)
        zeros = "0" * len(hidden)
        name = f"x\n:000000 040000 {zeros} {hidden} A\tx"
        repo.git("update-ref", "refs/heads/main", _commit(repo, _tree(repo, name)))
    elif where == "a tag's":
        repo.git("tag", "v1", _tree(repo, secret))
    elif where == "a merge's":
        first, second = _commit(repo, plain), _commit(repo, _tree(repo, "other"))
        repo.git("update-ref", "refs/heads/main", _commit(repo, _tree(repo, secret), "Test", first, second))
    else:
        assert where == "a lost branch's"
        repo.git("update-ref", "--create-reflog", "refs/heads/main", _commit(repo, _tree(repo, secret)))
        repo.git("update-ref", "refs/heads/main", _commit(repo, plain))


@pytest.mark.parametrize(
    "where",
    [
        "no commit's", "a folder's", "a folder's with a module's mode", "with a line break", "named by an author",
        "named by a path", "a tag's", "a merge's", "a lost branch's",
    ],
)  # fmt: skip
def test_a_secret_in_a_name_is_found(repo: Any, matcher: Matcher, make_secret: Make, where: str) -> None:
    _way_in(where, repo, make_secret(where))
    told, read = Coverage(), Coverage()
    hits = _scan(repo, matcher, told, by_log=True).hits
    assert [hit.finding.rule for hit in hits if hit.kind == "tree"] == ["github-pat-classic"]
    assert hits == _scan(repo, matcher, read, by_log=False).hits
    assert told.as_dict() == read.as_dict()


def test_a_name_with_a_slash_is_judged_as_a_whole(repo: Any, matcher: Matcher, make_secret: Make) -> None:
    """No tree should have one, but git reads it as any other name."""
    url = f"postgres://app:{make_secret('x')[8:30]}@db.example/x"
    repo.git("update-ref", "refs/heads/main", _commit(repo, _tree(repo, url)))
    hits = _scan(repo, matcher, Coverage(), by_log=True).hits
    assert [hit.kind for hit in hits] == ["tree"]
    assert hits == _scan(repo, matcher, Coverage(), by_log=False).hits


def test_where_there_is_no_log_all_is_read(repo: Any, matcher: Matcher, secret: str) -> None:
    """A tree of the last commit is missing, so that git's log ends early."""
    repo.commit("one", **{"plain": "x"})
    repo.git("update-ref", "refs/heads/main", _commit(repo, _tree(repo, "below", "40000", "12" * 20)))
    _tree(repo, secret)
    told, _ = _told(repo, matcher, lambda _: False)
    assert len(told.left) == 3
    assert (told.bytes, told.unlisted) == (0, None)
    hits = _scan(repo, matcher, Coverage(), by_log=True).hits
    assert [hit.kind for hit in hits] == ["tree"]


@pytest.mark.parametrize("most", [2, 3, 7])
def test_of_too_much_all_is_read(repo: Any, matcher: Matcher, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Three objects, and four paths in all commits."""
    repo.commit("one", **{f"file{number}": "x" for number in range(4)})
    monkeypatch.setattr(treelog, "_MOST", most)
    told, _ = _told(repo, matcher, lambda _: False)
    assert (len(told.left), told.unlisted) == ((0, b"") if most == 7 else (1, None))


def test_a_closed_log_is_none(repo: Any, matcher: Matcher) -> None:
    """The scan has failed meanwhile, and what it has opened is closed while the log is read."""
    repo.commit("one", **{"plain": "x"})
    git = Git(str(repo.path))
    objects, trees = parted(git)
    closed = BytesIO()
    closed.close()
    told = Told(git, objects, trees, lambda: closed, matcher, lambda _: False)
    told.start()
    told.join()
    assert told.left is trees


def test_what_is_not_here_is_told(repo: Any, matcher: Matcher) -> None:
    """Files of commits; no module's commit, and nothing that is gone."""
    repo.commit("one", **{"kept": "1", "lost": "2", "gone": "3"})
    lost = repo.git("rev-parse", "HEAD:lost")
    repo.git("rm", "-q", "gone")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'7' * 40},module")
    repo.git("commit", "-qm", "two")
    (repo.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    told, _ = _told(repo, matcher, lambda _: False)
    assert told.unlisted == lost.encode()
    assert len(told.left) == 0


def test_an_object_of_no_kind_is_no_tree(repo: Any, matcher: Matcher, secret: str) -> None:
    """Where git can't look into one object, all are read."""
    repo.commit("one", **{"plain": "x", secret: "y"})
    broken = repo.git("hash-object", "-w", "--stdin", stdin=b"broken")
    file = repo.path / ".git/objects" / broken[:2] / broken[2:]
    file.chmod(0o600)
    file.write_bytes(b"no object")
    git = Git(str(repo.path))
    objects, trees = parted(git)
    assert (len(objects), len(trees)) == (5, 0)
    coverage = Coverage()
    assert [hit.kind for hit in _scan(repo, matcher, coverage, by_log=True).hits] == ["tree"]
    assert [gap.path for gap in coverage.skipped] == [broken]
    with pytest.raises(ScrubjayError):
        git.output("cat-file", "-t", broken)
