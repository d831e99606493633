"""Configured flows as models of the chat surfaces: ``flow:user-profiles``.

What the user says last is the prompt of the flow, and the asked form its shape; what comes out is
the message. A flow is made whole before its first piece goes out: only then is it known to conform.
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
_HEEDED: Final = frozenset({"messages", "response_format", "seed", "n"})
Handle = Callable[[MockRequest, Trace], Awaitable[MockResponse]]


@dataclass(frozen=True, slots=True)
class Flows:
    """The flows there are, and who carries them out."""

    names: Sequence[str] = ()
    handle: Handle | None = None

    def models(self) -> list[str]:
        """As they are asked for."""
        return [PREFIX + name for name in self.names]

    def find(self, model: str) -> str | None:
        """The model's name as configured; None where it is no flow."""
        known = {name.casefold(): name for name in self.models()}
        return known.get(model.casefold())

    def asked(self, backends: Sequence[str]) -> str | None:
        """The flow that stands in the place of backends."""
        if len(backends) != 1 or not backends[0].startswith(PREFIX):
            return None
        return backends[0].removeprefix(PREFIX)

    async def chat(self, request: ChatRequest, name: str, trace: Trace) -> ChatReply:
        """One answer of a flow; raises MockwrightError."""
        if self.handle is None:
            raise RuntimeError("there is nobody to carry out a flow")
        start = time.monotonic()
        inner = Trace()
        try:
            response = await self.handle(_mock(request, name), inner)
        finally:
            # What it cost is counted with the reply, once.
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
        """The same in pieces, once it is whole."""
        yield _Whole(await self.chat(request, name, trace))


class _Whole:
    """A reply as a stream of its pieces."""

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


def _mock(request: ChatRequest, name: str) -> MockRequest:
    said = [message for message in request.messages if message.get("role") == "user"]
    prompt = text_of(said[-1].get("content")) if said else ""
    if request.form == "json_schema":
        shape = Shape(request.schema, "schema")
    else:
        # Nobody asked for more: where the flow has a form of its own, that is taken.
        shape = Shape({"type": "string" if request.form == "text" else "object"}, "inferred")
    return MockRequest(
        id="chat",
        method="POST",
        path="/",
        shape=shape,
        prompt=prompt or None,
        seed=None if request.seed is None else request.seed % 2**63,
        locale=request.locale,
        flow=name,
        mode="live",  # it is the chat that is recorded
    )


def _ignored_fields(request: ChatRequest) -> tuple[str, ...]:
    asked = {name for name, value in request.body.items() if value not in (None, False, {}, [])}
    return tuple(sorted(asked - _HEEDED))
