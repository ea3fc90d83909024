"""A made-up text on which candidates are counted: code, settings, logs and data, the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_SEED = 20260101
_WORDS = """
access account action active add address after agent alert all allow amount api app apply archive args array asset async
auth author auto await back backup bad base batch before begin block board body bool branch bucket buffer build bundle
button byte cache call cancel card cart case channel char chart check child chunk class clean clear client clone close
cloud cluster code color column commit common compile config connect console const contain content context control
cookie copy core count create cursor custom data date debug decode default define delete deploy depth detail device dict
diff digest dir disk dispatch display doc domain done down draft drive driver dump edge edit else email empty enable
encode end engine entry enum env error event except exec exit expire export extra factory fail false feature fetch field
file filter final find first fixture flag float flow flush fold font form format frame from front full func function
gateway get global grant graph group guard handle hash head header health height hidden history hook host html http icon
ident if image import index info init inner input insert instance int invoice issue item iter job join json just keep
key kind label lambda last layer layout len level library license limit line link list load local lock log login long
loop mail main manager map mark mask master match max media member memory menu merge message meta method metric min mock
mode model module mount move name native net new next node none note null number object offset open option order output
owner pack page param parent parse part pass password path pattern pause payload pending pick ping pipe plain plan
platform plugin point policy pool port post prefix price print private probe process product profile project prompt
proxy public pull push queue quota quote rank rate raw read ready record red ref refresh region register release reload
remote remove render repeat reply report request reset resolve resource rest result retry return role root route row
rule run safe sample scale scan schema scope score screen script search secret section secure seed segment select self
send server service session set share shell shop show sign signature single size skip slot socket sort source span spec
split stack stage start state static status step stop storage store stream string strip style submit success sum super
sync system table tag target task team temp template tenant test text theme thread ticket time title token tool total
trace track trigger true try tuple type unit update upload url usage user util valid value var vendor verify version
view void wait watch web week width window with word work wrap write year yield zone
""".split()


def made(size: int = 1 << 22) -> bytes:
    """Return about `size` bytes of made-up code, data and logs, the same on every machine and without secrets."""
    from random import Random

    random = Random(_SEED)
    kinds = (_code, _code, _settings, _log, _log, _data, _minified)
    parts: list[str] = []
    length = 0
    while length < size:
        part = kinds[int(random.random() * len(kinds))](random)
        parts.append(part)
        length += len(part) + 1
    return "\n".join(parts).encode()


# Only `Random.random` gives the same numbers in every version of Python.
def _one(random: Random, choices: Sequence[str]) -> str:
    return choices[int(random.random() * len(choices))]


def _name(random: Random) -> str:
    words = [_one(random, _WORDS) for _ in range(1 + int(random.random() * 3))]
    form = int(random.random() * 4)
    if form == 0:
        return "".join([words[0], *(word.title() for word in words[1:])])
    return ("_" if form < 3 else "-").join(words).upper() if form == 1 else "_".join(words)


def _letters(random: Random, alphabet: str, length: int) -> str:
    return "".join([alphabet[int(random.random() * len(alphabet))] for _ in range(length)])


_HEX = "0123456789abcdef"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _code(random: Random) -> str:
    def name() -> str:
        return _name(random)

    forms: tuple[Callable[[], str], ...] = (
        lambda: f"    {name()} = {name()}.{name()}({name()}, {name()}={name()})",
        lambda: f"    if ({name()}->{name()} == {name()}) {{ return {name()}; }}",
        lambda: f"export const {name()} = async ({name()}: {name()}) => {{ await {name()}({name()}); }};",
        lambda: f"func ({name()} *{name()}) {name()}({name()} string) ({name()}, error) {{",
        lambda: f"// {' '.join(_one(random, _WORDS) for _ in range(12))}.",
        lambda: f"  {name()}: {name()}[\"{name()}\"] ?? '{name()}',",
        lambda: f"    def {name()}(self, {name()}: str, {name()}: int = {int(random.random() * 5000)}) -> {name()}:",
    )
    return "\n".join(forms[int(random.random() * len(forms))]() for _ in range(20))


def _settings(random: Random) -> str:
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{_name(random).upper()}={_name(random)}",
        lambda: f"{_name(random)}: ${{{_name(random).upper()}}}",
        lambda: f'  "{_name(random)}": "{_name(random)}",',
        lambda: f'  "{_name(random)}": {int(random.random() * 1e6)},',
        lambda: (
            f"https://{_one(random, _WORDS)}.example.com/{_name(random)}?{_name(random)}={int(random.random() * 1e4)}"
        ),
    )
    return "\n".join(forms[int(random.random() * len(forms))]() for _ in range(20))


def _log(random: Random) -> str:
    def line() -> str:
        second = int(random.random() * 86400)
        clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        address = ".".join(str(int(random.random() * 256)) for _ in range(4))
        words = " ".join(_one(random, _WORDS) for _ in range(6))
        time = f"2026-01-02T{clock}.{int(random.random() * 1000):03}Z"
        return f"{time} INFO {_name(random)} {address} {words} id={_letters(random, _HEX, 16)}"

    return "\n".join(line() for _ in range(20))


def _data(random: Random) -> str:
    forms: tuple[Callable[[], str], ...] = (
        lambda: _letters(random, _BASE64, 76),
        lambda: _letters(random, _BASE64, 76),
        lambda: f'"integrity": "sha512-{_letters(random, _BASE64, 86)}==",',
        lambda: f"{_letters(random, _HEX, 64)}  {_name(random)}.tar.gz",
        lambda: "-".join(_letters(random, _HEX, length) for length in (8, 4, 4, 4, 12)),
        lambda: ",".join(str(int(random.random() * 1e5)) for _ in range(12)),
    )
    return "\n".join(forms[int(random.random() * len(forms))]() for _ in range(40))


def _minified(random: Random) -> str:
    forms: tuple[Callable[[], str], ...] = (
        lambda: (
            f"function {_one(random, 'abcdefgh')}({_one(random, 'nrtu')}){{return {_name(random)}.{_name(random)}}}"
        ),
        lambda: f"var {_one(random, 'abcdefgh')}={{{_name(random)}:{int(random.random() * 99)},{_name(random)}:!0}};",
        lambda: f".{_name(random)}{{margin:0 {int(random.random() * 9)}px;color:#{_letters(random, _HEX, 6)}}}",
    )
    return "".join(forms[int(random.random() * len(forms))]() for _ in range(40))
