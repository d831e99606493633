"""The article's client-side examples, call by call as they are, and as one request each.

The backends are scripted, and remember what they were asked.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from mockwright.app import Application, create_app
from mockwright.settings import (
    BackendSettings,
    FlowSettings,
    Price,
    ResilienceSettings,
    RoutingSettings,
    ScriptedReply,
    Settings,
)
from mockwright.types import Json
from tests.article import (
    BASIC,
    CUSTOMER,
    DETAILS_SHAPE,
    ENRICHED,
    FALLBACK,
    FULL,
    GATE,
    HEALING,
    HEALING_RULES,
    MIGRATION,
    PIPELINE,
    PRICING_SHAPE,
    PRODUCT,
    REFINEMENT,
    STOCK_SHAPE,
)
from tests.clock import Clock

QUICK = ResilienceSettings(retry=False, allowed_fails=100)
SARAH = {"firstName": "Sarah", "lastName": "Chen", "email": "sarah.chen@example.com", "age": 34}
DEMOGRAPHICS = {
    "city": "Seattle", "state": "WA", "occupation": "Software Engineer", "income": 125000,
}  # fmt: skip
PREFERENCES = {"interests": ["technology", "hiking"], "communicationChannel": "email"}
ACCOUNT = {
    "created": "2024-01-02T03:04:05Z", "status": "active", "tier": "premium",
    "lastLogin": "2025-01-02T03:04:05Z",
}  # fmt: skip
VALIDATED = {
    "users": [
        {
            "userId": "U-1",
            # A model that contradicts what was made before it.
            **SARAH, "lastName": "Changed", "age": 99,
            "demographics": DEMOGRAPHICS, "preferences": PREFERENCES, "account": ACCOUNT,
            "validation": {"emailVerified": True, "phoneVerified": False},
        }
    ]
}  # fmt: skip


def says(name: str, *answers: Any, delay: float = 0, **more: Any) -> BackendSettings:
    """A backend that gives these answers in turn; an ``Exception`` is a failure."""
    replies = tuple(
        ScriptedReply(error="status_500")
        if isinstance(one, Exception)
        else ScriptedReply(text=one if isinstance(one, str) else json.dumps(one), delay=delay)
        for one in answers
    )
    return BackendSettings(name=name, provider="scripted", responses=replies, **more)


@asynccontextmanager
async def serving(*backends: BackendSettings, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(backends=backends, resilience=QUICK, **more))
    transport = httpx.ASGITransport(app)
    async with (
        app.gateway.running(),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        client.app = app  # type: ignore[attr-defined]  # what the tests look into
        yield client


def called(client: httpx.AsyncClient, name: str) -> int:
    """How often a backend was asked."""
    app: Application = client.app  # type: ignore[attr-defined]
    return next(one.calls for one in app.gateway.engine.pool.status() if one.name == name)


async def call(client: httpx.AsyncClient, path: str, body: Json, backend: str = "") -> Any:
    headers = {"X-LLM-Backend": backend} if backend else {}
    response = await client.post(f"/api/mock{path}", json=body, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


async def journal(client: httpx.AsyncClient, response: httpx.Response) -> Any:
    return (await client.get(f"/api/admin/requests/{response.headers['x-request-id']}")).json()


async def test_three_stages_call_by_call() -> None:
    backends = (
        says("generator", {"users": [SARAH]}),
        says("enricher", {"users": [{"demographics": DEMOGRAPHICS, "preferences": PREFERENCES}]}),
        says("validator", VALIDATED),
    )
    async with serving(*backends) as client:
        one = await call(client, "/users/generate", {"shape": BASIC}, "generator")
        two = await call(client, "/users/enrich", {**one, "shape": ENRICHED}, "enricher")
        three = await call(client, "/users/validate", {**two, "shape": FULL}, "validator")
    assert one == {"users": [SARAH]}
    expected = {**SARAH, "demographics": DEMOGRAPHICS, "preferences": PREFERENCES}
    assert two == {"users": [expected]}
    user = three["users"][0]
    assert {name: user[name] for name in expected} == expected, "nothing made before is lost"
    assert user["account"] == ACCOUNT


async def test_three_stages_in_one_request() -> None:
    backends = (
        says("generator", {"users": [SARAH]}),
        says("enricher", {"users": [{"demographics": DEMOGRAPHICS, "preferences": PREFERENCES}]}),
        says("validator", VALIDATED),
    )
    flows = {"user-profiles": FlowSettings.model_validate(PIPELINE)}
    async with serving(*backends, flows=flows) as client:
        response = await client.post("/api/mock/users", json={"$flow": "user-profiles"})
        entry = await journal(client, response)
        sent = [called(client, name) for name in ("generator", "enricher", "validator")]
    user = response.json()["users"][0]
    assert {name: user[name] for name in SARAH} == SARAH
    assert user["demographics"] == DEMOGRAPHICS
    assert user["account"] == ACCOUNT
    assert response.headers["x-llm-backend"] == "generator, enricher, validator"
    assert response.headers["x-mock-flow"] == "user-profiles"
    assert [stage["stage"] for stage in entry["stages"]] == ["generate", "enrich", "validate"]
    assert sent == [1, 1, 1]
    for name in ("generate;dur=", "enrich;dur=", "validate;dur="):
        assert name in response.headers["server-timing"]


DETAILS = {"name": "Mouse", "description": "Ergonomic", "specs": {"weight": "90 g"}}
PRICING = {"price": 29.99, "msrp": 39.99, "discount": 25, "currency": "USD"}
STOCK = {"inStock": True, "quantity": 247, "warehouse": "US-WEST"}


async def test_a_product_in_parallel_call_by_call() -> None:
    backends = (says("generator", PRICING, STOCK), says("enricher", DETAILS))
    async with serving(*backends) as client:
        details, pricing, stock = await asyncio.gather(
            call(client, "/products/details", {"sku": "W1", "shape": DETAILS_SHAPE}, "enricher"),
            call(client, "/products/pricing", {"sku": "W1", "shape": PRICING_SHAPE}, "generator"),
            call(client, "/products/inventory", {"sku": "W1", "shape": STOCK_SHAPE}, "generator"),
        )
    assert (details, pricing, stock) == (DETAILS, PRICING, STOCK)


async def test_a_product_in_parallel_takes_as_long_as_its_slowest_branch(clock: Clock) -> None:
    backends = (
        says("pricing", PRICING, delay=10),
        says("details", DETAILS, delay=40),
        says("stock", STOCK, delay=40),
    )
    flow = {"branches": [{**branch, "backend": branch["name"]} for branch in PRODUCT["branches"]]}
    async with serving(*backends) as client:
        started = clock.now
        response = await client.post("/api/mock/products", json={"$flow": flow})
        seconds = clock.now - started
    assert response.json() == {**DETAILS, "pricing": PRICING, "inventory": STOCK}
    assert seconds == pytest.approx(40)


@pytest.mark.parametrize(("shape", "checked"), [(BASIC, False), (FULL, True)])
async def test_a_quality_gate_asks_the_premium_model_only_for_what_is_complex(
    shape: Any, checked: bool
) -> None:
    backends = (says("generator", VALIDATED), says("validator", VALIDATED))
    async with serving(*backends) as client:
        await client.post("/api/mock/data", json={"shape": shape, "$flow": GATE})
        assert bool(called(client, "validator")) is checked


def verdict(score: float, *issues: tuple[str, str]) -> Json:
    listed = [{"path": path, "problem": problem} for path, problem in issues]
    return {"score": score, "issues": listed}


async def test_refinement_goes_on_until_the_quality_is_reached() -> None:
    backends = (
        says("generator", {"title": "x", "body": "y"}),
        says("enricher", {"title": "Better"}, {"body": "A real body"}),
        says("judge", verdict(0.2, ("title", "too short")), verdict(0.4, ("body", "empty")),
             verdict(0.95)),
    )  # fmt: skip
    body = {"shape": {"title": "string", "body": "string"}, "$flow": REFINEMENT}
    async with serving(*backends) as client:
        response = await client.post("/api/mock/generate", json=body)
        entry = await journal(client, response)
        assert called(client, "judge") == 3
    assert response.json() == {"title": "Better", "body": "A real body"}
    assert float(response.headers["x-mock-quality"]) > 0.9
    assert entry["candidates"][0]["quality_parts"]["judge"] == 0.95


async def test_a_consensus_is_what_most_models_say() -> None:
    backends = (
        says("a", {"capital": "Paris", "population": 2100000}),
        says("b", {"capital": "Lyon", "population": 2200000}),
        says("c", {"capital": "Paris", "population": 2150000}),
    )
    flow = {"branches": ["a", "b", "c"], "merge": "vote"}
    async with serving(*backends) as client:
        response = await client.post(
            "/api/mock/city", json={"shape": {"capital": "string", "population": 0}, "$flow": flow}
        )
    assert response.json() == {"capital": "Paris", "population": 2150000}
    assert 0 < float(response.headers["x-mock-confidence"]) < 1


async def test_a_broken_answer_heals_itself_by_rules() -> None:
    backends = (
        says("generator", {"email": "invalid-email", "age": -5}),
        says("enricher", {"email": "user@example.com", "age": 25}),
    )
    body = {
        "shape": {"email": "string", "age": 0},
        "$flow": HEALING,
        "rules": HEALING_RULES,
    }
    async with serving(*backends) as client:
        response = await client.post("/api/mock/heal", json=body)
    # An age below its bound is set to the bound by code: only the e-mail needs a model.
    assert response.json() == {"email": "user@example.com", "age": 0}


async def test_a_fallback_answers_where_the_first_model_fails() -> None:
    backends = (says("generator", {"name": "Ann"}), says("enricher", RuntimeError()))
    async with serving(*backends) as client:
        body = {"shape": {"name": "string"}, "$flow": FALLBACK}
        response = await client.post("/api/mock/generate", json=body)
        entry = await journal(client, response)
    assert response.json() == {"name": "Ann"}
    assert "fell back" in entry["stages"][0]["note"]


async def test_a_migration_keeps_what_the_legacy_record_says() -> None:
    record = {"id": 7, "name": "Old Corp", "importance": "critical"}
    backends = (
        says("generator", {"id": 1, "name": "Changed", "segment": "smb"}),
        says("validator", {"id": 2, "segment": "other", "passed": True}),
    )
    async with serving(*backends) as client:
        body = {**record, "shape": CUSTOMER, "$flow": MIGRATION}
        response = await client.post("/api/mock/transform", json=body)
    assert response.json() == {"id": 7, "name": "Old Corp", "segment": "smb", "passed": True}


@pytest.mark.parametrize(
    ("shape", "budget", "backend"),
    [
        ({"name": "string"}, None, "generator"),
        (ENRICHED, "low", "enricher"),
        (FULL, "low", "enricher"),
        ({**FULL, **{f"f{i}": 0 for i in range(14)}}, "unlimited", "validator"),
    ],
)
async def test_the_backend_is_selected_by_complexity_and_budget(
    shape: Any, budget: str | None, backend: str
) -> None:
    routing = RoutingSettings(
        tiers={"fast": ("generator",), "quality": ("enricher",), "premium": ("validator",)}
    )
    backends = tuple(says(name, "{}") for name in ("generator", "enricher", "validator"))
    async with serving(*backends, routing=routing) as client:
        body = {"shape": shape, "$flow": "route", **({"budget": budget} if budget else {})}
        response = await client.post("/api/mock/generate", json=body)
    assert response.headers["x-llm-backend"] == backend


async def test_a_dataset_in_batches_call_by_call() -> None:
    shape = {"customers": [{"id": "string", "name": "string", "email": "string"}]}
    embedded = BackendSettings(name="generator", provider="embedded")
    async with serving(embedded) as client:
        one = await call(client, "/customers", {"count": 100, "shape": shape}, "generator")
        two = await call(client, "/customers/enrich", one, "generator")
    assert len(one["customers"]) == 100
    assert [item["id"] for item in two["customers"]] == [item["id"] for item in one["customers"]]


async def test_a_plan_is_told_and_drawn_without_calling_anybody() -> None:
    price = Price(input_per_million=30, output_per_million=60)
    backends = (
        says("generator", "{}"),
        says("enricher", "{}"),
        says("validator", "{}", price=price),
    )
    flows = {"user-profiles": FlowSettings.model_validate(PIPELINE)}
    async with serving(*backends, flows=flows) as client:
        told = await client.post("/api/admin/plan/users", json={"$flow": "user-profiles"})
        drawn = await client.get("/api/admin/plan/users?flow=user-profiles&mermaid=true")
        bad = await client.get("/api/admin/plan/users?flow=nothing")
        assert called(client, "generator") == 0
    plan = told.json()
    assert [stage["name"] for stage in plan["plan"]["stages"]] == ["generate", "enrich", "validate"]
    assert plan["estimate"]["calls"] == 6
    assert plan["estimate"]["cost_usd"] > 0
    assert plan["complexity"]["score"] > 5
    assert drawn.text.startswith("graph LR")
    assert bad.status_code == 400
    assert "user-profiles" in bad.json()["available"]


async def test_what_a_flow_costs_is_told_with_what_lost() -> None:
    price = Price(input_per_million=1e6, output_per_million=0)
    backends = (says("a", {"n": 1}, price=price), says("b", {"n": "x"}, price=price))
    async with serving(*backends) as client:
        body = {"shape": {"n": 0}, "$flow": {"branches": ["a", "b"], "merge": "best"}}
        response = await client.post("/api/mock/x", json=body)
        entry = await journal(client, response)
    assert response.json() == {"n": 1}
    spent = [one["cost_usd"] for one in entry["candidates"][0]["completions"] + entry["lost"]]
    assert len(spent) >= 2
    assert float(response.headers["x-mock-cost-usd"]) == pytest.approx(sum(spent))


async def test_a_flow_that_is_none_is_a_problem_with_its_place() -> None:
    async with serving(says("a", "{}")) as client:
        body = {"shape": {"n": 0}, "$flow": {"stages": [{"backend": "a", "when": "quality >"}]}}
        response = await client.post("/api/mock/x", json=body)
    assert response.status_code == 422
    assert response.json()["type"].endswith("invalid-flow")
    assert response.json()["pointer"] == "/stages/0/when"
