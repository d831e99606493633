from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mockwright.errors import BackendError
from mockwright.memory.cache.variant import ServedVariant
from mockwright.memory.cache.variants import Produce, Variant, Variants
from mockwright.memory.store import Store
from mockwright.settings import CacheSettings
from tests.waiting import until


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Factory:
    """Makes variants whose body is their index, or ``values[index]``."""

    def __init__(self, clock: Clock, values: int = 10**9, size: int = 0) -> None:
        self.clock = clock
        self.values = values
        self.size = size
        self.made: list[int] = []
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.running = 0
        self.most = 0

    async def __call__(self, index: int) -> Variant:
        self.made.append(index)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
            if self.error is not None:
                raise self.error
        finally:
            self.running -= 1
        body = str(index % self.values).encode() + b"." * self.size
        return Variant(body, ((b"a", b"b"),), blake2b(body).digest(), self.clock.now)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def produce(clock: Clock) -> Factory:
    return Factory(clock)


@pytest.fixture
async def variants(clock: Clock) -> AsyncIterator[Variants]:
    made = Variants(CacheSettings(ttl=100, idle=500, max_keys=3, max_bytes=100_000), clock=clock)
    yield made
    await made.aclose()


def body(served: ServedVariant | None) -> bytes:
    assert served is not None
    return served.variant.body


async def settle(variants: Variants) -> None:
    await until(lambda: not any(entry["priming"] for entry in variants.list()))


def hit(variants: Variants, key: bytes) -> ServedVariant | None:
    """As a request is served whose raw bytes came before."""
    variants.alias(b"raw " + key, key)
    return variants.hit_raw(b"raw " + key)


async def primed(variants: Variants, produce: Produce, want: int = 3, key: bytes = b"k") -> None:
    await variants.serve(key, want, produce, label=f"GET /{key.decode()}")
    await settle(variants)


async def test_variants_are_served_in_turn_the_oldest_first(
    variants: Variants, produce: Factory
) -> None:
    first = await variants.serve(b"k", 3, produce)
    await settle(variants)
    assert (first.state, first.variant.body) == ("miss", b"0")
    assert [body(hit(variants, b"k")) for _ in range(5)] == [b"1", b"2", b"0", b"1", b"2"]


async def test_the_first_answer_does_not_wait_for_the_others(
    variants: Variants, produce: Factory
) -> None:
    await variants.serve(b"k", 5, produce)
    assert produce.made == [0]
    await settle(variants)
    assert sorted(produce.made) == [0, 1, 2, 3, 4]


async def test_a_hundred_concurrent_requests_cause_exactly_the_wanted_productions(
    variants: Variants, produce: Factory
) -> None:
    served = await asyncio.gather(*(variants.serve(b"k", 10, produce) for _ in range(100)))
    await settle(variants)
    assert sorted(produce.made) == list(range(10))
    assert {it.state for it in served} == {"miss"}
    assert variants.stats()["primings"] == 1


async def test_parallelism_is_bounded(clock: Clock, produce: Factory) -> None:
    variants = Variants(CacheSettings(), clock=clock, parallel=3)
    await primed(variants, produce, want=20)
    assert produce.most == 3
    await variants.aclose()


async def test_duplicates_end_in_fewer_variants_and_no_further_tries(
    variants: Variants, clock: Clock
) -> None:
    produce = Factory(clock, values=2)
    await primed(variants, produce, want=10)
    tries = len(produce.made)
    assert tries <= 20
    assert {body(hit(variants, b"k")) for _ in range(10)} == {b"0", b"1"}
    await variants.serve(b"k", 10, produce)
    await settle(variants)
    assert len(produce.made) == tries


async def test_a_seeded_set_does_not_depend_on_who_finishes_first(clock: Clock) -> None:
    async def run(delays: dict[int, int]) -> list[bytes]:
        factory = Factory(clock, values=5)

        async def produce(index: int) -> Variant:
            for _ in range(delays.get(index, 0)):
                await asyncio.sleep(0)
            return await factory(index)

        variants = Variants(CacheSettings(), clock=clock)
        first = await variants.serve(b"k", 6, produce, seeded=True)
        await settle(variants)
        rest = [body(hit(variants, b"k")) for _ in range(4)]
        await variants.aclose()
        return [first.variant.body, *rest]

    expected = [b"0", b"1", b"2", b"3", b"4"]
    assert await run({}) == expected
    assert await run({1: 30, 2: 10, 3: 1}) == expected


