"""An answer that arrives piece by piece, from its first chunk to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from functools import cached_property
from typing import Literal, Self, TypeAlias

from mockwright.backends.base import Backend, cost, ignored_fields, reported_usage
from mockwright.chat.types import ChatRequest, text_of
from mockwright.errors import BackendError, BackendTimeoutError
from mockwright.prompting.tokens import TokenMeter, count_tokens
from mockwright.settings import Price
from mockwright.types import Attempt, Json, JsonObject, Usage

Ending: TypeAlias = BackendError | Literal["done", "left"]
"""How a stream ended: it broke, it came to its end, or the reader left before."""
OnEnd: TypeAlias = Callable[["Stream", Ending], tuple[Attempt, ...]]
"""Is told how a stream has ended, and returns all attempts."""

_WRITTEN = ("content", "reasoning_content", "reasoning", "refusal")
"""The fields of a delta that a model is paid for."""


class OutOfTimeError(BackendTimeoutError):
    """The request's time was up before the attempt's: that tells nothing about the backend."""


class Stream:
    """One streamed answer, a ``ChatStream``; has to be closed.

    ``on_end`` is called once, when it has ended in whatever way. ``gap`` is how many seconds may
    pass between two chunks, ``seconds`` how many over all.
    """

    def __init__(
        self,
        backend: Backend,
        request: ChatRequest,
        first: JsonObject,
        chunks: AsyncGenerator[JsonObject],
        *,
        price: Price,
        gap: float,
        seconds: float,
        attempts: tuple[Attempt, ...],
        on_end: OnEnd,
    ) -> None:
        self.backend = backend.name
        self.provider = backend.provider
        self.model = backend.model or str(first.get("model") or "")
        self.attempts = attempts
        self.ignored = ignored_fields(backend, request)
        self._request = request
        self._first: JsonObject | None = first
        self._chunks = chunks
        self._price = price
        self._gap = gap
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._waiting: asyncio.Timeout | None = None
        self._closed = False
        self._reported: Usage | None = None
        self._written = TokenMeter()
        self._on_end: OnEnd | None = on_end

    @property
    def usage(self) -> Usage:
        """The reported tokens; an estimate from the texts until then, or where none are."""
        if self._reported is not None:
            return self._reported
        return Usage(self._prompt_tokens, self._written.tokens, estimated=True)

    @property
    def cost_usd(self) -> float:
        """The price of :attr:`usage`."""
        return cost(self.usage, self._price)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> JsonObject:
        """Return the next chunk; raises BackendError where the stream breaks or stands still."""
        chunk, self._first = self._first, None
        if chunk is None:
            chunk = await self._next()
        self._count(chunk)
        return chunk

    async def aclose(self) -> None:
        """Hang up, unless the stream has ended."""
        try:
            await self._chunks.aclose()
        finally:
            self._end("left")

    def give_up(self) -> None:
        """Have the reader told that there is nothing more to come, also while it waits."""
        self._closed = True
        self._until = 0.0
        if self._waiting is not None:
            self._waiting.reschedule(self._until)

    async def _next(self) -> JsonObject:
        gap = asyncio.get_running_loop().time() + self._gap
        try:
            async with asyncio.timeout_at(min(gap, self._until)) as self._waiting:
                return await anext(self._chunks)
        except StopAsyncIteration:
            self._end("done")
            raise
        except TimeoutError:
            fault = self._timeout_error(gap)
            self._end(fault)
            raise fault from None
        except BackendError as error:
            self._end(error)
            raise
        finally:
            self._waiting = None

    @cached_property
    def _prompt_tokens(self) -> int:
        texts = (text_of(message.get("content")) for message in self._request.messages)
        return count_tokens("\n".join(texts))

    def _timeout_error(self, gap: float) -> BackendTimeoutError:
        if self._closed:
            fault = f"backend {self.backend!r} was taken out of service in the middle of a stream"
            return OutOfTimeError(fault, backend=self.backend)
        if gap > self._until:
            fault = f"the stream of backend {self.backend!r} took over {self._seconds:g} s"
            return OutOfTimeError(fault, backend=self.backend)
        fault = f"backend {self.backend!r} sent nothing for {self._gap:g} s in its stream"
        return BackendTimeoutError(fault, backend=self.backend)

    def _end(self, ending: Ending) -> None:
        if self._on_end is not None:
            on_end, self._on_end = self._on_end, None
            self.attempts = on_end(self, ending)

    def _count(self, chunk: JsonObject) -> None:
        usage = reported_usage(chunk.get("usage")) or _groq_usage(chunk)
        if usage is not None:
            self._reported = usage
        elif self._reported is None:
            self._written.add("".join(_written_texts(chunk)))


def _groq_usage(chunk: JsonObject) -> Usage | None:
    # Groq tells it under a member of its own.
    own = chunk.get("x_groq")
    return reported_usage(own.get("usage")) if isinstance(own, dict) else None


def _written_texts(chunk: JsonObject) -> Iterator[str]:
    """Yield what a model is paid for; what is not in OpenAI's form counts for nothing."""
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if isinstance(delta, dict):
            yield from (text for text in _paid_values(delta) if isinstance(text, str))


def _paid_values(delta: JsonObject) -> Iterator[Json]:
    yield from (delta.get(name) for name in _WRITTEN)
    calls = delta.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            yield from (function.get("name"), function.get("arguments"))
