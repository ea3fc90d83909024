"""The data policy's files: what they say, what is wrong with them, by line; and that a repository's only restricts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns import ScrubjayError
from scrubjay.sanitizer.checkpoint import Checkpoint
from scrubjay.sanitizer.datapolicy import CLASSES, DataPolicy, Label, Policies, Receiver, literal
from scrubjay.sanitizer.policyfile import parse, read, settle

GOOD = """
default = "internal"
audit = "audit.jsonl"

[[label]]
class = "personal"
name = "customers"
paths = ["customers/", "*.mbox"]

[[label]]
class = "internal"
rules = ["sentry-*"]

[[label]]
class = "personal"
known-files = ["people"]
known-env = ["STAFF_*"]

[[receiver]]
agents = ["claude-code", "co*"]
classes = ["public", "internal"]

[[receiver]]
hosts = ["*.example.com", "127.0.0.1:8080"]
models = ["inside-*"]
classes = ["public", "internal", "personal"]
"""


def policy(text: str, path: str = "/home/me/policy.toml", base: str = "") -> DataPolicy:
    """The policy of a text without mistakes."""
    made, problems = parse(text, path, base=base, agents=("claude-code", "codex", "cursor"))
    assert problems == []
    return made


def test_a_file_is_read() -> None:
    """Labels, receivers, the default and the audit; paths start from the file's folder."""
    made = policy(GOOD)
    assert (made.default, made.audit) == ("internal", "/home/me/audit.jsonl")
    assert [(label.data_class, label.name) for label in made.labels] == [
        ("personal", "customers"), ("internal", "sentry-*"), ("personal", "people"),
    ]  # fmt: skip
    known = made.labels[2].known
    assert known and known.files == ("/home/me/people",) and known.env == ("STAFF_*",)
    assert policy("audit = true").audit.endswith("/scrubjay/audit.jsonl") and policy("audit = false").audit == ""


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("default = 'open'", 1, "default wants one of public, internal, secret, personal"),
        ("\naudits = true", 2, "there is no setting audits; there are default, audit"),
        ("audit = 3", 1, "audit wants a text"),
        ("label = 3", 1, "label wants blocks"),
        ("[[label]]\npaths = ['a']", 1, "label wants a class"),
        ("[[label]]\nclass = 'secret'", 1, "label wants paths, rules"),
        (
            "[[label]]\nclass = 'secret'\npath = ['a']\npaths = ['a']",
            3,
            "there is no setting path in label; there are class",
        ),
        ("[[label]]\nclass = 'secret'\npaths = 'a'", 3, "paths in label wants a list"),
        ("[[label]]\nclass = 'secret'\nrules = ['A B']", 3, "rules in label wants ids of rules"),
        (
            "[[label]]\nclass = 'secret'\npaths = ['a']\n[[label]]\nclass = 'x'\npaths = ['a']",
            5,
            "class in label wants",
        ),
        ("[[receiver]]\nagents = ['codex']", 1, "receiver wants classes"),
        ("[[receiver]]\nclasses = []", 1, "receiver wants agents, hosts or models"),
        ("[[receiver]]\nclasses = ['all']\nhosts = ['*']", 2, "classes in receiver wants classes among"),
        ("[[receiver]]\nclasses = []\nagents = ['codecs']", 3, "there is no agent codecs; there are claude-code"),
        ("default = ", 1, "not valid TOML"),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, line: int, complaint: str) -> None:
    """Each wrong key or value gives one complaint that says where and what."""
    problems = parse(text, "p", agents=("claude-code", "codex"))[1]
    assert [problem.line for problem in problems] == [line] and complaint in problems[0].text


def test_a_repository_may_not_say_all(tmp_path: Path) -> None:
    """Where the audit goes is the user's to say, and known values have to be in the repository."""
    base = str(tmp_path)
    told = parse("audit = true", f"{base}/p", base=base)[1]
    assert "user's to say" in told[0].text
    for name in ("../people", "/etc/passwd"):
        text = f"[[label]]\nclass = 'personal'\nknown-files = ['{name}']"
        told = parse(text, f"{base}/p", base=base)[1]
        assert told[0].line == 3 and "in the repository" in told[0].text
    assert not parse("[[label]]\nclass = 'personal'\nknown-files = ['people']", f"{base}/p", base=base)[1]


