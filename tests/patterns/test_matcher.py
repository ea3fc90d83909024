"""The matcher as a library: spans, masks, overlaps, threads, cache, limits."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest
from scrubjay.patterns import Match, Matcher, MatchTimeout, ScrubjayError
from scrubjay.patterns import cache as rule_cache
from scrubjay.patterns import matcher as module
from scrubjay.patterns.alphabets import BASE62, digits
from scrubjay.patterns.load import read_shipped

SECRET = b"x7Kp2m" + b"Qz9wLr"
URL = b"postgres://app:" + SECRET + b"@db.internal/app"
# Almost a token, with several places where it might begin, for a rule whose pattern is tried with a time limit.
SLOW = b"discord " * 3 + b"MDA0" * 5 + b".aB3dE6." + b"x" * 40


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.default()


def test_a_match_tells_where_and_not_what(matcher: Matcher) -> None:
    """Span, rule and confidence are given; neither fields nor repr hold the secret."""
    (match,) = matcher.find(URL)
    assert URL[match.start : match.end] == SECRET
    assert match.rule == "generic-url-password" and match.generic
    assert match.begin <= match.start < match.end <= match.finish
    assert SECRET.decode() not in repr(match) and match.masked == "*" * 8


def test_any_bytes_like_object(matcher: Matcher) -> None:
    """bytes, bytearray, memoryview and a mapped file give the same matches."""
    import mmap

    with mmap.mmap(-1, len(URL)) as mapped:
        mapped.write(URL)
        found = [matcher.find(data) for data in (URL, bytearray(URL), memoryview(URL), mapped)]
    assert all(entry == found[0] for entry in found) and len(found[0]) == 1


def test_empty_and_start(matcher: Matcher) -> None:
    """Nothing is found in nothing, and nothing before `start`."""
    assert matcher.find(b"") == []
    assert [match.begin > len(URL) for match in matcher.find(URL + b"\n" + URL, start=len(URL))] == [True]


def test_published_dummies_are_silent_under_any_name(matcher: Matcher) -> None:
    """A dummy value that a provider publishes is not reported by a generic rule either, and explain says why."""
    dummies = [value for rule in matcher.rules for value in rule.allow if len(value) < 200]
    assert len(dummies) > 30
    for value in dummies:
        for text in (b'MY_TO%s="%s"' % (b"KEN", value), b"pass%s: %s\n" % (b"word", value)):
            start = text.index(value)
            same = [m.rule for m in matcher.find(text) if m.start == start and m.end == start + len(value)]
            assert same == [], same
    value = next(value for value in matcher.rule("stripe-test-key").allow)
    assert matcher.find(b'MY_TO%s="%s"' % (b"KEN", value)) == []
    spans = matcher.explain(b'MY_TO%s="%s"' % (b"KEN", value))
    assert {span.reasons for span in spans if span.plan.generic} == {("a published dummy value",)}


@pytest.mark.parametrize("word", ["xxxxx", "eXaMple", "123456789"])
def test_a_checksum_outweighs_a_word_that_chance_made(matcher: Matcher, word: str) -> None:
    """A random token with such a word in it is found, one in a few million; a dummy has no right checksum."""
    body = f"aZ19Kq8Lm2Nv7{word}w3Rt5Yb6Ud0Hc4FgE"[:30].encode()
    check = digits(zlib.crc32(body), BASE62, 6)
    for end, found in ((check, True), (check[::-1], False)):
        line = b"token " + b"gh" + b"p_" + body + end
        assert bool(matcher.find(line)) is found


def test_specific_rules_win_over_generic_ones(matcher: Matcher) -> None:
    """Of overlapping matches the provider's rule is kept, and only it."""
    rule = matcher.rule("github-pat-classic")
    secret = next(e.text[e.start : e.end] for e in rule.examples)
    (match,) = matcher.find(b"my_to" + b'ken = "' + secret + b'"')
    assert match.rule == "github-pat-classic"


def test_many_matches_are_resolved_quickly(matcher: Matcher) -> None:
    """Ten thousand secrets in one call are all found."""
    assert len(matcher.find((URL + b"\n") * 10_000)) == 10_000


def test_threads_share_a_matcher(matcher: Matcher) -> None:
    """Threads that scan at the same time each get the right matches."""
    data = b"\n".join([URL, b"x" * 5000] * 50)
    expected = matcher.find(data)
    wrong: list[object] = []

    def work() -> None:
        for _ in range(30):
            if matcher.find(data) != expected:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(expected) == 50 and not wrong


def test_a_forked_child_can_match(matcher: Matcher) -> None:
    """After fork, parent and child both find."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, str(len(matcher.find(URL))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"1" and len(matcher.find(URL)) == 1
    os.close(read), os.close(write)


def test_a_rule_without_time_is_an_error_not_silence(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a rule exceeds its time budget, find raises instead of returning what it has."""
    monkeypatch.setattr(module, "SPAN_TIMEOUT", 1e-9)
    with pytest.raises(MatchTimeout, match="ran out of time") as error:
        for _ in range(1000):
            matcher.find(SLOW)
    assert error.value.exit_code == 3


def test_unknown_rule_and_engine(matcher: Matcher) -> None:
    """Names that do not exist raise an error that says what to do."""
    with pytest.raises(ScrubjayError, match="rules list"):
        matcher.rule("no-such-rule")
    with pytest.raises(ScrubjayError, match="choose"):
        Matcher.default(engine="steam")


