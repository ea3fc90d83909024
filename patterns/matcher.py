"""The matcher: candidates from an engine, exact spans by `regex`, then checks. Bytes in, matches out; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import thread_time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .errors import MatchTimeout, ScrubjayError
from .expressions import Expressions
from .match import Match, mask
from .rule import HEAD_LENGTH, Plan, Rule
from .verdicts import NOTHING, PUBLISHED, UNGRADED, Span, only_grading, settled, touched, verdict_of, why_dummy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .fronts import Fronts
    from .hyperscan_engine import Rider

Region = tuple[int, int]
Regions = dict[int, list[Region]]
# Seconds of the processor that one rule may spend on one region; far above any honest text. The clock's would go on
# while a busy machine lets others work.
SPAN_TIMEOUT = 2.0
# Values whose verdict is remembered, and lines of which it is remembered whether a match may go on behind them.
VERDICTS = 2048
LONGEST_REMEMBERED = 2048
# Modules that are loaded when they are first needed.
_LATER = ("checks", "decode", "keyfiles", "value_model", "values")


class Engine(Protocol):
    """Stage one: names the places where a rule may match."""

    name: str

    def candidates(self, data: Any) -> tuple[Regions, Regions]:
        """Return start regions by plan index: for matches, and for the openers of block rules."""

    def dump(self) -> bytes:
        """Return what the engine's constructor takes as `serialized`."""


class Limits(NamedTuple):
    """Longest match in bytes, lookarounds included: of rules that stay on a line, and of block rules."""

    line: int
    block: int
    behind: int


