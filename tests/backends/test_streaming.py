"""Streams through the pool: faults before the first chunk and after it, on real sockets."""

from __future__ import annotations

import asyncio

import pytest

from mockwright.backends.factory import build_pool
from mockwright.backends.pool import Pool
from mockwright.chat.types import ChatStream
from mockwright.errors import (
    AllBackendsFailedError,
    BackendError,
    BackendTimeoutError,
    CircuitOpenError,
    TransportError,
    UnknownBackendError,
)
from mockwright.prompting.tokens import count_tokens
from mockwright.settings import BackendSettings, ResilienceSettings
from mockwright.types import JsonObject, Usage
from tests.backends.chats import asking
from tests.backends.conftest import FAST
from tests.doubles import DONE, Exchange, Handler, piece, sse, upstream
from tests.waiting import PATIENCE, until

HELLO = asking("Hello there")
ONCE = FAST.model_copy(update={"retry": False})
TRIPPING = ONCE.model_copy(update={"allowed_fails": 1, "cooldown_time": 0.05})


def pool(
    *urls: str, resilience: ResilienceSettings = FAST, most: int = 2**20, **settings: object
) -> Pool:
    """Backends ``a``, ``b``, ... at these URLs."""
    backends = [
        BackendSettings.model_validate(
            {"name": name, "base_url": url, "model": "m", "fallbacks": _after(i, urls), **settings}
        )
        for i, (name, url) in enumerate(zip("abc", urls, strict=False))
    ]
    return build_pool(backends, resilience, upstream_bytes=most)


def _after(i: int, urls: tuple[str, ...]) -> list[str]:
    return list("abc"[i + 1 : len(urls)])


async def speak(exchange: Exchange, *texts: str) -> None:
    await exchange.begin()
    for text in texts:
        await exchange.send(sse(piece(text)))
    await exchange.send(sse(piece(finish="stop")) + DONE)
    await exchange.end()


async def well(exchange: Exchange) -> None:
    await speak(exchange, "Hel", "lo")


async def broken(exchange: Exchange) -> None:
    await exchange.reset()


async def cut(exchange: Exchange) -> None:
    """One chunk, then the connection breaks."""
    await exchange.begin()
    await exchange.send(sse(piece("Hel")))
    await exchange.reset()


async def stalls(exchange: Exchange) -> None:
    """One chunk, then nothing."""
    await exchange.begin()
    await exchange.send(sse(piece("Hel")))
    await exchange.gone()


