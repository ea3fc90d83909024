"""The data policy at the transports: real clients of httpx and httpx2 against a fake model on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrubjay.agents.auditreport import verified
from scrubjay.sanitizer.checkpoint import NotPermitted
from scrubjay.sanitizer.datapolicy import Policies
from scrubjay.sanitizer.gateway.pseudonyms import PREFIX, Pseudonyms
from scrubjay.sanitizer.gateway.transport import transports
from scrubjay.sanitizer.policyfile import read

WHY = "the extra [gateways] is not installed: pip install -e '.[gateways]'"
PERSON = "Ada Exampleperson"
POLICY = """
default = "internal"
audit = "audit.jsonl"

[[label]]
class = "personal"
name = "staff"
known-files = ["people"]

[[receiver]]
hosts = ["{host}"]
classes = {classes}
"""


@pytest.fixture
def policies(tmp_path: Path, model: Any) -> Callable[..., Policies]:
    """Make the policy in which the fake model's host may have these classes."""

    def make(*classes: str, host: str = "") -> Policies:
        (tmp_path / "people").write_text(f"{PERSON}\n")
        host = host or model.address.removeprefix("http://")
        (tmp_path / "policy.toml").write_text(POLICY.format(host=host, classes=json.dumps(classes)))
        return Policies(read(str(tmp_path / "policy.toml")))

    return make


@pytest.fixture(params=["httpx", "httpx2"])
def post(request: pytest.FixtureRequest, model: Any, pseudonyms: Pseudonyms) -> Callable[[Policies, str], str]:
    """Send a text through the transport of a library; the model answers with what it got."""
    library = pytest.importorskip(request.param, reason=WHY)
    model.answer = lambda asked: {"content": asked["content"]}
    sync, asynchronous = transports(library)

    def send(policies: Policies, text: str) -> str:
        body = {"content": text}
        with library.Client(transport=sync(pseudonyms, policies=policies)) as client:
            found: str = client.post(f"{model.address}/v1", json=body).json()["content"]

        async def again() -> str:
            async with library.AsyncClient(transport=asynchronous(pseudonyms, policies=policies)) as client:
                answer: str = (await client.post(f"{model.address}/v1", json=body)).json()["content"]
                return answer

        assert asyncio.run(again()) == found
        return found

    return send


def rows(tmp_path: Path, *values: str) -> list[dict[str, Any]]:
    """The rows of the audit, whose chain holds and which has none of the values."""
    path = tmp_path / "audit.jsonl"
    told, holds = verified([str(path)])
    assert holds, told
    text = path.read_text()
    assert not [value for value in values if value in text]
    return [json.loads(line) for line in text.splitlines()]


def test_what_a_host_may_not_have_goes_as_a_token(
    post: Callable[..., str], policies: Callable[..., Policies], model: Any, tmp_path: Path, secret: str
) -> None:
    """Known values and secrets leave as tokens and come back; the audit has each by class, label and host."""
    text = f'for {PERSON}: "{secret}"'
    assert post(policies("public", "internal"), text) == text
    sent = model.asked["content"]
    assert sent.count(PREFIX) == 2 and PERSON not in sent and secret not in sent
    found = {(row["event"], row["receiver"], *row["classes"], *row["labels"]) for row in rows(tmp_path, PERSON, secret)}
    host = model.address.removeprefix("http://")
    assert found == {
        ("sent", host, "internal"), ("masked", host, "personal", "staff"),
        ("masked", host, "secret", "rule github-pat-classic"),
    }  # fmt: skip


def test_what_a_host_may_have_goes_as_it_is(
    post: Callable[..., str], policies: Callable[..., Policies], model: Any, tmp_path: Path, secret: str
) -> None:
    """A host that is trusted with personal data gets it; secrets only where the policy says so."""
    text = f"for {PERSON}: {secret}"
    assert post(policies("public", "internal", "personal"), text) == text
    assert PERSON in model.asked["content"] and secret not in model.asked["content"]
    assert post(policies("public", "internal", "personal", "secret", host="127.0.0.1"), text) == text
    assert model.asked["content"] == text
    assert ("sent", ["personal"]) in [(row["event"], row["classes"]) for row in rows(tmp_path, PERSON, secret)]


def test_a_request_that_is_not_permitted_is_not_sent(
    post: Callable[..., str], policies: Callable[..., Policies], model: Any, tmp_path: Path
) -> None:
    """Where a host may not have what no label fits, the client gets an error and the host nothing."""
    for refused in (policies("public"), policies("public", "internal", host="*.example.com")):
        with pytest.raises(NotPermitted, match="it is internal, which 127.0.0.1:"):
            post(refused, "hello")
    assert model.bodies == [] and {row["event"] for row in rows(tmp_path)} == {"withheld"}


def test_what_can_not_be_examined_is_noted(
    policies: Callable[..., Policies], pseudonyms: Any, model: Any, tmp_path: Path
) -> None:
    """A body that is no text is not sent, and the audit says so."""
    library = pytest.importorskip("httpx", reason=WHY)
    client = library.Client(transport=transports(library)[0](pseudonyms, policies=policies("public", "internal")))
    with client, pytest.raises(Exception, match="not text"):
        client.post(f"{model.address}/v1", content=b"\xff\xfe")
    assert [(row["event"], row["why"]) for row in rows(tmp_path)] == [("withheld", "not examined: NotExamined")]


def test_without_its_audit_nothing_is_sent(
    post: Callable[..., str], policies: Callable[..., Policies], model: Any, tmp_path: Path
) -> None:
    """An audit that can't be written stops the request."""
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(Exception, match="can't write the audit file"):
        post(policies("public", "internal"), "hello")
    assert model.bodies == []
