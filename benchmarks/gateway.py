"""What LiteLLM's guardrail adds to the first part of a streamed answer: `python benchmarks/gateway.py`.

The guardrail's own hook, on parts as LiteLLM makes them, beside the same stream without it. Needs the extra [litellm].
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import harness


def main() -> None:
    """Measure, print the table, and keep the raw results if asked."""
    parser = harness.parser("Delay of the first part of a stream.", runs=50)
    args = parser.parse_args()
    os.environ.setdefault("SCRUBJAY_MASK_KEY", "a key of the benchmark")
    # Else LiteLLM asks the network for prices when it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    described = harness.machine()
    harness.introduce("gateway", described)
    runs = asyncio.run(_measured(args.runs))
    rows = [
        [name, f"{harness.median(own) * 1e3:.3f}", f"{min(own) * 1e3:.3f}", f"{max(own) * 1e3:.3f}"]
        for name, own in runs.items()
    ]
    harness.show(f"milliseconds to the first part, of {args.runs}", ["", "median", "best", "worst"], rows)
    harness.keep(args.json, "gateway", described, runs)


async def _measured(rounds: int) -> dict[str, list[float]]:
    from litellm.types.utils import ModelResponseStream
    from scrubjay.sanitizer.gateway.litellm import Guardrail

    guardrail = Guardrail(guardrail_name="scrubjay", event_hook="pre_call", default_on=True)

    async def stream() -> AsyncIterator[Any]:
        for number in range(20):
            choice = {"index": 0, "delta": {"role": "assistant", "content": f"word{number} "}, "finish_reason": None}
            yield ModelResponseStream(id="1", model="fake", choices=[choice])

    found: dict[str, list[float]] = {"without": [], "with scrubjay": []}
    for _ in range(rounds):
        for name, own in found.items():
            source: Any = stream()
            if name != "without":
                source = guardrail.async_post_call_streaming_iterator_hook(None, source, {"litellm_call_id": "1"})
            begin = perf_counter()
            async for part in source:
                if part.choices[0].delta.content:
                    own.append(perf_counter() - begin)
                    break
    return found


if __name__ == "__main__":
    main()
