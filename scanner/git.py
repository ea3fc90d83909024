"""Runs git; no other module does. Bytes in, bytes out, never a shell. No setting of a repository can run a program,
reach a network or change what is seen. A failure of git is an error with what to do, never an empty answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable, Sequence
from functools import cached_property
from itertools import islice
from typing import IO, TYPE_CHECKING, NamedTuple

from ..patterns.errors import INCOMPLETE, USAGE, ScrubjayError
from .objects import WINDOW, Object, Reader

if TYPE_CHECKING:
    from subprocess import Popen

# What git may see of our environment. GIT_INDEX_FILE is the temporary index of `git commit -a` and `git commit PATH`;
# the object folders and the quarantine are set for hooks on a server; GIT_CONFIG_* carry `git -c` and safe.directory.
_KEPT = frozenset(
    """
    PATH HOME USER LOGNAME SUDO_UID XDG_CONFIG_HOME TMPDIR LD_LIBRARY_PATH
    SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT TEMP TMP USERPROFILE HOMEDRIVE HOMEPATH APPDATA PROGRAMDATA
    GIT_DIR GIT_WORK_TREE GIT_COMMON_DIR GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
    GIT_QUARANTINE_PATH GIT_SHALLOW_FILE GIT_NAMESPACE GIT_CEILING_DIRECTORIES GIT_DISCOVERY_ACROSS_FILESYSTEM
    GIT_EXEC_PATH GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_NOSYSTEM GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS
    """.split()
)
_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE")
_KEPT_PREFIXES = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")

# LC_ALL: failures are told apart by git's English words. An empty GIT_ALLOW_PROTOCOL allows none, which also stops a
# partial clone from fetching in versions before GIT_NO_LAZY_FETCH. Replace refs and grafts would show other history.
_FORCED = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PAGER": "cat",
}

_SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.quotePath=false",
    "core.pager=cat",
    # Large blobs are streamed, and packs mapped by parts: a few percent slower, a bounded memory.
    "core.bigFileThreshold=16m",
    "core.packedGitWindowSize=32m",
    "core.packedGitLimit=128m",
    # A third of what git takes by itself; with more it is no quicker in the order of a pack, or of the commits.
    "core.deltaBaseCacheLimit=32m",
    "color.ui=false",
    "color.diff=false",
    "diff.external=",
    "diff.ignoreSubmodules=none",
    "submodule.recurse=false",
    "protocol.allow=never",
    "advice.graftFileDeprecated=false",
)
_PREFIX = ("--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)))
# For reading in the order of the pack, by two processes at a time.
_IN_ORDER = ("-c", "core.packedGitWindowSize=8m", "-c", "core.packedGitLimit=32m")

# The end of a message about more paths than a scan can bear.
TOO_MUCH = "so the scan is incomplete; are there trees that hold one another many times over?"

_BAD_NAME = (
    b"unknown revision",
    b"bad revision",
    b"bad object",
    b"not a valid object name",
    b"needed a single revision",
    b"invalid revision range",
    b"invalid symmetric difference",
)


class Place(NamedTuple):
    """Where we stand: the git folder, that of its objects, our folder below the top (ends in "/" or is empty), HEAD's
    commit ("" before the first commit) and the id of the empty tree in this repository's hash."""

    git_dir: str
    objects: str
    prefix: bytes
    head: str
    empty_tree: str


class Peeled(NamedTuple):
    """Ids by what they are: annotated tags, commits that were given or tagged, and all else."""

    tags: list[str]
    commits: list[str]
    others: list[str]


