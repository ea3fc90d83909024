"""Real git repositories for the tests, with no settings but the test's own, and what all workers of a run share."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# Names the run's folder to the workers.
RUN_FOLDER = "SCRUBJAY_TEST_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a cache of its own for all its processes: the rules are compiled once, and not found compiled."""
    # A shell in the background starts programs with these ignored; their children here have to be interrupted.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="scrubjay-tests-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        os.environ[RUN_FOLDER] = folder
        os.environ["SCRUBJAY_CACHE_DIR"] = os.path.join(folder, "cache", "scrubjay")


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """A folder that all workers of the run share."""
    return Path(os.environ[RUN_FOLDER])


@pytest.fixture(scope="session")
def once(run_folder: Path) -> Callable[[str, Callable[[Path], None]], Path]:
    """Makes a folder that is costly to fill: the worker that needs it first does so for all."""

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        folder, done = run_folder / name, run_folder / f"{name}.done"
        with open(run_folder / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return make


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
def cache_folder(run_folder: Path) -> Path:
    """The cache of all tests, as XDG_CACHE_HOME. Other tests add to it and remove from it meanwhile."""
    return run_folder / "cache"


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
def own_environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process the environment of the test's commands."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


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
