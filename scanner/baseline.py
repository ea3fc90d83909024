"""The baseline: a file of known findings, one line each, that can be merged line by line and gives no secret away.

An entry names a rule and a hash of the value, never a place. The hash is slow (scrypt with the file's own salt), and
where a person may have chosen the value it is cut to 20 bits, so that a list of likely passwords leaves several.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..patterns.errors import ScrubjayError
from ..patterns.places import write_whole
from .identity import KEY_VARIABLE

if TYPE_CHECKING:
    from threading import Event

NAME = ".scrubjay-baseline"
AUDITS = ("true", "false")
# Of scrypt's cost, as a power of two, with blocks of 8: 4 MiB and about 10 ms for one value.
COST, _SECONDS = 12, 0.01
_COSTS = range(10, 21)
_HEAD = "# Known findings of scrubjay, one a line: slow hash and rule, audit, owner, expires, path, reason."
_KEY = re.compile(r"#key (v1) cost=(\d{2}) salt=([0-9a-f]{32})( outside)?")
# The rule is in brackets, so that no scanner takes what stands beside it for the value of a generic-password.
_ID = re.compile(r"(?:[0-9a-f]{5}|[0-9a-f]{16})\[[a-z0-9][a-z0-9-]*\]")
_WORD = re.compile(r"(audit|owner|expires|path)=(\S+)")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
# From this length on, a value of a provider's rule is one that a machine made.
_MACHINE_MADE = 20


class Key(NamedTuple):
    """What hashes are made with. `outside`: SCRUBJAY_KEY is needed too, so the file alone can't be guessed at."""

    cost: int
    salt: bytes
    outside: bool = False

    def identify(self, rule: str, value: bytes) -> str:
        """Return the entry id of a value: 64 bits of its hash, or 20 where a person may have chosen, and the rule."""
        from hashlib import scrypt

        pepper = os.environ.get(KEY_VARIABLE, "").encode("utf-8", "surrogateescape") if self.outside else b""
        if self.outside and not pepper:
            raise ScrubjayError(f"the baseline was made with {KEY_VARIABLE}; set it to the same text")
        digest = scrypt(
            rule.encode() + b"\0" + value, salt=self.salt + pepper, n=1 << self.cost, r=8, p=1,
            maxmem=1 << self.cost + 11, dklen=8,
        )  # fmt: skip
        made = not rule.startswith("generic-") and len(value) >= _MACHINE_MADE
        return f"{digest.hex()[: 16 if made else 5]}[{rule}]"

    def line(self) -> str:
        """The key as a line of the file."""
        return f"#key v1 cost={self.cost} salt={self.salt.hex()}{' outside' if self.outside else ''}"


class Entry(NamedTuple):
    """A known finding. `path` limits it to files by a pattern; `audit` says if it is a secret: "true", "false", ""."""

    id: str
    audit: str = ""
    owner: str = ""
    expires: str = ""
    path: str = ""
    reason: str = ""

    @property
    def rule(self) -> str:
        """The rule's id."""
        return self.id.partition("[")[2].rstrip("]")

    def expired(self, today: str) -> bool:
        """True when its day has passed; on the day itself it still counts."""
        return bool(self.expires) and self.expires < today

    def covers(self, path: str) -> bool:
        """True for every path, or those that its pattern fits."""
        if not self.path:
            return True
        from fnmatch import fnmatchcase

        return fnmatchcase(path, self.path)

    def line(self) -> str:
        """The entry as a line of the file."""
        words = [f"{name}={getattr(self, name)}" for name in ("audit", "owner", "expires", "path")]
        return " ".join([self.id, *(word for word in words if not word.endswith("=")), self.reason]).rstrip()


class Baseline(NamedTuple):
    """What a baseline file holds. After a merge of two that were made apart it has two keys, and both count."""

    path: str
    keys: tuple[Key, ...]
    entries: tuple[Entry, ...]

    @property
    def folder(self) -> str:
        """The folder that paths of entries start from."""
        return os.path.dirname(os.path.abspath(self.path))

    def text(self) -> str:
        """The whole file: keys and entries sorted, each once."""
        lines = sorted({key.line() for key in self.keys}) + sorted({entry.line() for entry in self.entries})
        return "".join(f"{line}\n" for line in [_HEAD, *lines])

    def save(self) -> None:
        """Write the file, whole or not at all."""
        write_whole(self.path, self.text())


def new(path: str, cost: int = COST, outside: bool = False) -> Baseline:
    """Return an empty baseline with a key of its own."""
    return Baseline(path, (Key(cost, os.urandom(16), outside),), ())


def find(folder: str) -> str:
    """Return the path of the baseline of the repository that a folder is in, "" when it has none."""
    from .configuration import upward

    return upward(folder, NAME)


