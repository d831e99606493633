from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.backends.pool import CatalogueEntry, Member, Pool
from mockwright.backends.resilient import ResilientBackend
from mockwright.backends.scripted import ScriptedBackend
from mockwright.chat.types import ChatReply, ChatRequest, ChatStream, Embeddings, EmbedRequest
from mockwright.errors import (
    AllBackendsFailedError,
    BackendError,
    TransportError,
    UnknownBackendError,
    UnsatisfiableError,
    UnsupportedError,
)
from mockwright.prompting.tokens import count_tokens
from mockwright.settings import BackendSettings, ResilienceSettings, ScriptedReply
from mockwright.types import Completion, JsonObject, Task, Usage
from tests.backends.chats import asking
from tests.backends.conftest import FAST
from tests.doubles import chat, piece

TASK = Task(schema={})
ONCE = FAST.model_copy(update={"retry": False})
OK = ScriptedReply(value=1)
DOWN = ScriptedReply(error="connection")


def member(
    name: str,
    *replies: ScriptedReply,
    resilience: ResilienceSettings = ONCE,
    parallel: int = 16,
    queue: int = 256,
    weight: int = 1,
    priority: int = 0,
    fallbacks: tuple[str, ...] = (),
    enabled: bool = True,
) -> Member:
    limits = BackendSettings(
        name=name, provider="scripted", max_parallel_requests=parallel, max_queue=queue
    )
    backend = ResilientBackend(ScriptedBackend(replies or (OK,), limits), limits, resilience)
    return Member(backend, weight, priority, fallbacks, enabled)


def pool(*members: Member, deadline: float = 5.0) -> Pool:
    return Pool(members, deadline=deadline)


async def used(of: Pool, *names: str) -> str:
    return (await of.complete(TASK, names)).backend


# --- weights -----------------------------------------------------------------------------------


async def test_the_turns_are_smooth() -> None:
    of = pool(member("a", weight=5), member("b", weight=1), member("c", weight=1))
    assert "".join([await used(of) for _ in range(7)]) == "aabacaa"


async def test_shares_over_a_thousand_requests_are_within_two_percent() -> None:
    weights = {"a": 10, "b": 3, "c": 7}
    of = pool(*(member(name, weight=weight) for name, weight in weights.items()))
    counted = Counter([await used(of) for _ in range(1000)])
    for name, weight in weights.items():
        assert abs(counted[name] / 1000 - weight / 20) < 0.02


async def test_shares_hold_for_concurrent_requests() -> None:
    reply = ScriptedReply(value=1, delay=0.001)
    of = pool(member("a", reply, weight=3, parallel=999), member("b", reply, parallel=999))
    done = await asyncio.gather(*(of.complete(TASK) for _ in range(400)))
    assert Counter(completion.backend for completion in done) == {"a": 300, "b": 100}


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6))
@settings(max_examples=25)
def test_over_one_round_everybody_gets_exactly_its_weight(weights: list[int]) -> None:
    async def round_() -> Counter[str]:
        of = pool(*(member(f"b{i}", weight=weight) for i, weight in enumerate(weights)))
        return Counter([await used(of) for _ in range(sum(weights))])

    counted = asyncio.run(round_())
    assert counted == {f"b{i}": weight for i, weight in enumerate(weights)}


async def test_a_drained_backend_gets_no_load_but_answers_its_name() -> None:
    of = pool(member("a"), member("b", weight=0))
    assert {await used(of) for _ in range(10)} == {"a"}
    assert await used(of, "b") == "b"


async def test_only_the_highest_priority_is_used_while_it_works() -> None:
    of = pool(member("low", priority=0), member("high", priority=1, weight=1))
    assert {await used(of) for _ in range(5)} == {"high"}


async def test_a_lower_priority_takes_over_when_the_higher_fails() -> None:
    of = pool(member("low"), member("high", DOWN, priority=1))
    completion = await of.complete(TASK)
    assert completion.backend == "low"
    assert [(a.backend, a.error) for a in completion.attempts] == [
        ("high", "connection"),
        ("low", None),
    ]


