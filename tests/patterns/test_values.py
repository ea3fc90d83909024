"""The value model: what is drawn or made up is told from words, code, placeholders, hashes and encrypted text."""

from __future__ import annotations

import base64
import binascii
import random
import string
import zlib

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns.value_features import features, group, word_score
from scrubjay.patterns.value_forms import is_weak, not_a_value
from scrubjay.patterns.value_model import LETTERS, WEIGHTS
from scrubjay.patterns.values import judge

NAME = b"db_pass" + b'word = "'
TOKEN = b"access_to" + b'ken: "'
# The checksum of what the features of a fixed text were when the model was trained.
FEATURES = 3740116021


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """All shipped rules."""
    return Matcher.default()


@pytest.mark.parametrize("value", [b"xkzqvwtm", b"Tq7!mZx2Lp", b"hVt83nBq", b"Vw9#kd-Rz4", b"Copper7741!"])
def test_made_up_passwords_are_reported(value: bytes) -> None:
    """Drawn letters, and letters with digits and marks, are medium beside a password's name."""
    assert judge("password", value, NAME).confidence == "medium"


@pytest.mark.parametrize(
    "value",
    [b"customer-service", b"testpassword", b"Pa55word!", b"admin123", b"hello world", b"goliath", b"sword+fish"],
)
def test_words_are_kept_for_the_filter_only(value: bytes) -> None:
    """Words and common passwords are low: too doubtful for a report, not for a log."""
    assert judge("password", value, NAME).confidence == "low"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"password", "plain word"),
        (b"${DB_PASS}", "template"),
        (b"{{ vault_pw }}", "template"),
        (b"@DB_PASSWORD", "template"),
        (b"%DB_PASS%", "template"),
        (b"[REDACTED:generic-password]", "template"),
        (b"config.database.value", "code"),
        (b"get_password(user)", "code"),
        (b"/run/secrets/db", "path"),
        (b"password-file.yml", "file name"),
        (b"0x40", "number"),
        (b"^4.0.0", "version"),
        (b"mrk-[a-f0-9]{32}", "regular expression"),
        (b"$2b$12$" + b"R9hzciPST9abKfQ1", "hash"),
        (b"$argon2id$v=19$m=65536", "hash"),
        (b"pbkdf2_sha256$260000$xyz", "hash"),
        (b"ENC[AES256_GCM,data:x]", "encrypted"),
        (b"!vault", "encrypted"),
        (b"{" + b"AQAAABAAAAAgPT7JbBVgyWiivobt0CJEduLyP0lB3uyTj}", "encrypted"),
        (b"{CRYPT}$6$rounds=5000$" + b"jgiCMRyGXzoqpxS3$" + b"w2pJeZnnH8bwW3zz" * 6, "hash"),
        (b"scram-sha-256", "algorithm"),
        (b"sha1:6", "algorithm"),
        (b"utf-16-be", "encoding"),
        (b"da39a3ee5e6b4b0d" + b"3255bfef95601890afd80709", "digest of nothing"),
        (b"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA", "public key"),
        (b"{refresh_token}", "template"),
        (b"0x%x", "template"),
        (b"mmmm", "repeats one"),
        (b"ponmlkjihgfedcba" * 2, "counts down"),
        (b"9876543210fedcba", "counts down"),
        (b"op://team/db/pw", ""),
        (b"6f1c2a7e-0b3d-4c59-8e21-9a7d5b3c1f00", "UUID"),
        (b"\x00\x01\x02\x03abc", "not text"),
    ],
)
def test_other_forms_are_nothing(value: bytes, reason: str) -> None:
    """A template, a path, code, a number, a hash or encrypted text is not reported at any confidence."""
    judgement = judge("password", value, NAME)
    assert judgement.confidence == ""
    assert reason in judgement.reason


