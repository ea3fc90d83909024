"""The pre-commit hook as git runs it: where staged secrets can hide, and which lines count as added."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RULE = "github-pat-classic"


def test_nothing_staged_is_said_and_passes(repo: Any) -> None:
    """An empty commit is clean, and the summary says that nothing was looked at."""
    repo.commit()
    done = repo.hook("pre-commit")
    assert (done.code, done.out) == (0, "")
    assert "nothing" in done.err


def test_clean_text_passes_and_is_counted(repo: Any) -> None:
    """A clean staged file passes; the summary counts it."""
    repo.stage("a.txt", "hello\n")
    done = repo.hook("pre-commit")
    assert (done.code, done.out) == (0, "")
    assert "1 blob" in done.err


def test_text_file(repo: Any, secret: str) -> None:
    """A key in a text file is reported at its place, masked, and blocks."""
    repo.commit(**{"a.txt": "one\n"})
    repo.stage("a.txt", f"one\ntwo\nkey = {secret}\n")
    done = repo.hook("pre-commit")
    assert done.code == 1
    assert done.places == [f"a.txt:3:7 {RULE}"]
    assert secret not in done.out + done.err


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\0\1\2\n" + text.partition("\n")[2].encode() + b"\0\xff\xfe",
    ],
    ids=["utf-16 with mark", "utf-16-le", "utf-16-be", "crlf", "nul"],
)
def test_content_that_git_calls_binary_or_odd(repo: Any, secret: str, encode: Callable[[str], bytes]) -> None:
    """A key in UTF-16, in a CRLF file, and between NUL bytes is found on its line."""
    repo.stage("config", encode(f"some text before it\nkey = {secret}\nsome text behind it\n"))
    done = repo.hook("pre-commit")
    assert done.places == [f"config:2:7 {RULE}"], done


def test_symlink_target(repo: Any, secret: str) -> None:
    """A link's target is text of the commit, whether or not it exists."""
    (repo.path / "link").symlink_to(f"/srv/{secret}/x")
    repo.git("add", "link")
    done = repo.hook("pre-commit")
    assert done.places == [f"link:1:6 (link target) {RULE}"], done


def test_submodule_path(repo: Any, make_repo: Callable[..., Any], secret: str) -> None:
    """The path of a submodule is part of the commit."""
    other = make_repo("other")
    other.commit(a="a")
    repo.git("submodule", "--quiet", "add", "--name", "m", str(other.path), f"lib/{secret}")
    repo.git("rm", "--cached", "--quiet", "--force", ".gitmodules")
    done = repo.hook("pre-commit")
    assert [place.partition(":")[2] for place in done.places] == [f"1:5 (in the name) {RULE}"], done
    assert secret not in done.out + done.err


def test_inside_a_submodule(repo: Any, make_repo: Callable[..., Any], secret: str) -> None:
    """A commit made inside a submodule is looked at in the submodule's own repository."""
    other = make_repo("other")
    other.commit(a="a")
    repo.git("submodule", "--quiet", "add", str(other.path), "sub")
    repo.write("sub/b.txt", secret)
    repo.git("add", "b.txt", cwd="sub")
    assert repo.hook("pre-commit", cwd="sub").places == [f"b.txt:1:1 {RULE}"]


@pytest.mark.parametrize(
    "name", ["two words.txt", "new\nline.txt", "tab\there", 'quo"te', "-rf", "--", ":(top)x", "ü.txt"]
)
def test_odd_names(repo: Any, secret: str, name: str) -> None:
    """Names with blanks, line breaks, quotes, dashes and other letters are read and shown on one line."""
    repo.stage(name, secret)
    for done in (repo.hook("pre-commit"), repo.hook("pre-commit", name)):
        assert done.code == 1
        assert len(done.places) == 1
        assert "1 blob" in done.err


def test_name_that_is_not_utf8(repo: Any, secret: str) -> None:
    """A name in another encoding is read and shown escaped."""
    path = os.path.join(os.fsencode(repo.path), b"caf\xe9")
    with open(path, "w") as file:
        file.write(secret)
    repo.git("add", ".")
    assert repo.hook("pre-commit").places == [rf"caf\xe9:1:1 {RULE}"]


