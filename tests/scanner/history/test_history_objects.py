"""Every object of a repository once: the delta walk, the stream and a plain scan of each object find the same."""

from __future__ import annotations

import base64
import hashlib
import random
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.git import Git
from scrubjay.scanner.history import commitlog, knownlines, packs, stream
from scrubjay.scanner.history.listing import listing
from scrubjay.scanner.history.objects import Scanned, scan_objects
from scrubjay.scanner.history.text import Hit, Judge

pytestmark = pytest.mark.usefixtures("own_environment")

KEY = b"k" * 32
needs_walker = pytest.mark.skipif(not packs.available(), reason="the delta walker was not built")


def _plain(repo: Any, matcher: Matcher, coverage: Coverage) -> list[Hit]:
    """Read all objects one by one and judge each as a whole."""
    judge = Judge(matcher, coverage, KEY)
    listed = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    for found in Git(str(repo.path)).objects(listed):
        assert found.kind
        judge.object(found.id, found.kind, found.data)
    return judge.hits


def _scan(repo: Any, matcher: Matcher, coverage: Coverage | None = None, **options: Any) -> Scanned:
    return scan_objects(Git(str(repo.path)), matcher, coverage or Coverage(), key=KEY, **options)


def _set(hits: list[Hit]) -> set[Any]:
    """What must be the same. Of a name only that it was found: which of the trees with it is named does not matter."""
    return {
        (hit.kind, hit.placed()) if hit.kind != "tree" else (hit.kind, hit.finding.rule, hit.finding.path)
        for hit in hits
    }


def _values(matcher: Matcher) -> list[bytes]:
    rules = (
        "private-key",
        "jwt",
        "github-pat-classic",
        "aws-access-key-id",
        "generic-password",
        "generic-url-password",
        "aws-secret-access-key",
        "generic-env-value",
        "gcs-hmac-secret",
    )
    values = [matcher.rule(rule).examples[0].text for rule in rules]
    return [*values, b"data: " + base64.b64encode(b"the token is " + values[2]), b"z" * 3000 + b" " + values[2]]


def _words(choose: random.Random, count: int) -> bytes:
    letters = "abcdefghijklmnopqrstuvwxyz"
    lines = []
    for _ in range(count):
        words = ("".join(choose.choices(letters, k=choose.randint(2, 8))) for _ in range(choose.randint(0, 9)))
        lines.append(" ".join(words))
    return "\n".join(lines).encode() + choose.choice([b"", b"\n"])


