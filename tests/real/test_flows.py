"""Flows over two real models: each ends in a valid answer, and the books say who made it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape
from tests.article import (
    CUSTOMER,
    DETAILS_SHAPE,
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
from tests.real.llama import Llama
from tests.real.test_gateway import backed_by
from tests.serving import serving

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

BASIC = {"name": "string 2..16", "age": "int 18..90"}
WHOLE = {**BASIC, "city": "string 2..20"}
FLOWS: dict[str, Any] = {
    "pipeline": {
        "stages": [
            {"name": "generate", "backend": "llama0", "shape": BASIC},
            {"name": "enrich", "backend": "llama1", "shape": {"city": "string 2..20"}},
        ]
    },
    "parallel": {
        "branches": [
            {"name": "person", "backend": "llama0", "shape": BASIC},
            {"name": "place", "backend": "llama1", "shape": {"city": "string 2..20"}},
        ]
    },
    "vote": {"branches": ["llama0", "llama1"], "merge": "vote"},
    "loop": {"generate": "llama0", "judge": "llama1", "correct": "llama0", "max_iterations": 2},
}


PRODUCT_SHAPE = {**DETAILS_SHAPE, "pricing": PRICING_SHAPE, "inventory": STOCK_SHAPE}
TEXTS = {"title": "string", "body": "string"}
PERSON = {"email": "string", "age": 0}
LEGACY = {"id": 7, "name": "Old Corp", "importance": "critical"}
ARTICLE: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "users": (PIPELINE, FULL, {}),
    "product": (PRODUCT, PRODUCT_SHAPE, {}),
    "gate": (GATE, WHOLE, {}),
    "refinement": (REFINEMENT, TEXTS, {}),
    "consensus": ({"branches": ["generator", "enricher"], "merge": "vote"}, WHOLE, {}),
    "healing": (HEALING, PERSON, {"rules": HEALING_RULES}),
    "fallback": (FALLBACK, {"name": "string"}, {}),
    "migration": (MIGRATION, CUSTOMER, LEGACY),
}
ROLES = ("generator", "enricher", "validator", "judge")


def played_by(first: Llama, second: Llama) -> dict[str, str]:
    """A gateway whose generator is one model, and whose other roles are the other."""
    env = backed_by(first, second, second, second)
    backends = json.loads(env["MOCKWRIGHT_BACKENDS"])
    named = [{**backend, "name": name} for backend, name in zip(backends, ROLES, strict=True)]
    return {**env, "MOCKWRIGHT_BACKENDS": json.dumps(named)}


@pytest.mark.parametrize("flow", FLOWS)
def test_every_pattern_ends_in_a_valid_answer(server: Llama, second: Llama, flow: str) -> None:
    with serving(env=backed_by(server, second)) as gateway:
        response, entry = asked(gateway.url, FLOWS[flow], WHOLE, {})
    assert_valid(response, WHOLE)
    assert {done["backend"] for done in answered(entry)} == {"llama0", "llama1"}
    assert {done["model"] for done in answered(entry)} == {server.model, second.model}
    assert all(done["usage"]["output_tokens"] > 0 for done in answered(entry))


@pytest.mark.parametrize("example", ARTICLE)
def test_every_example_of_the_article_ends_in_a_valid_answer(
    server: Llama, second: Llama, example: str
) -> None:
    flow, shape, given = ARTICLE[example]
    with serving(env=played_by(server, second)) as gateway:
        response, entry = asked(gateway.url, flow, shape, given)
    assert_valid(response, shape)
    assert answered(entry)
    kept = {name: value for name, value in given.items() if name in shape}
    assert {name: response.json()[name] for name in kept} == kept
    assert all(stage["state"] in ("done", "skipped") for stage in entry["stages"])


def asked(url: str, flow: Any, shape: Any, given: dict[str, Any]) -> tuple[httpx.Response, Any]:
    """The answer to a flow, and what the journal says of it."""
    body = {**given, "shape": shape, "$flow": flow}
    response = httpx.post(f"{url}/api/mock/people/1", json=body, timeout=240)
    identifier = response.headers["x-request-id"]
    return response, httpx.get(f"{url}/api/admin/requests/{identifier}").json()


def answered(entry: Any) -> list[Any]:
    """Every call that a model answered."""
    kept = [done for one in entry["candidates"] for done in one["completions"]]
    return [*kept, *entry["lost"]]


def assert_valid(response: httpx.Response, shape: Any) -> None:
    assert response.status_code == 200, response.text
    assert compile_schema(parse_shape(shape).schema).is_valid(response.json())
