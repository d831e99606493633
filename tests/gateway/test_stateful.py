from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from mockwright.conformance.keep_input import keep_input
from mockwright.errors import (
    InputConflictError,
    InvalidControlError,
    MethodNotAllowedError,
    NotFoundError,
    StateConflictError,
    StateFullError,
)
from mockwright.gateway.stateful import StateReply, answer_resource
from mockwright.generator import Hints, generate
from mockwright.memory.state.collections import State, StateLimits, read_seeds
from mockwright.schema.validate import compile_schema
from mockwright.shapes.count import with_count
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rest.infer import infer_shape, with_path
from mockwright.shapes.rest.url_path import read_path
from mockwright.types import MISSING, Json, JsonObject, MockRequest, OnMissing


class Reply(NamedTuple):
    """A reply whose value may be looked into."""

    status: int
    value: Any
    headers: tuple[tuple[bytes, bytes], ...]
    made: bool


@dataclass
class Gateway:
    """Stateful resources over the generator, which answers as the engine does."""

    seeds: JsonObject = field(default_factory=dict)
    on_missing: OnMissing = "generate"
    limits: StateLimits = field(default_factory=StateLimits)
    seed: int = 0
    """Counts up, so that no two answers are the same."""
    asked: list[MockRequest] = field(default_factory=list)
    wait: asyncio.Event | None = None
    answer_with: Callable[[MockRequest], Json] | None = None

    def __post_init__(self) -> None:
        self.state = State(read_seeds(self.seeds), self.limits)

    async def make(self, request: MockRequest) -> Json:
        self.asked.append(request)
        self.seed += 1
        seed = request.seed if request.seed is not None else self.seed
        value = made(request, seed) if self.answer_with is None else self.answer_with(request)
        if self.wait is not None:
            await self.wait.wait()
        return value

    async def ask(self, method: str, target: str, body: Json = MISSING, **more: Any) -> Reply:
        reply = await self.ask_any(method, target, body, **more)
        assert reply is not None
        return Reply(reply.status, reply.value, reply.headers, reply.made)

    async def ask_any(
        self, method: str, target: str, body: Json = MISSING, **more: Any
    ) -> StateReply | None:
        path, _, text = target.partition("?")
        query = parse_qsl(text, keep_blank_values=True)
        limit = next((int(v) for k, v in query if k == "limit"), None)
        shape = parse_shape(more.pop("shape")) if "shape" in more else None
        request = MockRequest(
            id="r",
            method=method,
            path=unquote(path),
            query=tuple(pair for pair in query if pair[0] != "limit"),
            input=body,
            shape=shape,
            **{"limit": limit, **more},
        )
        place = read_path(request.path)
        reply = await answer_resource(
            request, place, self.state, self.make, on_missing=self.on_missing
        )
        if reply is not None and shape is not None and method != "GET":
            assert reply.value is MISSING or compile_schema(shape.schema).is_valid(reply.value)
        return reply

    async def get(self, target: str, **more: Any) -> Json:
        reply = await self.ask("GET", target, **more)
        assert reply.status == 200
        return reply.value


def made(request: MockRequest, seed: int) -> Json:
    """What the engine would answer without a state."""
    shape = request.shape
    count = request.count if request.count is not None else request.limit
    if shape is None:
        shape = infer_shape(
            request.method, request.path, request.query, request.input, counted=count is not None
        )
    elif count is None:
        known = request.input if isinstance(request.input, dict) else {}
        shape = replace(shape, schema=with_path(shape.schema, request.path, known))
    if count is not None:
        shape = with_count(shape, count)
    value = generate(shape.schema, seed=seed, hints=Hints(path=request.path))
    mode = request.on_input_conflict or "error"
    kept = keep_input(value, request.input, shape.schema, on_conflict=mode).value
    assert compile_schema(shape.schema).is_valid(kept)
    return kept


def header(reply: Reply, name: str) -> str:
    return dict(reply.headers)[name.encode()].decode()


