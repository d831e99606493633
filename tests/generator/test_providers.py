from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.errors import ShapeError, UnsatisfiableError
from mockwright.generator import Hints, generate
from mockwright.generator.context.streams import permuted
from mockwright.generator.context.subject import latin
from mockwright.generator.field_kinds import kind_of, names
from mockwright.generator.interfaces import Leaf, ObjectScope, ScalarType
from mockwright.generator.providers import PROVIDERS
from mockwright.generator.providers.codes import vin_check
from mockwright.generator.realism import Realism
from mockwright.generator.tables import decks, records, rows
from mockwright.rng import Rng
from mockwright.shapes.rest.infer import infer_shape
from tests.shared_data import shared

seeds = st.integers(0, 2**32)
TYPES: tuple[ScalarType, ...] = ("string", "integer", "number", "boolean")


def answer(path: str, seed: int = 1, count: int = 0) -> Any:
    query = (("limit", str(count)),) if count else ()
    schema = infer_shape("GET", path, query).schema
    return generate(schema, seed=seed, hints=Hints(path=path, query=query))


def people(count: int, seed: int = 1, locale: str = "en") -> Any:
    fields = ("firstName", "lastName", "email", "username")
    item = {
        "type": "object",
        "required": list(fields),
        "properties": {name: {"type": "string"} for name in fields},
    }
    schema = {"type": "array", "items": item, "minItems": count, "maxItems": count}
    return generate(schema, seed=seed, hints=Hints(path="/users", locale=locale))


@given(st.integers(1, 5000), seeds)
def test_a_shuffled_range_has_every_number_once(size: int, seed: int) -> None:
    size = size % 300 + 1
    assert sorted(permuted(i, size, seed) for i in range(size)) == list(range(size))


@pytest.mark.parametrize("locale", ["en", "de", "ja", "pt-br"])
def test_nobody_is_twice_in_a_list_of_a_thousand(locale: str) -> None:
    found = people(1000, seed=7, locale=locale)
    assert max(Counter((p["firstName"], p["lastName"]) for p in found).values()) == 1
    assert max(Counter(p["email"] for p in found).values()) == 1
    assert max(Counter(p["username"] for p in found).values()) == 1


def test_addresses_come_from_the_names_in_a_long_list_too() -> None:
    for one in people(1000, seed=3):
        first, last = latin(one["firstName"]), latin(one["lastName"])
        assert one["email"].partition("@")[0] == f"{first}.{last}"
        assert one["username"] in (f"{first}.{last}", f"{first}_{last}")


@given(seeds)
def test_names_in_a_list_of_strings_differ(seed: int) -> None:
    chat = answer("/chats/1", seed)
    assert len(set(chat["participants"])) == len(chat["participants"]) == 2


@given(seeds)
def test_messages_share_a_conversation_and_alternate(seed: int) -> None:
    found = answer("/messages", seed, 4)
    assert len({m["conversationId"] for m in found}) == 1
    senders = [m["sender"] for m in found]
    assert senders[0] == senders[2] != senders[1] == senders[3]
    assert len({m["content"] for m in found}) == 4
    assert [m["sentAt"] for m in found] == sorted(m["sentAt"] for m in found)


def test_flights_of_a_list_have_different_airlines_and_their_codes() -> None:
    found = answer("/flights", 5, 8)
    assert len({f["airline"] for f in found}) == 8
    codes = {row[0]: row[1] for row in records("airlines")}
    for flight in found:
        assert flight["flightNumber"].startswith(codes[flight["airline"]])
        assert flight["origin"] != flight["destination"]


@given(seeds)
def test_what_was_bought_agrees_with_its_category(seed: int) -> None:
    found = answer("/transactions/1", seed)
    assert (found["category"], found["description"]) in {
        (row[0], row[3]) for row in records("expenses")
    }


@given(seeds)
def test_a_case_is_one_case(seed: int) -> None:
    patient = answer("/patients/1", seed)
    assert (patient["diagnosis"], patient["ward"]) in {(r[0], r[3]) for r in records("cases")}


@given(seeds)
def test_reviews_say_what_they_rate(seed: int) -> None:
    review = answer("/reviews/1", seed)
    row = next(r for r in records("reviews") if r[3] == review["comment"])
    assert int(row[0]) <= review["rating"] <= int(row[1])
    assert row[2] == review["title"]


