"""The matcher: candidates from an engine, exact spans by `regex`, then checks. Bytes in, matches out; no I/O."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .errors import MatchTimeout, ScrubjayError
from .match import Match, mask
from .rule import CONFIDENCES, HEAD_LENGTH, Plan, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .checks import Outcome
    from .hyperscan_engine import Rider

Region = tuple[int, int]
Regions = dict[int, list[Region]]
# Seconds that one rule may spend on one region; far above any honest text.
SPAN_TIMEOUT = 2.0
# Values whose verdict is remembered.
VERDICTS = 2048
LONGEST_REMEMBERED = 256
PUBLISHED = "a published dummy value"
_ORDER = {confidence: index for index, confidence in enumerate(CONFIDENCES)}


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


class Span(NamedTuple):
    """What stages two and three found at one place; `confidence` is "" when a check dropped it; `reasons` say why."""

    plan: Plan
    begin: int
    start: int
    end: int
    finish: int
    confidence: str
    reasons: tuple[str, ...]


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
        self._set(plans, _engine(engine)(plans), tuple(rules))

    def _set(self, plans: tuple[Plan, ...], engine: Engine, rules: tuple[Rule, ...] | None) -> None:
        self._plans = plans
        self._engine = engine
        self._rules = rules
        self._dummies: frozenset[bytes] | None = None
        self._custom: Mapping[str, Any] | None = None
        self._compiled: dict[int, Any] = {}
        # By the id of a rule: the rules whose values name its key; see pairs.py.
        names = {p.id for p in plans if p.identifier}
        self.partners = {p.id: names & set(p.pairs_with) for p in plans if p.pairs_with and not p.identifier}
        self._verdicts: dict[tuple[int, bytes, tuple[bytes, bytes]], tuple[str, tuple[str, ...]]] = {}
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
        kind = _engine(engine)
        options: dict[str, Any] = {}
        if riders and kind.name == "hyperscan":
            options["riders"] = tuple(riders)
        self = cls.__new__(cls)
        if cache:
            from . import cache as cached

            rode = [("riders", repr(riders).encode())] if options else []
            name = cached.key([*sources, *rode], _engine_version(kind))
            if entry := cached.load(name):
                plans, serialized = entry
                try:
                    self._set(plans, kind(plans, serialized or None, **options), None)
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
        self._set(plans, compiled, rules)
        if cache:
            cached.store(name, plans, compiled.dump())
        return self

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
        return self._resolve(self._spans(data, regions, start))

    def begins(self, line: bytes) -> bool:
        """True when an unfinished line holds a rule's keyword, so that it may be the beginning of a secret."""
        text = line.decode("latin-1").lower()
        return any(mark.lower() in text for plan in self._plans for mark in plan.keywords if len(mark) > 2)

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
            begin = monotonic()
            for _ in self._spans(data, {index: places}, 0):
                pass
            costs[self._plans[index].id] = len(places), monotonic() - begin
        return costs

    def suspects(self, data: Any) -> list[Region]:
        """Return where something may be found in any text that holds this data, in no order: (first, last) offsets.

        Those are the matches, also overlapping ones, and the beginnings of block rules, whose end may be elsewhere.
        A text of which no part is suspect is clean. For large histories; `find` then decides on the whole text.
        """
        regions, openers = self._engine.candidates(data)
        places = [place for found in openers.values() for place in found]
        try:
            places += [(span.begin, span.finish) for span in self._spans(data, regions, 0) if span.confidence]
        except MatchTimeout:
            return [(0, len(data))]
        return places

    def opens(self, data: Any) -> bool:
        """True when a block rule's first line is in the data."""
        return bool(self._engine.candidates(data)[1])

    def find_and_open(self, data: Any, start: int, end: int) -> tuple[list[Match], int]:
        """Like `find`, and also return from where a block rule could still match once more than `end` bytes are known.

        The second value is `end` when nothing is open.
        """
        return self._found_and_open(data, start, end, *self._engine.candidates(data))

    def find_open_and_rides(self, data: Any, start: int, end: int) -> tuple[list[Match], int, list[tuple[int, int]]]:
        """Like `find_and_open`, and also return where the riders' expressions end: (kind, end), in no order."""
        regions, openers, rides = self._engine.candidates_and_rides(data)  # type: ignore[attr-defined]
        if not regions and not openers:
            return [], end, rides
        return *self._found_and_open(data, start, end, regions, openers), rides

    @property
    def rides(self) -> bool:
        """True if the matcher was made with riders, and its engine takes them."""
        return bool(getattr(self._engine, "kinds", ()))

    def _found_and_open(
        self, data: Any, start: int, end: int, regions: Regions, openers: Regions
    ) -> tuple[list[Match], int]:
        open_from = end
        for index, places in openers.items():
            begins, pattern = self._pattern(index)
            longest = self._plans[index].max_width + self._plans[index].ahead
            for low, high in _merged(places):
                # What began further back is as long as it can be: `regex` may call it partial all the same.
                position = max(low, start, end - longest)
                ends = monotonic() + SPAN_TIMEOUT
                while (place := begins.search(data, position, high + HEAD_LENGTH)) and place.start() <= high:
                    position = place.start() + 1
                    if self._tried(index, ends, pattern.fullmatch, data, place.start(), end, partial=True):
                        open_from = min(open_from, place.start())
        found_here = self._resolve(self._spans(data, regions, start)) if regions else []
        return found_here, open_from

    def _spans(self, data: Any, regions: Regions, start: int) -> Iterable[Span]:
        size = len(data)
        for index, places in regions.items():
            plan = self._plans[index]
            begins, pattern = self._pattern(index)
            timed = plan.nested or plan.opener
            position = start
            for low, high in _merged(places):
                position = max(position, low)
                limit = min(size, high + plan.max_width + plan.ahead)
                ends = monotonic() + SPAN_TIMEOUT if timed else 0.0
                while position <= high:
                    if low < high:
                        place = begins.search(data, position, high + HEAD_LENGTH)
                        if place is None or (position := place.start()) > high:
                            break
                    if timed:
                        found = self._tried(index, ends, pattern.match, data, position, limit)
                    else:
                        found = pattern.match(data, position, limit)
                    position += 1
                    if found is not None:
                        span = self._judged(index, data, found)
                        yield span
                        if span.confidence:
                            position = found.end()

    def _pattern(self, index: int) -> tuple[Any, Any]:
        """Return what finds where a rule's matches can begin, and the rule's pattern."""
        compiled = self._compiled.get(index)
        if compiled is None:
            import re

            plan = self._plans[index]
            begins = re.compile(plan.head.encode("latin-1"))
            if plan.nested or plan.opener:
                # It can be given a time limit, and can say that a text may yet become a match.
                import regex

                pattern: Any = regex.compile(plan.pattern.encode("latin-1"), regex.VERBOSE | regex.V0)
            else:
                # Several times quicker.
                pattern = re.compile(plan.pattern.encode("latin-1"), re.VERBOSE)
            compiled = self._compiled[index] = (begins, pattern)
        return compiled

    def _tried(self, index: int, ends: float, method: Any, data: Any, low: int, limit: int, **options: bool) -> Any:
        """Try a pattern at one place, within what is left of its region's time."""
        left = ends - monotonic()
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
        around = (bytes(data[begin:start]), bytes(data[end:finish])) if plan.value else (b"", b"")
        case = index, bytes(data[start:end]), around
        verdict = self._verdicts.get(case)
        if verdict is None:
            if len(self._verdicts) >= VERDICTS:
                self._verdicts.clear()
            verdict = _verdict(plan, case[1], around)
            if plan.generic and verdict[0] and self._published(case[1]):
                verdict = "", (PUBLISHED,)
            if len(case[1]) <= LONGEST_REMEMBERED:
                self._verdicts[case] = verdict
        return Span(plan, begin, start, end, finish, *verdict)

    def _published(self, value: bytes) -> bool:
        """True for a dummy value that any rule knows; generic rules know none of their own."""
        if self._dummies is None:
            self._dummies = frozenset(dummy for plan in self._plans for dummy in plan.allow)
        return value in self._dummies

    def _resolve(self, spans: Iterable[Span]) -> list[Match]:
        found = [span for span in spans if span.confidence]
        if len(found) > 1:
            found = _settled(found)
        return [
            Match(s.plan.id, s.start, s.end, s.begin, s.finish, s.confidence, mask(s.plan.prefix), s.reasons)
            for s in found
        ]


