from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.errors import RuleError, UnsatisfiableError
from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rules.parse import Rule, apply_rules, parse_rules, rules_of


def rule(raw: Any) -> Rule:
    return parse_rules((raw,))[0]


def broken(raw: Any, value: Any) -> list[str]:
    return [violation.pointer for violation in rule(raw).check(value)]


@pytest.mark.parametrize(
    ("text", "good", "bad", "pointer"),
    [
        ("Ensure all dates are valid ISO-8601", {"createdAt": "2024-02-29T10:00:00Z"},
         {"createdAt": "29/02/2024"}, "/createdAt"),
        ("dates are ISO-8601", {"birthDate": "1990-05-01"}, {"birthDate": "1990-02-31"},
         "/birthDate"),
        ("The dates must follow ISO 8601 format.", {"start_date": "2024-01-01"},
         {"start_date": "soon"}, "/start_date"),
        ("Verify email formats", {"email": "a@b.co"}, {"email": "a at b"}, "/email"),
        ("emails are well formed", {"u": [{"workEmail": "a@b.co"}]}, {"u": [{"workEmail": "a@"}]},
         "/u/0/workEmail"),
        ("ensure valid email addresses", {"emails": ["a@b.co"]}, {"email": "x"}, "/email"),
        ("URLs are valid", {"url": "https://a.example"}, {"url": "nope"}, "/url"),
        ("uuids are valid", {"uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}, {"uuid": "1"},
         "/uuid"),
        ("phone numbers are valid", {"phone": "+1 555-010-1234"}, {"phone": "call me"}, "/phone"),
        ("Check for logical consistency", {"startDate": "2024-01-01", "endDate": "2024-01-02"},
         {"startDate": "2024-01-03", "endDate": "2024-01-02"}, "/endDate"),
        ("logical consistency", {"price": 1}, {"price": -1}, "/price"),
        ("Check for logical consistency", {"age": 40}, {"age": 400}, "/age"),
        ("Check for logical consistency", {"items": [{"qty": 2, "price": 1.5}], "total": 3.0},
         {"items": [{"qty": 2, "price": 1.5}], "total": 4.0}, "/total"),
        ("no empty strings", {"a": "x"}, {"a": " "}, "/a"),
        ("all fields are present", {"a": 0}, {"a": None}, "/a"),
        ("all fields present", {"a": ""}, {"a": None}, "/a"),
        ("age between 18 and 99", {"u": [{"age": 18}]}, {"u": [{"age": 17}]}, "/u/0/age"),
        ("age must be between 18 and 99", {"age": 99}, {"age": 100}, "/age"),
        ("price > 0", {"price": 0.1}, {"price": 0}, "/price"),
        ("age must be at least 18", {"age": 18}, {"age": 17}, "/age"),
        ("All prices are positive", {"unit": {"price": 2}}, {"unit": {"price": 0}}, "/unit/price"),
        ("quantity is non-negative", {"quantity": 0}, {"quantity": -1}, "/quantity"),
        ("ids are unique", [{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 1}], "/1/id"),
        ("unique emails", [{"email": "a"}, {"email": "b"}], [{"email": "a"}, {"email": "a"}],
         "/1/email"),
        ("status is one of active, inactive", {"status": "active"}, {"status": "gone"}, "/status"),
        ("name has at least 3 characters", {"name": "Ann"}, {"name": "Al"}, "/name"),
        ("code matches /^[A-Z]{3}$/", {"code": "ABC"}, {"code": "abc"}, "/code"),
        ("startDate is before endDate", {"startDate": "2024-01-01", "endDate": "2024-01-02"},
         {"startDate": "2024-01-02", "endDate": "2024-01-02"}, "/startDate"),
        ("msrp >= price", {"msrp": 2, "price": 2}, {"msrp": 1, "price": 2}, "/msrp"),
        ("joinDate is after 2020-01-01", {"joinDate": "2021-05-05"}, {"joinDate": "2019-05-05"},
         "/joinDate"),
        ("currency equals 'USD'", {"currency": "USD"}, {"currency": "EUR"}, "/currency"),
        ("users.*.age >= 21", {"users": [{"age": 21}]}, {"users": [{"age": 20}]}, "/users/0/age"),
    ],
)  # fmt: skip
def test_a_sentence_that_is_understood_is_held(
    text: str, good: Any, bad: Any, pointer: str
) -> None:
    assert rule(text).mechanical
    assert broken(text, good) == []
    assert broken(text, bad) == [pointer]


@pytest.mark.parametrize(
    "text",
    [
        "make it look nice",
        "names should sound Norwegian",
        "dates are before today",
        "total is right",
        "emails are from the company's own domain",
        "age between young and old",
        "x" * 500,
    ],
)
def test_a_sentence_that_is_not_understood_is_left_to_the_model(text: str) -> None:
    assert not rule(text).mechanical
    assert rule(text).check({"age": -1, "email": "x"}) == ()
    assert rule(text).text == text


@pytest.mark.parametrize(
    ("op", "value", "good", "bad"),
    [
        ("eq", 1, 1.0, True),
        ("eq", [1], [1.0], True),
        ("eq", {"a": 1}, {"a": 1.0}, {"a": True}),
        ("ne", "a", "b", "a"),
        ("lt", 5, 4, 5),
        ("le", 5, 5, 6),
        ("gt", "2024-01-01", "2024-01-02", "2024-01-01"),
        ("ge", 5, 5, "5"),
        ("between", [1, 3], 2, 4),
        ("in", ["a", 1], 1, "b"),
        ("not_in", ["a"], "b", "a"),
        ("matches", "^a+$", "aa", "b"),
        ("type", "integer", 3, "3"),
        ("min_length", 2, "ab", "a"),
        ("max_length", 2, [1], [1, 2, 3]),
        ("unique", True, [1, 2], [1, 1]),
    ],
)
def test_structured_rules(op: str, value: Any, good: Any, bad: Any) -> None:
    raw = {"path": "a.b", "op": op, "value": value}
    assert broken(raw, {"a": {"b": good}}) == []
    assert broken(raw, {"a": {"b": bad}}) == ["/a/b/1" if op == "unique" else "/a/b"]
    if op != "unique":
        assert broken({**raw, "path": "/a/*/b"}, {"a": [{"b": good}, {"b": good}]}) == []


def test_exists_and_unique_look_at_all_places_together() -> None:
    assert broken({"path": "a.b", "op": "exists"}, {"a": {}}) == [""]
    assert broken({"path": "a.b", "op": "exists", "value": False}, {"a": {"b": 1}}) == ["/a/b"]
    rows = {"users": [{"id": 1}, {"id": 1}], "orders": [{"id": 1}]}
    assert broken({"path": "users[*].id", "op": "unique"}, rows) == ["/users/1/id"]
    assert broken("ids are unique", rows) == ["/users/1/id"]


@pytest.mark.parametrize(
    ("raw", "pointer", "match"),
    [
        (5, "/0", "sentence"),
        ("", "/0", "characters"),
        ("x" * 3000, "/0", "characters"),
        ({"path": "a", "op": "egal"}, "/0/op", "known"),
        ({"path": "a", "op": "betwen", "value": [1, 2]}, "/0/op", "did you mean 'between'"),
        ({"path": "a"}, "/0/op", "unknown op"),
        ({"path": "a", "op": "between", "value": [3, 1]}, "/0/value", "lower first"),
        ({"path": "a", "op": "in", "value": []}, "/0/value", "list of values"),
        ({"path": "a", "op": "matches", "value": "("}, "/0/value", "regular expression"),
        ({"path": "a", "op": "type", "value": "text"}, "/0/value", "one of"),
        ({"path": "a", "op": "min_length", "value": -1}, "/0/value", "whole number"),
        ({"path": "a", "op": "lt", "value": None}, "/0/value", "a number"),
        ({"path": "a", "op": "unique", "value": "yes"}, "/0/value", "true or false"),
        ({"path": ["a"], "op": "eq", "value": 1}, "/0/path", "names with dots"),
        ({"path": "a", "op": "eq", "valeu": 1}, "/0", "unknown member"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_with_its_place(
    raw: Any, pointer: str, match: str
) -> None:
    with pytest.raises(RuleError, match=match) as caught:
        parse_rules((raw,))
    assert caught.value.pointer == pointer


def test_more_rules_than_the_bound_are_refused() -> None:
    with pytest.raises(RuleError, match="more than 100"):
        parse_rules(("no nulls",) * 101)


def test_a_regular_expression_that_would_take_for_ever_does_not() -> None:
    assert broken({"path": "a", "op": "matches", "value": "^(a+)+$"}, {"a": "a" * 60 + "!"}) == [
        "/a"
    ]


def test_rules_are_written_into_the_schema_where_it_has_words_for_them() -> None:
    shape = parse_shape(
        {"users": [{"id": 0, "age": 0, "email": "string", "createdAt": "string", "plan": "string"}]}
    )
    rules = parse_rules(
        (
            "age between 18 and 99",
            "Verify email formats",
            "Ensure all dates are valid ISO-8601",
            {"path": "users.plan", "op": "in", "value": ["free", "paid"]},
            {"path": "users.id", "op": "gt", "value": 5.5},
        )
    )
    schema = apply_rules(rules, shape).schema
    assert isinstance(schema, dict)
    fields = schema["properties"]["users"]["items"]["properties"]
    assert fields["age"] == {"type": "integer", "minimum": 18, "maximum": 99}
    assert fields["email"]["format"] == "email"
    assert fields["createdAt"]["pattern"].startswith("^[0-9]{4}-")
    assert fields["plan"] == {"type": "string", "enum": ["free", "paid"]}
    assert fields["id"] == {"type": "integer", "minimum": 6}
    assert apply_rules((), shape) == shape


@pytest.mark.parametrize(
    "rules",
    [
        ({"path": "age", "op": "gt", "value": 200},),
        ({"path": "age", "op": "eq", "value": "text"},),
        ("age >= 50", "age <= 40"),
        ({"path": "b", "op": "in", "value": ["z"]},),
        ({"path": "c", "op": "min_length", "value": 9},),
        ({"path": "d", "op": "gt", "value": 3},),
    ],
)
def test_a_rule_that_contradicts_the_shape_is_unsatisfiable(rules: tuple[Any, ...]) -> None:
    shape = parse_shape({"age": "int 0..100", "b": "x|y", "c": "string 1..5", "d": "1|2|3"})
    with pytest.raises(UnsatisfiableError):
        apply_rules(parse_rules(rules), shape)


def test_draft_04_gets_no_numeric_exclusive_bound() -> None:
    shape = parse_shape(
        {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "type": "object",
            "properties": {"n": {"type": "integer"}, "x": {"type": "number"}},
        }
    )
    schema = apply_rules(parse_rules(("n > 0", "x > 0")), shape).schema
    assert isinstance(schema, dict)
    assert schema["properties"] == {"n": {"type": "integer", "minimum": 1}, "x": {"type": "number"}}


def test_unique_of_a_shape_becomes_rules() -> None:
    shape = parse_shape({"users": [{"email": "email"}], "$unique": ["email"]})
    (found,) = rules_of(shape)
    assert found.check({"users": [{"email": "a"}, {"email": "a"}]})[0].pointer == "/users/1/email"
    assert rules_of(parse_shape({"a": 0})) == ()


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_any_sentence_is_read_in_some_way(text: str) -> None:
    try:
        found = rule(text)
    except RuleError:
        assert not text.strip()
        return
    found.check({"a": [1, "x", None, {"b": 2.0}]})


@given(st.integers(-100, 100), st.integers(0, 100), st.integers(-200, 200))
def test_the_tightened_schema_and_the_check_agree(low: int, width: int, value: int) -> None:
    rules = parse_rules(({"path": "n", "op": "between", "value": [low, low + width]},))
    schema = apply_rules(rules, parse_shape({"n": 0})).schema
    held = not rules[0].check({"n": value})
    assert compile_schema(schema).is_valid({"n": value}) == held
