"""The texts that the benchmarks run on: Python's own source code, and generated logs that hold no secrets.

`python benchmarks/corpus.py --megabytes 16 FILE` writes the logs, to look at them or to feed another tool.
"""

from __future__ import annotations

import argparse
import json
import os
import sysconfig
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

SEED = 20261122
MB = 1_000_000
_START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
_HOSTS = [f"{role}-{number:02}" for role in ("web", "api", "db", "cache", "edge", "worker") for number in range(6)]
_USERS = "root admin deploy alice bob carol dave erin mallory postgres oracle git ubuntu test guest backup".split()
_PATHS = [
    "/", "/index.html", "/api/v1/orders", "/api/v1/orders/{n}", "/api/v2/users/{n}/profile", "/static/js/app.{h}.js",
    "/static/css/main.{h}.css", "/images/products/{n}.webp", "/login", "/logout", "/search?q=blue+shoes&page={n}",
    "/healthz", "/metrics", "/favicon.ico", "/cart/items/{n}?ref=mail&utm_source=news", "/wp-login.php", "/robots.txt",
]  # fmt: skip
_AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "curl/8.5.0", "kube-probe/1.31",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Prometheus/2.53.0", "okhttp/4.12.0",
]  # fmt: skip
_MESSAGES = [
    "request completed", "cache miss", "retrying after timeout", "user signed in", "token refreshed for session",
    "password changed by user", "payment authorised", "queue depth above threshold", "connection pool exhausted",
    "feature flag evaluated", "could not parse the response body", "secret rotation finished", "order created",
]  # fmt: skip
_CLASSES = "OrderService PaymentGateway UserRepository TokenFilter SessionManager CatalogIndex HttpClient".split()


class _Lines:
    """Makes lines of one log after another, always the same for one seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._now = _START
        self._kinds: list[tuple[Callable[[], str], int]] = [
            (self._access, 30), (self._syslog, 20), (self._json, 20), (self._logfmt, 12), (self._trace, 6),
            (self._kubernetes, 12),
        ]  # fmt: skip

    def __iter__(self) -> Iterator[str]:
        makers, weights = [kind for kind, _ in self._kinds], [weight for _, weight in self._kinds]
        while True:
            for maker in self._random.choices(makers, weights, k=1000):
                self._now += timedelta(milliseconds=self._number(180))
                yield maker()

    def _number(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def _one(self, values: list[str]) -> str:
        return values[self._number(len(values))]

    def _hex(self, length: int) -> str:
        return f"{self._random.getrandbits(4 * length):0{length}x}"

    def _uuid(self) -> str:
        return "-".join(map(self._hex, (8, 4, 4, 4, 12)))

    def _ip(self) -> str:
        return f"{10 + self._number(180)}.{self._number(256)}.{self._number(256)}.{1 + self._number(254)}"

    def _path(self) -> str:
        return self._one(_PATHS).replace("{n}", str(self._number(90000))).replace("{h}", self._hex(8))

    def _iso(self) -> str:
        return self._now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _access(self) -> str:
        method, status = (
            self._one(["GET", "GET", "GET", "POST", "PUT"]),
            self._one("200 200 200 304 404 302 500".split()),
        )
        referrer = self._one(["-", "https://shop.example.com/", "https://www.example.org/list?page=2"])
        return (
            f'{self._ip()} - - [{self._now:%d/%b/%Y:%H:%M:%S +0000}] "{method} {self._path()} HTTP/1.1" {status} '
            f'{self._number(60000)} "{referrer}" "{self._one(_AGENTS)}"'
        )

    def _syslog(self) -> str:
        user, ip, port, pid = self._one(_USERS), self._ip(), 1024 + self._number(60000), self._number(32000)
        text = self._one([
            f"sshd[{pid}]: Failed password for {user} from {ip} port {port} ssh2",
            f"sshd[{pid}]: Failed password for invalid user {user} from {ip} port {port} ssh2",
            f"sshd[{pid}]: Accepted publickey for {user} from {ip} port {port} ssh2: RSA SHA256:{self._hex(43)}",
            f"sshd[{pid}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 tty=ssh ruser= rhost={ip}",
            f"systemd[1]: Started Session {self._number(9000)} of user {user}.",
            f"sudo: {user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND=/usr/bin/systemctl restart nginx",
            f"kernel: [{self._number(90000)}.{self._number(10**6):06}] IN=eth0 OUT= SRC={ip} LEN=60 PROTO=TCP DPT=22",
            f"CRON[{pid}]: ({user}) CMD (/usr/local/bin/backup --quiet --target /srv/backup/{self._now:%Y%m%d})",
            f"dhclient[{pid}]: DHCPACK of {ip} from 10.0.0.1",
        ])  # fmt: skip
        return f"{self._now:%b %e %H:%M:%S} {self._one(_HOSTS)} {text}"

    def _json(self) -> str:
        row: dict[str, object] = {
            "ts": self._iso(), "level": self._one("info info info debug warn error".split()),
            "logger": f"com.example.shop.{self._one(_CLASSES)}", "msg": self._one(_MESSAGES),
            "trace_id": self._hex(32), "span_id": self._hex(16), "request_id": self._uuid(),
            "user_id": self._number(10**6), "duration_ms": round(self._random.random() * 900, 2),
            "http": {"method": "GET", "path": self._path(), "status": 200}, "tokens": self._number(4000),
        }  # fmt: skip
        return json.dumps(row)

    def _logfmt(self) -> str:
        return (
            f"time={self._iso()} level={self._one(['info', 'warn', 'error'])} component={self._one(_HOSTS)} "
            f'msg="{self._one(_MESSAGES)}" trace={self._hex(16)} key=orders:{self._number(10**6)} '
            f"bytes={self._number(10**6)} took={self._number(900)}ms"
        )

    def _trace(self) -> str:
        lines = [
            f"{self._now:%Y-%m-%d %H:%M:%S,000} ERROR [http-nio-8080-exec-{self._number(40)}] "
            f"c.e.shop.{self._one(_CLASSES)} - {self._one(_MESSAGES)}",
            f"java.lang.IllegalStateException: {self._one(_MESSAGES)} (order {self._number(10**6)})",
        ]
        for _ in range(4 + self._number(14)):
            name = self._one(_CLASSES)
            lines.append(
                f"\tat com.example.shop.{name}.{self._one(['load', 'apply', 'run'])}({name}.java:{self._number(900)})"
            )
        return "\n".join(lines)

    def _kubernetes(self) -> str:
        pod = f"{self._one(_HOSTS)}-{self._hex(9)}-{self._hex(5)}"
        text = self._one([
            f'"Pulled image" pod="shop/{pod}" image="registry.example.com/shop/api@sha256:{self._hex(64)}"',
            f'"SyncLoop (PLEG): event for pod" pod="shop/{pod}" event={{"ID":"{self._uuid()}","Type":"Started"}}',
            f'MountVolume succeeded for volume "kube-api-access-{self._hex(5)}" pod "{pod}" (UID: "{self._uuid()}")',
            f'"Liveness probe failed" pod="shop/{pod}" probeResult="failure" output="HTTP probe failed: 503"',
        ])  # fmt: skip
        return f"I{self._now:%m%d %H:%M:%S.%f} {self._number(9000)} kubelet.go:{self._number(3000)}] {text}"


def logs(megabytes: float, secrets_per_mb: int = 0, seed: int = SEED) -> bytes:
    """Return generated logs of that size, cut at a line, with so many of `fake_tokens` in each MB."""
    planted = fake_tokens(round(megabytes * secrets_per_mb), seed)
    gap = MB / secrets_per_mb if secrets_per_mb else 0.0
    parts: list[bytes] = []
    size, used = 0, 0
    for line in _Lines(seed):
        if used < len(planted) and size >= (used + 0.5) * gap:
            line = f"{line} remote=https://x:{planted[used]}@git.example.com/shop.git"
            used += 1
        parts.append(line.encode() + b"\n")
        size += len(parts[-1])
        if size >= megabytes * MB:
            return b"".join(parts)
    raise AssertionError("the lines never end")


def fake_tokens(count: int, seed: int = SEED) -> list[str]:
    """Return made-up tokens in GitHub's classic format, with a right checksum, which every tool takes for real."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    random = Random(f"tokens {seed}")
    tokens = []
    for _ in range(count):
        body = "".join(random.choices(digits, k=30))
        number, check = zlib.crc32(body.encode()), ""
        while number:
            number, digit = divmod(number, 62)
            check = digits[digit] + check
        tokens.append("gh" + "p_" + body + check.rjust(6, "0"))
    return tokens


