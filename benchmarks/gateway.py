"""What the guardrail adds to a stream's first token, through LiteLLM's real proxy: `python benchmarks/gateway.py`.

Two proxies, one of them with the guardrail, in turn, between a client and a fake model on loopback that sends a word
each 20 ms; from the request, which is examined too, to the first word. What may be the beginning of a secret, as the
words of the last kind, is held until it ends: with models that send a blank before each word until the next one.
Needs the extra [litellm].
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import corpus
import harness

GAP = 0.02
WORDS = {"short words": " word", "long words": " Unfortunately", "code": " ```python", "drawn letters": " q8Kz4TbW3x"}
GUARDED = """
guardrails:
  - guardrail_name: scrubjay
    litellm_params:
      guardrail: scrubjay.sanitizer.gateway.litellm.Guardrail
      mode: [pre_call, post_call]
      default_on: true
"""
CONFIG = """
model_list:
  - model_name: fake
    litellm_params: {{model: openai/fake, api_base: "{address}/v1", api_key: none}}
"""
# LiteLLM wants a key of its own, and would ask the network for prices and send reports.
KEY = "sk-" + "of-the-benchmark-" * 2
SETTINGS = {
    "SCRUBJAY_MASK_KEY": "a key of the benchmark", "LITELLM_MASTER_KEY": KEY,
    "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False",
}  # fmt: skip


class _Model(BaseHTTPRequestHandler):
    """A fake model: five words, of the kind that the prompt names."""

    asked = b""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer with a stream."""
        _Model.asked = self.rfile.read(int(self.headers["content-length"]))
        kind = json.loads(_Model.asked)["messages"][0]["content"].partition(":")[0]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for _ in range(5):
            self._send("data: " + json.dumps(_chunk({"content": WORDS[kind]})))
            time.sleep(GAP)
        self._send("data: " + json.dumps(_chunk({}, "stop")) + "\n\ndata: [DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, text: str) -> None:
        data = text.encode() + b"\n\n"
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _chunk(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": [choice]}


@contextmanager
def _proxy(folder: Path, config: str, wait: float) -> Iterator[int]:
    """A proxy's port, when it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir()
    (folder / "config.yaml").write_text(config)
    command = [str(Path(sys.executable).parent / "litellm"), "--config", "config.yaml", "--host", "127.0.0.1"]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env={**os.environ, **SETTINGS}, stdout=log, stderr=log, cwd=folder
        )
    try:
        end = time.monotonic() + wait
        while not _answers(port):
            if time.monotonic() > end or process.poll() is not None:
                raise SystemExit(f"the proxy did not start:\n{(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/liveliness")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _first(port: int, kind: str, more: str = "") -> float:
    """Seconds from the request to the first word, and read the rest."""
    text = f"{kind}: {'a text ' * 300} {more}"
    body = {"model": "fake", "stream": True, "messages": [{"role": "user", "content": text}]}
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    begin = time.perf_counter()
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    answer = connection.getresponse()
    seconds = 0.0
    for line in answer:
        if not seconds and line.startswith(b"data: {"):
            words = json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
            seconds = time.perf_counter() - begin if words.strip() else 0.0
    connection.close()
    if not seconds:
        raise SystemExit(f"the proxy answered {answer.status}, without a word")
    return seconds


def main() -> None:
    """Measure, print the table, and keep the raw results if asked."""
    parser = harness.parser("Delay of the first token through LiteLLM's proxy.", runs=100)
    parser.add_argument("--wait", type=float, default=600, metavar="SECONDS", help="for the proxies to start")
    args = parser.parse_args()
    described = harness.machine(litellm=harness.installed("litellm"))
    harness.introduce("gateway", described)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = CONFIG.format(address=f"http://127.0.0.1:{server.server_port}")
    with (
        tempfile.TemporaryDirectory() as folder,
        _proxy(Path(folder, "without"), config, args.wait) as without,
        _proxy(Path(folder, "guarded"), config + GUARDED, args.wait) as guarded,
    ):
        tasks = {
            f"{kind}, {name}": (lambda port=port, kind=kind: _first(port, kind))
            for kind in WORDS
            for name, port in (("proxy alone", without), ("with scrubjay", guarded))
        }
        # What is loaded at the first requests is not measured, and the guardrail has to be at work.
        for port, secret in ((port, corpus.fake_tokens(1)[0]) for port in (without, guarded) for _ in range(5)):
            _first(port, next(iter(WORDS)), secret)
            if (secret.encode() in _Model.asked) is (port == guarded):
                raise SystemExit("the guardrail does not do what it should")
        runs = harness.interleaved(tasks, args.runs)
    server.shutdown()
    medians = {name: harness.median(own) * 1e3 for name, own in runs.items()}
    rows = [
        [name, f"{medians[name]:.2f}", f"{min(own) * 1e3:.2f}", f"{max(own) * 1e3:.2f}"] for name, own in runs.items()
    ]
    harness.show(f"milliseconds to the first word, of {args.runs}", ["", "median", "best", "worst"], rows)
    added = {kind: medians[f"{kind}, with scrubjay"] - medians[f"{kind}, proxy alone"] for kind in WORDS}
    harness.show("added, by the medians", ["", "ms"], [[kind, f"{one:.2f}"] for kind, one in added.items()])
    harness.keep(args.json, "gateway", described, {"seconds": runs, "added_ms": added})


if __name__ == "__main__":
    main()