def _edited(choose: random.Random, data: bytes, values: list[bytes]) -> bytes:
    """One edit: insert, remove, join, split, move or half-copy, at places that need not be line breaks."""
    value = choose.choice(values)
    low, high = sorted(choose.randint(0, len(data)) for _ in range(2))
    high = min(high, low + 200)
    near = [place for place in (data.find(value[:8]), data.find(value[-8:])) if place >= 0]
    spot = choose.choice(near) + choose.randint(-3, len(value)) if near and choose.random() < 0.6 else low
    spot = min(max(spot, 0), len(data))
    kind = choose.randrange(9)
    if kind == 0:
        return data[:spot] + b"\n" + value + b"\n" + data[spot:]
    if kind == 1:
        return data[:low] + data[high:]
    if kind == 2:
        return data[:spot] + choose.choice([b"\n", b" ", b"x", b"=", b'"', b""]) + data[spot:]
    if kind == 3:
        return data[:low] + data[high:] + data[low:high]
    if kind == 4:
        cut = choose.randint(1, len(value))
        return data[:spot] + value[:cut] + data[spot:]
    if kind == 5:
        return data[:spot] + data[spot + choose.randint(1, 4) :]
    if kind == 6:
        first, last = value[: len(value) // 2], value[len(value) // 2 :]
        return data[:low] + first + choose.choice([b"", b"", b"\n", b"-"]) + last + data[low:]
    if kind == 7:
        return data + _words(choose, 3)
    return data.replace(value[: len(value) // 2] + b"\n", value[: len(value) // 2])


def _history(repo: Any, choose: random.Random, values: list[bytes], versions: int) -> None:
    """Import commits in which files grow out of one another, and packs that hold them."""
    files = {f"file{number}": _words(choose, choose.randint(20, 200)) for number in range(4)}
    out: list[bytes] = []
    for version in range(versions):
        who = b"Test <test@example.org> %d +0000" % (1767225600 + version)
        message = choose.choice([b"change", _words(choose, 2), b"use " + choose.choice(values)])
        out.append(
            b"commit refs/heads/main\nauthor %s\ncommitter %s\ndata %d\n%s\n" % (who, who, len(message), message)
        )
        for name in choose.sample(sorted(files), choose.randint(1, 3)):
            source = name if choose.random() < 0.9 else choose.choice(sorted(files))
            data = files[source]
            for _ in range(choose.randint(1, 3)):
                data = _edited(choose, data, values)
            files[name] = data
            stored = data.decode("latin-1").encode("utf-16") if name == "file3" and version % 3 else data
            out.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(stored), stored))
    repo.git("fast-import", "--quiet", stdin=b"".join(out))


@needs_walker
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("depth", "window"), [("50", "10"), ("1", "3"), ("250", "100")])
def test_walk_and_stream_find_what_a_plain_scan_finds(
    make_repo: Callable[..., Any], matcher: Matcher, monkeypatch: pytest.MonkeyPatch, seed: int, depth: str, window: str
) -> None:
    """On histories whose edits join, split, move and half-copy secrets, however git deltified them."""
    monkeypatch.setattr(stream, "_LEAST", 1 << 4 * seed)
    if seed == 2:
        # As without a compiler at installation.
        monkeypatch.setattr(knownlines, "_knownlines", None)
    choose = random.Random(f"{seed} {depth}")
    repo = make_repo("repo", "--object-format", "sha256" if seed == 3 else "sha1")
    _history(repo, choose, _values(matcher), 40)
    repo.git("repack", "-adfq", f"--depth={depth}", f"--window={window}")
    plain_coverage, walk_coverage, stream_coverage = Coverage(), Coverage(), Coverage()
    plain = _plain(repo, matcher, plain_coverage)
    walked = _scan(repo, matcher, walk_coverage)
    streamed = _scan(repo, matcher, stream_coverage, walk=False)
    assert len(walked.packs) == 1
    assert _set(walked.hits) == _set(plain) == _set(streamed.hits)
    assert {hit.kind for hit in plain} == {"blob", "commit"}
    assert walked.objects == streamed.objects
    assert not walk_coverage.skipped + stream_coverage.skipped
    assert walk_coverage.as_dict() == stream_coverage.as_dict()
    # The log tells all of trees.
    told_coverage = Coverage()
    with closing(commitlog.start(Git(str(repo.path)), folders=True)) as log:
        told = _scan(repo, matcher, told_coverage, walk=False, log=log.lines)
    assert _set(told.hits) == _set(plain) and told.objects == walked.objects
    assert told_coverage.as_dict() == walk_coverage.as_dict()
    # Delta trees are judged while others are not yet read, in one process or several.
    monkeypatch.setattr(packs, "_ROUND", 1)
    monkeypatch.setattr(packs, "_TARGET", 1 << 6 * seed)
    assert _set(_scan(repo, matcher, workers=1).hits) == _set(plain)
    monkeypatch.setattr(packs, "_FEW", 0)
    assert _set(_scan(repo, matcher, workers=2).hits) == _set(plain)


def _pair(choose: random.Random, value: bytes) -> tuple[bytes, bytes]:
    """A text without a secret, and a smaller one with it that git can copy from the first but for some cuts."""
    before, after = _words(choose, 40), _words(choose, 40)
    junk = bytes(choose.choices(b"abcdefghijklmnopqrstuvwxyz0123456789", k=300))
    cut = choose.randint(0, len(value))
    first, last = value[:cut], value[cut:]
    return choose.choice(
        [
            (before + b"\n" + first + junk + last + b"\n" + after, before + b"\n" + value + b"\n" + after),
            (before + last + b"\n" + junk + first + after + junk, before + b"\n" + first + last + b"\n"),
            (junk + value + b"\n" + after, value + b"\n" + after),
            (before + b"\n" + value + junk, before + b"\n" + value),
            (before + b"\n" + value + junk + b"\n" + after, before + b"\n" + value + b"\n" + after),
            (before + b" " + junk + value + b"\n" + after, before + b" " + value + b"\n" + after),
            (before + b"\n" + first + b"\n" + junk + last + after, before + b"\n" + first + last + b" " + after),
        ]
    )


