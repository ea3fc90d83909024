"""What was valid stays valid, secrets at any depth are gone, all else is equal; every split of every rule's example."""

from __future__ import annotations

import json
import os
import random
import re
import string
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.sanitizer.examine import Examiner
from scrubjay.sanitizer.guard import Guard
from scrubjay.sanitizer.keynames import KeyNames, riders
from scrubjay.sanitizer.mask import Masker

# Stands for $P, and // for $S, in the texts below, so that no scanner takes these for secrets.
VALUE = "x7Kp" + "2mQz" + "9wLr"
MARK = re.compile(r"\[REDACTED:[a-z0-9-]+\]")
SEED = 20261124
NAMES = ["password", "Authorization", "clientSecret", "db_password", "X-Api-Key", "refreshToken", "passwd"]
OTHERS = ["msg", "user", "path", "level", "status", "items", "note", "trace", "größe"]


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    """All rules and the usual key names, as the command has them."""
    return Examiner(Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""), riders=riders()))


def run(examiner: Examiner, *chunks: bytes, pause: bool = False) -> bytes:
    guard = Guard(examiner)
    out: list[Any] = []
    for chunk in chunks:
        out += guard.feed(chunk)
        if pause:
            out += guard.flush()
    return b"".join(out + guard.finish())


class Documents:
    """JSON documents of any shape with secrets in random places, and the secrets."""

    def __init__(self, make_secret: Callable[[str], str]) -> None:
        self._random = random.Random(SEED)
        self._tokens = [make_secret(f"document {number}") for number in range(200)]
        self.secrets: list[str] = []

    def line(self) -> str:
        self.secrets = []
        return self._dump(self._object(0))

    def _dump(self, value: Any) -> str:
        choose = self._random.choice
        return json.dumps(value, ensure_ascii=choose([True, False]), separators=choose([None, (",", ":")]))

    def _object(self, depth: int) -> dict[str, Any]:
        return dict(self._pair(depth) for _ in range(self._random.randrange(1, 5)))

    def _pair(self, depth: int) -> tuple[str, Any]:
        if self._random.random() < 0.2:
            value = "red " + "".join(self._random.choices(string.ascii_letters + '"\\\n/<&é€😀', k=12)) + " house"
            self.secrets.append(value)
            return self._random.choice(NAMES), value
        return self._random.choice(OTHERS), self._value(depth + 1)

    def _value(self, depth: int) -> Any:
        kind = self._random.randrange(10 if depth < 6 else 6)
        if kind == 0:
            token = self._random.choice(self._tokens)
            self.secrets.append(token)
            return f"cloning https://x:{token}@git.example.com/a"
        if kind < 6:
            return self._random.choice([None, True, -1.5e3, 7, "", 'plain "quoted" \\ text\n\t', "naïve €", "[1, 2"])
        if kind == 6:
            return [self._value(depth + 1) for _ in range(self._random.randrange(4))]
        if kind == 7:
            return self._dump(self._object(depth + 1))
        if kind == 8:
            return "event: " + self._dump(self._object(depth + 1)) + " end"
        return self._object(depth + 1)


def outline(value: Any) -> Any:
    """A value with every secret and every mask replaced by the same word, also in strings."""
    if isinstance(value, dict):
        return {key: "SECRET" if key in NAMES else outline(item) for key, item in value.items()}
    if isinstance(value, list):
        return [outline(item) for item in value]
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            inner = None
        if isinstance(inner, dict | list):
            return outline(inner)
        if value.startswith("event: {"):
            return outline(json.loads(value[7:-4]))
        return re.sub(r"//x:.*?@git", "//x:SECRET@git", value)
    return value


def test_ten_thousand_json_lines(examiner: Examiner, make_secret: Callable[[str], str]) -> None:
    """All outputs parse, all secrets are gone, all else is equal; the bytes around the masks are the same."""
    documents = Documents(make_secret)
    made = [(documents.line(), documents.secrets) for _ in range(10_000)]
    text = "\n".join(line for line, _ in made).encode() + b"\n"
    out = run(examiner, text)
    lines = out.decode().split("\n")
    assert len(lines) == 10_001
    secrets = 0
    for (line, hidden), masked in zip(made, lines, strict=False):
        assert outline(json.loads(masked)) == outline(json.loads(line))
        for secret in hidden:
            assert secret not in masked
            assert json.dumps(secret)[1:-1] not in masked
        secrets += len(hidden)
        if not hidden:
            assert masked == line
        rest = 0
        for part in MARK.split(masked):
            rest = line.index(part, rest) + len(part)
    assert secrets > 5000
    assert run(examiner, out) == out


