"""Bad input gets a clear error that names the place, the value and what was expected; soon."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import httpx
import pytest

from mockwright.app import create_app
from mockwright.settings import Settings
from mockwright.testing import running
from tests.doubles import Exchange, upstream
from tests.waiting import PATIENCE


async def send(
    method: str, path: str, settings: dict[str, Any] | None = None, **request: Any
) -> httpx.Response:
    """One request, which has to be answered."""
    app = create_app(Settings.model_validate(settings or {}))
    transport = httpx.ASGITransport(app)
    async with app.gateway.running(), httpx.AsyncClient(transport=transport) as client:
        async with asyncio.timeout(PATIENCE):
            return await client.request(method, f"http://test/api/mock{path}", **request)


def problem(response: httpx.Response, status: int) -> str:
    """The detail of a problem document."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return str(response.json()["detail"])


JSON = {"content-type": "application/json"}


async def test_unreadable_json_names_the_place() -> None:
    response = await send("POST", "/x", content='{"a": 1,\n "b": oops}', headers=JSON)
    assert "line 2 column" in problem(response, 400)


async def test_a_body_over_the_limit_names_the_limit() -> None:
    limits = {"limits": {"body_bytes": 2048}}
    response = await send("POST", "/x", limits, content=b"[" + b"1," * 2000 + b"1]", headers=JSON)
    assert "2048" in problem(response, 413)


async def test_a_body_that_hides_its_size_is_cut_off_at_the_limit() -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b"1" * 1024

    limits = {"limits": {"body_bytes": 2048}}
    response = await send("POST", "/x", limits, content=endless(), headers=JSON)
    assert "2048" in problem(response, 413)


@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
async def test_json_nested_10000_deep_names_the_depth_allowed(start: str, end: str) -> None:
    body = start * 10_000 + "1" + end * 10_000
    response = await send("POST", "/x", content=body, headers=JSON)
    assert "100 levels" in problem(response, 400)


@pytest.mark.parametrize("place", ["header", "query"])
async def test_a_shape_that_is_no_json_names_the_control(place: str) -> None:
    given = (
        {"headers": {"X-Response-Shape": "{name"}}
        if place == "header"
        else {"params": {"shape": "{name"}}
    )
    assert "{name" in problem(await send("GET", "/x", **given), 400)


async def test_an_unknown_type_word_offers_the_nearest() -> None:
    response = await send("POST", "/x", json={"shape": {"when": "datetme"}})
    assert "'datetime'" in problem(response, 422)
    assert response.json()["pointer"] == "/when"


@pytest.mark.parametrize("count", ["-1", "1e9", "ten", "2.5", "", "0x10"])
async def test_a_bad_count_names_the_value_and_what_is_expected(count: str) -> None:
    detail = problem(await send("GET", "/users", params={"count": count}), 400)
    assert "count" in detail
    assert repr(count) in detail
    assert "0 to 10000" in detail


async def test_more_items_than_may_be_are_refused_and_not_capped() -> None:
    detail = problem(await send("GET", "/users", params={"count": "1000000000"}), 422)
    assert "1000000000" in detail
    assert "at most 10000" in detail


@pytest.mark.parametrize("cache", [0, -5, 10**6, "many", True, 1.5])
async def test_a_bad_cache_names_the_value_and_what_is_expected(cache: Any) -> None:
    response = await send("POST", "/x", json={"shape": {"$cache": cache, "a": "string"}})
    assert response.status_code in (400, 422)
    assert "cache" in problem(response, response.status_code)


async def test_an_unsatisfiable_schema_names_what_contradicts() -> None:
    schema = {"type": "string", "minLength": 5, "maxLength": 2}
    detail = problem(await send("POST", "/x", json={"shape": schema}), 422)
    assert "/minLength" in detail
    assert "/maxLength" in detail


