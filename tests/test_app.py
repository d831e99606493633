"""The running gateway: reload while in service, and what a stranger tries first."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from mockwright.app import Gateway, create_app
from mockwright.errors import ConfigError
from mockwright.settings import BackendSettings, Settings, StorageSettings
from mockwright.testing import running
from mockwright.types import JsonObject
from tests.doubles import Exchange, upstream
from tests.serving import served
from tests.waiting import PATIENCE, until, wait_until

FIRST = {
    "count": 10,
    "shape": {
        "users": [{"firstName": "string", "lastName": "string", "email": "string", "age": 0}]
    },
}


def client(settings: Settings | None = None) -> httpx.AsyncClient:
    app = create_app(settings or Settings())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_the_first_request_of_a_stranger_gives_ten_distinct_people() -> None:
    """As ``curl -d`` sends it: a JSON body that says it is a form."""
    async with client() as http:
        response = await http.post(
            "/api/mock/users",
            content=json.dumps(FIRST),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
    users = response.json()["users"]
    assert len(users) == 10
    assert len({user["email"] for user in users}) == 10
    for user in users:
        assert set(user) == {"firstName", "lastName", "email", "age"}
        assert 18 <= user["age"] <= 90
        assert user["email"].split("@")[1] in {"example.com", "example.org", "example.net"}


async def test_enriching_keeps_every_given_value() -> None:
    given = {"firstName": "Sarah", "lastName": "Chen", "email": "sarah.chen@example.com", "age": 34}
    form = {**dict.fromkeys(given, "string"), "age": 0, "demographics": {"city": "string"}}
    async with client() as http:
        body = {"users": [given], "shape": {"users": [form]}}
        answer = (await http.post("/api/mock/users/enrich", json=body)).json()
    assert len(answer["users"]) == 1
    assert answer["users"][0].items() >= given.items()
    assert answer["users"][0]["demographics"]["city"]


async def test_without_a_shape_a_path_is_answered_plausibly() -> None:
    async with client() as http:
        one = (await http.get("/api/mock/users/42")).json()
        five = (await http.get("/api/mock/users", params={"limit": 5})).json()
        made = (await http.post("/api/mock/orders", json={"sku": "A-1", "qty": 2})).json()
    assert one["id"] == 42
    assert len(five if isinstance(five, list) else next(iter(five.values()))) == 5
    assert made["sku"] == "A-1"
    assert made["qty"] == 2
    assert made["id"]


async def test_the_same_seed_gives_the_same_bytes() -> None:
    async with client() as http:
        bodies = {(await http.get("/api/mock/users?seed=7")).content for _ in range(3)}
    assert len(bodies) == 1


async def test_an_unknown_path_is_a_problem_document() -> None:
    async with client() as http:
        response = await http.get("/nowhere")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def write(path: Path, *names: str) -> None:
    backends = [{"name": name, "provider": "embedded"} for name in names]
    path.write_text(json.dumps({"backends": backends}))


async def test_a_reload_puts_new_backends_in_service(tmp_path: Path) -> None:
    config = tmp_path / "c.json"
    write(config, "one")
    app = create_app(None, config)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        write(config, "one", "two")
        response = await http.post("/api/admin/reload")
        assert response.json() == {"reloaded": True, "takes_effect_at_restart": []}
        names = [backend["name"] for backend in (await http.get("/api/admin/backends")).json()]
    assert names == ["one", "two"]


async def test_variants_made_under_another_configuration_are_not_served(tmp_path: Path) -> None:
    config = tmp_path / "c.json"
    write(config, "one")
    app = create_app(None, config)
    transport = httpx.ASGITransport(app)
    body = {"shape": {"$cache": 1, "title": "string"}, "$seed": 1}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        await http.post("/api/mock/x", json=body)
        assert (await http.post("/api/mock/x", json=body)).headers["x-mock-cache"] == "hit"
        config.write_text(json.dumps({"realism": {"kinds": {"title": "email"}}}))
        await http.post("/api/admin/reload")
        response = await http.post("/api/mock/x", json=body)
    assert response.headers["x-mock-cache"] == "miss"
    assert "@" in response.json()["title"]


async def test_a_broken_file_keeps_the_old_configuration_and_says_so(tmp_path: Path) -> None:
    config = tmp_path / "c.json"
    write(config, "one")
    app = create_app(None, config)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        config.write_text('{"backend": []}')
        response = await http.post("/api/admin/reload")
        assert response.status_code == 409
        assert "backends" in response.json()["detail"]
        assert (await http.get("/api/mock/x")).status_code == 200


async def test_a_reload_drops_no_request_in_flight(tmp_path: Path) -> None:
    config = tmp_path / "c.json"
    slow: JsonObject = {
        "name": "slow",
        "provider": "scripted",
        "responses": [{"value": {"a": 1}, "delay": 0.3}],
    }
    config.write_text(json.dumps({"backends": [slow]}))
    app = create_app(None, config)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        running = asyncio.create_task(http.post("/api/mock/x", json={"shape": {"a": 0}}))
        await until(lambda: app.gateway.engine.pool.status()[0].in_flight)
        write(config, "one")
        await http.post("/api/admin/reload")
        response = await running
    assert response.status_code == 200
    assert response.headers["x-llm-backend"] == "slow"


def test_a_section_that_needs_a_restart_is_named(tmp_path: Path) -> None:
    config = tmp_path / "c.json"
    write(config, "one")

    async def run() -> list[tuple[str, ...]]:
        gateway = Gateway(Settings(backends=(BackendSettings(name="one"),)), config)
        async with gateway.running():
            config.write_text('{"server": {"port": 1234}}')
            waiting = [gateway.reload(), gateway.reload()]
            assert gateway.settings.server.port != 1234
            return waiting

    # Also the second time: the start is what counts, not the reload before.
    assert asyncio.run(run()) == [("server",), ("server",)]


def test_a_broken_configuration_stops_the_start(tmp_path: Path) -> None:
    config = tmp_path / "c.json"
    config.write_text('{"bakends": []}')
    with pytest.raises(ConfigError, match=r"bakends.*backends"):
        create_app(None, config)


async def test_the_admin_token_is_asked_where_it_is_set() -> None:
    settings = Settings.model_validate({"server": {"admin_token": "s3cret-token"}})
    async with client(settings) as http:
        assert (await http.get("/api/admin/backends")).status_code == 401
        wrong = {"authorization": "Bearer nope"}
        assert (await http.get("/api/admin/backends", headers=wrong)).status_code == 401
        right = {"authorization": "Bearer s3cret-token"}
        assert (await http.get("/api/admin/backends", headers=right)).status_code == 200
        assert (await http.get("/healthz")).status_code == 200


async def test_a_client_that_leaves_hangs_up_on_the_upstream() -> None:
    gone = asyncio.Event()

    async def never_answer(exchange: Exchange) -> None:
        await exchange.gone()
        gone.set()

    async with upstream(never_answer) as server:
        backend = BackendSettings(name="up", base_url=server.url, model="m")
        async with served(Settings(backends=(backend,))) as url, httpx.AsyncClient() as http:
            body = {"shape": {"name": "string"}}
            asking = asyncio.create_task(http.post(f"{url}/api/mock/x", json=body, timeout=None))
            await until(lambda: server.requests)
            assert not gone.is_set()
            asking.cancel()
            async with asyncio.timeout(PATIENCE):
                await gone.wait()
            states = (await http.get(f"{url}/api/admin/backends")).json()
    assert len(server.requests) == 1
    assert (states[0]["breaker"], states[0]["errors"]) == ("closed", 0)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no SIGHUP on this system")
async def test_sighup_reloads_a_gateway_in_service(tmp_path: Path) -> None:
    config = tmp_path / "c.json"
    write(config, "one")
    gateway = create_app(None, config).gateway

    def names() -> list[str]:
        return [status.name for status in gateway.engine.pool.status()]

    async with gateway.running():
        write(config, "one", "two")
        assert signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: names() == ["one", "two"])
        config.write_text("{")
        with capture_logs() as logs:
            os.kill(os.getpid(), signal.SIGHUP)
            await until(lambda: logs)
        assert "reload refused" in logs[0]["event"]
        assert names() == ["one", "two"]


def test_variants_survive_a_restart_where_a_path_is_configured(tmp_path: Path) -> None:
    settings = Settings(storage=StorageSettings(path=tmp_path / "data" / "m.db"))
    body = {"shape": {"$cache": 2, "name": "string"}}
    with running(settings) as url, httpx.Client(base_url=url) as http:
        before = {http.post("/api/mock/x", json=body).text}
        wait_until(lambda: http.get("/api/admin/cache").json()["keys"][0]["fresh"] == 2)
        before |= {http.post("/api/mock/x", json=body).text for _ in range(2)}
    with running(settings) as url, httpx.Client(base_url=url) as http:
        answers = [http.post("/api/mock/x", json=body) for _ in range(2)]
    assert {answer.text for answer in answers} == before
    assert {answer.headers["x-mock-cache"] for answer in answers} == {"hit"}


async def test_a_chat_that_comes_in_while_the_configuration_is_read_again_uses_the_new_one(
    tmp_path: Path,
) -> None:
    config = tmp_path / "c.json"
    write(config, "one")
    app = create_app(None, config)

    async def slow_body() -> AsyncIterator[bytes]:
        yield b'{"model": "two", '
        write(config, "two")
        app.gateway.reload()
        yield b'"messages": [{"role": "user", "content": "Hi"}]}'

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        response = await http.post("/v1/chat/completions", content=slow_body())
    assert response.status_code == 200
    assert response.headers["x-llm-backend"] == "two"


async def test_a_changed_admin_token_holds_at_once(tmp_path: Path) -> None:
    config = tmp_path / "c.json"
    config.write_text('{"server": {"admin_token": "old-token"}}')
    app = create_app(None, config)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        config.write_text('{"server": {"admin_token": "new-token"}}')
        assert app.gateway.reload() == ()
        old, new = [
            (await http.get("/api/admin/backends", headers={"authorization": f"Bearer {t}"}))
            for t in ("old-token", "new-token")
        ]
    assert (old.status_code, new.status_code) == (401, 200)


@pytest.mark.parametrize(
    ("route", "place"),
    [({"shape": {"a": "strng"}}, "routes[0].shape"), ({"rules": [{"op": "x"}]}, "routes[0].rules")],
)
def test_a_route_that_every_request_would_trip_over_stops_the_start(
    route: dict[str, object], place: str
) -> None:
    settings = Settings.model_validate({"routes": [{"path": "/x", **route}]})
    with pytest.raises(ConfigError, match=re.escape(place)):
        create_app(settings)