def test_public_nats_keys_are_told_from_seeds() -> None:
    """The name of a NATS user has a right checksum and is no secret; with a wrong one it is taken for a token."""
    data = bytes([20 << 3]) + bytes(range(100, 132))
    name = base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little"))
    assert name.startswith(b"U") and len(name) == 56
    assert judge("token", name, TOKEN).reason == "a public key"
    assert judge("token", name[:-1] + (b"A" if name[-1:] != b"A" else b"B"), TOKEN).confidence == "medium"


def test_base64_of_words_is_low() -> None:
    """Base64 hides neither a dummy nor a common password; of a drawn value it says nothing."""
    for text in (
        b"ACCESS_KEY\r\n",
        b"username:password",
        b"admin:changeme",
        b"my-secret-token",
        b"username:\0\0pass\0word\0\0",
    ):
        assert judge("token", base64.b64encode(text), b'client_secret: "').confidence != "medium"
    assert judge("token", base64.b64encode(b"Tq7!mZx2Lp9#kdRz4w-vB"), b'client_secret: "').confidence == "medium"


def test_a_value_that_names_itself_gives_way_to_what_it_names() -> None:
    """`-passin pass:VALUE`: the rule that sees `pass:` knows where the value begins."""
    assert judge("password", b"pass:" + b"h4Kv9wRn2s", b"-password ").confidence == "low"
    assert judge("password", b"pass:" + b"h4Kv9wRn2s", b"-password ", model=lambda *_: 1.0).confidence == "low"


@pytest.mark.parametrize(("name", "reason"), [(b"signature", "signature"), (b"request_hash_key", "hash")])
def test_what_is_derived_from_a_secret_is_low(name: bytes, reason: str) -> None:
    """A signature or hash does not give away what it was made with."""
    judgement = judge("key", b"7d41c90ea2f8b635d19ce7048ba6f352", name + b" = '", model=lambda *_: 1.0)
    assert judgement == ("low", f"named as a {reason}")


def test_random_tokens_are_reported() -> None:
    """Nearly all drawn tokens of the usual alphabets are medium."""
    draw = random.Random(3)
    alphabets = [string.ascii_letters + string.digits, "0123456789abcdef", string.ascii_lowercase + string.digits]
    values = ["".join(draw.choices(alphabet, k=32)).encode() for alphabet in alphabets for _ in range(200)]
    found = sum(judge("token", value, TOKEN).confidence == "medium" for value in values)
    assert found > 0.98 * len(values)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("CpJdprZwjBDUMmYxHGfW", True),
        ("CpJdprZwjBdummyxHGfW", False),
        ("CpJdprZwjBDUMMYxHGfW", False),
        ("CpJdprZwjBDummyxHGfW", False),
        ("Hux4FeO7txXxxxxXRHi2", True),
        ("Hux4FeO7txxxxxxxRHi2", False),
    ],
)
def test_a_short_word_in_mixed_cases_is_chance(matcher: Matcher, value: str, found: bool) -> None:
    """One random password in two million holds one, and one token in some hundred thousand five x."""
    assert bool(matcher.find(f"postgres://app:{value}@db.internal/shop".encode())) is found


def test_identifiers_are_no_tokens() -> None:
    """Names of things are not reported as tokens, whatever their case and length."""
    names = b"""
        access_token_expiration accessTokenProvider AccessTokenRefreshInterval application-settings-main
        refresh_token_rotation_enabled CsrfTokenRepository csrf-token-header-name TOKEN_TYPE_ACCESS
        production-database-credentials authorization_code user_management_service
    """.split()
    assert [name for name in names if judge("token", name, TOKEN).confidence == "medium"] == []


def test_words_are_likelier_than_drawn_letters() -> None:
    """The letter table gives words a positive score and drawn letters, on average, a negative one."""
    assert all(word_score(word, LETTERS) > 0 for word in ("password", "summer", "dragon", "configuration"))
    draw = random.Random(5)
    drawn = ["".join(draw.choices(string.ascii_lowercase, k=8)) for _ in range(200)]
    assert sum(word_score(word, LETTERS) < 0 for word in drawn) > 190


