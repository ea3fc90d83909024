"""The compiled expressions of rules, and what they are made of as plain data, which costs other processes little.

What `re` makes of a pattern are numbers and the names of its groups. A rule's pattern takes it 0.15 ms, and a large
scan meets hundreds in each of its processes. `regex` takes 0.8 ms, and a twentieth of that for what it has pickled.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .rule import Plan

# A pattern, its flags, the numbers, how many groups there are, and those with names.
Row = tuple[bytes, int, bytes, int, dict[str, int]]
# Patterns that are compiled before the cache is asked for more.
_FEW = 6


class Expressions:
    """The expressions of plans, by their index, each compiled when it is first needed. Threads may share them."""

    def __init__(self, plans: Sequence[Plan], entry: str = "") -> None:
        """`entry` is the name of the plans' cache entry, if they have one."""
        self._plans, self._entry = plans, entry
        self._heads: dict[int, Any] = {}
        self._patterns: dict[int, Any] = {}
        self._rows: Mapping[tuple[bytes, bool], Row] | None = None

    def head(self, index: int) -> Any:
        """Return what finds where a rule's matches can begin."""
        compiled = self._heads.get(index)
        if compiled is None:
            compiled = self._heads[index] = self._made(self._plans[index].head.encode("latin-1"), verbose=False)
        return compiled

    def pattern(self, index: int) -> Any:
        """Return a rule's pattern."""
        compiled = self._patterns.get(index)
        if compiled is None:
            plan = self._plans[index]
            source = plan.pattern.encode("latin-1")
            # The one can be given a time limit, and can say that a text may yet become a match; the other is several
            # times quicker.
            compiled = timed(source, plan.made) if plan.timed else self._made(source, verbose=True)
            self._patterns[index] = compiled
        return compiled

    def _made(self, source: bytes, *, verbose: bool) -> Any:
        if self._rows is None and self._entry and len(self._patterns) + len(self._heads) >= _FEW:
            from .cache import load_expressions

            self._rows = load_expressions(self._entry)
        if self._rows and (row := self._rows.get((source, verbose))):
            return loaded(row)
        import re

        return re.compile(source, re.VERBOSE if verbose else 0)


def timed(pattern: bytes, made: bytes = b"") -> Any:
    """Return what `regex` makes of a verbose pattern; `made` is what `pickled` has returned of it."""
    if made:
        import marshal

        stamp, *data = marshal.loads(made)
        matching = matching_part()
        if stamp == _stamp(matching):
            return matching.compile(*data)
    import regex

    return regex.compile(pattern, regex.VERBOSE | regex.V0)


def matching_part() -> Any:
    """Return the part of `regex` that is written in C and matches; what compiles takes 5 ms and more to import."""
    import sys

    name = "regex._regex"
    if name not in sys.modules:
        from importlib.machinery import PathFinder
        from importlib.util import find_spec, module_from_spec

        package = find_spec("regex")
        spec = PathFinder.find_spec(name, package.submodule_search_locations) if package else None
        if spec is None or spec.loader is None:
            from regex import _regex

            return _regex
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules.setdefault(name, module)
    return sys.modules[name]


@cache
def _stamp(module: Any) -> tuple[int, str]:
    """What tells one version of `regex` from another: the size of its file, and what it is installed as."""
    path = module.__file__
    names = [name for name in os.listdir(os.path.dirname(os.path.dirname(path))) if name.startswith("regex-")]
    if not names:
        import regex

        names = [regex.__version__]
    return os.stat(path).st_size, " ".join(sorted(names))


def pickled(plan: Plan) -> bytes:
    """Return what `timed` needs of a plan's pattern; nothing when this version of `regex` pickles in another way."""
    import marshal
    from copyreg import dispatch_table

    from regex import _regex

    made = timed(plan.pattern.encode("latin-1"))
    try:
        function, data = dispatch_table[type(made)](made)  # type: ignore[misc, str-unpack]
        return marshal.dumps((_stamp(_regex), *data)) if function is _regex.compile else b""
    except (KeyError, ValueError):
        return b""


def form() -> int:
    """Return what names the form of the numbers in this interpreter."""
    import _sre  # type: ignore[import-not-found]

    return int(_sre.MAGIC)


def sources(plans: Iterable[Plan]) -> tuple[list[bytes], list[bytes]]:
    """Return what `re` compiles of plans: patterns, which are verbose, and heads, which are not."""
    plans = list(plans)
    patterns = dict.fromkeys(plan.pattern.encode("latin-1") for plan in plans if not plan.timed)
    return list(patterns), list(dict.fromkeys(plan.head.encode("latin-1") for plan in plans))


def dumped(patterns: Iterable[bytes], *, verbose: bool) -> list[Row]:
    """Return what `loaded` needs of patterns; nothing when this interpreter does it differently."""
    import re
    from array import array

    flags = int(re.VERBOSE) if verbose else 0
    try:
        from re import _compiler as compiler
        from re import _parser as parser

        rows = []
        for pattern in patterns:
            parsed = parser.parse(pattern, flags)
            state = parsed.state
            code = array("I", compiler._code(parsed, flags))
            rows.append((pattern, flags | state.flags, code.tobytes(), state.groups - 1, dict(state.groupdict)))
        return rows if all(loaded(row) == re.compile(row[0], flags) for row in rows) else []
    except (ImportError, AttributeError, TypeError, ValueError, OverflowError, RuntimeError):
        return []


def loaded(row: Row) -> Any:
    """Return the compiled expression, which is equal to what `re.compile` returns."""
    import _sre
    from array import array

    pattern, flags, code, groups, names = row
    by_number: list[str | None] = [None] * (groups + 1)
    for name, number in names.items():
        by_number[number] = name
    return _sre.compile(pattern, flags, array("I", code).tolist(), groups, names, tuple(by_number))