@needs_walker
@pytest.mark.parametrize("seed", range(3))
def test_what_appears_where_copies_meet_is_found(
    repo: Any, matcher: Matcher, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """No inserted byte belongs to these secrets: cutting something out makes them."""
    monkeypatch.setattr(stream, "_LEAST", 1)
    choose = random.Random(seed)
    values = _values(matcher)
    parts = [
        b'{"alg":"HS256"}',
        b'{"sub":"%s"}' % bytes(choose.choices(b"abcdef0123456789", k=1500)),
        choose.randbytes(32),
    ]
    values.append(b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts))
    pairs = [_pair(choose, choose.choice(values)) for _ in range(150)]
    for side in (0, 1):
        for number, pair in enumerate(pairs):
            repo.write(f"file {number}", pair[side])
        repo.git("add", ".")
        repo.commit()
    repo.git("repack", "-adfq")
    found = _set(_scan(repo, matcher).hits)
    assert found == _set(_plain(repo, matcher, Coverage())) == _set(_scan(repo, matcher, walk=False).hits)
    assert len(found) > 75
    pack = next((repo.path / ".git/objects/pack").glob("*.idx"))
    assert repo.git("verify-pack", "-s", pack).count("chain length = 1: 1")


def _packed(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """A pack of blobs, the second of each pair as a delta that adds to the first."""

    def entry(kind: int, data: bytes, base: bytes = b"") -> bytes:
        head, size = [kind << 4 | len(data) & 15], len(data) >> 4
        while size:
            head[-1] |= 128
            head.append(size & 127)
            size >>= 7
        return bytes(head) + base + zlib.compress(data)

    def number(value: int) -> bytes:
        return bytes([value & 127 | 128, value >> 7]) if value > 127 else bytes([value])

    entries = []
    for first, second in pairs:
        assert second.startswith(first) and len(second) < 1 << 14
        copy = bytes([0xB0, len(first) & 255, len(first) >> 8])
        rest = second[len(first) :]
        inserts = b"".join(
            bytes([len(part)]) + part for part in (rest[at : at + 127] for at in range(0, len(rest), 127))
        )
        entries.append(entry(3, first))
        name = hashlib.sha1(b"blob %d\0" % len(first) + first).digest()
        entries.append(entry(7, number(len(first)) + number(len(second)) + copy + inserts, name))
    pack = b"PACK" + struct.pack(">II", 2, len(entries)) + b"".join(entries)
    return pack + hashlib.sha1(pack).digest()


@needs_walker
def test_a_delta_may_end_what_its_base_began(make_repo: Callable[..., Any], matcher: Matcher) -> None:
    """A block is found whole where its base holds the first lines only, in which nothing is found."""
    repo = make_repo()
    before = b"".join(b"some words, line %d\n" % number for number in range(60))
    pairs = []
    for rule in matcher.rules:
        for example in rule.examples if matcher.plan(rule.id).opener else ():
            lines = example.text.split(b"\n")
            for cut in range(1, len(lines)):
                start = before + b"%d\n" % len(pairs)
                first = start + b"\n".join(lines[:cut]) + b"\n"
                if not matcher.find(first):
                    pairs.append((first, start + example.text + b"\n"))
    pack = repo.path / "made.pack"
    pack.write_bytes(_packed(pairs))
    with pack.open("rb") as file:
        subprocess.run(["git", "-C", repo.path, "index-pack", "--stdin"], stdin=file, check=True, capture_output=True)
    found = _set(_scan(repo, matcher).hits)
    assert found == _set(_plain(repo, matcher, Coverage())) == _set(_scan(repo, matcher, walk=False).hits)
    assert len(found) >= len(pairs) > 50


@needs_walker
def test_small_chunks_hide_nothing(
    make_repo: Callable[..., Any], matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that two chunks of the stream, or two texts for the matcher, could share is found once."""
    repo = make_repo()
    _history(repo, random.Random(7), _values(matcher), 40)
    repo.git("repack", "-adfq")
    plain = _set(_plain(repo, matcher, Coverage()))
    monkeypatch.setattr(stream, "_CHUNK", 70_000)
    assert _set(_scan(repo, matcher, walk=False, workers=3).hits) == plain
    monkeypatch.setattr(packs, "_TARGET", 1)
    assert _set(_scan(repo, matcher, workers=1).hits) == plain
    monkeypatch.setattr(packs, "LIMIT", 3000)
    assert _set(_scan(repo, matcher).hits) == plain


@needs_walker
@pytest.mark.parametrize("library", ["installed", "none", "nowhere", "another"])
def test_every_way_to_inflate_gives_the_same(
    make_repo: Callable[..., Any], matcher: Matcher, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    """libdeflate, where the package that holds it is installed and still does, else zlib; small objects and large."""
    another = packs._packwalk.__file__.encode()
    paths = {"installed": packs._library(), "none": b"", "nowhere": b"/nowhere/library.so", "another": another}
    monkeypatch.setattr(packs, "_library", lambda: paths[library])
    repo = make_repo()
    _history(repo, random.Random(8), _values(matcher), 30)
    for number, size in enumerate([0, 1, 100, 399, 400, 401, 3000, 100_000]):
        repo.write(f"sizes/{number}", random.Random(size).randbytes(size).hex()[:size])
    repo.commit()
    repo.git("repack", "-adfq")
    (file,) = packs.pack_files([str(repo.path / ".git/objects")], 20)
    opened = packs.OpenPack(file)
    walker = packs._Worker(opened, matcher, Judge(matcher, Coverage(), KEY), {}, None)._walker()
    assert walker.quick == (library == "installed")
    del walker
    opened.close()
    coverage = Coverage()
    assert _set(_scan(repo, matcher, coverage).hits) == _set(_plain(repo, matcher, Coverage()))
    assert not coverage.incomplete and coverage.blobs == sum(1 for kind in _kinds(repo) if kind == "blob")


def _kinds(repo: Any) -> list[str]:
    return str(repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype)")).split()


@pytest.mark.parametrize("size", [500, 9000])
def test_no_name_and_no_wide_text_is_lost_between_chunks(
    repo: Any, matcher: Matcher, make_secret: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Each name is judged once, and the first tree that holds it may be cut by the end of a chunk."""
    choose = random.Random(size)
    names = [make_secret(f"{size} {number}") for number in range(14)]
    for number in range(40):
        repo.write(f"folder/{choose.randrange(10**6)}-{number}.txt", "x" * 30)
    for number, name in enumerate(names):
        # In one tree only, before all others.
        repo.write(f"folder/0-{name}", str(number))
        if number:
            (repo.path / f"folder/0-{names[number - 1]}").unlink()
        repo.write(f"wide{number}", f"token = {name}\n".encode("utf-16"))
        repo.write("grows", "y" * choose.randrange(6000) + f"\nlast = {name}")
        repo.git("add", ".")
        repo.commit()
    monkeypatch.setattr(stream, "_CHUNK", size)
    hits = _scan(repo, matcher, walk=False, workers=1).hits
    plain = _plain(repo, matcher, Coverage())
    assert _set(hits) == _set(plain)
    assert len({hit.finding.fingerprint for hit in hits if hit.kind == "tree"}) == len(names)
    assert len([hit for hit in hits if hit.kind != "tree"]) == len({hit for hit in plain if hit.kind != "tree"})


@pytest.mark.parametrize("walk", [pytest.param(True, marks=needs_walker), False])
def test_every_place_is_read(
    repo: Any, matcher: Matcher, make_secret: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, walk: bool
) -> None:
    """Messages, people, tags, names, wide text, loose, dangling and packed objects, several packs and alternates."""
    planted: list[str] = []

    def plant(label: str) -> str:
        planted.append(label)
        return make_secret(label)

    def blob(label: str, encoding: str = "ascii") -> str:
        return repo.git("hash-object", "-w", "--stdin", stdin=f"text\n{plant(label)} end\n".encode(encoding))

    repo.commit("first", plain=plant("file"))
    repo.git("repack", "-adq")
    repo.git("commit", "-q", "--allow-empty", "-m", f"change\n\nwith {plant('message')}")
    repo.git("commit", "-q", "--allow-empty", "-m", "x", "--author", f"{plant('author')} <a@example.org>")
    repo.git("commit", "-q", "--allow-empty", "-m", "x", GIT_COMMITTER_EMAIL=plant("committer"))
    repo.git("tag", "-a", "v1", "-m", f"release {plant('tag')}")
    repo.git("tag", "-a", "v2", "-m", "release", GIT_COMMITTER_NAME=plant("tagger"))
    repo.commit("names", **{f"{plant('name')}.txt": "nothing"})
    repo.git("repack", "-dq")
    repo.commit("again", **{"other": plant("second pack")})
    for encoding in ("utf-16", "utf-16-be", "utf-16-le", "utf-32"):
        blob(encoding, encoding)
    monkeypatch.setattr(packs, "LIMIT", 1 << 17)
    large = b"\n".join([_words(random.Random(1), 2000)] * 10)
    assert len(large) > packs.LIMIT
    repo.git("hash-object", "-w", "--stdin", stdin=large + plant("large").encode() + b"\n" + large)
    repo.git("repack", "-adkq")
    blob("dangling")
    clone = repo.path.parent / "clone"
    repo.git("clone", "-q", "--shared", "--bare", ".", clone)
    borrower = type(repo)(clone, repo.environment)
    borrower.git("hash-object", "-w", "--stdin", stdin=plant("borrower").encode())
    coverage = Coverage()
    hits = _scan(borrower, matcher, coverage, walk=walk).hits
    judge = Judge(matcher, Coverage(), KEY)
    for label in planted:
        judge.blob(label, make_secret(label).encode())
    expected = {hit.finding.fingerprint: hit.id for hit in judge.hits if hit.finding.rule == "github-pat-classic"}
    assert len(expected) == len(planted)
    found = {expected.get(hit.finding.fingerprint, "?") for hit in hits if hit.finding.rule == "github-pat-classic"}
    assert found == set(planted)
    assert not coverage.skipped
    kinds = {(hit.kind, hit.finding.kind) for hit in hits}
    assert kinds == {
        ("blob", "file"), ("commit", "message"), ("commit", "author"), ("commit", "committer"), ("tag", "message"),
        ("tag", "tagger"), ("tree", "path"),
    }  # fmt: skip


def test_a_missing_object_is_a_gap(repo: Any, matcher: Matcher, make_secret: Callable[[str], str]) -> None:
    """In the middle of a list of objects that git is asked for; the others are read, and their bytes counted."""
    found = [repo.git("hash-object", "-w", "--stdin", stdin=make_secret(word).encode()) for word in ("one", "two")]
    lost = "12" * (len(found[0]) // 2)
    coverage = Coverage()
    judge = Judge(matcher, coverage, KEY)
    git = Git(str(repo.path))
    read = stream.stream(git, matcher, judge, coverage, listing(git, [lost, found[0], lost[::-1], found[1]]))
    assert [hit.id for hit in judge.hits] == found
    assert [(gap.path, gap.reason) for gap in coverage.skipped] == [
        (name, "the object is missing") for name in (lost, lost[::-1])
    ]
    assert read.bytes == sum(len(make_secret(word)) for word in ("one", "two"))
    assert read.counts == [2, 0, 0, 2, 0]


@pytest.mark.parametrize("walker", [pytest.param(True, marks=needs_walker), False])
def test_what_no_pack_holds_is_told(repo: Any, monkeypatch: pytest.MonkeyPatch, walker: bool) -> None:
    """Of two packs and some ids, in order and as often as asked, with and without the walker."""
    held = []
    for text in (b"one", b"two"):
        held.append(repo.git("hash-object", "-w", "--stdin", stdin=text))
        repo.git("pack-objects", str(repo.path / ".git/objects/pack/pack"), stdin=held[-1].encode())
    files = packs.pack_files(Git(str(repo.path)).object_folders, len(held[0]) // 2)
    assert len(files) == 2
    if not walker:
        monkeypatch.setattr(packs, "_packwalk", None)
    others = [name[::-1] for name in held]
    asked = bytes.fromhex("".join([others[0], *held, others[1], held[0], others[0]]))
    assert packs.absent(files, asked).hex() == others[0] + others[1] + others[0]
    assert packs.absent(files, bytes.fromhex("".join(held))) == b""


@pytest.mark.parametrize("walk", [pytest.param(True, marks=needs_walker), False])
def test_damage_is_a_gap(repo: Any, matcher: Matcher, secret: str, walk: bool) -> None:
    """An object that can't be read makes the scan incomplete, and hides nothing in the others."""
    repo.commit("one", first=secret)
    lost = repo.git("rev-parse", "HEAD:first")
    repo.commit("two", second=f"another {secret}\n")
    repo.git("repack", "-adq")
    pack = next((repo.path / ".git/objects/pack").glob("*.pack"))
    listed = repo.git("verify-pack", "-v", pack.with_suffix(".idx")).splitlines()
    offset = next(int(line.split()[4]) for line in listed if line.startswith(lost))
    pack.chmod(0o600)
    damaged = bytearray(pack.read_bytes())
    damaged[offset + 8] ^= 0x55
    pack.write_bytes(damaged)
    coverage = Coverage()
    hits = _scan(repo, matcher, coverage, walk=walk).hits
    assert {hit.id for hit in hits} == {repo.git("rev-parse", "HEAD:second")}
    assert coverage.incomplete
    assert [gap.path for gap in coverage.skipped] == [lost]


@needs_walker
def test_an_interrupt_while_a_pack_is_opened(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is passed on, and the pack is released."""
    repo.commit("one", first="x")
    repo.git("repack", "-adq")
    git = Git(str(repo.path))
    [file] = packs.pack_files(git.object_folders, git.hash_size)

    def interrupted(_: packs.OpenPack) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(packs.OpenPack, "forget", interrupted)
    with pytest.raises(KeyboardInterrupt):
        packs.OpenPack(file)


@pytest.mark.parametrize("walk", [pytest.param(True, marks=needs_walker), False])
def test_a_damaged_loose_object_is_a_gap(repo: Any, matcher: Matcher, secret: str, walk: bool) -> None:
    """git goes on behind it, but complains in the end; what was found is kept."""
    repo.commit("one", first=secret)
    broken = repo.git("hash-object", "-w", "--stdin", stdin=b"broken")
    file = repo.path / ".git/objects" / broken[:2] / broken[2:]
    file.chmod(0o600)
    file.write_bytes(b"no object")
    coverage = Coverage()
    assert len(_scan(repo, matcher, coverage, walk=walk).hits) == 1
    assert [gap.path for gap in coverage.skipped] == [broken]


@needs_walker
def test_known_packs_and_objects_are_left_out(repo: Any, matcher: Matcher, make_secret: Callable[[str], str]) -> None:
    """A second scan reads only what came since."""
    repo.commit("one", first=make_secret("one"))
    repo.git("repack", "-adq")
    before = _scan(repo, matcher)
    repo.commit("two", second=make_secret("two"))
    coverage = Coverage()
    after = _scan(repo, matcher, coverage, known_packs=before.packs)
    assert len(before.packs) == 1
    assert [hit.id for hit in after.hits] == [repo.git("rev-parse", "HEAD:second")]
    assert (coverage.blobs, coverage.commits) == (1, 1)
    again = _scan(repo, matcher, known_packs=before.packs, known=lambda name: True)
    assert not again.hits
    assert not any(again.objects.values())


@needs_walker
def test_a_pack_that_makes_no_sense_goes_to_git(
    repo: Any, matcher: Matcher, make_secret: Callable[[str], str], tmp_path: Path
) -> None:
    """A pack that the walker refuses is read by git, and beside it the others are walked."""
    repo.commit("one", first=make_secret("one"))
    repo.git("repack", "-adq")
    good = next((repo.path / ".git/objects/pack").glob("*.pack"))
    for ending in (".pack", ".idx"):
        shutil.copy(good.with_suffix(ending), tmp_path / f"kept{ending}")
    repo.commit("two", second=make_secret("two"))
    repo.git("repack", "-dq")
    index = good.with_suffix(".idx")
    index.unlink()
    # A version 1 index, which git still reads.
    repo.git("index-pack", "--index-version=1", good)
    coverage = Coverage()
    scanned = _scan(repo, matcher, coverage)
    assert len(scanned.packs) == 1
    assert len({hit.finding.fingerprint for hit in scanned.hits}) == 2
    assert (coverage.blobs, coverage.commits, coverage.skipped) == (2, 2, [])