@pytest.mark.parametrize(
    ("kind", "context", "expected"),
    [
        ("password", NAME, "password"),
        ("password", b"PASS=", "bare-password"),
        ("password", b"://bob:", "url"),
        ("token", TOKEN, "token"),
        ("token", b"?token=", "bare-token"),
        ("key", b"key: ", "key"),
    ],
)
def test_groups(kind: str, context: bytes, expected: str) -> None:
    """The kind of a rule and the text before the value choose the weights."""
    assert group(kind, context) == expected
    assert expected in WEIGHTS


def test_features_are_known_to_the_model() -> None:
    """Whatever a value looks like, the model has weights for most of its features."""
    for value in (b"a", b"0", b"Tq7!mZx2Lp", b"=" * 200, b"a1B2" * 100, bytes(range(33, 127)), "pässwört".encode()):
        for context in (b"", NAME, b"x == '", b"call('", b"://u:"):
            found = features(value, context, LETTERS)
            assert len(set(found) - set(WEIGHTS["token"])) <= 2


def test_the_model_was_trained_on_these_features() -> None:
    """The features of a fixed text are those that the weights were made for. If not, train the model anew."""
    draw = random.Random(11)
    alphabets = [string.ascii_lowercase, string.ascii_letters + string.digits, string.hexdigits, string.printable[:94]]
    values = ["".join(draw.choices(draw.choice(alphabets), k=draw.randrange(1, 120))) for _ in range(500)]
    values += ["clientSecret", "my-pass" + "word", "/run/secrets/db", "a/b==", "ABC-123_x.y", "(x)!%s,:$"]
    contexts = [b"", NAME, TOKEN, b"x == '", b"call('", b"://u:", b"token_url = ", b"key, "]
    lines = []
    for number, value in enumerate(values):
        found = features(value.encode(), contexts[number % len(contexts)], LETTERS)
        lines.append(" ".join(f"{name}={found[name]:.6f}" for name in sorted(found)))
    assert zlib.crc32("\n".join(lines).encode()) == FEATURES


def test_common_passwords_are_weak() -> None:
    """Digits, marks and replaced letters don't make a common word a good password."""
    assert all(is_weak(value) for value in (b"Password123!", b"s3cr3t", b"p4ssw0rd", b"hunter42", b"Admin2024"))
    assert all(is_weak(value) for value in (b"verYs3cret", b"asdfqwer1234asdf"))
    assert not any(is_weak(value) for value in (b"xkzqvwtm", b"Tq7!mZx2Lp", b"12345678"))


@pytest.mark.parametrize(
    ("login", "confidence"),
    [
        ("YXBw" + "LWJvdDp4N0twMm1Rejl3", "medium"),
        ("dXNlcjpw" + "YXNzd29yZDEyMw==", "low"),
        ("dXNlcjpwYXNzd29yZA==", ""),
        ("bm8tY29sb24taGVyZQ==", ""),
        ("!!!", ""),
    ],
)
def test_basic_authorization_is_judged_by_its_password(login: str, confidence: str) -> None:
    """The password inside the base64 counts; text that is no user:password is nothing."""
    assert judge("basic", login.encode()).confidence == confidence


def test_lists_of_bytes() -> None:
    """Random bytes are reported; counting, sizes and text are not."""
    draw = random.Random(7)
    key = ", ".join(str(draw.randrange(256)) for _ in range(32)).encode()
    assert judge("numbers", key).confidence == "medium"
    assert judge("numbers", b", ".join(b"%d" % number for number in range(1, 33))).confidence == ""
    assert judge("numbers", b"512, 1024, 2048, 4096, 1, 2, 3, 4, 5, 6, 7, 8").confidence == ""
    assert judge("numbers", ", ".join(map(str, b"some text in bytes")).encode()).confidence != "medium"


