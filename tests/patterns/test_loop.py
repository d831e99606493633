"""Generate, check, correct: when it ends, and that the best version leaves."""

from __future__ import annotations

from typing import Any

import pytest

from mockwright.shapes.rules.parse import parse_rules
from mockwright.types import Loop, Single
from tests.patterns.voices import Voices, asked_for, carry_out

PERSON: Any = {"name": "string", "email": "email", "age": "int 0..120"}
GOOD = {"name": "Ann Lee", "email": "ann.lee@example.com", "age": 30}
TASK = asked_for(PERSON)


def loop(**more: Any) -> Loop:
    given: dict[str, Any] = {"judge": Single(("judge",)), **more}
    return Loop(Single(("gen",), reasks=0), Single(("fix",), reasks=0), **given)


def verdict(score: float, **issues: str) -> Any:
    listed = [{"path": path, "problem": problem} for path, problem in issues.items()]
    return {"score": score, "issues": listed}


async def test_what_is_good_at_once_is_not_corrected() -> None:
    voices = Voices({"gen": GOOD, "judge": verdict(0.95)})
    candidate, trace = await carry_out(loop(), TASK, voices)
    assert candidate.value == GOOD
    assert voices.order == ["gen", "judge"]
    assert candidate.verdict.parts["judge"] == 0.95
    assert any("judge 0.95" in note for note in trace.notes)


async def test_code_checks_before_a_judge_is_asked() -> None:
    bad = {**GOOD, "age": "old"}
    voices = Voices({"gen": bad, "fix": {"age": 31}, "judge": verdict(0.9)})
    candidate, _ = await carry_out(loop(), TASK, voices)
    assert candidate.value == {**GOOD, "age": 31}
    assert voices.order == ["gen", "fix", "judge"]


async def test_the_corrector_is_told_the_issues_and_changes_only_those_places() -> None:
    voices = Voices(
        {
            "gen": GOOD,
            "judge": [verdict(0.2, email="it is somebody else's"), verdict(0.9)],
            "fix": {"email": "ann@example.org", "name": "Changed"},
        }
    )
    candidate, _ = await carry_out(loop(), TASK, voices)
    assert candidate.value == {**GOOD, "email": "ann@example.org"}
    fixing = voices.asked[2][1]
    assert [place.path for place in fixing.places] == [("email",)]
    assert fixing.places[0].faults == ("it is somebody else's",)


async def test_a_later_worse_version_does_not_leave() -> None:
    voices = Voices(
        {
            "gen": GOOD,
            "judge": [verdict(0.5, name="dull"), verdict(0.1, name="worse")],
            "fix": {"name": "Zzz"},
        }
    )
    candidate, trace = await carry_out(loop(max_iterations=2), TASK, voices)
    assert candidate.value == GOOD
    assert any("no better" in note for note in trace.notes)
    assert any("below the threshold" in note for note in trace.notes)


async def test_it_ends_after_so_many_rounds() -> None:
    names = iter(f"Name {i}" for i in range(20))
    voices = Voices(
        {
            "gen": GOOD,
            "judge": lambda task: verdict(0.1, name="dull"),
            "fix": lambda task: {"name": next(names)},
        }
    )
    await carry_out(loop(max_iterations=4), TASK, voices)
    assert voices.order.count("fix") == 3
    assert voices.order.count("judge") == 4


async def test_no_change_twice_in_a_row_ends_it() -> None:
    voices = Voices(
        {"gen": GOOD, "judge": verdict(0.1, name="dull"), "fix": {"name": GOOD["name"]}}
    )
    await carry_out(loop(max_iterations=10), TASK, voices)
    assert voices.order.count("fix") == 2


async def test_the_final_pass_is_taken_where_it_is_better() -> None:
    voices = Voices(
        {
            "gen": GOOD,
            "judge": [verdict(0.2, name="dull"), verdict(0.2, name="dull"), verdict(0.9)],
            "fix": {"name": "Bob"},
            "best": {"name": "Ada Byron"},
        }
    )
    node = loop(max_iterations=2, final=Single(("best",)))
    candidate, _ = await carry_out(node, TASK, voices)
    assert candidate.value["name"] == "Ada Byron"


async def test_rules_that_code_can_hold_need_no_judge() -> None:
    (rule,) = parse_rules(("age is between 40 and 50",))
    task = asked_for(PERSON, checks=(rule,), rules=(rule.text,))
    voices = Voices({"gen": GOOD, "fix": {"age": 44}})
    candidate, _ = await carry_out(loop(judge=None), task, voices)
    assert candidate.value == {**GOOD, "age": 44}


@pytest.mark.parametrize(
    "said", ["I like it", {"score": "very good", "issues": []}, {"score": 900, "issues": []}, "{}"]
)
async def test_a_judge_who_gives_no_verdict_is_told_of_and_done_without(said: Any) -> None:
    voices = Voices({"gen": GOOD, "judge": said})
    candidate, trace = await carry_out(loop(), TASK, voices)
    assert candidate.value == GOOD
    assert any("no judgement" in note for note in trace.notes)


@pytest.mark.parametrize(
    ("said", "meant"), [(0.85, 0.85), (8.5, 0.85), (85, 0.85), (1, 1.0), (0, 0.0)]
)
async def test_a_score_is_of_one_of_ten_or_of_a_hundred(said: float, meant: float) -> None:
    candidate, _ = await carry_out(
        loop(max_iterations=1), TASK, Voices({"gen": GOOD, "judge": verdict(said)})
    )
    assert candidate.verdict.parts["judge"] == pytest.approx(meant)


async def test_a_failing_judge_or_corrector_does_not_lose_the_answer() -> None:
    candidate, _ = await carry_out(loop(), TASK, Voices({"gen": GOOD}))
    assert candidate.value == GOOD
    voices = Voices({"gen": GOOD, "judge": verdict(0.1, name="dull")})
    candidate, trace = await carry_out(loop(), TASK, voices)
    assert candidate.value == GOOD
    assert any("no correction" in note for note in trace.notes)
