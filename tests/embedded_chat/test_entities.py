from __future__ import annotations

import pytest

from mockwright.embedded_chat.entities import extract_entities
from tests.steps import growth


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("a user named Ada Lovelace", ("Ada Lovelace",)),
        ("Extract Jason is 25 years old", ("Jason",)),
        ("My name is John Doe and I live in Rome", ("John Doe",)),
        ("for a user called Ludwig van Beethoven, 57", ("Ludwig van Beethoven",)),
        ("What is the weather today?", ()),
        ("a company called '你好啊集团'", ("你好啊集团",)),
        ("Alice and Bob are going out", ("Alice", "Bob")),
        ("John Smith, 25, and Jane Doe, 30", ("John Smith", "Jane Doe")),
    ],
)
def test_people(text: str, people: tuple[str, ...]) -> None:
    assert extract_entities(text).people == people


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("the weather in Paris", ("Paris",)),
        ("the weather in Paris and London", ("Paris", "London")),
        ("in Paris, London and New York", ("Paris", "London", "New York")),
        ("in San Francisco, CA?", ("San Francisco, CA",)),
        ("in Paris, France", ("Paris, France",)),
        ("what's the weather in new york today", ("New York",)),
        ("weather in oslo please", ("Oslo",)),
        ("the weather in toronto and dallas and who won", ("Toronto", "Dallas")),
        ("nothing to see", ()),
    ],
)
def test_places(text: str, places: tuple[str, ...]) -> None:
    assert extract_entities(text).places == places


def test_ways_have_two_ends() -> None:
    said = extract_entities("a flight from Berlin to New York on 2025-07-01")
    assert (said.origin, said.destination, said.dates) == ("Berlin", "New York", ("2025-07-01",))


def test_addresses_and_numbers() -> None:
    said = extract_entities(
        "Mail x@example.com, see https://a.example/b?c. Call +49 30 123456; 3.5 kg"
    )
    assert said.emails == ("x@example.com",)
    assert said.urls == ("https://a.example/b?c",)
    assert said.phones == ("+49 30 123456",)
    assert (3.5, "123456", "kg") in said.numbers


@pytest.mark.parametrize("text", ["25 years old", "a 25-year-old", "aged 25", "his age is 25"])
def test_ages(text: str) -> None:
    assert extract_entities(text).ages == (25,)


def test_each_person_has_an_age() -> None:
    assert extract_entities("Jason is 25 and Sarah is 30 years old; Al (7), Bo, 8").ages == (
        25,
        30,
        7,
        8,
    )
    assert extract_entities("The build is 25% done, Chapter is 3.5").ages == ()


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("email: x@example.com", ("email",), "x@example.com"),
        ('title = "The Sea, the Sea"', ("title",), "The Sea, the Sea"),
        ("the status is open and waiting", ("status",), "open"),
        ("first name: Ada, last name: Byron", ("last", "name"), "Byron"),
    ],
)
def test_pairs(text: str, key: tuple[str, ...], value: str) -> None:
    assert extract_entities(text).pairs[key] == value


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("three users", (3, "user")),
        ("a list of 5 nice books", (5, "book")),
        ("two people", (2, "person")),
        ("a dozen orders", (12, "order")),
    ],
)
def test_counts(text: str, count: tuple[int, str]) -> None:
    assert count in extract_entities(text).counts


def test_what_is_measured_is_not_counted() -> None:
    assert extract_entities("30 years and 5 days").counts == ()


@pytest.mark.parametrize(
    "piece", ["A", "a: ", "Aa ", "in A, ", "1", "\"'", "x is ", "named ", "a-b.", "3 "]
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    def hear(size: int) -> None:
        said = extract_entities(piece * (size // len(piece)))
        for name in vars(type(said)):
            getattr(said, name)

    assert growth(hear, 2_000) < 2.5
    assert growth(hear, 60_000) < 1.1
