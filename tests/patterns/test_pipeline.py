"""Stages that build on each other: what is kept, what may change, what becomes of failures."""

from __future__ import annotations

from typing import Any

import pytest

from mockwright.conformance.overlay import grow
from mockwright.errors import GuardError, OverBudgetError, TransportError
from mockwright.patterns.context import Budget
from mockwright.shapes.rules.cel import parse_condition
from mockwright.shapes.rules.parse import parse_rules
from mockwright.types import Pipeline, Single, Stage
from tests.patterns.voices import Voices, asked_for, carry_out, shaped

NAME: Any = shaped({"name": "string"})
WHOLE: Any = shaped({"name": "string", "city": "string", "age": 0})
TASK = asked_for({"name": "string", "city": "string", "age": 0})


def stage(name: str, schema: Any = None, **more: Any) -> Stage:
    return Stage(name, Single((name,), reasks=0), schema, **more)


def flow(*stages: Stage) -> Pipeline:
    return Pipeline(stages)


async def test_a_stage_sees_what_was_made_before_it_and_adds_to_it() -> None:
    voices = Voices({"a": {"name": "Ann"}, "b": {"name": "Ann", "city": "Oslo", "age": 3}})
    candidate, trace = await carry_out(flow(stage("a", NAME), stage("b", WHOLE)), TASK, voices)
    assert candidate.value == {"name": "Ann", "city": "Oslo", "age": 3}
    assert voices.asked[1][1].input == {"name": "Ann"}
    assert [record.stage for record in trace.stages] == ["a", "b"]
    assert [done.stage for done in candidate.completions] == ["a", "b"]


async def test_a_later_stage_does_not_change_what_an_earlier_one_made() -> None:
    voices = Voices({"a": {"name": "Ann"}, "b": {"name": "Bob", "city": "Oslo", "age": 3}})
    candidate, _ = await carry_out(flow(stage("a", NAME), stage("b", WHOLE)), TASK, voices)
    assert candidate.value["name"] == "Ann"
    assert any(repair.kind == "kept-input" for repair in candidate.repairs)


async def test_what_a_stage_may_revise_it_may_change() -> None:
    voices = Voices({"a": {"name": "Ann"}, "b": {"name": "Bob", "city": "Oslo", "age": 3}})
    node = flow(stage("a", NAME), stage("b", WHOLE, revise=(("name",),)))
    candidate, _ = await carry_out(node, TASK, voices)
    assert candidate.value["name"] == "Bob"
    assert voices.asked[1][1].background == {"so far": {"name": "Ann"}}


@pytest.mark.parametrize("said", [{"name": 7, "city": "Oslo"}, {"city": "Oslo", "age": 3}, "junk"])
async def test_a_revision_that_is_broken_leaves_what_was_there(said: Any) -> None:
    schema: Any = {
        "type": "object",
        "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "age": {"type": "integer"}},
        "required": ["name"],
    }
    voices = Voices({"a": {"name": "Ann"}, "b": said})
    node = flow(stage("a", schema), stage("b", schema, revise=(("name",),)))
    candidate, _ = await carry_out(node, asked_for({"name": "string"}), voices)
    assert candidate.value["name"] == "Ann"


async def test_what_a_stage_made_badly_a_later_one_may_make() -> None:
    voices = Voices(
        {"a": {"name": "Ann", "age": "old"}, "b": {"name": "X", "city": "Oslo", "age": 3}}
    )
    node = flow(stage("a", WHOLE), stage("b", WHOLE))
    candidate, _ = await carry_out(node, TASK, voices)
    assert candidate.value == {"name": "Ann", "city": "Oslo", "age": 3}


@pytest.mark.parametrize("garbage", ["", "no", "[1, 2]", '{"name": ', "null", '{"city": 9}', "7"])
async def test_garbage_of_one_stage_does_not_lose_what_another_made(garbage: str) -> None:
    voices = Voices({"a": {"name": "Ann", "city": "Oslo", "age": 3}, "b": garbage})
    candidate, _ = await carry_out(flow(stage("a", WHOLE), stage("b", WHOLE)), TASK, voices)
    assert candidate.value == {"name": "Ann", "city": "Oslo", "age": 3}
    assert candidate.remaining == ()


async def test_the_input_is_kept_over_what_any_stage_says() -> None:
    voices = Voices({"a": {"name": "Bob"}, "b": {"name": "Cid", "city": "Oslo", "age": 3}})
    task = asked_for({"name": "string", "city": "string", "age": 0}, input={"name": "Ann"})
    candidate, _ = await carry_out(flow(stage("a", NAME), stage("b", WHOLE)), task, voices)
    assert candidate.value["name"] == "Ann"


async def test_an_input_of_another_form_is_shown_to_each_stage() -> None:
    voices = Voices({"a": {"name": "Ann"}, "b": {"name": "Ann", "city": "Oslo", "age": 3}})
    task = asked_for({"name": "string", "city": "string", "age": 0}, input=["legacy", 7])
    await carry_out(flow(stage("a", NAME), stage("b", WHOLE)), task, voices)
    assert voices.asked[1][1].background == {"input": ["legacy", 7]}