async def test_a_regular_expression_that_would_take_for_ever_does_not() -> None:
    """The model's text is the worst case of the pattern; the answer still conforms, soon."""
    reply = {"text": json.dumps({"a": "a" * 5000 + "!"})}
    backend = {"name": "it", "provider": "scripted", "responses": [reply]}
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}},
        "required": ["a"],
    }
    response = await send("POST", "/x", {"backends": [backend]}, json={"shape": schema})
    assert response.status_code == 200
    assert set(response.json()["a"]) == {"a"}


@pytest.mark.parametrize(
    "body",
    [b'{"a": "\\ud800"}', b'{"a": "\xed\xa0\x80"}', b'{"a\x00": 1}', b'{"a": "\xff"}', b"\x00"],
)
async def test_surrogates_and_control_characters_are_refused_or_kept_but_never_a_fault(
    body: bytes,
) -> None:
    response = await send("POST", "/x", content=body, headers=JSON)
    if response.status_code != 200:
        assert "body" in problem(response, 400)


async def test_a_nul_in_a_string_is_data() -> None:
    response = await send("POST", "/x", content=b'{"a": "x\\u0000y"}', headers=JSON)
    assert response.json()["a"] == "x\x00y"


async def test_a_shape_with_a_lone_surrogate_is_refused() -> None:
    body = b'{"shape": {"\\ud800": "string"}}'
    response = await send("POST", "/x", content=body, headers=JSON)
    assert response.status_code in (400, 422)


async def test_a_query_over_the_limit_names_the_limit() -> None:
    detail = problem(await send("GET", "/x?q=" + "a" * 40_000), 414)
    assert "32768" in detail


async def test_a_control_header_that_is_no_utf8_is_named() -> None:
    detail = problem(await send("GET", "/x", headers={b"x-mock-prompt": b"caf\xe9"}), 400)
    assert "X-Mock-Prompt" in detail


async def test_another_header_that_is_no_utf8_does_not_matter() -> None:
    response = await send("GET", "/x", headers={b"x-other": b"caf\xe9"})
    assert response.status_code == 200


async def test_too_many_completions_names_the_most() -> None:
    assert "1 to 100" in problem(await send("GET", "/x", params={"n": 1000}), 400)


async def test_an_unknown_backend_names_those_that_exist() -> None:
    response = await send("GET", "/x", headers={"X-LLM-Backend": "gpt"})
    assert "available: embedded" in problem(response, 400)


async def test_all_backends_down_names_each_attempt() -> None:
    dead = {"name": "dead", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    settings = {"backends": [dead], "resilience": {"num_retries": 1, "retry_backoff_initial": 0}}
    response = await send("GET", "/x", settings)
    assert "dead" in problem(response, 502)
    attempts = response.json()["attempts"]
    assert [attempt["error"] for attempt in attempts] == ["connection", "connection"]
    assert attempts[0]["breaker"] == "closed"


async def test_an_upstream_that_never_ends_its_body_is_cut_off() -> None:
    async def endless(exchange: Exchange) -> None:
        exchange.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            exchange.writer.write(b" " * 65536)
            await exchange.writer.drain()

    async with upstream(endless) as server:
        backend = {"name": "up", "base_url": server.url, "model": "m"}
        settings = {
            "backends": [backend],
            "limits": {"upstream_bytes": 2**20},
            "resilience": {"num_retries": 0},
        }
        assert "1048576" in problem(await send("GET", "/x", settings), 502)


def test_ten_megabytes_of_query_are_refused_and_the_server_lives() -> None:
    with running() as url:
        assert httpx.get(f"{url}/api/mock/x?q={'a' * 60_000}").status_code == 414
        huge = b"GET /api/mock/x?q=" + b"a" * 10_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"
        assert _raw(httpx.URL(url).port, huge) in (b"", b"HTTP/1.1 400 Bad Request")
        assert httpx.get(f"{url}/api/mock/x").status_code == 200


def _raw(port: int | None, request: bytes) -> bytes:
    """The status line for raw bytes; empty where the server hung up while they were sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(request)
            return connection.recv(65536).split(b"\r\n")[0]
        except ConnectionError:
            return b""
