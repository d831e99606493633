from __future__ import annotations

import asyncio
from typing import cast

import pytest

from mockwright.compute.sandbox.process import StartError, Worker
from mockwright.compute.sandbox.worker_pool import Stock
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("clock")
PAUSE = 0.02


class FakeWorker:
    def __init__(self) -> None:
        self.died = asyncio.Event()
        self.ended = False

    @property
    def is_alive(self) -> bool:
        return not self.died.is_set()

    async def gone(self) -> None:
        await self.died.wait()

    async def end(self) -> None:
        self.ended = True


class Factory:
    """Starts fakes, and fails as often as it is told to."""

    def __init__(self, failures: int = 0, takes: float = 0.0) -> None:
        self.failures = failures
        self.takes = takes
        self.tried = 0
        self.made: list[FakeWorker] = []

    async def __call__(self) -> Worker:
        self.tried += 1
        if self.takes >= 0:
            await asyncio.sleep(self.takes)
        if self.failures:
            self.failures -= 1
            raise StartError("it does not start")
        self.made.append(FakeWorker())
        return cast(Worker, self.made[-1])


@pytest.fixture(autouse=True)
def _no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockwright.compute.sandbox.worker_pool.log.warning", lambda *_, **__: None)


async def test_nothing_is_started_before_it_is_asked_for() -> None:
    factory = Factory()
    stock = Stock(3, factory, PAUSE)
    await asyncio.sleep(0.01)
    assert factory.tried == 0
    await stock.aclose()


async def test_as_many_as_wanted_stand_ready_and_what_is_taken_is_replaced() -> None:
    factory = Factory()
    stock = Stock(2, factory, PAUSE)
    stock.fill()
    await until(lambda: stock.ready == 2)
    worker = await stock.take()
    await until(lambda: stock.ready == 2)
    assert len(factory.made) == 3
    await stock.give_back(worker)
    assert [one.ended for one in factory.made].count(True) == 1
    await stock.aclose()
    assert all(one.ended for one in factory.made)


async def test_a_cold_stock_starts_one_for_each_who_asks() -> None:
    factory = Factory(takes=0.01)
    stock = Stock(0, factory, PAUSE)
    workers = await asyncio.gather(*(stock.take() for _ in range(3)))
    assert len(set(workers)) == factory.tried == 3
    await asyncio.sleep(0.03)
    assert (factory.tried, stock.ready) == (3, 0)
    await stock.aclose()


async def test_who_asks_gets_what_is_on_its_way_and_no_second_one_is_started_for_him() -> None:
    factory = Factory(takes=0.02)
    stock = Stock(1, factory, PAUSE)
    stock.fill()
    await asyncio.sleep(0.01)
    assert factory.tried == 1
    first = await stock.take()
    assert first is cast(Worker, factory.made[0])
    await until(lambda: stock.ready == 1)
    assert factory.tried == 2
    await stock.aclose()


async def test_what_was_started_for_one_who_left_is_there_for_the_next() -> None:
    factory = Factory(takes=0.02)
    stock = Stock(1, factory, PAUSE)
    leaving = asyncio.create_task(stock.take())
    await asyncio.sleep(0.01)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await until(lambda: stock.ready == 1)
    await asyncio.sleep(0.03)
    # One for him, one for the shelf; of these the surplus one is ended.
    assert factory.tried == 2
    assert [one.ended for one in factory.made].count(True) == 1
    await stock.aclose()


async def test_one_who_leaves_when_his_worker_has_just_come_leaves_it_to_the_stock() -> None:
    factory = Factory()

    async def start_and_leave() -> Worker:
        # Runs when the worker has been given to him, and before he has noticed.
        asyncio.get_running_loop().call_soon(leaving.cancel)
        return await factory()

    factory.takes = -1
    stock = Stock(0, start_and_leave, PAUSE)
    leaving = asyncio.create_task(stock.take())
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await until(lambda: factory.made[0].ended)
    await stock.aclose()


async def test_a_worker_that_dies_is_replaced_after_a_pause() -> None:
    factory = Factory()
    stock = Stock(1, factory, PAUSE)
    stock.fill()
    await until(lambda: stock.ready == 1)
    factory.made[0].died.set()
    await until(lambda: stock.ready == 0)
    assert factory.tried == 1
    await until(lambda: stock.ready == 1)
    assert factory.made[0].ended
    assert await stock.take() is cast(Worker, factory.made[1])
    await stock.aclose()


async def test_a_dead_worker_is_not_handed_out() -> None:
    factory = Factory()
    stock = Stock(1, factory, PAUSE)
    stock.fill()
    await until(lambda: stock.ready == 1)
    factory.made[0].died.set()
    assert await stock.take() is not cast(Worker, factory.made[0])
    assert factory.made[0].ended
    await stock.aclose()


async def test_what_fails_is_tried_again_ever_more_slowly() -> None:
    factory = Factory(failures=1_000)
    stock = Stock(1, factory, PAUSE)
    stock.fill()
    await asyncio.sleep(PAUSE * 10)
    # At 0, 1, 3 and 7 pauses; a hot loop would have had thousands.
    assert factory.tried == 4
    factory.failures = 0
    await until(lambda: stock.ready == 1)
    await stock.aclose()


async def test_one_who_asks_is_told_of_the_failure_and_does_not_wait_for_the_pause() -> None:
    factory = Factory(failures=2)
    stock = Stock(1, factory, pause=60)
    with pytest.raises(StartError, match="does not start"):
        await stock.take()
    await asyncio.sleep(0.01)
    assert isinstance(await stock.take(), FakeWorker)
    await stock.aclose()


async def test_closing_ends_all_and_tells_those_who_wait() -> None:
    factory = Factory(takes=5)
    stock = Stock(1, factory, PAUSE)
    waiting = asyncio.create_task(stock.take())
    await asyncio.sleep(0.01)
    await stock.aclose()
    with pytest.raises(StartError, match="closed"):
        await waiting
    with pytest.raises(StartError, match="closed"):
        await stock.take()
    stock.fill()
    await asyncio.sleep(0.01)
    assert factory.made == []
