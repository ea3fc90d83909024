"""The life of a secret: one row for each rule and value, with who brought it when and where, and who still holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

from ...patterns.errors import ScrubjayError
from ..finding import Finding, shown
from .commitlog import Commit, Log
from .holders import (
    MANY,
    Differences,
    Ref,
    Tip,
    Wanted,
    commits_of,
    differences,
    in_files,
    in_folders,
    in_history,
    peeled,
)
from .text import Hit, names

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..git import Git
    from .folders import Folders

Graph = Callable[[], Iterable[tuple[str, str]]]

# Days after which a secret of this risk should have been replaced.
ROTATION = {"high": 30, "standard": 90, "low": 180}
_ORDER = {"low": 0, "medium": 1, "high": 2}
_DAY = 86400
UNKNOWN = "unknown"
# Turns the digits of a number into zeros and ones.
_DIGITS = bytes.maketrans(b"01", b"\0\1")
HEAD = "HEAD"


class Place(NamedTuple):
    """One place of a secret: an object, and for a file the path and the commit that brought this version of it."""

    kind: str
    object: str
    path: str
    line: int
    column: int
    commit: str | None
    time: int


class Life(NamedTuple):
    """What became of a secret. Commits are dictionaries as in reports; `refs` are those that still hold it."""

    risk: str
    first: dict[str, Any] | None
    last: dict[str, Any] | None
    removed: dict[str, Any] | None
    in_head: bool
    refs: tuple[str, ...]
    owners: tuple[str, ...]
    age_days: int | None
    rotate_after_days: int
    overdue: bool
    objects: int
    places: int
    all_places: tuple[Place, ...] = ()


class Secret(NamedTuple):
    """A finding that stands for all places of one value, and its life."""

    finding: Finding
    life: Life


class _Gathered:
    """What is known of one secret while it is put together."""

    def __init__(self, finding: Finding, number: int) -> None:
        self.finding = finding
        # The bit that stands for the secret in the sets of what refs hold, which are numbers.
        self.number = number
        self.hits: list[Hit] = []
        self.places: list[tuple[Commit | None, bytes, Hit]] = []
        self.removed: Commit | None = None


class Biographer:
    """Turns hits into secrets with their lives. `rotation` are days by risk; `now` is the time that ages count to."""

    def __init__(
        self, git: Git, matcher: Matcher, *, rotation: Mapping[str, int], now: float, workers: int = 1
    ) -> None:
        self._git, self._matcher, self._rotation, self._now, self._workers = git, matcher, rotation, now, workers
        self._tips: dict[str, Tip] | None = None
        self._between: Differences | None = None
        self._shown: dict[str, str] = {}
        self._risks: dict[str, str] = {}
        self._people: dict[str, dict[str, Any]] = {}
        self._owners: Callable[[str], tuple[str, ...]] | None = None

    def begin(self, refs: Sequence[Ref]) -> None:
        """Have git list beside other work what `lives` will need to know of many refs; `close` ends that."""
        if len(refs) >= MANY:
            self._between = differences(self._git, refs, self.tips(refs))

    def prepare(self, refs: Sequence[Ref]) -> None:
        """Read what `lives` will need whatever is found."""
        self.tips(refs)
        self._owners = self._owners or self._read_owners()

    def tips(self, refs: Sequence[Ref]) -> dict[str, Tip]:
        """Return what the refs mean in the end, which git is asked once."""
        if self._tips is None:
            self._tips = peeled(self._git, refs)
        return self._tips

    def close(self) -> None:
        """Drop what `begin` has started."""
        if self._between is not None:
            self._between.close()

    def lives(
        self,
        hits: Iterable[Hit],
        log: Log,
        graph: Graph,
        refs: Sequence[Ref],
        *,
        all_places: bool = False,
        folders: Folders | None = None,
    ) -> list[Secret]:
        """Return a secret for each fingerprint among the hits, sorted by the place that stands for it.

        `graph` lists all commits with their parents, if it is asked to; `folders` know where the hits' blobs are.
        """
        gathered = self._gather(hits)
        by_object: dict[str, list[tuple[_Gathered, Hit]]] = {}
        by_name: dict[bytes, list[tuple[_Gathered, Hit]]] = {}
        for one in gathered.values():
            for hit in one.hits:
                if hit.kind == "tree":
                    for name in self.names(hit):
                        by_name.setdefault(name, []).append((one, hit))
                else:
                    by_object.setdefault(hit.id, []).append((one, hit))
        wanted = self._place(log, by_object, by_name)
        commits = set()
        for target, found in by_object.items():
            for one, hit in found:
                if hit.kind == "commit":
                    one.places.append((log.commits.get(target), b"", hit))
                    commits.add(target)
                elif hit.kind != "blob":
                    one.places.append((None, b"", hit))
        holding = self._holding(graph, refs, wanted, commits, by_object, folders)
        owners = self._owners or self._read_owners()
        secrets = [
            self._secret(one, holding.get(number, ()), owners, all_places)
            for number, one in enumerate(gathered.values())
        ]
        return sorted(secrets, key=lambda secret: (secret.finding.path, secret.finding.line, secret.finding.column))

    def _gather(self, hits: Iterable[Hit]) -> dict[str, _Gathered]:
        gathered: dict[str, _Gathered] = {}
        for hit in hits:
            one = gathered.get(hit.finding.fingerprint)
            if one is None:
                one = gathered[hit.finding.fingerprint] = _Gathered(hit.finding, len(gathered))
            elif _ORDER[hit.finding.confidence] > _ORDER[one.finding.confidence]:
                one.finding = hit.finding
            one.hits.append(hit)
        return gathered

    def names(self, hit: Hit) -> list[bytes]:
        """Return the names in a tree that this hit is about; it keeps only their masked form."""
        found = next(iter(self._git.objects([hit.id])))
        data = found.data if isinstance(found.data, bytes) else b"".join(found.data)
        return [
            name
            for name in names(data, len(hit.id) // 2)
            if self._show(name.decode("utf-8", "surrogateescape")) == hit.finding.path
        ]

    def _place(
        self,
        log: Log,
        by_object: Mapping[str, list[tuple[_Gathered, Hit]]],
        by_name: Mapping[bytes, list[tuple[_Gathered, Hit]]],
    ) -> Wanted:
        wanted = Wanted()
        placed: set[int] = set()
        bits: dict[str, int] = {}
        for step in log.steps:
            brought: set[int] = set()
            for name, path in step.brought:
                found = by_object.get(name, ())
                for one, hit in found:
                    one.places.append((step.commit, path, hit))
                    placed.add(id(hit))
                    brought.add(one.number)
                if name not in bits:
                    bits[name] = _bits(found)
                wanted.add(path, name, bits[name])
                for part in path.split(b"/") if by_name else ():
                    for one, hit in by_name.get(part, ()):
                        one.places.append((step.commit, path, hit))
                        placed.add(id(hit))
                        brought.add(one.number)
                        wanted.add(path, "", 1 << one.number)
            for name, path in step.dropped:
                gone = [
                    *by_object.get(name, ()),
                    *(pair for part in path.split(b"/") for pair in by_name.get(part, ())),
                ]
                for one, _ in gone:
                    if one.number not in brought and one.removed is None:
                        one.removed = step.commit
        for pairs in (*by_object.values(), *by_name.values()):
            for one, hit in pairs:
                if hit.kind in ("blob", "tree") and id(hit) not in placed:
                    one.places.append((None, b"", hit))
        return wanted

    def _holding(
        self,
        graph: Graph,
        refs: Sequence[Ref],
        wanted: Wanted,
        commits: set[str],
        by_object: Mapping[str, list[tuple[_Gathered, Hit]]],
        folders: Folders | None,
    ) -> dict[int, tuple[str, ...]]:
        """The names of the refs that hold each secret, by its number."""
        tips = self.tips(refs) if commits or wanted.below else {}
        if folders is None:
            by_tip = in_files(self._git, tips, wanted, self._between, workers=self._workers)
        else:
            by_tip = in_folders(self._git, tips, wanted, folders, {name: _bits(by_object[name]) for name in by_object})
        if commits:
            for tip, found in in_history(graph(), commits_of(tips), commits).items():
                for name in found:
                    by_tip[tip] |= _bits(by_object.get(name, ()))
        # A tag's own text, and a blob that a ref names.
        held = [by_tip.get(ref.id, 0) | _bits(by_object.get(ref.id, ())) for ref in refs]
        size = max(held, default=0).bit_length()
        rows = [format(bits, f"0{size}b").encode().translate(_DIGITS) for bits in held]
        names = [ref.name if ref.name == HEAD else self._show(ref.name) for ref in refs]
        # Many secrets are held by the same refs.
        named = cache(lambda column: tuple(compress(names, column)))
        return dict(enumerate(map(named, reversed(list(zip(*rows, strict=True))))))

    def _read_owners(self) -> Callable[[str], tuple[str, ...]]:
        """A function from a path to its owners, by HEAD's CODEOWNERS."""
        places = (".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
        try:
            files = [found.head() for found in self._git.objects(f"HEAD:{place}" for place in places) if found.kind]
        except ScrubjayError:
            # A partial clone lacks them, which the coverage tells.
            files = []
        if not files:
            return lambda path: ()
        from codeowners import CodeOwners

        rules = CodeOwners(files[0].decode("utf-8", "replace"))
        return cache(lambda path: tuple(self._show(name) for _, name in rules.of(path)))

    def _secret(
        self, one: _Gathered, refs: tuple[str, ...], owners: Callable[[str], tuple[str, ...]], all_places: bool
    ) -> Secret:
        dated = [place for place in one.places if place[0] is not None]
        first = min(reversed(dated), key=_time, default=None)
        last = max(dated, key=_time, default=None)
        stands = last or one.places[0]
        finding = (
            stands[2]
            .placed()
            ._replace(
                path=self._path(stands), commit=stands[0].id if stands[0] else None, confidence=one.finding.confidence
            )
        )
        risk = self._risk(finding.rule)
        in_head = refs[:1] == (HEAD,)
        began = self._told(first)
        life = Life(
            risk,
            began,
            self._told(last),
            None if in_head or one.removed is None else self._who(one.removed),
            in_head,
            refs[1:] if in_head else refs,
            owners(stands[1].decode("utf-8", "surrogateescape")) if stands[1] else (),
            *self._age(began, risk),
            len({hit.id for hit in one.hits}),
            len(one.places),
            tuple(sorted({self._listed(place) for place in one.places}, key=lambda place: (place.time, place)))
            if all_places
            else (),
        )
        return Secret(finding, life)

    def aged(self, secret: Secret) -> Secret:
        """Return a secret with its age as of now, by the rotation of its risk."""
        age, after, overdue = self._age(secret.life.first, secret.life.risk)
        return secret._replace(life=secret.life._replace(age_days=age, rotate_after_days=after, overdue=overdue))

    def _age(self, first: Mapping[str, Any] | None, risk: str) -> tuple[int | None, int, bool]:
        """The age in days of what a commit brought, after how many it should be replaced, and whether it is overdue."""
        age = None
        if first is not None and first["date"] != UNKNOWN:
            from datetime import datetime

            began = datetime.fromisoformat(first["date"]).timestamp()
            age = max(0, int((self._now - began) // _DAY))
        after = self._rotation[risk]
        return age, after, age is not None and age > after

    def _told(self, place: tuple[Commit | None, bytes, Hit] | None) -> dict[str, Any] | None:
        if place is None or place[0] is None:
            return None
        return self._who(place[0]) | {"path": self._path(place)}

    def _who(self, commit: Commit) -> dict[str, Any]:
        found = self._people.get(commit.id)
        if found is None:
            found = {"commit": commit.id, "author": self._show(commit.author), "date": date(commit.time)}
            self._people[commit.id] = found
        return found

    def _listed(self, place: tuple[Commit | None, bytes, Hit]) -> Place:
        commit, _, hit = place
        finding = hit.finding
        return Place(
            finding.kind, hit.id, self._path(place), hit.line, finding.column,
            commit.id if commit else None, commit.time if commit else 0,
        )  # fmt: skip

    def _path(self, place: tuple[Commit | None, bytes, Hit]) -> str:
        _, path, hit = place
        # In an archive, the way inside is the finding's path.
        inside = hit.finding.path if hit.kind == "blob" else ""
        if path:
            return self._show(path.decode("utf-8", "surrogateescape")) + inside
        return f"{hit.kind} {hit.id}{inside}" if hit.kind in ("blob", "commit", "tag") else hit.finding.path

    def _show(self, text: str) -> str:
        """Text that may be shown, remembered: the same few names are in all rows."""
        found = self._shown.get(text)
        if found is None:
            found = self._shown[text] = shown(self._matcher, text)
        return found

    def _risk(self, rule: str) -> str:
        if rule not in self._risks:
            self._risks[rule] = self._matcher.plan(rule).risk
        return self._risks[rule]


def date(time: int) -> str:
    """Return a time as ISO 8601 in UTC."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return UNKNOWN


def _bits(found: Iterable[tuple[_Gathered, Hit]]) -> int:
    numbers = {one.number for one, _ in found}
    # One number at a time would copy all of them as often.
    bits = bytearray(max(numbers, default=0) // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def _time(place: tuple[Commit | None, bytes, Hit]) -> int:
    return place[0].time if place[0] else 0
