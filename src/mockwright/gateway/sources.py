"""The one list of where answers come from, the outermost source first.

stateful resource -> context -> kept structure -> recording -> cache -> generated
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from mockwright.gateway.cached import CacheSource
from mockwright.gateway.call import Call, Proceed, Sources
from mockwright.gateway.contexts import ContextSource
from mockwright.gateway.generated import GeneratedSource
from mockwright.gateway.replay import RecordingSource
from mockwright.gateway.stateful import ResourceSource
from mockwright.shapes.rest.learned_shape import structure_of
from mockwright.types import MockResponse, Plan


def build_sources(
    resources: ResourceSource,
    recordings: RecordingSource,
    cache: CacheSource,
    generated: GeneratedSource,
) -> Sources:
    """Return the chain that every answer of the mock surface goes through.

    The order decides what works with what: resources and contexts are made of recorded answers as
    of fresh ones, structures are learned from both, and variants are variants of fresh answers.
    """
    return Sources((resources, ContextSource(), StructureSource(), recordings, cache, generated))


@dataclass(frozen=True, slots=True)
class StructureSource:
    """Remembers the structure of the first answer to a path template, so that later answers have
    it."""

    def takes_part(self, plan: Plan) -> bool:
        """Whether the structure of this answer is to be remembered."""
        return plan.learns is not None

    def streams(self, plan: Plan) -> bool:
        """Never: the structure can only be read from a whole answer."""
        return False

    def repeats(self, plan: Plan) -> bool:
        """Always: the same bytes have the same structure, which is remembered already."""
        return True

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return the answer from further in, and remember its structure under the plan's path
        template."""
        response = await proceed(call)
        assert call.plan.learns is not None  # noqa: S101 - for the type checker; see takes_part
        call.scope.structures[call.plan.learns] = structure_of(orjson.loads(response.body))
        return response
