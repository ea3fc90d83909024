"""The checks of private key files, on keys that are built here."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns import Matcher
from scrubjay.patterns.checks import CHECKS
from scrubjay.patterns.checksums import crc24
from scrubjay.patterns.load import load, read_shipped


def filler(size: int) -> bytes:
    """Make bytes that look random and are always the same."""
    return hashlib.shake_128(b"scrubjay key filler").digest(size)


def armored(label: str, data: bytes, *lines: str) -> bytes:
    """Put binary data between a BEGIN and an END line."""
    body = textwrap.wrap(base64.b64encode(data).decode(), 64)
    return "\n".join([f"-----BEGIN {label}-----", *lines, *body, f"-----END {label}-----", ""]).encode()


def string(data: bytes) -> bytes:
    """Make an SSH string."""
    return len(data).to_bytes(4, "big") + data


def element(tag: int, content: bytes) -> bytes:
    """Make a DER element."""
    size = len(content)
    return bytes([tag, size] if size < 128 else [tag, 0x82, size >> 8, size & 255]) + content


def openssh(cipher: bytes = b"none", derivation: bytes = b"none", second: bytes = b"\1\2\3\4") -> bytes:
    """Make an OpenSSH private key."""
    private = b"\1\2\3\4" + second + filler(128)
    parts = string(cipher) + string(derivation) + string(b"") + b"\0\0\0\1" + string(filler(51)) + string(private)
    return b"openssh-key-v1\0" + parts


def openpgp(usage: bytes, algorithm: int = 1) -> bytes:
    """Make an OpenPGP secret key packet with two public numbers of 16 and 9 bits."""
    packet = b"\4\0\0\0\0" + bytes([algorithm]) + b"\0\x10\xaa\xaa\0\x09\1\1" + usage + filler(60)
    return b"\x94" + bytes([len(packet)]) + packet


ZERO = element(2, b"\0")
RSA = element(0x30, ZERO + b"".join(element(2, filler(129)) for _ in range(8)))
PKCS8 = element(0x30, ZERO + element(0x30, element(6, b"*\x86H")) + element(4, filler(600)))
SEALED = element(0x30, element(0x30, element(6, b"*\x86H")) + element(4, filler(640)))
PLAIN, LOCKED = "key, not encrypted", "encrypted key"
KEYS = [
    (armored("RSA PRIVATE" + " KEY", RSA), PLAIN),
    (armored("PRIVATE" + " KEY", PKCS8), PLAIN),
    (armored("ENCRYPTED PRIVATE" + " KEY", SEALED), LOCKED),
    (armored("OPENSSH PRIVATE" + " KEY", openssh()), PLAIN),
    (armored("OPENSSH PRIVATE" + " KEY", openssh(b"aes256-ctr", b"bcrypt", b"abcd")), LOCKED),
    (armored("PGP PRIVATE" + " KEY BLOCK", openpgp(b"\0"), "Version: 1", ""), PLAIN),
    (armored("PGP PRIVATE" + " KEY BLOCK", openpgp(b"\xfe\x09\3\x08"), ""), LOCKED),
]
LEGACY = armored("RSA PRIVATE" + " KEY", filler(320), "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00FF", "")


@pytest.mark.parametrize(("key", "reason"), [*KEYS, (LEGACY, LOCKED)], ids=range(len(KEYS) + 1))
def test_keys_pass_however_they_are_written(key: bytes, reason: str) -> None:
    """A key passes as a file, escaped in JSON, on one line, indented, quoted line by line, or in a comment."""
    lines = key.splitlines()
    for text in (
        key,
        key.replace(b"\n", b"\r\n"),
        key.replace(b"\n", b"\\n").replace(b"/", b"\\/"),
        key.replace(b"\n", b"\\\\n"),
        key.replace(b"\n", b"\\u000a"),
        key.replace(b"Version: 1\n", b"").replace(b"\n", b" "),
        b"".join(b"    " + line + b"\n" for line in lines),
        b"".join(b'  "' + line + b'\\n" +\n' for line in lines),
        b"".join(b" # " + line + b"\n" for line in lines),
    ):
        assert CHECKS["pem"](text, {}) == (True, reason), text[:60]


@pytest.mark.parametrize(("key", "reason"), [*KEYS, (LEGACY, LOCKED)], ids=range(len(KEYS) + 1))
def test_cut_off_keys(key: bytes, reason: str) -> None:
    """A block without its end can't be told; one that lost its middle fails."""
    assert CHECKS["pem"](key[: key.index(b"-----END") - 45], {}).passed is None
    assert CHECKS["pem"](key.replace(key[-90:-60], b"..."), {}).passed is False