def test_secret_in_a_name(repo: Any, secret: str) -> None:
    """The name of a new file is looked at, once, and masked wherever it is shown."""
    repo.stage(f"dir/{secret}.txt", f"key {secret}\n")
    done = repo.hook("pre-commit")
    assert [place.partition("txt:")[2] for place in done.places] == [f"1:5 (in the name) {RULE}", f"1:5 {RULE}"]
    assert secret not in done.out + done.err
    repo.commit()
    repo.stage(f"dir/{secret}.txt", f"key {secret}\nmore\n")
    assert repo.hook("pre-commit").code == 0


def test_50_megabytes(repo: Any, secret: str) -> None:
    """A key at the end of a 50 MB file is found; nothing is cut off."""
    line = b"0123456789 lorem ipsum dolor sit amet, consectetur adipiscing elit\n"
    count = 50_000_000 // len(line)
    repo.stage("large.log", line * count + b"key " + secret.encode() + b"\n" + line)
    assert repo.hook("pre-commit").places == [f"large.log:{count + 1}:5 {RULE}"]
    repo.commit()
    repo.stage("large.log", line * (count + 1) + b"key " + secret.encode() + b"\n" + line)
    assert repo.hook("pre-commit").code == 0


def test_executable_script(repo: Any, secret: str) -> None:
    """An executable file is a file."""
    repo.write("run", f"#!/bin/sh\nexport KEY={secret}\n").chmod(0o755)
    repo.git("add", "run")
    assert repo.hook("pre-commit").places == [f"run:2:12 {RULE}"]


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_first_commit(make_repo: Callable[..., Any], secret: str, algorithm: str) -> None:
    """Without a commit to compare with, everything staged is added; in both of git's hashes."""
    repo = make_repo("repo", f"--object-format={algorithm}")
    repo.stage("a", secret)
    assert repo.hook("pre-commit").places == [f"a:1:1 {RULE}"]
    repo.commit()
    repo.stage("a", f"{secret}\nb\n{secret}\n")
    assert repo.hook("pre-commit").places == [f"a:3:1 {RULE}"]


@pytest.mark.parametrize(
    "attributes", ["-diff", "binary", "diff=hide", "filter=hide", "-text", "working-tree-encoding=UTF-16"]
)
def test_attributes_hide_nothing(repo: Any, secret: str, attributes: str) -> None:
    """No attribute keeps a new or a changed file from being looked at, nor makes old lines new."""
    repo.git("config", "diff.hide.textconv", "true")
    repo.git("config", "diff.hide.command", "true")
    repo.git("config", "diff.hide.binary", "true")
    repo.commit(a=f"old {secret}\nx\n")
    repo.stage("a", f"old {secret}\nnew {secret}\n")
    repo.stage("b", secret)
    for where in (".gitattributes", ".git/info/attributes"):
        repo.write(where, f"* {attributes}\n")
    assert repo.hook("pre-commit").places == [f"a:2:5 {RULE}", f"b:1:1 {RULE}"]


SETTINGS = """
color.ui=always color.diff=always diff.external=true diff.noprefix=true diff.mnemonicPrefix=true diff.context=20
diff.interHunkContext=50 diff.relative=true diff.orderFile=/nonexistent diff.renames=copies diff.algorithm=patience
diff.wordRegex=. diff.ignoreSubmodules=all diff.suppressBlankEmpty=true diff.trustExitCode=true diff.srcPrefix=@@
core.bigFileThreshold=1 core.quotePath=true core.abbrev=4 core.pager=true core.attributesFile=/nonexistent
core.splitIndex=true core.untrackedCache=true index.sparse=true log.showSignature=true submodule.recurse=true
"""


def test_settings_change_nothing(repo: Any, secret: str) -> None:
    """No setting hides an added line or reports an old one; in a folder below the top neither."""
    repo.commit(**{"d/a": f"old {secret}\n1\n2\n3\n4\n"})
    for setting in SETTINGS.split():
        repo.git("config", *setting.split("=", 1))
    repo.stage("d/a", f"old {secret}\n1\n2\n3\nnew {secret}\n")
    repo.stage("d/b", secret)
    for folder in (".", "d"):
        assert repo.hook("pre-commit", cwd=folder).places == [f"d/a:5:5 {RULE}", f"d/b:1:1 {RULE}"]


@pytest.mark.parametrize("variable", ["GIT_EXTERNAL_DIFF=true", "GIT_DIFF_OPTS=-u20", "GIT_TRACE=2", "GIT_PAGER=true"])
def test_variables_change_nothing(repo: Any, secret: str, variable: str) -> None:
    """No variable of git's reaches it that could change what is seen."""
    repo.commit(a=f"old {secret}\n1\n2\n")
    repo.stage("a", f"old {secret}\n1\nnew {secret}\n")
    name, _, value = variable.partition("=")
    assert repo.hook("pre-commit", **{name: value}).places == [f"a:3:5 {RULE}"]