@pytest.mark.parametrize(
    "text",
    [
        "host=db user=app password='«red house»' dbname=x",
        "host=db user=app password=«$P» dbname=x",
        "Driver={ODBC Driver 18};Server=tcp:db,1433;Uid=app;Pwd=«$P»;Encrypt=yes;",
        "Driver={ODBC};UID=app;PWD=«{x7K;p2m}»;",
        "jdbc:postgresql://db:5432/app?user=app&password=«$P»&ssl=true",
        "jdbc:sqlserver://db:1433;databaseName=app;user=app;password=«$P»;encrypt=true",
        "amqps:$Sapp:«$P»@mq:5671/vhost",
        "redis:$S:«$P»@cache:6379/0",
        "mongodb+srv://app:«$P»@cluster.example.net/app?retryWrites=true",
        "GET /cb?code=5&access_token=«$P»&state=a HTTP/1.1",
        "Authorization: Bearer «$P$P»",
        "cookie: «sid=$P; theme=dark»",
        "Set-Cookie: «sid=$P; Path=/; HttpOnly»",
        'ts=1 level=info msg="login ok" password="«red \\"house\\"»" user=bob',
        '<user name="bob" password="«red house»"/>',
        "<config><password>«red house»</password></config>",
        "ALTER USER app WITH PASSWORD '«$P»';",
        "CREATE USER app IDENTIFIED BY '«$P»';",
    ],
)
def test_text_forms(examiner: Examiner, text: str) -> None:
    """The value is masked, what is around it stays, at every split and with every pause, and twice is as once."""
    before, rest = text.replace("$P", VALUE).replace("$S", "//").split("«")
    secret, after = rest.split("»")
    line = f"{before}{secret}{after}\n".encode()
    out = run(examiner, line).decode()
    assert out.startswith(before)
    assert out.endswith(after + "\n")
    assert MARK.search(out[len(before) :])
    assert secret not in out
    assert run(examiner, out.encode()).decode() == out
    for cut in range(1, len(line)):
        assert run(examiner, line[:cut], line[cut:]).decode() == out
        paused = run(examiner, line[:cut], line[cut:], pause=True).decode()
        assert not any(secret[low : low + 8] in paused for low in range(len(secret) - 7))


def test_xml_and_urls_stay_well_formed(examiner: Examiner) -> None:
    """A parser reads the same document and the same URL but for the value."""
    text = '<a><b password="red &amp; house">x</b><password>y &lt; z</password></a>\n'
    tree = ET.fromstring(run(examiner, text.encode()))
    assert (tree[0].get("password"), tree[0].text, tree[1].text) == (
        "[REDACTED:generic-key-name]", "x", "[REDACTED:generic-key-name]",
    )  # fmt: skip
    url = run(examiner, b"https://h/p?a=1&access_token=x7Kp2mQz&b=2#f\n").decode().strip()
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    assert query["a"] == ["1"]
    assert query["b"] == ["2"]


def test_every_rule_at_every_split(examiner: Examiner) -> None:
    """Any split of any rule's example gives the output of the whole."""
    for rule in examiner.rules:
        example = rule.examples[0].text
        text = b"x " + example + b"\ny\n"
        whole = run(examiner, text)
        step = 1 if len(text) <= 400 else 37
        for cut in range(1, len(text), step):
            assert run(examiner, text[:cut], text[cut:]) == whole, (rule.id, cut)


def test_own_masks_keep_json_valid() -> None:
    """Every mask but the dropped line leaves a document that parses."""
    from scrubjay.sanitizer.policy import Key, Policy

    text = b'{"a": {"password": 12345}, "b": "{\\"token\\": \\"red house on the hill\\"}", "c": [1]}'
    for mask in ("full", "partial", "pseudonym", "tag"):
        masker = Masker(Matcher(()), policy=Policy(mask, keys=[Key("k", b"k" * 16)]), names=KeyNames())
        parsed = json.loads(b"".join(masker.apply(text, [])))
        assert list(parsed) == ["a", "b", "c"]
        assert isinstance(json.loads(parsed["b"]), dict)