@pytest.mark.parametrize(
    ("label", "data"),
    [
        ("PRIVATE", b""),
        ("PRIVATE", filler(300)),
        ("PRIVATE", b"\x30" + filler(300)),
        ("PRIVATE", PKCS8 + b"\0\0\0"),
        ("PRIVATE", element(0x30, ZERO)),
        ("PRIVATE", element(0x30, element(2, filler(129)) * 2)),
        ("OPENSSH PRIVATE", openssh(second=b"abcd")),
        ("OPENSSH PRIVATE", openssh(b"none", b"bcrypt")),
        ("PGP PRIVATE", b"\x99" + openpgp(b"\0")[1:]),
    ],
)
def test_bodies_that_are_no_key(label: str, data: bytes) -> None:
    """Base64 of something else than a private key fails."""
    assert CHECKS["pem"](armored(label + " KEY", data), {}).passed is False


def test_placeholders_and_other_blocks() -> None:
    """A placeholder body fails, a block that isn't labelled as a private key can't be told."""
    for body in (b"...", b"<your key>", b"MIIEpAIBAAKCAQEA...", b"xxxxxxxxxxxxxxxx"):
        text = armored("PRIVATE" + " KEY", b"").replace(b"\n", b"\n" + body + b"\n", 1)
        assert CHECKS["pem"](text, {}).passed is False
    assert CHECKS["pem"](armored("PUBLIC KEY", PKCS8), {}).passed is None
    assert CHECKS["pem"](armored("PRIVATE" + " KEY", PKCS8).replace(b"END P", b"END RSA P"), {}).passed is False


def test_armor_checksum() -> None:
    """The armor's checksum is the published example's, and a wrong one fails."""
    data = bytes.fromhex("942945df0d9c44dcd73c8e08358a6a8f221cbed46c")
    assert base64.b64encode(crc24(data).to_bytes(3, "big")) == b"mmvx"
    packet = openpgp(b"\0")
    for number, passed in ((crc24(packet), True), (crc24(packet) ^ 1, False)):
        line = b"=" + base64.b64encode(number.to_bytes(3, "big")) + b"\n-----END"
        text = armored("PGP PRIVATE" + " KEY BLOCK", packet, "").replace(b"-----END", line)
        assert CHECKS["pem"](text, {}).passed is passed


def test_openpgp_that_cannot_be_told() -> None:
    """A stub of a primary key and an unknown algorithm can't be told."""
    for packet in (openpgp(b"\xff\0\x65\0GNU\1"), openpgp(b"\0", algorithm=99)):
        assert CHECKS["pem"](armored("PGP PRIVATE" + " KEY BLOCK", packet, ""), {}).passed is None


FIRST_BLOB = bytes.fromhex(
    "0ca1c3270478503d1d1c0d174bd0f83a70604f5662248aef2722a108917d0d61c7830617af3db3a311196bef6c0af85b048e48"
)
SECOND_BLOB = bytes.fromhex("94464c9801ccdebe2e0e9d77e5bae62cc29cdc7121ca1f9a36039e9ef2f2f191dd81a6a7")
MACS = {
    2: "fba4c5b66963202d6b195e55076a087c78db73ba",
    3: "e4bed349bff0c51119c7e2aa328ea3309cdd4c362d68645bf6f828cb3f35eabc",
}


def putty(version: int, encryption: str = "none") -> bytes:
    """Make a PuTTY key file whose blobs are no key."""
    public = textwrap.wrap(base64.b64encode(FIRST_BLOB).decode(), 64)
    lines = [f"PuTTY-User-Key-File-{version}: ssh-ed25519", f"Encryption: {encryption}", "Comment: synthetic"]
    lines += [f"Public-Lines: {len(public)}", *public]
    lines += ["Private-Lines: 1", base64.b64encode(SECOND_BLOB).decode(), f"Private-MAC: {MACS[version]}", ""]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("version", [2, 3])