def test_example_hosts_are_low() -> None:
    """A password in a URL of a host that is reserved for documentation is not reported."""
    kind = "password"
    drawn = b"x7Kp" + b"2mQz9w"
    assert judge(kind, drawn, b"://bob:", b"@db.internal").confidence == "medium"
    assert judge(kind, drawn, b"://bob:", b"@www.example.com").confidence == "low"


@pytest.mark.parametrize("size", [1, 2, 3, 17, 5000])
def test_any_bytes_get_an_answer(size: int) -> None:
    """Hostile values of any length are judged without an error."""
    draw = random.Random(size)
    for kind in ("password", "token", "key", "basic"):
        for _ in range(50):
            value = draw.randbytes(size)
            assert judge(kind, value, draw.randbytes(20)).confidence in ("", "low", "medium")
            assert isinstance(not_a_value(value), str)
    for filler in (b"a", b"A0", b"/a", b"a.", b"$", b"{", b"=", b"YQ=="):
        assert judge("token", filler * size, TOKEN).confidence in ("", "low", "medium")


SYNTAXES = [
    "db_pass" + 'word = "«»"',
    "'Pass" + "word': '«»',",
    "PGPASS" + "WORD: «»",
    '["pass' + 'word"] = "«»"',
    "user.setPass" + 'word("«»");',
    "val pass" + 'word: String = "«»"',
    "pass" + 'word = Some("«»")',
    "opts.Pass" + 'word = []byte("«»")',
    "if pass" + "word == '«»':",
    "{user: bob, pass" + "word: «», role: x}",
    "smtp_pa" + "ss=«»",
    "proxyPa" + 'ss: "«»"',
    '"{\\"user\\":\\"bob\\",\\"pass' + 'word\\":\\"«»\\"}"',
    "{&quot;pass" + "word&quot;: &quot;«»&quot;}",
    "Server=db;Uid=sa;Pass" + "word=«»;Encrypt=yes",
    "postgres:" + "//app:«»@db.internal/app",
    "<dbPass" + "word>«»</dbPass" + "word>",
    '<add key="DbPass' + 'word" value="«»"/>',
    "- name: DB_PASS" + 'WORD\n  value: "«»"',
    "machine git.internal login bob pass" + "word «»",
    "db.internal:54" + "32:app:bob:«»",
    "CREATE ROLE app LOGIN PASS" + "WORD '«»';",
    "deploy --db-pass" + "word «» --now",
    "openssl pkcs12 -password" + " pass:«» -in x",
    "auth = b64enc" + "ode(b'app:«»')",
]


@pytest.mark.parametrize("syntax", SYNTAXES, ids=range(len(SYNTAXES)))
def test_syntaxes(matcher: Matcher, syntax: str) -> None:
    """A drawn password is found at its exact place in every common syntax, and a template nowhere."""
    before, after = syntax.split("«»")
    secret = "h4Kv" + "9wRn2s"
    text = f"{before}{secret}{after}\n".encode()
    found = [(match.start, match.end, match.confidence) for match in matcher.find(text)]
    assert found == [(len(before), len(before) + len(secret), "medium")]
    for template in ("${PASS}", "{{ pass }}", "<your-password>", "[REDACTED:x]"):
        assert matcher.find(f"{before}{template}{after}\n".encode()) == []