def links(reply: Reply) -> dict[str, str]:
    told = re.findall(r'<([^>]*)>; rel="(\w+)"', header(reply, "link"))
    return {rel: target for target, rel in told}


# Items


async def test_what_is_created_can_be_read_changed_and_removed() -> None:
    gateway = Gateway()
    created = await gateway.ask("POST", "/users", {"name": "Ann"})
    assert created.status == 201
    assert created.value["id"] == 1
    assert created.value["name"] == "Ann"
    assert await gateway.get("/users/1") == created.value
    put = await gateway.ask("PUT", "/users/1", {"name": "Bob", "age": 5})
    assert (put.status, put.value) == (200, {"id": 1, "name": "Bob", "age": 5})
    patched = await gateway.ask("PATCH", "/users/1", {"age": None, "city": {"name": "Rome"}})
    assert patched.value == {"id": 1, "name": "Bob", "city": {"name": "Rome"}}
    assert await gateway.get("/users/1") == patched.value
    removed = await gateway.ask("DELETE", "/users/1")
    assert (removed.status, removed.value) == (204, MISSING)
    for method in ("GET", "HEAD", "DELETE"):
        with pytest.raises(NotFoundError, match="there is no user '1'"):
            await gateway.ask(method, "/users/1")
    with pytest.raises(NotFoundError):
        await gateway.ask("PATCH", "/users/1", {})


@pytest.mark.parametrize("path", ["/users", "/users/", "/v1/users.json", "/users/7/orders"])
@pytest.mark.parametrize("own", [None, "é:?# x", "orders", "search"])
async def test_the_location_leads_to_what_was_created(path: str, own: str | None) -> None:
    gateway = Gateway()
    body = {"name": "Ann"} | ({} if own is None else {"id": own})
    created = await gateway.ask("POST", path, body)
    base = "http://localhost:5116/api/mock"
    target = urljoin(base + path, header(created, "location"))
    assert target.startswith(base + "/")
    assert await gateway.get(urlsplit(target).path.removeprefix("/api/mock")) == created.value


async def test_ids_count_up_where_they_are_numbers() -> None:
    gateway = Gateway({"users": [{"id": 41, "name": "Ann"}]})
    created = [(await gateway.ask("POST", "/users", {"name": "x"})).value["id"] for _ in range(3)]
    await gateway.ask("DELETE", "/users/44")
    created.append((await gateway.ask("POST", "/users", {"name": "x"})).value["id"])
    assert created == [42, 43, 44, 45]


async def test_an_id_that_is_made_as_a_uuid_stays_one_also_under_a_seed() -> None:
    gateway = Gateway()
    shape = {"id": "uuid", "name": "string"}
    ids = [
        (await gateway.ask("POST", "/users", {"name": "x"}, shape=shape, seed=7)).value["id"]
        for _ in range(3)
    ]
    assert len(set(ids)) == 3
    assert await gateway.get(f"/users/{ids[2]}") == {"id": ids[2], "name": "x"}


async def test_the_own_id_of_a_body_is_used_once() -> None:
    gateway = Gateway()
    assert (await gateway.ask("POST", "/users", {"id": "ann"})).value["id"] == "ann"
    assert (await gateway.get("/users/ann"))["id"] == "ann"
    with pytest.raises(StateConflictError, match="a user with the id 'ann' already"):
        await gateway.ask("POST", "/users", {"id": "ann"})
    assert (await gateway.ask("POST", "/users", {"id": None, "name": "x"})).value["id"] is not None


@pytest.mark.parametrize("own", [True, [1], "a/b", "", 1.5])
async def test_an_id_that_no_path_has_is_refused(own: Json) -> None:
    with pytest.raises(InvalidControlError, match="body id"):
        await Gateway().ask("POST", "/users", {"id": own})


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("own", [2, "2", None])
async def test_an_id_cannot_be_changed(method: str, own: Json) -> None:
    gateway = Gateway({"users": [{"id": 1, "name": "Ann"}], "profile": {"id": 1, "a": "b"}})
    for path in ("/users/1", "/profile"):
        before = await gateway.get(path)
        with pytest.raises(StateConflictError, match="cannot be changed"):
            await gateway.ask(method, path, {"id": own})
        assert await gateway.get(path) == before
        assert (await gateway.ask(method, path, {"id": "1", "a": 1})).value["id"] == 1


