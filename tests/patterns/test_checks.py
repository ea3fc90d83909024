"""The offline checks: right examples pass, altered ones don't, and nothing raises."""

from __future__ import annotations

import base64
import binascii
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns.alphabets import unbase64, unbech32
from scrubjay.patterns.checks import ARGUMENTS, CHECKS, Outcome
from scrubjay.patterns.checksums import crc24, marvin32

# Synthetic values, computed from fixed labels. A broken bar splits each, so that no scanner takes this file for a leak.
CHECKSUMS: list[tuple[str, dict[str, int | str], str]] = [
    ("crc32-base62", {"prefix": 4}, "gh¦p_fTR¦R9lKj¦j4kPh¦XluFJ¦ar1cN¦tsrDE¦q03ER¦ZDi"),
    ("crc32-base62", {"prefix": 4}, "gh¦p_hTQ¦ttTbu¦s2MqK¦IW1q2¦0TbMz¦UwUJG¦gb0Q2¦dzj"),
    ("crc32-base62", {"prefix": 4}, "np¦m_MJq¦RzyXo¦wznPe¦3IHux¦oJ06y¦72y7S¦CC045¦bDW"),
    ("crc32-base62", {"prefix": 4}, "nb¦p_Pgz¦9bjKS¦uQOvO¦3b0e7¦svqYD¦J5zQx¦Xt0ei¦5cH"),
    ("crc32-base62", {"prefix": 10}, "po¦lar_o¦at_Gq¦kbkBB¦FrEsH¦aRMe9¦Gdlpl¦atiEg¦ycjVS¦l4fdD¦125AY¦2"),
    ("crc32-base62-keep", {}, "sy¦t_YWx¦pY2U_¦UrqXg¦uGfCv¦rTuNe¦jCxZe¦_0Zq5¦rU"),
    ("crc32-base62-keep", {"order": "little"}, "ma¦t_vKA¦gWfx0¦hKGtQ¦h3Egc¦oudTG¦krm2h¦9C_oM¦ehv1"),
    ("gitlab-routable", {}, "gl¦pat-3¦RnCDo¦yGA57¦45P-g¦kOmhl¦286MQ¦p1OjJ¦zCA.0¦1.0y0¦2ou6q¦r"),
    ("gitlab-routable", {}, "gl¦rt-t1¦_cbaB¦0mFoK¦Ft6-8¦w8AF5¦UP286¦MQp0O¦jIH.0¦w19bf¦uam"),
    ("grafana-crc32", {}, "gl¦sa_8g¦daQp4¦g6RCd¦pibX9¦rKHbR¦tGVf4¦Va14n¦_9151¦cfd5"),
    ("crates-trustpub", {}, "ci¦o_tp_¦Q4bY8¦nK3no¦d1DE9¦728kV¦MUR14¦w8xqG¦qj"),
    (
        "crc32-hex",
        {},
        "pa¦ckagi¦st_or¦t_bee¦ec6b6¦66c5c¦6842a¦ba066¦c9aa6¦dd79d¦d5766¦a773a¦09c2a¦6a4e4¦965e3¦ea024¦c32bc",
    ),
    (
        "atlassian-crc32",
        {},
        "AT¦ATT3x¦FfGF0¦U1wEv¦Il2hD¦sPryO¦rwueD¦1TYTo¦WN6XH¦6mMGP¦etIR3¦h1x5q¦H7q4F¦Hu8o9¦v0c"
        "4-¦iOiar¦J0PB0¦4Qo-e¦lYtGE¦Hub-1¦4lily¦eCx84¦nz-Sw¦HqyaA¦kBvWj¦Hzjmb¦OHwp7¦k25CO¦lw1"
        "a4¦edTKM¦EPxLG¦HxT7I¦MbW49¦RWSub¦X2Z6W¦gJ7Ck¦WnPx_¦n=1A8¦BC3A2",
    ),
    ("entra-8q", {}, "ab¦c8Q~3¦kRs4C¦Wk1.y¦szE_i¦CBv8E¦DZdbk¦-zehj¦baJ"),
    (
        "bech32",
        {"hrp": "age-secret-key-"},
        "AG¦E-SEC¦RET-K¦EY-15¦EFCD8¦80X9R¦2DJSY¦TVSM2¦Y3FRJ¦PSW50¦PPX0H¦MVAWT¦9RW53¦7CGAY¦SA7UU¦D6",
    ),
    ("bech32", {"hrp": "nsec"}, "ns¦ec1dy¦jr8ht¦0lrq4¦72tn6¦x9k60¦c4kah¦2h9cw¦tvahe¦vkvw6¦cahgl¦5lmas¦68ugj¦a"),
    ("nkey", {}, "SU¦ALGFA¦74TU7¦IRBVU¦CRWER¦KHBSQ¦UI4XF¦KOBYI¦USCQN¦YOW4W¦ZKRBQ¦TONTM¦E"),
    ("stellar", {}, "SB¦3KLRE¦ZYJER¦BV5XJ¦TE4C3¦GE4S6¦PYWUD¦3SMIV¦I73B7¦BCQUR¦XI426¦UPO4"),
    ("base58check", {}, "L4¦X9cwn¦kh1rp¦LEaTT¦iMGKz¦ZDaJu¦n4kTh¦FMvyk¦N6DgP¦wJCLe¦sNXha"),
    (
        "base58check",
        {},
        "xp¦rv9s2¦1ZrQH¦143K3¦bSPSs¦TzQ5Y¦9AcjP¦3iA1t¦3ybCS¦7mSyy¦7zQzi¦xsArR¦QCcnt¦vERGe¦8y9"
        "58¦WweQV¦3mBY3¦AXwaB¦4Q46g¦cPP4p¦vKg5z¦rgDaP¦9zet",
    ),
    (
        "marvin32",
        {"seed": "Default0", "bytes": 64, "signature": "+ASt"},
        "H+¦Y16pa¦g7+V2¦M8xbW¦iZVs1¦6iiGV¦vhYo8¦1Lzo2¦+z0Dw¦gqW/l¦F7AG5¦tBhMP¦mdGpC¦4vprC¦aK2ff¦aSOJ+¦AStoU¦ow5A=¦=",
    ),
    (
        "marvin32",
        {"seed": "Send0000", "bytes": 32, "signature": "+ASb"},
        "O/¦S2bgX¦KymAR¦d4rtr¦PC8mW¦6d5B5¦LSEhL¦R+ASb¦HHGRZ¦I=",
    ),
    (
        "marvin32",
        {"seed": "Listen00", "bytes": 32, "signature": "+AEh"},
        "eu¦BsjBX¦l0Ii/¦drlOg¦7qEVX¦8QuaL¦VlLG9¦v+AEh¦Hz1oI¦U=",
    ),
    (
        "marvin32",
        {"seed": "Manage00", "bytes": 32, "signature": "+ARm"},
        "nV¦G7p8Z¦kEjRW¦ZoCSs¦XPt91¦sj/Ed¦vSQZ5¦p+ARm¦CCpVP¦I=",
    ),
    (
        "marvin32",
        {"seed": "IoTHub00", "bytes": 32, "signature": "AIoT"},
        "Ih¦jCu5u¦PxwiF¦kckXc¦zFfD1¦mTiil¦va0gN¦DAIoT¦ImXwT¦k=",
    ),
    (
        "marvin32",
        {"seed": "DpsKey00", "bytes": 32, "signature": "AIoT"},
        "sv¦bjNOQ¦9nfJC¦8kl5D¦Fc/mU¦3f4me¦W+THy¦iAIoT¦EPYVj¦k=",
    ),
    (
        "marvin32",
        {"seed": "Device00", "bytes": 32, "signature": "AIoT"},
        "/5¦JMKuP¦Ys5pp¦f1HIA¦507Ia¦r6O24¦yOAZu¦GAIoT¦B3w6A¦o=",
    ),
    (
        "marvin32",
        {"seed": "Access00", "bytes": 32, "signature": "AzCa"},
        "ps¦Gzb8t¦+HhuR¦6pU7U¦8RxNf¦so+b3¦MW1NE¦wAzCa¦PgbJY¦0=",
    ),
    (
        "marvin32",
        {"seed": "MastRW00", "bytes": 64, "signature": "ACDb"},
        "dH¦nX9gC¦ly6/G¦fyD6G¦A8Fjw¦AkA2N¦Bx0Na¦4mhAy¦9htxS¦9olHB¦4b3xu¦u4YHW¦ph4Md¦6oko7¦RYDKZ¦vHlJA¦CDbe9¦ReZg=¦=",
    ),
    (
        "marvin32",
        {"seed": "AbAcct00", "bytes": 64, "signature": "+ABa"},
        "cU¦QbAEp¦lc5wr¦dcwSz¦vdegZ¦Ikt1E¦noDuu¦oXgfc¦dC3K7¦nudPA¦R5kwA¦BCa77¦2tKIU¦VVLO9¦khD4r¦CuMH+¦ABazm¦qa/A=¦=",
    ),
    (
        "marvin32",
        {"seed": "Classic0", "bytes": 64, "signature": "+AMC"},
        "rg¦XI01S¦wLPGB¦qFkek¦Z7jil¦1/uC9¦C9h3p¦2RE63¦ysAgx¦7R0TP¦b9NsS¦/qd3D¦PzhWO¦SZUHr¦dC8zc¦1QXp+¦AMCAR¦O3JA=¦=",
    ),
    (
        "marvin32",
        {"seed": "Tenant00", "bytes": 64, "signature": "APIM"},
        "AI¦rz0+z¦aEMrR¦1fQ/Y¦GaCpY¦sYj7H¦SOUvq¦xM6QR¦kSauI¦oUerV¦7R4mG¦1Oqd2¦+476U¦m+dbI¦egqhI¦NmbbA¦PIMCl¦gFSw=¦=",
    ),
    (
        "marvin32",
        {"seed": "Functi00", "bytes": 40, "signature": "AzFu"},
        "7-¦iBB-9¦2IKht¦kHJvu¦ybrvY¦4oP7i¦1NNaR¦O2hEk¦e3V0n¦q3AzF¦uhMy8¦gg==",
    ),
    (
        "marvin32",
        {"seed": "PAdmin00", "bytes": 39, "signature": "AzSe"},
        "TH¦fBi+2¦Pvrrs¦YgA64¦fDkmk¦T7lS4¦I00nz¦sZFHy¦cz2ks¦AzSeA¦Ht/Ne",
    ),
    (
        "marvin32",
        {"seed": "Query000", "bytes": 39, "signature": "AzSe"},
        "sJ¦KCRpw¦/3Jk2¦vEZVH¦xc0Yl¦MjCNd¦NVi8B¦oYhRv¦T4GXY¦AzSeB¦y0xX8",
    ),
    (
        "marvin32",
        {"seed": "ACRDflt0", "bytes": 39, "signature": "+ACR"},
        "Zt¦fkbMN¦ybf8o¦Td+bs¦bt3Vs¦q+2dc¦YdUnB¦ItWnO¦XPvr4¦+ACRB¦Ll1wr",
    ),
    (
        "marvin32",
        {"seed": "UsrPwd00", "bytes": 64, "signature": "+SQL"},
        "kr¦QPezD¦6P+kR¦ol/7d¦qoCq8¦72XPa¦0WNux¦P+Ook¦ThZW6¦cTk7e¦iNDa4¦IwF4a¦+jbBK¦gE8+T¦z04ql¦QgRs+¦SQLFw¦v+AA=¦=",
    ),
    (
        "azure-cask",
        {},
        "Kz¦IbxEA¦6x5Je¦70ww0¦1vGeo¦T4F1p¦OLLKj¦qU8qY¦dWhAp¦NQxLZ¦N7dKY¦JQQJ9¦9CEAA¦AAAAA¦AAAAA¦AAAAA¦ZDO1i¦GL",
    ),
    (
        "azure-cask",
        {},
        "sU¦Avfwu¦0d9Dr¦bEgOj¦n6E5z¦aatjt¦7dvgd¦nSd52¦datUa¦AFIxN¦9Dnxz¦JQQJ9¦9CEAA¦AAAAA¦AAAAA¦AAAAA¦COG48¦kV",
    ),
    (
        "azure-cask",
        {},
        "cu¦4tuy1¦oLRSU¦jcTG6¦Bnnwz¦Yd6G6¦PAwGL¦D6d44¦uc3RM¦A3gqj¦9BPr4¦JQQJ9¦9CEAA¦AAAAA¦AAAAA¦AAAAZ¦ZZZta¦Nk",
    ),
    (
        "azure-cask",
        {},
        "aa¦aaaaa¦aaaaa¦aaaaa¦aaaaa¦aaaaa¦aaaaa¦aaaaa¦aaaaa¦aaaaa¦aaaaa¦JQQJ9¦9ALN5¦Z0000¦LZENe¦S003N¦UGT3O¦rW",
    ),
]
STRUCTURES: list[tuple[str, dict[str, int | str], str]] = [
    ("aws-key-id", {}, "AK¦IARZP¦UZDIK¦FKEAM¦OUJ"),
    ("ses-smtp", {}, "BL¦BM/9h¦SUELf¦q8Gw+¦rU1Yc¦BjkOx¦GbhT2¦XG763¦xVLGW¦L9"),
    (
        "pypi-macaroon",
        {},
        "py¦pi-Ag¦EIcHl¦waS5v¦cmcCJ¦Dg4MD¦k0ZWI¦wLWJi¦MGUtN¦DA2NC¦05YjE¦0LWI5¦ZmYxO¦TUwZW¦UxY"
        "wA¦CGVsw¦LDE5M¦DAwMD¦AwMDA¦sMTcw¦MDAwM¦DAwMF¦0AAAY¦gMn4U¦qeyNz¦pnCIo¦XkGEX¦Aw2Z3¦PM7"
        "4e¦TOSD4¦rF6NJ¦m38I",
    ),
    ("jfrog-reference", {}, "cm¦VmdGt¦uOjAx¦OjAwM¦DAwMD¦AwMDA¦6RTNR¦SkNJQ¦lFaQ0¦NiY25¦QYWJ6¦ZmN2Q¦TFMN1¦lv"),
    ("nuget-v4", {}, "oy¦2lbti¦7gcc7¦4mjk3¦e4q5a¦emrzk¦26ojk¦xht6d¦r27bj¦lws6"),
    ("ksuid", {}, "2Y¦BXZIu¦eHBQk¦fXJLk¦fMhra¦WaF22"),
    ("wireguard", {}, "mN¦HotsN¦FLlrT¦BvFRa¦f4JQB¦OdCb/¦bqh6j¦gQDRE¦ActP1¦A="),
    ("atlassian-dc-pat", {}, "MT¦IzNDU¦2Nzg5¦MDEyO¦lErb9¦uUbCf¦utQgg¦+ZJsa¦u2N4q¦KB"),
    ("atlassian-dc-pat", {}, "BB¦DC-MT¦IzNDU¦2Nzg5¦MDEyO¦lErb9¦uUbCf¦utQgg¦+ZJsa¦u2N4q¦KB"),
    (
        "jwt",
        {},
        "ey¦JhbGc¦iOiJI¦UzI1N¦iIsIn¦R5cCI¦6IkpX¦VCJ9.¦eyJzd¦WIiOi¦JzeW5¦0aGV0¦aWMiL¦CJleH¦AiO"
        "jE¦3MDAw¦MDAwM¦DB9.y¦LC_Ff¦M0nVH¦Jl3ZT¦RpHDY¦01yqz¦9Os7W¦vDdBV¦bjSyl¦RA",
    ),
    (
        "jwt",
        {"marker": "eyJ"},
        "gh¦s_123¦4567_¦eyJhb¦GciOi¦JIUzI¦1NiIs¦InR5c¦CI6Ik¦pXVCJ¦9.eyJ¦zdWIi¦OiJze¦W50aG¦V0a"
        "WM¦iLCJl¦eHAiO¦jE3MD¦AwMDA¦wMDB9¦.yLC_¦FfM0n¦VHJl3¦ZTRpH¦DY01y¦qz9Os¦7WvDd¦BVbjS¦ylR"
        "A",
    ),
    ("discord-token", {}, "MT¦IzNDU¦2Nzg5¦MDEyM¦zQ1Nj¦c4.Ga¦bcdE.¦synth¦etic-¦third¦-part¦-of-t¦he-to¦ken-0¦000"),
    ("cisco-type7", {}, "08¦22455¦D0A16"),
    ("basic-auth", {}, "c2¦9tZWJ¦vZHk6¦bm90L¦WEtc2¦VjcmV¦0"),
    ("base64-decodes", {"min": 32, "max": 32}, "mN¦HotsN¦FLlrT¦BvFRa¦f4JQB¦OdCb/¦bqh6j¦gQDRE¦ActP1¦A="),
]
ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
Case = tuple[str, dict[str, int | str], bytes]


