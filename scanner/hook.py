"""The git hooks: what pre-commit, commit-msg, pre-push and pre-receive look at, by themselves and under pre-commit.

A hook never passes because there was nothing it could see: what it looked at is said on standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ..patterns.errors import ScrubjayError
from .changes import commits, introduced, is_object_id, net, scan, scan_messages, staged
from .coverage import Coverage
from .finding import Fragment, find_in, path_fragment
from .git import Git

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .changes import Change
    from .finding import Finding

_USAGE = "usage: scrubjay hook pre-commit [FILE...] | commit-msg FILE | pre-push [REMOTE URL] | pre-receive"
_SCISSORS = b"------------------------ >8 ------------------------"
_NO_SECRET = "if it is no secret: `scrubjay audit --staged`, or a comment `scrubjay:ignore[RULE] REASON` in its line"
_ADVICE = {
    "pre-commit": "the commit was stopped: take the secret out and stage the file again",
    "commit-msg": "the commit was stopped: take the secret out of the message",
    "pre-push": "the push was stopped: take the secret out of these commits, for example with `git rebase -i`",
    "pre-receive": "the push was refused: take the secret out of these commits, for example with `git rebase -i`",
}


class Push(NamedTuple):
    """What is about to be pushed: objects, the objects that the other side has, and the refs that it gets."""

    new: list[str]
    known: list[str]
    remote: str
    new_refs: list[str]


def run(arguments: Sequence[str], stdin: BinaryIO | None = None) -> int:
    """Run the hook that the first argument names; return 0 when clean, 1 with findings, 3 when something was not seen.

    `stdin` is where git tells pre-push what is pushed. Raises ScrubjayError for what the user has to mend, such as a
    folder that is not a repository.
    """
    from .reports import ending

    name, *rest = arguments or [""]
    name = "pre-commit" if name == "pre-merge-commit" else name
    if name not in _ADVICE or (name == "commit-msg" and len(rest) != 1):
        raise ScrubjayError(_USAGE)
    matcher, coverage = _matcher(), Coverage()
    coverage.values, coverage.snippets = {}, True
    if name == "pre-commit":
        found = _pre_commit(matcher, coverage, rest)
    elif name == "commit-msg":
        found = _commit_message(matcher, coverage, rest[0])
    elif name == "pre-receive":
        found = _pre_receive(matcher, coverage, stdin or sys.stdin.buffer)
    else:
        found = _pre_push(matcher, coverage, rest, stdin or sys.stdin.buffer)
    findings = list(dict.fromkeys(found))
    if findings:
        return _judged(name, findings, matcher, coverage)
    sys.stderr.write(ending.summary([], 0, coverage))
    return ending.exit_code([], coverage)


def _matcher() -> Matcher:
    """The matcher with the shipped rules, and with those of the settings where they speak of rules."""
    from ..patterns import Matcher
    from .configuration import speaks_of_rules

    engine = os.environ.get("SCRUBJAY_ENGINE", "")
    if not speaks_of_rules(os.curdir):
        return Matcher.default(engine=engine)
    from . import configuration
    from .customrules import matcher

    return matcher(configuration.settle(os.curdir), engine)


def _judged(name: str, findings: list[Finding], matcher: Matcher, coverage: Coverage) -> int:
    """Say what counts of the findings, by settings, markers and baseline; the hook writes none of these."""
    from .reports import document, ending, text
    from .review import remembered, review, terms, top

    by = terms(top(os.curdir))
    if by.baseline is None or not by.baseline.entries:
        coverage.values = None
    reviewed = review(findings, by, remembered(coverage.values))
    kept = reviewed.findings
    text.blocks(document.build(kept, coverage, matcher), sys.stdout)
    sys.stdout.flush()
    sys.stderr.write(ending.summary(kept, reviewed.hidden, coverage, len(reviewed.suppressed), reviewed.left_out))
    if kept:
        sys.stderr.write(f"scrubjay: {_ADVICE[name]}\n")
        sys.stderr.write(f"scrubjay: {_NO_SECRET}\n")
    return ending.exit_code(kept, coverage)


def _pre_commit(matcher: Matcher, coverage: Coverage, names: Sequence[str]) -> Iterator[Finding]:
    git = Git()
    place = git.place()
    wanted = {os.path.normpath(os.path.join(place.prefix, os.fsencode(name))) for name in names}
    old, new = os.environ.get("PRE_COMMIT_FROM_REF"), os.environ.get("PRE_COMMIT_TO_REF")
    if old and new:
        changes = net(git, old, new)
        known = frozenset(change.path for change in changes)
    else:
        index = staged(git, place)
        changes, known = index.changes, index.paths
        if len(index.parents) > 1 and wanted <= known:
            # In a merge, pre-commit names only the files that had a conflict.
            wanted = set()
    yield from scan(git, matcher, _named(changes, wanted), coverage)
    if not wanted <= known:
        # `pre-commit run --all-files` or `--files`: the user means the files as they are, whatever is staged.
        yield from _whole(matcher, coverage, names)


def _named(changes: Iterable[Change], wanted: set[bytes]) -> list[Change]:
    return [change for change in changes if not wanted or change.path in wanted]


def _whole(matcher: Matcher, coverage: Coverage, names: Iterable[str]) -> Iterator[Finding]:
    from .files import fragments

    for name in names:
        if os.path.isdir(name) and not os.path.islink(name):
            # A submodule has commits and hooks of its own.
            yield from find_in(matcher, path_fragment(name), coverage)
            continue
        for fragment in fragments(matcher, [name], coverage):
            yield from find_in(matcher, fragment, coverage)


def _commit_message(matcher: Matcher, coverage: Coverage, path: str) -> Iterator[Finding]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise ScrubjayError(f"the commit message can't be read: {error.strerror}") from None
    # git sets this editor for its hooks when it opens none, and then it keeps the comment lines.
    if os.environ.get("GIT_EDITOR") != ":":
        data = _without_comments(data, _comment_mark(Git()))
    coverage.files += 1
    yield from find_in(matcher, Fragment(data, path, "message"), coverage)


def _comment_mark(git: Git) -> bytes:
    """Return what begins a comment line: empty when comments are kept, b"auto" when git chooses it each time."""
    mark = b"#"
    names = r"^(core\.comment(char|string)|commit\.cleanup)$"
    for entry in git.output("config", "-z", "--get-regexp", names, ok=(0, 1)).split(b"\0"):
        name, _, value = entry.partition(b"\n")
        if name == b"commit.cleanup" and value in (b"whitespace", b"verbatim"):
            return b""
        if name.startswith(b"core.comment") and value:
            mark = value
    return mark


def _without_comments(data: bytes, mark: bytes) -> bytes:
    """Blank what git drops from a message, so that line numbers stay: comment lines, all below the scissors."""
    lines = data.split(b"\n")
    for number, line in enumerate(lines):
        if line.endswith(b" " + _SCISSORS) and len(line) <= len(_SCISSORS) + 1 + max(len(mark), 1):
            mark = line[: -len(_SCISSORS) - 1] if mark == b"auto" else mark
            if line.startswith(mark):
                del lines[number:]
                break
    if mark in (b"", b"auto"):
        return b"\n".join(lines)
    return b"\n".join(b"" if line.startswith(mark) else line for line in lines)


def _pre_push(matcher: Matcher, coverage: Coverage, rest: Sequence[str], stdin: BinaryIO) -> Iterator[Finding]:
    git = Git()
    git.place()
    yield from _pushed_objects(git, matcher, coverage, _pushed(git, rest, stdin))


def _pre_receive(matcher: Matcher, coverage: Coverage, stdin: BinaryIO) -> Iterator[Finding]:
    """What a server is about to take. The new objects are in quarantine, to which git's environment leads."""
    git = Git()
    git.place()
    new, new_refs = [], []
    for line in stdin.read().splitlines():
        old, pushed, ref = (line.decode("utf-8", "surrogateescape").split(" ", 2) + [""] * 3)[:3]
        if not ref or not is_object_id(old) or not is_object_id(pushed):
            raise ScrubjayError("pre-receive reads the lines that git gives to its pre-receive hook")
        if pushed.strip("0"):
            new.append(pushed)
            if not old.strip("0"):
                new_refs.append(ref)
    yield from _pushed_objects(git, matcher, coverage, Push(new, [], "", new_refs), refs=True)


