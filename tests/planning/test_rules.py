from __future__ import annotations

import pytest

from mockwright.planning.rules import RouteTable, compile_path
from mockwright.settings import RouteSettings


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/users", "/users", True),
        ("/users", "/users/", True),
        ("/users", "/users/1", False),
        ("/users/*", "/users/1", True),
        ("/users/*", "/users", False),
        ("/users/*", "/users/1/orders", False),
        ("/users/{id}", "/users/1", True),
        ("/users/**", "/users", True),
        ("/users/**", "/users/1/orders", True),
        ("/users/**", "/usersandmore", False),
        ("/**/orders", "/users/1/orders", True),
        ("/**/orders", "/orders", True),
        ("/files/*.json", "/files/a.json", True),
        ("/files/*.json", "/files/ajson", False),
        ("/a.b", "/aXb", False),
        ("/**", "/", True),
        ("/**", "/anything/at/all", True),
    ],
)
def test_a_path_pattern_matches_whole_segments(pattern: str, path: str, matches: bool) -> None:
    assert (compile_path(pattern).fullmatch(path) is not None) is matches


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
