"""The whole gateway in front of a real llama.cpp server: valid answers, whatever it writes."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape
from mockwright.types import JsonObject
from tests.real.llama import Llama, llama
from tests.serving import serving

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

SHAPE = {"name": "string 2..16", "age": "int 18..90", "active": True}
VALID = compile_schema(parse_shape(SHAPE).schema)


def backed_by(*servers: Llama, **settings: object) -> dict[str, str]:
    """The environment of a gateway in front of ``servers``."""
    backends: list[JsonObject] = [
        {
            "name": f"llama{i}",
            "provider": "openai",
            "base_url": server.url,
            "model": server.model,
            "max_tokens": 64,
            "max_parallel_requests": 2,
            **settings,
        }
        for i, server in enumerate(servers)
    ]
    resilience = {
        "num_retries": 1,
        "retry_backoff_initial": 0,
        "allowed_fails": 2,
        "cooldown_time": 1,
    }
    return {
        "MOCKWRIGHT_BACKENDS": json.dumps(backends),
        "MOCKWRIGHT_RESILIENCE": json.dumps(resilience),
    }


def ask(url: str, **body: object) -> httpx.Response:
    response = httpx.post(f"{url}/api/mock/people/1", json={"shape": SHAPE, **body}, timeout=60)
    assert response.status_code == 200, response.text
    return response


def test_a_shape_is_filled_by_a_constrained_model(server: Llama) -> None:
    with serving(env=backed_by(server)) as gateway:
        response = ask(gateway.url)
        assert VALID.is_valid(response.json())
        assert response.headers["x-llm-backend"] == "llama0"
        entry = httpx.get(f"{gateway.url}/api/admin/requests").json()[0]
        whole = httpx.get(f"{gateway.url}/api/admin/requests/{entry['id']}").json()
        done = whole["candidates"][0]["completions"][0]
        assert done["mode"] == "schema"
        assert done["usage"]["output_tokens"] > 0


def test_a_model_that_is_only_asked_in_words_still_gives_valid_answers(server: Llama) -> None:
    profile = {"json_schema": False, "json_mode": False}
    with serving(env=backed_by(server, profile=profile, max_tokens=48)) as gateway:
        for seed in range(3):
            response = ask(gateway.url, **{"$seed": seed})
            assert VALID.is_valid(response.json())
            filled = int(response.headers["x-mock-filled"])
            quality = float(response.headers["x-mock-quality"])
            assert filled == 0 or quality < 1, "what was filled shows in the quality"


def test_variants_are_primed_behind_the_first_answer_and_served_in_turn(server: Llama) -> None:
    with serving(env=backed_by(server)) as gateway:
        shape = {"$cache": 3, "code": "int 1..99999", "word": "string 3..12"}
        body = {"shape": shape, "$prompt": "Make each different."}
        first = httpx.post(f"{gateway.url}/api/mock/codes", json=body, timeout=60)
        assert first.headers["x-mock-cache"] == "miss"
        fresh = _primed(gateway.url)
        seen = {
            httpx.post(f"{gateway.url}/api/mock/codes", json=body, timeout=60).content
            for _ in range(2 * fresh)
        }
        assert len(seen) == fresh
        assert first.content in seen


def _primed(url: str, seconds: float = 60) -> int:
    """How many variants there are, once priming is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        key = httpx.get(f"{url}/api/admin/cache").json()["keys"][0]
        if not key["priming"]:
            return int(key["fresh"])
        time.sleep(0.1)
    raise AssertionError("priming did not end")


def test_a_server_that_dies_loses_no_request_and_comes_back(server: Llama) -> None:
    with llama() as second, serving(env=backed_by(server, second)) as gateway:
        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(ask, gateway.url, **{"$seed": n}) for n in range(12)]
            time.sleep(1)
            second.kill()
            assert all(VALID.is_valid(answer.result().json()) for answer in answers)
        assert _state(gateway.url, "llama1")["breaker"] == "open"
        assert {ask(gateway.url).headers["x-llm-backend"] for _ in range(3)} == {"llama0"}
        with llama(second.port):
            time.sleep(1.1)
            for _ in range(4):
                ask(gateway.url)
            assert _state(gateway.url, "llama1")["breaker"] == "closed"


def _state(url: str, name: str) -> JsonObject:
    states = httpx.get(f"{url}/api/admin/backends").json()
    found: JsonObject = next(state for state in states if state["name"] == name)
    return found