async def test_put_creates_where_there_is_nothing() -> None:
    gateway = Gateway(on_missing="404")
    assert (await gateway.ask("PUT", "/users/5", {"name": "x"})).status == 201
    assert await gateway.get("/users/5") == {"id": 5, "name": "x"}
    await gateway.ask("DELETE", "/users/5")
    assert (await gateway.ask("PUT", "/users/5", {"name": "y"})).status == 201
    assert await gateway.get("/users") == [{"id": 5, "name": "y"}]


async def test_an_unknown_item_is_made_once() -> None:
    gateway = Gateway()
    first = await gateway.ask("GET", "/users/7?expand=all")
    assert (first.made, first.value["id"]) == (True, 7)
    second = await gateway.ask("HEAD", "/users/7")
    assert (second.made, second.value) == (False, first.value)
    changed = await gateway.ask("PATCH", "/users/8", {"nick": "x"})
    assert changed.value == {**await gateway.get("/users/8"), "nick": "x"}
    assert len(changed.value) > 3


async def test_an_unknown_item_is_a_404_where_that_is_wanted() -> None:
    gateway = Gateway(on_missing="404")
    for method, body in (("GET", MISSING), ("PATCH", {}), ("DELETE", MISSING)):
        with pytest.raises(NotFoundError):
            await gateway.ask(method, "/users/7", body)
    assert await gateway.get("/users") == []
    assert not gateway.asked


async def test_an_unknown_item_that_is_removed_is_gone() -> None:
    gateway = Gateway()
    assert (await gateway.ask("DELETE", "/users/7")).status == 204
    with pytest.raises(NotFoundError):
        await gateway.get("/users/7")
    assert 7 not in [item["id"] for item in await gateway.get("/users")]


async def test_the_same_item_is_made_under_a_seed_whatever_came_before() -> None:
    one, two = Gateway(), Gateway()
    await two.get("/users/8?x=1", seed=3)
    await two.ask("POST", "/orders", {"a": 1}, seed=3)
    assert await one.get("/users/7", seed=3) == await two.get("/users/7?page=2", seed=3, limit=4)


async def test_an_api_does_not_say_a_password_again() -> None:
    gateway = Gateway()
    body = {"name": "Ann", "password": "hunter2", "apiToken": "t-1"}
    shape = {"id": 0, "name": "string", "password": "string"}
    for shaped in ({}, {"shape": shape}):
        created = await gateway.ask("POST", "/users", body, **shaped)
        await gateway.ask("PATCH", f"/users/{created.value['id']}", body, **shaped)
        await gateway.ask("PUT", f"/users/{created.value['id']}", body, **shaped)
    assert "hunter2" not in str(gateway.state.data())
    assert "t-1" not in str(gateway.state.data())


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/users", {"GET", "HEAD", "POST"}),
        ("PATCH", "/users", {"GET", "HEAD", "POST"}),
        ("DELETE", "/users", {"GET", "HEAD", "POST"}),
        ("POST", "/users/1", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
    ],
)
async def test_a_method_that_is_not_for_a_resource_is_refused(
    method: str, path: str, allowed: set[str]
) -> None:
    with pytest.raises(MethodNotAllowedError) as raised:
        await Gateway().ask(method, path, {})
    assert set(raised.value.allowed) == allowed


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/auth/login"),
        ("POST", "/orders/5/cancel"),
        ("GET", "/products/search"),
        ("GET", "/orders/count"),
        ("POST", "/users/invite"),
        ("POST", "/cart"),
        ("GET", "/"),
    ],
)
async def test_an_action_or_a_search_is_no_resource(method: str, path: str) -> None:
    gateway = Gateway()
    assert await gateway.ask_any(method, path, {"a": 1}) is None
    assert gateway.state.data() == {}