class Matcher:
    """Finds secrets in bytes by a fixed set of rules. Immutable and safe to share between threads.

    >>> matcher = Matcher.default()
    >>> for match in matcher.find(data):
    ...     print(match.rule, match.start, match.end, match.masked)
    """

    def __init__(self, rules: Sequence[Rule], *, engine: str = "") -> None:
        """Compile the rules. `engine` is "hyperscan", "keywords", or "" for the first one that is installed.

        Raises ScrubjayError when a rule can't be compiled or the engine is not installed.
        """
        from .load import plan

        plans = tuple(plan(rule) for rule in rules)
        self._set(plans, engine_class(engine)(plans), tuple(rules))

    def _set(self, plans: tuple[Plan, ...], engine: Engine, rules: tuple[Rule, ...] | None, entry: str = "") -> None:
        self._plans = plans
        self._engine = engine
        self._rules = rules
        self._dummies: frozenset[bytes] | None = None
        self._custom: Mapping[str, Any] | None = None
        self._expressions = Expressions(plans, entry)
        self._fronts: Fronts | None = None
        # By the id of a rule: the rules whose values name its key; see pairs.py.
        names = {p.id for p in plans if p.identifier}
        self.partners = {p.id: names & set(p.pairs_with) for p in plans if p.pairs_with and not p.identifier}
        self._verdicts: dict[tuple[int, bytes, tuple[bytes, bytes]], tuple[str, tuple[str, ...]]] = {}
        self._goes_on: dict[tuple[int, int, bytes], bool] = {}
        self.limits: Limits = Limits(
            line=max((p.max_width + p.ahead for p in plans if not p.opener), default=0),
            block=max((p.max_width + p.ahead for p in plans if p.opener), default=0),
            behind=max((p.behind for p in plans), default=0),
        )

    @classmethod
    def default(
        cls,
        *,
        engine: str = "",
        cache: bool = True,
        custom: Mapping[str, Any] | None = None,
        riders: Sequence[Rider] = (),
    ) -> Matcher:
        """Return a matcher with the shipped rules; the compiled form is kept in the user's cache folder.

        `custom` is what a user's settings say of rules, see `custom.adapted`; `riders` are expressions of the caller's
        that `find_open_and_rides` looks for too. Raises ScrubjayError as the constructor does, and RuleError for
        settings that can't be used.
        """
        from .load import load, plan, read_shipped

        sources = read_shipped()
        shipped = len(sources)
        if custom:
            sources.append(_source(custom))
        kind = engine_class(engine)
        options: dict[str, Any] = {}
        if riders and kind.name == "hyperscan":
            options["riders"] = tuple(riders)
        self = cls.__new__(cls)
        if cache:
            from . import cache as cached

            rode = [("riders", repr(riders).encode())] if options else []
            name = cached.key([*sources, *rode], cached.engine_version(kind))
            if entry := cached.load(name):
                plans, serialized = entry
                try:
                    self._set(plans, kind(plans, serialized or None, **options), None, name)
                    self._custom = custom
                    return self
                except ValueError:
                    # Made on another processor, in a shared home: compile again.
                    pass
        rules = load(sources[:shipped])
        if custom:
            from .custom import adapted

            rules = adapted(rules, custom)
        plans = tuple(plan(rule) for rule in rules)
        compiled = kind(plans, **options)
        if cache:
            cached.store(name, plans, compiled.dump())
        self._set(plans, compiled, rules, name if cache else "")
        return self

    def prepare(self) -> None:
        """Load what large texts need sooner or later, so that copies of this process need not load it each."""
        from importlib import import_module

        if any(plan.made for plan in self._plans):
            from .expressions import matching_part

            matching_part()
        for part in _LATER:
            import_module(f"{__package__}.{part}")

    @property
    def engine(self) -> str:
        """Name of the engine in use: hyperscan or keywords."""
        return self._engine.name

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, with their documentation."""
        if self._rules is None:
            from .load import load, read_shipped

            rules = load(read_shipped())
            if self._custom:
                from .custom import adapted

                rules = adapted(rules, self._custom)
            names = {plan.id for plan in self._plans}
            self._rules = tuple(rule for rule in rules if rule.id in names)
        return self._rules

    def rule(self, name: str) -> Rule:
        """Return the rule with this id; raises ScrubjayError when there is none."""
        for rule in self.rules:
            if rule.id == name:
                return rule
        raise ScrubjayError(f"there is no rule {name}; `scrubjay rules list` shows all")

    def plan(self, name: str) -> Plan:
        """Return the running part of the rule with this id, which is at hand without reading the rule files."""
        return next(plan for plan in self._plans if plan.id == name)

    def find(self, data: Any, start: int = 0) -> list[Match]:
        """Return the secrets in `data` (any bytes-like object) whose match begins at `start` or later, in order.

        Where matches overlap, a provider's rule wins over a generic one, then the higher confidence, then the longer.
        Raises MatchTimeout when a rule ran out of time, so that silence always means that all was examined.
        """
        regions, _ = self._engine.candidates(data)
        if not regions:
            return []
        return self.resolved(self._spans(data, regions, start, spare=True), data)

    def find_and_tell(self, data: Any) -> tuple[list[Match], list[tuple[int, int]]]:
        """Like `find`, and also tell where block rules begin that other lines may complete, and how far they reach."""
        regions, openers = self._engine.candidates(data)
        plans = self._plans
        opened = [
            (begin, plans[index].max_width + plans[index].ahead) for index, begin, _ in self._opened(data, openers)
        ]
        return self.resolved(self._spans(data, regions, 0, spare=True), data) if regions else [], opened

    def begins(self, line: bytes) -> bool:
        """True when an unfinished line holds a rule's keyword, so that it may be the beginning of a secret."""
        text = line.decode("latin-1").lower()
        return any(mark.lower() in text for plan in self._plans for mark in plan.keywords if len(mark) > 2)

    @property
    def fronts(self) -> Fronts:
        """What finds the beginnings of secrets in a text that comes in pieces."""
        if self._fronts is None:
            from .fronts import Fronts

            self._fronts = Fronts(self._plans)
        return self._fronts

    @property
    def blocks(self) -> dict[bytes, int]:
        """The keywords of rules that may span lines, in lower case, and how long a match around each can be."""
        widths: dict[bytes, int] = {}
        for plan in self._plans:
            for keyword in plan.keywords if plan.opener else ():
                word = keyword.lower().encode()
                widths[word] = max(widths.get(word, 0), plan.max_width + plan.ahead)
        return widths

    def explain(self, data: Any) -> list[Span]:
        """Return every place where a rule's pattern fits, also those that a check dropped, with the reasons."""
        regions, _ = self._engine.candidates(data)
        return sorted(self._spans(data, regions, 0), key=lambda span: (span.begin, span.plan.id))

    def costs(self, data: Any) -> dict[str, tuple[int, float]]:
        """Return, by rule, how many places of the data were looked at closely, and the seconds that took."""
        regions, _ = self._engine.candidates(data)
        costs = {}
        for index, places in regions.items():
            begin = thread_time()
            for _ in self._spans(data, {index: places}, 0):
                pass
            costs[self._plans[index].id] = len(places), thread_time() - begin
        return costs

    def suspects(self, data: Any) -> tuple[list[Region], list[Span]]:
        """Return where something may be found in any text that holds this data, in no order: first and last offsets,
        and spans.

        The spans are the matches, also overlapping ones but for generic ones that a provider beats; the offsets are of
        beginnings of block rules, whose end may be elsewhere. A text without any is clean. For large histories.
        """
        regions, openers = self._engine.candidates(data)
        try:
            places = [(begin, end) for _, begin, end in self._opened(data, openers)]
            return places, [span for span in self._spans(data, regions, 0, spare=True) if span.confidence]
        except MatchTimeout:
            return [(0, len(data))], []

    def _opened(self, data: Any, openers: Regions) -> list[tuple[int, int, int]]:
        """Where block rules begin that may go on behind the line, as (index, begin, end of the line).

        What contradicts them in the line, always does.
        """
        places: list[tuple[int, int, int]] = []
        if not openers:
            return places
        text = bytes(data)
        for index, regions in openers.items():
            begins, pattern = self._expressions.head(index), self._expressions.pattern(index)
            for low, high in _merged(regions):
                ends = thread_time() + SPAN_TIMEOUT
                while (place := begins.search(text, low, high + HEAD_LENGTH)) and place.start() <= high:
                    start = place.start()
                    end = text.find(b"\n", place.end()) + 1 or len(text)
                    # The same few lines are in thousands of versions of a file.
                    before = min(start, self._plans[index].behind)
                    case = index, before, text[start - before : end]
                    goes_on = self._goes_on.get(case)
                    if goes_on is None:
                        tried = self._tried(index, ends, pattern.fullmatch, text, start, end, partial=True)
                        goes_on = tried is not None
                        _remember(self._goes_on, case, goes_on, end - start)
                    if goes_on:
                        places.append((index, start, end))
                    low = start + 1
        return places

    def find_and_open(self, data: Any, start: int, end: int) -> tuple[list[Match], int]:
        """Like `find`, and also return from where a block rule could still match once more than `end` bytes are known.

        The second value is `end` when nothing is open.
        """
        regions, openers = self._engine.candidates(data)
        open_from = self._open_from(data, start, end, openers) if openers else end
        return self.resolved(self._spans(data, regions, start, spare=True), data) if regions else [], open_from

    def find_open_and_rides(self, data: Any, start: int, end: int) -> tuple[list[Span], int, list[tuple[int, int]]]:
        """Like `find_and_open`, and also return where the riders' expressions end: (kind, end), in no order.

        It is for those who mask whatever is found: a check that can't drop a match is not made, so that a span's
        confidence may be that of its rule, and its reasons say so.
        """
        regions, openers, rides = self._engine.candidates_and_rides(data)  # type: ignore[attr-defined]
        if not regions and not openers:
            return [], end, rides
        open_from = self._open_from(data, start, end, openers) if openers else end
        spans = self._kept(self._spans(data, regions, start, spare=True, graded=False), data) if regions else []
        return spans, open_from, rides

    @property
    def rides(self) -> bool:
        """True if the matcher was made with riders, and its engine takes them."""
        return bool(getattr(self._engine, "kinds", ()))

    def _open_from(self, data: Any, start: int, end: int, openers: Regions) -> int:
        open_from = end
        for index, regions in openers.items():
            for low, high in _merged(regions):
                open_from = min(open_from, *self._partial(index, data, max(low, start), high, end), end)
        return open_from

    def _partial(self, index: int, data: Any, low: int, high: int, end: int) -> Iterator[int]:
        """From where, in a region, a block rule could match once more than `end` bytes are known."""
        begins, pattern = self._expressions.head(index), self._expressions.pattern(index)
        plan = self._plans[index]
        # What began further back is as long as it can be: `regex` may call it partial all the same.
        position = max(low, end - plan.max_width - plan.ahead)
        ends = thread_time() + SPAN_TIMEOUT
        while (place := begins.search(data, position, high + HEAD_LENGTH)) and place.start() <= high:
            position = place.start() + 1
            if self._tried(index, ends, pattern.fullmatch, data, place.start(), end, partial=True):
                yield place.start()

    def _spans(
        self, data: Any, regions: Regions, start: int, *, spare: bool = False, graded: bool = True
    ) -> Iterable[Span]:
        """The spans at these places; with `spare`, without those of generic rules that a provider's beats anyway.

        Spans that are not `graded` have their rule's confidence where no check can drop them.
        """
        size = len(data)
        plans = self._plans
        order = sorted(regions, key=lambda index: plans[index].generic) if spare else regions
        proved: list[Span] = []
        taken: list[Region] | None = None
        for index in order:
            places = regions[index]
            plan = plans[index]
            generic = plan.generic
            if spare and generic and taken is None:
                taken = [(span.start, span.end) for span in settled(proved, data)]
            judged = self._judged if graded or not only_grading(plan) else self._ungraded
            pattern = self._expressions.pattern(index)
            timed = plan.timed
            reach = plan.max_width + plan.ahead
            position = start
            for low, high in _merged(places):
                if low > position:
                    position = low
                limit = high + reach
                if limit > size:
                    limit = size
                ends = thread_time() + SPAN_TIMEOUT if timed else 0.0
                while position <= high:
                    if low < high:
                        place = self._expressions.head(index).search(data, position, high + HEAD_LENGTH)
                        if place is None or (position := place.start()) > high:
                            break
                    if timed:
                        found = self._tried(index, ends, pattern.match, data, position, limit)
                    else:
                        found = pattern.match(data, position, limit)
                    position += 1
                    if found is not None:
                        if taken and touched(taken, *found.span("secret")):
                            # Judging a value by its looks is what takes the time.
                            continue
                        span = judged(index, data, found)
                        yield span
                        if span.confidence:
                            if spare and not generic:
                                proved.append(span)
                            position = span.finish

    def _tried(self, index: int, ends: float, method: Any, data: Any, low: int, limit: int, **options: bool) -> Any:
        """Try a pattern at one place, within what is left of its region's time."""
        left = ends - thread_time()
        try:
            if left > 0:
                return method(data, low, limit, timeout=left, **options)
        except TimeoutError:
            pass
        raise MatchTimeout(self._plans[index].id)

    def _judged(self, index: int, data: Any, found: Any) -> Span:
        """Stage three: run the rule's checks on one span. The same value is in thousands of versions of a file."""
        plan = self._plans[index]
        begin, finish = found.span()
        start, end = found.span("secret")
        # The text around a value says how to judge it; a provider's format needs none.
        around = (bytes(data[begin:start]), bytes(data[end:finish])) if plan.value else NOTHING
        value = bytes(data[start:end])
        case = index, value, around
        verdict = self._verdicts.get(case)
        if verdict is None:
            verdict = verdict_of(plan, value, around)
            if verdict[0] and plan.generic and self._published(value):
                verdict = "", (PUBLISHED,)
            _remember(self._verdicts, case, verdict, len(value))
        # As `Span(...)`, in half the time.
        return tuple.__new__(Span, (plan, begin, start, end, finish, *verdict))

    def _ungraded(self, index: int, data: Any, found: Any) -> Span:
        """Like `_judged`, without the checks."""
        plan = self._plans[index]
        begin, finish = found.span()
        start, end = found.span("secret")
        value = bytes(data[start:end])
        reason = why_dummy(plan, value)
        if reason:
            return Span(plan, begin, start, end, finish, "", (reason,))
        return tuple.__new__(Span, (plan, begin, start, end, finish, plan.confidence, UNGRADED))

    def _published(self, value: bytes) -> bool:
        """True for a dummy value that any rule knows; generic rules know none of their own."""
        if self._dummies is None:
            self._dummies = frozenset(dummy for plan in self._plans for dummy in plan.allow)
        return value in self._dummies

    def resolved(self, spans: Iterable[Span], data: Any) -> list[Match]:
        """Return the matches that these spans are, without those that another one beats."""
        return [
            Match(s.plan.id, s.start, s.end, s.begin, s.finish, s.confidence, mask(s.plan.prefix), s.reasons)
            for s in self._kept(spans, data)
        ]

    @staticmethod
    def _kept(spans: Iterable[Span], data: Any) -> list[Span]:
        found = [span for span in spans if span.confidence]
        return settled(found, data) if len(found) > 1 else found


