"""The mock surface over a real engine, and over one that does as it is told."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockwright.app import create_app
from mockwright.errors import BackendTimeoutError, TransportError
from mockwright.settings import (
    BackendSettings,
    LimitSettings,
    Price,
    ScriptedReply,
    ServerSettings,
    Settings,
)
from mockwright.types import JsonObject
from mockwright.web.http.body import ClientGoneError
from mockwright.web.http.cycle import until_gone
from tests.clock import Clock
from tests.doubles import Exchange, upstream
from tests.waiting import primed
from tests.web.surfaces import QUICK, client, scripted

SHAPE = {"name": "string", "age": 0}


async def ask(
    method: str, path: str, settings: Settings | None = None, **more: Any
) -> httpx.Response:
    async with client(settings) as http:
        return await http.request(method, f"/api/mock{path}", **more)


def problem(response: httpx.Response, status: int) -> JsonObject:
    assert response.headers["content-type"] == "application/problem+json"
    document: JsonObject = response.json()
    assert response.status_code == document["status"] == status
    assert document["requestId"] == response.headers["x-request-id"]
    return document


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "/", "/users", "/a/b/c/d/e/f/g", "/caf%C3%A9/x%20y"])
async def test_any_path_is_answered_in_any_method(method: str, path: str) -> None:
    response = await ask(method, path, params={"shape": json.dumps(SHAPE)})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert int(response.headers["content-length"]) == len(response.content)
    assert set(response.json()) == {"name", "age"}


async def test_the_headers_tell_how_the_answer_was_made() -> None:
    response = await ask("GET", "/users?seed=5", headers={"x-request-id": "mine-1"})
    head = response.headers
    assert head["x-llm-backend"] == "embedded"
    assert head["x-mock-cache"] == "bypass"
    assert head["x-mock-seed"].startswith("5;v=")
    assert float(head["x-mock-quality"]) == 1.0
    assert head["x-mock-filled"] == "0"
    assert float(head["x-mock-cost-usd"]) == 0.0
    assert head["x-request-id"] == "mine-1"
    stages = [stage.partition(";")[0] for stage in head["server-timing"].split(", ")]
    assert {"plan", "generate", "total"} <= set(stages)
    assert head["access-control-allow-origin"] == "*"


async def test_a_seed_sent_back_as_told_gives_the_same_bytes() -> None:
    async with client() as http:
        first = await http.get("/api/mock/users?seed=11")
        again = await http.get(
            "/api/mock/users", headers={"x-mock-seed": first.headers["x-mock-seed"]}
        )
    assert first.content == again.content


async def test_head_tells_what_get_would_and_sends_nothing() -> None:
    async with client() as http:
        got = await http.get("/api/mock/users/1?seed=3")
        head = await http.head("/api/mock/users/1?seed=3")
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["x-mock-seed"] == got.headers["x-mock-seed"]


async def test_options_names_the_methods() -> None:
    response = await ask("OPTIONS", "/users")
    assert response.status_code == 204
    assert set(response.headers["allow"].split(", ")) >= {"GET", "POST", "PATCH", "DELETE"}


async def test_a_browser_may_ask_first() -> None:
    response = await ask(
        "OPTIONS",
        "/users",
        headers={
            "origin": "https://app.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "x-response-shape",
        },
    )
    assert response.status_code == 204
    assert response.headers["access-control-allow-headers"] == "x-response-shape"
    assert response.headers.get_list("access-control-allow-origin") == ["*"]


async def test_a_strange_method_is_refused_with_those_that_are_known() -> None:
    response = await ask("TRACE", "/users")
    problem(response, 405)
    assert "GET" in response.headers["allow"]


async def test_a_page_of_another_origin_cannot_read_where_origins_are_named() -> None:
    settings = Settings(server=ServerSettings(cors_origins=("https://a.example",)))
    response = await ask("GET", "/users", settings, headers={"origin": "https://b.example"})
    assert "access-control-allow-origin" not in response.headers
    assert response.headers["vary"] == "origin"


class TestVariants:
    async def test_the_same_raw_request_is_a_hit_with_its_own_id(self) -> None:
        body = {"shape": {"$cache": 2, **SHAPE}}
        app = create_app(Settings())
        async with client(app) as http:
            first = await http.post("/api/mock/u", json=body)
            assert first.headers["x-mock-cache"] == "miss"
            await primed(app.gateway.memory.variants)
            hits = [await http.post("/api/mock/u", json=body) for _ in range(4)]
        assert {hit.headers["x-mock-cache"] for hit in hits} == {"hit"}
        assert len({hit.content for hit in hits}) == 2
        assert len({hit.headers["x-request-id"] for hit in hits}) == 4
        assert {hit.headers["x-llm-backend"] for hit in hits} == {"embedded"}
        assert all(int(h.headers["content-length"]) == len(h.content) for h in hits)

    async def test_a_hit_runs_neither_the_decoder_nor_the_engine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with client() as http:
            await http.get("/api/mock/u?cache=1")

            def never(*_: Any, **__: Any) -> None:
                raise AssertionError("a hit parses nothing")

            monkeypatch.setattr("mockwright.web.mock.surface.decode", never)
            monkeypatch.setattr("mockwright.web.mock.surface.parse_body", never)
            hit = await http.get("/api/mock/u?cache=1")
        assert hit.status_code == 200
        assert hit.headers["x-mock-cache"] == "hit"

    @pytest.mark.parametrize(
        "change",
        [
            {"params": {"cache": "1", "q": "2"}},
            {"headers": {"accept-language": "de"}},
            {"headers": {"x-mock-prompt": "cats"}},
            {"headers": {"x-mock-seed": "1"}},
            {"content": b"other"},
        ],
    )
    async def test_whatever_can_change_the_answer_is_another_request(
        self, change: dict[str, Any]
    ) -> None:
        async with client() as http:
            await http.request("POST", "/api/mock/u", params={"cache": "1"})
            asked = {"params": {"cache": "1"}} | change
            other = await http.request("POST", "/api/mock/u", **asked)
        assert other.headers["x-mock-cache"] == "miss"

    async def test_a_header_that_cannot_change_the_answer_does_not_matter(self) -> None:
        async with client() as http:
            await http.get("/api/mock/u?cache=1")
            hit = await http.get("/api/mock/u?cache=1", headers={"x-trace": "1"})
        assert hit.headers["x-mock-cache"] == "hit"

    async def test_a_status_and_a_delay_hold_for_every_request(self, clock: Clock) -> None:
        start = clock.now
        async with client() as http:
            for _ in range(3):
                response = await http.get("/api/mock/u?cache=1&status=202&delay=20s")
                assert response.status_code == 202
                assert 20 <= round(clock.now - start, 6) < 25
                clock.now = start

    async def test_a_reload_is_seen_by_requests_that_were_hits(self, tmp_path: Path) -> None:
        config = tmp_path / "c.json"

        def write(field: str) -> None:
            route = {"path": "/u", "shape": {field: 0}, "cache": 1}
            config.write_text(json.dumps({"routes": [route]}))

        write("old")
        async with client(create_app(None, config)) as http:
            for _ in range(2):
                assert list((await http.get("/api/mock/u")).json()) == ["old"]
            write("new")
            await http.post("/api/admin/reload")
            for state in ("miss", "hit"):
                response = await http.get("/api/mock/u")
                assert list(response.json()) == ["new"]
                assert response.headers["x-mock-cache"] == state

    async def test_head_is_a_hit_of_get(self) -> None:
        async with client() as http:
            await http.get("/api/mock/u?cache=1")
            hit = await http.head("/api/mock/u?cache=1")
        assert hit.headers["x-mock-cache"] == "hit"
        assert hit.content == b""


class TestSimulation:
    async def test_an_error_is_answered_as_asked_without_any_backend(self) -> None:
        async with client() as http:
            response = await http.get("/api/mock/users/9?error=404&errorMessage=Gone")
            document = problem(response, 404)
            assert document["error"] == {"code": 404, "message": "Gone"}
            backends = (await http.get("/api/admin/backends")).json()
        assert backends[0]["calls"] == 0

    async def test_a_status_keeps_the_answer(self) -> None:
        response = await ask("POST", "/users?status=201", json={"shape": SHAPE})
        assert response.status_code == 201
        assert set(response.json()) == {"name", "age"}

    @pytest.mark.parametrize("status", [204, 304])
    async def test_a_status_without_a_body_has_none(self, status: int) -> None:
        response = await ask("GET", f"/users?status={status}")
        assert response.status_code == status
        assert response.content == b""
        assert "content-type" not in response.headers
        assert "content-length" not in response.headers

    @pytest.mark.parametrize("query", ["delay=20s", "delay=20&error=500"])
    async def test_nothing_is_answered_before_the_delay_is_over(
        self, query: str, clock: Clock
    ) -> None:
        start = clock.now
        await ask("GET", f"/users?{query}")
        assert 20 <= round(clock.now - start, 6) < 25


async def test_n_completions_come_in_one_object() -> None:
    response = await ask("GET", "/users?n=3", headers={"x-response-shape": json.dumps(SHAPE)})
    completions = response.json()["completions"]
    assert len(completions) == 3
    assert all(set(completion) == {"name", "age"} for completion in completions)


async def test_what_cannot_be_honoured_is_told() -> None:
    response = await ask("GET", "/users?errorMessage=gone&budget=low")
    assert response.status_code == 200
    assert response.headers["x-mock-ignored"] == "budget, errorMessage"


async def test_an_uploaded_file_is_kept_as_its_metadata() -> None:
    content = b"\x00\xff" * 5000
    shape = {"title": "string", "file": {"filename": "string", "size": 0, "sha256": "string"}}
    response = await ask(
        "POST",
        "/files",
        files={"file": ("a.bin", content, "application/x-thing")},
        data={"title": "Mine", "shape": json.dumps(shape)},
    )
    answer = response.json()
    assert answer["title"] == "Mine"
    assert answer["file"] == {
        "filename": "a.bin",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


async def test_a_form_can_hold_controls() -> None:
    form = {"count": "2", "shape": json.dumps({"users": [SHAPE]})}
    response = await ask("POST", "/users", data=form)
    assert len(response.json()["users"]) == 2


class TestBadInput:
    LIMITS = Settings(limits=LimitSettings(body_bytes=2048, query_bytes=256, upload_bytes=4096))

    async def test_unreadable_json_names_the_place(self) -> None:
        response = await ask(
            "POST", "/u", content='{"a": 1,\n]', headers={"content-type": "application/json"}
        )
        assert "line 2 column 1" in problem(response, 400)["detail"]

    @pytest.mark.parametrize("announced", [True, False])
    async def test_a_body_over_the_limit(self, announced: bool) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 100

        content = b"x" * 10_000 if announced else chunks()
        response = await ask("POST", "/u", self.LIMITS, content=content)
        assert problem(response, 413)["limit"] == 2048

    async def test_an_upload_over_the_limit(self) -> None:
        response = await ask("POST", "/u", self.LIMITS, files={"f": b"x" * 5000})
        assert problem(response, 413)["limit"] == 4096

    async def test_a_compressed_body_that_grows_over_the_limit(self) -> None:
        response = await ask(
            "POST",
            "/u",
            self.LIMITS,
            content=gzip.compress(b" " * 1_000_000),
            headers={"content-encoding": "gzip", "content-type": "application/json"},
        )
        assert "decompressed" in problem(response, 413)["detail"]

    @pytest.mark.parametrize("text", ["[" * 10_000 + "]" * 10_000, '{"a":' * 10_000])
    async def test_json_nested_ten_thousand_deep(self, text: str) -> None:
        response = await ask("POST", "/u", content=text)
        assert "deeper than the limit" in problem(response, 400)["detail"]

    async def test_a_query_over_the_limit(self) -> None:
        response = await ask("GET", "/u", self.LIMITS, params={"q": "x" * 1000})
        assert problem(response, 414)["limit"] == 256

    @pytest.mark.parametrize("shape", ["{users:[", "users", "'x'"])
    async def test_a_shape_that_is_no_json(self, shape: str) -> None:
        response = await ask("GET", "/u", headers={"x-response-shape": shape})
        assert problem(response, 400)["control"] == "header X-Response-Shape"

    async def test_an_unknown_type_word_is_offered_the_nearest(self) -> None:
        response = await ask("POST", "/u", json={"shape": {"user": {"name": "strnig"}}})
        document = problem(response, 422)
        assert "string" in document["detail"]
        assert document["pointer"].endswith("/user/name")

    @pytest.mark.parametrize("count", [-1, "ten", 1.5])
    async def test_a_count_that_is_none(self, count: Any) -> None:
        forms: list[dict[str, Any]] = [{"params": {"count": count}}, {"json": {"count": count}}]
        for more in forms:
            document = problem(await ask("POST", "/u", **more), 400)
            assert document["control"].endswith("count")
            assert document["value"] == str(count)
            assert "from 0 to" in document["expected"]

    @pytest.mark.parametrize("cache", [0, -5, 10**6])
    async def test_a_number_of_variants_that_is_none(self, cache: int) -> None:
        response = await ask("POST", "/u", json={"shape": {"$cache": cache, "a": 0}})
        assert "$cache" in problem(response, response.status_code)["detail"]
        assert response.status_code in (400, 422)

    async def test_a_thousand_completions(self) -> None:
        assert problem(await ask("GET", "/u?n=1000"), 400)["control"] == "query n"

    async def test_a_schema_that_nothing_satisfies(self) -> None:
        schema = {"type": "integer", "minimum": 5, "maximum": 1}
        problem(await ask("POST", "/u", json={"shape": schema}), 422)

    async def test_a_regular_expression_that_would_take_for_ever(self) -> None:
        schema = {"type": "string", "pattern": "^(a+)+$", "minLength": 30}
        response = await ask("POST", "/u", json={"shape": schema})
        assert response.status_code in (200, 422)

    @pytest.mark.parametrize("text", ['{"a":"\\ud800"}', '{"a":"\\udc00x"}', '{"a":"\0"}'])
    async def test_text_that_is_no_text(self, text: str) -> None:
        problem(await ask("POST", "/u", content=text), 400)

    async def test_an_escaped_nul_is_text_like_any_other(self) -> None:
        response = await ask("POST", "/u", json={"name": "a\0b", "shape": SHAPE})
        assert response.json()["name"] == "a\0b"

    async def test_a_header_that_is_no_utf8(self) -> None:
        async with client() as http:
            headers = [(b"x-mock-prompt", b"\xff\xfe"), (b"x-other", b"\xff")]
            response = await http.get("/api/mock/u", headers=headers)
            document = problem(response, 400)
            assert document["control"] == "header X-Mock-Prompt"
            assert (await http.get("/api/mock/u", headers=headers[1:])).status_code == 200

    @pytest.mark.parametrize("where", ["header", "query", "body"])
    async def test_an_unknown_backend_names_those_that_exist(self, where: str) -> None:
        more: dict[str, Any] = {
            "header": {"headers": {"x-llm-backend": "gpt"}},
            "query": {"params": {"backend": "gpt"}},
            "body": {"json": {"$backend": "gpt"}},
        }[where]
        assert problem(await ask("POST", "/u", **more), 400)["available"] == ["embedded"]

    async def test_an_integer_of_any_length_comes_back_unchanged(self) -> None:
        text = '{"id": 123456789012345678901234567890, "shape": {"id": 0}}'
        response = await ask("POST", "/u", content=text)
        assert response.json() == {"id": 123456789012345678901234567890}


class TestFailingBackends:
    @pytest.mark.parametrize(
        ("error", "status"), [("timeout", 504), ("connection", 502), ("status_500", 502)]
    )
    async def test_each_attempt_is_named(self, error: str, status: int) -> None:
        response = await ask("GET", "/u", scripted(ScriptedReply(error=error)))
        (attempt,) = problem(response, status)["attempts"]
        assert attempt["backend"] == "model"
        assert attempt["error"] == error

    async def test_an_open_circuit_says_when_to_come_back(self) -> None:
        async with client(scripted(ScriptedReply(error="connection"))) as http:
            await http.get("/api/mock/u")
            response = await http.get("/api/mock/u")
        problem(response, 503)
        assert 1 <= int(response.headers["retry-after"]) <= 60

    async def test_several_completions_fail_as_one_does(self) -> None:
        response = await ask("GET", "/u?n=3", scripted(ScriptedReply(error="timeout")))
        assert problem(response, 504)["attempts"]

    async def test_an_answer_that_may_not_be_filled_is_refused_with_what_is_wrong(self) -> None:
        settings = scripted(ScriptedReply(text="I would rather not."))
        response = await ask("POST", "/u?fill=false", settings, json={"shape": SHAPE})
        assert problem(response, 502)["violations"]


async def test_every_request_is_in_the_journal() -> None:
    async with client() as http:
        for path in ("/a?cache=1", "/a?cache=1", "/b?error=503", "/c?count=x"):
            await http.get(f"/api/mock{path}")
        entries = (await http.get("/api/admin/requests")).json()
    assert [(e["path"], e["status"], e["cache"]) for e in entries] == [
        ("/c", 400, ""),
        ("/b", 503, ""),
        ("/a", 200, "hit"),
        ("/a", 200, "miss"),
    ]


async def test_the_trace_of_an_answer_is_found_by_its_id() -> None:
    async with client() as http:
        response = await http.post("/api/mock/users", json={"shape": SHAPE})
        url = f"/api/admin/requests/{response.headers['x-request-id']}"
        entry = (await http.get(url)).json()
    assert entry["request"]["body"] == '{"shape":{"name":"string","age":0}}'
    assert entry["response"]["body"] == response.text
    assert entry["backend"] == "embedded"


async def test_an_unexpected_error_is_a_bare_500(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("mockwright.web.mock.surface.decode", broken)
    response = await ask("GET", "/u")
    problem(response, 500)
    assert "42" not in response.text.replace(response.headers["x-request-id"], "")


Message = MutableMapping[str, Any]


def scope(path: str = "/api/mock/u", query: bytes = b"", method: str = "GET") -> Message:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [],
    }


def leaving(after: float) -> Callable[[], Awaitable[Message]]:
    """A caller that sends a whole request, and is gone ``after`` seconds later."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.sleep(after)
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