@pytest.mark.parametrize("body", [MISSING, [1], "x", None, 5])
async def test_a_resource_is_an_object(body: Json) -> None:
    gateway = Gateway()
    for method, path in (("PUT", "/users/1"), ("PATCH", "/users/1")):
        with pytest.raises(InvalidControlError, match="body: got"):
            await gateway.ask(method, path, body)
    if body is not MISSING:
        with pytest.raises(InvalidControlError, match="a JSON object that is a user"):
            await gateway.ask("POST", "/users", body)
    assert gateway.state.data() == {}


async def test_a_creation_without_a_body_is_a_whole_item() -> None:
    gateway = Gateway()
    created = await gateway.ask("POST", "/users")
    assert len(created.value) > 5
    assert await gateway.get("/users/1") == created.value


# Lists


async def test_a_collection_that_nobody_touched_is_made_when_it_is_listed() -> None:
    gateway = Gateway()
    first = await gateway.ask("GET", "/users?status=none")
    assert (first.made, first.value, header(first, "x-total-count")) == (True, [], "0")
    users = await gateway.get("/users")
    assert len(users) >= 5
    assert [await gateway.get(f"/users/{user['id']}") for user in users] == users
    assert len(gateway.asked) == 1


async def test_a_collection_is_made_as_long_as_it_is_asked() -> None:
    gateway = Gateway()
    assert len(await gateway.get("/users", count=30)) == 30
    assert len(await gateway.get("/users")) == 30
    assert len(await gateway.get("/users", count=4)) == 4


async def test_what_was_read_before_stands_in_the_list_that_is_made() -> None:
    gateway = Gateway()
    await gateway.ask("DELETE", "/users/1")
    seven = await gateway.get("/users/7")
    users = await gateway.get("/users")
    assert users[0] == seven
    assert len(users) > 3
    assert len({user["id"] for user in users}) == len(users)


async def test_a_collection_that_somebody_wrote_to_has_what_is_there() -> None:
    gateway = Gateway()
    created = await gateway.ask("POST", "/users", {"name": "Ann"})
    assert await gateway.get("/users") == [created.value]
    await gateway.ask("DELETE", "/users/1")
    assert await gateway.get("/users") == []


async def test_a_list_is_filtered_sorted_and_paged_with_links() -> None:
    items = [{"id": i, "name": f"n{i % 3}", "age": i} for i in range(1, 11)]
    gateway = Gateway({"users": items})
    reply = await gateway.ask("GET", "/users?name=n1&sort=-age&page=2&limit=2")
    assert [item["id"] for item in reply.value] == [4, 1]
    assert header(reply, "x-total-count") == "4"
    found = links(reply)
    assert found.keys() == {"first", "prev", "last"}
    prev = urljoin("http://h/api/mock/users?name=n1", found["prev"])
    assert prev == "http://h/api/mock/users?name=n1&sort=-age&page=1&limit=2"
    with pytest.raises(InvalidControlError, match="query page"):
        await gateway.ask("GET", "/users?page=0")


async def test_made_items_without_ids_of_their_own_get_some() -> None:
    gateway = Gateway(answer_with=lambda _: [{"a": 1}, {"id": 4}, {"id": 4}, {"id": [1]}, 5])
    assert await gateway.get("/things") == [
        {"id": 1, "a": 1},
        {"id": 4},
        {"id": 2},
        {"id": 3},
    ]


async def test_an_answer_that_is_no_list_goes_out_as_it_is() -> None:
    gateway = Gateway(answer_with=lambda _: "closed")
    for path in ("/users", "/users/5"):
        assert await gateway.get(path) == "closed"
    with pytest.raises(StateConflictError, match="user '5' is no object"):
        await gateway.ask("PATCH", "/users/5", {"a": 1})
    assert gateway.state.items("/users") == []


async def test_a_list_in_an_answer_without_a_shape_is_the_list() -> None:
    gateway = Gateway(answer_with=lambda _: {"total": 9, "data": [{"id": 3}]})
    assert await gateway.get("/users") == [{"id": 3}]


# Nesting