def whole(rows: list[tuple[str, dict[str, int | str], str]]) -> list[Case]:
    """Put the values together."""
    return [(name, args, text.replace("¦", "").encode()) for name, args, text in rows]


def check(name: str, value: bytes, **args: int | str) -> bool | None:
    """Run a check and return only whether it passed."""
    return CHECKS[name](value, args).passed


def segment(value: object) -> bytes:
    """Encode a value as a part of a JWT."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def altered(value: bytes, at: int) -> bytes:
    """Change one character to another one of the same kind."""
    char = value[at : at + 1]
    first, size = (b"0", 10) if char.isdigit() else (b"A", 26) if char.isupper() else (b"a", 26)
    new = bytes([first[0] + (char[0] - first[0] + 3) % size])
    return value[:at] + new + value[at + 1 :]


def label(part: object) -> str | None:
    """Keep values out of the names of tests, which end up in logs."""
    return "value" if isinstance(part, bytes) else None


@pytest.mark.parametrize(("name", "args", "value"), whole(CHECKSUMS + STRUCTURES), ids=label)
def test_examples_pass(name: str, args: dict[str, int | str], value: bytes) -> None:
    """Every example passes, and the reason holds no part of it."""
    outcome = CHECKS[name](value, args)
    assert outcome.passed is True, outcome
    assert not any(value[at : at + 6].decode() in outcome.reason for at in range(len(value) - 5))


COVERED = [case for case in whole(CHECKSUMS) if case[0] != "crates-trustpub"]


@pytest.mark.parametrize(("name", "args", "value"), COVERED, ids=label)
def test_altered_characters_do_not_pass(name: str, args: dict[str, int | str], value: bytes) -> None:
    """A change of any one character that the checksum covers is noticed, also in the last one and in the padding."""
    for at in range(int(args.get("prefix", 0)), len(value)):
        assert CHECKS[name](altered(value, at), args).passed is not True, at


@pytest.mark.parametrize("name", ["crc32-base62", "gitlab-routable", "nkey", "base58check", "azure-cask"])
def test_every_change_of_one_character_does_not_pass(name: str) -> None:
    """No other letter or digit at any place passes."""
    args, value = next((args, value) for found, args, value in whole(CHECKSUMS) if found == name)
    for at in range(int(args.get("prefix", 0)), len(value)):
        for char in ALPHABET:
            if char != value[at]:
                assert CHECKS[name](value[:at] + bytes([char]) + value[at + 1 :], args).passed is not True, at


def test_truncated_values_do_not_pass() -> None:
    """A value that lost its last characters fails its checksum."""
    for name, args, value in whole(CHECKSUMS):
        for size in (1, 2, 7):
            assert CHECKS[name](value.rstrip(b"=")[:-size], args).passed is not True, name


def test_trusted_publishing_check_character() -> None:
    """The documented test tokens pass, and nearly all other check characters fail."""
    body = b"cio_" + b"tp_" + b"0" * 31
    assert [bytes([char]) for char in ALPHABET if check("crates-trustpub", body + bytes([char]))] == [b"w"]


def test_published_vectors() -> None:
    """The arithmetic agrees with the vectors that the algorithms' authors published."""
    seed = 0x004FB61A001BDBCC
    assert [marvin32(bytes.fromhex(text), seed) for text in ("", "AF", "E70F")] == [0x302009BC, 0x3592E206, 0xFDAB5E04]
    assert crc24(b"123456789") == 0x21CF02
    assert unbech32(b"A12UEL5L") == (b"a", 0)
    assert unbech32(b"A12UEl5L") is None


