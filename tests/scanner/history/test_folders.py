"""Notes on folders say of blobs what git's log says with all differences, and which refs hold them."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.git import Git
from scrubjay.scanner.history import commitlog, folders, objects, packs
from scrubjay.scanner.history.holders import Wanted, in_files, in_folders, peeled, refs
from scrubjay.scanner.history.objects import whole_pack
from scrubjay.scanner.history.scan import Options, scan_history
from scrubjay.scanner.history.text import Judge

if not (folders.available() and packs.available()):
    pytest.skip("no compiler was there at installation", allow_module_level=True)

NAMES = [
    "a", "a.b", "a/x", "a/y/z", "a0", "b/c", "b/d", "b/e/f", "b", 'odd "name"', "tab\tname", "größe", "z/\nline",
    "deep/1/2/3/4/x", "deep/1/2/y", "b/e/e/e/f",
]  # fmt: skip
MODES = ["100644", "100644", "100644", "100755", "120000", "160000"]


def _tree(choose: random.Random, before: dict[str, tuple[str, str]], blobs: list[str]) -> dict[str, tuple[str, str]]:
    """The files of a version: some of one before are changed, others added or gone."""
    files = dict(before)
    for name in choose.sample(NAMES, choose.randint(0, 4)):
        if choose.random() < 0.3:
            files.pop(name, None)
            continue
        mode = choose.choice(MODES)
        files[name] = mode, choose.choice(blobs) if mode != "160000" else f"{choose.getrandbits(160):040x}"
        # A file and a folder of the same name can't be in one tree.
        for other in list(files):
            if other.startswith(name + "/") or name.startswith(other + "/"):
                del files[other]
    return files


def _history(repo: Any, seed: int) -> list[str]:
    """Commits with up to four parents, some of them with files of another than the first; returns the blobs."""
    choose = random.Random(seed)
    blobs = [repo.git("hash-object", "-w", "--stdin", stdin=f"text {number}\n".encode()) for number in range(30)]
    commits: list[tuple[str, dict[str, tuple[str, str]]]] = []
    # A folder large enough that git keeps its versions as deltas.
    filler = {f"wide/{number:03}": ("100644", choose.choice(blobs[12:])) for number in range(40)}
    for number in range(70):
        parents = choose.sample(commits, min(len(commits), choose.choice([0, 1, 1, 1, 1, 1, 2, 2, 3, 4])))
        merged: dict[str, tuple[str, str]] = dict(filler) if not parents else dict(parents[0][1])
        for _, files in parents[1:]:
            merged |= {name: entry for name, entry in files.items() if choose.random() < 0.4}
        for name in sorted(merged):
            if any(other.startswith(name + "/") for other in merged):
                merged.pop(name)
        files = _tree(choose, merged, blobs[:12]) if choose.random() < 0.8 else merged
        files[f"wide/{choose.randrange(40):03}"] = "100644", choose.choice(blobs[12:])
        listed = "".join(f"{mode} {name}\t{path}\0" for path, (mode, name) in files.items())
        repo.git("read-tree", "--empty")
        repo.git("update-index", "-z", "--index-info", stdin=listed.encode())
        tree = repo.git("write-tree")
        words = [word for parent, _ in parents for word in ("-p", parent)]
        name = repo.git("commit-tree", tree, "-m", str(number), *words)
        commits.append((name, files))
        repo.git("update-ref", f"refs/heads/line-{number}", name)
    repo.git("tag", "-a", "-m", "x", "annotated", commits[-1][0])
    repo.git("tag", "tree", f"{commits[-2][0]}^{{tree}}")
    return blobs


def _noted(repo: Any, git: Git, workers: int) -> tuple[packs.PackFile, list[bytes]]:
    (file,) = packs.pack_files([str(repo.path / ".git/objects")], git.hash_size)
    pack = packs.OpenPack(file)
    packs.walk(pack, Matcher([]), Judge(Matcher([]), Coverage(), b"k"), workers=workers, noting=True)
    notes = [note for note in pack.notes if note is not None]
    assert len(notes) == workers
    pack.close()
    return file, notes


@pytest.mark.parametrize("seed", range(4))
def test_notes_say_what_the_whole_log_says(
    make_repo: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Of merges, modes, links, submodules and files that become folders, in any order of the deltas."""
    repo = make_repo("repo", "--object-format", "sha256" if seed == 3 else "sha1")
    if seed == 3:
        monkeypatch.setattr(sys.modules[__name__], "MODES", MODES[:-1])
    blobs = _history(repo, seed)
    repo.git("repack", "-adfq", "--depth", ["50", "0", "4", "50"][seed], "--window", "20")
    monkeypatch.chdir(repo.path)
    git = Git()
    file, notes = _noted(repo, git, 1 + seed % 2)
    tips = peeled(git, refs(git))
    choose = random.Random(seed)
    with closing(commitlog.start(git)) as whole, closing(commitlog.start(git, changes=False)) as short:
        names = [name.encode() for name, _ in commitlog.parents(short.lines())]
        for chunk in (60, 1 << 22):
            monkeypatch.setattr(commitlog, "_CHUNK", chunk)
            monkeypatch.setattr(commitlog, "_MOST", chunk)
            wanted = [*choose.sample(blobs[:12], choose.randint(3, 8)), blobs[20]]
            asked = set(choose.sample(names, 3))
            expected = commitlog.read(whole.lines(), {name.encode() for name in wanted}, asked)
            with closing(folders.Folders(file, notes)) as told:
                found = commitlog.read_by_folders(short.lines(), told, {name.encode() for name in wanted}, asked)
                assert found is not None
                assert (found.steps, found.commits) == (expected.steps, expected.commits)
                assert len(found.commits) == 3 and len(found.steps) > 20
                assert any(step.dropped and not step.brought for step in found.steps)
                graph = list(commitlog.parents(whole.lines()))
                assert list(commitlog.parents(short.lines(), found.headers)) == graph
                known, bits = Wanted(), {name: 1 << number for number, name in enumerate(wanted)}
                for step in expected.steps:
                    for name, path in step.brought:
                        known.add(path, name, bits[name])
                held = in_folders(git, tips, known, told, bits)
                assert held == in_files(git, tips, known) and len(set(held.values())) > 5


