"""Scans a repository's whole history: every object once, the names of its refs, its reflogs, and the life of a hit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from io import BytesIO
from typing import IO, TYPE_CHECKING, NamedTuple

from ...patterns.errors import INCOMPLETE, ScrubjayError
from ..finding import Fragment, find_in
from ..identity import load_key
from . import commitlog, folders, holders
from .life import ROTATION, Biographer, Graph, Secret
from .memory import Memory
from .objects import missing, scan_objects, walks, whole_pack
from .text import Hit, Judge, hit_of, suspects

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..coverage import Coverage
    from ..git import Git, Spool
    from .packs import PackFile

# Bytes of ids that are looked up at a time.
_LOT = 1 << 23
_ORDER = {"low": 0, "medium": 1, "high": 2}


class Options(NamedTuple):
    """What a scan of the history is to do."""

    confidence: str = "medium"
    all_places: bool = False
    rotation: Mapping[str, int] = ROTATION
    workers: int = 2
    walk: bool = True
    cache: bool = True
    archives: bool = False
    since: str = ""
    now: float = 0


class History(NamedTuple):
    """The secrets of a history, how many more are below the wanted confidence, and how many objects were known."""

    secrets: list[Secret]
    hidden: int
    known: int


class _Scan(NamedTuple):
    """What every step of one scan needs."""

    git: Git
    matcher: Matcher
    coverage: Coverage
    options: Options
    key: bytes
    refs: list[holders.Ref]
    biographer: Biographer
    progress: Callable[[int], None] | None

    def log(self, spool: Spool, hits: list[Hit], every: Callable[[bytes], None] | None = None) -> commitlog.Log:
        """Read what the log says of the hits; `every` gets each id of a blob that it names."""
        return commitlog.read(
            _lines(spool, self.coverage),
            {hit.id.encode() for hit in hits if hit.kind == "blob"},
            {hit.id.encode() for hit in hits if hit.kind == "commit"},
            names=frozenset(name for hit in hits if hit.kind == "tree" for name in self.biographer.names(hit)),
            every=every,
        )

    def log_by(self, told: folders.Folders, spool: Spool, hits: list[Hit]) -> commitlog.Log | None:
        """Read the same from a log without changes and from notes on folders; None where these do not tell all."""
        if any(hit.kind == "tree" for hit in hits):
            return None
        return commitlog.read_by_folders(
            _lines(spool, self.coverage),
            told,
            {hit.id.encode() for hit in hits if hit.kind == "blob"},
            {hit.id.encode() for hit in hits if hit.kind == "commit"},
        )

    def lives(
        self, hits: list[Hit], log: commitlog.Log, graph: Graph, told: folders.Folders | None = None
    ) -> tuple[list[Secret], int]:
        """Return the secrets that are sure enough, with their lives, and how many are left out."""
        kept, hidden = at_least(hits, self.options.confidence)
        secrets = self.biographer.lives(kept, log, graph, self.refs, all_places=self.options.all_places, folders=told)
        _note_shallow(self.git, self.coverage)
        return secrets, hidden


def scan_history(
    git: Git,
    matcher: Matcher,
    coverage: Coverage,
    options: Options,
    *,
    progress: Callable[[int], None] | None = None,
) -> History:
    """Scan everything in a repository. Raises ScrubjayError when git can't read it as a whole."""
    refs = holders.refs(git)
    biographer = Biographer(git, matcher, rotation=options.rotation, now=options.now, workers=options.workers)
    scan = _Scan(git, matcher, coverage, options, load_key(), refs, biographer, progress)
    try:
        return _part(scan) if options.since else _remembered(scan)
    except OutOfTime as limit:
        raise ScrubjayError(str(limit), INCOMPLETE) from None