@pytest.mark.usefixtures("clock")
class TestTheCallerLeaves:
    async def test_the_call_to_the_backend_is_cancelled(self) -> None:
        app = create_app(scripted(ScriptedReply(value={}, delay=60)))
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await asyncio.wait_for(app(scope(), leaving(0.05), send), 5)
        assert sent == []
        (status,) = app.gateway.engine.pool.status()
        assert status.in_flight == 0
        assert status.errors == 0
        assert status.breaker == "closed"
        (entry,) = app.gateway.services.journal.list()
        assert entry["status"] == 499

    async def test_a_delay_is_cut_short(self) -> None:
        async def send(_: Message) -> None:
            raise AssertionError("nobody listens")

        app = create_app()
        await asyncio.wait_for(app(scope(query=b"delay=60"), leaving(0.02), send), 5)

    async def test_a_caller_that_leaves_within_its_body_is_not_answered(self) -> None:
        async def receive() -> Message:
            return {"type": "http.disconnect"}

        async def send(_: Message) -> None:
            raise AssertionError("nobody listens")

        await create_app()(scope(method="POST"), receive, send)


@pytest.mark.usefixtures("clock")
class TestUntilGone:
    async def test_work_that_never_waits_needs_no_watch(self) -> None:
        async def receive() -> Message:
            raise AssertionError("not asked")

        async def work() -> int:
            return 7

        assert await until_gone(work(), receive) == 7

    async def test_the_error_of_the_work_is_raised(self) -> None:
        async def work() -> None:
            await asyncio.sleep(0.001)
            raise TransportError("reset")

        with pytest.raises(TransportError):
            await until_gone(work(), leaving(5))

    async def test_work_is_cancelled_and_waited_for(self) -> None:
        ended: list[str] = []

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0.01)
                ended.append("cleaned up")

        with pytest.raises(ClientGoneError):
            await until_gone(work(), leaving(0.01))
        assert ended == ["cleaned up"]

    async def test_a_server_that_shuts_down_cancels_the_work_too(self) -> None:
        cancelled = asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled.set()
                raise

        outer = asyncio.create_task(until_gone(work(), leaving(60)))
        await asyncio.sleep(0.01)
        outer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await outer
        assert cancelled.is_set()

    async def test_a_timeout_within_the_work_is_no_departure(self) -> None:
        async def work() -> None:
            await asyncio.sleep(0)
            raise BackendTimeoutError("slow")

        with pytest.raises(BackendTimeoutError):
            await until_gone(work(), leaving(5))


