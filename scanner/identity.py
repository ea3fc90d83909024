"""Fingerprints of findings: keyed, so that a weak password can't be guessed from a report."""

from __future__ import annotations

import os
from _blake2 import blake2b

from ..patterns import places

KEY_VARIABLE = "SCRUBJAY_KEY"
_KEY_BYTES = 32


def fingerprint(key: bytes, rule: str, value: bytes) -> str:
    """Return `rule:hash` for a secret: the same for the same key, rule and value, wherever the secret is found."""
    digest = blake2b(rule.encode() + b"\0" + value, key=key, digest_size=8, person=b"scrubjay-find")
    return f"{rule}:{digest.hexdigest()}"


def load_key() -> bytes:
    """Return this user's fingerprint key, made at the first use and kept at 0600 in the configuration folder.

    SCRUBJAY_KEY overrides it, so that several machines agree. Where nothing can be kept, the key lives for this
    process only, and fingerprints differ from run to run.
    """
    if given := os.environ.get(KEY_VARIABLE):
        return bytes(blake2b(given.encode("utf-8", "surrogateescape"), digest_size=_KEY_BYTES).digest())
    folder = places.config()
    if folder:
        path = os.path.join(folder, "fingerprint.key")
        try:
            return _read(path) or _create(folder, path)
        except OSError:
            pass
    return os.urandom(_KEY_BYTES)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            key = file.read(_KEY_BYTES + 1)
    except FileNotFoundError:
        return b""
    return key if len(key) == _KEY_BYTES else b""


def _create(folder: str, path: str) -> bytes:
    os.makedirs(folder, mode=0o700, exist_ok=True)
    temporary = f"{path}.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(os.urandom(_KEY_BYTES))
    try:
        # A link never replaces: of two processes that start at once, both use the first one's key.
        os.link(temporary, path)
    except FileExistsError:
        if not _read(path):
            os.replace(temporary, path)
            return _read(path)
    os.unlink(temporary)
    return _read(path)
