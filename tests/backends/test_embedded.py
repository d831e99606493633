from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mockwright.backends import embedded
from mockwright.backends.embedded import EmbeddedBackend
from mockwright.errors import UnsatisfiableError
from mockwright.generator.interfaces import REFERENCE_NOW, Hints, Realist
from mockwright.generator.realism import Realism
from mockwright.settings import BackendSettings
from mockwright.types import MISSING, Json, JsonObject, Task, Violation
from tests.backends.conftest import SCHEMA

SEEDED = Task(schema=SCHEMA, seed=42)


@pytest.fixture
def backend() -> EmbeddedBackend:
    return EmbeddedBackend(BackendSettings(name="embedded", provider="embedded"))


class Recorder:
    """Stands in for the generator, to see what it is asked."""

    def __init__(self) -> None:
        self.seeds: list[int] = []
        self.hints: list[Hints] = []
        self.threads: list[int] = []

    def __call__(
        self, schema: Json, *, seed: int, hints: Hints, realist: Realist | None = None
    ) -> Json:
        self.seeds.append(seed)
        self.hints.append(hints)
        self.threads.append(threading.get_ident())
        return {"seed": seed}


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recording = Recorder()
    monkeypatch.setattr(embedded, "generate", recording)
    return recording


async def test_a_value_is_made_without_text(backend: EmbeddedBackend) -> None:
    completion = await backend.complete(SEEDED)
    assert completion.mode == "direct"
    assert completion.text == ""
    assert isinstance(completion.value, dict)
    assert set(completion.value) == {"id", "name"}
    assert completion.cost_usd == 0


async def test_the_same_seed_gives_the_same_value(backend: EmbeddedBackend) -> None:
    first = await backend.complete(SEEDED)
    second = await backend.complete(SEEDED)
    assert first.value == second.value
    assert first.seed == 42


async def test_the_seed_that_was_used_gives_the_value_again(backend: EmbeddedBackend) -> None:
    first = await backend.complete(replace(SEEDED, seed=None))
    assert first.seed is not None
    again = await backend.complete(replace(SEEDED, seed=first.seed))
    assert again.value == first.value


async def test_without_a_seed_values_differ(backend: EmbeddedBackend) -> None:
    seeds = {(await backend.complete(replace(SEEDED, seed=None))).seed for _ in range(20)}
    assert len(seeds) == 20


async def test_each_variant_has_its_own_seed(backend: EmbeddedBackend) -> None:
    done = [await backend.complete(replace(SEEDED, variant=i)) for i in range(3)]
    assert [completion.seed for completion in done] == [42, 43, 44]


async def test_a_re_ask_does_not_give_the_same_again(
    backend: EmbeddedBackend, recorder: Recorder
) -> None:
    fault = (Violation("/name", "rule", "must be long"),)
    again = replace(SEEDED, previous={"name": "x"}, violations=fault)
    twice = replace(SEEDED, previous={"name": "y"}, violations=fault)
    for task in (SEEDED, again, again, twice):
        await backend.complete(task)
    first, second, same, third = recorder.seeds
    assert second == same
    assert len({first, second, third}) == 3


async def test_the_generator_is_told_what_is_known(
    backend: EmbeddedBackend, recorder: Recorder
) -> None:
    task = Task(
        schema=SCHEMA,
        method="PUT",
        path="/users/1",
        query=(("a", "b"),),
        input={"id": 1},
        prompt="vikings",
        seed=1,
        locale="de",
    )
    await backend.complete(task)
    assert recorder.hints == [
        Hints(
            method="PUT",
            path="/users/1",
            query=(("a", "b"),),
            prompt="vikings",
            locale="de",
            now=REFERENCE_NOW,
            given={"id": 1},
        )
    ]


async def test_without_a_seed_now_is_now(backend: EmbeddedBackend, recorder: Recorder) -> None:
    await backend.complete(Task(schema=SCHEMA))
    assert abs((recorder.hints[0].now - datetime.now(UTC)).total_seconds()) < 5
    assert recorder.hints[0].given is MISSING


def many(count: int) -> JsonObject:
    return {"type": "array", "minItems": count, "maxItems": count, "items": SCHEMA}


@pytest.mark.parametrize(
    ("schema", "inline"),
    [
        (SCHEMA, True),
        (True, True),
        (many(10), True),
        (many(1000), False),
        ({"properties": {"a": many(20), "b": {"items": many(30), "minItems": 30}}}, False),
        ({"enum": [{"a": 1}] * 500}, False),
    ],
)
async def test_much_work_leaves_the_event_loop_free(
    backend: EmbeddedBackend, recorder: Recorder, schema: JsonObject | bool, inline: bool
) -> None:
    await backend.complete(Task(schema=schema))
    assert (recorder.threads == [threading.get_ident()]) is inline


async def test_the_loop_turns_while_thousands_are_made(backend: EmbeddedBackend) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    turning = asyncio.create_task(turn())
    completion = await backend.complete(Task(schema=many(3000), seed=1))
    turning.cancel()
    assert isinstance(completion.value, list)
    assert len(completion.value) == 3000
    assert turns > 1


async def test_a_contradiction_is_the_callers_fault(backend: EmbeddedBackend) -> None:
    schema = {"type": "string", "minLength": 5, "maxLength": 1}
    with pytest.raises(UnsatisfiableError):
        await backend.complete(Task(schema=schema, seed=1))


async def test_it_is_always_there(backend: EmbeddedBackend) -> None:
    assert (await backend.probe()).reachable
    await backend.aclose()


async def test_field_names_of_the_house_mean_what_the_configuration_says() -> None:
    settings = BackendSettings(name="embedded", provider="embedded")
    schema: JsonObject = {
        "type": "object",
        "required": ["zyx_ref"],
        "properties": {"zyx_ref": {"type": "string"}},
    }
    task = Task(schema=schema, seed=1)
    taught = await EmbeddedBackend(settings, Realism({"zyxRef": "email"})).complete(task)
    untaught = await EmbeddedBackend(settings).complete(task)
    assert isinstance(taught.value, dict)
    assert isinstance(untaught.value, dict)
    assert "@" in taught.value["zyx_ref"]
    assert "@" not in untaught.value["zyx_ref"]
