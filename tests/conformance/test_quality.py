"""The parts of an answer's quality, what is made of lists, and what is worth building on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.conformance.long_list import (
    assigned_fields,
    identities,
    long_list,
    refers_back,
    with_items,
)
from mockwright.conformance.prune import prune
from mockwright.conformance.quality import parts, weigh
from mockwright.prompting.tokens import count_tokens
from mockwright.settings import QualityWeights
from mockwright.shapes.parse import parse_shape, with_count
from mockwright.shapes.rules.parse import parse_rules
from mockwright.types import MISSING, Task
from tests.conformance.test_overlay import VALUES

PERSON: Any = parse_shape({"name": "string", "email": "email", "tags": ["string"]}).schema
GOOD = {"name": "Ann Lee", "email": "ann.lee@example.com", "tags": ["a", "b"]}


def part(name: str, value: Any, schema: Any = PERSON, **more: Any) -> float | None:
    return parts(value, schema, conformance=1.0, **more).get(name)


def test_a_good_answer_is_good_in_every_part() -> None:
    found = parts(GOOD, PERSON, conformance=1.0, rules=2, judge=1.0)
    assert set(found) == {
        "conformance", "completeness", "formats", "rules", "uniqueness", "consistency", "judge",
    }  # fmt: skip
    assert set(found.values()) == {1.0}
    assert weigh(found, QualityWeights().model_dump()) == 1.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("completeness", {**GOOD, "name": ""}),
        ("completeness", {**GOOD, "name": "string"}),
        ("completeness", {**GOOD, "tags": []}),
        ("completeness", {"name": "Ann"}),
        ("formats", {**GOOD, "email": "no address"}),
        ("uniqueness", {**GOOD, "tags": ["a", "a"]}),
        ("consistency", {**GOOD, "email": "bob@example.com"}),
    ],
)
def test_each_fault_costs_its_part(name: str, value: Any) -> None:
    found = part(name, value)
    assert found is not None
    assert found < 1


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ({"createdAt": "2024-01-01", "updatedAt": "2024-02-01"}, True),
        ({"createdAt": "2024-03-01", "updatedAt": "2024-02-01"}, False),
        ({"items": [{"quantity": 2, "price": 3.0}], "total": 6.0}, True),
        ({"items": [{"quantity": 2, "price": 3.0}], "total": 7.0}, False),
        ({"city": "Seattle", "state": "WA", "country": "United States"}, True),
        ({"city": "Seattle", "state": "TX"}, False),
        ({"city": "Paris", "country": "Germany"}, False),
    ],
)
def test_what_goes_together_is_checked(value: Any, good: bool) -> None:
    assert (part("consistency", value, True) == 1.0) is good


def test_rules_count_by_how_many_hold() -> None:
    assert part("rules", GOOD, rules=4, rules_broken=1) == 0.75
    assert part("rules", GOOD) is None


@given(VALUES, st.floats(0, 1))
def test_any_value_has_parts_between_0_and_1(value: Any, conformance: float) -> None:
    found = parts(value, PERSON, conformance=conformance)
    assert all(0 <= share <= 1 for share in found.values())
    assert 0 <= weigh(found, QualityWeights().model_dump()) <= 1


def test_parts_that_count_for_nothing_do_not_matter() -> None:
    assert weigh({"conformance": 0.5, "judge": 0.0}, {"conformance": 1, "judge": 0}) == 0.5
    assert weigh({}, {"conformance": 1}) == 1.0


@given(VALUES)
def test_what_is_pruned_breaks_nothing_but_may_lack_something(value: Any) -> None:
    kept = prune(value, PERSON)
    assert kept is MISSING or isinstance(kept, dict)
    if kept is not MISSING:
        assert prune(kept, PERSON) == kept


def test_only_what_is_broken_is_pruned() -> None:
    assert prune({**GOOD, "name": 7}, PERSON) == {k: v for k, v in GOOD.items() if k != "name"}
    assert prune({**GOOD, "tags": ["a", 1]}, PERSON) == {**GOOD, "tags": ["a"]}
    assert prune([1], PERSON) is MISSING


LIST = parse_shape({"page": 1, "users": [{"id": 0, "sku": "string", "name": "string"}]})


def test_the_long_list_is_the_one_of_fixed_length() -> None:
    assert long_list(LIST.schema) is None
    counted = with_count(LIST, 40).schema
    assert long_list(counted) == (("users",), 40)
    assert long_list(with_items(counted, ("users",), 7)) == (("users",), 7)


def test_what_tells_items_apart_is_laid_down_for_all() -> None:
    task = Task(schema=with_count(LIST, 50).schema, seed=3)
    made = identities(task, ("users",), 50)
    assert [list(item) for item in made[:1]] == [["id", "sku"]]
    assert len({item["id"] for item in made}) == 50
    assert len({item["sku"] for item in made}) == 50
    assert identities(task, ("users",), 50) == made
    other = identities(replace(task, variant=1), ("users",), 50)
    assert not {item["sku"] for item in other} & {item["sku"] for item in made}
    given = replace(task, input={"id": 1}, prompt="cats", method="POST")
    assert identities(given, ("users",), 50) == made


def test_fields_that_rules_want_unique_are_laid_down_too() -> None:
    items: Any = {"properties": {"name": {"type": "string"}, "n": {"enum": [1]}}}
    rules = parse_rules(({"path": "users.*.name", "op": "unique", "value": True},))
    assert assigned_fields(items, rules) == ["name"]
    assert assigned_fields(items, ()) == []
    assert assigned_fields(True, ()) == []


def test_items_that_speak_of_others_are_known_by_their_names() -> None:
    assert refers_back({"properties": {"parentId": {}}})
    assert not refers_back({"properties": {"name": {}}})


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("hello world", 2), ("<|endoftext|>", 7), ("\ud800", 1)]
)
def test_tokens_are_counted_in_any_text(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def test_a_huge_text_is_counted_by_its_start() -> None:
    assert count_tokens("word " * 1_000_000) == pytest.approx(1_000_000, rel=0.01)