# A sealed secret begins with the length of its key, 512.
SEALED = base64.b64encode(b"\2\0" + random.Random(8).randbytes(560)).decode()
# What other scanners are blamed for most: each of these lines was reported by one of them.
HARMLESS = {
    "an integrity hash of a lock file": '"integrity": "sha512-9NhCeYjq9+3uxgdtp20LSiJXJvN0FeCt6DOhJw=="',
    "a checksum of a lock file": 'checksum = "7d41c90ea2f8b635d19ce7048ba6f3527d41c90ea2f8b635d19ce7048ba6f352"',
    "a go.sum line": "golang.org/x/text v0.3.7 h1:olpwvP2KacW1ZWvsR7uQhoyTYvKAupfQrBGBFC5wVQc=",
    "a UUID as a key": '"first_key" = "6E80C701-A823-43FE-A520-699851EF9052"',
    "a UUID as a token": "client_sec" + "ret: 6f1c2a7e-0b3d-4c59-8e21-9a7d5b3c1f00",
    "a shortcut": '{ "key": "ctrl+shift+down", "command": "x" }',
    "an identifier": 'var apiKeyHeader = "AbstractSingletonProxyFactoryBean2";',
    "minified code": 'this.token=new r.CancelToken(),this.key=new e.Key2Value3(t)',
    "a value of sops": "db_pass" + "word: ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=,tag:A==,type:str]",
    "a key of sops": "      - recipient: age1yt3tfqlfrwdwx0z0ynwplcr6qxcxfaqycuprpmy89nr83ltx74tqdpszlw",
    "ansible-vault": "db_pass" + "word: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  62313336623837633661",
    "a file of ansible-vault": "$ANSIBLE_VAULT;1.1;AES256\n" + "62313336623837633661396439376132633038" * 2,
    "a sealed secret": "kind: SealedSecret\nspec:\n  encryptedData:\n    api_to" + "ken: " + SEALED,
    "a value sealed by a cloud": "api_to" + "ken: AQICAHhwm0YaISJeRtJm5n1G6uqeekXuoXXPe5UFce9Rq8/14wH9kM3p" + "q2" * 20,
    "git-crypt": "\0GITCRYPT\0" + "q8Zx2LmN7vKd",
    "a vault reference": "pass" + "word: vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==",
    "a shell template": 'DB_PASS' + 'WORD="${DB_PASS' + 'WORD:-}"',
    "a command": "PASS" + 'WORD="$(cat /run/secrets/db)"',
    "a Helm template": "pass" + "word: {{ .Values.db.pass" + "word | b64enc }}",
    "an environment look-up": 'pass' + 'word = os.environ["DB_PASS' + 'WORD"]',
    "a Terraform reference": "pass" + "word = var.db_pass" + "word",
    "a GitHub expression": "token: ${{ secrets.GITHUB_TOKEN }}",
    "a hash of a password": 'pass' + 'word = "{bcrypt}$2a$10$sCBi9fy9814vUPf2ZRbtp.fR5/VgRk2iBFZ.ypu5IyZ28bZgxrVDa"',
    "a format string": '"Using generated security pass' + 'word: %s%n%nThis generated"',
    "a dummy login": '"Authorization": "Basic ' + 'YWxhZGRpbjpvcGVuc2VzYW1l"',
    "a public key": "key = ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDhA",
}  # fmt: skip


@pytest.mark.parametrize("case", HARMLESS)
def test_what_is_no_secret_is_not_reported(matcher: Matcher, case: str) -> None:
    """Lock files, UUIDs, identifiers, encrypted values, templates and references give nothing above low."""
    found = [match for match in matcher.find(HARMLESS[case].encode()) if match.confidence != "low"]
    assert found == []


def test_a_password_that_begins_like_a_public_key_is_one(matcher: Matcher) -> None:
    """Keys of age are longer than passwords that happen to begin as they do."""
    drawn = "age1" + "z7Qk2mVw" + "9Lx4Tb6N"
    found = matcher.find(f"postgres://app:{drawn}@db.internal:5432/shop".encode())
    assert [(match.rule, match.confidence) for match in found] == [("generic-url-password", "medium")]


@pytest.mark.parametrize("operator", [" = ", ": ", " != ", " => ", "(", " (", ", ", " , ", " ", " \t= ", '": '])
def test_engines_agree_on_operators(operator: str) -> None:
    """Whatever stands between a name and its quoted value, both engines find it."""
    pytest.importorskip("hyperscan", reason="two engines are compared, and one is not installed")
    text = ("my pass" + "word" + operator + '"h4Kv' + '9wRn2s"').encode()
    first, second = (Matcher.default(engine=name).find(text) for name in ("hyperscan", "keywords"))
    assert first == second
    assert [match.rule for match in first] == ["generic-password"]