def test_base64_has_one_spelling() -> None:
    """Both alphabets are read, with or without padding, but nothing that isn't canonical."""
    assert unbase64(b"-_8=") == unbase64(b"+/8") == b"\xfb\xff"
    assert [unbase64(text) for text in (b"+/9", b"+/8==", b"+/8\n", b"====", b"A", b"+ /8", b"=8")] == [None] * 7


def test_gitlab_instance_prefix_is_unknown() -> None:
    """A token whose structure is right and whose checksum isn't may have lost the instance's prefix."""
    value = next(value for name, _, value in whole(CHECKSUMS) if name == "gitlab-routable")
    assert check("gitlab-routable", value[:-1] + b"0") is None
    assert check("gitlab-routable", value.replace(b".0y", b".0z")) is False


def test_azure_seeds_and_replaced_characters() -> None:
    """Several seeds can be given; a key whose special characters were replaced passes only where allowed."""
    args: dict[str, int | str] = {"seed": "Send0000 Access00", "bytes": 32, "signature": "AzCa"}
    for number in range(100):
        head = base64.b64decode(b"synthetic%03d" % number + b"A" * 21 + b"AzCa" + b"QAA")[:28]
        checksum = marvin32(head, int.from_bytes(b"Access00", "big")).to_bytes(4, "little")
        key = base64.b64encode(head + checksum)
        if b"+" in key[-7:] or b"/" in key[-7:]:
            break
    plain = key.replace(b"+", b"P").replace(b"/", b"F")
    assert CHECKS["marvin32"](key, args).passed is True
    assert CHECKS["marvin32"](plain, args).passed is False
    assert CHECKS["marvin32"](plain, args | {"replaced": 1}).passed is True


