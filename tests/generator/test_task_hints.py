from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mockwright.generator.interfaces import REFERENCE_NOW, Hints
from mockwright.generator.task_hints import fill_seed, hints_of
from mockwright.rng import seed_or_drawn
from mockwright.types import Task


@pytest.mark.parametrize(("seed", "variant", "expected"), [(7, 0, 7), (7, 3, 10), (0, 0, 0)])
def test_each_variant_of_a_seed_has_its_own(seed: int, variant: int, expected: int) -> None:
    task = Task(True, seed=seed, variant=variant)
    assert fill_seed(task) == task.variant_seed == expected


def test_without_a_seed_each_time_is_another() -> None:
    task = Task(True, variant=3)
    assert task.variant_seed is None
    drawn = {fill_seed(task) for _ in range(20)} | {seed_or_drawn(None) for _ in range(20)}
    assert len(drawn) == 40
    assert all(0 <= seed < 2**53 for seed in drawn)


def test_what_a_task_says_is_told() -> None:
    task = Task(
        True,
        method="POST",
        path="/users",
        query=(("q", "x"),),
        input={"name": "Ann"},
        prompt="cats",
        seed=1,
        locale="de",
    )
    assert hints_of(task) == Hints(
        "POST", "/users", (("q", "x"),), "cats", "de", REFERENCE_NOW, {"name": "Ann"}
    )


def test_dates_count_from_now_where_there_is_no_seed() -> None:
    assert abs(hints_of(Task(True)).now - datetime.now(UTC)) < timedelta(minutes=1)
