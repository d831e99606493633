from __future__ import annotations

import pytest

from mockwright.backends.scripted import ScriptedBackend
from mockwright.errors import BackendStatusError, BackendTimeoutError, TransportError
from mockwright.settings import BackendSettings, Price, ScriptedReply
from mockwright.types import MISSING, Task
from tests.clock import Clock

TASK = Task(schema={})


async def test_replies_come_in_turn_and_again_from_the_start() -> None:
    backend = ScriptedBackend([ScriptedReply(text="a"), ScriptedReply(value={"b": 1})])
    done = [await backend.complete(TASK) for _ in range(3)]
    assert [completion.text for completion in done] == ["a", "", "a"]
    assert [completion.value for completion in done] == [MISSING, {"b": 1}, MISSING]
    assert [completion.mode for completion in done] == ["prompt", "direct", "prompt"]


async def test_null_is_a_value() -> None:
    assert (await ScriptedBackend([ScriptedReply()]).complete(TASK)).value is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("timeout", BackendTimeoutError),
        ("connection", TransportError),
        ("status_503", BackendStatusError),
    ],
)
async def test_errors_are_raised(code: str, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        await ScriptedBackend([ScriptedReply(error=code)]).complete(TASK)
    assert getattr(raised.value, "code", None) == code


async def test_the_tasks_asked_are_remembered() -> None:
    backend = ScriptedBackend([ScriptedReply(text="a")])
    tasks = [Task(schema={}, seed=i) for i in range(1100)]
    for task in tasks:
        await backend.complete(task)
    assert list(backend.asked) == tasks[100:]


async def test_a_delay_is_kept(clock: Clock) -> None:
    start = clock.now
    await ScriptedBackend([ScriptedReply(text="a", delay=20)]).complete(TASK)
    assert clock.now - start == pytest.approx(20)


async def test_text_costs_what_is_configured() -> None:
    settings = BackendSettings(
        name="s", provider="scripted", price=Price(output_per_million=1_000_000)
    )
    backend = ScriptedBackend([ScriptedReply(text="four")], settings)
    completion = await backend.complete(TASK)
    assert completion.usage.estimated
    assert completion.cost_usd == 1


def test_a_script_without_replies_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        ScriptedBackend([])