def _remember(memo: dict[Any, Any], case: Any, told: Any, size: int) -> None:
    """Note what was told of a text of this size, within bounds."""
    if size <= LONGEST_REMEMBERED:
        if len(memo) >= VERDICTS:
            memo.clear()
        memo[case] = told


def _merged(places: list[Region]) -> list[Region]:
    """Regions in order, joined where they overlap."""
    if len(places) == 1:
        return places
    merged: list[Region] = []
    last = -2
    for region in sorted(places):
        low, high = region
        if low > last + 1:
            merged.append(region)
            last = high
        elif high > last:
            merged[-1] = (merged[-1][0], high)
            last = high
    return merged


def _source(custom: Mapping[str, Any]) -> tuple[str, bytes]:
    """What a user's settings say of rules as a source, for the name of the cache entry."""
    import json

    return ".scrubjay.toml", json.dumps(custom, sort_keys=True, default=str).encode()


def installed_engines() -> list[str]:
    """Return the names of the engines that can be used here, the fastest first."""
    from importlib.util import find_spec

    return [name for name, module in (("hyperscan", "hyperscan"), ("keywords", "ahocorasick")) if find_spec(module)]


def engine_class(name: str) -> Any:
    """Return the class of an engine by name; "" takes the first that is installed."""
    from importlib import import_module

    modules = {"hyperscan": "hyperscan", "keywords": "ahocorasick"}
    if name and name not in modules:
        raise ScrubjayError(f"there is no engine {name}; choose {' or '.join(modules)}")
    for engine in [name] if name else list(modules):
        try:
            import_module(modules[engine])
        except ImportError:
            continue
        if engine == "hyperscan":
            from .hyperscan_engine import HyperscanEngine

            return HyperscanEngine
        from .keyword_engine import KeywordEngine

        return KeywordEngine
    raise ScrubjayError(f"engine {name or 'hyperscan'} is not installed; pip install {modules[name or 'hyperscan']}")
