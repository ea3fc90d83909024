"""A value behind the name of a credential, however the two are joined: both engines see it."""

from __future__ import annotations

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns.matcher import installed_engines

VALUE = b"3sR6k7u4" + b"uUFiK0S0"
JOINTS = (
    "=", " = ", "    = ", "\t= ", "=\t", ":\t", "\t=\t", " \t = \t", ": ", " := ", ":=", " => ", "=>", "==", " === ",
    "?=", " ?= ", ",", ", ", " , ", "(", '="', "\t=\t'", ' => "', '": "', "('", ', "',
)  # fmt: skip


@pytest.fixture(scope="module", params=installed_engines())
def matcher(request: pytest.FixtureRequest) -> Matcher:
    return Matcher.default(engine=request.param)


@pytest.mark.parametrize("joint", JOINTS)
def test_names_and_values_are_joined_in_many_ways(matcher: Matcher, joint: str) -> None:
    """In columns, with tabs, with the signs of make, Ruby and Go; Hyperscan had missed all but the most usual ones."""
    closing = joint[-1] if joint[-1] in "\"'" else ""
    text = b"AUTHORIZENET_TRANSACTION_KEY" + joint.encode() + VALUE + closing.encode() + b"\n"
    assert [(one.rule, text[one.start : one.end]) for one in matcher.find(text)] == [
        ("authorize-net-transaction-key", VALUE)
    ]
