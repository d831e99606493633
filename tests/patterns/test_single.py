from __future__ import annotations

from collections.abc import Sequence

import pytest

from mockwright.errors import TransportError
from mockwright.patterns.single import run_single
from mockwright.types import (
    Candidate,
    Completion,
    Json,
    Single,
    Task,
    Trace,
    Verdict,
    Violation,
)

BROKEN = Violation("/a", "type", "not a string")
TASK = Task(schema={"type": "object"})


class Backend:
    """Answers with the given values in turn; an exception is raised."""

    def __init__(self, *answers: Json) -> None:
        self.answers = list(answers)
        self.tasks: list[Task] = []

    async def __call__(self, task: Task, backends: Sequence[str]) -> Completion:
        self.tasks.append(task)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Completion(backend="b", provider="scripted", model="m", value=answer)


def verify(completion: Completion, task: Task) -> Candidate:
    count = completion.value
    assert isinstance(count, int)
    broken = (BROKEN,) * count
    return Candidate(completion.value, Verdict(broken), broken, (completion,))


async def run(backend: Backend, reasks: int = 1) -> tuple[Candidate, Trace]:
    trace = Trace()
    node = Single(("b",), reasks)
    return await run_single(node, TASK, backend, verify, trace), trace


async def test_a_good_answer_is_taken_at_once() -> None:
    backend = Backend(0)
    candidate, _ = await run(backend)
    assert candidate.value == 0
    assert len(backend.tasks) == 1


async def test_a_broken_answer_is_asked_again_with_its_violations() -> None:
    backend = Backend(2, 0)
    candidate, _ = await run(backend)
    assert candidate.value == 0
    assert backend.tasks[1].previous == 2
    assert backend.tasks[1].violations == (BROKEN, BROKEN)


async def test_a_worse_second_answer_does_not_replace_a_better_first() -> None:
    candidate, _ = await run(Backend(1, 3))
    assert candidate.value == 1
    assert len(candidate.completions) == 2, "both were paid for"


async def test_asking_again_is_bounded() -> None:
    backend = Backend(3, 3, 3)
    await run(backend, reasks=2)
    assert len(backend.tasks) == 3


async def test_a_re_ask_that_fails_keeps_what_was_paid_for() -> None:
    candidate, trace = await run(Backend(1, TransportError("gone")))
    assert candidate.value == 1
    assert trace.notes == ["re-ask failed: gone"]


async def test_a_first_call_that_fails_is_raised() -> None:
    with pytest.raises(TransportError):
        await run(Backend(TransportError("gone")))