async def test_a_nested_collection_is_that_of_its_parent() -> None:
    gateway = Gateway()
    created = await gateway.ask("POST", "/users/1/orders", {"sku": "x"})
    assert created.value["userId"] == 1
    await gateway.ask("POST", "/orders", {"sku": "y", "userId": 2})
    assert await gateway.get("/orders/1") == await gateway.get("/users/1/orders/1")
    assert await gateway.get("/users/1/orders") == [created.value]
    assert [item["sku"] for item in await gateway.get("/orders")] == ["x", "y"]
    for method, body in (("GET", MISSING), ("PUT", {}), ("PATCH", {}), ("DELETE", MISSING)):
        with pytest.raises(NotFoundError, match="there is no order '1'"):
            await gateway.ask(method, "/users/2/orders/1", body)


async def test_what_is_made_below_a_parent_names_it() -> None:
    gateway = Gateway()
    five = await gateway.get("/users/1/comments/5")
    assert (five["id"], five["userId"]) == (5, 1)
    assert await gateway.get("/comments/5") == five
    mine, theirs = await gateway.get("/users/1/comments"), await gateway.get("/users/2/comments")
    assert {item["userId"] for item in mine} == {1}
    assert {item["userId"] for item in theirs} == {2}
    assert five in mine
    assert len(theirs) > 1
    assert [item for item in await gateway.get("/comments") if item["userId"] == 2] == theirs


async def test_the_field_for_a_parent_is_called_as_in_the_items_or_the_shape() -> None:
    gateway = Gateway({"orders": [{"id": 1, "user_id": 3}]})
    assert (await gateway.ask("POST", "/users/3/orders", {"a": 1})).value["user_id"] == 3
    assert len(await gateway.get("/users/3/orders")) == 2
    shape = {"id": 0, "user_id": 0}
    created = await Gateway().ask("POST", "/users/3/orders", {"a": 1}, shape=shape)
    assert created.value == {"id": 1, "user_id": 3}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/users/1/orders"), ("PUT", "/users/1/orders/1"),
                         ("PATCH", "/users/1/orders/1")]
)  # fmt: skip
async def test_a_body_cannot_name_another_parent_than_the_path(method: str, path: str) -> None:
    gateway = Gateway({"orders": [{"id": 1, "userId": 1}]})
    with pytest.raises(StateConflictError, match="body userId: got '2', but the path says '1'"):
        await gateway.ask(method, path, {"userId": 2})


async def test_an_item_can_be_given_to_another_parent_by_its_own_path() -> None:
    gateway = Gateway({"orders": [{"id": 1, "userId": 1}]})
    await gateway.ask("PATCH", "/orders/1", {"userId": 2})
    assert await gateway.get("/users/1/orders") == []
    assert await gateway.get("/users/2/orders") == [{"id": 1, "userId": 2}]


async def test_put_below_a_parent_keeps_the_field_that_names_it() -> None:
    gateway = Gateway({"orders": [{"id": 1, "userId": 1, "sku": "x"}]})
    put = await gateway.ask("PUT", "/users/1/orders/1", {"sku": "y"})
    assert put.value == {"id": 1, "sku": "y", "userId": 1}


async def test_there_is_nothing_below_what_was_removed() -> None:
    gateway = Gateway({"users": [{"id": 1}], "orders": [{"id": 5, "userId": 1}]})
    await gateway.ask("DELETE", "/users/1")
    for path in ("/users/1/orders", "/users/1/orders/5", "/users/1/profile"):
        with pytest.raises(NotFoundError, match="there is no user '1'"):
            await gateway.get(path)


async def test_deeply_nested_items_belong_to_the_nearest_parent() -> None:
    gateway = Gateway()
    items = await gateway.get("/users/1/orders/5/items")
    assert {item["orderId"] for item in items} == {5}
    created = await gateway.ask("POST", "/orders/5/items", {"sku": "z"})
    assert created.value in await gateway.get("/users/1/orders/5/items")


# What there is one of


