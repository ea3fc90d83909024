"""Sends a canary through a log shipper and looks how it comes out: the proof behind `scrubjay doctor`."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Sequence
from time import localtime, monotonic, sleep, strftime
from typing import TYPE_CHECKING, NamedTuple

from ...patterns.errors import ScrubjayError

if TYPE_CHECKING:
    from ...patterns import Matcher

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# A random value may look like a word or a number to the rules.
_TRIES = 20
# So many bytes of a value in a row are a leak; partial masks show fewer.
_WINDOW = 12
_PAUSE = 0.05
# After the last message has come: a second, raw copy may be on its way.
_AFTERMATH = 0.3
UNCHANGED, MASKED, RAW, CHANGED, MISSING = "unchanged", "masked", "raw", "changed", "missing"


class Canary(NamedTuple):
    """One message: what it holds, its text, the part that names it, and its secret ("" for the plain one)."""

    kind: str
    text: str
    name: str
    value: str


class Verdict(NamedTuple):
    """How one canary came out at one place: unchanged, masked, raw, changed or missing."""

    canary: Canary
    place: str
    state: str

    @property
    def good(self) -> bool:
        """True if it came out as it should."""
        return self.state == (MASKED if self.canary.value else UNCHANGED)


def canaries(matcher: Matcher) -> list[Canary]:
    """Return fresh messages with values that nobody has; raises ScrubjayError if the rules would not find them."""
    for _ in range(_TRIES):
        messages = _messages()
        wrong = [c for c in messages if bool(matcher.find(c.text.encode())) != bool(c.value)]
        if not wrong:
            return messages
    raise ScrubjayError(f"the rules in use do not judge {wrong[0].kind} as they should; see `scrubjay rules check`")


def _messages() -> list[Canary]:
    mark = "scrubjay-canary-" + _random(10).lower()
    token, password, named = _token(), _random(20), _random(20)
    return [
        Canary("a plain message", f"{mark}-1 nothing-secret", f"{mark}-1", ""),
        Canary("a GitHub token", f"{mark}-2 token={token}", f"{mark}-2", token),
        Canary("the password of a URL", f"{mark}-3 postgres://app:{password}@db.internal/app", f"{mark}-3", password),
        Canary("a named password", f"{mark}-4 password={named}", f"{mark}-4", named),
    ]


def through_command(
    messages: Sequence[Canary], command: Sequence[str], watched: Sequence[str], timeout: float
) -> list[Verdict]:
    """Give the messages to a command as its input, and judge its output and the watched files."""
    files = [_Tail(name) for name in watched]
    data = "".join(canary.text + "\n" for canary in messages).encode()
    try:
        process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as error:
        raise ScrubjayError(f"can't start {command[0]}: {error.strerror}") from None
    try:
        out, _ = process.communicate(data, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    if not files:
        return [_judged(canary, "standard output", out) for canary in messages]
    # What is said besides must not leak either.
    spilled = [v for v in (_judged(canary, "standard output", out) for canary in messages) if v.state == RAW]
    return spilled + _watch(messages, files, timeout)


def through_shipper(
    messages: Sequence[Canary], shipper: str, to: str, watched: Sequence[str], timeout: float
) -> list[Verdict]:
    """Send the messages to a shipper, and judge what is written to the watched files; raises ScrubjayError."""
    files = [_Tail(name) for name in watched]
    try:
        (_ask if shipper == "apache" else _log)(messages, to, timeout)
    except OSError as error:
        raise ScrubjayError(f"can't send to {to}: {error.strerror or error}") from None
    return _watch(messages, files, timeout)


def _watch(messages: Sequence[Canary], files: list[_Tail], timeout: float) -> list[Verdict]:
    end = monotonic() + timeout
    while True:
        verdicts = [_judged(canary, file.name, file.read()) for file in files for canary in messages]
        if any(verdict.state == RAW for verdict in verdicts):
            return verdicts
        left = end - monotonic()
        if left <= 0:
            return verdicts
        if all(verdict.state != MISSING for verdict in verdicts):
            end = min(end, monotonic() + _AFTERMATH)
        sleep(_PAUSE)


def _judged(canary: Canary, place: str, data: bytes) -> Verdict:
    value = canary.value.encode()
    state = MISSING
    if any(value[low : low + _WINDOW] in data for low in range(max(0, len(value) - _WINDOW + 1)) if value):
        state = RAW
    elif canary.name.encode() in data:
        whole = canary.value or b"nothing-secret" in data
        state = CHANGED if not whole else MASKED if canary.value else UNCHANGED
    return Verdict(canary, place, state)


class _Tail:
    """What is added to a file from now on, also if it is moved away or made later."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._data = b""
        self._id: tuple[int, int] | None = None
        self._offset = 0
        try:
            info = os.stat(name)
            os.close(os.open(name, os.O_RDONLY))
        except FileNotFoundError:
            return
        except OSError as error:
            raise ScrubjayError(f"can't read {name}: {error.strerror}") from None
        self._id, self._offset = (info.st_dev, info.st_ino), info.st_size

    def read(self) -> bytes:
        """Return all that was added since the start."""
        try:
            with open(self.name, "rb") as file:
                info = os.fstat(file.fileno())
                if self._id != (info.st_dev, info.st_ino) or info.st_size < self._offset:
                    self._id, self._offset = (info.st_dev, info.st_ino), 0
                file.seek(self._offset)
                added = file.read()
        except OSError:
            return self._data
        self._offset += len(added)
        self._data += added
        return self._data