# --- names -------------------------------------------------------------------------------------


async def test_names_are_tried_in_their_order_whatever_their_weight() -> None:
    of = pool(member("a", weight=99), member("b"), member("c"))
    assert [await used(of, "c", "a") for _ in range(3)] == ["c"] * 3


async def test_a_named_backend_that_fails_falls_back_within_the_asked_set_only() -> None:
    of = pool(member("a", DOWN), member("b"), member("c"))
    assert await used(of, "a", "c") == "c"
    with pytest.raises(AllBackendsFailedError) as raised:
        await used(of, "a")
    assert {attempt.backend for attempt in raised.value.attempts} == {"a"}


async def test_configured_fallbacks_are_part_of_the_asked_set() -> None:
    of = pool(
        member("a", DOWN, fallbacks=("off", "Spare")),
        member("b"),
        member("off", enabled=False),
        member("spare", weight=0),
    )
    assert await used(of, "a") == "spare"


async def test_a_backend_is_tried_once_however_often_it_is_named() -> None:
    of = pool(member("a", DOWN, fallbacks=("b",)), member("b", DOWN, fallbacks=("a",)))
    with pytest.raises(AllBackendsFailedError) as raised:
        await used(of, "a", "A", "b")
    assert [attempt.backend for attempt in raised.value.attempts] == ["a", "b"]


def test_names_are_resolved_without_regard_to_case() -> None:
    of = pool(member("Alpha"), member("beta"))
    assert of.resolve(["ALPHA", "Beta", "alpha"]) == ("Alpha", "beta")


@pytest.mark.parametrize("names", [(), ("auto",), ("AUTO",)])
def test_auto_and_nothing_mean_the_whole_pool(names: tuple[str, ...]) -> None:
    assert pool(member("a")).resolve(names) == ()


@pytest.mark.parametrize(("name", "disabled"), [("nobody", False), ("off", True), ("", False)])
async def test_an_unknown_or_disabled_name_is_told_with_those_that_exist(
    name: str, disabled: bool
) -> None:
    of = pool(member("a"), member("b"), member("off", enabled=False))
    with pytest.raises(UnknownBackendError) as raised:
        await used(of, "a", name)
    assert raised.value.disabled is disabled
    assert raised.value.available == ("a", "b")


# --- failure -----------------------------------------------------------------------------------


async def test_when_all_fail_every_attempt_is_told() -> None:
    retrying = FAST.model_copy(update={"num_retries": 1})
    of = pool(member("a", DOWN, resilience=retrying), member("b", ScriptedReply(error="timeout")))
    with pytest.raises(AllBackendsFailedError) as raised:
        await of.complete(TASK)
    told = [(a.backend, a.number, a.error) for a in raised.value.attempts]
    assert told == [("a", 1, "connection"), ("a", 2, "connection"), ("b", 1, "timeout")]
    assert [cause.code for cause in raised.value.causes] == ["connection", "timeout"]
    assert "'a' failed" in str(raised.value)


async def test_an_open_backend_is_skipped_without_cost() -> None:
    tripping = ONCE.model_copy(update={"allowed_fails": 1})
    of = pool(member("a", DOWN, resilience=tripping), member("b"))
    assert {await used(of) for _ in range(6)} == {"b"}
    assert of.status()[0].calls == 1
    assert of.status()[0].state == "open"


@pytest.mark.parametrize("names", [(), ("a",)])
async def test_the_only_backend_being_open_tells_when_to_come_again(names: tuple[str]) -> None:
    tripping = ONCE.model_copy(update={"allowed_fails": 1, "cooldown_time": 30})
    of = pool(member("a", DOWN, resilience=tripping))
    for expected in ("connection", "circuit_open"):
        with pytest.raises(AllBackendsFailedError) as raised:
            await used(of, *names)
        assert raised.value.attempts[-1].error == expected
        assert raised.value.attempts[-1].breaker == "open"
    assert raised.value.retry_after == pytest.approx(30, abs=1)
    assert of.status()[0].calls == 1


