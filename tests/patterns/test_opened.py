"""Where a block rule's first line is known to go on, or not to."""

from __future__ import annotations

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns.matcher import installed_engines

BEGIN = b"-----BEGIN RSA PRIVATE " + b"KEY-----"


@pytest.mark.parametrize("engine", installed_engines())
def test_each_first_line_is_judged_by_its_own_line(engine: str) -> None:
    """A line behind a first line, whatever it holds, does not contradict it: it may be another one elsewhere."""
    matcher = Matcher.default(engine=engine)
    assert matcher.find_and_tell(BEGIN + b"\n")[1]
    assert matcher.find_and_tell(BEGIN)[1]
    assert matcher.find_and_tell(BEGIN + b"\n!!! nothing of a key\n" + BEGIN + b" is what one begins with\n")[1]
    assert [place for place, _ in matcher.suspects(b"\n" * 40 + BEGIN + b"\nend\n" + BEGIN + b" -- no\n")[0]] == [40]
    assert not matcher.find_and_tell(BEGIN + b" -- is what a key begins with -- \n")[1]