def _log(messages: Sequence[Canary], to: str, timeout: float) -> None:
    """Send messages to a syslog socket: unix:PATH, udp:HOST:PORT or tcp:HOST:PORT."""
    kind, _, place = to.partition(":")
    tag = f"scrubjay-doctor[{os.getpid()}]:"
    stamp = strftime("%b %e %H:%M:%S", localtime())
    head = f"<13>{stamp} {tag}" if kind == "unix" else f"<13>{stamp} {socket.gethostname()} {tag}"
    packets = [f"{head} {canary.text}".encode() for canary in messages]
    if kind == "tcp":
        with socket.create_connection(_address(place, to), timeout) as connection:
            connection.sendall(b"".join(packet + b"\n" for packet in packets))
        return
    if kind == "unix":
        _send_unix(place, packets, timeout)
    elif kind == "udp":
        host, port = _address(place, to)
        family, kind_, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind_) as sender:
            for packet in packets:
                sender.sendto(packet, address)
    else:
        raise ScrubjayError(f"{to} is no place to send to: give unix:PATH, udp:HOST:PORT or tcp:HOST:PORT")


def _send_unix(path: str, packets: list[bytes], timeout: float) -> None:
    """A log socket takes datagrams or, at some systems, a stream."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_UNIX, kind) as sender:
            sender.settimeout(timeout)
            try:
                sender.connect(path)
            except OSError:
                if kind == socket.SOCK_STREAM:
                    raise
                continue
            for packet in packets:
                sender.sendall(packet if kind == socket.SOCK_DGRAM else packet + b"\n")
            return


def _ask(messages: Sequence[Canary], to: str, timeout: float) -> None:
    """Ask a web server for pages whose names are the messages."""
    import http.client
    from urllib.parse import urlsplit

    url = urlsplit(to)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ScrubjayError(f"{to} is no address of a web server: give http://HOST:PORT/ or https://HOST:PORT/")
    connect: Callable[..., http.client.HTTPConnection] = (
        http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    )
    for canary in messages:
        connection = connect(url.hostname, url.port, timeout=timeout)
        try:
            connection.request("GET", (url.path or "/") + "?" + canary.text.replace(" ", "&"))
            connection.getresponse().read()
        except http.client.HTTPException as error:
            raise ScrubjayError(f"{to} did not answer as a web server: {type(error).__name__}") from None
        finally:
            connection.close()


def _address(place: str, to: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    if not host or not port.isdigit():
        raise ScrubjayError(f"{to} is no place to send to: give HOST:PORT after udp: or tcp:")
    return host.strip("[]"), int(port)


def _random(size: int) -> str:
    # 248 is the largest multiple of 62 that a byte holds.
    letters = ""
    while len(letters) < size:
        letters += "".join(_ALPHABET[byte % 62] for byte in os.urandom(size) if byte < 248)
    return letters[:size]


def _token() -> str:
    """A GitHub token with a right checksum; those given out are made in the same way, but hardly ever hit this one."""
    import zlib

    body = _random(30)
    number, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = _ALPHABET[digit] + check
    return "gh" + "p_" + body + check
