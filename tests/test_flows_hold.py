"""Whatever models say in a flow: the answer conforms, the input survives, the books balance."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.app import Application, Memory, build_services, create_app
from mockwright.schema.validate import compile_schema
from mockwright.settings import BackendSettings, ResilienceSettings, ScriptedReply, Settings
from mockwright.shapes.parse import parse_shape
from tests.doubles import Exchange, chat, upstream
from tests.serving import served
from tests.waiting import until

SHAPE = {"name": "string", "age": "int 0..120", "tags": ["string"], "home": {"city": "string"}}
SCHEMA = parse_shape(SHAPE).schema
GOOD = {"name": "Ann", "age": 30, "tags": ["a"], "home": {"city": "Oslo"}}
ANSWERS = st.sampled_from(
    [
        json.dumps(GOOD), "", "I'm sorry, I can't help with that.", '{"name": "Ann", "age":',
        "null", "[]", "7", '{"name": 5, "age": "x", "tags": {}, "home": []}', '{"age": -5}',
        '```json\n{"name": "Bob"}\n```', '{"name": "Other", "home": {"city": 9}}', "[[[[",
        '{"score": 0.2, "issues": [{"path": "name", "problem": "dull"}]}',
        '{"score": "high"}', '{"users": [1]}', "<think>hm</think>", "ERROR",
    ]
)  # fmt: skip
LEAF = st.sampled_from([{"backend": "a"}, {"backend": "b"}, {"backend": "c", "reasks": 0}])
NODES: st.SearchStrategy[Any] = st.recursive(
    LEAF,
    lambda inner: (
        st.builds(
            lambda nodes, skip: {
                "stages": [{**n, "name": f"s{i}", "on_error": skip} for i, n in enumerate(nodes)]
            },
            st.lists(inner, min_size=1, max_size=3),
            st.sampled_from(["skip", "fallback"]),
        )
        | st.builds(
            lambda nodes, merge: {
                "branches": [{**n, "name": f"b{i}"} for i, n in enumerate(nodes)],
                "merge": merge,
                "partial": "allow",
            },
            st.lists(inner, min_size=1, max_size=3),
            st.sampled_from(["deep", "first", "best", "vote"]),
        )
        | st.builds(
            lambda gen, judge, rounds: {
                "generate": gen, "correct": {"backend": "b"}, "max_iterations": rounds,
                **({"judge": {"backend": "c"}} if judge else {}),
            },
            inner, st.booleans(), st.integers(1, 3),
        )
    ),
    max_leaves=5,
)  # fmt: skip


def backends(said: dict[str, list[str]]) -> tuple[BackendSettings, ...]:
    return tuple(
        BackendSettings(
            name=name,
            provider="scripted",
            responses=tuple(
                ScriptedReply(error="status_500") if one == "ERROR" else ScriptedReply(text=one)
                for one in answers
            ),
        )
        for name, answers in said.items()
    )


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def app() -> Application:
    """One for all examples, which are of an engine and a memory of their own.

    Most of the time of an application is FastAPI's, at its first request.
    """
    return create_app(Settings())


@given(
    NODES,
    st.fixed_dictionaries({name: st.lists(ANSWERS, min_size=1, max_size=3) for name in "abc"}),
    st.sampled_from([{}, {"name": "Given"}, {"home": {"city": "Rome"}}]),
)
@settings(max_examples=150)
def test_any_flow_of_any_answers_keeps_the_promises(
    runner: asyncio.Runner, app: Application, flow: Any, said: dict[str, list[str]], known: Any
) -> None:
    runner.run(_keeps(app, flow, said, known))


async def _keeps(app: Application, flow: Any, said: dict[str, list[str]], known: Any) -> None:
    quick = ResilienceSettings(retry=False, breaker=False)
    wanted = Settings(backends=backends(said), resilience=quick)
    app.gateway.memory = Memory(wanted)
    app.gateway.services = build_services(wanted, app.gateway.memory)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
        body = {**known, "shape": SHAPE, "$flow": flow}
        response = await http.post("/api/mock/people/1", json=body)
        identifier = response.headers["x-request-id"]
        entry = (await http.get(f"/api/admin/requests/{identifier}")).json()
        plan = (await http.post("/api/admin/plan/people/1", json=body)).json()
    calls = sum(status.calls for status in app.gateway.engine.pool.status())
    fallbacks = json.dumps(plan["plan"]).count('"on_error": "fallback"')
    assert calls <= plan["estimate"]["calls"] + 3 * fallbacks
    answered = [done for it in entry["candidates"] for done in it["completions"]] + entry["lost"]
    failed = sum(sum(dict(s.errors_by_code).values()) for s in app.gateway.engine.pool.status())
    assert len(answered) == calls - failed, "the journal has every answer that was given"
    if any("ERROR" in answers for answers in said.values()) and response.status_code == 502:
        return
    assert response.status_code == 200, response.text
    value = response.json()
    assert compile_schema(SCHEMA).is_valid(value)
    assert value["name"] == known.get("name", value["name"])
    assert value["home"]["city"] == known.get("home", value["home"])["city"]


async def test_a_caller_who_leaves_hangs_up_on_every_branch() -> None:
    names = ("one", "two", "three")
    gone: list[int] = []

    async def handler(exchange: Exchange) -> None:
        await exchange.gone()
        gone.append(1)

    async with upstream(handler) as server:
        up = [BackendSettings(name=name, provider="openai", base_url=server.url) for name in names]
        body = {"shape": {"a": 0}, "$flow": {"branches": list(names)}}
        async with served(Settings(backends=tuple(up))) as url, httpx.AsyncClient() as http:
            calling = asyncio.create_task(http.post(f"{url}/api/mock/x", json=body, timeout=None))
            await until(lambda: len(server.requests) == 3)
            assert gone == []
            calling.cancel()
            await until(lambda: len(gone) == 3)


async def test_a_backend_that_dies_between_stages_loses_nothing_that_was_made() -> None:
    async def first(exchange: Exchange) -> None:
        await exchange.reply(chat('{"name": "Ann"}'))

    async def dead(exchange: Exchange) -> None:
        await exchange.reset()

    async with upstream(first) as one, upstream(dead) as two:
        up = [
            BackendSettings(name=name, provider="openai", base_url=server.url, model="m")
            for name, server in (("a", one), ("b", two))
        ]
        quick = ResilienceSettings(retry=False)
        app = create_app(Settings(backends=tuple(up), resilience=quick))
        stages = [
            {"name": "make", "backend": "a", "shape": {"name": "string"}},
            {"name": "more", "backend": "b", "shape": {"age": 0}, "on_error": "skip"},
        ]
        transport = httpx.ASGITransport(app)
        async with (
            app.gateway.running(),
            httpx.AsyncClient(transport=transport, base_url="http://t") as http,
        ):
            response = await http.post("/api/mock/x", json={"$flow": {"stages": stages}})
            stages[1]["on_error"] = "fail"
            failed = await http.post("/api/mock/x", json={"$flow": {"stages": stages}})
    assert response.status_code == 200
    assert response.json()["name"] == "Ann"
    assert int(response.headers["x-mock-filled"]) == 1
    assert failed.status_code == 502