def load(path: str) -> Baseline:
    """Read a baseline. Raises ScrubjayError, with the number of the line, for what can't be read."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ScrubjayError(f"can't read the baseline {path}: {getattr(error, 'strerror', 'not UTF-8')}") from None
    keys, entries = [], []
    for number, line in enumerate(lines, 1):
        line = line.strip()
        try:
            if line.startswith("#key"):
                keys.append(_key(line))
            elif line and not line.startswith("#"):
                entries.append(parse(line))
        except ValueError as error:
            raise ScrubjayError(f"{path}:{number}: {error}") from None
    if entries and not keys:
        raise ScrubjayError(f"{path}: the line with the key is missing, so no entry can be compared")
    return Baseline(path, tuple(dict.fromkeys(keys)), tuple(dict.fromkeys(entries)))


def parse(line: str) -> Entry:
    """Read one entry. Raises ValueError with what is wrong."""
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
        raise ValueError("an unresolved merge; keep the entries of both sides and delete the marks")
    name, _, rest = line.partition(" ")
    if not _ID.fullmatch(name):
        raise ValueError("an entry begins with a hash of 5 or 16 digits and a rule in brackets")
    found: dict[str, str] = {}
    while word := _WORD.match(rest := rest.lstrip()):
        found.setdefault(word[1], word[2])
        rest = rest[word.end() :]
    if found.get("audit", "true") not in AUDITS:
        raise ValueError("audit is true or false")
    if not _DATE.fullmatch(found.get("expires", "2000-01-01")):
        raise ValueError("expires is a day as YYYY-MM-DD")
    return Entry(name, reason=rest.strip(), **found)


def _key(line: str) -> Key:
    found = _KEY.fullmatch(line)
    if not found or int(found[2]) not in _COSTS:
        raise ValueError("a key of a kind that this scrubjay does not know")
    return Key(int(found[2]), bytes.fromhex(found[3]), bool(found[4]))


def identities(
    baseline: Baseline, rules: Mapping[str, str], values: Callable[[list[str]], Mapping[str, bytes]]
) -> dict[str, tuple[str, ...]]:
    """Return the entry ids, one for each key, by fingerprint. `rules` are those of the fingerprints asked about.

    They are remembered in the cache folder by fingerprint, which is a keyed hash with this user's own key. `values` is
    asked for the secrets of the fingerprints that are not known yet; one that it can't give has no id.
    """
    from .together import together

    known = {fingerprint: ids for fingerprint, ids in known_ids(baseline).items() if fingerprint in rules}
    missing = [name for name in rules if name not in known]
    given = values(missing) if missing else {}

    def task(name: str) -> Callable[[Event], None]:
        def run(stop: Event) -> None:
            known[name] = tuple(one.identify(rules[name], given[name]) for one in baseline.keys)

        return run

    wanted = [name for name in missing if name in given]
    together([task(name) for name in wanted], _workers())
    if wanted:
        _remember(baseline, known)
    return known


def seconds_of(count: int) -> float:
    """Return about how long `identities` takes for so many values that are not known yet, in seconds."""
    return count * _SECONDS / _workers()


def _workers() -> int:
    return min(8, os.cpu_count() or 2)


def _cache_path(baseline: Baseline) -> str:
    from _blake2 import blake2b

    from ..patterns.cache import folder

    base = folder()
    if not base or any(key.outside for key in baseline.keys):
        return ""
    lines = "".join(sorted(key.line() for key in baseline.keys))
    return os.path.join(base, f"entries-{blake2b(lines.encode(), digest_size=16).hexdigest()}")


def known_ids(baseline: Baseline) -> dict[str, tuple[str, ...]]:
    """Return the entry ids by fingerprint of what was met on this machine, as far as the cache has them."""
    path = _cache_path(baseline)
    try:
        with open(path, encoding="ascii") as file:
            if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                return {}
            rows = [line.split() for line in file]
    except (OSError, ValueError):
        return {}
    whole = 1 + len(baseline.keys)
    return {
        row[0]: tuple(row[1:]) for row in rows if len(row) == whole and all(_ID.fullmatch(word) for word in row[1:])
    }


def _remember(baseline: Baseline, known: dict[str, tuple[str, ...]]) -> None:
    path = _cache_path(baseline)
    if not path:
        return
    rows = known_ids(baseline) | known
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_whole(path, "".join(" ".join([name, *ids]) + "\n" for name, ids in sorted(rows.items())), 0o600)
    except (OSError, ScrubjayError):
        # A cache that can't be written only costs time.
        return


def dead(baseline: Baseline, met: Iterable[str]) -> list[Entry]:
    """Return the entries whose id was not met."""
    seen = set(met)
    return [entry for entry in baseline.entries if entry.id not in seen]