def test_aws_key_ids() -> None:
    """The reason names the account; an older id can't be told; letters outside base32 and impossible accounts fail."""
    assert CHECKS["aws-key-id"](b"AK" + b"IARZPUZDIKFKEAMOUJ", {}) == (True, "belongs to account 123456789012")
    assert check("aws-key-id", b"AK" + b"IAIOSFODNN7EXAMPLE") is None
    assert check("aws-key-id", b"AK" + b"IA0189018901890189") is False
    assert check("aws-key-id", b"AK" + b"IA7777777777777777") is False


@pytest.mark.parametrize(
    ("header", "claims", "tail", "passed", "reason"),
    [
        ({"alg": "HS256"}, {"exp": 1700000000}, b".c2ln", True, "expired token"),
        ({"alg": "HS256"}, {"exp": 4102444800.5}, b".c2ln", True, "signed token, not expired"),
        ({"alg": "HS256"}, {}, b".c2ln", True, "signed token without expiry"),
        ({"alg": "none"}, {"exp": 1700000000}, b".", True, "token without a signature"),
        ({"alg": "dir", "enc": "A128GCM"}, b"", b".aXY.dGV4dA.dGFn", True, "encrypted token (JWE)"),
        ({"typ": "JWT"}, {}, b".c2ln", False, "the header is no JSON object with alg"),
        ({"alg": 7}, {}, b".c2ln", False, "the header is no JSON object with alg"),
        (["alg"], {}, b".c2ln", False, "the header is no JSON object with alg"),
        ({"alg": "HS256"}, b"not json", b".c2ln", False, "the claims are no JSON object"),
        ({"alg": "HS256"}, {}, b".c", False, "the signature is no base64url"),
        ({"alg": "HS256"}, {}, b"", False, "not three or five parts"),
        ({"alg": "HS256"}, b"[" * 5000, b".c2ln", False, "the claims are no JSON object"),
        ({"alg": "HS256"}, b'{"exp":' + b"9" * 5000 + b"}", b".c2ln", False, "the claims are no JSON object"),
        ({"alg": "HS256"}, b'{"exp":' + b"9" * 4000 + b"}", b".c2ln", True, "signed token, not expired"),
    ],
)
def test_jwt(header: object, claims: object, tail: bytes, passed: bool, reason: str) -> None:
    """The reason tells signed, expired, unsigned and encrypted tokens from texts that only have dots."""
    assert CHECKS["jwt"](segment(header) + b"." + segment(claims) + tail, {}) == (passed, reason)


