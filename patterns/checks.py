"""The offline checks that a rule can name, with their arguments.

A check gets the bytes of the secret group and never raises: it is fed hostile input. Failing is weak evidence against a
secret (a truncated token still leaks), passing is strong for checksums and middling for structures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import checksums, structures
from .outcome import Outcome

__all__ = ["ARGUMENTS", "CHECKS", "CHECKSUMS", "Outcome", "described"]

Arguments = Mapping[str, int | str]

_TOKEN = 16_384  # bytes; longer values aren't looked at, which bounds the time of every check
_BLOCK = 131_072


class _Check:
    """One check, callable with a value and the arguments of a rule."""

    __slots__ = ("defaults", "function", "longest")

    def __init__(self, function: Callable[[bytes, Arguments], Outcome], defaults: Arguments, longest: int) -> None:
        self.function = function
        self.defaults = defaults
        self.longest = longest

    def __call__(self, value: bytes, args: Arguments) -> Outcome:
        """Return what the check finds out about the value; an internal error or a too long value is unknown."""
        if len(value) > self.longest:
            return Outcome(None, "too long to check")
        try:
            return self.function(value, {**self.defaults, **args})
        except Exception:  # noqa: BLE001 - one odd value must not end a scan, nor its text reach a traceback
            return Outcome(None, "the check could not be made")


def _token(function: Callable[[bytes, Arguments], Outcome], **defaults: int | str) -> _Check:
    return _Check(function, defaults, _TOKEN)


def _block(function: Callable[[bytes, Arguments], Outcome], **defaults: int | str) -> _Check:
    return _Check(function, defaults, _BLOCK)


# The key file checks compile several expressions when they are imported, so that waits for the first key file.
def _pem(value: bytes, args: Arguments) -> Outcome:
    """A private key in PEM or armor that parses; the reason says whether it is encrypted."""
    from . import keyfiles

    return keyfiles.pem(value, args)


def _pem_whole(value: bytes, args: Arguments) -> Outcome:
    """A whole private key: not its beginning only, nor a body made up of a few characters."""
    from . import keyfiles

    return keyfiles.pem_whole(value, args)


def _pkcs12(value: bytes, args: Arguments) -> Outcome:
    """A whole PKCS#12 key store in base64: its lengths add up."""
    from . import keyfiles

    return keyfiles.pkcs12(value, args)


def _putty(value: bytes, args: Arguments) -> Outcome:
    """A whole PuTTY key file; its MAC is checked when it isn't encrypted."""
    from . import keyfiles

    return keyfiles.putty(value, args)


def _entropy(value: bytes, args: Arguments) -> Outcome:
    from . import texts

    return texts.entropy(value, args)


def _unlike(value: bytes, args: Arguments) -> Outcome:
    from . import texts

    return texts.unlike(value, args)


def _java_keystore(value: bytes, args: Arguments) -> Outcome:
    """A whole Java key store, or its base64; it passes when its digest is that of the usual password."""
    from . import keyfiles

    return keyfiles.java_keystore(value, args)


_TABLE = {
    # Checksums: an altered value fails.
    "atlassian-crc32": _token(checksums.atlassian_crc32),
    "azure-cask": _token(checksums.azure_cask),
    "base58check": _token(checksums.base58check),
    "bech32": _token(checksums.bech32, hrp=""),
    "crates-trustpub": _token(checksums.crates_trustpub),
    "crc32-base62": _token(checksums.crc32_base62, prefix=0, width=6),
    "crc32-base62-keep": _token(checksums.crc32_base62_keep, order="big"),
    "crc32-hex": _token(checksums.crc32_hex, prefix=0, width=8),
    "entra-8q": _token(checksums.entra_8q),
    "gitlab-routable": _token(checksums.gitlab_routable),
    "grafana-crc32": _token(checksums.grafana_crc32),
    "marvin32": _token(checksums.azure_marvin32, seed="Default0", bytes=32, signature="", replaced=0),
    "nkey": _token(checksums.nkey),
    "stellar": _token(checksums.stellar),
    # Structures: a value that only looks like the format fails.
    "atlassian-dc-pat": _token(structures.atlassian_dc_pat),
    "aws-key-id": _token(structures.aws_key_id),
    "base64-decodes": _token(structures.base64_decodes, min=1, max=0),
    "basic-auth": _token(structures.basic_auth),
    "cisco-type7": _token(structures.cisco_type7),
    "discord-token": _token(structures.discord_token),
    "jfrog-reference": _token(structures.jfrog_reference),
    "jwt": _token(structures.jwt, marker=""),
    "ksuid": _token(structures.ksuid, prefix=0),
    "nuget-v4": _token(structures.nuget_v4),
    "pypi-macaroon": _token(structures.pypi_macaroon),
    "ses-smtp": _token(structures.ses_smtp),
    "wireguard": _token(structures.wireguard),
    # What other tools' rules ask of a value.
    "entropy": _token(_entropy, min="3"),
    "unlike": _token(_unlike, pattern=""),
    # Key files.
    "java-keystore": _block(_java_keystore, password="change" + "it"),
    "pem": _block(_pem),
    "pkcs12": _block(_pkcs12),
    "pem-whole": _block(_pem_whole),
    "putty": _block(_putty),
}

CHECKS: dict[str, Callable[[bytes, Arguments], Outcome]] = {**_TABLE}
# What no text passes by chance, nor one that somebody has made up: 24 bits or more.
CHECKSUMS = frozenset({
    "atlassian-crc32", "azure-cask", "base58check", "bech32", "crc32-base62", "crc32-base62-keep", "crc32-hex",
    "gitlab-routable", "grafana-crc32", "marvin32",
})  # fmt: skip
# Every argument that a check knows, with its default, which has the type that a rule must give; there are no others.
ARGUMENTS: dict[str, Arguments] = {name: check.defaults for name, check in _TABLE.items()}


def described(name: str) -> str:
    """Return the first paragraph of what a check says about itself."""
    text = (_TABLE[name].function.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(text.split())