class Git:
    """The repository that git finds from a folder (by default the current one)."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self.environment = environment(os.environ)

    def output(self, *arguments: str, stdin: bytes = b"", ok: Sequence[int] = (0,)) -> bytes:
        """Run git to its end and return what it printed; raises ScrubjayError unless it ended in one of `ok`."""
        process = self._start(arguments)
        printed, complaint = process.communicate(stdin)
        check(arguments[0], process.returncode, complaint, ok)
        return printed

    def objects(self, ids: Iterable[str]) -> Generator[Object, None, None]:
        """Yield the object of each id, in this order, read by one process that holds at most one chunk in memory."""
        remaining = iter(ids)
        window = list(islice(remaining, WINDOW // 2))
        if not window:
            return
        reader = Reader(self._start(("cat-file", "--batch")), check)
        try:
            reader.ask(window)
            while window:
                # git looks for the next ones meanwhile.
                following = list(islice(remaining, WINDOW // 2))
                reader.ask(following)
                for name in window:
                    found = reader.answer(name)
                    yield found
                    if not isinstance(found.data, bytes):
                        for _ in found.data:
                            pass
                window = following
            reader.finish()
        finally:
            reader.close()

    def pour(
        self, *arguments: str, lines: Iterable[bytes] = (), size: int = 1 << 20, memory: int = 0
    ) -> Generator[bytes, None, None]:
        """Yield what git prints in chunks of `size` bytes, while `lines` are written to its input.

        Raises ScrubjayError at the end unless git succeeded, within so many bytes of memory if any are given; closing
        the generator ends git.
        """
        from threading import Thread

        process = self._start((*_IN_ORDER, *arguments))
        _limit(process, memory=memory)
        assert process.stdin and process.stdout and process.stderr
        stdin, stderr, complaint = process.stdin, process.stderr, bytearray()
        _widen(process.stdout)

        def write() -> None:
            try:
                with stdin:
                    stdin.writelines(lines)
            except (OSError, ValueError):
                # git has ended before its input did; its exit code tells why.
                pass

        aside = [Thread(target=write, daemon=True), Thread(target=lambda: complaint.extend(stderr.read()), daemon=True)]
        for thread in aside:
            thread.start()
        try:
            while chunk := process.stdout.read(size):
                yield chunk
            code = process.wait()
            aside[1].join()
            check(arguments[0], code, bytes(complaint))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            for thread in aside:
                thread.join()
            process.stdout.close()
            stderr.close()

    def spool(self, *arguments: str, stdin: bytes = b"", most: int = 0, memory: int = 0) -> Spool:
        """Start git with its output going to a file, so that it runs beside other work at no cost to us.

        It fails when it has printed more than `most` bytes, or wants more than so many of memory, if any are given.
        """
        return Spool(self, arguments, stdin, most, memory)

    @cached_property
    def hash_size(self) -> int:
        """Bytes of an object's id."""
        return len(self.place().empty_tree) // 2

    @cached_property
    def object_folders(self) -> list[str]:
        """The folders that hold objects: the repository's own, then its alternates."""
        own = self.place().objects
        named = "GIT_ALTERNATE_OBJECT_DIRECTORIES" in self.environment
        if not named and not os.path.exists(os.path.join(own, "info", "alternates")):
            return [own]
        counted = self.output("count-objects", "--verbose").split(b"\n")
        others = [unquoted(line[11:]) for line in counted if line.startswith(b"alternate: ")]
        return [own, *(os.path.join(self.folder, os.fsdecode(folder)) for folder in others)]

    def common_folder(self) -> str:
        """Return the git folder that all worktrees of the repository share."""
        found = self.output("rev-parse", "--git-common-dir").removesuffix(b"\n")
        return os.path.join(self.folder, os.fsdecode(found))

    def elsewhere(self, folder: str) -> Git:
        """Return the repository of another folder, also where the environment names one for this."""
        other = Git(folder)
        for name in _REPOSITORY:
            other.environment.pop(name, None)
        return other

    def count(self) -> int:
        """Return how many objects the repository and its alternates hold, those in several packs counted for each."""
        words = self.output("count-objects", "--verbose").split(b"\n")
        return sum(int(line.split()[1]) for line in words if line.startswith((b"count: ", b"in-pack: ")))

    def place(self) -> Place:
        """Return where we stand; raises ScrubjayError when there is no repository or git refuses it."""
        asked = ("--git-dir", "--show-prefix", "--show-object-format", "--git-path", "objects", "--revs-only", "HEAD")
        git_dir, prefix, algorithm, objects, head = self.output("rev-parse", *asked).split(b"\n")[:5]
        empty_tree = _EMPTY_TREE[algorithm.decode()]
        self.hash_size = len(empty_tree) // 2
        folder, store = (os.path.join(self.folder, os.fsdecode(path)) for path in (git_dir, objects))
        return Place(folder, store, prefix, head.decode(), empty_tree)

    def commit(self, name: str) -> str:
        """Return the id of the commit that a name means; raises ScrubjayError when there is none."""
        if name.startswith("-"):
            raise _bad_name(name)
        found = self.output("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", ok=(0, 1)).decode().strip()
        if not found:
            raise _bad_name(name)
        return found

    def peel(self, ids: Iterable[str]) -> Peeled:
        """Follow object ids through annotated tags."""
        peeled, remaining = Peeled([], [], []), list(ids)
        while remaining:
            targets = []
            for found in self.objects(remaining):
                if found.kind == "tag":
                    targets.append(found.head().split(maxsplit=2)[1].decode())
                {"tag": peeled.tags, "commit": peeled.commits}.get(found.kind, peeled.others).append(found.id)
            remaining = targets
        return peeled

    def _start(self, arguments: Sequence[str], files: Sequence[IO[bytes]] = ()) -> Popen[bytes]:
        """Start git with pipes, or with its input, output and complaints in `files`."""
        import subprocess

        command = [executable(), *(("-C", self.folder) if self.folder else ()), *_PREFIX, *arguments]
        stdin, stdout, stderr = files or (subprocess.PIPE,) * 3
        try:
            return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=self.environment)
        except OSError as error:
            raise ScrubjayError(f"git could not be started: {error.strerror}", USAGE) from None