def _settled(spans: list[Span]) -> list[Span]:
    """Of spans that overlap, those that win, in order."""
    spans.sort(key=lambda s: (s.plan.generic, -_ORDER[s.confidence], s.start - s.end, s.begin, s.plan.id))
    starts: list[int] = []
    kept: list[Span] = []
    for span in spans:
        place = bisect_left(starts, span.start)
        if (place and kept[place - 1].end > span.start) or (place < len(kept) and kept[place].start < span.end):
            continue
        starts.insert(place, span.start)
        kept.insert(place, span)
    return kept


def _merged(places: list[Region]) -> list[Region]:
    """Regions in order, joined where they overlap."""
    merged: list[Region] = []
    for low, high in sorted(places):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _verdict(plan: Plan, value: bytes, around: tuple[bytes, bytes]) -> tuple[str, tuple[str, ...]]:
    if value in plan.allow:
        return "", (PUBLISHED,)
    if plan.value:
        from .values import judge

        judgement = judge(plan.value, value, *around)
        if not judgement.confidence:
            return "", (judgement.reason,)
        return min(judgement.confidence, plan.confidence, key=lambda c: _ORDER[c]), (judgement.reason,)
    if not plan.opener:
        # The text of a block, a comment or a host name say, is no sign that its key is a dummy.
        from .placeholders import why_placeholder

        if reason := why_placeholder(value, plan.prefix):
            return "", (reason,)
    reasons: list[str] = []
    raised: list[str] = []
    lowered: list[str] = []
    for name, args, passes, fails in plan.checks:
        outcome = _checks()[name](value, args)
        reasons.append(outcome.reason)
        if outcome.passed is not None:
            (raised if outcome.passed else lowered).append(passes if outcome.passed else fails)
    if "drop" in lowered:
        return "", tuple(reasons)
    # One failed check outweighs any that passed.
    effects = [effect for effect in lowered or raised if effect != "same"]
    if not effects:
        return plan.confidence, tuple(reasons)
    return (min if lowered else max)(effects, key=lambda c: _ORDER[c]), tuple(reasons)


def _source(custom: Mapping[str, Any]) -> tuple[str, bytes]:
    """What a user's settings say of rules as a source, for the name of the cache entry."""
    import json

    return ".scrubjay.toml", json.dumps(custom, sort_keys=True, default=str).encode()


def _checks() -> dict[str, Callable[[bytes, Mapping[str, int | str]], Outcome]]:
    from .checks import CHECKS

    return CHECKS


def installed_engines() -> list[str]:
    """Return the names of the engines that can be used here, the fastest first."""
    from importlib.util import find_spec

    return [name for name, module in (("hyperscan", "hyperscan"), ("keywords", "ahocorasick")) if find_spec(module)]


def _engine(name: str) -> Any:
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


def _engine_version(kind: Any) -> str:
    if kind.name != "hyperscan":
        return str(kind.name)
    import hyperscan

    return f"{kind.name} {hyperscan.__version__}"  # type: ignore[attr-defined]
