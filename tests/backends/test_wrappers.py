"""What wraps backends is a backend itself: whoever asks need not know which it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import pytest

from mockwright.backends.anthropic import AnthropicBackend
from mockwright.backends.base import Backend, Probe
from mockwright.backends.embedded import EmbeddedBackend
from mockwright.backends.llamacpp import LlamacppBackend
from mockwright.backends.ollama import OllamaBackend
from mockwright.backends.openai import OpenAIBackend
from mockwright.backends.pool import Member, Pool
from mockwright.backends.resilient import ResilientBackend
from mockwright.backends.scripted import ScriptedBackend
from mockwright.chat.types import ChatRequest, EmbedRequest
from mockwright.errors import AllBackendsFailedError, BackendError, TransportError
from mockwright.settings import BackendSettings, ResilienceSettings, ScriptedReply
from mockwright.types import Completion, JsonObject, Task
from tests.backends.chats import asking
from tests.backends.conftest import FAST

BACKENDS: tuple[type[Backend], ...] = (
    AnthropicBackend,
    EmbeddedBackend,
    LlamacppBackend,
    OllamaBackend,
    OpenAIBackend,
    Pool,
    ResilientBackend,
    ScriptedBackend,
)
"""The type checker holds them to the protocol."""

ONCE = FAST.model_copy(update={"retry": False})


class Speaker(ScriptedBackend):
    """Says ``Hello`` in two pieces, and fails while it is told to."""

    def __init__(self, name: str) -> None:
        settings = BackendSettings(name=name, provider="scripted")
        super().__init__([ScriptedReply(text="Hello you")], settings)
        self.fails = False
        self.closed = 0

    async def complete(self, task: Task) -> Completion:
        self._check()
        return await super().complete(task)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        self._check()
        try:
            async for chunk in super().stream(request):
                yield chunk
        finally:
            self.closed += 1

    async def probe(self) -> Probe:
        return Probe(not self.fails, None, "down" if self.fails else "")

    def _check(self) -> None:
        if self.fails:
            raise TransportError(f"{self.name} is down", backend=self.name)


def guarded(inner: Backend, resilience: ResilienceSettings = ONCE) -> ResilientBackend:
    return ResilientBackend(inner, BackendSettings(name=inner.name), resilience)


def pooled(*inner: Backend, name: str = "auto") -> Pool:
    return Pool([Member(guarded(one)) for one in inner], deadline=5, name=name)


def nested(inner: Backend) -> Pool:
    return pooled(pooled(inner, name="within"))


WRAPPERS: dict[str, Callable[[Backend], Backend]] = {
    "bare": lambda inner: inner,
    "guarded": guarded,
    "guarded twice": lambda inner: guarded(guarded(inner)),
    "a pool": pooled,
    "a pool in a pool": nested,
}
wrapped = pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)


async def texts(backend: Backend) -> list[str]:
    async with aclosing(backend.stream(asking("Hi"))) as chunks:
        return [
            choice["delta"]["content"]
            async for chunk in chunks
            for choice in chunk["choices"]
            if choice["delta"].get("content")
        ]


@wrapped
async def test_each_call_is_answered_as_the_innermost_answers(
    wrap: Callable[[Backend], Backend],
) -> None:
    backend = wrap(Speaker("a"))
    completion = await backend.complete(Task(schema={}))
    reply = await backend.chat(asking("Hi"))
    embedded = await backend.embed(EmbedRequest(("x", "y")))
    assert completion.text == "Hello you"
    assert {completion.backend, reply.backend, embedded.backend} <= {"a"}
    assert reply.body["choices"][0]["message"]["content"] == "Hello you"
    assert len(embedded.vectors) == 2
    assert "".join(await texts(backend)) == "Hello you"
    assert (await backend.probe()).reachable
    await backend.aclose()


@wrapped
async def test_what_the_innermost_does_not_act_on_is_told_through_all(
    wrap: Callable[[Backend], Backend],
) -> None:
    reply = await wrap(guarded(Speaker("a"))).chat(asking("Hi", body={"top_k": 5}))
    assert reply.ignored == ("top_k",)


@wrapped
async def test_nothing_is_opened_before_the_first_chunk_is_asked_for(
    wrap: Callable[[Backend], Backend],
) -> None:
    inner = Speaker("a")
    await wrap(inner).stream(asking("Hi")).aclose()
    assert not inner.heard


@wrapped
async def test_closing_a_stream_hangs_up_on_the_innermost(
    wrap: Callable[[Backend], Backend],
) -> None:
    inner = Speaker("a")
    chunks = wrap(inner).stream(asking("Hi"))
    await anext(chunks)
    assert inner.closed == 0
    await chunks.aclose()
    assert inner.closed == 1


@wrapped
async def test_a_failure_is_a_backend_error_whoever_raises_it(
    wrap: Callable[[Backend], Backend],
) -> None:
    inner = Speaker("a")
    inner.fails = True
    backend = wrap(inner)
    with pytest.raises(BackendError, match="a is down"):
        await backend.complete(Task(schema={}))
    with pytest.raises(BackendError, match="a is down"):
        await texts(backend)
    assert not (await backend.probe()).reachable


async def test_a_stream_holds_its_slot_to_its_end() -> None:
    backend = guarded(Speaker("a"))
    pool = Pool([Member(backend)], deadline=5)
    chunks = pool.stream(asking("Hi"))
    await anext(chunks)
    assert backend.limiter.in_flight == 1
    await chunks.aclose()
    assert backend.limiter.in_flight == 0
    await asyncio.wait_for(pool.drained(), 1)


async def test_a_pool_in_a_pool_fails_as_one_and_the_next_answers() -> None:
    inner, spare = Speaker("a"), Speaker("b")
    inner.fails = True
    pool = Pool(
        [
            Member(guarded(pooled(inner, name="within")), priority=1),
            Member(guarded(spare)),
        ],
        deadline=5,
    )
    completion = await pool.complete(Task(schema={}))
    assert completion.backend == "b"
    codes = [(attempt.backend, attempt.error) for attempt in completion.attempts]
    assert codes == [("within", "all_failed"), ("b", None)]
    spare.fails = True
    with pytest.raises(AllBackendsFailedError) as raised:
        await pool.complete(Task(schema={}))
    assert [cause.code for cause in raised.value.causes] == ["all_failed", "connection"]
    assert [attempt.backend for attempt in raised.value.attempts] == ["within", "b"]


async def test_a_pool_is_reachable_while_one_member_is_and_tells_of_the_others() -> None:
    a, b = Speaker("a"), Speaker("b")
    a.fails = True
    pool = pooled(a, b)
    assert await pool.probe() == Probe(True, True, "a: down")
    b.fails = True
    assert await pool.probe() == Probe(False, None, "a: down; b: down")