async def test_what_there_is_one_of_is_made_once_and_can_be_changed_and_removed() -> None:
    gateway = Gateway()
    first = await gateway.get("/users/1/profile")
    assert await gateway.get("/users/1/profile") == first
    assert await gateway.get("/users/2/profile") != first
    patched = await gateway.ask("PATCH", "/users/1/profile", {"nick": "x"})
    assert patched.value == {**first, "nick": "x"}
    put = await gateway.ask("PUT", "/settings", {"theme": "dark"})
    assert (put.status, put.value) == (201, {"theme": "dark"})
    assert await gateway.get("/settings") == {"theme": "dark"}
    await gateway.ask("DELETE", "/settings")
    with pytest.raises(NotFoundError, match="there is no setting"):
        await gateway.get("/settings")


async def test_what_the_state_knows_decides_how_a_path_is_read() -> None:
    gateway = Gateway(
        {
            "company": {"name": "Acme"},
            "profile": [{"id": 1}],
            "categories": [{"id": "books"}],
            "products": [{"id": "search"}],
        },
        on_missing="404",
    )
    assert await gateway.get("/company") == {"name": "Acme"}
    assert await gateway.get("/profile") == [{"id": 1}]
    assert await gateway.get("/profile/1") == {"id": 1}
    assert await gateway.get("/categories/books") == {"id": "books"}
    assert await gateway.get("/products/search") == {"id": "search"}


# The asked shape


async def test_a_kept_item_goes_out_in_the_asked_shape_and_learns_from_it() -> None:
    gateway = Gateway({"users": [{"id": 1, "name": "Ann", "secret": "x"}]})
    shape = {"id": 0, "name": "string", "email": "email", "address": {"city": "string"}}
    shaped = await gateway.get("/users/1", shape=shape)
    assert list(shaped) == ["id", "name", "email", "address"]
    assert shaped["name"] == "Ann"
    assert await gateway.get("/users/1", shape=shape) == shaped
    assert await gateway.get("/users/1") == {**shaped, "secret": "x"}


async def test_a_first_item_in_the_asked_shape_is_made_once() -> None:
    gateway = Gateway()
    shape = {"id": 0, "name": "string"}
    first = await gateway.ask("GET", "/users/7", shape=shape)
    assert first.value["id"] == 7
    assert len(gateway.asked) == 1
    assert await gateway.get("/users/7") == first.value


async def test_what_is_kept_gives_way_where_the_asked_shape_wants_another_type() -> None:
    gateway = Gateway({"users": [{"id": 1, "age": "old"}]})
    shape = {"id": "uuid", "age": 0}
    value = await gateway.get("/users/1", shape=shape)
    assert isinstance(value["age"], int)
    assert await gateway.get("/users/1") == {"id": 1, "age": "old"}


async def test_a_body_that_breaks_the_asked_shape_changes_nothing() -> None:
    gateway = Gateway({"users": [{"id": 1, "age": 5}]})
    shape = {"id": 0, "age": 0}
    before = gateway.state.data()
    for method, path in (("POST", "/users"), ("PUT", "/users/1"), ("PATCH", "/users/1")):
        with pytest.raises(InputConflictError):
            await gateway.ask(method, path, {"age": "old"}, shape=shape)
    assert gateway.state.data() == before


async def test_what_is_written_in_an_asked_shape_keeps_what_the_shape_does_not_name() -> None:
    gateway = Gateway()
    shape = {"id": 0, "name": "string", "rank": 0}
    created = await gateway.ask("POST", "/users", {"name": "Ann", "more": 1}, shape=shape)
    assert list(created.value) == ["id", "name", "rank"]
    assert await gateway.get("/users/1") == {**created.value, "more": 1}
    patched = await gateway.ask("PATCH", "/users/1", {"rank": 5, "more": None}, shape=shape)
    assert patched.value == {"id": 1, "name": "Ann", "rank": 5}
    assert await gateway.get("/users/1") == patched.value
    put = await gateway.ask("PUT", "/users/1", {"name": "Bob"}, shape=shape)
    assert put.value == await gateway.get("/users/1")
    assert put.value["name"] == "Bob"


