"""A baseline goes on knowing a secret, and nothing else, whatever git and editors do to the file that it is in."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMMAND = (sys.executable, "-m", "scrubjay.cli")
LINE = "first\nsecond\nkey = {}\nlast\n"


@pytest.fixture
def known(repo: Any, secret: str) -> Any:
    """A repository with a secret in app.conf that its baseline knows."""
    repo.commit(**{"app.conf": LINE.format(secret)})
    done = repo.run(*COMMAND, "baseline", "create", check=True)
    assert b"1 entry" in done.stdout
    repo.git("add", ".")
    repo.commit("baseline")
    return repo


def scan(repo: Any) -> tuple[int, bytes]:
    done = repo.run(*COMMAND, "scan")
    return done.returncode, done.stdout


def moved(repo: Any, secret: str, other: str) -> None:
    repo.write("app.conf", "\n\n# new\n" + LINE.format(secret))


def renamed(repo: Any, secret: str, other: str) -> None:
    repo.git("mv", "app.conf", "settings.conf")


def squashed(repo: Any, secret: str, other: str) -> None:
    repo.git("reset", "--soft", repo.git("rev-list", "--max-parents=0", "HEAD"))
    repo.git("commit", "--quiet", "--amend", "--no-verify", "-m", "all in one")


def crlf(repo: Any, secret: str, other: str) -> None:
    repo.write("app.conf", LINE.format(secret).replace("\n", "\r\n"))


def reformatted(repo: Any, secret: str, other: str) -> None:
    repo.write("app.conf", f"first\n    key   =   '{secret}' ,  # indented\n")


def same(repo: Any, secret: str, other: str) -> None:
    pass


def copied(repo: Any, secret: str, other: str) -> None:
    repo.write("copy/of.conf", LINE.format(secret))


QUIET = [same, moved, renamed, squashed, crlf, reformatted, copied]


@pytest.mark.parametrize("change", QUIET, ids=lambda change: change.__name__)
def test_a_known_secret_stays_known(known: Any, secret: str, change: Callable[..., None]) -> None:
    """Nothing, lines above, a rename, a squash, other line endings, another format, a copy: not one is new."""
    before = (known.path / ".scrubjay-baseline").read_bytes()
    change(known, secret, "")
    assert scan(known)[0] == 0
    known.git("add", "--all")
    hook = known.hook("pre-commit")
    assert hook.code == 0, hook
    assert (known.path / ".scrubjay-baseline").read_bytes() == before


def test_another_secret_on_the_same_line_is_new(known: Any, secret: str, make_secret: Any) -> None:
    """A second secret beside a known one is reported by scan and hook, and the known one is not."""
    other = make_secret("other")
    known.stage("app.conf", LINE.format(f"{secret} {other}"))
    code, out = scan(known)
    assert code == 1 and out.count(b"confidence]") == 1
    assert b":3:48:" in out
    hook = known.hook("pre-commit")
    assert hook.code == 1 and len(hook.places) == 1 and "1 suppressed" in hook.err


def test_a_new_value_in_the_place_of_a_known_one_is_new(known: Any, make_secret: Any) -> None:
    """What an entry knows is the value, not the place."""
    known.write("app.conf", LINE.format(make_secret("fresh")))
    assert scan(known)[0] == 1


def test_history_knows_it_too(known: Any) -> None:
    """The history of the repository is quiet about what the baseline knows, and loud without it."""
    assert known.run(*COMMAND, "history").returncode == 0
    assert known.run(*COMMAND, "history").returncode == 0, "from the cache"
    assert known.run(*COMMAND, "history", "--no-baseline").returncode == 1


def test_two_branches_that_add_entries_merge(known: Any, make_secret: Any) -> None:
    """Both developers add an entry; the merge has no conflict, and both count afterwards."""
    for name in ("one", "two"):
        known.git("checkout", "--quiet", "-b", name, "main")
        known.stage(f"{name}.conf", f"key = {make_secret(name)}\n")
        known.run(*COMMAND, "baseline", "update", "--reason", name, check=True)
        known.git("add", "--all")
        known.commit(name)
    known.git("merge", "--quiet", "--no-edit", "one")
    assert scan(known)[0] == 0
    text = (known.path / ".scrubjay-baseline").read_text()
    assert text.count("\n") == 5 and "<<<<" not in text


def test_two_baselines_made_apart_merge(repo: Any, make_secret: Any) -> None:
    """Two branches that each made a baseline, with keys of their own, merge into one that knows both secrets."""
    repo.commit(**{"readme": "x\n", ".gitattributes": ".scrubjay-baseline merge=union\n"})
    for name in ("one", "two"):
        repo.git("checkout", "--quiet", "-b", name, "main")
        repo.stage(f"{name}.conf", f"key = {make_secret(name)}\n")
        repo.run(*COMMAND, "baseline", "create", check=True)
        repo.git("add", "--all")
        repo.commit(name)
    repo.git("merge", "--quiet", "--no-edit", "one")
    assert scan(repo)[0] == 0


def test_dead_entries_are_told_and_pruned(known: Any, secret: str) -> None:
    """An entry whose secret is gone from files but not from history is kept; one that is in neither is removed."""
    path = known.path / ".scrubjay-baseline"
    known.stage("app.conf", "nothing\n")
    known.commit("gone")
    assert b"1 entry of the baseline matched nothing here" in known.run(*COMMAND, "scan").stderr
    assert b"0 entries dead of 1" in known.run(*COMMAND, "baseline", "prune").stdout
    with path.open("a") as file:
        file.write("0123456789abcdef[github-pat-classic] of long ago\n")
    assert b"dead: 0123456789abcdef" in known.run(*COMMAND, "baseline", "prune", "--dry-run").stdout
    assert "long ago" in path.read_text()
    assert b"1 entry dead of 2" in known.run(*COMMAND, "baseline", "prune").stdout
    assert "long ago" not in path.read_text()


def test_an_expired_entry_counts_again(known: Any) -> None:
    """After its last day an entry suppresses nothing, the report says why, and --expires renews it."""
    path = known.path / ".scrubjay-baseline"
    text = path.read_text().rstrip("\n")
    path.write_text(text + " expires=2020-01-01\n")
    code, out = scan(known)
    assert code == 1 and b"expired on 2020-01-01" in out
    known.run(*COMMAND, "baseline", "update", "--expires", "2999-12-31", check=True)
    assert scan(known)[0] == 0


def test_a_baseline_is_no_finding(known: Any, make_secret: Any) -> None:
    """Entries of every kind of rule look like no secret to scrubjay itself, not even of low confidence."""
    from scrubjay.patterns.load import load, read_shipped

    with (known.path / ".scrubjay-baseline").open("a") as file:
        for number, rule in enumerate(load(read_shipped())):
            digits = 5 if rule.generic else 16
            hashed = f"{number * 2654435761 % 16**8:08x}{number * 40503 % 16**8:08x}"[:digits]
            file.write(f"{hashed}[{rule.id}] audit=false owner=@team/x expires=2030-01-01 old test data\n")
    done = known.run(*COMMAND, "scan", "--min-confidence", "low", ".scrubjay-baseline")
    assert done.returncode == 0, done.stdout


def test_a_conflict_is_named(known: Any) -> None:
    """A baseline with marks of a merge stops the scan with the line's number, and is not taken for empty."""
    path = known.path / ".scrubjay-baseline"
    path.write_text(path.read_text() + "<<<<<<< HEAD\n")
    done = known.run(*COMMAND, "scan")
    assert done.returncode == 2 and b".scrubjay-baseline:4: an unresolved merge" in done.stderr


