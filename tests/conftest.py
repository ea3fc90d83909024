"""Real git repositories for the scanner's tests: a pinned identity, no settings but the test's own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def token(label: str = "scrubjay") -> str:
    """Return a made-up GitHub token with a right checksum, the same for the same label."""
    body = "".join(_DIGITS[byte % 62] for byte in hashlib.sha256(label.encode()).digest())[:30]
    check, number = "", zlib.crc32(body.encode())
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = _DIGITS[digit] + check
    return "gh" + "p_" + body + check


class Repo:
    """A repository in a folder, and commands that run in it with the fixture's environment."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.path = path
        self.environment = dict(environment)

    def run(
        self, *command: str | Path, check: bool = False, stdin: bytes = b"", cwd: str = ".", **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program here and return its exit code and output."""
        result = subprocess.run(
            [os.fspath(word) for word in command],
            cwd=self.path / cwd,
            env=self.environment | environment,
            input=stdin,
            capture_output=True,
        )
        assert not check or result.returncode == 0, (command, result.stderr.decode("utf-8", "replace"))
        return result

    def git(
        self, *words: str | Path, check: bool = True, stdin: bytes = b"", cwd: str = ".", **environment: str
    ) -> str:
        """Run git, which must succeed unless `check` is false, and return what it printed, without the last newline."""
        done = self.run("git", *words, check=check, stdin=stdin, cwd=cwd, **environment)
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, name: str, data: bytes | str) -> Path:
        """Write a file and return its path."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def stage(self, name: str, data: bytes | str) -> None:
        """Write a file and add it to the index."""
        self.write(name, data)
        self.git("add", "--force", "--", name, GIT_LITERAL_PATHSPECS="1")

    def commit(self, message: str = "change", **files: bytes | str) -> str:
        """Commit the index and return the commit's id; files given by keyword are staged first."""
        for name, data in files.items():
            self.stage(name, data)
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        return self.git("rev-parse", "HEAD")

    def hook(self, *arguments: str, stdin: bytes = b"", cwd: str = ".", **environment: str) -> Outcome:
        """Run `scrubjay hook` here, as git would."""
        done = self.run(sys.executable, "-m", "scrubjay.cli", "hook", *arguments, stdin=stdin, cwd=cwd, **environment)
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


class Outcome:
    """How a run of the hook ended. `places` are the reported places with the rule's id, in order."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        self.places = [
            f"{line.partition(': ')[0]} {line.rpartition('[')[2].partition(',')[0]}"
            for line in out.splitlines()
            if line.endswith("confidence]")
        ]

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all runs of a session, so that the rules are compiled once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def environment(tmp_path: Path, cache_folder: Path) -> dict[str, str]:
    """The whole environment of a test's processes: nothing of the user's git settings, variables or keys."""
    home = tmp_path / "home"
    home.mkdir()
    settings = home / "gitconfig"
    settings.write_text(
        "[user]\n\tname = Test\n\temail = test@example.org\n"
        '[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n[gc]\n\tauto = 0\n'
    )
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        "XDG_CACHE_HOME": str(cache_folder),
        "XDG_CONFIG_HOME": str(home / "config"),
        "SCRUBJAY_KEY": "test",
        "PYTHONUTF8": "1",
        **{name: os.environ[name] for name in ("SCRUBJAY_ENGINE", "PYTHONPATH") if name in os.environ},
    }


@pytest.fixture
def make_repo(tmp_path: Path, environment: dict[str, str]) -> Callable[..., Repo]:
    """Make a repository in a folder of its own; arguments go to `git init`."""

    def make(name: str = "repo", *options: str) -> Repo:
        folder = tmp_path / name
        folder.mkdir()
        repo = Repo(folder, environment)
        repo.git("init", "--quiet", *options)
        return repo

    return make


@pytest.fixture
def repo(make_repo: Callable[..., Repo]) -> Repo:
    """An empty repository."""
    return make_repo()


@pytest.fixture
def secret() -> str:
    """A token that the rules find."""
    return token()


@pytest.fixture
def make_secret() -> Callable[[str], str]:
    """Make different tokens from labels."""
    return token