@pytest.mark.parametrize(
    "setting", ["core.fsmonitor", "core.hooksPath", "diff.external", "core.pager", "core.sshCommand"]
)
def test_no_program_of_the_repository_runs(repo: Any, secret: str, setting: str) -> None:
    """A program that the repository's settings name is never started."""
    program = repo.write("tools/post-index-change", "#!/bin/sh\necho ran > ran\n")
    program.chmod(0o755)
    repo.commit(a="a\n")
    repo.stage("a", f"a\n{secret}\n")
    value = program.parent if setting == "core.hooksPath" else program
    repo.git("config", setting, str(value))
    assert repo.hook("pre-commit").code == 1
    assert not (repo.path / "ran").exists()


def test_an_unchanged_line_is_not_reported(repo: Any, secret: str) -> None:
    """A key that was committed before is no reason to stop this commit."""
    repo.commit(a=f"{secret}\nb\n")
    repo.stage("a", f"new first line\n{secret}\nb\n")
    done = repo.hook("pre-commit")
    assert (done.code, done.out) == (0, "")


def test_another_line_ending_is_no_new_line(repo: Any, secret: str) -> None:
    """Changed line endings, and a last line that gets one, leave old text old."""
    repo.commit(a=f"{secret}\nb\n{secret}", b=f"{secret}", c=f"{secret}\n", d=f"{secret}")
    repo.stage("a", f"{secret}\r\nb\r\n{secret}\r\n")
    repo.stage("b", f"{secret}\nmore\n")
    repo.stage("c", f"{secret}  \n")
    repo.stage("d", f"{secret}0\n")
    assert repo.hook("pre-commit").code == 0
    repo.stage("d", f" {secret}\n")
    assert repo.hook("pre-commit").places == [f"d:1:2 {RULE}"]


def test_bytes_with_a_false_mark_count_their_own_lines(repo: Any, secret: str) -> None:
    """A byte-order mark that lies does not make an added line old."""
    old = "".join(f"line number {number}\n" for number in range(40))
    repo.commit(a=b"\xff\xfe" + old.encode())
    repo.stage("a", b"\xff\xfe" + f"{old}key {secret}\n".encode())
    assert f"a:41:5 {RULE}" in repo.hook("pre-commit").places


def test_an_unchanged_line_in_utf16(repo: Any, secret: str) -> None:
    """Added lines are counted in the text, not in the bytes, of a UTF-16 file."""
    old = f"Ċ first ਊ\n{secret}\nlast\n"
    repo.commit(a=old.encode("utf-16"))
    repo.stage("a", f"more Ċ\n{old}".encode("utf-16"))
    assert repo.hook("pre-commit").code == 0
    repo.stage("a", f"{old}again {secret}\n".encode("utf-16"))
    assert [place.split(":")[1] for place in repo.hook("pre-commit").places] == ["4"]


def test_a_value_split_over_lines_is_whole_again_by_a_removal(repo: Any, secret: str) -> None:
    """A secret that appears because lines between its parts go is on a changed line."""
    repo.commit(a=f"x {secret[:20]}\n{secret[20:]}\n")
    repo.stage("a", f"x {secret}\n")
    assert repo.hook("pre-commit").places == [f"a:1:3 {RULE}"]


def test_staged_not_worktree(repo: Any, secret: str) -> None:
    """What is staged counts, not what the file says by now."""
    repo.stage("a", secret)
    repo.write("a", "clean")
    repo.stage("b", "clean")
    repo.write("b", secret)
    assert repo.hook("pre-commit").places == [f"a:1:1 {RULE}"]


def test_deleted_file(repo: Any, secret: str) -> None:
    """Taking a secret out is welcome."""
    repo.commit(a=secret, b=f"{secret}\nb\n")
    repo.git("rm", "--quiet", "a")
    repo.stage("b", "b\n")
    assert repo.hook("pre-commit").code == 0


def test_mode_change(repo: Any, secret: str) -> None:
    """Making a file executable adds no line."""
    repo.commit(a=secret)
    repo.git("update-index", "--chmod=+x", "a")
    assert repo.hook("pre-commit").code == 0


