"""Programs by real small models: whatever they write, the answer is valid and the books true."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape
from tests.real.llama import Llama
from tests.real.test_gateway import backed_by
from tests.serving import serving

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

SHAPE = {"readings": [{"level": 0.0, "note": "string 2..20"}]}
PROMPT = "levels are autocorrelated with a lag-1 coefficient of 0.7"


def coded_by(*servers: Llama) -> dict[str, str]:
    """A gateway that has the models write programs, and the generator the rest."""
    env = backed_by(*servers, max_tokens=400)
    coders = [
        {**backend, "roles": ["code"], "weight": 0}
        for backend in json.loads(env["MOCKWRIGHT_BACKENDS"])
    ]
    backends = [{"name": "embedded", "provider": "embedded"}, *coders]
    return {**env, "MOCKWRIGHT_BACKENDS": json.dumps(backends)}


def test_a_program_by_a_small_model_is_run_only_in_the_sandbox_and_answered_either_way(
    server: Llama, second: Llama
) -> None:
    with serving(env=coded_by(server, second)) as gateway:
        body = {"shape": SHAPE, "count": 5, "$prompt": PROMPT, "backend": "embedded"}
        response = httpx.post(f"{gateway.url}/api/mock/readings", json=body, timeout=240)
        identifier = response.headers["x-request-id"]
        entry: Any = httpx.get(f"{gateway.url}/api/admin/requests/{identifier}").json()
        ready: Any = httpx.get(f"{gateway.url}/readyz").json()
    assert response.status_code == 200, response.text
    schema = parse_shape({**SHAPE, "$count": 5}).schema
    assert compile_schema(schema).is_valid(response.json())
    assert ready["sandbox"]["tier"] in ("kernel", "interpreter")
    tried = [note for note in entry["notes"] if note.startswith("program by llama")]
    assert tried, "the models were asked"
    told = response.headers.get("x-mock-unverified", "") + response.headers.get(
        "x-mock-ignored", ""
    )
    assert "not tested" in told or "statistics;unread=1" in told
    asked = [done for done in entry["lost"] if done["stage"] == "program"]
    assert all(done["model"] in (server.model, second.model) for done in asked)