@pytest.mark.usefixtures("clock")
async def test_all_saturated_tells_when_to_come_again() -> None:
    slow = ScriptedReply(value=1, delay=0.02)
    of = pool(member("a", slow, parallel=1, queue=0), member("b", slow, parallel=1, queue=0))
    running = [asyncio.create_task(of.complete(TASK)) for _ in range(2)]
    await asyncio.sleep(0.002)
    with pytest.raises(AllBackendsFailedError) as raised:
        await of.complete(TASK)
    assert {cause.code for cause in raised.value.causes} == {"saturated"}
    assert raised.value.retry_after is not None
    done = await asyncio.gather(*running)
    assert {completion.backend for completion in done} == {"a", "b"}


async def test_a_pool_with_nobody_in_service_says_so() -> None:
    of = pool(member("a", weight=0), member("b", enabled=False))
    with pytest.raises(AllBackendsFailedError, match="none is enabled with a weight"):
        await of.complete(TASK)


async def test_no_backend_is_tried_after_the_deadline() -> None:
    slow = ScriptedReply(value=1, delay=60)
    of = pool(member("a", slow), member("b"), deadline=0.02)
    with pytest.raises(AllBackendsFailedError) as raised:
        await used(of, "a", "b")
    assert [attempt.backend for attempt in raised.value.attempts] == ["a"]


async def test_a_callers_own_deadline_is_kept() -> None:
    of = pool(member("a", ScriptedReply(value=1, delay=60)))
    with pytest.raises(AllBackendsFailedError):
        await of.complete(TASK, deadline=asyncio.get_running_loop().time() + 0.01)


async def test_a_task_nobody_could_do_is_not_offered_to_the_next() -> None:
    class Impossible(ScriptedBackend):
        async def complete(self, task: Task) -> Completion:
            raise UnsatisfiableError("contradiction")

    first = BackendSettings(name="a", provider="scripted")
    inner = Impossible([OK], first)
    of = pool(Member(ResilientBackend(inner, first, ONCE)), member("b"))
    with pytest.raises(UnsatisfiableError):
        await of.complete(TASK)


async def test_a_client_that_leaves_cancels_the_call_and_no_other_is_tried() -> None:
    of = pool(member("a", ScriptedReply(value=1, delay=60)), member("b"))
    call = asyncio.create_task(of.complete(TASK, ["a", "b"]))
    await asyncio.sleep(0.002)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [status.calls for status in of.status()] == [0, 0]
    assert of.status()[0].in_flight == 0


# --- chats and embeddings ------------------------------------------------------------------------


class Talker(ScriptedBackend):
    """Says or raises the same to every chat, stream and embedding."""

    def __init__(self, name: str, error: BackendError | None = None) -> None:
        super().__init__([OK], BackendSettings(name=name, provider="scripted"))
        self.error = error

    async def chat(self, request: ChatRequest) -> ChatReply:
        self._check()
        return ChatReply(self.name, "scripted", "m", chat("Hello"), Usage(3, 4), 0.5)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        self._check()
        yield piece("Hello", "stop")

    async def embed(self, request: EmbedRequest) -> Embeddings:
        self._check()
        return Embeddings(self.name, "scripted", "m", ((1.0,),), Usage(5, 0), 0.25)

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


def talker(name: str, error: BackendError | None = None) -> Member:
    tripping = ONCE.model_copy(update={"allowed_fails": 1, "retry": True})
    backend = Talker(name, error)
    return Member(
        ResilientBackend(backend, BackendSettings(name=name, provider="scripted"), tripping)
    )


async def streamed(of: Pool) -> ChatStream:
    async with of.open(asking("Hi"), ["a", "b"]) as stream:
        async for _ in stream:
            pass
    return stream