def test_type_change(repo: Any, secret: str) -> None:
    """A file that becomes a link is a new text."""
    repo.commit(a=secret)
    (repo.path / "a").unlink()
    (repo.path / "a").symlink_to(secret)
    repo.git("add", "a")
    assert repo.hook("pre-commit").places == [f"a:1:1 (link target) {RULE}"]


def test_intent_to_add(repo: Any, secret: str) -> None:
    """A file that is only announced is not part of the commit."""
    repo.write("a", secret)
    repo.git("add", "--intent-to-add", "a")
    assert repo.hook("pre-commit").code == 0


def test_rename(repo: Any, secret: str) -> None:
    """A renamed file has only the lines added that are new in it."""
    text = "".join(f"line {number}\n" for number in range(30))
    repo.commit(a=f"{secret}\n{text}")
    repo.git("mv", "a", "b")
    assert repo.hook("pre-commit").code == 0
    repo.stage("b", f"{secret}\n{text}new {secret}\n")
    assert repo.hook("pre-commit").places == [f"b:32:5 {RULE}"]


def test_copy(repo: Any, secret: str) -> None:
    """A copy is new text, even where git would call it a copy."""
    text = "".join(f"line {number}\n" for number in range(30))
    repo.commit(a=f"{secret}\n{text}")
    repo.git("config", "diff.renames", "copies")
    repo.stage("b", f"{secret}\n{text}")
    assert repo.hook("pre-commit").places == [f"b:1:1 {RULE}"]


def test_many_files(repo: Any, secret: str) -> None:
    """More files than one request to git holds are all read."""
    for number in range(500):
        repo.write(f"f{number:03}", f"{number}\n" * (number + 1))
    repo.write("f450", secret)
    repo.git("add", ".")
    done = repo.hook("pre-commit")
    assert done.places == [f"f450:1:1 {RULE}"]
    assert "500 blobs" in done.err


def test_names_select(repo: Any, secret: str) -> None:
    """With names that are staged, their added lines count and no others."""
    repo.stage("d/a", secret)
    repo.stage("d/b", secret)
    assert repo.hook("pre-commit", "d/a").places == [f"d/a:1:1 {RULE}"]
    assert repo.hook("pre-commit", "./b", cwd="d").places == [f"d/b:1:1 {RULE}"]


def test_names_that_are_not_staged(repo: Any, secret: str) -> None:
    """Names that are not staged are meant as files: they are read whole."""
    repo.commit(a=f"{secret}\n", b="b\n", c="c\n")
    (repo.path / "link").symlink_to(secret)
    repo.stage("b", f"b\n{secret}\n")
    done = repo.hook("pre-commit", "a", "b", "c", "link")
    assert sorted(done.places) == [f"a:1:1 {RULE}", f"b:2:1 {RULE}", f"link:1:1 (link target) {RULE}"]
    assert "4 files" in done.err


def test_a_name_that_is_nowhere(repo: Any) -> None:
    """A name that is neither staged nor a file is an error, not a clean scan."""
    repo.commit(a="a")
    assert repo.hook("pre-commit", "nowhere").code == 2


def test_commit_of_a_path(repo: Any, secret: str) -> None:
    """`git commit PATH` and `git commit -a` give the hook an index of their own, which is the one that counts."""
    repo.commit(a="a\n", b="b\n")
    hook = repo.write(".git/hooks/pre-commit", f'#!/bin/sh\nexec "{_python()}" -m scrubjay.cli hook pre-commit\n')
    hook.chmod(0o755)
    repo.write("a", f"a\n{secret}\n")
    repo.stage("b", f"b\n{secret}\n")
    repo.write("b", "b\nclean\n")
    done = repo.run("git", "commit", "-m", "x", "b")
    assert done.returncode == 0, done
    done = repo.run("git", "commit", "-m", "x", "a")
    assert done.returncode == 1
    assert b"a:2:1" in done.stdout + done.stderr
    assert repo.run("git", "commit", "-a", "-m", "x").returncode == 1


def test_worktree(repo: Any, secret: str, tmp_path: Path) -> None:
    """A linked work tree has an index and a HEAD of its own."""
    repo.commit(a="a\n")
    repo.git("worktree", "add", "--quiet", str(tmp_path / "tree"))
    repo.write("../tree/a", f"a\n{secret}\n")
    repo.git("add", "a", cwd="../tree")
    assert repo.hook("pre-commit", cwd="../tree").places == [f"a:2:1 {RULE}"]
    assert repo.hook("pre-commit").code == 0


def _python() -> str:
    import sys

    return sys.executable
