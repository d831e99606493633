"""What belongs to one test: over HTTP, as a test suite sees it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from mockwright.app import create_app
from mockwright.settings import (
    BackendSettings,
    JournalSettings,
    MockSettings,
    RouteSettings,
    Settings,
)
from tests.waiting import primed
from tests.web.surfaces import client

ON = {"X-Mock-State": "on"}
SHAPE = {"shape": {"name": "string", "$cache": 3}}


async def test_a_test_id_is_taken_from_the_header_or_the_path() -> None:
    async with client() as http:
        await http.get("/api/mock/users", headers={"X-Test-Id": "one"})
        await http.get("/api/mock/@two/users")
        await http.get("/api/mock/users")
        listed = (await http.get("/api/admin/requests")).json()
    assert [(it["test"], it["path"]) for it in listed] == [
        ("", "/users"),
        ("two", "/users"),
        ("one", "/users"),
    ]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/@bad%20id/users", {}),
        ("/@/users", {}),
        ("/users", {"X-Test-Id": "no/slash"}),
        ("/users", {"X-Test-Id": "x" * 201}),
        ("/@one/users", {"X-Test-Id": "two"}),
    ],
)
async def test_a_test_id_that_is_none_is_refused(path: str, headers: dict[str, str]) -> None:
    async with client() as http:
        response = await http.get(f"/api/mock{path}", headers=headers)
    assert response.status_code == 400
    assert "test id" in response.json()["detail"]


async def test_a_hundred_tests_at_once_do_not_see_each_other() -> None:
    faults = [{"sequence": [{"status": 503}], "match": {"path": "/flaky"}}]

    async def one(http: httpx.AsyncClient, name: str) -> None:
        mine = {"X-Test-Id": name}
        await http.put(f"/api/admin/tests/{name}/faults", json=faults)
        created = await http.post("/api/mock/users", json={"name": name}, headers=mine | ON)
        assert created.status_code == 201
        listed = await http.get("/api/mock/users", headers=mine | ON)
        assert [user["name"] for user in listed.json()] == [name]
        known = mine | {"X-Mock-Context": "shop"}
        put = {"firstName": name, "shape": {"id": 0, "firstName": "string"}}
        await http.put("/api/mock/people/1", json=put, headers=known)
        again = await http.get("/api/mock/people/1", headers=known)
        assert again.json()["firstName"] == name
        statuses = [(await http.get("/api/mock/flaky", headers=mine)).status_code for _ in "ab"]
        assert statuses == [503, 200]
        journal = (await http.get("/api/admin/requests", params={"test": name})).json()
        assert len(journal) == 6

    async with client() as http:
        await asyncio.gather(*(one(http, f"test-{i}") for i in range(100)))
        shared = await http.get("/api/mock/users", headers=ON | {"X-Mock-Autoshape": "false"})
        assert all("firstName" in user for user in shared.json())


async def test_each_test_is_served_the_variants_from_the_first_on() -> None:
    app = create_app(Settings())
    async with client(app) as http:

        async def three(name: str) -> list[str]:
            headers = {"X-Test-Id": name}
            return [
                (await http.post("/api/mock/x?seed=1", json=SHAPE, headers=headers)).text
                for _ in range(3)
            ]

        await three("first")
        await primed(app.gateway.memory.variants)
        one, two = await three("one"), await three("two")
    assert one == two
    assert len(set(one)) == 3


async def test_what_a_test_asks_holds_for_all_its_requests_and_for_no_other() -> None:
    wanted = {
        "seed": 7,
        "state": True,
        "routes": [{"path": "/orders/*", "shape": {"total": 0.0}, "status": 203}],
    }
    async with client() as http:
        told = (await http.put("/api/admin/tests/mine", json=wanted)).json()
        assert (told["seed"], told["state"], told["routes"]) == (7, True, 1)
        mine = await http.get("/api/mock/@mine/orders/5")
        other = await http.get("/api/mock/@other/orders/5")
        created = await http.post("/api/mock/@mine/users", json={"name": "Ann"})
        routes = (await http.get("/api/admin/tests/mine/routes")).json()
    assert (mine.status_code, mine.headers["x-mock-seed"][:2]) == (203, "7;")
    assert set(mine.json()) == {"total"}
    assert other.status_code == 200
    assert created.status_code == 201
    assert routes == wanted["routes"]


async def test_a_member_that_is_not_given_stays_as_it_is() -> None:
    async with client() as http:
        await http.put("/api/admin/tests/mine", json={"seed": 7, "mode": "auto"})
        told = (await http.put("/api/admin/tests/mine", json={"mode": "live"})).json()
    assert (told["seed"], told["mode"]) == (7, "live")


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("", {"mode": "again"}, 400, "mode"),
        ("", {"recordings": "../up"}, 400, "recordings"),
        ("", {"sead": 7}, 400, "sead"),
        ("", {"routes": [{"path": "no-slash"}]}, 400, "routes"),
        ("", {"routes": [{"path": "/x", "shape": {"a": "interger"}}]}, 422, "did you mean"),
        ("", {"faults": [{"sequence": [{"status": "x"}]}]}, 422, "faults at /0/sequence/0/status"),
        ("/faults", {"a": 1}, 422, "faults at /"),
    ],
)
async def test_what_cannot_be_read_changes_nothing(
    path: str, body: Any, status: int, told: str
) -> None:
    async with client() as http:
        response = await http.put(f"/api/admin/tests/mine{path}", json=body)
        assert response.status_code == status
        assert told in response.json()["detail"]
        assert (await http.get("/api/admin/tests/mine")).status_code == 404


async def test_an_ended_test_leaves_nothing() -> None:
    async with client() as http:
        await http.post("/api/mock/@mine/users", json={"name": "Ann"}, headers=ON)
        ended = await http.delete("/api/admin/tests/mine")
        assert ended.json() == {"ended": True, "requests": 1}
        assert (await http.get("/api/admin/requests?test=mine")).json() == []
        assert (await http.get("/api/admin/tests/mine")).status_code == 404
        assert (await http.delete("/api/admin/tests/mine")).json()["ended"] is False


async def test_requests_without_an_id_are_the_test_called_by_a_dash() -> None:
    faults = [{"sequence": [{"status": 503}]}]
    async with client() as http:
        assert (await http.put("/api/admin/tests/-/faults", json=faults)).status_code == 200
        assert (await http.get("/api/mock/@other/x")).status_code == 200
        assert (await http.get("/api/mock/x")).status_code == 503
        assert (await http.delete("/api/admin/tests/-/faults")).json() == {"removed": True}
        assert (await http.get("/api/admin/requests?test=-")).json()[0]["fault"] == "status 503"


async def test_configured_faults_hold_for_each_test_from_their_beginning() -> None:
    settings = Settings(faults=({"sequence": [{"status": 429, "retry_after": 2}]},))
    async with client(settings) as http:
        for name in ("one", "two"):
            first = await http.get(f"/api/mock/@{name}/x")
            second = await http.get(f"/api/mock/@{name}/x")
            assert (first.status_code, second.status_code) == (429, 200)
            assert first.headers["retry-after"] == "2"


async def test_resources_are_reset_kept_and_restored() -> None:
    async with client() as http:
        await http.post("/api/mock/users", json={"name": "Ann"}, headers=ON)
        kept = await http.post("/api/admin/state/snapshot?name=one")
        assert list(kept.json()["data"]) == ["/users"]
        assert (await http.post("/api/admin/state/reset")).json() == {"resources": {}}
        restored = await http.post("/api/admin/state/restore", json={"name": "one"})
        assert restored.json() == {"resources": {"/users": 1}}
        given = await http.post(
            "/api/admin/state/restore?test=t", json={"data": {"carts": [{"id": 4}]}}
        )
        assert given.json() == {"resources": {"/carts": 1}}
        assert (await http.get("/api/mock/@t/carts/4", headers=ON)).json() == {"id": 4}
        none = await http.post("/api/admin/state/restore", json={"name": "two"})
        assert none.status_code == 404
        both = await http.post("/api/admin/state/restore", json={"name": "one", "data": {}})
        assert both.status_code == 422


async def test_contexts_are_listed_told_and_dropped() -> None:
    async with client() as http:
        await http.get("/api/mock/users/1?context=shop")
        (listed,) = (await http.get("/api/admin/contexts")).json()
        assert (listed["name"], listed["entities"]) == ("shop", {"user": 1})
        told = (await http.get("/api/admin/contexts/shop")).json()
        assert told["entities"]["user"][0]["id"] == 1
        assert (await http.get("/api/admin/contexts/other")).status_code == 404
        assert (await http.delete("/api/admin/contexts/shop")).json() == {"removed": 1}
        assert (await http.get("/api/admin/contexts")).json() == []


class Changing:
    """Says something else each time, whatever it is asked."""

    settings = Settings(
        backends=(
            BackendSettings(
                name="model",
                provider="scripted",
                responses=(
                    {"value": {"id": 1, "name": "Ann", "nick": "a"}},
                    {"value": {"id": 2, "name": "Bob", "mood": "b"}},
                    {"value": {"id": 3, "name": "Cid", "nick": "c"}},
                ),
            ),
        )
    )


async def test_a_model_that_contradicts_is_held_to_what_it_said() -> None:
    shape = {"shape": {"id": 0, "name": "string"}}
    async with client(Changing.settings) as http:
        first = await http.post("/api/mock/users/1?context=shop", json=shape)
        second = await http.post("/api/mock/users/1?context=shop", json=shape)
    assert first.json()["name"] == second.json()["name"] == "Ann"


async def test_the_first_structure_without_a_shape_is_kept_for_later_answers() -> None:
    async with client(Changing.settings) as http:
        first = await http.get("/api/mock/users/1")
        second = await http.get("/api/mock/users/2")
        structures = (await http.get("/api/admin/structures")).json()
        assert list(structures) == ["GET /users/{id} object"]
        third = await http.get("/api/mock/users/3", params={"autoshape": "false"})
        assert (await http.delete("/api/admin/structures")).json() == {"removed": 1}
    assert "nick" in first.json()
    assert "nick" in second.json()
    assert second.headers["x-mock-autoshape"] == "GET /users/{id} object"
    assert "x-mock-autoshape" not in first.headers
    assert "x-mock-autoshape" not in third.headers


async def test_a_structure_is_renewed_where_it_is_asked() -> None:
    async with client(Changing.settings) as http:
        await http.get("/api/mock/users/1")
        await http.get("/api/mock/users/2?renewshape=true")
        third = await http.get("/api/mock/users/3")
    assert "mood" in third.json()


@pytest.mark.parametrize(
    ("settings", "query"), [(Settings(), "?seed=1"), (Settings(mock=MockSettings(seed=1)), "")]
)
async def test_under_a_seed_no_structure_is_kept(settings: Settings, query: str) -> None:
    async with client(settings) as http:
        await http.get(f"/api/mock/users/1{query}")
        assert (await http.get("/api/admin/structures")).json() == {}


async def test_a_path_rule_has_state_status_and_delay() -> None:
    route = RouteSettings(path="/users/**", state=True, on_missing="404")
    slow = RouteSettings(path="/slow", delay=0.05, status=202)
    async with client(Settings(routes=(route, slow))) as http:
        assert (await http.get("/api/mock/users/1")).status_code == 404
        assert (await http.get("/api/mock/users")).json() == []
        response = await http.get("/api/mock/slow")
    assert response.status_code == 202
    total = response.headers["server-timing"].rpartition("total;dur=")[2]
    assert float(total) >= 50


async def test_controls_that_mean_nothing_for_a_resource_are_told() -> None:
    async with client() as http:
        response = await http.get("/api/mock/users/1?n=2&cache=3&report=true", headers=ON)
    assert response.headers["x-mock-ignored"] == "cache, n, report"


async def test_faults_hold_on_the_chat_surfaces_in_their_words() -> None:
    rules = [
        {
            "match": {"path": "/v1/chat/**"},
            "sequence": [{"status": 429, "retry_after": 3}, {"status": 503, "body": {"a": 1}}],
        }
    ]
    body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
    headers = {"X-Test-Id": "mine"}
    async with client() as http:
        await http.put("/api/admin/tests/mine/faults", json=rules)
        limited = await http.post("/v1/chat/completions", json=body, headers=headers)
        own = await http.post("/v1/chat/completions", json=body, headers=headers)
        passed = await http.post("/v1/chat/completions", json=body, headers=headers)
        journal = (await http.get("/api/admin/requests?test=mine")).json()
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
    assert limited.json()["error"]["type"]
    assert (own.status_code, own.json()) == (503, {"a": 1})
    assert passed.status_code == 200
    assert [it["fault"] for it in journal] == ["", "status 503", "status 429"]


async def test_delays_of_completions_go_together_as_the_strategy_says() -> None:
    async with client() as http:

        async def delay(strategy: str) -> float:
            query = f"n=3&rateLimit=20&strategy={strategy}"
            response = await http.get(f"/api/mock/users?{query}")
            assert len(response.json()["completions"]) == 3
            return float(response.headers["x-mock-delay"][:-1])

        assert await delay("sequential") == pytest.approx(0.06)
        assert await delay("parallel") == pytest.approx(0.02)
        assert await delay("streaming") == pytest.approx(0.02)
        assert await delay("auto") == pytest.approx(0.02)
        twice = await http.get("/api/mock/users?rateLimit=max")
        assert twice.headers["x-mock-delay"] > "0.000s"


async def test_requests_are_found_and_verified() -> None:
    async with client() as http:
        for total in (5, 7):
            await http.post("/api/mock/@t/orders", json={"total": total})
        await http.get("/api/mock/@t/orders/1?page=2")
        found = await http.get("/api/admin/requests?test=t&path=/orders/*&method=get")
        assert [it["query"] for it in found.json()] == ["page=2"]
        good = {"test": "t", "expect": [{"path": "/orders", "json": {"total": 7}, "times": 1}]}
        assert (await http.post("/api/admin/requests/verify", json=good)).json()["verified"]
        bad = {"test": "t", "expect": [{"path": "/orders", "times": 3}, {"path": "/carts"}]}
        response = await http.post("/api/admin/requests/verify", json=bad)
        assert response.status_code == 409
        told = response.json()
        assert len(told["mismatches"]) == 2
        assert len(told["requests"]) == 3
        empty = await http.post("/api/admin/requests/verify", json={"expect": []})
        assert empty.status_code == 400


async def test_a_hit_is_found_by_its_body_too() -> None:
    app = create_app(Settings())
    async with client(app) as http:
        for _ in range(3):
            await http.post("/api/mock/@t/x?seed=1", json=SHAPE)
            await primed(app.gateway.memory.variants)
        expect = [{"path": "/x", "json": SHAPE, "times": 3}]
        response = await http.post(
            "/api/admin/requests/verify", json={"test": "t", "expect": expect}
        )
    assert response.json() == {"verified": True, "requests": 3}


async def test_secrets_are_not_told_by_a_mismatch() -> None:
    async with client() as http:
        await http.post("/api/mock/@t/login", json={"password": "hunter2"})
        wanted = {"test": "t", "expect": [{"path": "/login", "json": {"user": "x"}}]}
        response = await http.post("/api/admin/requests/verify", json=wanted)
    assert response.status_code == 409
    assert "hunter2" not in response.text


async def test_a_resource_says_where_it_is_and_what_it_takes() -> None:
    async with client() as http:
        created = await http.post("/api/mock/@t/users", json={"name": "Ann"}, headers=ON)
        assert created.headers["location"] == "/api/mock/@t/users/1"
        assert (await http.get(created.headers["location"], headers=ON)).json()["name"] == "Ann"
        page = await http.get("/api/mock/@t/users?page=1&limit=1", headers=ON)
        assert page.headers["link"].startswith("</api/mock/@t/users?page=1&limit=1>; rel=")
        refused = await http.delete("/api/mock/@t/users", headers=ON)
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize("query", ["report=true", "$state"])
async def test_what_is_no_list_of_completions_is_not_streamed(query: str) -> None:
    headers = ON if query == "$state" else {}
    async with client() as http:
        response = await http.get(
            f"/api/mock/users/1?n=2&rateLimit=1&strategy=streaming&{query}", headers=headers
        )
    assert response.status_code == 200
    assert "id" in response.text


async def test_a_fault_without_a_body_is_noted() -> None:
    rules = [{"sequence": [{"status": 204}]}]
    async with client() as http:
        await http.put("/api/admin/tests/t/faults", json=rules)
        response = await http.get("/api/mock/@t/users/1?error=500")
        assert (response.status_code, response.content) == (204, b"")
        (noted,) = (await http.get("/api/admin/requests?test=t")).json()
    assert (noted["status"], noted["fault"]) == (204, "status 204")


async def test_requests_without_a_test_id_are_proved_by_a_dash() -> None:
    async with client() as http:
        await http.get("/api/mock/users")
        await http.get("/api/mock/@one/users")
        for test in ("-", "one"):
            wanted = {"test": test, "expect": [{"path": "/users", "times": 1}]}
            told = await http.post("/api/admin/requests/verify", json=wanted)
            assert told.json() == {"verified": True, "requests": 1}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"expect": [{"path": "/x", "times": 1, "at_least": 5}]}, "not both"),
        ({"expect": [{"path": "/x", "at_least": 5, "at_most": 1}]}, "more than at_most"),
        ({"test": "no such", "expect": [{"times": 0}]}, "test id"),
    ],
)
async def test_a_proof_that_makes_no_sense_is_refused(wanted: Any, told: str) -> None:
    async with client() as http:
        response = await http.post("/api/admin/requests/verify", json=wanted)
    assert response.status_code in (400, 422)
    assert told in response.text


async def test_a_proof_does_not_pass_over_what_the_journal_dropped() -> None:
    async with client(Settings(journal=JournalSettings(max_entries=5))) as http:
        await http.post("/api/mock/@t/carts", json={})
        for _ in range(9):
            await http.get("/api/mock/@t/users")
        wanted = {"test": "t", "expect": [{"path": "/carts", "times": 0}]}
        response = await http.post("/api/admin/requests/verify", json=wanted)
    assert response.status_code == 409
    assert "5 requests are no longer in the journal" in response.json()["detail"]


@pytest.mark.parametrize("rules", [{}, 0, "", False])
async def test_what_is_no_fault_script_is_refused(rules: Any) -> None:
    async with client() as http:
        for path, body in (("", {"faults": rules}), ("/faults", rules)):
            response = await http.put(f"/api/admin/tests/t{path}", json=body)
            assert response.status_code == 422, response.text


async def test_a_seed_is_a_number() -> None:
    async with client() as http:
        response = await http.put("/api/admin/tests/t", json={"seed": True})
    assert response.status_code == 400