def test_putty_files(version: int) -> None:
    """The MAC of a file that isn't encrypted covers the keys and the comment; an encrypted file can't be told."""
    text = putty(version)
    for good in (text, text.replace(b"\n", b"\r\n"), text.replace(b"\n", b"\\n")):
        assert CHECKS["putty"](good, {}) == (True, PLAIN)
    assert CHECKS["putty"](text.replace(b"synthetic", b"Synthetic"), {}).passed is False
    assert CHECKS["putty"](text[:-40], {}).passed is False
    assert CHECKS["putty"](text.replace(b"Private-Lines: 1", b"Private-Lines: 99999"), {}).passed is False
    assert CHECKS["putty"](putty(version, "aes256-cbc"), {}).passed is None


def test_java_key_stores() -> None:
    """A key store with the usual password passes, one with another can't be told, other bytes fail."""
    store = bytes.fromhex("feedfeed0000000200000000" + "e2686e45fb43dfa4d992dd41ceb6b21c6330d792")
    assert CHECKS["java-keystore"](store, {}).passed is True
    assert CHECKS["java-keystore"](store, {"password": "another"}).passed is None
    assert CHECKS["java-keystore"](store[:8] + b"\1" + store[9:], {}).passed is None
    assert CHECKS["java-keystore"](b"\xfe" + store, {}).passed is False
    text = base64.b64encode(store)
    assert CHECKS["java-keystore"](text, {}).passed is True
    assert CHECKS["java-keystore"](text, {"password": "another"}).passed is None
    assert CHECKS["java-keystore"](text[:40], {}).passed is False


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_a_real_key_store_in_base64(tmp_path: Path) -> None:
    """What openssl exports is found as text, whole and with high confidence; a cut-off one is of low confidence."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=tmp_path, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", "key", "-out", "cert")
    openssl("pkcs12", "-export", "-inkey", "key", "-in", "cert", "-out", "store", "-passout", "pass:x")
    store = base64.b64encode((tmp_path / "store").read_bytes())
    assert CHECKS["pkcs12"](store, {}).passed is True
    matcher = Matcher([rule for rule in load(read_shipped()) if rule.id == "pkcs12-base64"])
    (match,) = matcher.find(b"CERTIFICATE_P12: " + store + b"\n")
    assert (match.end - match.start, match.confidence) == (len(store), "high")
    (match,) = matcher.find(b"CERTIFICATE_P12: " + store[:800] + b"\n")
    assert match.confidence == "low"


SOUND = [key for key, _ in KEYS] + [LEGACY, putty(2), putty(3)]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SOUND), st.data())
def test_mutated_files_get_an_answer(key: bytes, data: st.DataObject) -> None:
    """Files that are nearly right get an answer without an internal error."""
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(key)))
        end = data.draw(st.integers(start, min(start + 80, len(key))))
        key = key[:start] + data.draw(st.binary(max_size=8)) + key[end:]
    for name in ("pem", "pkcs12", "putty", "java-keystore"):
        assert CHECKS[name](key, {}).reason != "the check could not be made"


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([RSA, PKCS8, SEALED, openssh(), openssh(b"x", b"y"), openpgp(b"\0"), openpgp(b"\0", 18)]),
    st.binary(max_size=6),
    st.integers(0, 80),
    st.integers(0, 8),
)
def test_mutated_structures_get_an_answer(data: bytes, new: bytes, at: int, drop: int) -> None:
    """Changes below the base64, in lengths and tags, get an answer without an internal error."""
    text = armored("PRIVATE" + " KEY", data[:at] + new + data[at + drop :])
    assert CHECKS["pem"](text, {}).reason != "the check could not be made"


def test_an_excerpt_of_a_key_is_not_whole() -> None:
    """A key with an ellipsis, one that is far too short, and one that repeats itself are only shown in documents."""
    label = "RSA PRIVATE" + " KEY"
    lines = armored(label, RSA).split(b"\n")
    assert CHECKS["pem-whole"](b"\n".join(lines), {}).passed
    assert CHECKS["pem-whole"](b"\n".join(lines[:6]), {}).passed
    for shown in (
        b"\n".join([*lines[:3], b"...", *lines[-3:]]),
        b"\n".join([*lines[:2], *lines[-2:]]),
        armored(label, b"repeat" * 60),
    ):
        assert CHECKS["pem-whole"](shown, {}).passed is False
