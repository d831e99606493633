from __future__ import annotations

from mockwright.planning.path_rules import RouteTable
from mockwright.settings import RouteSettings


def test_the_first_matching_rule_holds() -> None:
    first = RouteSettings(path="/users/*", seed=1)
    second = RouteSettings(path="/users/**", seed=2)
    table = RouteTable((first, second))
    assert table.match("GET", "/users/7") is first
    assert table.match("GET", "/users/7/orders") is second


def test_a_rule_with_methods_leaves_other_methods_alone() -> None:
    rule = RouteSettings(path="/users", method=("POST",))
    table = RouteTable((rule,))
    assert table.match("POST", "/users") is rule
    assert table.match("GET", "/users") is None


def test_without_a_match_there_is_no_rule() -> None:
    assert RouteTable((RouteSettings(path="/users"),)).match("GET", "/orders") is None
