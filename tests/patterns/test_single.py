from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mockwright.conformance.verify import verify
from mockwright.errors import TransportError
from mockwright.patterns.context import PatternContext
from mockwright.patterns.single import run_single
from mockwright.shapes.parse import parse_shape
from mockwright.types import (
    Candidate,
    Completion,
    Json,
    Single,
    Task,
    Trace,
    Violation,
)

SHAPE = parse_shape({"name": "string", "age": "int 0..99", "mail": "email"}).schema
TASK = Task(schema=SHAPE, path="/people/1")
GOOD = {"name": "Ada", "age": 36, "mail": "ada@example.com"}


class Backend:
    """Answers with the given texts in turn; an exception is raised."""

    def __init__(self, *answers: str | Exception, generated: bool = False) -> None:
        self.answers = list(answers)
        self.tasks: list[Task] = []
        self.generated = generated

    async def __call__(self, task: Task, backends: Sequence[str]) -> Completion:
        self.tasks.append(task)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Completion(
            backend="b", provider="scripted", model="m", text=answer, generated=self.generated
        )


async def run(backend: Backend, reasks: int = 1, task: Task = TASK) -> tuple[Candidate, Trace]:
    trace = Trace()
    return await run_single(
        Single(("b",), reasks), task, PatternContext(backend, verify, trace)
    ), trace


async def test_a_good_answer_is_taken_at_once() -> None:
    backend = Backend('{"name": "Ada", "age": 36, "mail": "ada@example.com"}')
    candidate, _ = await run(backend)
    assert candidate.value == GOOD
    assert len(backend.tasks) == 1


async def test_only_what_is_broken_is_asked_again() -> None:
    backend = Backend('{"name": "Ada", "age": "old"}', '{"age": 36, "mail": "ada@example.com"}')
    candidate, _ = await run(backend)
    assert candidate.value == GOOD
    assert candidate.remaining == ()
    again = backend.tasks[1]
    assert [(place.key, place.path) for place in again.places] == [
        ("age", ("age",)),
        ("mail", ("mail",)),
    ]
    assert isinstance(again.schema, dict)
    assert list(again.schema["properties"]) == ["age", "mail"]
    assert len(candidate.completions) == 2, "both were paid for"


@pytest.mark.parametrize("text", ["", "I cannot help with that.", "{}", '["Ada"]', "7"])
async def test_where_there_is_nothing_to_build_on_the_whole_is_asked_again(text: str) -> None:
    backend = Backend(text, '{"name": "Ada", "age": 36, "mail": "ada@example.com"}')
    candidate, _ = await run(backend)
    assert candidate.value == GOOD
    assert backend.tasks[1].places == ()
    assert backend.tasks[1].schema is SHAPE
    assert backend.tasks[1].violations


async def test_a_backend_without_a_model_is_asked_for_the_whole() -> None:
    backend = Backend('{"name": "Ada"}', '{"name": "Bo"}', generated=True)
    await run(backend)
    assert backend.tasks[1].places == ()
    assert backend.tasks[1].previous == {"name": "Ada"}


async def test_a_worse_second_answer_does_not_replace_a_better_first() -> None:
    candidate, _ = await run(Backend('{"name": "Ada", "age": "old"}', '{"age": "older"}'))
    assert candidate.value == {"name": "Ada", "age": "old"}
    assert len(candidate.completions) == 2, "both were paid for"


async def test_asking_again_is_bounded_and_each_time_for_less() -> None:
    backend = Backend('{"name": "Ada"}', '{"age": 36}', "nothing")
    candidate, _ = await run(backend, reasks=2)
    assert [[place.key for place in task.places] for task in backend.tasks] == [
        [],
        ["age", "mail"],
        ["mail"],
    ]
    assert candidate.value == {"name": "Ada", "age": 36}


async def test_a_re_ask_that_fails_keeps_what_was_paid_for() -> None:
    candidate, trace = await run(Backend('{"name": "Ada"}', TransportError("gone")))
    assert candidate.value == {"name": "Ada"}
    assert trace.notes == ["re-ask failed: gone"]


async def test_a_first_call_that_fails_is_raised() -> None:
    with pytest.raises(TransportError):
        await run(Backend(TransportError("gone")))


async def test_a_broken_rule_is_asked_again_where_it_is_broken() -> None:
    class Grown:
        key = "grown"
        itemwise = True

        def check(self, value: Json) -> tuple[Violation, ...]:
            young = isinstance(value, dict) and value.get("age", 99) < 18
            return (Violation("/age", "rule", "younger than 18"),) if young else ()

    backend = Backend('{"name": "Ada", "age": 7, "mail": "ada@example.com"}', '{"age": 36}')
    candidate, _ = await run(backend, task=replace(TASK, checks=(Grown(),)))
    assert candidate.value == GOOD
    assert backend.tasks[1].places[0].faults == ("younger than 18",)