async def test_a_page_goes_out_in_the_asked_shape_in_its_order() -> None:
    items = [{"id": i, "name": f"n{i}", "x": 1} for i in range(1, 8)]
    gateway = Gateway({"users": items})
    shape = {"users": [{"id": 0, "name": "string", "age": "int 1..99"}], "total": 0, "page": 0}
    value = await gateway.get("/users?sort=-id&page=2&limit=3", shape=shape)
    assert [item["id"] for item in value["users"]] == [4, 3, 2]
    assert [item["name"] for item in value["users"]] == ["n4", "n3", "n2"]
    assert (value["total"], value["page"]) == (7, 2)
    assert (await gateway.get("/users/3"))["age"] == value["users"][1]["age"]
    assert await gateway.get("/users?sort=-id&page=2&limit=3", shape=shape) == value


async def test_an_empty_page_goes_out_in_the_asked_shape() -> None:
    gateway = Gateway({"users": []})
    assert await gateway.get("/users", shape=[{"id": 0}]) == []
    wrapped = await gateway.get("/users", shape={"users": [{"id": 0}], "count": 0})
    assert wrapped == {"users": [], "count": 0}


@pytest.mark.parametrize(
    "shape", [[{"id": 0, "name": "string"}], {"id": 0, "name": "string"}]
)  # fmt: skip
async def test_a_first_list_in_the_asked_shape_is_made_once(shape: Json) -> None:
    gateway = Gateway()
    first = await gateway.get("/users", shape=shape)
    assert len(gateway.asked) == 1
    assert await gateway.get("/users") == first
    assert await gateway.get("/users", shape=shape) == first


async def test_a_shape_without_a_place_for_items_is_answered_as_always() -> None:
    assert await Gateway().ask_any("GET", "/users", shape={"id": 0, "tags": ["string"]}) is None


async def test_a_new_id_conforms_to_the_asked_shape() -> None:
    gateway = Gateway()
    created = await gateway.ask("POST", "/users", {"a": 1}, shape={"id": "int 500..999"})
    assert 500 <= created.value["id"] <= 999
    shape = {"type": "object", "properties": {"id": {"const": 5}}, "required": ["id"]}
    assert (await gateway.ask("POST", "/cats", {"a": 1}, shape=shape)).value["id"] == 5
    with pytest.raises(StateConflictError, match="no id that the shape allows is free"):
        await gateway.ask("POST", "/cats", {"a": 1}, shape=shape)


# Faults and concurrency


async def test_two_first_requests_for_an_item_get_the_same() -> None:
    gateway = Gateway(wait=asyncio.Event())
    for path in ("/users/7", "/users", "/me"):
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(gateway.get(path)) for _ in range(5)]
            await asyncio.sleep(0)
            assert gateway.wait is not None
            gateway.wait.set()
        values = [task.result() for task in asked]
        assert all(value == values[0] for value in values)
        gateway.wait.clear()
    assert len({request.path for request in gateway.asked}) == 3


async def test_items_created_at_once_have_ids_of_their_own() -> None:
    gateway = Gateway()
    replies = await asyncio.gather(*(gateway.ask("POST", "/users", {"n": i}) for i in range(20)))
    assert sorted(reply.value["id"] for reply in replies) == list(range(1, 21))
    taken = await asyncio.gather(
        *(gateway.ask("POST", "/users", {"id": "x"}) for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(one, StateConflictError) for one in taken) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/users/7", MISSING),
        ("GET", "/cats", MISSING),
        ("POST", "/users", {"a": 1}),
        ("PUT", "/users/1", {"a": 2}),
        ("PATCH", "/users/1", {"a": 3}),
    ],
)
async def test_who_leaves_before_the_answer_changes_nothing(
    method: str, path: str, body: Json
) -> None:
    gateway = Gateway({"users": [{"id": 1, "a": 1}]}, wait=asyncio.Event())
    before = gateway.state.data()
    asked = asyncio.create_task(gateway.ask(method, path, body, shape={"id": 0, "a": 0}))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert gateway.state.data() == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/users/1", MISSING), ("PATCH", "/users/1", {"a": 3}), ("GET", "/users", MISSING)],
)
async def test_what_is_removed_meanwhile_does_not_come_back(
    method: str, path: str, body: Json
) -> None:
    gateway = Gateway({"users": [{"id": 1, "a": 1}]}, wait=asyncio.Event())
    shape = {"id": 0, "a": 0, "b": 0} if path != "/users" else [{"id": 0, "b": 0}]
    asked = asyncio.create_task(gateway.ask(method, path, body, shape=shape))
    await asyncio.sleep(0)
    await gateway.ask("DELETE", "/users/1")
    assert gateway.wait is not None
    gateway.wait.set()
    if method == "PATCH":
        with pytest.raises(NotFoundError):
            await asked
    else:
        await asked
    assert gateway.state.items("/users") == []