async def silent(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.gone()


def turns(*handlers: Handler) -> Handler:
    """Each request is for the next handler; the last stays."""
    left = list(handlers)

    async def handle(exchange: Exchange) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(exchange)

    return handle


async def read(stream: ChatStream) -> str:
    return "".join([_text(chunk) async for chunk in stream])


def _text(chunk: JsonObject) -> str:
    return "".join(choice["delta"].get("content") or "" for choice in chunk["choices"])


def codes(stream: ChatStream) -> list[tuple[str, str | None]]:
    return [(attempt.backend, attempt.error) for attempt in stream.attempts]


# --- well ----------------------------------------------------------------------------------------


async def test_a_chunk_is_there_when_its_bytes_are() -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.begin()
        for text in "abc":
            await exchange.send(sse(piece(text)))
            await seen[text].wait()
        await exchange.send(sse(piece(finish="stop")) + DONE)
        await exchange.end()

    seen = {text: asyncio.Event() for text in "abc"}
    async with upstream(answer) as server:
        of = pool(server.url)
        async with asyncio.timeout(PATIENCE), of.open(HELLO) as stream:
            async for chunk in stream:
                if text := _text(chunk):
                    seen[text].set()
        await of.aclose()
    assert all(event.is_set() for event in seen.values())


async def test_a_stream_tells_who_answers_and_what_it_cost() -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.send(sse(piece("Hi", usage=None)) + sse(piece(finish="stop", usage=None)))
        told = {"prompt_tokens": 1000, "completion_tokens": 500}
        await exchange.send(sse({**piece(), "choices": [], "usage": told}) + DONE)
        await exchange.end()

    async with upstream(answer) as server:
        of = pool(server.url, price={"input_per_million": 1, "output_per_million": 2})
        async with of.open(HELLO) as stream:
            assert (stream.backend, stream.provider, stream.model) == ("a", "openai", "m")
            assert stream.attempts == ()
            assert stream.usage.estimated
            assert await read(stream) == "Hi"
            assert stream.usage == Usage(1000, 500)
            assert stream.cost_usd == pytest.approx(0.002)
            assert codes(stream) == [("a", None)]
        (status,) = of.status()
        await of.aclose()
    assert (status.calls, status.errors, status.in_flight) == (1, 0, 0)
    assert (status.input_tokens, status.output_tokens) == (1000, 500)
    assert status.cost_usd == pytest.approx(0.002)


async def test_usage_that_is_not_told_is_estimated_from_the_texts() -> None:
    calls = [{"index": 0, "function": {"name": "abcd", "arguments": "efgh"}}]
    chunk = piece("Hello you")
    chunk["choices"][0]["delta"] |= {"tool_calls": calls, "reasoning": " think it"}

    async def answer(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.send(sse(chunk) + sse(piece(finish="stop")) + DONE)
        await exchange.end()

    async with upstream(answer) as server:
        of = pool(server.url)
        async with of.open(asking("Hello there")) as stream:
            await read(stream)
        await of.aclose()
    assert stream.usage == Usage(2, count_tokens("Hello you think itabcdefgh"), estimated=True)


async def test_the_connection_is_used_again_after_a_stream() -> None:
    async with upstream(well) as server:
        of = pool(server.url)
        for _ in range(3):
            async with of.open(HELLO) as stream:
                assert await read(stream) == "Hello"
        await of.aclose()
    assert len({exchange.reader for exchange in server.requests}) == 1


async def test_a_stream_is_over_with_done_though_the_server_stays() -> None:
    async def stays(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.send(sse(piece("Hello", "stop")) + DONE)
        await exchange.gone()
        hung_up.set()

    hung_up = asyncio.Event()
    async with upstream(stays) as server, asyncio.timeout(PATIENCE):
        of = pool(server.url)
        async with of.open(HELLO) as stream:
            assert await read(stream) == "Hello"
        assert codes(stream) == [("a", None)]
        await hung_up.wait()
        await of.aclose()


async def test_two_hundred_streams_at_once_lose_no_chunk() -> None:
    async def answer(exchange: Exchange) -> None:
        name = exchange.json["messages"][0]["content"]
        await exchange.begin()
        for i in range(20):
            await exchange.send(sse(piece(f"{name}:{i} ")))
            await asyncio.sleep(0)
        await exchange.send(sse(piece(finish="stop")) + DONE)
        await exchange.end()

    async def one(i: int) -> str:
        async with of.open(asking(f"s{i}")) as stream:
            return await read(stream)

    async with upstream(answer) as server:
        of = pool(server.url, max_parallel_requests=200)
        said = await asyncio.gather(*(one(i) for i in range(200)))
        (status,) = of.status()
        await of.aclose()
    assert said == ["".join(f"s{i}:{n} " for n in range(20)) for i in range(200)]
    assert (status.calls, status.in_flight) == (200, 0)


# --- before the first chunk ----------------------------------------------------------------------


async def unavailable(exchange: Exchange) -> None:
    await exchange.reply({"error": {"message": "busy"}}, 503)


async def faulty_event(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.send(sse({"error": {"message": "down", "code": 502}}))
    await exchange.end()


async def empty(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.end()


async def no_json(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.send(sse(b"{"))
    await exchange.end()


FIRST_FAULTS = [
    (broken, "connection"),
    (unavailable, "status_503"),
    (faulty_event, "status_502"),
    (empty, "connection"),
    (no_json, "connection"),
]


@pytest.mark.parametrize(("fault", "code"), FIRST_FAULTS)
async def test_what_fails_before_the_first_chunk_is_tried_again(fault: Handler, code: str) -> None:
    async with upstream(turns(fault, well)) as server:
        of = pool(server.url)
        async with of.open(HELLO) as stream:
            assert await read(stream) == "Hello"
        await of.aclose()
    assert codes(stream) == [("a", code), ("a", None)]


@pytest.mark.parametrize(("fault", "code"), FIRST_FAULTS)
async def test_what_goes_on_failing_falls_back(fault: Handler, code: str) -> None:
    async with upstream(fault) as bad, upstream(well) as good:
        of = pool(bad.url, good.url, resilience=ONCE)
        async with of.open(HELLO, ["a"]) as stream:
            assert await read(stream) == "Hello"
        assert [status.in_flight for status in of.status()] == [0, 0]
        await of.aclose()
    assert codes(stream) == [("a", code), ("b", None)]


async def test_an_upstream_that_sends_nothing_times_out_and_hears_it() -> None:
    async def hang(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.send(b": OPENROUTER PROCESSING\n\n")
        await exchange.gone()
        hung_up.set()

    hung_up = asyncio.Event()
    async with upstream(hang) as server, asyncio.timeout(PATIENCE):
        of = pool(server.url, resilience=ONCE, timeout=0.3)
        with pytest.raises(AllBackendsFailedError) as raised:
            async with of.open(HELLO):
                pytest.fail("there is no chunk")
        await hung_up.wait()
        (status,) = of.status()
        await of.aclose()
    assert [cause.code for cause in raised.value.causes] == ["timeout"]
    assert (status.errors, status.in_flight) == (1, 0)


async def test_the_calls_deadline_bounds_the_first_chunk_and_blames_nobody() -> None:
    async with upstream(silent) as server:
        of = pool(server.url, resilience=TRIPPING)
        with pytest.raises(AllBackendsFailedError, match="time was up"):
            async with of.open(HELLO, deadline=asyncio.get_running_loop().time() + 0.05):
                pytest.fail("there is no chunk")
        assert of.status()[0].breaker == "closed"
        await of.aclose()


async def test_an_unknown_name_is_told_before_anything_is_asked() -> None:
    async with upstream(well) as server:
        of = pool(server.url)
        with pytest.raises(UnknownBackendError):
            async with of.open(HELLO, ["nobody"]):
                pytest.fail("there is no such backend")
        await of.aclose()
    assert not server.requests


# --- after it ------------------------------------------------------------------------------------


async def errs(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.send(sse(piece("Hel")) + sse({"error": {"message": "lost it"}}))
    await exchange.end()


async def ends_early(exchange: Exchange) -> None:
    """A clean end of the body, with neither a finish reason nor [DONE]."""
    await exchange.begin()
    await exchange.send(sse(piece("Hel")))
    await exchange.end()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (cut, "failed"),
        (errs, "lost it"),
        (ends_early, "broke off"),
        # Of two timers of equal length, either may ring first.
        (stalls, "sent nothing|ReadTimeout"),
    ],
)
async def test_a_break_in_the_middle_is_the_readers_and_is_not_tried_again(
    fault: Handler, said: str
) -> None:
    async with upstream(fault) as bad, upstream(well) as good:
        of = pool(bad.url, good.url, timeout=0.5)
        with pytest.raises(BackendError, match=said) as raised:
            async with of.open(HELLO, ["a"]) as stream:
                await read(stream)
        assert codes(stream) == [("a", raised.value.code)]
        first, second = of.status()
        await of.aclose()
    assert len(bad.requests) == 1
    assert not good.requests
    assert (first.errors, first.in_flight, second.calls) == (1, 0, 0)
    assert first.output_tokens == 1, "what was written was paid for"


async def test_a_break_in_the_middle_counts_against_the_breaker() -> None:
    async with upstream(cut) as server:
        of = pool(server.url, resilience=TRIPPING)
        with pytest.raises(TransportError):
            async with of.open(HELLO) as stream:
                await read(stream)
        assert of.status()[0].breaker == "open"
        await of.aclose()


async def test_a_stream_that_never_ends_is_ended_in_time() -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.begin()
        while True:
            await exchange.send(sse(piece("x")))
            await asyncio.sleep(0.01)

    async with upstream(endless) as server, asyncio.timeout(PATIENCE):
        of = pool(server.url, resilience=TRIPPING.model_copy(update={"stream_deadline": 0.1}))
        with pytest.raises(BackendTimeoutError, match=r"took over 0\.1 s"):
            async with of.open(HELLO) as stream:
                await read(stream)
        assert (of.status()[0].breaker, of.status()[0].in_flight) == ("closed", 0)
        await of.aclose()


async def test_a_stream_that_grows_too_big_is_ended() -> None:
    async def flood(exchange: Exchange) -> None:
        await exchange.begin()
        while True:
            await exchange.send(sse(piece("x" * 1000)))
            await asyncio.sleep(0.001)

    async with upstream(flood) as server, asyncio.timeout(PATIENCE):
        of = pool(server.url, most=10_000)
        with pytest.raises(TransportError, match="a stream of more than 10000 bytes"):
            async with of.open(HELLO) as stream:
                await read(stream)
        await of.aclose()


# --- the reader leaves ---------------------------------------------------------------------------


async def test_leaving_early_hangs_up_at_once_and_says_nothing_about_the_backend() -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.send(sse(piece("Hello!!!")))
        await exchange.gone()
        hung_up.set()

    hung_up = asyncio.Event()
    async with upstream(endless) as server, asyncio.timeout(PATIENCE):
        of = pool(server.url, max_parallel_requests=1)
        async with of.open(HELLO) as stream:
            assert _text(await anext(aiter(stream))) == "Hello!!!"
            assert of.status()[0].in_flight == 1
        await hung_up.wait()
        (status,) = of.status()
        await of.aclose()
    assert (status.calls, status.errors, status.in_flight) == (0, 0, 0)
    assert status.output_tokens == 2, "what was written was paid for"
    assert codes(stream) == []


async def test_a_reader_that_is_cancelled_while_it_waits_hangs_up_too() -> None:
    async def hang(exchange: Exchange) -> None:
        await stalls(exchange)
        hung_up.set()

    async def reader() -> None:
        async with of.open(HELLO) as stream:
            async for _ in stream:
                reading.set()

    hung_up, reading = asyncio.Event(), asyncio.Event()
    async with upstream(hang) as server, asyncio.timeout(PATIENCE):
        of = pool(server.url)
        task = asyncio.create_task(reader())
        await reading.wait()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await hung_up.wait()
        (status,) = of.status()
        await of.aclose()
    assert (status.calls, status.errors, status.in_flight) == (0, 0, 0)


async def test_a_reader_that_leaves_before_the_first_chunk_frees_the_slot() -> None:
    async def reader() -> None:
        async with of.open(HELLO):
            pytest.fail("there is no chunk")

    async with upstream(silent) as server, asyncio.timeout(PATIENCE):
        of = pool(server.url)
        task = asyncio.create_task(reader())
        await until(lambda: server.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert of.status()[0].in_flight == 0
        await asyncio.wait_for(of.drained(), PATIENCE)
        await of.aclose()


# --- limits --------------------------------------------------------------------------------------


async def test_a_stream_holds_its_slot_to_its_end() -> None:
    async with upstream(well) as server:
        of = pool(server.url, resilience=ONCE, max_parallel_requests=1, max_queue=0)
        async with of.open(HELLO) as stream:
            with pytest.raises(AllBackendsFailedError) as raised:
                await of.chat(HELLO)
            assert [cause.code for cause in raised.value.causes] == ["saturated"]
            await read(stream)
            async with of.open(HELLO) as second:
                assert await read(second) == "Hello"
        await of.aclose()


async def test_a_half_open_breaker_lets_one_stream_probe_until_it_ends() -> None:
    async with upstream(turns(broken, well)) as server:
        of = pool(server.url, resilience=TRIPPING)
        with pytest.raises(AllBackendsFailedError):
            await of.chat(HELLO)
        await asyncio.sleep(0.06)
        async with of.open(HELLO, ["a"]) as probe:
            assert of.status()[0].breaker == "half-open"
            with pytest.raises(AllBackendsFailedError) as raised:
                await of.chat(HELLO, ["a"])
            assert isinstance(raised.value.causes[0], CircuitOpenError)
            await read(probe)
        assert of.status()[0].breaker == "closed"
        await of.aclose()


async def test_a_probing_stream_that_is_left_lets_another_probe() -> None:
    async with upstream(turns(broken, stalls, well)) as server:
        of = pool(server.url, resilience=TRIPPING)
        with pytest.raises(AllBackendsFailedError):
            await of.chat(HELLO)
        await asyncio.sleep(0.06)
        async with of.open(HELLO, ["a"]):
            pass
        assert of.status()[0].breaker == "half-open"
        async with of.open(HELLO, ["a"]) as stream:
            await read(stream)
        assert of.status()[0].breaker == "closed"
        await of.aclose()


async def test_a_stream_under_way_is_waited_for() -> None:
    async with upstream(well) as server:
        of = pool(server.url)
        async with of.open(HELLO) as stream:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(of.drained(), 0.01)
            await read(stream)
        await asyncio.wait_for(of.drained(), PATIENCE)
        await of.aclose()


@pytest.mark.parametrize("waiting", [True, False])
async def test_a_pool_that_is_closed_ends_its_streams(waiting: bool) -> None:
    async with upstream(stalls) as server, asyncio.timeout(PATIENCE):
        of = pool(server.url)
        async with of.open(HELLO) as stream:
            chunks = aiter(stream)
            await anext(chunks)
            following = asyncio.ensure_future(anext(chunks))
            if waiting:
                await asyncio.sleep(0.01)
            await of.aclose()
            with pytest.raises(BackendError, match="out of service"):
                await following
        assert of.status()[0].breaker == "closed"
