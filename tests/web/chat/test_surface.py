"""What the chat surfaces have in common, on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from mockwright.settings import BackendSettings, Settings
from mockwright.types import JsonObject
from mockwright.web.chat.surface import SurfaceRoute, WholeReply
from mockwright.web.http.sse import event, line
from tests.clock import Clock
from tests.serving import served
from tests.waiting import PATIENCE
from tests.web.surfaces import client, events, post

HELLO: JsonObject = {
    "model": "up",
    "messages": [{"role": "user", "content": "Hello"}],
    "stream": True,
}


async def _nothing(call: Any) -> WholeReply:
    return WholeReply({})


@pytest.mark.parametrize(
    ("pattern", "path", "params"),
    [
        ("/v1/models", "/v1/models", ()),
        ("/v1/models", "/v1/models/", ()),
        ("/v1/models", "/v1/model", None),
        ("/v1/models/{*}", "/v1/models/a/b", ("a/b",)),
        ("/v1/models/{*}", "/v1/models/", None),
        ("/v1/responses/{}", "/v1/responses/x", ("x",)),
        ("/v1/responses/{}", "/v1/responses/x/y", None),
        ("/v1/responses/{}/cancel", "/v1/responses/x/cancel", ("x",)),
    ],
)
def test_a_route_matches_a_path_piece_by_piece(
    pattern: str, path: str, params: tuple[str, ...] | None
) -> None:
    assert SurfaceRoute("GET", pattern, _nothing).match(path) == params


def test_an_event_is_one_line_of_data_whatever_its_text_holds() -> None:
    assert event({"a": "x\ny\r\u2028"}, "e").count(b"\n") == 3
    assert line({"a": "x\ny"}).count(b"\n") == 1


async def test_a_delay_is_waited_for(clock: Clock) -> None:
    started = clock.now
    body = {"model": "auto", "messages": [{"role": "user", "content": "Hi"}]}
    await post("/v1/chat/completions", body, X_Mock_Delay="20s")
    assert 20 <= round(clock.now - started, 6) < 25


async def test_a_control_that_cannot_be_read_is_told_in_the_surfaces_own_words() -> None:
    response = await post("/v1/chat/completions", {}, X_Mock_Delay="soon")
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "header X-Mock-Delay"


async def test_a_method_that_is_not_answered_is_told_which_is() -> None:
    async with client() as http:
        response = await http.get("/v1/chat/completions")
    assert response.status_code == 404
    assert "POST" in response.json()["error"]["message"]


async def test_what_is_not_honoured_is_told() -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": "Hi"}]}
    response = await post("/v1/chat/completions", body, X_Mock_Flow="single")
    assert response.headers["x-mock-ignored"] == "flow"


class Upstream:
    """A model server that writes for as long as somebody reads: a piece, then one each 10 ms."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.first_seen = asyncio.Event()
        """There is no second piece before."""
        self.pieces = 0
        self.breaks = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            writer.write(head + b"transfer-encoding: chunked\r\n\r\n")
            while not (self.breaks and self.pieces == 3):
                self.pieces += 1
                choice = {"index": 0, "delta": {"content": f" {self.pieces}"}}
                data = event({"id": "c", "object": "x", "created": 1, "choices": [choice]})
                writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                await writer.drain()
                await self.first_seen.wait()
                # The end of what the gateway sends is its leaving.
                with_time = asyncio.wait_for(reader.read(65536), 0.01)
                try:
                    while await with_time:
                        with_time = asyncio.wait_for(reader.read(65536), 0.01)
                    break
                except TimeoutError:
                    continue
        except ConnectionError:
            pass
        finally:
            self.gone.set()
            writer.close()


@pytest.fixture
async def upstream() -> AsyncIterator[tuple[Upstream, str]]:
    double = Upstream()
    server = await asyncio.start_server(double.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    backend = BackendSettings(name="up", base_url=f"http://127.0.0.1:{port}/v1", model="m")
    async with served(Settings(backends=(backend,))) as url:
        yield double, url
    server.close()


async def test_the_first_piece_goes_out_when_it_comes_in_and_a_leaver_stops_the_upstream(
    upstream: tuple[Upstream, str],
) -> None:
    double, url = upstream
    async with (
        httpx.AsyncClient() as http,
        http.stream("POST", f"{url}/v1/chat/completions", json=HELLO) as response,
    ):
        async for text in response.aiter_lines():
            if text:
                break
        assert double.pieces == 1
        assert response.headers["x-llm-backend"] == "up"
        double.first_seen.set()
    await asyncio.wait_for(double.gone.wait(), PATIENCE)
    async with httpx.AsyncClient() as http:
        (entry,) = [
            one
            for one in (await http.get(f"{url}/api/admin/requests")).json()
            if one["path"] == "/v1/chat/completions"
        ]
    assert entry["backend"] == "up"


async def test_an_upstream_that_breaks_off_in_the_middle_is_an_error_in_the_stream(
    upstream: tuple[Upstream, str],
) -> None:
    double, url = upstream
    double.breaks = True
    double.first_seen.set()
    async with httpx.AsyncClient() as http:
        response = await http.post(f"{url}/v1/chat/completions", json=HELLO, timeout=PATIENCE)
    told = events(response)
    assert "".join(c["choices"][0]["delta"]["content"] for c in told[:-1]) == " 1 2 3"
    assert told[-1]["error"]["type"] == "server_error"
    assert "[DONE]" not in response.text


@pytest.mark.parametrize(
    ("path", "body", "ignored"),
    [
        (
            "/v1/chat/completions",
            {"temperature": 0.5, "structured_outputs": {"choice": ["a"]}, "user": "u"},
            "structured_outputs, temperature",
        ),
        ("/v1/responses", {"input": "Hi", "multi_agent": {"enabled": True}}, "multi_agent"),
        ("/v1/completions", {"prompt": "Hi", "best_of": 3}, "best_of"),
        ("/v1/messages", {"max_tokens": 9, "container": "c"}, "container"),
        (
            "/api/chat",
            {"stream": False, "raw": True, "options": {"mirostat": 1}},
            "raw, options.mirostat",
        ),
    ],
)
async def test_fields_that_nobody_acts_on_are_told(
    path: str, body: JsonObject, ignored: str
) -> None:
    messages = [{"role": "user", "content": "Hi"}]
    whole = {"model": "auto", "messages": messages, **body}
    if path in ("/v1/responses", "/v1/completions"):
        del whole["messages"]
    response = await post(path, whole)
    assert response.status_code == 200
    assert response.headers["x-mock-ignored"] == ignored


async def test_a_stream_tells_in_its_head_what_is_not_acted_on() -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": "Hi"}], "top_p": 0.1}
    response = await post("/v1/chat/completions", {**body, "stream": True})
    assert response.headers["x-mock-ignored"] == "top_p"