def _scanned(repo: Any, *words: str) -> tuple[int, bytes]:
    done = repo.run(sys.executable, "-m", "scrubjay.cli", "history", "-f", "json", "--no-cache", "--all-places", *words)
    return done.returncode, done.stdout


def test_what_the_pack_lacks_is_left_to_git(repo: Any, secret: str) -> None:
    """A blob that a commit names and that is nowhere: the notes are no good, and git's log tells of the gap."""
    repo.commit("one", **{"a": f"token {secret}\n", "b": "lost\n"})
    repo.commit("two", a="gone\n")
    lost = repo.git("rev-parse", "HEAD:b")
    repo.git("repack", "-adq")
    code, text = _scanned(repo)
    assert code == 1 and text.count(b'"rule"') == 1
    pack = next((repo.path / ".git/objects/pack").glob("*.pack"))
    loose = [name for name in repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
             if name != lost]  # fmt: skip
    kept = pack.parent / "kept"
    repo.git("pack-objects", "-q", str(kept), stdin="\n".join(loose).encode())
    for name in list(pack.parent.glob("pack-*")):
        name.unlink()
    code, text = _scanned(repo)
    assert code == 1 and b"1 files of commits are missing here" in text and text.count(b'"rule"') == 1


def test_notes_that_make_no_sense_are_refused(repo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut, swapped or made up, they are of no use; so is a log that names what is not there."""
    repo.commit("one", a="1", b="2")
    repo.git("repack", "-adq")
    monkeypatch.chdir(repo.path)
    git = Git()
    file, (note,) = _noted(repo, git, 1)
    blob = {repo.git("rev-parse", "HEAD:a").encode()}
    for wrong in (b"", note[:-3], note[:9], note[:8] + b"\xff" * (len(note) - 8), b"\xff" * len(note)):
        with closing(folders.Folders(file, [wrong])) as told:
            assert not told.want(blob)
    (tmp_path / "damaged.idx").write_bytes(b"no index")
    for lost in (file._replace(path=file.path + "x"), file._replace(path=str(tmp_path / "damaged"))):
        with closing(folders.Folders(lost, [note])) as told:
            assert not told.want(blob)
    with closing(folders.Folders(file, [note, note])) as told:
        assert not told.want(blob)
    with closing(folders.Folders(file, [note])) as told:
        assert told.want(blob)
        head, tree = repo.git("rev-parse", "HEAD", "HEAD^{tree}").encode().split()
        for line in (b"", b"\x01" + head, b"\x01" + head + b" 1 2 " + head + b"\0", head, b"\x01" + b"0" * 40 + b"\0"):
            assert not line or not told.roots(line)
        assert told.roots(b"\x01" + head + b" 1 2 " + tree + b" \0A <a>\n")
        assert told.steps(b"\x01" + head + b" 1 2 " + tree + b" " + tree + b"\0") is None


@pytest.mark.once
def test_no_byte_is_read_or_written_too_far(
    sanitized: Callable[..., Path], repo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damaged notes and logs, under the address and undefined-behaviour sanitizers."""
    program = sanitized("folders")
    _history(repo, 9)
    repo.git("repack", "-adfq")
    monkeypatch.chdir(repo.path)
    git = Git()
    file, (note,) = _noted(repo, git, 1)
    used, names = (int.from_bytes(note[place : place + 4], "little") for place in (0, 4))
    cut = 8 + 4 * used + 4 * (names + 1)
    (tmp_path / "notes").write_bytes(note[:cut])
    (tmp_path / "names").write_bytes(note[cut:])
    with closing(commitlog.start(git, changes=False)) as log:
        (tmp_path / "log").write_bytes(log.lines().read())
    files = [f"{file.path}.idx", *(tmp_path / name for name in ("notes", "names", "log"))]
    done = subprocess.run([program, "1", "3000", *files], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]


def test_several_processes_find_and_count_what_one_stream_does(
    repo: Any, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is read beside them: the names of refs and the reflogs, of which each byte counts once."""
    for number in range(30):
        repo.commit(f"version {number}", a=f"{number}\ntoken {secret if number % 7 else ''}\n", **{f"b{number}": "x"})
    repo.git("tag", "v1", "HEAD~3")
    repo.git("repack", "-adq")
    repo.git("prune-packed")
    monkeypatch.chdir(repo.path)
    monkeypatch.setattr(packs, "_FEW", 0)
    told = []
    for walk in (True, False):
        coverage = Coverage()
        options = Options(all_places=True, walk=walk, cache=False, now=1e9)
        history = scan_history(Git(), Matcher.default(), coverage, options)
        told.append((history.secrets, coverage.as_dict()))
        assert (whole_pack(Git()) is not None) and not coverage.skipped
    assert told[0] == told[1]
    monkeypatch.setattr(objects, "_MOST", 9)
    assert whole_pack(Git()) is None
    (found,) = told[0][0]
    assert found.life.places > 20 and found.life.refs == (repo.git("symbolic-ref", "HEAD"), "refs/tags/v1")
