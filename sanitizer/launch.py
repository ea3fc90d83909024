"""Starts a filter from its options: everything is made and checked before the first byte is read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ..patterns.errors import ScrubjayError
from .inputs import ENCODINGS, PACKINGS
from .settings import LIVE, Settings
from .stream import Extras, run

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .audit import Audit
    from .settings import Setup

MOST_JOBS = 64
# So many known values take half as long again, which a second process makes up for.
_MANY = 1000


def launch(
    make_matcher: Callable[[], Matcher], options: Mapping[str, Any], *, config: str = "", protocol: str = "",
    to: str | None = None, diagnostics_fd: int = 2,
) -> int:  # fmt: skip
    """Run the filter, or a shipper's helper if there is a protocol, and return its exit code.

    `options` are those of `settings.LIVE` and `settings.FIXED`; what is not given comes from the file `config`. Raises
    ScrubjayError, before anything is read, if anything in them is wrong.
    """
    if protocol:
        from .shippers.protocols import quiet

        quiet(protocol, diagnostics_fd)
    settings = Settings(make_matcher, {name: options[name] for name in LIVE if name in options}, config)
    fixed = {**settings.fixed(), **{name: value for name, value in options.items() if value not in (None, False, "")}}
    _check(fixed, protocol)
    setup = settings.load()
    if "jobs" not in fixed and not protocol and setup.known and setup.known.count >= _MANY and _processors() > 1:
        fixed["jobs"] = 2
    if setup.known and setup.known.skipped:
        _say(diagnostics_fd, f"{setup.known.skipped} known values are too short to be looked for")
    source = fixed.get("source") or protocol or "stdin"
    with ExitStack() as stack:
        extras = _extras(fixed, settings, setup, source, stack, protocol, diagnostics_fd)
        if protocol:
            from .shippers import protocols

            status = protocols.run(
                setup.examiner, protocol, to=to, show_summary=bool(fixed.get("summary")), extras=extras,
                diagnostics_fd=diagnostics_fd,
            )  # fmt: skip
        else:
            status = run(
                setup.examiner, show_summary=bool(fixed.get("summary")), extras=extras, diagnostics_fd=diagnostics_fd
            )
        if extras.audit:
            extras.audit.write("end", status=status)
        return status


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check(fixed: Mapping[str, Any], protocol: str) -> None:
    packing, encoding = fixed.get("packing", ""), fixed.get("encoding", "utf-8")
    if packing and packing not in PACKINGS:
        raise ScrubjayError(f"there is no packing {packing}; choose {', '.join(PACKINGS)}")
    if encoding not in ENCODINGS:
        raise ScrubjayError(f"there is no encoding {encoding}; choose {', '.join(ENCODINGS)}")
    jobs, interval = fixed.get("jobs", 1), fixed.get("interval", 1)
    if not 1 <= jobs <= MOST_JOBS:
        raise ScrubjayError(f"--jobs must be 1 to {MOST_JOBS}")
    if not 0.05 <= interval <= 86400:
        raise ScrubjayError("--interval must be 0.05 to 86400 seconds")
    if protocol and (packing or encoding != "utf-8" or jobs > 1):
        raise ScrubjayError(
            "a protocol is served by one process, and its input is plain: no --packing, --encoding, --jobs"
        )


def _extras(
    fixed: Mapping[str, Any], settings: Settings, setup: Setup, source: str, stack: ExitStack, protocol: str,
    diagnostics_fd: int,
) -> Extras:  # fmt: skip
    audit = quarantine = watch = None
    if path := fixed.get("quarantine"):
        from .quarantine import Quarantine

        quarantine = Quarantine(path)
        stack.callback(quarantine.close)
    if path := fixed.get("audit"):
        from .audit import Audit

        audit = Audit(path, source)
        stack.callback(audit.close)
        audit.write("start", rules=settings.fingerprint(), known_values=setup.known.count if setup.known else 0)
    port, file = fixed.get("metrics-port"), fixed.get("metrics-file", "")
    wants_alert = bool(fixed.get("alert") or fixed.get("alert-command"))
    if port is not None or file or wants_alert:
        from .metrics import INTERVAL, Watch

        alert = _alert(fixed.get("alert-command", ""), source, audit, diagnostics_fd) if wants_alert else None
        watch = Watch(
            source=source, file=file, port=port, alert=alert, interval=fixed.get("interval", INTERVAL),
            fingerprint=settings.fingerprint(),
        )  # fmt: skip
        stack.enter_context(watch)

    def reload() -> Setup:
        new = settings.load()
        if watch:
            watch.fingerprint = settings.fingerprint()
        if audit:
            audit.write("reload", rules=settings.fingerprint(), known_values=new.known.count if new.known else 0)
        return new

    return Extras(
        policy=setup.policy, reload=reload if settings.live else None, quarantine=quarantine, audit=audit, watch=watch,
        packing=fixed.get("packing", ""), encoding=fixed.get("encoding", "utf-8"), jobs=fixed.get("jobs", 1),
    )  # fmt: skip


def _alert(command: str, source: str, audit: Audit | None, diagnostics_fd: int) -> Callable[[int, float], None]:
    from .programs import run as run_program
    from .programs import words_of

    words = words_of(command, "--alert-command") if command else []

    def alert(number: int, expected: float) -> None:
        facts = {"source": source, "masked": number, "expected": round(expected, 1)}
        _say(diagnostics_fd, f"alert: {number} secrets masked in {source}, about {expected:.0f} expected")
        if audit:
            audit.write("alert", masked=number, expected=round(expected, 1))
        if words:
            try:
                run_program(words, "--alert-command", given=json.dumps(facts).encode() + b"\n")
            except ScrubjayError as error:
                _say(diagnostics_fd, str(error))

    return alert


def _say(fd: int, text: str) -> None:
    try:
        os.write(fd, f"scrubjay: {text}\n".encode("utf-8", "replace"))
    except OSError:
        pass
