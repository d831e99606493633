"""What does not count: how it is written, and that it is that and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mockwright.errors import ConfigError
from mockwright.recordings import Ignore, RequestKey, read_ignore
from mockwright.recordings.normalize import key_of
from mockwright.types import Json
from tests.recordings.values import asked, get, jsons, names, turned

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER_UUID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def equal(a: RequestKey, b: RequestKey, *words: str) -> bool:
    ignore = read_ignore(words)
    return key_of(a, ignore) == key_of(b, ignore)


def test_every_form_is_read() -> None:
    words = ["ids", "timestamps", "query.page", "body.a.*.b", "body./x~1y/0", "controls.seed"]
    assert read_ignore(words) == Ignore(
        ids=True,
        timestamps=True,
        query=frozenset({"page"}),
        body=frozenset({("a", "*", "b"), ("x/y", "0")}),
        controls=frozenset({"seed"}),
    )


@pytest.mark.parametrize(
    "word",
    ["", "id", "query", "query.", "body.", "body.a..b", "body./", "headers.x", "IDS", "a" * 999],
)
def test_what_cannot_be_read_is_named_with_what_was_expected(word: str) -> None:
    with pytest.raises(ConfigError, match=r"ignore: got .*, expected ") as caught:
        read_ignore([word])
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("words", [["query.x"] * 101, ["body." + ".".join("a" * 21)]])
def test_too_much_is_refused(words: list[str]) -> None:
    with pytest.raises(ConfigError):
        read_ignore(words)


@given(asked, st.data())
def test_a_named_member_does_not_count_and_every_other_does(
    request: RequestKey, data: st.DataObject
) -> None:
    member, other = data.draw(st.lists(names, min_size=2, max_size=2, unique=True))
    body = data.draw(st.dictionaries(names, jsons, max_size=3))
    value, another = data.draw(jsons), data.draw(jsons)
    one = replace(request, body={"in": {**body, member: value}})
    assert equal(one, replace(request, body={"in": {**body, member: another}}), f"body.in.{member}")
    without = {name: item for name, item in body.items() if name != member}
    assert equal(one, replace(request, body={"in": without}), f"body.in.{member}")
    changed = replace(request, body={"in": {**body, member: value, other: [another, "new"]}})
    assume(body.get(other) != [another, "new"])
    assert not equal(one, changed, f"body.in.{member}")


@given(asked, st.data())
def test_a_named_parameter_does_not_count_and_every_other_does(
    request: RequestKey, data: st.DataObject
) -> None:
    name, other = data.draw(st.lists(names, min_size=2, max_size=2, unique=True))
    pairs = ((name, data.draw(st.text(max_size=3))),)
    assert equal(request, replace(request, query=request.query + pairs), f"query.{name}")
    more = replace(request, query=(*request.query, (other, "new")))
    assert not equal(request, more, f"query.{name}")


@given(asked, names, jsons)
def test_a_named_control_does_not_count(request: RequestKey, name: str, value: Json) -> None:
    changed = replace(request, controls={**request.controls, name: value})
    assert equal(request, changed, f"controls.{name}")
    assert equal(request, changed, "controls.*")


@given(asked)
def test_requests_that_are_equal_stay_so_whatever_is_ignored(request: RequestKey) -> None:
    other = replace(request, body=turned(request.body), controls=turned(request.controls))
    assert equal(request, other, "ids", "timestamps", "body.*.a", "query.a", "controls.b")


def test_an_item_that_does_not_count_still_counts_as_one() -> None:
    def tags(*items: Json) -> RequestKey:
        return get(body={"tags": list(items)})

    assert equal(tags("a", "b"), tags("c", "d"), "body.tags.*")
    assert not equal(tags("a", "b"), tags("c"), "body.tags.*")
    assert not equal(tags("a"), tags(None))
    assert equal(tags("a", "b"), tags("c"), "body.tags")
    assert equal(tags("a", "b"), tags("c", "b"), "body.tags.0")
    assert not equal(tags("a", "b"), tags("a", "c"), "body.tags.0")


def test_a_star_stands_for_any_member_and_any_item() -> None:
    one = get(body={"items": [{"sku": 1, "n": 1}, {"sku": 2, "n": 1}]})
    other = get(body={"items": [{"sku": 8, "n": 1}, {"sku": 9, "n": 1}]})
    assert equal(one, other, "body.items.*.sku")
    assert equal(one, other, "body./items/*/sku")
    assert not equal(one, other, "body.items.0.sku")
    assert equal(get("/a", query=(("x", "1"),)), get("/a", query=(("y", "2"),)), "query.*")


def test_a_null_that_was_sent_is_no_value_that_does_not_count() -> None:
    assert not equal(get(body={"id": None}), get(body={"id": 5}), "ids")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (get("/users/1"), get("/users/2")),
        (get(f"/users/{UUID}/orders/5"), get("/users/7/orders/8")),
        (get(body={"id": 1}), get(body={"id": "two"})),
        (get(body={"userId": 1, "order_id": "a"}), get(body={"userId": 2, "order_id": "b"})),
        (get(body={"userIds": [1, 2]}), get(body={"userIds": [3, 4]})),
        (get(body={"trace": UUID}), get(body={"trace": OTHER_UUID})),
        (get(body=[UUID]), get(body=[OTHER_UUID])),
        (get(body=UUID), get(body=OTHER_UUID)),
        (get(query=(("request_id", "1"),)), get(query=(("request_id", "2"),))),
        (get(query=(("ref", UUID),)), get(query=(("ref", OTHER_UUID),))),
    ],
)
def test_ids_do_not_count_wherever_they_stand(one: RequestKey, other: RequestKey) -> None:
    assert equal(one, other, "ids")
    assert not equal(one, other, "timestamps")
    assert not equal(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (get("/users"), get("/orders")),
        (get("/reports/2026-01-01"), get("/reports/2026-01-02")),
        (get(body={"paid": 1}), get(body={"paid": 2})),
        (get(body={"valid": "a"}), get(body={"valid": "b"})),
        (get(body={"name": "a"}), get(body={"name": "b"})),
        (get(body={"id": True}), get(body={"id": False})),
        (get(body={"id": {"a": 1}}), get(body={"id": {"a": 2}})),
        (get(body={"ids": [1]}), get(body={"ids": [1, 2]})),
        (get(query=(("grid", "1"),)), get(query=(("grid", "2"),))),
    ],
)
def test_what_is_no_id_counts(one: RequestKey, other: RequestKey) -> None:
    assert not equal(one, other, "ids")


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("x", "2026-01-01T10:00:00Z", "2026-01-02T11:30:00.123+02:00"),
        ("x", "2026-01-01 10:00", "2026-01-02 10:00:01"),
        ("x", "Tue, 03 Jun 2025 10:00:00 GMT", "2026-01-01T10:00:00Z"),
        ("createdAt", 1760000000, 1760000001),
        ("ts", 1760000000123, 1760000000124),
        ("_", "1760000000123", "1760000000124"),
        ("expires_at", 1760000000.5, 1760000000),
    ],
)
def test_timestamps_do_not_count_in_query_and_body(name: str, one: Json, other: Json) -> None:
    bodies = get(body={"in": [{name: one}]}), get(body={"in": [{name: other}]})
    assert equal(*bodies, "timestamps")
    assert not equal(*bodies, "ids")
    queries = get(query=((name, str(one)),)), get(query=((name, str(other)),))
    assert equal(*queries, "timestamps")
    assert not equal(*queries)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("birthday", "2026-01-01", "2026-01-02"),
        ("x", 1760000000, 1760000001),
        ("createdAt", 17, 18),
        ("createdAt", True, False),
        ("x", "at 2026-01-01T10:00:00Z", "at 2026-01-02T10:00:00Z"),
    ],
)
def test_what_is_no_timestamp_counts(name: str, one: Json, other: Json) -> None:
    assert not equal(get(body={name: one}), get(body={name: other}), "timestamps")
