"""Asking again: which parts, in what words, and what becomes of the answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.conformance.reask import MAX_PLACES, graft, reask
from mockwright.conformance.verify import complete, verify
from mockwright.errors import UnsatisfiableError
from mockwright.generator import generate
from mockwright.generator.interfaces import Hints
from mockwright.prompting.reduce_schema import reduce_schema
from mockwright.prompting.render import render
from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape
from mockwright.types import MISSING, Candidate, Completion, Json, JsonObject, Task
from tests.strategies import garbage, schemas

USERS = parse_shape(
    {"users": [{"id": 0, "name": "string 1..40", "email": "email", "role": "admin|member"}]}
).schema
TASK = Task(schema=USERS, path="/users")
ADA = {"id": 1, "name": "Ada", "email": "ada@example.com", "role": "admin"}


def answered(value: Json, task: Task = TASK) -> Candidate:
    return verify(Completion(backend="b", provider="p", model="m", value=value), task)


def asked(value: Json, task: Task = TASK) -> Task:
    return reask(answered(value, task), task)


def mended(value: Json, answer: Json, task: Task = TASK) -> Candidate:
    best = answered(value, task)
    again = reask(best, task)
    return graft(best, answered(answer, again), again, task)


def paths(task: Task) -> list[tuple[str | int, ...]]:
    return [place.path for place in task.places]


def test_a_missing_member_and_a_bad_leaf_are_the_smallest_places() -> None:
    again = asked(
        {"users": [ADA, {"id": 2, "name": "Bo", "email": "bo", "role": "boss"}, {"id": 3}]}
    )
    assert paths(again) == [
        ("users", 1, "email"),
        ("users", 1, "role"),
        ("users", 2, "email"),
        ("users", 2, "name"),
        ("users", 2, "role"),
    ]
    assert [place.key for place in again.places] == ["email", "role", "email_2", "name", "role_2"]


def test_a_place_is_told_with_what_stands_beside_it_once() -> None:
    again = asked({"users": [{**ADA, "email": "x", "role": 5}]})
    first, second = again.places
    assert first.beside == {"id": 1, "name": "Ada"}
    assert second.beside is None
    assert first.now == "x"


def test_the_schema_asks_for_the_places_alone() -> None:
    again = asked({"users": [{**ADA, "email": "x"}]})
    schema = compile_schema(again.schema)
    assert schema.is_valid({"email": "ada@example.com"})
    assert not schema.is_valid({"email": "x"})
    assert not schema.is_valid({})
    assert not schema.is_valid(ADA)


def test_the_answers_are_put_in_their_places_and_on_record() -> None:
    best = {"users": [ADA, {"id": 2, "name": "Bo", "email": "bo", "role": "member"}]}
    result = mended(best, {"email": "bo@example.com"})
    assert result.value["users"][1]["email"] == "bo@example.com"
    assert result.value["users"][0] == ADA
    assert result.remaining == ()
    assert [(r.pointer, r.kind, r.before, r.after) for r in result.repairs] == [
        ("/users/1/email", "reasked", "bo", "bo@example.com")
    ]
    assert result.verdict.quality == 1
    assert result.verdict.violations, "the first answer was not good"


def test_what_is_coerced_in_a_second_answer_is_on_record_in_its_place() -> None:
    result = mended({"users": [{**ADA, "role": "boss"}]}, {"role": "MEMBER"})
    assert result.value["users"][0]["role"] == "member"
    assert [(r.pointer, r.kind) for r in result.repairs] == [
        ("/users/0/role", "reasked"),
        ("/users/0/role", "coerced"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"users": [{**ADA, "email": "new@example.com"}]},
        "new@example.com",
        {"email": "new@example.com", "users": []},
    ],
    ids=["the whole again", "the bare value", "and more"],
)
def test_an_answer_in_another_form_is_understood(answer: Json) -> None:
    result = mended({"users": [{**ADA, "email": "x"}]}, answer)
    assert result.value == {"users": [{**ADA, "email": "new@example.com"}]}


def test_a_second_answer_that_is_no_better_changes_nothing_and_is_filled() -> None:
    result = mended({"users": [{**ADA, "email": "x"}]}, {"email": "y"})
    assert result.value["users"][0]["email"] == "x"
    done = complete(result, TASK, 1, Hints())
    assert compile_schema(USERS).is_valid(done.value)
    assert done.filled == 1


def test_the_values_of_the_input_outlive_a_re_ask() -> None:
    task = replace(TASK, input={"users": [{"id": 1, "name": "Ada"}], "email": "unrelated"})
    again = asked({"users": [{"id": 1, "name": "Bob", "email": "x", "role": "admin"}]}, task)
    assert paths(again) == [("users", 0, "email")]
    result = mended({"users": [{**ADA, "email": "x"}]}, {"email": "ada@example.com"}, task)
    assert result.value == {"users": [ADA]}


@pytest.mark.parametrize("value", [None, 5, [], {}, "text", {"users": 7}, {"x": [1]}])
def test_what_is_wrong_throughout_is_asked_for_as_a_whole_or_as_its_one_member(value: Json) -> None:
    again = asked(value)
    assert paths(again) in ([], [("users",)], [("users", 0)])


def test_places_inside_a_broken_place_are_asked_with_it() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "array", "items": {"type": "integer"}, "minItems": 4},
            "b": {"type": "string"},
        },
    }
    task = Task(schema=schema)
    assert paths(asked({"a": [1, "x"], "b": "good"}, task)) == [("a",)]


def test_the_closest_branch_of_a_choice_says_what_is_asked() -> None:
    card: JsonObject = {
        "type": "object",
        "properties": {"kind": {"const": "card"}, "number": {"type": "string"}},
        "required": ["kind", "number"],
    }
    schema = {"properties": {"pay": {"oneOf": [{"type": "null"}, card]}}, "type": "object"}
    again = asked({"pay": {"kind": "card"}}, Task(schema=schema))
    assert paths(again) == [("pay", "number")]


@pytest.mark.parametrize("base", [{}, {"$id": "https://example.com/tree"}])
def test_references_are_kept_and_definitions_that_none_uses_left_out(base: JsonObject) -> None:
    schema = {
        **base,
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"v": {"type": "integer"}, "next": {"$ref": "#/$defs/node"}},
                "required": ["v"],
            },
            "unused": {"type": "string", "description": "of no use"},
        },
        "type": "object",
        "properties": {"head": {"$ref": "#/$defs/node"}, "tail": {"$ref": "#/$defs/node"}},
        "required": ["head", "tail"],
    }
    task = Task(schema=schema)
    best = {"head": {"v": 1, "next": {"v": "x", "next": 3}}}
    again = asked(best, task)
    assert paths(again) == [("head", "next", "next"), ("head", "next", "v"), ("tail",)]
    assert "of no use" not in str(again.schema)
    assert not compile_schema(again.schema).is_valid({"next": {"v": "s"}, "v": 1, "tail": {"v": 1}})
    result = mended(best, {"next": {"v": 3}, "v": 2, "tail": {"v": 9}}, task)
    assert result.value == {"head": {"v": 1, "next": {"v": 2, "next": {"v": 3}}}, "tail": {"v": 9}}


def test_a_schema_that_refers_to_itself_as_a_whole_is_kept_whole() -> None:
    schema = {
        "type": "object",
        "properties": {"v": {"type": "integer"}, "next": {"$ref": "#"}},
        "required": ["v"],
    }
    again = asked({"v": 1, "next": {"next": {"v": 2}}}, Task(schema=schema))
    assert paths(again) == [("next", "v")]
    whole = mended({"v": 1, "next": [5]}, {"next": {"v": 2, "next": {"v": 3}}}, Task(schema=schema))
    assert whole.value == {"v": 1, "next": {"v": 2, "next": {"v": 3}}}


def test_so_many_places_are_asked_for_and_no_more() -> None:
    again = asked({"users": [{**ADA, "email": "x"} for _ in range(60)]})
    assert len(again.places) == MAX_PLACES
    assert len({place.key for place in again.places}) == MAX_PLACES


def test_a_huge_answer_makes_no_huge_prompt() -> None:
    value = {"users": [{**ADA, "name": "n" * 10_000, "email": "e" * 10_000, "role": "r" * 10_000}]}
    prompt = render(asked({"users": value["users"] * 30}), "prompt", "plain")
    assert len(prompt.user) < 60_000


@pytest.mark.parametrize("name", ["a b", "</place>", "ü" * 200, "", "x/y~z", "$ref", "properties"])
def test_any_name_can_be_asked_for(name: str) -> None:
    schema = {"type": "object", "properties": {"n": {}, name: {"type": "integer"}}}
    task = Task(schema={**schema, "required": [name]})
    again = asked({"n": 1}, task)
    assert paths(again) == [(name,)]
    assert mended({"n": 1}, {again.places[0].key: 5}, task).value == {"n": 1, name: 5}
    assert "</place>" not in render(again, "prompt", "plain").user.replace("}</place>", "")


@pytest.mark.parametrize("dialect", ["openai", "azure", "anthropic", "llamacpp", "ollama"])
def test_every_dialect_takes_the_schema_of_the_parts(dialect: str) -> None:
    again = asked({"users": [{**ADA, "email": "x"}, {"id": 2}]})
    reduced = reduce_schema(again.schema, dialect)  # type: ignore[arg-type]  # of a parameter list
    assert isinstance(reduced.schema, dict)
    assert list(reduced.schema["properties"]) == [place.key for place in again.places]
    assert not reduced.wrapped


@given(schemas(), garbage(), garbage())
@settings(max_examples=150)
def test_whatever_is_answered_a_re_ask_makes_nothing_worse(
    schema: JsonObject, value: Json, answer: Json
) -> None:
    task = Task(schema=schema)
    best = answered(value, task)
    again = reask(best, task)
    if not again.places:
        assert again.schema is schema
        return
    for reply in (answer, {place.key: answer for place in again.places}):
        result = graft(best, answered(reply, again), again, task)
        assert len(result.remaining) <= len(best.remaining)
        assert compile_schema(schema).is_valid(complete(result, task, 1, Hints()).value)


@given(schemas(), garbage(), st.integers(0, 99))
@settings(max_examples=150)
def test_a_model_that_does_as_it_is_told_mends_what_it_is_asked(
    schema: JsonObject, value: Json, seed: int
) -> None:
    task = Task(schema=schema)
    best = answered(value, task)
    again = reask(best, task)
    if not again.places or len(again.places) == MAX_PLACES:
        return
    try:
        answer = generate(again.schema, seed=seed)
    except UnsatisfiableError:
        return
    result = graft(best, answered(answer, again), again, task)
    assert len(result.remaining) <= len(best.remaining)
    assert any(repair.kind == "reasked" for repair in result.repairs) or result.value == best.value


def test_nothing_that_was_read_is_not_shown_as_an_answer() -> None:
    nothing = verify(Completion(backend="b", provider="p", model="m", text="no"), TASK)
    assert reask(nothing, TASK).previous is MISSING