def _remembered(scan: _Scan) -> History:
    """The whole history: the report of last time if nothing has changed, or else what is new beside what was known."""
    git, coverage, options = scan.git, scan.coverage, scan.options
    memory = Memory(git, scan.matcher, scan.key, scan.refs, read=options.cache, archives=options.archives)
    try:
        if told := memory.report(options.confidence, options.all_places):
            _note_shallow(git, coverage)
            memory.count(coverage)
            return History([scan.biographer.aged(secret) for secret in told[0]], told[1], memory.known)
        with ExitStack() as stack:
            tips = memory.logged_tips()
            # The walk can note what the log's changes are made of, at a part of what they cost git.
            pack = whole_pack(git) if options.walk and not memory.known and folders.available() else None
            log = stack.enter_context(
                closing(commitlog.start(git, exclude=tips, changes=pack is None, folders=not walks(options.walk)))
            )
            reflogs = stack.enter_context(closing(commitlog.reflogs(git)))
            stack.enter_context(closing(scan.biographer))
            if pack is None:
                scan.biographer.begin(scan.refs)
            return _scanned(scan, memory, log, reflogs, pack)
    finally:
        memory.close()


def _scanned(scan: _Scan, memory: Memory, spool: Spool, reflogs: Spool, pack: PackFile | None) -> History:
    git, matcher, coverage, options, key = scan.git, scan.matcher, scan.coverage, scan.options, scan.key
    old = memory.hits(git)
    texts: list[Hit] = []
    read = False

    def read_texts() -> None:
        """What needs no object, once."""
        nonlocal read
        if not read:
            texts.extend(_ref_names(git, matcher, coverage, scan.refs, key))
            texts.extend(_reflogs(reflogs, matcher, coverage, key))
            read = True

    def beside() -> None:
        """That, and what is worth the time only while other processes work."""
        read_texts()
        scan.biographer.prepare(scan.refs)

    scanned = scan_objects(
        git, matcher, coverage, workers=options.workers, key=key, walk=options.walk, progress=scan.progress,
        known_packs=memory.packs, known=memory.known_id, archives=options.archives, noting=pack is not None,
        log=spool.lines, beside=beside,
    )  # fmt: skip
    read_texts()
    memory.count(coverage)
    if not memory.known and not any(scanned.objects.values()):
        raise ScrubjayError("this repository holds no objects, so nothing was scanned", INCOMPLETE)
    objects = list({hit: None for hit in (*old, *scanned.hits)})
    hits = [*objects, *texts]
    complete = not coverage.skipped
    with ExitStack() as stack:
        told = None
        if pack is not None and scanned.notes:
            told = stack.enter_context(closing(folders.Folders(pack, scanned.notes)))
        log = scan.log_by(told, spool, objects) if told else None
        if log is None:
            told = None
            if pack is not None:
                spool = stack.enter_context(closing(commitlog.start(git)))
            named = _Named(git, coverage)
            every: Callable[[bytes], None] | None = named.add
            if scanned.unlisted is not None:
                # The log was read for them.
                named.add(scanned.unlisted)
                every = None
            log = memory.merged(scan.log(spool, objects, every))
            named.check()
        complete = complete and not coverage.skipped
        headers = log.headers

        def graph() -> Iterable[tuple[str, str]]:
            return commitlog.graph(git) if memory.logged else commitlog.parents(_lines(spool, coverage), headers)

        secrets, hidden = scan.lives(hits, log, graph, told)
    if complete:
        asked = (options.confidence, options.all_places)
        memory.store(
            scanned, objects, log, lambda: scan.biographer.tips(scan.refs), asked, secrets, hidden, coverage
        )  # fmt: skip
    return History(secrets, hidden, memory.known)