def _pushed_objects(
    git: Git, matcher: Matcher, coverage: Coverage, push: Push, *, refs: bool = False
) -> Iterator[Finding]:
    for ref in push.new_refs:
        yield from find_in(matcher, path_fragment(ref), coverage)
    peeled = git.peel(push.new)
    for name in peeled.others:
        coverage.skip(name, "what is pushed is not a commit")
    listed = commits(git, peeled.commits, push.known, push.remote, refs=refs) if peeled.commits else []
    yield from scan_messages(git, matcher, [*peeled.tags, *(commit.id for commit in listed)], coverage)
    yield from scan(git, matcher, introduced(git, listed), coverage)


def _pushed(git: Git, rest: Sequence[str], stdin: BinaryIO) -> Push:
    """What is pushed, from git's own lines or from pre-commit's environment."""
    given = os.environ.get
    if not given("PRE_COMMIT") and not stdin.isatty():
        return _pushed_lines(git, _remote(git, rest[0] if rest else None), stdin)
    old, new, remote = given("PRE_COMMIT_FROM_REF"), given("PRE_COMMIT_TO_REF"), given("PRE_COMMIT_REMOTE_NAME")
    if old and new:
        return Push([git.commit(new)], [git.commit(old)], _remote(git, remote) if remote else "", [])
    # pre-commit names only the branch when all of it is new; run by hand, it names nothing.
    return Push([git.commit(given("PRE_COMMIT_LOCAL_BRANCH") or "HEAD")], [], _remote(git, remote), [])


def _pushed_lines(git: Git, remote: str, stdin: BinaryIO) -> Push:
    new: list[str] = []
    old: list[str] = []
    new_refs: list[str] = []
    for line in stdin.read().splitlines():
        words = line.decode("utf-8", "surrogateescape").rsplit(maxsplit=3)
        if len(words) != 4 or not all(is_object_id(words[side]) for side in (1, 3)):
            raise ScrubjayError("pre-push reads the lines that git gives to its pre-push hook")
        _, pushed, ref, before = words
        if not pushed.strip("0"):
            # A deleted ref.
            continue
        new.append(pushed)
        if before.strip("0"):
            old.append(before)
        else:
            new_refs.append(ref)
    # What the other side has may be unknown here.
    known = [found.id for found in git.objects(old) if found.kind in ("commit", "tag")]
    return Push(new, known, remote, new_refs)


def _remote(git: Git, name: str | None) -> str:
    """The remote whose branches are known to have their commits; a bare URL has none, so any remote's count."""
    known = git.output("remote").decode("utf-8", "surrogateescape").splitlines()
    return name if name and name in known else "*"
