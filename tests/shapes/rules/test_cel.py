"""Conditions in CEL: what they may speak of, how a bad one is told, how far they may loop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.errors import GuardError, RuleError
from mockwright.shapes.rules.cel import parse_condition
from mockwright.shapes.rules.parse import parse_rules

_USERS = {"users": [{"age": 4, "email": "abc"}, {"age": 7, "email": "b"}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("complexity > 5", True),
        ("complexity > 5 && quality >= 0.8", False),
        ("result.users.all(u, u.age > 3)", True),
        ('result.users.exists(u, u.email.matches("^a"))', True),
        ("size(result.users) > 2 || input == null", True),
        ("has(result.total) ? result.total > 0 : true", True),
        ('budget == "low"', True),
        ("cost_usd + 0.5 < 1.0", True),
        ("result.users.filter(u, u.age > 5).size() == 1", True),
    ],
)
def test_a_condition_is_decided_from_the_facts(text: str, expected: bool) -> None:
    facts = {"complexity": 6.2, "quality": 0.5, "result": _USERS, "budget": "low", "cost_usd": 0.1}
    assert parse_condition(text).holds(facts) is expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("complexity >", "line 1, column 13"),
        ("complexity > 5 &&\n  fame > 2", "line 2, column 3: 'fame' is not known here"),
        ("", "1 to 2000 characters"),
        ("x" * 3000, "1 to 2000 characters"),
        ("result.users.all(u, v > 1)", "'v' is not known here"),
    ],
)
def test_a_bad_expression_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(GuardError, match="condition") as caught:
        parse_condition(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("result.nothing == 3", "there is no 'nothing'"),
        ("quality", "expected true or false"),
        ("result > 3", ""),
        ("complexity / 0 > 1 && 1 / 0 == 2", ""),
    ],
)
def test_what_cannot_be_decided_is_an_error(text: str, said: str) -> None:
    with pytest.raises(GuardError) as caught:
        parse_condition(text).holds({"result": _USERS, "complexity": 1, "quality": 0.5})
    assert said in str(caught.value)


def test_loops_in_loops_over_long_lists_are_refused_before_they_begin() -> None:
    nested = parse_condition("result.all(a, result.all(b, result.all(c, a == b || b == c)))")
    assert nested.holds({"result": [1] * 20})
    with pytest.raises(GuardError, match="too many"):
        nested.holds({"result": [1] * 2000})


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_an_error_of_ours(text: str) -> None:
    try:
        condition = parse_condition(text)
        condition.holds({"result": _USERS, "complexity": 1.0, "quality": 0.5})
    except GuardError:
        pass


def test_a_rule_may_be_a_condition_on_the_whole_answer() -> None:
    (rule,) = parse_rules(
        ({"cel": "result.total == result.a + result.b", "message": "it adds up"},)
    )
    assert rule.mechanical
    assert rule.text == "it adds up"
    assert rule.check({"total": 3, "a": 1, "b": 2}) == ()
    (broken,) = rule.check({"total": 4, "a": 1, "b": 2})
    assert (broken.pointer, broken.code) == ("", "rule")


def test_a_rule_may_be_a_condition_on_each_value_at_a_path() -> None:
    (rule,) = parse_rules(({"path": "users", "cel": "this.all(u, u.age > 5)"},))
    assert [v.pointer for v in rule.check(_USERS)] == ["/users"]
    (each,) = parse_rules(({"path": "users.*", "cel": "this.age > 5"},))
    assert [v.pointer for v in each.check(_USERS)] == ["/users/0"]


def test_what_a_condition_cannot_tell_counts_as_broken() -> None:
    (rule,) = parse_rules(({"cel": "result.total > 1"},))
    (broken,) = rule.check({})
    assert "there is no 'total'" in broken.message


@pytest.mark.parametrize("rule", [{"cel": "foo > 1"}, {"cel": 3}, {"cel": "true", "op": "eq"}])
def test_a_rule_that_is_no_condition_is_refused(rule: object) -> None:
    with pytest.raises(RuleError):
        parse_rules((rule,))


def test_lists_in_the_expression_itself_count_in_how_long_it_may_take() -> None:
    numbers = "[1,2,3,4,5,6,7,8,9,10]"
    text = "true"
    for name in "abcdefgh":
        text = f"{numbers}.all({name}, {text})"
    with pytest.raises(GuardError, match="too many"):
        parse_condition(text).holds({})


def test_a_rule_at_many_places_is_bounded_as_a_whole() -> None:
    (rule,) = parse_rules(({"path": "items.*", "cel": "result.items.all(i, i != this + 0.5)"},))
    (fault,) = rule.check({"items": [float(i) for i in range(5_000)]})
    assert "too many for 5000 places" in fault.message
    assert rule.check({"items": [1.0, 2.0]}) == ()
