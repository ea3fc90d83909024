"""A parser for syslog-ng's `python()`: masks messages inside syslog-ng, in every field that a template can print."""

from __future__ import annotations

from typing import Any

from .message import Messages

# Fields that syslog-ng writes itself.
_OWN = ("HOST_FROM", "SOURCE", "TRANSPORT")
# Macros are computed from fields and listed among them. They can't be changed, and 3.38 aborts when Python reads some.
_MACROS = (
    "CONTEXT_ID UNIQID SEVERITY SEVERITY_NUM FACILITY FACILITY_NUM LEVEL LEVEL_NUM PRIORITY PRI TAG TAGS PROTO "
    "DESTIP DESTPORT SOURCEIP RCPTID SDATA SEQNUM RUNID LOGHOST HOSTID MSGHDR SYSUPTIME BSDTAG"
)
_TIMES = (
    "DATE FULLDATE ISODATE STAMP UNIXTIME YEAR YEAR_DAY MONTH MONTH_NAME MONTH_ABBREV MONTH_WEEK WEEK ISOWEEK WEEKDAY "
    "WEEK_DAY WEEK_DAY_NAME WEEK_DAY_ABBREV DAY HOUR HOUR12 AMPM MIN SEC MSEC USEC TZ TZOFFSET"
)
_PASSED = frozenset(
    name.encode()
    for name in (
        *_OWN, *_MACROS.split(), *(first + time for first in ("", "P_", "R_", "S_", "C_") for time in _TIMES.split())
    )
)  # fmt: skip


class Parser:
    """`parser { python(class("scrubjay.sanitizer.shippers.syslogng.Parser")); };`

    `options("config" "/etc/scrubjay.toml")` reads the table [filter] of a file; "engine" "keywords" uses the second
    engine.
    If it can't start, syslog-ng does not start either; a message that can't be masked is dropped.
    """

    def init(self, options: dict[Any, Any] | None = None) -> bool:
        """Load the rules; an error here stops syslog-ng's start."""
        from threading import Lock

        from ...patterns import Matcher
        from ..keynames import riders
        from ..settings import Settings

        given = {_text(name): _text(value) for name, value in (options or {}).items()}
        if unknown := given.keys() - {"engine", "config"}:
            raise ValueError(f"unknown option {min(unknown)}: there are engine and config")
        engine, config = given.get("engine", ""), given.get("config", "")
        settings = Settings(lambda: Matcher.default(engine=engine, riders=riders()), config=config)
        setup = settings.load()
        self._messages = Messages(setup.examiner, policy=setup.policy)
        # The engine lets other threads run while it scans.
        self._lock = Lock()
        return True

    def parse(self, message: Any) -> bool:
        """Mask a message in place; False, which makes syslog-ng drop it, if that fails."""
        try:
            with self._lock:
                self._mask(message)
        except Exception:  # noqa: BLE001
            # syslog-ng would print the error, and it may quote the message.
            return False
        return True

    def _mask(self, message: Any) -> None:
        names = [_bytes(name) for name in list(message.keys())]
        fields = {name: _bytes(message[_text(name)]) for name in names if name not in _PASSED}
        sender = b" ".join(fields.get(name, b"") for name in (b"HOST", b"PROGRAM", b"PID"))
        for name, value in fields.items():
            if not value:
                continue
            if name.startswith(b".SDATA.") or (name != b"MESSAGE" and b"." in name):
                # The last part of a name says what its value is.
                before = name.rpartition(b".")[2] + b'="'
                masked = self._messages.mask(before + value + b'"', name)
                masked = masked[len(before) : -1] if masked.startswith(before) and masked.endswith(b'"') else masked
            else:
                masked = self._messages.mask(value, sender + b" " + name)
            if masked != value:
                message[_text(name)] = masked


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
