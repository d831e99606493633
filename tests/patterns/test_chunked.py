"""Long lists in pieces: exact, in order, nothing twice, a failing piece made again alone."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from mockwright.conformance.long_list import items_at, long_list
from mockwright.errors import TransportError
from mockwright.shapes.parse import parse_shape, with_count
from mockwright.types import Chunked, Pipeline, Single, Stage, Task
from tests.patterns.voices import Voices, carry_out

SHAPE = parse_shape({"users": [{"id": 0, "name": "string"}], "page": 1})
_NUMBERS = count()


def task_of(total: int, **more: Any) -> Task:
    return Task(schema=with_count(SHAPE, total).schema, **more)


def chunked(total: int, size: int, **more: Any) -> Chunked:
    return Chunked(Single(("m",), reasks=0), ("users",), total, size, **more)


def many(task: Task) -> Any:
    """As many users as the schema asks for, all with the same ids in every piece."""
    found = long_list(task.schema)
    assert found is not None
    users = [{"id": i + 1, "name": f"User {next(_NUMBERS)}"} for i in range(found[1])]
    return {"users": users, "page": 1}


async def test_a_long_list_is_exact_in_order_and_without_colliding_ids() -> None:
    voices = Voices({"m": many})
    candidate, trace = await carry_out(chunked(100, 15), task_of(100, seed=1), voices)
    users = candidate.value["users"]
    assert len(users) == 100
    assert len({user["id"] for user in users}) == 100
    assert [user["id"] for user in users] == sorted(user["id"] for user in users)
    assert candidate.remaining == ()
    assert len(voices.asked) == 7
    assert trace.progress == (100, 100)
    assert candidate.value["page"] == 1


async def test_each_piece_is_told_which_it_is_and_what_its_items_are_called() -> None:
    voices = Voices({"m": many})
    await carry_out(chunked(10, 4), task_of(10, seed=1), voices, parallel=1)
    last: Any = voices.asked[-1][1]
    assert last.background["items"] == {"from": 9, "to": 10, "of": 10}
    assert len(last.input["users"]) == 2
    assert len({task.seed for _, task in voices.asked}) == 3


async def test_a_piece_that_fails_is_made_again_alone() -> None:
    voices = Voices({"m": [TransportError("gone"), many]})
    candidate, trace = await carry_out(chunked(30, 10), task_of(30), voices, parallel=1)
    assert len(voices.asked) == 4
    assert len(candidate.value["users"]) == 30
    assert any("items 1 to 10 failed" in note for note in trace.notes)


async def test_where_every_piece_fails_the_failure_is_raised() -> None:
    with pytest.raises(TransportError):
        await carry_out(chunked(30, 10), task_of(30), Voices({}))


async def test_the_items_of_a_piece_that_fails_twice_are_left_to_be_filled() -> None:
    lost = TransportError("gone")
    voices = Voices({"m": [many, lost, many, lost]})
    candidate, trace = await carry_out(chunked(30, 10), task_of(30), voices, parallel=1)
    users = candidate.value["users"]
    assert len(users) == 30
    assert [i for i, user in enumerate(users) if "name" not in user] == list(range(10, 20))
    assert candidate.remaining
    assert any("failed again" in note for note in trace.notes)


async def test_items_that_repeat_an_earlier_one_are_made_anew() -> None:
    voices = Voices({"m": {"users": [{"id": 1, "name": "Same"}] * 5, "page": 1}})
    candidate, _ = await carry_out(chunked(10, 5), task_of(10), voices)
    named = [user for user in candidate.value["users"] if user.get("name") == "Same"]
    assert len(named) == 1
    assert len(candidate.value["users"]) == 10


async def test_an_answer_that_was_cut_off_is_asked_for_in_halves() -> None:
    def short(task: Task) -> Any:
        found = long_list(task.schema)
        assert found is not None
        return many(task) if found[1] <= 5 else '{"users": [{"id": 1, "name": "A"}, {"id'

    voices = Voices({"m": short}, finish="length")
    candidate, trace = await carry_out(chunked(20, 10), task_of(20), voices)
    assert len(candidate.value["users"]) == 20
    assert candidate.remaining == ()
    assert any("halved" in note for note in trace.notes)


async def test_items_that_speak_of_others_are_made_in_order() -> None:
    voices = Voices({"m": many})
    await carry_out(chunked(9, 3, ordered=True), task_of(9), voices)
    told: list[Any] = [task.background for _, task in voices.asked]
    before = [known.get("items before") for known in told]
    assert before[0] is None
    assert [len(items or ()) for items in before[1:]] == [2, 2]


async def test_what_the_input_says_of_items_is_kept_in_its_piece() -> None:
    given = {"users": [{"id": 500 + i} for i in range(6)]}
    candidate, _ = await carry_out(chunked(6, 2), task_of(6, input=given), Voices({"m": many}))
    assert [user["id"] for user in candidate.value["users"]] == [500 + i for i in range(6)]


async def test_the_stages_of_a_flow_make_each_piece() -> None:
    whole = task_of(10)
    stages = tuple(Stage(name, Single((name,), reasks=0), whole.schema) for name in ("a", "b"))
    node = Chunked(Pipeline(stages), ("users",), 10, 4)
    voices = Voices({"a": many, "b": many})
    candidate, _ = await carry_out(node, whole, voices)
    assert len(candidate.value["users"]) == 10
    assert len(voices.asked) == 6
    sizes = sorted({(long_list(task.schema) or ((), 0))[1] for _, task in voices.asked})
    assert sizes == [2, 4]


async def test_what_the_items_took_is_learned() -> None:
    learned: list[tuple[Any, int, int]] = []
    await carry_out(
        chunked(10, 5),
        task_of(10),
        Voices({"m": many}),
        learn=lambda *told: learned.append(told),
    )
    assert learned == [(items_at(SHAPE.schema, ("users",)), 5, 20)] * 2
