"""The backend that needs no model: the seeded generator, and a chat model made of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from functools import partial
from typing import Final

from mockwright import jsontext
from mockwright.backends.base import CHAT_FIELDS, BuildContext, Probe
from mockwright.backends.script import Script, completion_of, message_of, paced
from mockwright.backends.spoken_reply import SpokenReply, check_window, embeddings_of, reply_of
from mockwright.chat.types import ChatReply, ChatRequest, Embeddings, EmbedRequest
from mockwright.embedded_chat.respond import EmbeddedReply, answer
from mockwright.generator import generate
from mockwright.generator.interfaces import Realist, present
from mockwright.generator.task_hints import fill_seed, hints_of
from mockwright.rng import Rng, seed_or_drawn
from mockwright.settings import BackendSettings, ScriptedReply
from mockwright.types import Completion, Json, JsonObject, Task

_INLINE_NODES: Final = 300
"""Parts of a schema, lists multiplied by their least length: up to here, making the value takes
about a millisecond, and a thread would cost as much as it saves."""


class EmbeddedBackend:
    """Makes values rather than text; any schema that can be satisfied gets a valid one.

    Answers that the configuration lays down come first. Raises ConfigError for one that cannot be
    read.
    """

    supported_fields: frozenset[str] | None = CHAT_FIELDS | {"logprobs", "top_logprobs"}

    def __init__(self, settings: BackendSettings, realist: Realist | None = None) -> None:
        self.name = settings.name
        self.provider: str = settings.provider
        self.model = settings.model or "embedded"
        self._settings = settings
        self._realist = realist
        self._script = Script(settings.responses, settings.name)

    async def complete(self, task: Task) -> Completion:
        """Make a value; raises UnsatisfiableError where the schema allows none."""
        if (reply := self._script.for_task(task)) is not None:
            await self._script.begin(reply)
            return completion_of(reply, task, self._settings, self.model)
        seed = fill_seed(task)
        make = partial(
            generate,
            task.schema,
            seed=_seed_for(task, seed),
            hints=hints_of(task),
            realist=self._realist,
        )
        value = await asyncio.to_thread(make) if _is_heavy(task.schema) else make()
        return Completion(
            backend=self.name,
            provider=self.provider,
            model=self.model,
            value=value,
            mode="direct",
            finish_reason="stop",
            seed=seed,
            generated=True,
        )

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Make an answer that keeps to the request; raises UnsatisfiableError where none can."""
        start = time.monotonic()
        composed, _ = await self._compose(request)
        return reply_of(composed, self._settings, time.monotonic() - start)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        """Yield the answer in pieces; one that is laid down, as fast as it says."""
        composed, reply = await self._compose(request)
        async for chunk in paced(composed.chunks(), reply.tokens_per_second if reply else None):
            yield chunk

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Embed texts so that those sharing words are similar; raises ParameterError."""
        return embeddings_of(request, self._settings, self.model)

    async def probe(self) -> Probe:
        """Return that it is there: it is part of this process."""
        return Probe(True, True)

    async def aclose(self) -> None:
        """Do nothing: there are no connections."""

    async def _compose(self, request: ChatRequest) -> tuple[SpokenReply, ScriptedReply | None]:
        check_window(request, self._settings)
        seed = seed_or_drawn(request.seed)
        seeds = range(seed, seed + request.choices)
        reply = self._script.for_chat(request)
        if reply is not None:
            await self._script.begin(reply)
            choices = [message_of(reply, one) for one in seeds]
        else:
            choices = [await self._answer(request, one) for one in seeds]
        return SpokenReply(request, choices, self.model, seed), reply

    async def _answer(self, request: ChatRequest, seed: int) -> EmbeddedReply:
        now = present(request.seed)
        make = partial(answer, request, seed=seed, now=now, realist=self._realist)
        shapes = [request.schema, *(tool.schema for tool in request.tools)]
        return await asyncio.to_thread(make) if _is_heavy(shapes) else make()


def build(settings: BackendSettings, context: BuildContext) -> EmbeddedBackend:
    """Return the generator with the configuration's own sense of what things look like."""
    return EmbeddedBackend(settings, context.realist)


def _seed_for(task: Task, seed: int) -> int:
    """Return a seed of this task's own: /users/1 is somebody else than /users/2."""
    rng = Rng(seed).child("path", task.path)
    if task.violations:
        # The same seed would make the same mistake: rules are no part of the schema.
        rng = rng.child("again", jsontext.canonical(task.previous).hex())
    return rng.seed >> 11


def _is_heavy(schema: Json) -> bool:
    """Whether making a value would keep the event loop waiting; see ``_INLINE_NODES``."""
    total = 0.0
    parts: list[tuple[Json, float]] = [(schema, 1)]
    while parts:
        part, times = parts.pop()
        if isinstance(part, list):
            parts.extend((inner, times) for inner in part)
        elif isinstance(part, dict):
            total += times
            if total > _INLINE_NODES:
                return True
            least = part.get("minItems")
            within = times * least if isinstance(least, int | float) and least > 1 else times
            parts.extend((inner, within) for inner in part.values())
    return False
