"""Configured flows as models of the chat surfaces: ``flow:user-profiles``.

The last user message becomes the prompt of the flow, the asked form its shape, and the answer the
content of the message. A flow is carried out whole before its first chunk goes out: only then is it
known to conform.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import orjson

from mockwright.chat.chunks import reply_chunks
from mockwright.chat.types import ChatReply, ChatRequest, ChatStream, text_of
from mockwright.jsontext import dump
from mockwright.types import Attempt, JsonObject, MockRequest, MockResponse, Shape, Trace, Usage

PREFIX: Final = "flow:"
"""Begins the model name of every flow, so that a flow and a backend may have the same name."""
_HEEDED: Final = frozenset({"messages", "response_format", "seed", "n"})
"""Fields of a chat request that a flow acts on; the others are reported as ignored."""
Handle = Callable[[MockRequest, Trace], Awaitable[MockResponse]]
"""Returns the answer of the mock surface's engine; raises MockwrightError."""


@dataclass(frozen=True, slots=True)
class Flows:
    """The configured flows, and the function that carries them out."""

    names: Sequence[str] = ()
    handle: Handle | None = None
    """None where nobody can: then there must be no names."""

    def models(self) -> list[str]:
        """Return the model names of all flows, each with its prefix."""
        return [PREFIX + name for name in self.names]

    def find(self, model: str) -> str | None:
        """Return the model name as configured, whatever the case of ``model``; None for other
        models."""
        known = {name.casefold(): name for name in self.models()}
        return known.get(model.casefold())

    def asked(self, backends: Sequence[str]) -> str | None:
        """Return the name of the flow that was resolved in place of backends; None for backends."""
        if len(backends) != 1 or not backends[0].startswith(PREFIX):
            return None
        return backends[0].removeprefix(PREFIX)

    async def chat(self, request: ChatRequest, name: str, trace: Trace) -> ChatReply:
        """Return the answer of one flow as a chat reply; raises MockwrightError."""
        if self.handle is None:
            raise RuntimeError("there is nobody to carry out a flow")
        start = time.monotonic()
        inner = Trace()
        try:
            response = await self.handle(_mock_request(request, name), inner)
        finally:
            # Only these are copied: the completions stay in the inner trace, since the reply
            # carries their tokens and cost, and they would be counted twice.
            trace.plan, trace.stages, trace.notes = inner.plan, inner.stages, inner.notes
            trace.timings += inner.timings
            trace.attempts += inner.attempts
        value = orjson.loads(response.body)
        content = value if isinstance(value, str) else dump(value).decode()
        message = {"role": "assistant", "content": content}
        usages = [done.usage for done in inner.completions]
        return ChatReply(
            backend=response.backend,
            provider="mockwright",
            model=PREFIX + name,
            body={"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]},
            usage=Usage(
                sum(usage.input_tokens for usage in usages),
                sum(usage.output_tokens for usage in usages),
                any(usage.estimated for usage in usages),
            ),
            cost_usd=response.cost_usd,
            filled=response.filled,
            quality=1.0 if response.quality is None else response.quality,
            latency=time.monotonic() - start,
            ignored=_ignored_fields(request),
        )

    @asynccontextmanager
    async def stream(
        self, request: ChatRequest, name: str, trace: Trace
    ) -> AsyncIterator[ChatStream]:
        """Open the same answer as a stream of chunks, once it is whole; raises MockwrightError."""
        yield _WholeReplyStream(await self.chat(request, name, trace))


class _WholeReplyStream:
    """A whole reply that is read as a stream of chunks."""

    def __init__(self, reply: ChatReply) -> None:
        self.backend = reply.backend
        self.provider = reply.provider
        self.model = reply.model
        self.attempts: tuple[Attempt, ...] = reply.attempts
        self.ignored = reply.ignored
        self.usage = reply.usage
        self.cost_usd = reply.cost_usd
        self._body = reply.body

    async def __aiter__(self) -> AsyncIterator[JsonObject]:
        for chunk in reply_chunks(self._body):
            yield chunk


def _mock_request(request: ChatRequest, name: str) -> MockRequest:
    said = [message for message in request.messages if message.get("role") == "user"]
    prompt = text_of(said[-1].get("content")) if said else ""
    if request.form == "json_schema":
        shape = Shape(request.schema, "schema")
    else:
        # "inferred", since the caller asked for no more than text or an object: a flow with a
        # shape of its own then uses that one.
        shape = Shape({"type": "string" if request.form == "text" else "object"}, "inferred")
    return MockRequest(
        id="chat",
        method="POST",
        path="/",
        shape=shape,
        prompt=prompt or None,
        # OpenAI's seeds may be negative; the mock surface's are not.
        seed=None if request.seed is None else request.seed % 2**63,
        locale=request.locale,
        flow=name,
        mode="live",  # it is the chat that is recorded
    )


def _ignored_fields(request: ChatRequest) -> tuple[str, ...]:
    asked = {name for name, value in request.body.items() if value not in (None, False, {}, [])}
    return tuple(sorted(asked - _HEEDED))