def cached_files(folder: Path) -> list[Path]:
    return sorted((folder / "scrubjay").glob("rules-*"))


@pytest.fixture
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Few rules, which are compiled at once.
    few = [(name, content) for name, content in read_shipped() if name == "generic-http.toml"]
    monkeypatch.setattr("scrubjay.patterns.load.read_shipped", lambda: list(few))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SCRUBJAY_CACHE_DIR", raising=False)
    return tmp_path


def test_the_cache_is_private_and_used(cache_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second matcher loads the first one's database, from a folder and file that only the user can write."""
    first = Matcher.default()
    (entry,) = cached_files(cache_home)
    assert entry.stat().st_mode & 0o777 == 0o600
    assert entry.parent.stat().st_mode & 0o777 == 0o700

    def refuse(*_: object) -> None:
        raise AssertionError("compiled although cached")

    monkeypatch.setattr("scrubjay.patterns.hyperscan_engine._compile", refuse)
    monkeypatch.setattr("scrubjay.patterns.load.load", refuse)
    assert Matcher.default().find(URL) == first.find(URL)


def test_the_entries_in_use_are_kept(cache_home: Path) -> None:
    """However many other rule sets come after it, an entry that is used stays; the others do not pile up."""
    rule_cache.store("used", (), b"database")
    for number in range(20):
        rule_cache.store(f"other{number}", (), b"")
        for entry in cached_files(cache_home):
            os.utime(entry, (number, number))
        assert rule_cache.load("used") == ((), b"database")
    assert len(cached_files(cache_home)) == 8


@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_a_damaged_database_is_not_used(cache_home: Path, damage: str) -> None:
    """It is behind the plans, and Hyperscan knows its own sum."""
    pytest.importorskip("hyperscan")
    from scrubjay.patterns.hyperscan_engine import HyperscanEngine

    plans = Matcher.default(engine="hyperscan")._plans
    (entry,) = cached_files(cache_home)
    content = bytearray(entry.read_bytes())
    name = entry.name.removeprefix("rules-").removesuffix(".bin")
    content[-len(rule_cache.load(name)[1]) // 2] ^= 1  # type: ignore[index]
    entry.write_bytes(content if damage == "flip" else content[:-99])
    _, database = rule_cache.load(name)  # type: ignore[misc]
    with pytest.raises(ValueError, match="of no use"):
        HyperscanEngine(plans, database)
    assert len(Matcher.default(engine="hyperscan").find(URL)) == 1
    assert rule_cache.load(name)[1] != database, "it was made and kept anew"  # type: ignore[index]


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other", "size", "writable", "link", "folder"])
def test_a_bad_cache_is_not_used(cache_home: Path, damage: str, tmp_path: Path) -> None:
    """A cache entry that is damaged, foreign or writable by others is compiled anew, and matching is right."""
    Matcher.default()
    (entry,) = cached_files(cache_home)
    content = bytearray(entry.read_bytes())
    if damage in ("flip", "size"):
        content[60 if damage == "flip" else 4] ^= 1
    if damage in ("flip", "cut", "empty", "other", "size"):
        entry.write_bytes({"cut": content[:60], "empty": b"", "other": b"hello" * 99}.get(damage, content))
    if damage == "writable":
        entry.chmod(0o666)
    if damage == "folder":
        entry.parent.chmod(0o777)
    if damage == "link":
        entry.parent.rename(tmp_path / "elsewhere")
        entry.parent.symlink_to(tmp_path / "elsewhere")
    name = entry.name.removeprefix("rules-").removesuffix(".bin")
    assert rule_cache.load(name) is None
    assert len(Matcher.default().find(URL)) == 1


def test_no_cache_folder_at_all(tmp_path: Path) -> None:
    """Without a home, or with one that can't be written, matching works and nothing is said."""
    # The engine that compiles quicker.
    script = f"from scrubjay.patterns import Matcher; print(len(Matcher.default(engine='keywords').find({URL!r})))"
    for home in ("", "/proc/nowhere", str(tmp_path / "file")):
        (tmp_path / "file").write_text("")
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={"XDG_CACHE_HOME": home, "HOME": home, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
            capture_output=True,
        )
        assert (done.stdout, done.stderr) == (b"1\n", b"")


def test_match_is_plain_data() -> None:
    """A match can be moved and compared like a tuple."""
    match = Match("rule-x", 3, 5, 1, 7, "high", "*" * 8)
    assert match.moved(10)[:5] == ("rule-x", 13, 15, 11, 17)


@pytest.mark.parametrize("engine", module.installed_engines())
def test_no_rules_and_no_bytes(engine: str) -> None:
    """A matcher without rules finds nothing; what is not bytes-like is a TypeError in either engine."""
    assert Matcher((), engine=engine).find(URL) == []
    with pytest.raises(TypeError):
        Matcher.default(engine=engine).find(5)


def test_time_is_counted_for_a_region_not_for_each_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many starts, each within the budget, do not add up beyond it."""
    clock = iter(range(10_000))
    monkeypatch.setattr(module, "thread_time", lambda: next(clock))
    with pytest.raises(MatchTimeout):
        Matcher.default().find(SLOW * 3)
