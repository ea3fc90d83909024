"""The hooks under the real pre-commit, installed by it from this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RULE = b"github-pat-classic"
# CI runs the tests elsewhere, against the built wheel, and says where the checkout is.
CHECKOUT = Path(os.environ.get("SCRUBJAY_CHECKOUT") or Path(__file__).parents[2])
PRE_COMMIT = [sys.executable, "-m", "pre_commit"]

pytestmark = [
    # pre-commit makes an installation of its own.
    pytest.mark.once,
    pytest.mark.skipif(
        not (CHECKOUT / "scanner" / "git.py").exists(),
        reason="pre-commit installs from the checkout, which is not here",
    ),
]


def publish(folder: Path) -> None:
    """Make a repository with one commit: the state of the checkout."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listing, cwd=CHECKOUT, check=True, capture_output=True).stdout.decode().split("\0"):
        source, target = CHECKOUT / name, folder / name
        if name and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "--no-verify", "-m", "state"]):
        subprocess.run(["git", *words], cwd=folder, check=True)


@pytest.fixture(scope="session")
def published(once: Callable[..., Path]) -> tuple[Path, str]:
    """The state of the checkout as a repository with one commit; its path and the commit's id."""
    folder = once("published", publish)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True).stdout
    return folder, commit.decode().strip()


@pytest.fixture(scope="session")
def configuration(published: tuple[Path, str]) -> str:
    """A user's .pre-commit-config.yaml with all hooks."""
    folder, commit = published
    hooks = "".join(f"  - id: {name}\n" for name in ("scrubjay", "scrubjay-commit-msg", "scrubjay-push"))
    return f"repos:\n- repo: {folder}\n  rev: {commit}\n  hooks:\n{hooks}"


@pytest.fixture(scope="session")
def pre_commit_home(once: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory, configuration: str) -> Path:
    """pre-commit's folder, with the hooks installed by it once for all tests."""

    def install(home: Path) -> None:
        user = tmp_path_factory.mktemp("user")
        (user / ".pre-commit-config.yaml").write_text(configuration)
        subprocess.run(["git", "init", "-q"], cwd=user, check=True)
        environment = os.environ | {"PRE_COMMIT_HOME": str(home)}
        done = subprocess.run([*PRE_COMMIT, "install-hooks"], cwd=user, env=environment, capture_output=True)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()

    return once("pre-commit", install)


@pytest.fixture
def user(repo: Any, configuration: str, pre_commit_home: Path) -> Any:
    """A user's repository with the hooks in place and one commit."""
    repo.environment["PRE_COMMIT_HOME"] = str(pre_commit_home)
    types = ("pre-commit", "pre-merge-commit", "commit-msg", "pre-push")
    repo.commit("first", **{".pre-commit-config.yaml": configuration, "a": "a\n"})
    repo.run(*PRE_COMMIT, "install", *(f"--hook-type={name}" for name in types), check=True)
    return repo


def run(repo: Any, *words: str) -> tuple[int, bytes]:
    """Run `pre-commit run` and return its exit code and output."""
    done = repo.run(*PRE_COMMIT, "run", "--verbose", *words)
    return done.returncode, done.stdout + done.stderr


def commit(repo: Any, message: str = "next", **environment: str) -> tuple[int, bytes]:
    """Commit the index with all hooks and return the exit code and output."""
    done = repo.run("git", "commit", "-m", message, **environment)
    return done.returncode, done.stdout + done.stderr


def test_commit_is_stopped(user: Any, secret: str) -> None:
    """A commit with a secret is stopped, with the place shown and not the secret; a clean one goes through."""
    user.stage("two words", f"first\nkey {secret}\n")
    code, said = commit(user)
    assert code == 1
    assert b"two words:2:5: " in said
    assert secret.encode() not in said
    user.stage("two words", "first\nkey from the vault\n")
    code, said = commit(user)
    assert code == 0, said


def test_unstaged_secret_is_not_committed(user: Any, secret: str) -> None:
    """What is only in the work tree does not stop a commit; what is only staged does."""
    user.stage("a", "a\nb\n")
    user.write("a", f"a\nb\n{secret}\n")
    code, said = commit(user)
    assert code == 0, said
    user.stage("b", f"{secret}\n")
    user.write("b", "clean\n")
    assert commit(user)[0] == 1


def test_odd_places(user: Any, secret: str, make_repo: Callable[..., Any]) -> None:
    """Links, submodules, names with line breaks and files that git calls binary reach the hook."""
    other = make_repo("other")
    other.commit(a="a")
    user.stage(".gitattributes", "* binary\n")
    user.stage("new\nline", secret)
    user.stage("wide", f"some text {secret}\n".encode("utf-16"))
    (user.path / "link").symlink_to(secret)
    user.git("add", "link")
    user.git("submodule", "--quiet", "add", "--name", "m", str(other.path), f"lib/{secret}")
    code, said = commit(user)
    assert code == 1
    for place in (
        rb"new\nline:1:1: ",
        b"wide:1:11: ",
        b"link:1:1 (link target): ",
        b"lib/ghp_********:1:5 (in the name)",
    ):
        assert place in said, said


def test_all_files(user: Any, secret: str) -> None:
    """`--all-files` reads every file whole, though nothing is staged."""
    user.commit(b=f"b\n{secret}\n", clean="c\n")
    (user.path / "link").symlink_to("a")
    user.git("add", "link")
    user.commit()
    code, said = run(user, "--all-files")
    assert code == 1
    assert b"b:2:1: " in said
    assert b"5 files" in said
    user.commit(b="b\n")
    code, said = run(user, "--all-files")
    assert code == 0, said
    assert b"5 files" in said