async def costly(server: Exchange) -> None:
    """A model whose answer costs half a dollar."""
    await asyncio.sleep(0.05)
    message = {"role": "assistant", "content": '{"name": "a", "age": 1}'}
    usage = {"prompt_tokens": 0, "completion_tokens": 500_000}
    await server.reply({"choices": [{"message": message}], "usage": usage})


@asynccontextmanager
async def paying() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway before that model."""
    async with upstream(costly) as server:
        price = Price(output_per_million=1.0)
        backend = BackendSettings(name="model", base_url=server.url, model="m", price=price)
        app = create_app(Settings(backends=(backend,), resilience=QUICK))
        async with app.gateway.running(), client(app) as http:
            yield http


CACHED = {"shape": {"$cache": 1, **SHAPE}}


async def test_a_miss_costs_what_was_paid_for_it_and_a_hit_nothing() -> None:
    async with paying() as http:
        answers = [await http.post("/api/mock/x", json=CACHED) for _ in range(3)]
        journal = (await http.get("/api/admin/requests")).json()
    heads = [answer.headers for answer in answers]
    assert [head["x-mock-cache"] for head in heads] == ["miss", "hit", "hit"]
    assert [head["x-mock-cost-usd"] for head in heads] == ["0.500000", "0.000000", "0.000000"]
    assert [entry["cost_usd"] for entry in journal] == [0.0, 0.0, 0.5]


async def test_of_those_who_share_an_answer_one_is_told_its_cost() -> None:
    async with paying() as http:
        posts = [http.post("/api/mock/x", json=CACHED) for _ in range(4)]
        heads = [answer.headers for answer in await asyncio.gather(*posts)]
    assert [head["x-mock-cache"] for head in heads] == ["miss"] * 4
    assert sum(float(head["x-mock-cost-usd"]) for head in heads) == 0.5


async def test_a_problem_tells_no_cost() -> None:
    assert "x-mock-cost-usd" not in (await ask("GET", "/x?count=ten")).headers


async def test_a_reload_while_a_body_is_on_its_way_does_not_leave_it_with_the_old_backends() -> (
    None
):
    app = create_app(scripted(ScriptedReply(value={"name": "old", "age": 1})))
    new = create_app(scripted(ScriptedReply(value={"name": "new", "age": 1}))).gateway.services

    async def body() -> AsyncIterator[bytes]:
        yield b'{"shape": '
        app.gateway.services = new
        yield json.dumps(SHAPE).encode() + b"}"

    async with client(app) as http:
        answer = await http.post("/api/mock/x", content=body())
    assert answer.json()["name"] == "new"


@pytest.mark.parametrize("path", ["/%61pi/mock/caf%C3%A9%20x", "/api%2Fmock/caf%C3%A9%20x"])
async def test_a_percent_encoded_mount_is_the_mount(path: str) -> None:
    async with client() as http:
        answer = await http.get(path)
        journal = (await http.get("/api/admin/requests")).json()
    assert answer.status_code == 200
    assert journal[0]["path"] == "/café x"


async def test_a_packed_multipart_body_is_refused_by_its_coding() -> None:
    head = {"content-type": "multipart/form-data; boundary=b", "content-encoding": "gzip"}
    answer = await ask("POST", "/x", content=gzip.compress(b"--b--\r\n"), headers=head)
    assert "'gzip'" in problem(answer, 415)["detail"]