Ask = Callable[[Pool], Awaitable[ChatReply | Embeddings | ChatStream]]
ASKS: dict[str, Ask] = {
    "chat": lambda of: of.chat(asking("Hi"), ["a", "b"]),
    "embed": lambda of: of.embed(EmbedRequest(("x",)), ["a", "b"]),
    "stream": streamed,
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_every_kind_of_call_falls_back_and_is_counted(ask: Ask) -> None:
    down = TransportError("down", backend="a")
    of = pool(talker("a", down), talker("b"))
    answer = await ask(of)
    assert answer.backend == "b"
    assert [(it.backend, it.error) for it in answer.attempts] == [("a", "connection"), ("b", None)]
    first, second = of.status()
    assert (first.breaker, first.errors, second.calls) == ("open", 1, 1)
    assert second.input_tokens == answer.usage.input_tokens
    assert second.cost_usd == answer.cost_usd
    assert (first.in_flight, second.in_flight) == (0, 0)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_a_function_that_a_backend_does_not_have_is_no_failure_of_it(ask: Ask) -> None:
    of = pool(talker("a", UnsupportedError("no such thing", backend="a")), talker("b"))
    for _ in range(2):
        answer = await ask(of)
        assert answer.backend == "b"
        codes = [(it.backend, it.error) for it in answer.attempts]
        assert codes == [("a", "unsupported"), ("b", None)]
    (first, _) = of.status()
    assert (first.breaker, first.errors, first.calls) == ("closed", 0, 0)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_what_nobody_supports_is_told_with_every_attempt(ask: Ask) -> None:
    unsupported = [UnsupportedError(f"{name} cannot", backend=name) for name in "ab"]
    of = pool(*(talker(error.backend, error) for error in unsupported))
    with pytest.raises(AllBackendsFailedError, match="a cannot; b cannot") as raised:
        await ask(of)
    assert {cause.code for cause in raised.value.causes} == {"unsupported"}


async def test_the_latency_is_of_the_answer_alone() -> None:
    answer = await pool(talker("a")).chat(asking("Hi"))
    assert answer.latency > 0
    assert answer.attempts[0].latency == answer.latency


def test_the_catalogue_lists_the_disabled_too() -> None:
    of = pool(member("a"), member("off", enabled=False))
    assert of.catalogue() == (
        CatalogueEntry("a", "scripted", "scripted", True),
        CatalogueEntry("off", "scripted", "scripted", False),
    )


# --- administration ----------------------------------------------------------------------------


async def test_backends_can_be_taken_out_and_put_back() -> None:
    of = pool(member("a"), member("b"))
    of.disable("A")
    assert {await used(of) for _ in range(4)} == {"b"}
    assert [status.state for status in of.status()] == ["disabled", "ready"]
    of.enable("a")
    assert {await used(of) for _ in range(4)} == {"a", "b"}


async def test_a_reset_puts_an_open_backend_back() -> None:
    tripping = ONCE.model_copy(update={"allowed_fails": 1})
    of = pool(member("a", DOWN, OK, resilience=tripping))
    with pytest.raises(AllBackendsFailedError):
        await of.complete(TASK)
    of.reset("a")
    assert await used(of) == "a"
    assert of.status()[0].breaker == "closed"


@pytest.mark.parametrize("action", ["enable", "disable", "reset"])
def test_administering_nobody_is_an_error(action: str) -> None:
    with pytest.raises(UnknownBackendError):
        getattr(pool(member("a")), action)("nobody")


async def test_the_status_tells_what_happened() -> None:
    text = ScriptedReply(text="hello world " * 50)
    of = pool(member("a", text, DOWN, text, text, weight=0))
    for _ in range(4):
        with contextlib.suppress(AllBackendsFailedError):
            await used(of, "a")
    (status,) = of.status()
    assert (status.calls, status.errors, status.success_rate) == (4, 1, 0.75)
    assert status.state == "drained"
    assert status.output_tokens == 3 * count_tokens("hello world " * 50)
    assert status.errors_by_code == (("connection", 1),)
    assert status.last_error is not None
    assert "'a' failed" in status.last_error
    assert status.last_error_at is not None
    assert status.latency_p50 is not None
    assert status.latency_buckets[-1] == (float("inf"), 3)


async def test_all_enabled_backends_are_probed() -> None:
    of = pool(member("a"), member("b", enabled=False))
    assert {name: probe.reachable for name, probe in (await of.probe_members()).items()} == {
        "a": True
    }
