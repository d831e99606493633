"""The fault table, and each trap of the libraries underneath."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pybreaker
import pytest
import respx

from mockwright.backends.base import BuildContext
from mockwright.backends.factory import build_backend
from mockwright.backends.resilience import Breaker, PoolCall
from mockwright.backends.resilient import ResilientBackend
from mockwright.backends.scripted import ScriptedBackend
from mockwright.errors import (
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    CircuitOpenError,
    SaturatedError,
    TransportError,
    UnsatisfiableError,
)
from mockwright.settings import BackendSettings, ResilienceSettings, ScriptedReply
from mockwright.types import Completion, Task
from tests.backends.conftest import CHAT, FAST
from tests.clock import Clock
from tests.doubles import Exchange, chat, upstream

pytestmark = pytest.mark.usefixtures("clock")
Build = Callable[..., ResilientBackend]
OK = httpx.Response(200, json=chat('{"id":1,"name":"Ada"}'))
TASK = Task(schema={})


def changed(**values: object) -> ResilienceSettings:
    return FAST.model_copy(update=values)


def scripted(
    *replies: ScriptedReply, resilience: ResilienceSettings = FAST, **settings: object
) -> tuple[ResilientBackend, ScriptedBackend]:
    inner = ScriptedBackend(replies)
    limits = BackendSettings.model_validate({"name": "scripted", **settings})
    return ResilientBackend(inner, limits, resilience), inner


def fails(code: str, delay: float = 0.0) -> ScriptedReply:
    return ScriptedReply(error=code, delay=delay)


def works(delay: float = 0.0) -> ScriptedReply:
    return ScriptedReply(value=1, delay=delay)


# --- retry -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_a_passing_fault_is_tried_again(
    router: respx.MockRouter, guarded: Build, task: Task, status: int
) -> None:
    route = router.post(CHAT).mock(side_effect=[httpx.Response(status), OK])
    completion = await guarded().complete(task)
    assert route.call_count == 2
    assert [attempt.error for attempt in completion.attempts] == [f"status_{status}", None]
    assert [attempt.number for attempt in completion.attempts] == [1, 2]


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 413, 422])
async def test_a_lasting_fault_is_not_tried_again(
    router: respx.MockRouter, guarded: Build, task: Task, status: int
) -> None:
    route = router.post(CHAT).mock(return_value=httpx.Response(status))
    with pytest.raises(BackendStatusError) as raised:
        await guarded().complete(task)
    assert raised.value.status == status
    assert route.call_count == 1


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("half"),
        httpx.Response(200, content=b'{"cho'),
        httpx.Response(200, json={"choices": []}),
    ],
)
async def test_connections_timeouts_and_broken_bodies_are_tried_again(
    router: respx.MockRouter, guarded: Build, task: Task, fault: httpx.Response | Exception
) -> None:
    route = router.post(CHAT).mock(side_effect=[fault, OK])
    assert (await guarded().complete(task)).text
    assert route.call_count == 2


async def test_after_the_last_retry_the_last_error_is_raised() -> None:
    backend, inner = scripted(fails("timeout"), fails("connection"), fails("status_503"))
    with pytest.raises(BackendStatusError):
        await backend.complete(TASK)
    assert len(inner.asked) == 3


@pytest.mark.parametrize("settings", [{"retry": False}, {"num_retries": 0}])
async def test_retries_can_be_switched_off(settings: dict[str, object]) -> None:
    backend, inner = scripted(fails("timeout"), works(), resilience=changed(**settings))
    with pytest.raises(BackendTimeoutError):
        await backend.complete(TASK)
    assert len(inner.asked) == 1


async def test_what_no_backend_could_do_is_not_tried_again() -> None:
    class Impossible(ScriptedBackend):
        async def complete(self, task: Task) -> Completion:
            self.asked.append(task)
            raise UnsatisfiableError("no value is both a string and a number")

    inner = Impossible([works()])
    backend = ResilientBackend(inner, BackendSettings(name="scripted"), FAST)
    with pytest.raises(UnsatisfiableError):
        await backend.complete(TASK)
    assert len(inner.asked) == 1
    assert backend.breaker.state == "closed"


async def slept(
    monkeypatch: pytest.MonkeyPatch, backend: ResilientBackend, task: Task = TASK
) -> list[float]:
    """How long the backend waited between its attempts, without waiting."""
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)

    with monkeypatch.context() as patch:
        patch.setattr("mockwright.backends.resilience.asyncio.sleep", nap)
        try:
            await backend.complete(task)
        except BackendError:
            naps.append(-1)
    return naps


async def test_waits_grow_exponentially_with_jitter_up_to_a_maximum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = changed(
        num_retries=5,
        allowed_fails=99,
        deadline=1000,
        retry_backoff_initial=1.0,
        retry_backoff_max=6.0,
    )
    backend, _ = scripted(fails("connection"), resilience=settings)
    first = await slept(monkeypatch, backend)
    second = await slept(monkeypatch, backend)
    for nap, low, high in zip(first, (1, 2, 4, 6, 6), (2, 3, 5, 6, 6), strict=False):
        assert low <= nap <= high
    assert len(first) == 6
    assert first != second


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_retry_after_is_honoured(
    monkeypatch: pytest.MonkeyPatch,
    router: respx.MockRouter,
    guarded: Build,
    task: Task,
    form: str,
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
    header = "3" if form == "seconds" else later
    busy = httpx.Response(429, headers={"retry-after": header})
    router.post(CHAT).mock(side_effect=[busy, OK])
    (nap,) = await slept(monkeypatch, guarded(), task)
    assert 1.5 < nap <= 3


async def test_a_retry_after_over_the_cap_is_not_waited_for(
    router: respx.MockRouter, guarded: Build, task: Task
) -> None:
    busy = httpx.Response(503, headers={"retry-after": "3600"})
    route = router.post(CHAT).mock(return_value=busy)
    with pytest.raises(BackendStatusError) as raised:
        await guarded().complete(task)
    assert route.call_count == 1
    assert raised.value.retry_after == 3600


async def test_no_wait_goes_past_the_deadline(
    router: respx.MockRouter, guarded: Build, task: Task, clock: Clock
) -> None:
    busy = httpx.Response(503, headers={"retry-after": "20"})
    route = router.post(CHAT).mock(return_value=busy)
    start = clock.now
    with pytest.raises(BackendStatusError):
        await guarded(changed(deadline=10)).complete(task)
    assert route.call_count == 1
    assert clock.now == start


# --- timeout -----------------------------------------------------------------------------------


async def test_an_attempt_that_takes_too_long_is_cut() -> None:
    backend, inner = scripted(works(delay=60), works(), resilience=changed(timeout=0.02))
    completion = await backend.complete(TASK)
    assert [attempt.error for attempt in completion.attempts] == ["timeout", None]
    assert len(inner.asked) == 2


async def test_a_backends_own_timeout_wins() -> None:
    backend, _ = scripted(works(delay=60), timeout=0.02, resilience=changed(retry=False))
    with pytest.raises(BackendTimeoutError, match=r"within 0\.02 s"):
        await backend.complete(TASK)


async def test_a_slow_body_is_cut_by_the_total_time() -> None:
    async def trickle(exchange: Exchange) -> None:
        exchange.writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while True:
            exchange.writer.write(b" ")
            await exchange.writer.drain()
            await asyncio.sleep(0.01)

    async with upstream(trickle) as server:
        settings = BackendSettings(name="slow", base_url=server.url, timeout=0.1)
        backend = ResilientBackend(
            build_backend(settings, BuildContext(FAST, 2**20)), settings, changed(retry=False)
        )
        with pytest.raises(BackendTimeoutError):
            await asyncio.wait_for(backend.complete(TASK), 3)
        await backend.aclose()


async def test_the_requests_deadline_cuts_an_attempt_and_is_not_the_backends_fault() -> None:
    backend, _ = scripted(works(delay=60), resilience=changed(deadline=0.02, allowed_fails=1))
    with pytest.raises(BackendTimeoutError, match="time was up"):
        await backend.complete(TASK)
    assert backend.breaker.state == "closed"


# --- breaker -----------------------------------------------------------------------------------


async def test_the_circuit_opens_after_the_allowed_fails_and_costs_nothing_then() -> None:
    backend, inner = scripted(
        fails("connection"), resilience=changed(allowed_fails=3, num_retries=9)
    )
    with pytest.raises(TransportError):
        await backend.complete(TASK)
    assert len(inner.asked) == 3
    assert backend.breaker.state == "open"
    with pytest.raises(CircuitOpenError) as raised:
        await backend.complete(TASK)
    assert len(inner.asked) == 3
    assert raised.value.retry_after == pytest.approx(30, abs=1)


async def test_a_success_forgets_the_failures_before_it() -> None:
    backend, _ = scripted(
        fails("timeout"), works(), resilience=changed(allowed_fails=2, num_retries=1)
    )
    for _ in range(4):
        await backend.complete(TASK)
    assert backend.breaker.state == "closed"


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_fault_of_the_request_leaves_the_circuit_closed(status: int) -> None:
    backend, _ = scripted(fails(f"status_{status}"), resilience=changed(allowed_fails=1))
    with pytest.raises(BackendStatusError):
        await backend.complete(TASK)
    assert backend.breaker.state == "closed"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
async def test_a_fault_of_the_backend_counts(status: int) -> None:
    backend, _ = scripted(fails(f"status_{status}"), resilience=changed(allowed_fails=1))
    with pytest.raises(BackendStatusError):
        await backend.complete(TASK)
    assert backend.breaker.state == "open"


async def test_the_breaker_can_be_switched_off() -> None:
    settings = changed(breaker=False, allowed_fails=1, retry=False)
    backend, inner = scripted(fails("connection"), resilience=settings)
    for _ in range(5):
        with pytest.raises(TransportError):
            await backend.complete(TASK)
    assert len(inner.asked) == 5


BRIEF = changed(allowed_fails=1, cooldown_time=0.02, retry=False)


async def test_after_the_cooldown_one_success_closes_the_circuit() -> None:
    backend, _ = scripted(fails("connection"), works(), resilience=BRIEF)
    with pytest.raises(TransportError):
        await backend.complete(TASK)
    await asyncio.sleep(0.03)
    await backend.complete(TASK)
    assert backend.breaker.state == "closed"


async def test_after_the_cooldown_one_failure_opens_it_again() -> None:
    backend, inner = scripted(fails("connection"), resilience=BRIEF)
    for _ in range(2):
        with pytest.raises(TransportError):
            await backend.complete(TASK)
        assert backend.breaker.state == "open"
        await asyncio.sleep(0.03)
    assert len(inner.asked) == 2
    with pytest.raises(TransportError):
        await backend.complete(TASK)
    with pytest.raises(CircuitOpenError):
        await backend.complete(TASK)


async def test_a_reset_closes_the_circuit() -> None:
    backend, _ = scripted(fails("connection"), works(), resilience=changed(allowed_fails=1))
    with pytest.raises(TransportError):
        await backend.complete(TASK)
    backend.breaker.reset()
    assert (await backend.complete(TASK)).value == 1


# Each of pybreaker's traps, and that we are not in it.


async def test_trap_an_awaited_failure_is_not_seen_by_pybreakers_call() -> None:
    async def failing() -> None:
        raise OSError

    theirs = pybreaker.CircuitBreaker(fail_max=1)
    for _ in range(3):
        with pytest.raises(OSError):  # noqa: PT011 - any will do
            await theirs.call(failing)
    assert theirs.current_state == "closed"

    backend, _ = scripted(fails("connection"), resilience=changed(allowed_fails=1))
    with pytest.raises(TransportError):
        await backend.complete(TASK)
    assert backend.breaker.state == "open"


async def test_trap_only_one_of_many_concurrent_calls_probes() -> None:
    backend, inner = scripted(fails("connection"), works(delay=0.02), resilience=BRIEF)
    with pytest.raises(TransportError):
        await backend.complete(TASK)
    await asyncio.sleep(0.03)
    results = await asyncio.gather(
        *(backend.complete(TASK) for _ in range(20)), return_exceptions=True
    )
    assert len(inner.asked) == 2
    refused = [result for result in results if isinstance(result, CircuitOpenError)]
    assert len(refused) == 19
    assert all(error.retry_after for error in refused)


async def test_trap_a_client_that_leaves_is_no_failure() -> None:
    backend, _ = scripted(works(delay=60), resilience=changed(allowed_fails=1))
    call = asyncio.create_task(backend.complete(TASK))
    await asyncio.sleep(0.005)
    assert backend.limiter.in_flight == 1
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert backend.breaker.state == "closed"
    assert backend.limiter.in_flight == 0
    assert backend.stats.errors == {}


async def test_trap_a_client_that_leaves_while_probing_lets_the_next_one_probe() -> None:
    backend, _ = scripted(fails("connection"), works(delay=60), works(), resilience=BRIEF)
    with pytest.raises(TransportError):
        await backend.complete(TASK)
    await asyncio.sleep(0.03)
    call = asyncio.create_task(backend.complete(TASK))
    await asyncio.sleep(0.005)
    probing: str = backend.breaker.state
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await backend.complete(TASK)
    assert (probing, backend.breaker.state) == ("half-open", "closed")


async def test_trap_the_tripping_failure_is_raised_as_itself() -> None:
    backend, _ = scripted(fails("status_503"), resilience=changed(allowed_fails=1))
    with pytest.raises(BackendStatusError) as raised:
        await backend.complete(TASK)
    assert raised.value.status == 503


async def test_trap_a_late_result_of_a_call_made_before_the_circuit_opened_changes_nothing(
    clock: Clock,
) -> None:
    breaker = Breaker("b", allowed_fails=1, cooldown=30)
    states: list[str] = []
    early, other = breaker.admit(), breaker.admit()
    breaker.fail(early)
    clock.advance(30)
    breaker.succeed(other)
    states.append(breaker.state)
    probe = breaker.admit()
    breaker.fail(other)
    states.append(breaker.state)
    breaker.succeed(probe)
    states.append(breaker.state)
    assert states == ["open", "half-open", "closed"]


# --- concurrency -------------------------------------------------------------------------------


async def test_no_more_than_the_limit_run_and_the_rest_wait() -> None:
    backend, _ = scripted(works(delay=0.01), max_parallel_requests=2, max_queue=10)
    calls = [asyncio.create_task(backend.complete(TASK)) for _ in range(6)]
    await asyncio.sleep(0.002)
    assert (backend.limiter.in_flight, backend.limiter.queued) == (2, 4)
    await asyncio.gather(*calls)
    assert (backend.limiter.in_flight, backend.limiter.queued) == (0, 0)


async def test_a_full_queue_refuses_at_once() -> None:
    backend, inner = scripted(works(delay=0.02), max_parallel_requests=1, max_queue=1)
    calls = [asyncio.create_task(backend.complete(TASK)) for _ in range(2)]
    await asyncio.sleep(0.002)
    assert not backend.usable
    with pytest.raises(SaturatedError) as raised:
        await backend.complete(TASK)
    assert raised.value.retry_after is not None
    assert 1 <= raised.value.retry_after <= 60
    await asyncio.gather(*calls)
    assert len(inner.asked) == 2
    assert backend.breaker.state == "closed"


async def test_waiting_in_the_queue_ends_with_the_deadline() -> None:
    backend, _ = scripted(
        works(delay=0.1), max_parallel_requests=1, resilience=changed(allowed_fails=1)
    )
    running = asyncio.create_task(backend.complete(TASK))
    await asyncio.sleep(0.002)
    late = PoolCall(asyncio.get_running_loop().time() + 0.01)
    with pytest.raises(SaturatedError, match="in time"):
        await backend.complete(TASK, late)
    assert backend.limiter.queued == 0
    await running


async def test_a_client_that_leaves_the_queue_frees_its_place() -> None:
    backend, _ = scripted(works(delay=0.02), max_parallel_requests=1, max_queue=1)
    running = asyncio.create_task(backend.complete(TASK))
    await asyncio.sleep(0.002)
    waiting = asyncio.create_task(backend.complete(TASK))
    await asyncio.sleep(0.002)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert backend.limiter.queued == 0
    assert backend.usable
    await running


async def test_latency_is_of_the_successful_attempt_without_the_queue() -> None:
    backend, _ = scripted(works(delay=0.02), max_parallel_requests=1)
    done = await asyncio.gather(*(backend.complete(TASK) for _ in range(3)))
    assert [completion.latency for completion in done] == [pytest.approx(0.02)] * 3