async def test_a_seeded_set_goes_on_where_it_failed(variants: Variants, clock: Clock) -> None:
    factory = Factory(clock)
    broken = {2}

    async def produce(index: int) -> Variant:
        if index in broken:
            raise BackendError("down")
        return await factory(index)

    await variants.serve(b"k", 4, produce, seeded=True)
    await settle(variants)
    broken.clear()
    clock.now += 6
    await variants.serve(b"k", 4, produce, seeded=True)
    await settle(variants)
    assert sorted(body(hit(variants, b"k")) for _ in range(4)) == [b"0", b"1", b"2", b"3"]


async def test_a_failure_reaches_every_waiter_where_nothing_is_known(
    variants: Variants, produce: Factory
) -> None:
    produce.error = BackendError("down")
    calls = (variants.serve(b"k", 3, produce) for _ in range(5))
    failed = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(it, BackendError) for it in failed)
    assert produce.made == [0]
    assert variants.stats()["keys"] == 0
    produce.error = None
    assert (await variants.serve(b"k", 3, produce)).state == "miss"


async def test_known_variants_are_served_stale_while_backends_are_down(
    variants: Variants, produce: Factory, clock: Clock
) -> None:
    await primed(variants, produce)
    clock.now += 101
    produce.error = BackendError("down")
    assert hit(variants, b"k") is None
    assert (await variants.serve(b"k", 3, produce)).state == "stale"
    await settle(variants)
    tries = len(produce.made)
    for _ in range(20):
        served = hit(variants, b"k")
        assert served is not None
        assert served.state == "stale"
    assert len(produce.made) == tries == 4
    clock.now += 5
    assert hit(variants, b"k") is None, "time to try again"
    produce.error = None
    assert (await variants.serve(b"k", 3, produce)).state == "stale"
    await settle(variants)
    fresh = {body(hit(variants, b"k")) for _ in range(6)}
    assert len(fresh) == 3
    assert fresh.isdisjoint({b"0", b"1", b"2"})
    assert variants.stats()["variants"] == 3


async def test_expired_variants_are_refilled_below_the_threshold(
    variants: Variants, produce: Factory, clock: Clock
) -> None:
    produce.gate = asyncio.Event()
    produce.gate.set()
    await variants.serve(b"k", 4, produce)
    clock.now += 60  # the others are made a minute later than the first
    await settle(variants)
    clock.now += 50
    assert hit(variants, b"k") is not None, "three of four are enough"
    assert len(produce.made) == 4
    clock.now += 60
    assert hit(variants, b"k") is None
    await variants.serve(b"k", 4, produce)
    await settle(variants)
    assert len(produce.made) == 8


async def test_a_caller_that_leaves_does_not_end_the_priming_for_others(
    variants: Variants, produce: Factory
) -> None:
    produce.gate = asyncio.Event()
    leaver = asyncio.create_task(variants.serve(b"k", 3, produce))
    stayer = asyncio.create_task(variants.serve(b"k", 3, produce))
    await asyncio.sleep(0.001)
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    produce.gate.set()
    assert (await stayer).state == "miss"
    await settle(variants)
    assert len(produce.made) == 3


async def test_keys_that_are_not_asked_for_are_dropped(
    variants: Variants, produce: Factory, clock: Clock
) -> None:
    await primed(variants, produce)
    clock.now += 501
    assert hit(variants, b"k") is None
    assert (await variants.serve(b"k", 3, produce)).state == "miss"
    await primed(variants, produce, key=b"b")
    clock.now += 501
    await primed(variants, produce, key=b"c")
    assert [entry["label"] for entry in variants.list()] == ["GET /c"]


async def test_the_least_recently_used_key_goes_first(variants: Variants, produce: Factory) -> None:
    for key in (b"a", b"b", b"c"):
        await primed(variants, produce, key=key)
    hit(variants, b"a")
    await primed(variants, produce, key=b"d")
    assert [entry["label"] for entry in variants.list()] == ["GET /d", "GET /a", "GET /c"]
    assert variants.stats()["evictions"] == 1


async def test_bytes_stay_under_the_cap(clock: Clock) -> None:
    variants = Variants(CacheSettings(max_bytes=50_000), clock=clock, parallel=1)
    big = Factory(clock, size=9_000)
    for key in (b"a", b"b", b"c"):
        await primed(variants, big, want=10, key=key)
        assert variants.stats()["bytes"] <= 50_000
    assert variants.stats()["keys"] == 1
    assert len(big.made) == 18, "what does not fit is tried once"
    huge = Factory(clock, size=60_000)
    assert (await variants.serve(b"h", 10, huge)).state == "miss"
    await settle(variants)
    assert len(huge.made) == 1
    assert hit(variants, b"h") is None
    await variants.aclose()