def test_a_key_from_outside_is_needed(repo: Any, secret: str, tmp_path: Path) -> None:
    """With --outside-key the file alone is of no use, and its absence is an error instead of a wrong answer."""
    repo.commit(**{"a.txt": secret})
    repo.run(*COMMAND, "baseline", "create", "--outside-key", check=True, SCRUBJAY_KEY="one")
    assert repo.run(*COMMAND, "scan", SCRUBJAY_KEY="one").returncode == 0
    assert repo.run(*COMMAND, "scan", SCRUBJAY_KEY="two").returncode == 1
    assert repo.run(*COMMAND, "scan", SCRUBJAY_KEY="").returncode == 2


def test_create_does_not_overwrite(known: Any) -> None:
    """A second create is refused and says what to call instead."""
    done = known.run(*COMMAND, "baseline", "create")
    assert done.returncode == 2 and b"baseline update" in done.stderr


def test_weak_values_share_their_hash(repo: Any) -> None:
    """Of a password that a person may have chosen, only 20 bits are kept; a long token of a provider has 64."""
    from scrubjay.scanner.baseline import Key

    key = Key(10, b"0" * 16)
    assert len(key.identify("generic-password", b"hunter2").partition("[")[0]) == 5
    assert len(key.identify("generic-password", b"x" * 60).partition("[")[0]) == 5
    assert len(key.identify("github-pat-classic", b"x" * 40).partition("[")[0]) == 16


def test_hashes_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow hash is remembered in the cache, so the next scan asks for no value that it has seen."""
    from scrubjay.scanner import baseline as baselines

    monkeypatch.setenv("SCRUBJAY_CACHE_DIR", str(tmp_path / "cache"))
    made = baselines.new(str(tmp_path / "known"), cost=10)
    rules = {"generic-password:00": "generic-password", "generic-password:01": "generic-password"}
    asked: list[str] = []

    def values(names: list[str]) -> dict[str, bytes]:
        asked.extend(names)
        return {name: name.encode() for name in names if not name.endswith("1")}

    first = baselines.identities(made, rules, values)
    assert list(first) == ["generic-password:00"] and asked == list(rules)
    asked.clear()
    assert baselines.identities(made, rules, values) == first
    assert asked == ["generic-password:01"], "only what had no value is asked for again"
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


def test_long_hashing_is_announced(repo: Any) -> None:
    """The hash of each secret is slow by design, and so many take seconds, at first."""
    letters = random.Random(5)
    values = [
        "".join(letters.sample("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 24)) for _ in range(850)
    ]
    repo.write("a.txt", "".join(f'key auth token = "{value}"\n' for value in values))
    first = repo.run(*COMMAND, "baseline", "create", check=True)
    assert re.search(rb"hashing 8\d\d secrets, about \d+ s", first.stderr)
    assert b"hashing" not in repo.run(*COMMAND, "baseline", "update", check=True).stderr
