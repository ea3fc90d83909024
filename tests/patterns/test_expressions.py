"""Compiled expressions that come from the cache are those that `re` makes."""

from __future__ import annotations

import copyreg
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
import regex
from scrubjay.patterns import Matcher, expressions
from scrubjay.patterns import cache as rule_cache
from scrubjay.patterns.load import load, plan, read_shipped

PLANS = tuple(plan(rule) for rule in load(read_shipped()))
SOURCES, HEADS = expressions.sources(PLANS)


def test_all_rules_expressions_are_the_same() -> None:
    """Equal in their numbers, flags and groups, and in what they find."""
    rows = expressions.dumped(SOURCES, verbose=True)
    assert len(rows) == len(SOURCES) > 500
    for row, source in zip(rows, SOURCES, strict=True):
        _check_same(expressions.loaded(row), re.compile(source, re.VERBOSE))
    heads = expressions.dumped(HEADS, verbose=False)
    assert len(heads) == len(HEADS) > 200
    for row, source in zip(heads, HEADS, strict=True):
        _check_same(expressions.loaded(row), re.compile(source))
    for rule in load(read_shipped())[::20]:
        if plan(rule).timed:
            continue
        row = rows[SOURCES.index(rule.pattern.encode("latin-1"))]
        found = expressions.loaded(row).search(rule.examples[0].text)
        assert found is not None and found.span("secret") == (rule.examples[0].start, rule.examples[0].end)


def _check_same(made: re.Pattern[bytes], compiled: re.Pattern[bytes]) -> None:
    assert made == compiled
    assert (made.groups, made.groupindex, made.flags) == (compiled.groups, compiled.groupindex, compiled.flags)


def test_all_timed_expressions_are_the_same() -> None:
    """What `regex` made of a pattern is made again of what was kept, and finds the same."""
    rules = [rule for rule in load(read_shipped()) if plan(rule).timed]
    assert len(rules) > 15
    for rule in rules:
        kept = expressions.pickled(plan(rule))
        source = rule.pattern.encode("latin-1")
        assert kept and pickle.dumps(expressions.timed(b"x", kept)) == pickle.dumps(expressions.timed(source))
        for example in rule.examples:
            found = expressions.timed(b"x", kept).search(example.text, timeout=5)
            assert found is not None and found.span("secret") == (example.start, example.end)


def test_what_another_version_of_regex_made_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither from the cache, nor for it when it pickles in another way, or holds what is no plain data."""
    one = next(one for one in PLANS if one.timed)
    kept = expressions.pickled(one)
    assert expressions.timed(b"x", kept).pattern == one.pattern.encode("latin-1")
    with monkeypatch.context() as patched:
        patched.setattr(expressions, "_stamp", lambda module: (0, 0))
        assert expressions.timed(b"x", kept).pattern == b"x"
    for way in (lambda pattern: (print, ()), lambda pattern: (regex._regex.compile, (object(),))):
        monkeypatch.setitem(copyreg.dispatch_table, regex.Pattern, way)
        assert expressions.pickled(one) == b""


@pytest.mark.parametrize("before", ["", "import regex"])
def test_what_is_kept_needs_only_the_part_that_matches(made: Path, before: str) -> None:
    """And what that makes is of the type that the whole of `regex` has, and keeps to its time."""
    script = f"""if True:
        {before or "pass"}
        import sys
        from scrubjay.patterns import Matcher
        matcher = Matcher.default(engine="keywords")
        matcher.prepare()
        index = next(index for index, plan in enumerate(matcher._plans) if plan.timed)
        pattern = matcher._expressions.pattern(index)
        assert ("regex._regex_core" in sys.modules) == {bool(before)}
        import regex
        assert type(pattern) is regex.Pattern and regex.compile(rb"a(b+)").match(b"abb", partial=True)[1] == b"bb"
        assert regex.sub(r"(a)", r"\\1\\1", "ab") == "aab"
        try:
            regex.compile(rb"(?:(?:a|aa)+)+b").fullmatch(b"a" * 4000, timeout=0.001)
        except TimeoutError:
            print("in time")
    """
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "in time\n"


def test_plans_from_the_cache_bring_their_timed_expressions(made: Path) -> None:
    """And those that were compiled just now do not."""
    matcher = Matcher.default(engine="keywords")
    assert [bool(one.made) for one in matcher._plans] == [one.timed for one in PLANS]
    assert not any(one.made for one in PLANS)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cached expressions of all rules, with an engine that compiles quickly."""
    monkeypatch.setenv("SCRUBJAY_CACHE_DIR", str(tmp_path))
    Matcher.default(engine="keywords")
    (path,) = tmp_path.glob("expressions-*")
    return path


def _taken(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many expressions a new matcher takes from the cache."""
    matcher = Matcher.default(engine="keywords")
    taken = []
    original = expressions.loaded
    monkeypatch.setattr(expressions, "loaded", lambda row: taken.append(row) or original(row))
    for index, one in enumerate(PLANS):
        assert matcher._expressions.pattern(index).pattern == one.pattern.encode("latin-1")
        assert matcher._expressions.head(index).pattern == one.head.encode("latin-1")
    monkeypatch.setattr(expressions, "loaded", original)
    return len(taken)


def test_a_new_process_takes_them_from_the_cache(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the first few, and none of those that are run with a time limit; without the file all are compiled."""
    assert len(SOURCES) + len(PLANS) > _taken(monkeypatch) > len(SOURCES) + len(PLANS) - 10
    made.unlink()
    assert _taken(monkeypatch) == 0


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "writable", "form"])
def test_what_can_not_be_trusted_is_not_taken(made: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    """A damaged file, one that others can write, and one of an interpreter that counts differently."""
    content = bytearray(made.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    if damage in ("flip", "cut", "empty"):
        made.write_bytes({"cut": content[:-9], "empty": b""}.get(damage, content))
    if damage == "writable":
        made.chmod(0o666)
    if damage == "form":
        monkeypatch.setattr(expressions, "form", lambda: 1)
    assert rule_cache.load_expressions(made.stem.removeprefix("expressions-")) == {}
    assert _taken(monkeypatch) == 0


def test_what_another_interpreter_lacks_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept where `re` has no such numbers, or makes something else of them."""
    monkeypatch.setattr(expressions, "loaded", lambda row: re.compile(b"x"))
    assert expressions.dumped(SOURCES[:2], verbose=True) == []
    monkeypatch.delattr(re._compiler, "_code")  # type: ignore[attr-defined]
    assert expressions.dumped(SOURCES[:2], verbose=True) == []