@pytest.mark.parametrize(("text", "called"), [("complexity > 5", True), ("complexity > 7", False)])
async def test_a_guard_decides_whether_a_stage_is_carried_out(text: str, called: bool) -> None:
    voices = Voices({"a": {"name": "Ann", "city": "Oslo", "age": 3}, "b": {"name": "Ann"}})
    node = flow(stage("a", WHOLE), stage("b", WHOLE, when=parse_condition(text)))
    _, trace = await carry_out(node, TASK, voices, known={"complexity": 6.0})
    assert voices.order == (["a", "b"] if called else ["a"])
    assert trace.stages[1].state == ("done" if called else "skipped")


async def test_a_guard_may_ask_what_was_made_and_how_good_it_is() -> None:
    voices = Voices({"a": {"name": "Ann", "city": "Oslo", "age": 3}, "b": "x", "c": "x"})
    node = flow(
        stage("a", WHOLE),
        stage("b", WHOLE, when=parse_condition("result.age > 5")),
        stage("c", WHOLE, when=parse_condition("quality < 0.5")),
    )
    await carry_out(node, TASK, voices)
    assert voices.order == ["a"]


async def test_a_guard_that_cannot_be_decided_fails_the_stage() -> None:
    voices = Voices({"a": {"name": "Ann"}, "b": "x"})
    guard = parse_condition("result.nothing.there == 1")
    with pytest.raises(GuardError):
        await carry_out(flow(stage("a", NAME), stage("b", WHOLE, when=guard)), TASK, voices)
    skipped = stage("b", WHOLE, when=guard, on_error="skip")
    with_skip = Voices({"a": {"name": "Ann"}})
    candidate, _ = await carry_out(flow(stage("a", NAME), skipped), TASK, with_skip)
    assert candidate.value["name"] == "Ann"


async def test_a_failing_stage_fails_the_flow() -> None:
    with pytest.raises(TransportError):
        await carry_out(
            flow(stage("a", NAME), stage("b", WHOLE)), TASK, Voices({"a": {"name": "A"}})
        )


async def test_a_failing_stage_may_be_skipped_and_what_was_paid_for_stays() -> None:
    voices = Voices({"a": {"name": "Ann"}, "c": {"name": "x", "city": "Oslo", "age": 3}})
    node = flow(stage("a", NAME), stage("b", WHOLE, on_error="skip"), stage("c", WHOLE))
    candidate, trace = await carry_out(node, TASK, voices)
    assert candidate.value == {"name": "Ann", "city": "Oslo", "age": 3}
    assert trace.stages[1].state == "skipped"
    assert "not there" in (trace.stages[1].note or "")


async def test_a_failing_stage_may_have_a_fallback() -> None:
    voices = Voices({"a": {"name": "Ann"}, "spare": {"name": "x", "city": "Oslo", "age": 3}})
    spare = Single(("spare",))
    node = flow(stage("a", NAME), stage("b", WHOLE, on_error="fallback", fallback=spare))
    candidate, trace = await carry_out(node, TASK, voices)
    assert voices.order == ["a", "b", "spare"]
    assert candidate.value["city"] == "Oslo"
    assert trace.stages[1].backends == ("spare",)


async def test_where_every_stage_is_passed_over_nothing_is_called() -> None:
    voices = Voices({})
    never = parse_condition("false")
    candidate, trace = await carry_out(flow(stage("a", NAME, when=never)), TASK, voices)
    assert voices.asked == []
    assert candidate.remaining
    assert "passed over" in trace.notes[0]


async def test_a_stages_own_rules_are_told_to_it_and_checked_there() -> None:
    (rule,) = parse_rules(("age is between 1 and 9",))
    voices = Voices(
        {"a": {"name": "Ann", "city": "Oslo", "age": 30}, "b": {"name": "A", "city": "O", "age": 4}}
    )
    node = flow(
        stage("a", WHOLE), stage("b", WHOLE, rules=(rule.text,), checks=(rule,), revise=(("age",),))
    )
    candidate, _ = await carry_out(node, TASK, voices)
    assert candidate.value["age"] == 4
    assert voices.asked[1][1].rules == (rule.text,)


async def test_facts_of_an_earlier_stage_hold_in_a_later_one() -> None:
    first = shaped({"user": {"id": 0, "name": "string"}})
    both = grow(first, shaped({"order": {"userId": 0, "total": 0.0}}))
    voices = Voices(
        {
            "a": {"user": {"id": 7, "name": "Ann"}},
            "b": {"user": {"id": 9, "name": "Bob"}, "order": {"userId": 9, "total": 4.5}},
        }
    )
    node = flow(stage("a", first), stage("b", both))
    candidate, _ = await carry_out(node, asked_for({"user": {"id": 0}}), voices)
    assert candidate.value["user"] == {"id": 7, "name": "Ann"}
    assert candidate.value["order"]["userId"] == 7
    assert any(repair.kind == "kept-fact" for repair in candidate.repairs)


async def test_a_flow_stops_before_the_call_that_costs_too_much() -> None:
    voices = Voices({"a": {"name": "Ann"}, "b": {"name": "x"}}, cost=0.6)
    node = flow(stage("a", NAME), stage("b", WHOLE))
    candidate, trace = await carry_out(
        node, TASK, voices, Budget(limit=1.0), price=lambda task, backends: 0.6
    )
    assert voices.order == ["a"]
    assert candidate.value == {"name": "Ann"}
    assert any("stopped before b" in note for note in trace.notes)
    with pytest.raises(OverBudgetError, match=r"over the limit of 0\.1"):
        await carry_out(node, TASK, voices, Budget(limit=0.1), price=lambda task, backends: 0.6)