def test_structures_that_do_not_fit() -> None:
    """Values of the right length and alphabet but of the wrong structure fail."""
    wrong: list[tuple[str, bytes]] = [
        ("atlassian-dc-pat", base64.b64encode(b"x" * 33)),
        ("basic-auth", base64.b64encode(b"no colon")),
        ("basic-auth", base64.b64encode(b"user:")),
        ("basic-auth", base64.b64encode(b"\xff\xfe:binary")),
        ("basic-auth", base64.b64encode(b"user:pass\n")),
        ("cisco-type7", b"0822455D0A17ZZ"),
        ("cisco-type7", b"99AABB"),
        ("cisco-type7", b"08FFFFFF"),
        ("discord-token", base64.b64encode(b"99999999999999999999") + b".a.b"),
        ("discord-token", base64.b64encode(b"not-digits-at-all-") + b".a.b"),
        ("jfrog-reference", base64.b64encode(b"reftkn:01:000000000x:abc")),
        ("ksuid", b"z" * 27),
        ("nuget-v4", b"a" * 46),
        ("pypi-macaroon", b"pypi-" + base64.urlsafe_b64encode(b"\x02\x01\x08an.index" + b"\xff" * 30)),
        ("ses-smtp", base64.b64encode(b"\x05" + b"x" * 32)),
        ("wireguard", base64.b64encode(b"\xff" * 32)),
    ]
    assert [(name, CHECKS[name](value, {}).passed) for name, value in wrong] == [(name, False) for name, _ in wrong]