def _part(scan: _Scan) -> History:
    """What the commits since a revision or date brought."""
    from .since import brought, resolve, scan_since

    git, matcher, coverage, options, key = scan.git, scan.matcher, scan.coverage, scan.options, scan.key
    since = resolve(git, options.since)
    spool = commitlog.start(git, exclude=since.exclude, also=since.words)
    try:
        judge = Judge(matcher, coverage, key, archives=options.archives)
        scan_since(git, matcher, judge, coverage, since, workers=options.workers, progress=scan.progress)
        if not coverage.commits:
            coverage.leave_out("history", f"no commits since {options.since}")
        hits = sorted(set(judge.hits))
        log = scan.log(spool, hits)
        hits = brought(git, matcher, key, hits, log, _lines(spool, coverage), options.archives, coverage)
    finally:
        spool.close()
    secrets, hidden = scan.lives(hits, log, lambda: commitlog.graph(git))
    return History(secrets, hidden, 0)


class OutOfTime(Exception):
    """The time limit was reached; raised by a progress function."""


class _Named:
    """The blobs that the log names, which must be here."""

    def __init__(self, git: Git, coverage: Coverage) -> None:
        self._git, self._coverage = git, coverage
        self._ids = bytearray()

    def add(self, ids: bytes) -> None:
        """Remember some ids; checked in large lots."""
        self._ids += ids
        if len(self._ids) >= _LOT:
            self.check()

    def check(self) -> None:
        """Record the ids that are missing."""
        if lost := missing(self._git, self._ids.decode()) if self._ids else []:
            reason = f"{len(lost)} files of commits are missing here, such as {lost[0]}"
            self._coverage.skip("history", f"{reason}; a partial clone or a damage: fetch them, or scan a full clone")
        self._ids.clear()


def _lines(spool: Spool, coverage: Coverage) -> IO[bytes]:
    """The lines of the log; without a log the lives are not known, which is a gap."""
    try:
        return spool.lines()
    except ScrubjayError as error:
        if all(str(error) != gap.reason for gap in coverage.skipped):
            coverage.skip("history", str(error))
        return BytesIO()


def at_least(hits: list[Hit], confidence: str) -> tuple[list[Hit], int]:
    """Return all hits of the secrets that are this sure in at least one place, and how many secrets are left out."""
    wanted = {hit.finding.fingerprint for hit in hits if _ORDER[hit.finding.confidence] >= _ORDER[confidence]}
    kept = [hit for hit in hits if hit.finding.fingerprint in wanted]
    return kept, len({hit.finding.fingerprint for hit in hits} - wanted)


def _ref_names(git: Git, matcher: Matcher, coverage: Coverage, refs: list[holders.Ref], key: bytes) -> Iterator[Hit]:
    """The names of refs, and where HEAD points even if nothing is there yet."""
    listed = dict.fromkeys((ref.name, ref.id) for ref in refs)
    head = git.output("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)).decode("utf-8", "surrogateescape").strip()
    if head and all(name != head for name, _ in listed):
        listed[(head, "")] = None
    # Matched as one text first, because there may be many and seldom something in one.
    together = "\n".join(name for name, _ in listed).encode("utf-8", "surrogateescape")
    for name, target in listed if suspects(matcher, together) else ():
        fragment = Fragment(name.encode("utf-8", "surrogateescape"), name, "ref")
        for finding in find_in(matcher, fragment, coverage, key):
            yield hit_of(target, "ref", finding)


def _reflogs(spool: Spool, matcher: Matcher, coverage: Coverage, key: bytes) -> Iterator[Hit]:
    """The messages and people of reflogs."""
    seen: set[bytes] = set()
    for line in spool.lines().read().splitlines():
        name, message, person, target = (line.split(b"\0") + [b""] * 4)[:4]
        for text in (message, person):
            if text in seen:
                continue
            seen.add(text)
            fragment = Fragment(text, name.decode("utf-8", "surrogateescape"), "reflog")
            for finding in find_in(matcher, fragment, coverage, key):
                yield hit_of(target.decode(), "reflog", finding)


def _note_shallow(git: Git, coverage: Coverage) -> None:
    if git.output("rev-parse", "--is-shallow-repository").strip() == b"true":
        coverage.skip(
            "history", "this is a shallow clone, older commits are missing; fetch them: git fetch --unshallow"
            " (actions/checkout: fetch-depth: 0)",
        )  # fmt: skip