def test_files(user: Any, secret: str) -> None:
    """`--files` reads the named files whole, committed or not."""
    user.commit(b=f"b\n{secret}\n")
    user.write("untracked", secret)
    assert run(user, "--files", "a")[0] == 0
    code, said = run(user, "--files", "a", "b", "untracked")
    assert code == 1
    assert b"b:2:1: " in said
    assert b"untracked:1:1: " in said
    assert b"3 files" in said


def test_from_ref_to_ref(user: Any, make_secret: Any) -> None:
    """`--from-ref A --to-ref B` reports what B added since it left A, from the commits and not from the work tree."""
    old = user.commit(b=f"{make_secret('old')}\n")
    new = user.commit(b=f"{make_secret('old')}\n{make_secret('new')}\n")
    user.commit(b="clean now\n")
    code, said = run(user, "--from-ref", old, "--to-ref", new)
    assert code == 1
    assert said.count(RULE) == 1
    assert b"b:2:1: " in said
    assert run(user, "--from-ref", new, "--to-ref", "HEAD")[0] == 0


def test_commit_message(user: Any, secret: str) -> None:
    """A message with a secret is stopped, also in a line that looks like a comment."""
    user.stage("a", "a\nb\n")
    code, said = commit(user, f"subject\n\n# key {secret}")
    assert code == 1
    assert b"(commit message)" in said
    assert secret.encode() not in said
    assert commit(user, "fine")[0] == 0


def test_push(user: Any, make_repo: Callable[..., Any], make_secret: Any) -> None:
    """First push, update and new branch: what goes out is looked at, what is out already is not."""
    remote = make_repo("remote", "--bare")
    user.git("remote", "add", "origin", str(remote.path))

    def push(*words: str) -> tuple[int, bytes]:
        done = user.run("git", "push", *words)
        return done.returncode, done.stdout + done.stderr

    user.commit(b=make_secret("one"))
    user.commit(b="clean\n")
    code, said = push("origin", "main")
    assert code == 1
    assert said.count(RULE) == 1
    assert push("--no-verify", "origin", "main")[0] == 0
    user.commit(c="clean\n")
    code, said = push("origin", "main")
    assert code == 0, said
    user.git("checkout", "--quiet", "-b", "topic")
    user.commit(d=make_secret("two"))
    user.commit(d="clean\n")
    code, said = push("origin", "topic")
    assert code == 1
    assert said.count(RULE) == 1


def test_push_stage_by_hand(user: Any, make_secret: Any) -> None:
    """The push hook run by hand looks at a given range, or else at all that no remote has."""
    old = user.commit(b=make_secret("one"))
    user.commit(c=make_secret("two"))
    code, said = run(user, "--hook-stage", "pre-push", "--from-ref", old, "--to-ref", "HEAD")
    assert (code, said.count(RULE)) == (1, 1), said
    code, said = run(user, "--hook-stage", "pre-push", "--all-files")
    assert (code, said.count(RULE)) == (1, 2), said


def test_merge_with_conflict(user: Any, make_secret: Any) -> None:
    """While a conflict is resolved, pre-commit names only the file that had it, and the hook still sees the rest."""
    user.git("checkout", "--quiet", "-b", "theirs")
    user.commit("theirs", a="theirs\n", b=f"{make_secret('theirs')}\n")
    user.git("checkout", "--quiet", "main")
    user.commit("ours", a="ours\n")
    user.git("merge", "--quiet", "theirs", check=False)
    user.stage("a", "both\n")
    user.stage("b", f"{make_secret('theirs')}\n{make_secret('merge')}\n")
    code, said = commit(user)
    assert code == 1
    assert said.count(RULE) == 1
    assert b"b:2:1: " in said
    user.stage("b", f"{make_secret('theirs')}\nclean\n")
    code, said = commit(user)
    assert code == 0, said


def test_merge_without_conflict(user: Any, secret: str) -> None:
    """A clean merge passes the pre-merge-commit stage: what the other branch has is not new."""
    user.git("checkout", "--quiet", "-b", "theirs")
    user.commit("theirs", b=f"{secret}\n")
    user.git("checkout", "--quiet", "main")
    user.commit("ours", c="c\n")
    done = user.run("git", "merge", "--no-edit", "theirs")
    assert done.returncode == 0, done


def test_hostile_settings(user: Any, secret: str) -> None:
    """Settings that change what `git diff` prints change nothing for the hook."""
    settings = ("color.ui=always", "diff.external=true", "diff.noprefix=true", "diff.mnemonicPrefix=true")
    user.commit(old=f"{secret}\n" + "x\n" * 30)
    for setting in settings:
        user.git("config", *setting.split("="))
    user.git("mv", "old", "new")
    code, said = commit(user)
    assert code == 0, said
    user.stage("c", f"{secret}\n")
    assert commit(user)[0] == 1


def test_try_repo(user: Any, published: tuple[Path, str], secret: str) -> None:
    """Every hook of the manifest loads; the one for a scrubjay on PATH runs by `try-repo`."""
    user.stage("b", secret)
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, user.environment["PATH"]])
    done = user.run(*PRE_COMMIT, "try-repo", str(published[0]), "scrubjay-system", "--verbose", PATH=path)
    assert done.returncode == 1, done
    assert b"b:1:1: " in done.stdout
    done = user.run(*PRE_COMMIT, "validate-manifest", str(published[0] / ".pre-commit-hooks.yaml"))
    assert done.returncode == 0, done
