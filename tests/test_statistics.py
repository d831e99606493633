"""Statistical requests over HTTP: what is asked holds, for every family, and is reported so."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from mockwright.app import create_app
from mockwright.settings import LimitSettings, Settings

FAMILIES: dict[str, Any] = {
    "normal": "normal(50, 10)",
    "truncated": {"family": "normal", "mean": 50, "sd": 20, "min": 20, "max": 90},
    "clipped": {"family": "normal", "mean": 35, "sd": 12, "min": 18, "max": 100, "clip": True},
    "lognormal": "lognormal(3, 0.8)",
    "uniform": "uniform(10, 20)",
    "exponential": "exponential(5)",
    "gamma": "gamma(2, 3)",
    "beta": "beta(2, 5)",
    "pareto": "pareto(2.5, 1)",
    "weibull": "weibull(1.5, 4)",
    "triangular": "triangular(0, 3, 10)",
    "poisson": "poisson(4)",
    "binomial": "binomial(20, 0.3)",
    "geometric": "geometric(0.25)",
    "zipf": {"family": "zipf", "a": 1.4, "max": 200},
    "bimodal": {"family": "mixture", "parts": [
        {"weight": 0.4, "family": "normal", "mean": 20, "sd": 4},
        {"weight": 0.6, "family": "normal", "mean": 60, "sd": 6},
    ]},
    "histogram": {"family": "histogram", "edges": [0, 10, 20, 50], "weights": [1, 3, 2]},
    "categorical": {"family": "categorical", "values": [1, 2, 5], "weights": [5, 3, 2]},
}  # fmt: skip


async def post(body: Any, path: str = "/items", **headers: str) -> tuple[httpx.Response, Any]:
    """The answer, and what was computed of it by the journal."""
    app = create_app(Settings(limits=LimitSettings(max_items=100_000)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t", timeout=60) as client:
        response = await client.post(f"/api/mock{path}", json=body, headers=headers)
        identifier = response.headers["x-request-id"]
        entry = (await client.get(f"/api/admin/requests/{identifier}")).json()
        drawn = await client.get(f"/api/admin/requests/{identifier}/report.svg")
        if response.status_code == 200 and entry.get("computed"):
            assert drawn.headers["content-type"] == "image/svg+xml"
            assert drawn.text.startswith("<svg")
        return response, entry.get("computed", [])


@pytest.mark.parametrize("family", FAMILIES)
async def test_every_family_passes_its_test(family: str) -> None:
    app = create_app(Settings())
    shape = {"items": [{"x": {"$distribution": FAMILIES[family]}}]}
    passed = 0
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        for seed in range(20):
            body = {"shape": shape, "count": 1000, "$seed": seed}
            response = await client.post("/api/mock/items", json=body)
            assert response.status_code == 200, response.text
            passed += "x-mock-unverified" not in response.headers
    assert passed >= 19, "of 20 at the 1 % level"


async def test_the_ages_of_the_article_are_as_asked() -> None:
    prompt = (
        "Generate 1000 user records where ages follow a normal distribution\n"
        "with mean 35 and standard deviation 12"
    )
    shape = {"users": [{"id": 0, "name": "string", "age": 0}]}
    response, computed = await post({"shape": shape, "$prompt": prompt, "$seed": 42}, "/users")
    ages = [user["age"] for user in response.json()["users"]]
    assert len(ages) == 1000
    assert 34 < sum(ages) / 1000 < 36
    assert response.headers["x-mock-computed"] == "age"
    assert computed[0]["report"]["passed"]


async def test_clipped_ages_are_told_what_clipping_does_to_the_test() -> None:
    asked = {"family": "normal", "mean": 35, "sd": 12, "min": 18, "max": 100, "clip": True}
    shape = {"users": [{"age": {"$distribution": asked, "$type": "int"}, "name": "string"}]}
    response, computed = await post({"shape": shape, "count": 1000, "$seed": 7})
    ages = [user["age"] for user in response.json()["users"]]
    assert min(ages) == 18
    assert ages.count(18) > 40, "the tail is on the bound"
    test = next(one for one in computed[0]["report"]["tests"] if one["method"] == "ks")
    assert test["passed"]
    assert "clipp" in test["note"]


ENTERPRISE = """Generate enterprise customer data where:
- Annual revenue must be log-normally distributed
- Company size correlates with revenue (R\u00b2 > 0.8)
- Industry distribution matches real-world ratios
- Locations follow population density"""


async def test_the_customers_of_the_article_hold_its_four_checks() -> None:
    item = {"company": "string", "annualRevenue": 0.0, "companySize": 0, "industry": "string",
            "location": "string"}  # fmt: skip
    body = {"shape": {"customers": [item]}, "count": 1000, "$prompt": ENTERPRISE, "$seed": 1}
    response, computed = await post(body, "/customers")
    assert response.headers["x-mock-computed"].split(", ") == [
        "annualRevenue", "companySize", "industry", "location",
    ]  # fmt: skip
    report = computed[0]["report"]
    assert report["passed"]
    tested = {(*test["columns"], test["method"]) for test in report["tests"]}
    assert tested >= {
        ("annualRevenue", "ks"),
        ("companySize", "annualRevenue", "r2"),
        ("industry", "chi-square"),
        ("location", "chi-square"),
    }
    r2 = next(test for test in report["tests"] if test["method"] == "r2")
    assert r2["found"] > 0.8
    assert all(customer["company"] for customer in response.json()["customers"])


async def test_the_report_comes_with_the_answer_where_it_is_asked() -> None:
    shape = {"items": [{"x": {"$distribution": "normal(0, 1)"}}]}
    response, _ = await post({"shape": shape, "count": 100, "$report": True})
    assert len(response.json()["data"]["items"]) == 100
    assert response.json()["report"][0]["report"]["passed"] is True


async def test_a_seed_gives_the_same_bytes_also_in_lines() -> None:
    shape = {"items": [{"x": {"$distribution": "normal(0, 1)"}, "name": "string"}]}
    body = {"shape": shape, "count": 2500, "$seed": 5}
    whole, _ = await post(body)
    again, _ = await post(body)
    lines, computed = await post(body, accept="application/x-ndjson")
    assert whole.content == again.content
    assert [json.loads(line) for line in lines.text.splitlines()] == whole.json()["items"]
    assert computed[0]["report"]["passed"]


async def test_a_caller_s_own_values_come_before_computed_ones_and_are_tested() -> None:
    shape = {"users": [{"age": {"$distribution": "normal(35, 5)", "$type": "int"}}]}
    given = {"users": [{"age": 90}] * 100}
    response, computed = await post({**given, "shape": shape, "count": 100, "$seed": 1})
    assert [user["age"] for user in response.json()["users"]] == [90] * 100
    assert "x-mock-unverified" in response.headers
    assert not computed[0]["report"]["passed"]


async def test_a_single_value_is_drawn_too() -> None:
    shape = {"age": {"$distribution": {"family": "uniform", "min": 30, "max": 31}}, "n": "string"}
    response, _ = await post({"shape": shape, "$seed": 2})
    assert 30 <= response.json()["age"] <= 31
    assert response.json()["n"]


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"x": {"$distribution": {"family": "normal", "mean": 5, "sd": 1, "min": 10}}}, "mean 5"),
        ({"x": {"$ratio": {"a": 0.5, "b": 0.4}}}, "sum to 0.9"),
        ({"x": {"$distribution": "nromal(1, 2)"}}, "did you mean 'normal'"),
        ({"x": {"$distribution": "normal(1, -2)"}}, "sd is above 0"),
        ({"x": {"$distribution": "normal(1, 2)", "$ratio": {"a": 1}}}, "both"),
        ({"x": {"$formula": "y +"}}, "x:"),
        ({"x": {"$formula": "z * 2.0"}}, "'z' is not known"),
        ({"x": {"$distribution": "uniform(1, 3)", "$unique": True, "$type": "int"}}, "do not fit"),
        ({"x": {"$distribution": "uniform(0, 1)", "$total": 5000}}, "cannot sum"),
        ({"x": {"$distribution": "normal(1, 2)", "$missing": 2}}, "0 to 1"),
        ({"x": {"$sequence": {"start": "9999-12-31", "step": "1d"}}}, "after 9999"),
        ({"x": {"$distribution": {"family": "uniform", "min": 3, "max": 1}}}, "min 3"),
    ],
)
async def test_what_cannot_be_is_a_422_that_names_it(item: Any, told: str) -> None:
    response, _ = await post({"shape": {"items": [item]}, "count": 100})
    assert response.status_code == 422, response.text
    assert told in response.json()["detail"]


async def test_correlations_that_cannot_be_together_are_named() -> None:
    item = {name: {"$distribution": "normal(0, 1)"} for name in "abc"}
    pairs = [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)]
    told = [{"between": [a, b], "pearson": r} for a, b, r in pairs]
    shape = {"items": [{**item, "$correlation": told}]}
    response, _ = await post({"shape": shape, "count": 100})
    assert response.status_code == 422
    assert "semi-definite" in response.json()["detail"]


async def test_without_the_extra_directives_are_refused_and_words_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("compute", "recognize"):
        monkeypatch.setattr(f"mockwright.compute.{module}.is_installed", lambda: False)
    item = {"age": "int 0..120", "name": "string"}
    words = {"$prompt": "ages are normally distributed with mean 35 and sd 12"}
    response, _ = await post({"shape": {"items": [item]}, "count": 5, **words})
    assert response.status_code == 200
    assert response.headers["x-mock-ignored"] == "statistics;unread=1"
    drawn = {"age": {"$distribution": "normal(35, 12)"}}
    response, _ = await post({"shape": {"items": [drawn]}, "count": 5})
    assert response.status_code == 501
    assert "mockwright[compute]" in response.json()["detail"]


async def test_an_answer_may_be_one_computed_value_or_a_list_of_them() -> None:
    shape = {"$distribution": {"family": "uniform", "min": 30, "max": 31}}
    one, _ = await post({"shape": shape, "$seed": 2})
    assert 30 <= one.json() <= 31
    many, _ = await post({"shape": shape, "count": 3, "$seed": 2})
    assert len(many.json()) == 3
    listed, _ = await post({"shape": {"values": [shape]}, "count": 4, "$seed": 2})
    assert len(listed.json()["values"]) == 4