WORDS = st.sampled_from(
    ["default", "audit", "class", "paths", "=", "'secret'", "['a']", "\n", "[[label]]", "[[receiver]]", "true", "hosts"]
)


@given(st.lists(WORDS).map(" ".join) | st.text())
def test_any_text_is_a_policy_or_a_complaint(text: str) -> None:
    """No text makes the reader fail, and a complaint names a line of the text."""
    for base in ("", "/repository"):
        problems = parse(text, "p", base=base)[1]
        assert all(1 <= problem.line <= max(1, len(text.splitlines())) for problem in problems)


def test_a_file_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named file that is missing, no text or wrong is an error, never ignored."""
    path = tmp_path / "policy.toml"
    monkeypatch.setenv("SCRUBJAY_POLICY", str(path))
    for data in (None, b"\xff", b"default = 1\nmore = 2\n"):
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(ScrubjayError, match="policy.toml"):
            settle()
    with pytest.raises(ScrubjayError, match=r"policy.toml:1: .*\n.*policy.toml:2: "):
        read(str(path))


def test_the_first_block_that_fits_counts() -> None:
    """Agents, hosts with and without a port, models; who is not named may have what is public."""
    both = Policies(policy(GOOD))
    wanted = {
        ("agent", "claude-code"): "public internal", ("agent", "codex"): "public internal",
        ("agent", "gemini"): "public",
        ("host", "a.example.com:443"): "public internal personal",
        ("host", "127.0.0.1:8080"): "public internal personal",
        ("host", "127.0.0.1:80"): "public", ("host", "example.com.evil.org:443"): "public",
        ("model", "inside-1"): "public internal personal", ("model", "claude-code"): "public",
    }  # fmt: skip
    assert {case: both.receives(*case) for case in wanted} == {case: set(text.split()) for case, text in wanted.items()}


def test_paths_of_the_user_and_of_a_repository(tmp_path: Path) -> None:
    """The user's patterns count below any folder, or from / and ~; a repository's count in it, as in .gitignore."""
    lines = "[[label]]\nclass = 'secret'\npaths = {}"
    home = Path("~").expanduser()
    own = policy(lines.format("['b/c', '*.pem', '/srv/data/', '~/mine']"))
    labelled = ["/x/b/c", "/x/b/c/d", "/x/y.pem", "/srv/data", "/srv/data/e/f", f"{home}/mine", f"{home}/mine/g"]
    assert [path for path in labelled if not own.of_path(path)] == []
    assert [path for path in ["/x/c", "/x/y.pem2", "/opt/srv/data/e", "/x/mine"] if own.of_path(path)] == []
    theirs = policy(lines.format("['/b', '*.pem']"), f"{tmp_path}/p", base=str(tmp_path))
    assert theirs.of_path(f"{tmp_path}/b") and theirs.of_path(f"{tmp_path}/x/y.pem")
    assert not theirs.of_path(f"{tmp_path}/x/b") and not theirs.of_path("/y.pem")
    (tmp_path / "real.pem").touch()
    (tmp_path / "link").symlink_to("real.pem")
    decision = Policies(None, theirs).of_path(frozenset(("public",)), str(tmp_path / "link"))
    assert not decision.allowed and decision.why == "secret by the label /b"


PIECES = st.lists(
    st.sampled_from(["a", "b", "/", "*", "**", "?", "[ab]", "!", "\\", " ", ".", "#", "~"]), max_size=7
).map("".join)


@given(PIECES, st.lists(st.sampled_from(["a", "b", "ab", "/", ".", " "]), min_size=1, max_size=7).map("".join))
def test_the_quick_look_at_a_path_overlooks_nothing(pattern: str, path: str) -> None:
    """Where a pattern fits, what it says literally is in the path."""
    from pathspec import GitIgnoreSpec

    try:
        fits = GitIgnoreSpec.from_lines([pattern]).match_file(path)
    except ValueError:
        return
    assert not fits or all(part in path for part in literal(pattern))


def test_a_finding_is_secret_unless_the_user_labels_its_rule() -> None:
    """Who may have the label's class may have the finding, and no other one."""
    both = Policies(policy(GOOD))
    may = both.receives("agent", "codex")
    assert both.of_rule(may, "sentry-dsn").allowed and not both.of_rule(may, "github-pat-classic").allowed
    assert both.of_rule(may, "github-pat-classic").labels == ("rule github-pat-classic",)