def test_a_token_is_a_bearer_token() -> None:
    assert answer("/oauth/token")["tokenType"] == "Bearer"


def test_a_vehicle_number_is_the_published_example() -> None:
    # The example of the regulation's own check digit procedure, widely reprinted.
    assert vin_check("1M8GDM9AXKP042788") == "X"


@given(seeds)
def test_vehicle_numbers_check(seed: int) -> None:
    vin = answer("/cars/1", seed)["vin"]
    assert len(vin) == 17
    assert vin[8] == vin_check(vin)
    assert not set(vin) & set("IOQ")


def test_common_texts_have_fifteen_forms() -> None:
    found = decks("texts")
    common = [k for k in found if k.startswith(("description", "note", "content"))]
    common += ["product", "question", "answer", "sentence", "error", "reason"]
    assert {key: len(found[key]) for key in common if len(found[key]) < 15} == {}
    tables = ("tickets", "articles", "reviews", "recipes", "cases", "courses", "expenses", "logs")
    assert all(len(records(table)) >= 15 for table in (*tables, "announcements"))
    assert len(found["question"]) == len(found["answer"])


def test_every_row_of_the_tables_is_whole() -> None:
    for table, width in (("airports", 4), ("airlines", 3), ("jobs", 4), ("cases", 7),
                         ("tickets", 3), ("expenses", 4), ("articles", 4), ("reviews", 4),
                         ("recipes", 5), ("courses", 3), ("catalogue", 5), ("spans", 4),
                         ("stages", 3)):  # fmt: skip
        assert {len(row) for row in records(table)} == {width}, table
    assert {row[2] for row in records("airlines")} <= {row[0] for row in records("airports")}


def test_a_new_word_in_a_row_needs_a_known_kind() -> None:
    assert set(rows("choices")) | set(rows("kinds")) <= set(PROVIDERS)


hostile = st.dictionaries(
    st.sampled_from(sorted({" ".join(n) for n in names()})),
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats()
    | st.sampled_from(["²²²²-01-01", "0000-00-00", "9999-12-31", "USD", "-", "@", "a.b"]),
    max_size=6,
)  # fmt: skip


@given(hostile, st.sampled_from(sorted(PROVIDERS)), st.sampled_from(TYPES), st.none() | st.just(2))
def test_no_neighbour_upsets_a_maker(made: Any, kind: str, type_: Any, index: int | None) -> None:
    above = ObjectScope(Rng(1), Hints(path="/users"))
    scope = ObjectScope(
        Rng(2), Hints(path="/users"), "items", ("items", 0), 0, above, {}, dict(made)
    )
    leaf = Leaf("thing", ("items", 0, "thing"), type_, {}, index)
    Realism({"thing": kind}).leaf(leaf, scope)


@pytest.mark.parametrize("above", ["", "tags", "users", "data", "extensions", "flight", "recipe"])
def test_no_name_upsets_the_realist(above: str) -> None:
    realist = Realism()
    odd = ["", "_", "-", "123", "Ω", "tag", "$ref", "x" * 500, "\ud800", "created at"]
    for name in [*(" ".join(n) for n in names()), *odd]:
        for type_ in TYPES:
            scope = ObjectScope(
                Rng(3), Hints(), above, (above,), None, ObjectScope(Rng(4), Hints())
            )
            realist.leaf(Leaf(name, (above, name), type_, {}, None), scope)
            realist.leaf(Leaf(name, (above, name, 1), type_, {"maxLength": 3}, 1), scope)


def test_a_kind_told_by_the_list_or_the_title_needs_no_name() -> None:
    tags = {"type": "array", "items": {"type": "string"}, "minItems": 2}
    schema = {"type": "object", "required": ["tags"], "properties": {"tags": tags}}
    assert len(generate(schema, seed=1)["tags"]) >= 2
    assert kind_of("vss") is None
    assert generate({"type": "string", "title": "tag"}, seed=1)


@pytest.mark.parametrize("name", ["jsonschemabench/sample.jsonl", "maskbench_sample.jsonl"])
def test_real_schemas_only_fail_as_documented(name: str) -> None:
    lines = shared(name).read_text(encoding="utf-8").splitlines()
    made = 0
    for number, line in enumerate(lines):
        if number % 24 and "vss-extension" not in line[:200]:
            continue
        try:
            generate(json.loads(line)["schema"], seed=number)
        except (UnsatisfiableError, ShapeError):
            continue
        made += 1
    assert made > 30
