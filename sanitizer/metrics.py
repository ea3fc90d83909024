"""Numbers of a running filter for Prometheus, and the alert on a sudden rise of secrets. No values, only counts."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..patterns.errors import ScrubjayError

if TYPE_CHECKING:
    from .stream import Summary

# Seconds between two looks at the numbers.
INTERVAL = 10.0
# Intervals until enough is known to be surprised.
LEARNING = 6
# How quickly the expected number follows, and what is too little to be worth an alert, or not far enough above it.
_WEIGHT = 0.1
_LEAST = 20
_FACTOR = 4.0
_SPREADS = 6.0


def prometheus(summary: Summary, source: str, fingerprint: str = "") -> str:
    """Return the numbers of a run in Prometheus' text format; `source` and `fingerprint` are labels."""
    label = source.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    lines: list[str] = []

    def add(name: str, text: str, rows: Sequence[tuple[str, int]], kind: str = "counter") -> None:
        lines.extend((f"# HELP scrubjay_filter_{name} {text}", f"# TYPE scrubjay_filter_{name} {kind}"))
        for labels, number in rows:
            lines.append(f'scrubjay_filter_{name}{{source="{label}"{labels}}} {number}')

    add("read_bytes_total", "Bytes read.", [("", summary.bytes_in)])
    add("written_bytes_total", "Bytes written.", [("", summary.bytes_out)])
    actions = dict(getattr(summary.masked, "actions", {}))
    rows = [(f',rule="{rule}",action="{action}"', number) for (rule, action), number in sorted(actions.items())]
    add("masked_total", "Secrets masked, by rule and mask.", rows)
    add("withheld_total", "Pieces withheld after internal errors.", [("", summary.withheld)])
    add("withheld_bytes_total", "Bytes withheld after internal errors.", [("", summary.withheld_bytes)])
    add("reloads_total", "Reloads of settings and known values.", [
        (',result="done"', summary.reloads), (',result="refused"', summary.reloads_refused),
    ])  # fmt: skip
    add("alerts_total", "Sudden rises of secrets.", [("", summary.alerts)])
    if fingerprint:
        add("rules_info", "Hash of the rules, names and masks in use.", [(f',hash="{fingerprint}"', 1)], "gauge")
    return "\n".join(lines) + "\n"


class Baseline:
    """Learns how many secrets an interval has, and tells when there are suddenly far more."""

    def __init__(self) -> None:
        self.expected = 0.0
        self._spread = 0.0
        self._seen = 0

    def add(self, number: int) -> bool:
        """Take the number of an interval; True if it is a sudden rise. What is one teaches less."""
        known, self._seen = self._seen >= LEARNING, self._seen + 1
        limit = max(_LEAST, self.expected * _FACTOR, self.expected + _SPREADS * self._spread)
        rise = known and number > limit
        if rise:
            # A new level is learned in the end, but slowly.
            number = int(limit)
        weight = max(_WEIGHT, 1 / self._seen)
        distance = number - self.expected
        self.expected += weight * distance
        self._spread += weight * (abs(distance) - self._spread)
        return rise


class Watch:
    """While entered, writes the numbers of a run to a file, serves them on the loopback address, and raises alerts."""

    def __init__(
        self,
        *,
        source: str = "",
        file: str = "",
        port: int | None = None,
        alert: Callable[[int, float], None] | None = None,
        interval: float = INTERVAL,
        fingerprint: str = "",
    ) -> None:
        """`alert` is called with the number of secrets in an interval and that expected. Raises ScrubjayError."""
        self.summary: Summary | None = None
        self._source, self._file, self._alert = source, file, alert
        self._interval, self.fingerprint = interval, fingerprint
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._baseline = Baseline()
        self._before = 0
        self._failed = False
        self._server: Any = None
        if file:
            self._write(must=True)
        if port is not None:
            self._server = _server(port, self.text)
        self.port = self._server.server_address[1] if self._server else None

    def __enter__(self) -> Watch:
        for work in (self._run, *((self._server.serve_forever,) if self._server else ())):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        for thread in self._threads:
            thread.join()
        self._write()

    def text(self) -> str:
        """Return the numbers as they are now."""
        return prometheus(self.summary, self._source, self.fingerprint) if self.summary else ""

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            self._write()
            if self._alert and self.summary:
                now = sum(dict(self.summary.masked).values())
                number, self._before = now - self._before, now
                expected = self._baseline.expected
                if self._baseline.add(number):
                    self.summary.alerts += 1
                    self._alert(number, expected)

    def _write(self, must: bool = False) -> None:
        if not self._file:
            return
        temporary = f"{self._file}.{os.getpid()}.tmp"
        try:
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(self.text())
            os.replace(temporary, self._file)
        except OSError as error:
            if must:
                raise ScrubjayError(f"can't write the metrics file {self._file}: {error.strerror}") from None
            self._failed = True


def _server(port: int, text: Callable[[], str]) -> Any:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.path in ("/", "/metrics")
            body = text().encode() if good else b""
            self.send_response(200 if good else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except (OSError, OverflowError) as error:
        raise ScrubjayError(f"can't serve metrics on port {port}: {getattr(error, 'strerror', error)}") from None
    server.daemon_threads = True
    return server
