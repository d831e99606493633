from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from mockwright.app import create_app
from mockwright.settings import BackendSettings, ServerSettings, Settings

TWO = Settings(
    backends=(
        BackendSettings(name="One", provider="embedded"),
        BackendSettings(name="two", provider="embedded"),
    )
)


def client(settings: Settings = TWO) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(settings))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_backends_are_listed_with_what_they_did() -> None:
    async with client() as http:
        await http.get("/api/mock/users", headers={"x-llm-backend": "two"})
        one, two = (await http.get("/api/admin/backends")).json()
    assert [one["name"], two["name"]] == ["One", "two"]
    assert (one["calls"], two["calls"]) == (0, 1)
    assert two["state"] == "ready"
    assert two["breaker"] == "closed"
    assert two["success_rate"] == 1.0
    assert two["latency_p95"] > 0
    assert two["latency_buckets"][-1] == {"le": None, "count": 1}


async def test_a_disabled_backend_is_refused_until_it_is_enabled() -> None:
    asked = {"x-llm-backend": "one"}
    async with client() as http:
        disabled = await http.post("/api/admin/backends/one/disable")
        assert disabled.json()["state"] == "disabled"
        refused = await http.get("/api/mock/users", headers=asked)
        assert refused.status_code == 400
        assert refused.json()["available"] == ["two"]
        await http.post("/api/admin/backends/ONE/enable")
        assert (await http.get("/api/mock/users", headers=asked)).status_code == 200


async def test_a_breaker_can_be_reset() -> None:
    async with client() as http:
        response = await http.post("/api/admin/backends/two/reset")
    assert response.json()["breaker"] == "closed"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/backends/three/enable", 400),
        ("POST", "/backends/one/explode", 400),
        ("GET", "/requests/unknown", 404),
        ("GET", "/requests?limit=0", 400),
        ("GET", "/requests?status=x", 400),
        ("DELETE", "/cache?key=zz", 400),
        ("GET", "/cache?offset=99999999999999999999", 400),
        ("GET", "/nothing", 404),
        ("PUT", "/backends", 405),
    ],
)
async def test_what_cannot_be_done_is_a_problem(method: str, path: str, status: int) -> None:
    async with client() as http:
        response = await http.request(method, f"/api/admin{path}")
    assert response.status_code == response.json()["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


async def test_requests_are_filtered_paged_and_forgotten() -> None:
    async with client() as http:
        for path in ("/a", "/b?error=404", "/a/c"):
            await http.get(f"/api/mock{path}")

        async def listed(**params: Any) -> list[str]:
            entries = (await http.get("/api/admin/requests", params=params)).json()
            return [entry["path"] for entry in entries]

        assert await listed() == ["/a/c", "/b", "/a"]
        assert await listed(path="/a") == ["/a/c", "/a"]
        assert await listed(status=404) == ["/b"]
        assert await listed(limit=1) == ["/a/c"]
        last = (await http.get("/api/admin/requests", params={"limit": 1})).json()[0]["id"]
        assert await listed(before=last) == ["/b", "/a"]
        assert (await http.delete("/api/admin/requests")).json() == {"removed": 3}
        assert await listed() == []


async def test_the_cache_is_listed_and_cleared() -> None:
    async with client() as http:
        for path in ("/a", "/b"):
            await http.get(f"/api/mock{path}?cache=1")
            await http.get(f"/api/mock{path}?cache=1")
        cache = (await http.get("/api/admin/cache")).json()
        assert cache["stats"]["keys"] == 2
        assert cache["stats"]["hits"] == 2
        assert [key["label"] for key in cache["keys"]] == ["GET /b", "GET /a"]
        one = {"key": cache["keys"][0]["key"]}
        assert (await http.delete("/api/admin/cache", params=one)).json() == {"removed": 1}
        assert (await http.delete("/api/admin/cache?prefix=/a")).json() == {"removed": 1}
        assert (await http.get("/api/mock/a?cache=1")).headers["x-mock-cache"] == "miss"
        assert (await http.delete("/api/admin/cache")).json() == {"removed": 1}


class TestToken:
    SETTINGS = Settings(server=ServerSettings(admin_token=SecretStr("s3cret-t\u00f6ken")))

    @pytest.mark.parametrize(
        "header", [None, b"Bearer wrong", b"Basic s3cret-t", b"Bearer", b"Bearer \xff", b""]
    )
    async def test_without_it_nothing_is_shown_or_done(self, header: bytes | None) -> None:
        headers = [] if header is None else [(b"authorization", header)]
        async with client(self.SETTINGS) as http:
            for method, path in (("GET", "/backends"), ("POST", "/reload"), ("DELETE", "/cache")):
                response = await http.request(method, f"/api/admin{path}", headers=headers)
                assert response.status_code == 401
                assert response.headers["www-authenticate"] == "Bearer"
                assert "s3cret" not in response.text

    async def test_with_it_all_is_open(self) -> None:
        headers = [(b"authorization", "bearer s3cret-t\u00f6ken".encode())]
        async with client(self.SETTINGS) as http:
            response = await http.get("/api/admin/backends", headers=headers)
        assert response.status_code == 200

    async def test_mock_and_health_need_none(self) -> None:
        async with client(self.SETTINGS) as http:
            for path in ("/api/mock/a", "/healthz", "/readyz"):
                assert (await http.get(path)).status_code == 200
