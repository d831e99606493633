"""Answers from stored variants: several alternatives to one request, served in turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypeAlias

from mockwright.gateway.call import Call, Proceed
from mockwright.generator import GENERATOR_VERSION
from mockwright.jsontext import canonical
from mockwright.memory.cache.variant import compact
from mockwright.memory.cache.variants import Variant, Variants
from mockwright.types import MISSING, Computed, Json, MockResponse, Plan, Trace

EncodeHead: TypeAlias = Callable[[MockResponse], tuple[tuple[bytes, bytes], ...]]
"""Gives the response headers of an answer, ready to be sent again with each hit."""


@dataclass(frozen=True, slots=True)
class CacheSource:
    """Stored variants where there are some, else new ones, which are stored."""

    variants: Variants
    encode_head: EncodeHead
    salt: str = ""
    """Of the configuration: variants made under another one are other variants."""

    def takes_part(self, plan: Plan) -> bool:
        """Whether variants are asked for."""
        return plan.variants > 0

    def streams(self, plan: Plan) -> bool:
        """Never: what is stored has to be whole."""
        return False

    def repeats(self, plan: Plan) -> bool:
        """Always: that is what variants are for."""
        return True

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return the variant whose turn it is; raises what making one raises."""
        plan = call.plan

        async def produce(index: int) -> Variant:
            # The first is what the caller waits for and pays for; the others are made on the side.
            trace = call.trace if index == 0 else Trace()
            response = await proceed(replace(call, plan=_variant_plan(plan, index), trace=trace))
            return Variant(
                body=compact(response.body),
                headers=self.encode_head(response),
                digest=blake2b(response.body, digest_size=16).digest(),
                made_at=time.time(),
            )

        served = await self.variants.serve(
            variant_key(plan, self.salt),
            plan.variants,
            produce,
            seeded=plan.task.seed is not None,
            label=f"{plan.task.method} {plan.task.path}",
            turns=call.scope.turns,
        )
        return MockResponse(
            body=served.variant.body,
            backend="",
            cache=served.state,
            # Nothing for those who waited for an answer that another request pays for.
            cost_usd=call.trace.cost_usd if served.state == "miss" else 0.0,
            head=served.variant.headers,
        )

    def remember(self, fingerprint: bytes, plan: Plan) -> None:
        """Let the next raw request with ``fingerprint`` be recalled."""
        self.variants.alias(fingerprint, variant_key(plan, self.salt))


def variant_key(plan: Plan, salt: str = "") -> bytes:
    """Return a digest of everything that can change the answer, and of nothing that cannot."""
    task = plan.task
    parts = {
        "salt": salt,
        "generator": GENERATOR_VERSION,
        "method": task.method,
        "path": task.path,
        "query": task.query,
        "schema": task.schema,
        "input": None if task.input is MISSING else [task.input],
        "prompt": task.prompt,
        "rules": task.rules,
        "seed": task.seed,
        "locale": task.locale,
        "node": repr(plan.node),
        "max_cost_usd": plan.max_cost_usd,
        "budget": plan.budget,
        "checks": [check.key for check in task.checks],
        "directives": sorted(plan.shape.directives),
        "completions": plan.completions,
        "variants": plan.variants,
        "on_failure": plan.on_failure,
        "on_unverified": plan.on_unverified,
        "computed": _specs(plan.computed),
        "report": plan.report,
        "on_input_conflict": task.on_input_conflict,
    }
    return blake2b(canonical(parts), digest_size=16).digest()


def _specs(computed: Computed | None) -> Json:
    return None if computed is None else [spec.to_json() for spec in computed.specs]


def _variant_plan(plan: Plan, index: int) -> Plan:
    """The plan for one variant; each takes as many answers as there are completions."""
    return replace(plan, task=replace(plan.task, variant=index * plan.completions))
