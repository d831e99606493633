from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.shapes.rest.path_pattern import compile_path


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


def by_trying_everything(pattern: str) -> re.Pattern[str]:
    """What the wildcards say, word for word."""
    words = {"**": "(?:/[^/]+)*", "{id}": "/[^/]+"}
    parts = []
    for segment in filter(None, pattern.strip("/").split("/")):
        literal = "/" + re.escape(segment).replace(r"\*", "[^/]*")
        parts.append(words.get(segment, literal))
    return re.compile("".join(parts) + "/?")


SEGMENTS = st.sampled_from(["a", "b", "ab", "*", "**", "{id}", "a*", "*b", "a*b", "*a*", "a*b*a"])
NAMES = st.text("ab", max_size=5)


@given(st.lists(SEGMENTS, max_size=5), st.lists(NAMES, max_size=6))
def test_every_path_is_matched_that_trying_everything_matches(
    segments: list[str], names: list[str]
) -> None:
    pattern, path = "/" + "/".join(segments), "/" + "/".join(names)
    expected = by_trying_everything(pattern).fullmatch(path) is not None
    assert (compile_path(pattern).fullmatch(path) is not None) is expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/**" * 30 + "/end", "/a" * 200),
        ("/**/a" * 30 + "/end", "/a" * 200),
        ("/*" + "a*" * 30 + "b", "/" + "a" * 2000),
        ("/**/" + "*a" * 20 + "/b", ("/" + "a" * 30) * 50),
    ],
)
def test_no_pattern_takes_for_ever(pattern: str, path: str) -> None:
    assert compile_path(pattern).fullmatch(path) is None
