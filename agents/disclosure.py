"""What an event would disclose to its agent by the data policy: files that it names, and what no label fits."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from . import decide
from .event import AFTER, ASK, BEFORE, DENY, PROMPT, REWRITE, SHELL, WRITE, Verdict, text_of, withheld
from .examine import texts
from .shell import files, objects

if TYPE_CHECKING:
    from ..sanitizer.checkpoint import Checkpoint
    from .event import Event
    from .examine import Examiner

SOURCE = "agent hook"
# What a search prints before what it has found in a file.
_FOUND_IN = re.compile(r"^([^:\n\0]{1,300}):", re.MULTILINE)
_MOST = 2000


def checked(event: Event, examiner: Examiner, step: Callable[[], Verdict]) -> Verdict:
    """Return what the data policy answers to an event, or else what `step` does; the audit gets all of it.

    Raises ScrubjayError when something could not be examined, or the audit can't be written.
    """
    checkpoint = examiner.checkpoint
    assert checkpoint is not None
    if event.stage == BEFORE and event.kind == WRITE:
        # A write gives the agent nothing.
        examiner.checkpoint = None
        return step()
    verdict = _barred(event, examiner, checkpoint)
    whole = verdict is not None
    verdict = verdict or step()
    _record(event, checkpoint, verdict, whole=whole)
    return verdict


def _barred(event: Event, examiner: Examiner, checkpoint: Checkpoint) -> Verdict | None:
    label = {PROMPT: "the prompt", AFTER: f"the output of {event.tool}"}.get(event.stage, f"what {event.tool} gives")
    named = 0
    for path in dict.fromkeys(_paths(event)):
        named += 1
        checkpoint.path(path, examiner.shown(path, safe=True))
    if event.stage == PROMPT or not named or (event.kind == SHELL and not decide.only_prints(decide.command_of(event))):
        checkpoint.rest(label)
    barred = checkpoint.barred
    if not barred:
        return None
    if event.stage == AFTER:
        mark = f"[REDACTED:class-{barred[0].decision.classes[0]}]"
        return Verdict(REWRITE, examiner.told(f"{label} was withheld"), withheld(event.output, mark))
    return Verdict(
        DENY, examiner.told("the prompt was not sent" if event.stage == PROMPT else f"{event.tool} was stopped")
    )


def _paths(event: Event) -> Iterator[str]:
    """The files and folders whose content an event would give to the agent; only a shell's need to exist."""
    if event.stage == PROMPT:
        for name in [*decide.mentions(event.prompt), *event.files]:
            path = os.path.join(event.cwd, os.path.expanduser(name))
            if os.path.lexists(path):
                yield path
                yield from decide.below(path)
        return
    if event.kind == SHELL:
        command = decide.command_of(event)
        yield from files(command, event.cwd, os.path.exists)
        for name in objects(command):
            if ":" in name:
                yield from _of_commit(name.partition(":")[2], event.cwd)
    else:
        for path in decide.named_paths(event.input):
            yield os.path.join(event.cwd, os.path.expanduser(path))
        if event.kind == WRITE and isinstance(event.input, dict):
            patch = text_of(event.input.get("command") or event.input.get("input") or "")
            for path in decide.patched(patch):
                yield os.path.join(event.cwd, path)
        elif event.kind != WRITE:
            yield from _existing((text for _, text in texts(event.input)), event.cwd)
    if event.stage == AFTER:
        for _, text in texts(event.output):
            yield from _existing(dict.fromkeys(found[1] for found in _FOUND_IN.finditer(text)), event.cwd)


def _of_commit(path: str, cwd: str) -> Iterator[str]:
    """Where a file of a commit would be: it is named from the root of the work tree, or with ./ from the folder."""
    from ..scanner.review import top

    yield os.path.normpath(os.path.join(cwd if path.startswith(".") else top(cwd), path))


def _existing(names: Iterable[str], cwd: str) -> Iterator[str]:
    for _, name in zip(range(_MOST), names, strict=False):
        if 1 < len(name) < 4096 and "\n" not in name and "\0" not in name and name != "..":
            path = os.path.join(cwd, os.path.expanduser(name))
            if os.path.lexists(path):
                yield path


def _record(event: Event, checkpoint: Checkpoint, verdict: Verdict, *, whole: bool) -> None:
    from ..sanitizer.checkpoint import ALLOWED, MASKED, SENT, WITHHELD

    good, bad = SENT, MASKED
    if whole or verdict.action in (DENY, ASK):
        good, bad = "", WITHHELD
    elif event.stage == BEFORE:
        # What a command prints with a secret is masked, and noted, afterwards.
        good, bad = ALLOWED, ""
    facts = {"source": SOURCE, "stage": event.stage}
    if event.tool:
        facts["tool"] = event.tool[:100]
    if event.session:
        facts["session"] = event.session[:100]
    checkpoint.record(good, bad, **facts)


def record_failure(checkpoint: Checkpoint, stage: str, why: str, *, sent: bool) -> None:
    """Note in the audit that an event could not be examined, and if it went on all the same. Raises ScrubjayError."""
    from ..sanitizer.checkpoint import SENT, WITHHELD

    row = {"event": SENT if sent else WITHHELD, "source": SOURCE, "stage": stage, "receiver": checkpoint.receiver}
    checkpoint.note([{**row, "why": f"not examined: {why}"}])