def test_jfrog_expiry() -> None:
    """An expired reference token stays one, and the reason says so."""
    assert CHECKS["jfrog-reference"](base64.b64encode(b"reftkn:01:1700000000:abc"), {}) == (True, "expired token")


def test_base64_length_limits() -> None:
    """Both ends of the length count."""
    value = base64.b64encode(b"x" * 20)
    assert [check("base64-decodes", value, min=low, max=high) for low, high in ((20, 0), (20, 20))] == [True, True]
    assert [check("base64-decodes", value, min=low, max=high) for low, high in ((21, 0), (1, 19))] == [False, False]


def test_every_check_has_an_example_and_known_arguments() -> None:
    """The table of arguments names the checks, and the examples use only arguments that are in it."""
    files = {"java-keystore", "pem", "pem-whole", "pkcs12", "putty"}
    # Those of imported rules, see test_custom.py.
    files |= {"entropy", "unlike"}
    assert set(ARGUMENTS) == set(CHECKS) == {name for name, _, _ in CHECKSUMS + STRUCTURES} | files
    assert all(set(args) <= set(ARGUMENTS[name]) for name, args, _ in CHECKSUMS + STRUCTURES)


def sound(outcome: object) -> bool:
    """Tell whether a check gave a proper answer, and not the one for an internal error."""
    return isinstance(outcome, Outcome) and bool(outcome.reason) and outcome.reason != "the check could not be made"


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_hostile_values_get_an_answer(name: str) -> None:
    """Long, nested and degenerate values get an answer without an error."""
    seeds = [
        b"",
        b"=",
        b".",
        b"_",
        b"-",
        b"1",
        b"\0",
        b"\xff",
        b"[",
        b"eyJ",
        b"\\",
        b"\\n",
        b'"',
        b'" ',
        b"' + '",
        b"A",
    ]
    seeds += [b"-----BEGIN PRIVATE KEY-----", b"Public-Lines: 9\n", b"a: b\n", b"# ", b"\n=", b"Proc-Type: 4,ENCRYPTED"]
    for seed in seeds:
        for count in (1, 2, 7, 40, 2000, 200_000):
            assert sound(CHECKS[name](seed * count, {})), (seed, count)


