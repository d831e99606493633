"""Real requests of the gateway's ancestor, as its users wrote them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest

from mockwright.app import create_app
from mockwright.schema.validate import compile_schema
from mockwright.settings import BackendSettings, Settings
from mockwright.shapes.parse import parse_shape
from tests.shared_data import shared

FEATURES = {
    "rest_plain",
    "shape",
    "cache",
    "backend_select",
    "multipart",
    "error_sim",
    "chunking",
    "n_completions_ratelimit",
    "schema_echo",
    "endpoint_description",
}
# What the ancestor caps or mends in silence is refused here, by name.
REFUSED = {"ChunkingAndCaching-024": 400}


@lru_cache
def requests() -> list[dict[str, Any]]:
    lines = shared("ancestor/requests.jsonl").read_text().splitlines()
    return [r for r in map(json.loads, lines) if r["feature"] in FEATURES]


def build(request: dict[str, Any]) -> httpx.Request:
    path, _, query = request["path_with_query"].partition("?")
    if not path.startswith("/api/mock"):
        path = path.replace("/api", "/api/mock", 1)
    if request.get("url_needs_encoding"):
        query = quote(query, safe="=&%")
    body = request["body"]
    if request["feature"] == "multipart":
        body = body.replace("\n", "\r\n")
    return httpx.Request(
        request["method"],
        f"http://test{path}" + (f"?{query}" if query else ""),
        headers=request["headers"],
        content=body,
    )


def asked_shape(request: httpx.Request) -> Any:
    header = request.headers.get("x-response-shape")
    query = dict(parse_qsl(urlsplit(str(request.url)).query)).get("shape")
    if header or query:
        return json.loads(header or query or "")
    if request.content and "json" in request.headers.get("content-type", ""):
        return json.loads(request.content).get("shape")
    return None


def simulated_status(request: httpx.Request) -> int | None:
    query = dict(parse_qsl(urlsplit(str(request.url)).query))
    header = request.headers.get("x-error-code")
    shape = asked_shape(request)
    body = json.loads(request.content) if request.content.startswith(b"{") else {}
    for found in (header, query.get("error"), _error(shape), body.get("error")):
        if isinstance(found, dict):
            return int(found["code"])
        if found:
            return int(found)
    return None


def _error(shape: Any) -> Any:
    return shape.get("$error") if isinstance(shape, dict) else None


async def send(request: httpx.Request) -> httpx.Response:
    names = ("embedded", "ollama", "openai")
    settings = Settings(
        backends=tuple(BackendSettings(name=name, provider="embedded") for name in names)
    )
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.send(request)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "ancestral" in metafunc.fixturenames:
        try:
            known = requests()
        except pytest.skip.Exception:
            known = []
        metafunc.parametrize("ancestral", known, ids=[r["id"] for r in known])


@pytest.mark.usefixtures("clock")
async def test_a_request_of_the_ancestor_is_answered_as_asked(ancestral: dict[str, Any]) -> None:
    request = build(ancestral)
    response = await send(request)
    expected = REFUSED.get(ancestral["id"]) or simulated_status(request)
    if expected:
        assert response.status_code == expected, response.text
        assert response.headers["content-type"] == "application/problem+json"
        return
    assert response.is_success, response.text
    value = response.json()
    query = dict(parse_qsl(urlsplit(str(request.url)).query))
    answers = value["completions"] if int(query.get("n", 1)) > 1 else [value]
    assert len(answers) == int(query.get("n", 1))
    shape = asked_shape(request)
    if shape is not None and "count" not in query:
        schema = compile_schema(parse_shape(shape).schema)
        assert [schema.violations(answer) for answer in answers] == [()] * len(answers)
    if "count" in query:
        assert _longest_list(value) == int(query["count"])


def _longest_list(value: Any) -> int:
    if isinstance(value, list):
        return max(len(value), *(_longest_list(item) for item in value), 0)
    if isinstance(value, dict):
        return max((_longest_list(item) for item in value.values()), default=0)
    return 0
