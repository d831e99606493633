"""What a flow must neither lose nor claim, whatever its parts do."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from mockwright.patterns.context import Budget
from mockwright.planning.plan_tree import calls
from mockwright.shapes.parse import parse_shape, with_count
from mockwright.shapes.rules.cel import parse_condition
from mockwright.shapes.rules.parse import parse_rules
from mockwright.types import (
    Chunked,
    Completion,
    Json,
    Loop,
    Parallel,
    Pipeline,
    PlanNode,
    Single,
    Stage,
    Task,
)
from tests.patterns.voices import Voices, asked_for, carry_out, shaped

PERSON = {"name": "string", "email": "email"}
ANN = {"name": "Ann Lee", "email": "ann.lee@example.com"}
AGED = {"name": "string", "age": "int"}


def one(name: str) -> Single:
    return Single((name,), reasks=0)


def stage(name: str, example: Any = None, **more: Any) -> Stage:
    schema = None if example is None else shaped(example)
    return Stage(name, one(name), schema=schema, **more)


def sized(example: Any, count: int) -> Json:
    return with_count(parse_shape(example), count).schema


@pytest.mark.parametrize(
    ("revise", "example", "first", "second", "value"),
    [
        (("email",), PERSON, ANN, {**ANN, "email": "n@example.com"},
         {**ANN, "email": "n@example.com"}),
        ((), PERSON, ANN, {"name": "Bob"}, {**ANN, "name": "Bob"}),
        (("users", "*", "email"), {"users": [PERSON]}, {"users": [ANN]},
         {"users": [{"email": "n@example.com"}]},
         {"users": [{**ANN, "email": "n@example.com"}]}),
        (("tags",), {"n": "string", "tags": ["string"]}, {"n": "x", "tags": ["a", "b", "c"]},
         {"n": "y", "tags": ["d"]}, {"n": "x", "tags": ["d"]}),
        (("tags",), {"n": "string", "tags": ["string"]}, {"n": "x", "tags": ["a"]},
         {"n": "y"}, {"n": "x", "tags": ["a"]}),
    ],
)  # fmt: skip
async def test_what_may_be_revised_is_as_the_later_stage_says(
    revise: Any, example: Any, first: Json, second: Json, value: Json
) -> None:
    stages = (stage("a", example), stage("b", example, revise=(revise,)))
    voices = Voices({"a": first, "b": second})
    candidate, _ = await carry_out(Pipeline(stages), asked_for(example), voices)
    assert candidate.value == value


@pytest.mark.parametrize("pattern", [Pipeline, Parallel])
async def test_a_stage_s_own_rule_is_told_where_it_is_still_broken(pattern: Any) -> None:
    (rule,) = parse_rules(("age is between 40 and 50",))
    only = stage("a", AGED, rules=(rule.text,), checks=(rule,))
    voices = Voices({"a": {"name": "x", "age": 30}})
    candidate, _ = await carry_out(pattern((only,)), asked_for(AGED), voices)
    assert [violation.code for violation in candidate.remaining] == ["rule"]


@pytest.mark.parametrize("merge", ["best", "vote", "first"])
async def test_a_branch_whose_acceptance_cannot_be_told_is_one_voice_less(merge: Any) -> None:
    accept = parse_condition("result.score > 3")
    node = Parallel((stage("a"), stage("b")), merge, accept=accept)
    schema = {"type": "object", "properties": {"score": {"type": "integer"}}}
    voices = Voices({"a": {"name": "none"}, "b": {"score": 9}}, delays={"b": 0.01})
    candidate, _ = await carry_out(node, Task(schema=schema), voices)
    assert candidate.value == {"score": 9}


async def test_the_best_answer_is_not_one_of_placeholders() -> None:
    example = {"name": "string", "bio": "string"}
    voices = Voices({"a": {"name": "N/A", "bio": "string"}, "b": {"name": "Ann", "bio": "Bakes"}})
    node = Parallel((stage("a"), stage("b")), "best")
    candidate, _ = await carry_out(node, asked_for(example), voices)
    assert candidate.value["name"] == "Ann"


async def test_what_is_paid_for_stays_where_the_money_ends() -> None:
    branches = tuple(stage(name, {name: "string"}) for name in "abc")
    voices = Voices({name: {name: "1"} for name in "abc"}, cost=0.4, delays={"c": 0.01})
    budget = Budget(1.0)
    candidate, _ = await carry_out(
        Parallel(branches), asked_for(dict.fromkeys("abc", "string")), voices,
        budget=budget, price=lambda task, backends: 0.4,
    )  # fmt: skip
    assert len(candidate.value) == 2
    assert budget.spent == pytest.approx(0.8)


async def test_a_version_that_nobody_could_judge_does_not_take_the_place_of_one_that_was() -> None:
    said = {"score": 0.5, "issues": [{"path": "name", "problem": "dull"}]}
    voices = Voices({"gen": ANN, "judge": [said, "no verdict"], "fix": {"name": "Zzzz"}})
    node = Loop(one("gen"), one("fix"), judge=one("judge"), max_iterations=2)
    candidate, trace = await carry_out(node, asked_for(PERSON), voices)
    assert candidate.value == ANN
    assert any("could not be judged" in note for note in trace.notes)


async def test_the_same_correction_twice_ends_the_loop_though_it_was_dropped() -> None:
    def judged(task: Task) -> Json:
        background: Any = task.background
        good = background["answer"]["name"] == "Ann Lee"
        issues = [{"path": "name", "problem": "dull"}]
        return {"score": 0.3 if good else 0.1, "issues": issues}

    voices = Voices({"gen": ANN, "judge": judged, "fix": {"name": "Zzzz"}})
    node = Loop(one("gen"), one("fix"), judge=one("judge"), max_iterations=8)
    candidate, _ = await carry_out(node, asked_for(PERSON), voices)
    assert candidate.value == ANN
    assert voices.order.count("fix") <= 3


@pytest.mark.parametrize("wrap", [lambda s: Pipeline((s,)), lambda s: Parallel((s,))])
async def test_a_corrector_may_be_a_flow(wrap: Any) -> None:
    bad = {"score": 0.1, "issues": [{"path": "name", "problem": "dull"}]}
    voices = Voices(
        {"gen": ANN, "judge": [bad, {"score": 0.95, "issues": []}], "fix": {**ANN, "name": "Bo"}}
    )
    corrector: PlanNode = wrap(stage("fix", PERSON))
    node = Loop(one("gen"), corrector, judge=one("judge"), max_iterations=2)
    candidate, _ = await carry_out(node, asked_for(PERSON), voices)
    assert candidate.value == {**ANN, "name": "Bo"}


async def test_a_condition_that_cannot_be_told_in_a_corrector_costs_only_the_correction() -> None:
    bad = {"score": 0.1, "issues": [{"path": "name", "problem": "dull"}]}
    guarded = stage("fix", PERSON, when=parse_condition("result.nothing > 1"))
    node = Loop(one("gen"), Pipeline((guarded,)), judge=one("judge"))
    voices = Voices({"gen": ANN, "judge": bad, "fix": ANN})
    candidate, trace = await carry_out(node, asked_for(PERSON), voices)
    assert candidate.value == ANN
    assert any("no correction" in note for note in trace.notes)


async def test_a_vote_does_not_break_a_rule_that_every_voter_held() -> None:
    (rule,) = parse_rules(({"cel": "result.x + result.y + result.z == 10"},))
    example = {"x": "int", "y": "int", "z": "int"}
    said = {"a": {"x": 10, "y": 0, "z": 0}, "b": {"x": 0, "y": 10, "z": 0},
            "c": {"x": 0, "y": 0, "z": 10}}  # fmt: skip
    node = Parallel(tuple(stage(name) for name in "abc"), "vote")
    task = asked_for(example, checks=(rule,), rules=(rule.text,))
    candidate, _ = await carry_out(node, task, Voices(said))
    assert candidate.remaining == ()
    assert candidate.value in said.values()


@pytest.mark.parametrize("slow", ["a", "c"])
async def test_a_vote_does_not_hang_on_who_was_slow(slow: str) -> None:
    said = {"a": {"t": ["b", "a"]}, "b": {"t": ["a", "b"]}, "c": {"t": ["a", "b"]}}
    node = Parallel(tuple(stage(name) for name in "abc"), "vote")
    voices = Voices(said, delays={slow: 0.03})
    candidate, _ = await carry_out(node, asked_for({"t": ["string"]}, seed=7), voices)
    assert candidate.value == {"t": ["a", "b"]}


def many(key: str, make: Any) -> Any:
    def said(task: Task) -> Json:
        schema: Any = task.schema
        return {key: [make() for _ in range(schema["properties"][key]["minItems"])]}

    return said


async def test_numbers_and_chosen_words_repeat_in_a_long_list_as_in_life() -> None:
    rolls, flags = cycle([1, 2]), cycle(["on", "off"])
    voices = Voices({"m": many("rolls", lambda: next(rolls))})
    node = Chunked(one("m"), ("rolls",), 6, 2)
    task = Task(schema=sized({"rolls": ["int 1..6"]}, 6))
    candidate, _ = await carry_out(node, task, voices)
    assert candidate.value["rolls"] == [1, 2, 1, 2, 1, 2]
    voices = Voices({"m": many("flags", lambda: {"status": next(flags)})})
    node = Chunked(one("m"), ("flags",), 6, 2)
    task = Task(schema=sized({"flags": [{"id": 0, "status": "on|off"}]}, 6), seed=1)
    candidate, _ = await carry_out(node, task, voices)
    assert [flag["status"] for flag in candidate.value["flags"]] == ["on", "off"] * 3


async def test_the_input_s_items_are_those_of_the_first_pieces_alone() -> None:
    names = iter("PQRSTUVWXYZ")
    users = {"users": [{"id": 0, "name": "string"}]}
    given = {"users": [{"id": 3, "name": "A"}, {"name": "B"}]}
    voices = Voices({"m": many("users", lambda: {"name": next(names)})})
    task = Task(schema=sized(users, 4), input=given, seed=7)
    candidate, _ = await carry_out(Chunked(one("m"), ("users",), 4, 2), task, voices)
    found = candidate.value["users"]
    assert [user["name"] for user in found[:2]] == ["A", "B"]
    assert {"A", "B"}.isdisjoint(user["name"] for user in found[2:])
    assert found[0]["id"] == 3
    assert len({user["id"] for user in found}) == 4
    voices = Voices({"m": many("tags", lambda: next(names))})
    task = Task(schema=sized({"tags": ["string"]}, 4), input={"tags": ["A", "B"]})
    candidate, _ = await carry_out(Chunked(one("m"), ("tags",), 4, 2), task, voices)
    assert candidate.value["tags"][:2] == ["A", "B"]


class CutOff(Voices):
    """A model that manages two items at a time."""

    async def __call__(self, task: Task, backends: Any) -> Completion:
        done = await super().__call__(task, backends)
        schema: Any = task.schema
        if schema["properties"]["users"]["minItems"] <= 2:
            return done
        return replace(done, finish_reason="length", text=done.text[: len(done.text) // 2])


async def test_halving_is_no_reason_to_run_out_of_calls() -> None:
    names = iter(range(999))
    node = Chunked(one("m"), ("users",), 16, 8)
    voices = CutOff({"m": many("users", lambda: {"name": f"N{next(names)}"})})
    task = Task(schema=sized({"users": [{"name": "string"}]}, 16))
    candidate, _ = await carry_out(node, task, voices, budget=Budget(None, calls(node)))
    assert len(candidate.value["users"]) == 16
    assert candidate.remaining == ()


async def test_each_run_of_a_stage_is_charged_with_its_own_calls_alone() -> None:
    names = iter(range(99))
    schema = sized({"users": [{"name": "string"}]}, 8)
    inner = Pipeline((Stage("g", one("m"), schema=schema),))
    voices = Voices({"m": many("users", lambda: {"name": f"N{next(names)}"})}, cost=1.0)
    _, trace = await carry_out(Chunked(inner, ("users",), 8, 2), Task(schema=schema), voices)
    assert [(record.calls, record.cost_usd) for record in trace.stages] == [(1, 1.0)] * 4
    branches = (stage("a", {"x": "string"}), Stage("a.b", one("b"), schema=shaped({"y": "string"})))
    voices = Voices({"a": {"x": "1"}, "b": {"y": "2"}}, delays={"a": 0.01})
    _, trace = await carry_out(
        Parallel(branches), asked_for({"x": "string", "y": "string"}), voices
    )
    assert [record.calls for record in trace.stages] == [1, 1]
