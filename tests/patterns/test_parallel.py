"""Branches at the same time, and how their answers become one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mockwright.errors import TransportError
from mockwright.shapes.rules.cel import parse_condition
from mockwright.types import Parallel, Single, Stage
from tests.clock import Clock
from tests.patterns.voices import Voices, asked_for, carry_out, shaped
from tests.waiting import until

PRODUCT: Any = {
    "name": "string",
    "pricing": {"price": 0.0, "sku": "string"},
    "stock": {"quantity": 0, "sku": "string"},
}
TASK = asked_for(PRODUCT)


def branch(name: str, example: Any = None, **more: Any) -> Stage:
    schema = None if example is None else shaped(example)
    return Stage(name, Single((name,), reasks=0), schema, **more)


PARTS = (
    branch("details", {"name": "string"}),
    branch("pricing", {"price": 0.0, "sku": "string"}, into=("pricing",)),
    branch("stock", {"quantity": 0, "sku": "string"}, into=("stock",)),
)
SAID = {
    "details": {"name": "Mouse"},
    "pricing": {"price": 9.5, "sku": "WM-1"},
    "stock": {"quantity": 3, "sku": "OTHER"},
}


async def test_each_part_goes_where_it_belongs() -> None:
    candidate, _ = await carry_out(Parallel(PARTS), TASK, Voices(SAID))
    assert candidate.value["name"] == "Mouse"
    assert candidate.value["pricing"] == {"price": 9.5, "sku": "WM-1"}
    assert candidate.remaining == ()


async def test_it_takes_as_long_as_the_slowest_branch(clock: Clock) -> None:
    voices = Voices(SAID, delays={"details": 40, "pricing": 10, "stock": 40})
    started = clock.now
    await carry_out(Parallel(PARTS), TASK, voices)
    assert clock.now - started == pytest.approx(40)


async def test_what_the_input_fixes_holds_in_every_branch() -> None:
    task = asked_for(PRODUCT, input={"sku": "GIVEN"})
    stock = branch("stock", {"quantity": 0, "sku": "string"})
    pricing = branch("pricing", {"price": 0.0, "sku": "string"})
    candidate, _ = await carry_out(Parallel((pricing, stock)), task, Voices(SAID))
    assert candidate.value["sku"] == "GIVEN"


async def test_where_two_branches_differ_the_later_wins_and_it_is_told() -> None:
    one, two = branch("one", {"name": "string"}), branch("two", {"name": "string"})
    voices = Voices({"one": {"name": "A"}, "two": {"name": "B"}})
    candidate, trace = await carry_out(Parallel((one, two)), asked_for({"name": "string"}), voices)
    assert candidate.value == {"name": "B"}
    assert any("/name" in note for note in trace.notes)


async def test_one_failing_branch_cancels_the_others() -> None:
    voices = Voices({"slow": {"name": "x"}}, delays={"slow": 5})
    node = Parallel((branch("slow", {"name": "string"}), branch("missing", {"a": 0})))
    with pytest.raises(TransportError):
        await carry_out(node, TASK, voices)
    assert voices.gone == ["slow"]


async def test_a_failing_branch_may_be_done_without() -> None:
    voices = Voices({"details": SAID["details"], "pricing": SAID["pricing"]})
    candidate, trace = await carry_out(Parallel(PARTS, partial="allow"), TASK, voices)
    assert candidate.value == {"name": "Mouse", "pricing": {"price": 9.5, "sku": "WM-1"}}
    assert [record.state for record in trace.stages] == ["done", "done", "failed"]
    with pytest.raises(TransportError):
        await carry_out(Parallel(PARTS, partial="allow"), TASK, Voices({}))


async def test_a_caller_who_leaves_ends_every_branch() -> None:
    voices = Voices(SAID, delays=dict.fromkeys(SAID, 5))
    running = asyncio.ensure_future(carry_out(Parallel(PARTS), TASK, voices))
    await until(lambda: len(voices.asked) == 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(voices.gone) == ["details", "pricing", "stock"]


WHOLE = asked_for({"name": "string", "n": 0})


def ballots(*names: str) -> tuple[Stage, ...]:
    return tuple(branch(name) for name in names)


async def test_the_first_good_answer_wins_and_the_others_are_given_up() -> None:
    said = {"a": {"name": "A", "n": 1}, "b": {"name": "B", "n": 2}, "c": "junk"}
    voices = Voices(said, delays={"a": 5, "b": 0.05})
    candidate, trace = await carry_out(
        Parallel(ballots("a", "b", "c"), merge="first"), WHOLE, voices
    )
    assert candidate.value == {"name": "B", "n": 2}
    assert voices.gone == ["a"]
    assert {record.stage: record.state for record in trace.stages}["a"] == "cancelled"


async def test_the_first_that_is_accepted_wins() -> None:
    said = {"a": {"name": "A", "n": 1}, "b": {"name": "B", "n": 9}}
    node = Parallel(ballots("a", "b"), merge="first", accept=parse_condition("result.n > 5"))
    candidate, _ = await carry_out(node, WHOLE, Voices(said, delays={"b": 0.05}))
    assert candidate.value["name"] == "B"


async def test_the_best_is_the_one_with_the_fewest_faults() -> None:
    said = {"a": {"name": "A"}, "b": {"name": "B", "n": 2}, "c": {"name": "C", "n": "2"}}
    candidate, _ = await carry_out(
        Parallel(ballots("a", "b", "c"), merge="best"), WHOLE, Voices(said)
    )
    assert candidate.value == {"name": "B", "n": 2}


async def test_a_vote_takes_what_most_say_and_tells_how_many_do() -> None:
    said = {"a": {"name": "A", "n": 10}, "b": {"name": "B", "n": 12}, "c": {"name": "A", "n": 11}}
    candidate, _ = await carry_out(
        Parallel(ballots("a", "b", "c"), merge="vote"), WHOLE, Voices(said)
    )
    assert candidate.value == {"name": "A", "n": 11}
    assert candidate.confidence == pytest.approx((2 / 3 + 1 / 3) / 2)


async def test_a_vote_that_is_decided_waits_for_nobody() -> None:
    same = {"name": "A", "n": 1}
    voices = Voices({"a": same, "b": same, "c": {"name": "C", "n": 9}}, delays={"c": 5})
    candidate, _ = await carry_out(Parallel(ballots("a", "b", "c"), merge="vote"), WHOLE, voices)
    assert candidate.value == same
    assert voices.gone == ["c"]


@pytest.mark.parametrize("merge", ["first", "best", "vote"])
async def test_a_voice_that_fails_is_one_less(merge: Any) -> None:
    voices = Voices({"b": {"name": "B", "n": 2}})
    candidate, _ = await carry_out(Parallel(ballots("a", "b"), merge=merge), WHOLE, voices)
    assert candidate.value == {"name": "B", "n": 2}


async def test_voices_of_one_seed_are_different_draws() -> None:
    voices = Voices({"a": {"name": "A", "n": 1}, "b": {"name": "A", "n": 1}})
    task = asked_for({"name": "string", "n": 0}, seed=5)
    await carry_out(Parallel(ballots("a", "b"), merge="vote"), task, voices)
    assert len({task.seed for _, task in voices.asked}) == 2


@pytest.mark.parametrize(
    "garbage", ["", "no", "[1, 2]", "null", "7", '{"price": ', '{"price": []}']
)
async def test_garbage_of_one_branch_does_not_lose_what_another_made(garbage: str) -> None:
    details = branch("details", {"name": "string"})
    node = Parallel((details, branch("other", {"price": 0.0})))
    voices = Voices({"details": {"name": "Mouse"}, "other": garbage})
    candidate, _ = await carry_out(node, asked_for({"name": "string", "price": 0.0}), voices)
    assert candidate.value["name"] == "Mouse"
