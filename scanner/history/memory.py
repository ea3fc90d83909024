"""What a scan of a history takes from the last one, and leaves to the next: objects, hits, the log, reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...patterns.errors import ScrubjayError
from ..finding import Finding
from . import packs
from .cache import LARGEST, Cache, Rest
from .commitlog import Commit, Log, Step
from .holders import Ref, Tip, commits_of
from .life import Life, Place, Secret
from .listing import unknown
from .text import Hit

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..coverage import Coverage
    from ..git import Git
    from .objects import Scanned


class Memory:
    """The last scan of a repository, if it is remembered and fits. Close it after use."""

    def __init__(
        self, git: Git, matcher: Matcher, key: bytes, refs: Sequence[Ref], *, read: bool, archives: bool = False
    ) -> None:
        self.known = 0
        self.packs: list[str] = []
        self.logged: list[str] = []
        self._counts: list[int] = [0, 0, 0]
        self._gone = False
        self._old: tuple[Any, ...] | None = None
        self._ids: set[bytes] = set()
        self._rest: Rest | None = None
        self._head: dict[str, Any] = {}
        self._enabled, self._git = read, git
        if not read:
            return
        self._width = git.hash_size
        folders = git.object_folders
        self._files = packs.pack_files(folders, self._width)
        self._now_packs = {file.path: _stamp(file.path + ".pack") for file in self._files}
        self._loose = sorted(packs.loose_ids(folders, self._width))
        self._now_objects = _sum(key, [repr(sorted(self._now_packs.items())), *self._loose])
        folder = git.common_folder()
        self._refs = _sum(key, [repr(ref) for ref in refs] + [repr(row) for row in _logs(git, folder)])
        self._shallow = _sum(key, [_text(os.path.join(folder, "shallow"))])
        self._cache = Cache(folder, key, [_rules(matcher), "archives" if archives else ""])
        if loaded := self._cache.load():
            self._head, self._rest = loaded
            self._counts = list(self._head["counts"])
            self.known = self._head["objects_known"]

    def report(self, confidence: str, all_places: bool) -> tuple[list[Secret], int] | None:
        """Return the secrets and the hidden number of the last scan, if nothing has changed since."""
        head = self._head
        if not head or (head["objects"], head["refs"], head["shallow"]) != (
            self._now_objects, self._refs, self._shallow,
        ):  # fmt: skip
            return None
        row = head["reports"].get((confidence, all_places))
        return None if row is None else ([_secret(one) for one in row[0]], row[1])

    def logged_tips(self) -> list[str]:
        """Read the rest; return the tips whose log is known, if it can still be used."""
        old = self._rest.read() if self._rest else None
        self._rest = None
        if old is None:
            self._head, self._counts, self.known = {}, [0, 0, 0], 0
            return []
        self._old = old
        tips = old[4]
        if self._head["shallow"] == self._shallow and tips and _reachable(self._git, tips):
            self.logged = tips
        return self.logged

    def hits(self, git: Git) -> list[Hit]:
        """Return the hits that are known and whose object is still there; sets what is known of packs and objects."""
        if self._old is None:
            return []
        (findings, rows), _, _, ids, _ = self._old
        last = dict(self._head["packs"])
        self.packs = [path for path, stamp in last.items() if self._now_packs.get(path) == stamp]
        self._ids = set(packs.rows(ids, self._width))
        made = [Finding(*finding) for finding in findings]
        hits = [Hit(name, kind, line, made[number]) for name, kind, line, number in rows]
        self._gone = len(self.packs) != len(last) or not set(self._head["loose"]) <= set(self._loose)
        if self._gone:
            gone = set(unknown(git, {hit.id for hit in hits}))
            hits = [hit for hit in hits if hit.id not in gone]
        return hits

    @property
    def known_id(self) -> Callable[[str], bool] | None:
        """A function that tells whether an object is known; None when none is."""
        return (lambda name: bytes.fromhex(name) in self._ids) if self._ids else None

    def count(self, coverage: Coverage) -> None:
        """Add what the last scan has examined, and is still there, to the coverage."""
        if self._gone:
            # Repacked, or pruned: what was counted may be no more.
            listed = self._git.output(
                "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectsize)"
            )
            kinds = listed.count(b"blob "), listed.count(b"commit ")
            coverage.blobs, coverage.commits = kinds
            coverage.bytes = sum(int(line.rpartition(b" ")[2]) for line in listed.splitlines())
            return
        coverage.blobs += self._counts[0]
        coverage.commits += self._counts[1]
        coverage.bytes += self._counts[2]

    def merged(self, log: Log) -> Log:
        """Return the log with the steps that were known before."""
        if not self.logged or self._old is None:
            return log
        _, steps, commits, _, _ = self._old
        old = [Step(Commit(*commit), brought, dropped) for commit, brought, dropped in steps]
        seen = {step.commit.id for step in old}
        named = {row[0]: Commit(*row) for row in commits}
        return Log([*(step for step in log.steps if step.commit.id not in seen), *old], named | log.commits)

    def store(
        self, scanned: Scanned, hits: list[Hit], log: Log, tips: Callable[[], Mapping[str, Tip]],
        asked: tuple[str, bool], secrets: list[Secret], hidden: int, coverage: Coverage,
    ) -> None:  # fmt: skip
        """Leave all that to the next scan."""
        if not self._enabled:
            return
        ids = self._known_now(scanned)
        done = {*self.packs, *scanned.packs}
        head = {
            "objects": self._now_objects, "refs": self._refs, "shallow": self._shallow,
            "packs": {path: stamp for path, stamp in self._now_packs.items() if path in done},
            "loose": self._loose, "objects_known": len(ids) // self._width,
            "counts": [coverage.blobs, coverage.commits, coverage.bytes],
            "reports": {asked: ([_row(secret) for secret in secrets], hidden)},
        }  # fmt: skip
        # Paths and people are kept as they are, unless there is a secret among them.
        plain = not any(hit.kind == "tree" or hit.finding.kind in ("author", "committer") for hit in hits)
        steps, commits = log.steps, log.commits
        reached = list(dict.fromkeys(commits_of(tips()).values()))
        numbers = {finding: number for number, finding in enumerate(dict.fromkeys(hit.finding for hit in hits))}
        rest = (
            (list(map(tuple, numbers)), [(hit.id, hit.kind, hit.line, numbers[hit.finding]) for hit in hits]),
            [(tuple(step.commit), step.brought, step.dropped) for step in steps] if plain else [],
            [tuple(commit) for commit in commits.values()] if plain else [],
            ids if len(ids) <= LARGEST else b"",
            reached if plain else [],
        )
        self._cache.store(head, rest)

    def _known_now(self, scanned: Scanned) -> bytes:
        """The ids of all objects that are known after this scan, in order."""
        walked = [packs.id_bytes(file) for file in self._files if file.path in scanned.packs]
        if len(walked) == 1 and not scanned.others and not self._ids:
            # As in any fresh clone; a pack's index is in order.
            return walked[0]
        known = set(self._ids)
        for ids in (*walked, scanned.others):
            known.update(packs.rows(ids, self._width))
        return b"".join(sorted(known))

    def close(self) -> None:
        """Release the entry."""
        if self._rest:
            self._rest.close()


def _row(secret: Secret) -> tuple[Any, ...]:
    life = secret.life
    return tuple(secret.finding), tuple(life._replace(all_places=tuple(map(tuple, life.all_places))))  # type: ignore[arg-type]


def _secret(row: tuple[Any, ...]) -> Secret:
    life = Life(*row[1])
    return Secret(Finding(*row[0]), life._replace(all_places=tuple(Place(*place) for place in life.all_places)))


def _reachable(git: Git, tips: Sequence[str]) -> bool:
    """True when all commits that were reachable from the tips still are."""
    given = "".join(f"{tip}\n" for tip in tips).encode()
    try:
        return not git.output("rev-list", "--max-count=1", "--stdin", "--not", "--all", stdin=given)
    except ScrubjayError:
        return False


def _stamp(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


def _logs(git: Git, folder: str) -> Iterator[tuple[str, int, int]]:
    """The reflogs, which are files in either format of refs, by size and time."""
    for place in dict.fromkeys((folder, git.place().git_dir)):
        for kind in ("logs", "reftable"):
            for parent, folders, names in os.walk(os.path.join(place, kind)):
                folders.sort()
                for name in sorted(names):
                    path = os.path.join(parent, name)
                    try:
                        yield path, *_stamp(path)
                    except OSError:
                        continue


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _rules(matcher: Matcher) -> str:
    """All that a verdict depends on: the rules in use, and the code that judges."""
    from _blake2 import blake2b

    import scrubjay.patterns as code

    here = os.path.dirname(os.path.abspath(__file__))
    folders = (here, os.path.dirname(here), *map(os.path.abspath, code.__path__))
    # By content: in CI the same code is installed anew for each run.
    modules = []
    for folder in folders:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                with open(entry.path, "rb") as file:
                    modules.append((entry.name, blake2b(file.read(), digest_size=16).hexdigest()))
    # What is made of a pattern is not there yet in a process that compiles the rules.
    return repr((modules, [plan._replace(made=b"") for plan in matcher._plans]))


def _sum(key: bytes, texts: Sequence[str]) -> str:
    from _blake2 import blake2b

    digest = blake2b(key=key, digest_size=16)
    for text in texts:
        digest.update(text.encode("utf-8", "surrogateescape") + b"\0")
    return str(digest.hexdigest())