async def test_more_than_the_limits_is_refused_and_the_item_is_not_there() -> None:
    gateway = Gateway(limits=StateLimits(max_items=2), on_missing="404")
    for i in range(2):
        await gateway.ask("POST", "/users", {"n": i})
    with pytest.raises(StateFullError):
        await gateway.ask("POST", "/users", {"n": 3})
    assert len(await gateway.get("/users")) == 2


# Any sequence of requests against a dict

FIELDS = st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 3), max_size=3)


class Crud(RuleBasedStateMachine):
    """Create, read, replace, change, remove and list, against what a dict says."""

    items = Bundle("items")

    def __init__(self) -> None:
        super().__init__()
        self.gateway = Gateway(on_missing="404", answer_with=self.echo)
        self.model: dict[int, JsonObject] = {}

    @staticmethod
    def echo(request: MockRequest) -> Json:
        return {"id": 999, **({} if request.input is MISSING else request.input)}

    def ask(self, method: str, target: str, body: Json = MISSING) -> Reply:
        return asyncio.run(self.gateway.ask(method, target, body))

    @rule(target=items, body=FIELDS)
    def create(self, body: JsonObject) -> int:
        reply = self.ask("POST", "/users", body)
        identifier: int = reply.value["id"]
        assert reply.status == 201
        assert identifier not in self.model
        assert reply.value == {"id": identifier, **body}
        self.model[identifier] = reply.value
        return identifier

    @rule(key=items, body=FIELDS)
    def put(self, key: int, body: JsonObject) -> None:
        reply = self.ask("PUT", f"/users/{key}", body)
        assert reply.status == (200 if key in self.model else 201)
        self.model[key] = {"id": key, **body}

    @rule(key=items, body=FIELDS)
    def patch(self, key: int, body: JsonObject) -> None:
        if key not in self.model:
            with pytest.raises(NotFoundError):
                self.ask("PATCH", f"/users/{key}", body)
            return
        changed = {**self.model[key], **body}
        self.model[key] = {n: v for n, v in changed.items() if v is not None or n not in body}
        assert self.ask("PATCH", f"/users/{key}", body).value == self.model[key]

    @rule(key=consumes(items))
    def remove(self, key: int) -> None:
        if key in self.model:
            assert self.ask("DELETE", f"/users/{key}").status == 204
            del self.model[key]
        with pytest.raises(NotFoundError):
            self.ask("GET", f"/users/{key}")

    @rule(field=st.sampled_from("abc"), value=st.integers(0, 3))
    def filtered(self, field: str, value: int) -> None:
        wanted = [item for item in self.model.values() if item.get(field) == value]
        reply = self.ask("GET", f"/users?{field}={value}&sort=id")
        assert reply.value == sorted(wanted, key=lambda item: item["id"])
        assert header(reply, "x-total-count") == str(len(wanted))

    @invariant()
    def agrees(self) -> None:
        assert self.ask("GET", "/users?sort=id").value == [
            self.model[key] for key in sorted(self.model)
        ]
        for key, item in self.model.items():
            assert self.ask("GET", f"/users/{key}").value == item


Crud.TestCase.settings = settings(max_examples=40, stateful_step_count=20)
TestCrud = Crud.TestCase
