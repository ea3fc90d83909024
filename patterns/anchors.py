"""Where a value is assigned to the name of a credential: the first stage that most rules without a literal share.

Thousands of names end in the same few words, so the words are looked for once for all such rules, together with what
comes next. Hyperscan is quickest with many different literals of which none is short and none ends like common text;
so each word is spelled out with each separator: `token=` and `token"` are rare where `token` alone is not.
"""

from __future__ import annotations

PASSWORD, TOKEN, KEY = "password", "token", "key"
# A value in quotes and a bare one are told apart here, so that each rule is tried only where it can match.
QUOTED, BARE = "quoted", "bare"

_OFTEN = {PASSWORD: ("password", "passwd", "pwd", "pass", "pw"), TOKEN: ("secret", "token"), KEY: ("key", "auth", "pat")}
# Words that are rare in any text need no separator to be cheap.
_SELDOM = {
    PASSWORD: ("passphrase", "passwort", "passcode", "pswd"),
    TOKEN: ("credential", "nkey", "ticket", "oauth_verifier", "oauthverifier", "auth_code", "authcode"),
    KEY: ("seed", "signature"),
}
# Ends of such names that are followed: password2, tokens, SECRET_PROD.
_TAILS = {PASSWORD: ("_", "s", "1", "2"), TOKEN: ("_", "1", "2"), KEY: ()}
_ASSIGN = ("=", ":", " =", " :", ">")
_OTHER = ('"', "'", "`", "(", ",", "]", ")", "\\", ' "', " '", "  ", "\t", "!")
_BETWEEN = r"""[ \t"'`\[\])\\:=!>,(?\-]*"""
_NAME = "[A-Za-z0-9_]*"
# A value that is not in quotes and not for a password holds a digit early on, or it is taken for a word.
_DIGIT = r"(?:[A-Za-z+/_.~%\-]{0,30}[0-9][A-Za-z0-9+/_.~%\-]{7}|[A-Za-z+/_.~\-]{7,30}[0-9])"
_VALUES = {
    (PASSWORD, QUOTED): r"""[^\s"'`\\]{4}""",
    (PASSWORD, BARE): r"""[^\s"'`<>;,&|(){}\[\]$:=\\/][^\s"'`<>;,&|(){}\[\]\\]{3}""",
    (TOKEN, QUOTED): r"""[^\s"'`<>\\]{7}""",
    (TOKEN, BARE): _DIGIT,
    (KEY, QUOTED): _DIGIT,
    (KEY, BARE): _DIGIT,
}
ANCHORS = tuple(f"{family}-{form}" for family, form in _VALUES)
# How far before the end of an anchor a match may begin.
ANCHOR_WIDTH = 160


def expressions(anchor: str) -> list[str]:
    """Return the Hyperscan expressions of an anchor, a member of `ANCHORS`; each ends with the value's first bytes."""
    family, form = anchor.split("-")
    value = _VALUES[family, form]
    if form == QUOTED:
        follows = f"""{_BETWEEN}(?:[A-Za-z@]{{1,8}}{_BETWEEN}){{0,2}}["'`]{value}"""
        found = _each(_OFTEN[family], _ASSIGN + _OTHER, follows)
        return found + _each(_OFTEN[family], _TAILS[family], _NAME + follows) + _each(_SELDOM[family], ("",), _NAME + follows)
    found = _each(_OFTEN[family], _ASSIGN, f"[ ]*{value}")
    rest = f"{_NAME}[ ]?[:=>][ ]*{value}"
    return found + _each(_OFTEN[family], _TAILS[family], rest) + _each(_SELDOM[family], ("",), rest)


def _each(words: tuple[str, ...], separators: tuple[str, ...], follows: str) -> list[str]:
    return [f"(?i:{_literal(word + mark)}){follows}" for word in words for mark in separators]


def _literal(text: str) -> str:
    return "".join(f"\\x{ord(mark):02x}" if not mark.isalnum() else mark for mark in text)


def assigned(words: str) -> str:
    """Return the verbose pattern of an assignment to a name that ends in one of `words` (`key | token`, say).

    What it fits always holds an anchor. A rule's context goes before it and the pattern of its value after it.
    """
    return rf"""(?i: {words} )
["'`\])\\]{{0,4}} (?: ,? [ \t]{{0,4}} ["'\\]{{0,2}} value ["'\\]{{0,2}} | [ ]? : [ ]? (?:str|string|String) )?
[ \t]{{0,8}}+ (?: => | [:?]?={{1,3}} | [:>,(] ) [ \t]{{0,8}}+ (?: \\{{0,3}} ["'`] )?
(?= [A-Za-z+/_.~\-]{{0,30}} [0-9] )"""