def code(megabytes: float, path: str = "") -> bytes:
    """Return source code: the running Python's own library, or the file or folder `path`, at most so many megabytes."""
    if os.path.isfile(path):
        with open(path, "rb") as file:
            return file.read(int(megabytes * MB))
    parts: list[bytes] = []
    left = int(megabytes * MB)
    for name in _files(path) if path else _files(sysconfig.get_path("stdlib"), ".py"):
        if left <= 0:
            break
        with open(name, "rb") as file:
            parts.append(file.read(left))
        left -= len(parts[-1])
    return b"".join(parts)


def _files(folder: str, suffix: str = "") -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in (".git", "site-packages"))
        yield from (
            path
            for path in (os.path.join(parent, name) for name in sorted(names))
            if path.endswith(suffix) and os.path.isfile(path)
        )


def sample_module(lines: int, seed: int = SEED) -> str:
    """Return a clean Python module of so many lines: what one staged file of a usual commit looks like."""
    random = Random(seed)
    words = "order user cart price index page cache queue session status total report".split()
    made = ['"""Orders and their totals."""', "", "from __future__ import annotations", ""]
    while len(made) < lines:
        one, two = random.sample(words, 2)
        made += [
            "", f"def {one}_{two}_{len(made)}({one}: int, {two}: str = 'default') -> dict[str, object]:",
            f'    """Return the {one} of this {two}."""', f"    if {one} > {random.randrange(900)}:",
            f"        raise ValueError('the {one} is out of range')",
            f"    return {{'{one}': {one} * {random.randrange(90)}, '{two}': {two}.strip()}}", "",
        ]  # fmt: skip
    return "\n".join(islice(made, lines)) + "\n"


def main() -> None:
    """Write the logs to a file."""
    parser = argparse.ArgumentParser(description="Write generated logs to FILE.")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--megabytes", type=float, default=16)
    parser.add_argument("--repeat", type=int, default=1, help="write the same logs so many times")
    parser.add_argument("--secrets-per-mb", type=int, default=0, metavar="N", help="plant N made-up tokens in each MB")
    args = parser.parse_args()
    data = logs(args.megabytes, args.secrets_per_mb)
    with open(args.file, "wb") as file:
        for _ in range(args.repeat):
            file.write(data)


if __name__ == "__main__":
    main()
