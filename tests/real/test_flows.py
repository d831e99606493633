"""Flows over real models: every pattern ends in a valid answer, and the books say who made it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mockwright.shapes.parse import parse_shape
from mockwright.shapes.validate import compile_schema
from tests.real.llama import Llama
from tests.real.test_gateway import backed_by
from tests.serving import serving

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

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


@pytest.mark.parametrize("flow", FLOWS)
def test_every_pattern_ends_in_a_valid_answer(server: Llama, flow: str) -> None:
    with serving(env=backed_by(server, server)) as gateway:
        body = {"shape": WHOLE, "$flow": FLOWS[flow]}
        response = httpx.post(f"{gateway.url}/api/mock/people/1", json=body, timeout=120)
        identifier = response.headers["x-request-id"]
        entry = httpx.get(f"{gateway.url}/api/admin/requests/{identifier}").json()
    assert response.status_code == 200, response.text
    assert compile_schema(parse_shape(WHOLE).schema).is_valid(response.json())
    answered = [done for it in entry["candidates"] for done in it["completions"]] + entry["lost"]
    assert {done["backend"] for done in answered} == {"llama0", "llama1"}
    assert all(done["usage"]["output_tokens"] > 0 for done in answered)