class Spool:
    """A running git whose output goes to a file without a name, which is gone when it is closed."""

    def __init__(self, git: Git, arguments: Sequence[str], stdin: bytes, most: int, memory: int) -> None:
        from tempfile import TemporaryFile

        self._command = arguments[0]
        self._given, self._printed, self._complaint = (TemporaryFile() for _ in range(3))
        self._given.write(stdin)
        self._given.seek(0)
        self._process = git._start(arguments, (self._given, self._printed, self._complaint))
        self._most = most
        _limit(self._process, most, memory)

    def lines(self) -> IO[bytes]:
        """Wait for the end and return what git printed; raises ScrubjayError unless git succeeded."""
        code = self._process.wait()
        if self._most and os.fstat(self._printed.fileno()).st_size >= self._most:
            raise ScrubjayError(f"git {self._command} would print more than {self._most} bytes, {TOO_MUCH}", INCOMPLETE)
        self._complaint.seek(0)
        check(self._command, code, self._complaint.read())
        self._printed.seek(0)
        return self._printed

    def close(self) -> None:
        """End git if it still runs, and drop the file."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for file in (self._given, self._printed, self._complaint):
            file.close()


def _limit(process: Popen[bytes], most: int = 0, memory: int = 0) -> None:
    """Let a process write files of so many bytes, and take so much memory, where the system can do that.

    git lists all that a commit changes before it prints any of it; a few small trees that hold one another many times
    over make more paths of it than any memory holds.
    """
    if (most or memory) and sys.platform == "linux":
        import resource

        try:
            if most:
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
            if memory:
                resource.prlimit(process.pid, resource.RLIMIT_DATA, (memory, memory))
        except OSError:
            # It has ended already.
            pass


def _widen(pipe: IO[bytes]) -> None:
    """Let git go on while we work on what it has printed: Linux gives any user a pipe of 1 MiB."""
    if sys.platform == "linux":
        import fcntl

        try:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)
        except OSError:
            # All that this user may have is in use.
            pass


def list_files(folder: str, *, untracked: bool, ignored: bool) -> list[str] | None:
    """Return the files under a folder that git tracks, and on request others, relative to it.

    None when git has no say: the folder is in no work tree, git is not installed, or it knows no file there, as in a
    folder that is ignored as a whole.
    """
    # A hook's repository may be another one than the folder's.
    git = Git().elsewhere(folder)
    kinds = ["--cached", *(["--others"] if untracked else []), *([] if ignored else ["--exclude-standard"])]
    try:
        listed = git.output("ls-files", "-z", "--deduplicate", *kinds)
    except ScrubjayError as error:
        if error.exit_code == USAGE:
            return None
        raise
    return [os.fsdecode(name) for name in listed.split(b"\0") if name] or None


def environment(given: Iterable[str]) -> dict[str, str]:
    """Return the environment that git gets: names from a fixed list out of os.environ, and our own settings."""
    kept = {name: os.environ[name] for name in given if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    return kept | _FORCED


def check(command: str, code: int, complaint: bytes, ok: Sequence[int] = (0,)) -> None:
    """Raise the ScrubjayError for a git command that did not end in one of `ok`, or that reported an error anyway."""
    if code not in ok or complaint.startswith((b"error:", b"fatal:")) or b"\nerror:" in complaint:
        raise failure(command, code, complaint)


def failure(command: str, code: int, complaint: bytes) -> ScrubjayError:
    """Return the error for a git command that failed, with what the user can do about it."""
    text = complaint.decode("utf-8", "backslashreplace").strip()
    said = complaint.lower()
    if b"dubious ownership" in said or b"is owned by someone else" in said or b"unsafe repository" in said:
        folder = text.partition("'")[2].partition("'")[0] or "FOLDER"
        return ScrubjayError(
            "git refuses this repository because it belongs to another user, so nothing was scanned; "
            f"if you trust it: git config --global --add safe.directory {_quoted(folder)}",
            INCOMPLETE,
        )
    if b"not a git repository" in said or b"must be run in a work tree" in said:
        return ScrubjayError("this is not a git work tree; for other folders there is `scrubjay scan`", USAGE)
    if any(words in said for words in _BAD_NAME):
        return ScrubjayError(
            f"git {command}: {_shown(_first_line(text))}; fetch what is missing (a shallow clone lacks old commits)",
            USAGE,
        )
    if b"out of memory" in said:
        return ScrubjayError(f"git {command} would take more memory than it may, {TOO_MUCH}", INCOMPLETE)
    reason = _shown(_first_line(text)) or (f"killed by signal {-code}" if code < 0 else f"exit code {code}")
    return ScrubjayError(f"git {command} failed, so the scan is incomplete: {reason}", INCOMPLETE)


def _bad_name(name: str) -> ScrubjayError:
    return ScrubjayError(
        f"{_shown(name) or 'an empty name'} is not a commit of this repository; "
        "fetch it first (a shallow clone lacks old commits)",
        USAGE,
    )


def _first_line(text: str) -> str:
    return text.partition("\n")[0][:300]


def _shown(text: str) -> str:
    """Text that quotes a name, with secrets in it masked."""
    from ..patterns import Matcher
    from .finding import shown

    return shown(Matcher.default(), text)


def _quoted(text: str) -> str:
    return text if text.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum() else repr(text)


def unquoted(name: bytes) -> bytes:
    """Return a path that git printed, which is in quotes, with escapes, when it holds unusual bytes."""
    if not name.startswith(b'"'):
        return name
    import re

    escapes = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}

    def plain(found: re.Match[bytes]) -> bytes:
        word = found[1]
        return bytes([int(word, 8) & 255]) if word.isdigit() else escapes.get(word, word)

    return re.sub(rb"\\([0-7]{3}|.)", plain, name[1:-1], flags=re.DOTALL)


def executable() -> str:
    """Return git's full path, by PATH; a relative entry there could name a program of the scanned repository."""
    names = ("git.exe",) if os.name == "nt" else ("git",)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if not os.path.isabs(folder):
            continue
        for name in names:
            program = os.path.join(folder, name)
            if os.access(program, os.X_OK) and not os.path.isdir(program):
                return program
    raise ScrubjayError("git was not found; install git, or put it on PATH", USAGE)


_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
