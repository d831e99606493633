"""Computed requests, from the wire to the wire: programs by models, and people where those fail."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from mockwright.app import create_app
from mockwright.cli.main import main
from mockwright.settings import (
    BackendSettings,
    ComputeSettings,
    ResilienceSettings,
    ScriptedReply,
    Settings,
    StorageSettings,
)

QUICK = ResilienceSettings(retry=False, allowed_fails=100)
ODD = "levels are autocorrelated with a lag-1 coefficient of 0.7"
SHAPE = {"readings": [{"level": 0.0, "note": "string"}]}
RIGHT = """
def generate(n, rng):
    rows, last = [], 0.0
    for _ in range(n):
        last = 0.7 * last + rng.normal(0, 1)
        rows.append({"level": round(last, 4)})
    return rows
"""
WRONG_COUNT = "def generate(n, rng):\n    return [{'level': 1.0}]\n"
WRONG_KIND = "def generate(n, rng):\n    return [{'level': 'high'} for _ in range(n)]\n"
FAILING = "def generate(n, rng):\n    return [{'level': 1 / 0}]\n"
ENDLESS = "def generate(n, rng):\n    while True:\n        pass\n"
HOSTILE = "def generate(n, rng):\n    return [{'level': len(open('/etc/passwd').read())}] * n\n"


def coder(*programs: str, name: str = "coder") -> BackendSettings:
    """A backend that writes these programs in turn."""
    replies = tuple(
        ScriptedReply(text=json.dumps({"program": one}) if "def " in one else one)
        for one in programs
    )
    return BackendSettings(
        name=name, provider="scripted", responses=replies, roles=("code",), weight=0
    )


EMBEDDED = BackendSettings(name="embedded", provider="embedded")


@asynccontextmanager
async def serving(*coders: BackendSettings, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    compute = ComputeSettings(sandbox="interpreter")
    settings = Settings(
        backends=(EMBEDDED, *coders), resilience=QUICK, **{"compute": compute, **more}
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.gateway.running(),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


async def ask(client: httpx.AsyncClient, **more: Any) -> httpx.Response:
    body = {"shape": SHAPE, "count": 20, "$prompt": ODD, "$seed": 3, **more}
    return await client.post("/api/mock/readings", json=body)


async def entry_of(client: httpx.AsyncClient, response: httpx.Response) -> Any:
    return (await client.get(f"/api/admin/requests/{response.headers['x-request-id']}")).json()


async def test_what_the_sampler_does_not_cover_a_program_computes() -> None:
    async with serving(coder(RIGHT)) as client:
        first, second = await ask(client), await ask(client)
        entry = await entry_of(client, first)
    assert first.status_code == 200, first.text
    assert first.content == second.content, "the same seed, the same bytes"
    levels = [one["level"] for one in first.json()["readings"]]
    assert len(set(levels)) > 15
    assert all(one["note"] for one in first.json()["readings"])
    assert first.headers["x-mock-computed"] == "level"
    steps = entry["computed"][0]["steps"]
    told = [(step["way"], step["outcome"]) for step in steps]
    assert told == [("program by coder", "nothing to test")]
    assert first.headers["x-mock-unverified"].startswith("not tested: levels are autocorrelated")
    assert "x-mock-ignored" not in first.headers
    assert "coder" in [done["backend"] for done in entry["lost"]]


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        (WRONG_COUNT, "not what was asked"),
        (WRONG_KIND, "not what was asked"),
        (FAILING, "error"),
        (ENDLESS, "timeout"),
        (HOSTILE, "killed"),
        ("I would rather not.", "there was no program in the answer"),
    ],
)
async def test_a_program_that_is_wrong_is_sent_back_twice_and_then_given_up(
    program: str, outcome: str
) -> None:
    # What is to be stopped by time has little of it; what is not has enough on a busy machine.
    seconds = 0.2 if program == ENDLESS else 10.0
    compute = ComputeSettings(sandbox="interpreter", seconds=seconds)
    async with serving(coder(program), compute=compute) as client:
        response = await ask(client)
        entry = await entry_of(client, response)
    assert response.status_code == 200
    tried = [note for note in entry["notes"] if note.startswith("program by coder")]
    assert len(tried) == 3
    assert all(outcome in note for note in tried)
    assert "statistics;unread=1" in response.headers["x-mock-ignored"]


async def test_a_program_is_repaired_with_what_was_wrong_with_it() -> None:
    async with serving(coder(FAILING, RIGHT)) as client:
        response = await ask(client)
        entry = await entry_of(client, response)
    outcomes = [step["outcome"] for step in entry["computed"][0]["steps"]]
    assert outcomes == ["error", "nothing to test"]
    assert "x-mock-ignored" not in response.headers


async def test_another_model_is_asked_where_the_first_has_no_program() -> None:
    async with serving(coder(FAILING), coder(RIGHT, name="other")) as client:
        response = await ask(client)
        entry = await entry_of(client, response)
    ways = [step["way"] for step in entry["computed"][0]["steps"]]
    assert ways == ["program by coder"] * 3 + ["program by other"]


async def test_what_the_spec_does_say_is_drawn_where_no_program_works() -> None:
    asked = {"$prompt": f"{ODD}. weights are normally distributed with mean 70 and sd 9"}
    shape = {"readings": [{"level": 0.0, "weight": 0.0}]}
    async with serving(coder(FAILING)) as client:
        response = await ask(client, shape=shape, **asked)
        entry = await entry_of(client, response)
    assert response.headers["x-mock-computed"] == "weight"
    steps = [step["way"] for step in entry["computed"][0]["steps"]]
    assert steps == ["program by coder"] * 3 + ["sampler"]


async def test_without_a_sandbox_no_program_is_run() -> None:
    async with serving(coder(RIGHT), compute=ComputeSettings(sandbox="none")) as client:
        response = await ask(client)
        ready = (await client.get("/readyz")).json()
        entry = await entry_of(client, response)
    assert ready["sandbox"]["tier"] == "none"
    assert any("no sandbox works here" in note for note in entry["notes"])
    assert "statistics;unread=1" in response.headers["x-mock-ignored"]


async def test_best_effort_can_be_refused() -> None:
    async with serving(coder(FAILING)) as client:
        response = await ask(client, **{"$on_unverified": "fail"})
        bad = await ask(client, **{"$on_unverified": "never"})
    assert response.status_code == 502
    assert response.json()["type"].endswith("unverified")
    assert "autocorrelated" in response.json()["detail"]
    assert bad.status_code == 400
    assert "best_effort" in bad.json()["detail"]


async def waiting(client: httpx.AsyncClient) -> tuple[str, str]:
    """A request that waits for a person: its id and where its caller looks."""
    response = await ask(client, **{"$on_unverified": "review"})
    assert response.status_code == 202, response.text
    assert response.json()["state"] == "pending"
    assert response.headers["location"] == response.json()["url"]
    return response.json()["id"], response.headers["location"]


async def test_a_person_answers_with_data_that_conforms() -> None:
    async with serving() as client:
        review, place = await waiting(client)
        assert (await client.get(place)).status_code == 202
        shown = (await client.get(f"/api/admin/reviews/{review}")).json()
        assert "autocorrelated" in shown["failed"][0]
        resolve = f"/api/admin/reviews/{review}/resolve"
        broken = await client.post(resolve, json={"data": {"readings": []}})
        assert broken.status_code == 422
        data = {"readings": [{"level": float(i), "note": "n"} for i in range(20)]}
        assert (await client.post(resolve, json={"data": data})).json()["state"] == "resolved"
        assert (await client.get(place)).json() == data
        again = await client.post(resolve, json={"data": data})
        assert again.status_code == 409
        listed = (await client.get("/api/admin/reviews?state=resolved")).json()
    assert [one["id"] for one in listed] == [review]


async def test_a_person_answers_with_a_program_or_not_at_all() -> None:
    async with serving() as client:
        review, place = await waiting(client)
        resolve = f"/api/admin/reviews/{review}/resolve"
        wrong = await client.post(resolve, json={"program": FAILING})
        assert wrong.status_code == 422
        assert "ZeroDivisionError" in wrong.json()["detail"]
        assert (await client.post(resolve, json={"program": RIGHT})).status_code == 200
        answer = (await client.get(place)).json()
        assert len(answer["readings"]) == 20
        other, elsewhere = await waiting(client)
        refused = await client.post(
            f"/api/admin/reviews/{other}/resolve", json={"rejected": "not possible"}
        )
        assert refused.json()["state"] == "rejected"
        gone = await client.get(elsewhere)
        assert gone.status_code == 410
        assert "not possible" in gone.json()["detail"]
        both = await client.post(resolve, json={"data": 1, "rejected": "x"})
        assert both.status_code == 400
        assert (await client.get("/api/reviews/nothing")).status_code == 404


async def test_a_review_outlives_a_restart(tmp_path: Any) -> None:
    storage = StorageSettings(path=tmp_path / "kept.db")
    async with serving(storage=storage) as client:
        review, place = await waiting(client)
    async with serving(storage=storage) as client:
        assert (await client.get(place)).status_code == 202
        resolve = f"/api/admin/reviews/{review}/resolve"
        assert (await client.post(resolve, json={"program": RIGHT})).status_code == 200
        assert len((await client.get(place)).json()["readings"]) == 20


async def test_numbers_are_told_to_the_model_and_kept_whatever_it_says() -> None:
    wrong = {"users": [{"name": f"Nia {i}", "age": 1} for i in range(10)]}
    writer = BackendSettings(
        name="writer", provider="scripted", responses=(ScriptedReply(value=wrong),)
    )
    shape = {
        "users": [{"name": "string", "age": {"$distribution": "normal(40, 5)", "$type": "int"}}]
    }
    app = create_app(Settings(backends=(writer,), resilience=QUICK))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        body = {"shape": shape, "count": 10, "$seed": 4}
        response = await client.post("/api/mock/users", json=body)
        entry = await entry_of(client, response)
    users = response.json()["users"]
    assert [user["name"] for user in users] == [f"Nia {i}" for i in range(10)]
    assert all(20 < user["age"] < 60 for user in users)
    assert entry["computed"][0]["report"]["passed"]
    assert any(repair["kind"] == "kept-input" for repair in entry["candidates"][0]["repairs"])


async def test_readiness_tells_how_programs_are_shut_in() -> None:
    async with serving(coder(RIGHT)) as client:
        await ask(client)
        ready = (await client.get("/readyz")).json()
    assert ready["sandbox"] == {"tier": "interpreter", "tried": {"interpreter": "passed"}}
    async with serving() as client:
        assert "sandbox" not in (await client.get("/readyz")).json()


def test_a_configuration_check_tries_the_sandbox_where_programs_are_written(tmp_path: Path) -> None:
    path = tmp_path / "coder.yaml"
    path.write_text(
        "backends: [{name: c, provider: scripted, roles: [code], responses: [{reply: x}]}]\n"
        "compute: {sandbox: interpreter}\n"
    )
    done = CliRunner().invoke(main, ["check-config", "--config", str(path)])
    assert done.exit_code == 0, done.output
    assert "sandbox: interpreter\n  interpreter: passed" in done.output