@pytest.mark.parametrize("name", sorted(CHECKS))
@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=120).map(str.encode) | st.from_regex(rb"[A-Za-z0-9+/=_.:-]{0,90}"))
def test_random_values_get_an_answer(name: str, value: bytes) -> None:
    """Any bytes get an answer."""
    assert sound(CHECKS[name](value, {}))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(whole(CHECKSUMS + STRUCTURES)), st.data())
def test_mutated_values_get_an_answer(case: Case, data: st.DataObject) -> None:
    """Values that are nearly right get an answer, from their own check and from every other."""
    name, args, value = case
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(value)))
        end = data.draw(st.integers(start, min(start + 8, len(value))))
        value = value[:start] + data.draw(st.binary(max_size=8)) + value[end:]
    assert sound(CHECKS[name](value, args))
    assert all(sound(other(value, {})) for other in CHECKS.values())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(whole(STRUCTURES)), st.binary(max_size=40), st.integers(0, 60))
def test_mutated_contents_get_an_answer(case: Case, extra: bytes, at: int) -> None:
    """Changes below the base64, in the binary structure, get an answer too."""
    name, args, value = case
    head, dash, body = value.rpartition(b"-") if value.startswith(b"pypi-") else (b"", b"", value)
    data = unbase64(body) or body
    text = binascii.b2a_base64(data[:at] + extra + data[at + len(extra) // 2 :], newline=False)
    assert sound(CHECKS[name](head + dash + text, args))