def test_known_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are found in every encoding and where they are cut; the audit has none; a file that is missing is told."""
    (tmp_path / "people").write_text("Ada Exampleperson\n")
    monkeypatch.setenv("STAFF_HEAD", "Bea Exampleperson")
    text = GOOD.replace('"codex"', '"x"')
    both = Policies(policy(text, f"{tmp_path}/policy.toml"))
    checkpoint = Checkpoint(both, "agent", "codex")
    for value in ("Ada Exampleperson", "Bea%20Exampleperson", "QWRhIEV4YW1wbGVwZXJzb24="):
        assert checkpoint.known(f"<{value}>".encode(), "here"), value
    assert not Checkpoint(both, "host", "a.example.com:1").known(b"Ada Exampleperson", "here")
    cut = Checkpoint(both, "agent", "codex")
    chunks = [b"so Ada Exam", b"pleperson says"]
    assert list(cut.known_in_chunks(iter(chunks), "there")) == chunks and len(cut.barred) == 1
    cut.path("/x/Ada Exampleperson.mbox", "Ada Exampleperson.mbox")
    cut.record("sent", "withheld")
    told = (tmp_path / "audit.jsonl").read_text()
    assert "[REDACTED:known-value].mbox" in told and "Exampleperson" not in told
    (tmp_path / "people").unlink()
    with pytest.raises(ScrubjayError, match="people"):
        Checkpoint(Policies(policy(text, f"{tmp_path}/policy.toml")), "agent", "codex").known(b"x", "here")


SOME = st.frozensets(st.sampled_from(CLASSES))
LABELS = st.lists(
    st.builds(
        Label,
        st.sampled_from(CLASSES), st.sampled_from(["one", "two", "three"]),
        st.lists(st.sampled_from(["a/", "*.txt", "/a/b.txt", "!b.txt"]), max_size=2).map(tuple),
        st.lists(st.sampled_from(["x-*", "x-y", "z"]), max_size=2).map(tuple),
    ),
    max_size=3,
)  # fmt: skip
RECEIVERS = st.lists(st.builds(Receiver, SOME, st.sampled_from([("codex",), ("c*",), ("cursor",)])), max_size=2)


def files(base: str) -> st.SearchStrategy[DataPolicy]:
    """Policies of a user or a repository."""
    return st.builds(
        DataPolicy, st.just("p"), base=st.just(base), default=st.sampled_from(["", *CLASSES]), labels=LABELS,
        receivers=RECEIVERS,
    )  # fmt: skip


@settings(max_examples=80)
@given(files(""), files("/r"), st.sampled_from(["codex", "cursor", "gemini"]))
def test_a_repository_only_adds_restrictions(user: DataPolicy, repository: DataPolicy, agent: str) -> None:
    """Whatever a repository's policy says, nothing passes that would not pass without it."""
    for alone, both in ((Policies(user), Policies(user, repository)), (Policies(), Policies(None, repository))):
        before, after = alone.receives("agent", agent), both.receives("agent", agent)
        assert after <= before
        for path in ("/r/a/b.txt", "/r/c.txt", "/r/d", "/e"):
            assert alone.of_path(before, path).allowed or not both.of_path(after, path).allowed
        for rule in ("x-y", "x-z", "z", "q"):
            # Without a policy, findings are withheld.
            assert (alone.user and alone.of_rule(before, rule).allowed) or not both.of_rule(after, rule).allowed
        assert alone.of_rest(before).allowed or not both.of_rest(after).allowed
