"""The cache as a source: several stored variants of one answer, served in turn."""

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
"""Returns the response headers of an answer, encoded once so that each hit can send them as they
are."""


@dataclass(frozen=True, slots=True)
class CacheSource:
    """Answers with a stored variant if there is one, else has new ones made and stores them."""

    variants: Variants
    encode_head: EncodeHead
    salt: str = ""
    """A digest of the configuration; variants that were made under another one are not found."""

    def takes_part(self, plan: Plan) -> bool:
        """Whether the request asks for variants."""
        return plan.variants > 0

    def streams(self, plan: Plan) -> bool:
        """Never: only a whole answer can be stored."""
        return False

    def repeats(self, plan: Plan) -> bool:
        """Always: repeating stored bytes is what the cache is for."""
        return True

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return the variant whose turn it is; raises what making one raises."""
        plan = call.plan

        async def produce(index: int) -> Variant:
            # The caller waits and pays for the first; the others are made in the background, so
            # that their calls must not be counted in this request's trace.
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
            # A request that waited for the answer of an equal one pays nothing: that one pays.
            cost_usd=call.trace.cost_usd if served.state == "miss" else 0.0,
            head=served.variant.headers,
        )

    def remember(self, fingerprint: bytes, plan: Plan) -> None:
        """Let the next raw request with this ``fingerprint`` be recalled without being parsed."""
        self.variants.alias(fingerprint, variant_key(plan, self.salt))


def variant_key(plan: Plan, salt: str = "") -> bytes:
    """Return a digest (16 bytes) of everything that can change the answer, and of nothing else.

    Two requests with the same key may be given the same variants.
    """
    task = plan.task
    parts = {
        "salt": salt,
        "generator": GENERATOR_VERSION,
        "method": task.method,
        "path": task.path,
        "query": task.query,
        "schema": task.schema,
        # In a list, so that no input and an input of null are told apart.
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
        "computed": _specs_json(plan.computed),
        "report": plan.report,
        "on_input_conflict": task.on_input_conflict,
    }
    return blake2b(canonical(parts), digest_size=16).digest()


def _specs_json(computed: Computed | None) -> Json:
    return None if computed is None else [spec.to_json() for spec in computed.specs]


def _variant_plan(plan: Plan, index: int) -> Plan:
    # A variant's number seeds its values, and each completion has a number of its own: the variants
    # of an answer with three completions begin at 0, 3, 6.
    return replace(plan, task=replace(plan.task, variant=index * plan.completions))