async def test_an_alias_leads_to_its_key_and_dies_with_it(
    variants: Variants, produce: Factory
) -> None:
    variants.alias(b"raw", b"k")
    assert variants.hit_raw(b"raw") is None
    await primed(variants, produce)
    for index in range(10):
        variants.alias(b"raw%d" % index, b"k")
    assert variants.hit_raw(b"raw0") is None, "aliases are bounded as keys are"
    assert variants.hit_raw(b"raw9") is not None
    assert variants.clear(b"k") == 1
    assert variants.hit_raw(b"raw9") is None
    assert variants.stats()["bytes"] == 0


async def test_clearing_by_path_while_priming_still_answers_who_waits(
    variants: Variants, produce: Factory
) -> None:
    produce.gate = asyncio.Event()
    waiting = asyncio.create_task(variants.serve(b"k", 5, produce, label="GET /users/1"))
    await asyncio.sleep(0.001)
    assert variants.clear(prefix="/orders") == 0
    assert variants.clear(prefix="/users") == 1
    produce.gate.set()
    assert (await waiting).variant.body == b"0"
    await asyncio.sleep(0.01)
    assert produce.made == [0]
    assert variants.stats()["variants"] == 0


async def test_closing_ends_what_runs_behind(clock: Clock, produce: Factory) -> None:
    variants = Variants(CacheSettings(), clock=clock)
    produce.gate = asyncio.Event()
    waiting = asyncio.create_task(variants.serve(b"k", 5, produce))
    await asyncio.sleep(0.001)
    await variants.aclose()
    with pytest.raises(BackendError, match="shutting down"):
        await waiting
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_unexpected_error_of_a_refill_is_not_lost(
    variants: Variants, produce: Factory, clock: Clock
) -> None:
    await primed(variants, produce)
    clock.now += 101
    produce.error = ZeroDivisionError("a bug")
    with capture_logs() as logged:
        assert (await variants.serve(b"k", 3, produce)).state == "stale"
        await settle(variants)
    assert [line["exc_info"] for line in logged] == [produce.error]


async def test_variants_survive_a_restart(tmp_path: Path, clock: Clock, produce: Factory) -> None:
    path = tmp_path / "memory.db"
    settings = CacheSettings(ttl=100, idle=50)

    async def opened() -> tuple[Store, Variants]:
        store = Store(path)
        variants = Variants(settings, store, clock)
        await variants.start()
        return store, variants

    store, variants = await opened()
    await primed(variants, produce)
    await primed(variants, produce, key=b"gone")
    variants.clear(b"gone")
    await variants.aclose()
    await store.aclose()

    store, variants = await opened()
    assert [body(hit(variants, b"k")) for _ in range(3)] == [b"0", b"1", b"2"]
    served = hit(variants, b"k")
    assert served is not None
    assert served.variant.headers == ((b"a", b"b"),)
    assert variants.stats()["keys"] == 1
    await variants.aclose()
    await store.aclose()

    clock.now += 151
    store, variants = await opened()
    assert variants.stats()["keys"] == 0
    await variants.aclose()
    await store.aclose()


_STEPS = st.one_of(
    st.tuples(st.just("serve"), st.integers(0, 5), st.integers(1, 6)),
    st.tuples(st.just("hit"), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("alias"), st.integers(0, 5), st.integers(0, 9)),
    st.tuples(st.just("clear"), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("pass"), st.integers(0, 400), st.just(0)),
    st.tuples(st.just("break"), st.integers(0, 1), st.just(0)),
)


@settings(max_examples=60)
@given(st.lists(_STEPS, max_size=25), st.integers(0, 3000))
def test_whatever_happens_the_caps_hold_and_nothing_runs_on(
    steps: list[tuple[str, int, int]], size: int
) -> None:
    asyncio.run(_walk(steps, size))


async def _walk(steps: list[tuple[str, int, int]], size: int) -> None:
    clock = Clock()
    produce = Factory(clock, values=4, size=size)
    limits = CacheSettings(max_keys=3, max_bytes=12_000, ttl=100, idle=300)
    variants = Variants(limits, clock=clock)
    for action, number, other in steps:
        key = b"%d" % number
        if action == "serve":
            await asyncio.gather(variants.serve(key, other, produce), return_exceptions=True)
        elif action == "hit":
            hit(variants, key)
            variants.hit_raw(key)
        elif action == "alias":
            variants.alias(b"%d" % other, key)
        elif action == "clear":
            variants.clear(key)
        elif action == "pass":
            clock.now += number
        else:
            produce.error = BackendError("down") if number else None
        stats, listed = variants.stats(), variants.list()
        assert stats["keys"] == len(listed) <= 3
        assert stats["bytes"] == sum(it["bytes"] for it in listed) <= 12_000
        assert stats["variants"] == sum(it["fresh"] + it["stale"] for it in listed)
    await variants.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    variants.clear()
    assert variants.stats()["bytes"] == 0
