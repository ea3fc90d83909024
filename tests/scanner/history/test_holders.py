"""Which refs still hold what: by the differences between many commits, and folder by folder; both say the same."""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import pytest
from scrubjay.patterns import ScrubjayError
from scrubjay.scanner.git import Git
from scrubjay.scanner.history import holders
from scrubjay.scanner.history.holders import Wanted, differences, in_files, peeled, refs

NAMES = ["a", "b/c", "b/d", "b/e/f", 'odd "name"', "tab\tname", "größe", "z/\nline", "b", "deep/1/2/3/4/x"]
SEED = 20261129


def many_refs(repo: Any) -> tuple[Wanted, int]:
    """Tags, branches and odd refs of commits that add, change, move and drop files; what is wanted, and its bits."""
    draw = random.Random(SEED)
    blobs = [repo.git("hash-object", "-w", "--stdin", stdin=f"text {number}\n".encode())
             for number in range(6)]  # fmt: skip
    wanted, commits = Wanted(), []
    for number, name in enumerate(NAMES):
        for place, blob in enumerate(blobs[:3]):
            wanted.add(name.encode(), blob, 1 << (3 * number + place))
    wanted.add(b"deep/1/2/3/4/x", "", 1 << 40)
    for number in range(60):
        chosen = draw.sample(NAMES, draw.randrange(0, len(NAMES)))
        # A file and a folder of the same name can't be in one tree.
        if "b" in chosen:
            chosen = [name for name in chosen if not name.startswith("b/")]
        repo.git("read-tree", "--empty")
        for name in chosen:
            repo.git("update-index", "--add", "--cacheinfo", f"100644,{draw.choice(blobs)},{name}")
        tree = repo.git("write-tree")
        parents = ["-p", draw.choice(commits)] if commits and draw.random() < 0.8 else []
        commits.append(repo.git("commit-tree", tree, "-m", str(number), *parents))
        kind = number % 4
        if kind == 0:
            repo.git("tag", f"v1.{number}", commits[-1])
        elif kind == 1:
            repo.git("tag", "-a", "-m", "x", f"annotated-{number}", commits[-1])
        else:
            repo.git("update-ref", f"refs/heads/line-{number}", commits[-1])
    repo.git("tag", "-a", "-m", "nested", "nested", "annotated-1")
    repo.git("tag", "tree", f"{commits[-1]}^{{tree}}")
    repo.git("tag", "blob", blobs[0])
    repo.git("tag", "again", commits[0])
    return wanted, 41


def both(git: Git, wanted: Wanted) -> tuple[dict[str, int], dict[str, int]]:
    """What the refs hold, by the differences and folder by folder."""
    listed = refs(git)
    tips = peeled(git, listed)
    between = differences(git, listed, tips)
    assert between is not None
    try:
        return in_files(git, tips, wanted, between), in_files(git, tips, wanted)
    finally:
        between.close()


def test_both_ways_say_the_same(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tags of all kinds, files that become folders, names that git quotes; also when git is stopped half way."""
    wanted, count = many_refs(repo)
    monkeypatch.chdir(repo.path)
    quick, slow = both(Git(), wanted)
    assert quick == slow and len(quick) > 60
    seen = 0
    for bits in quick.values():
        seen |= bits
    assert seen.bit_count() > count // 2
    monkeypatch.setattr(holders, "_LONGEST", 1000)
    listed = refs(Git())
    between = differences(Git(), listed, peeled(Git(), listed))
    assert between is not None
    with pytest.raises(ScrubjayError):
        between.held(wanted)
    between.close()
    assert both(Git(), wanted)[0] == slow


def test_few_refs_are_not_worth_it(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is started."""
    repo.commit("one", a="1")
    monkeypatch.chdir(repo.path)
    listed = refs(Git())
    assert differences(Git(), listed, peeled(Git(), listed)) is None


def test_numbers_in_names_count_as_such(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that neighbours have most files in common; whatever stands in a name, there is an order."""
    names = ["v1.10.0", "v1.9.0", "v1.9.00", "x" + "9" * 99, "x1", "v²"]
    ordered = sorted((holders.Ref(name, "") for name in names), key=holders._natural)
    assert [ref.name for ref in ordered] == ["v1.9.0", "v1.9.00", "v1.10.0", "v²", "x1", "x" + "9" * 99]


def test_tags_of_trees_and_blobs_are_no_failure(repo: Any, secret: str) -> None:
    """As git's and Linux's repositories have them; what they hold counts, with and without a cache."""
    repo.commit("one", a=f"token {secret}\n")
    repo.git("tag", "blob", repo.git("rev-parse", "HEAD:a"))
    repo.git("tag", "tree", repo.git("rev-parse", "HEAD^{tree}"))
    repo.git("tag", "-a", "-m", "x", "annotated", "tree")
    repo.git("rm", "-q", "a")
    repo.commit(f"two {secret}", b="2")
    for words in (["--no-cache"], [], []):
        done = repo.run(sys.executable, "-m", "scrubjay.cli", "history", "-f", "json", *words)
        assert done.returncode == 1, done.stderr.decode()
        (row,) = json.loads(done.stdout)["findings"]
        branch = repo.git("symbolic-ref", "HEAD")
        assert sorted(row["life"]["refs"]) == [branch, "refs/tags/annotated", "refs/tags/blob", "refs/tags/tree"]
