"""Languages: texts that several expressions take at once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.rng import Rng
from mockwright.schema.regex import language

TOGETHER = [
    (("^....$", "a1", "b2"), ()),
    (("^[a-z0-9]+$", "[0-9]{3}$", "^abc"), ()),
    ((r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,16}$",), ()),
    (("^[a-c]{2}$",), ("a",)),
    ((r"^(\w+\.)*\w+@\w+\.com$", "b"), ("aa", "foo")),
    (("^(ab|cde)+$",), ("^ab",)),
]


@pytest.mark.parametrize(("wanted", "refused"), TOGETHER)
@given(seed=st.integers(0, 2**32))
def test_a_text_matches_all_that_is_wanted_and_nothing_that_is_refused(
    wanted: tuple[str, ...], refused: tuple[str, ...], seed: int
) -> None:
    found, rng = language(wanted, refused), Rng(seed)
    assert found is not None
    text = found.text(rng.choice(found.lengths(0, 40, 6)), rng.below)
    assert text is not None
    assert all(re.search(pattern, text) for pattern in wanted)
    assert not any(re.search(pattern, text) for pattern in refused)


@pytest.mark.parametrize("wanted", [("^a", "^b"), ("^[a-z]$", "^[0-9]"), ("^(?!x)x$",)])
def test_expressions_that_exclude_each_other_have_no_text(wanted: tuple[str, ...]) -> None:
    found = language(wanted)
    assert found is not None
    assert found.exact
    assert not found.ends


def test_the_texts_of_a_small_language_can_all_be_told() -> None:
    found = language(("^[ab]{2}$",))
    assert found is not None
    assert sorted(found.texts(10, 5) or ()) == ["aa", "ab", "ba", "bb"]


def test_a_large_language_is_not_listed() -> None:
    found = language(("^[a-z]{8}$",))
    assert found is not None
    assert found.texts(100, 20) is None


def test_lengths_are_those_that_some_text_has() -> None:
    found = language(("^(ab|cde)+$",))
    assert found is not None
    assert found.lengths(11, 11, 0) == [11]
    assert found.lengths(0, 5, 9) == [2, 3, 4, 5]


def test_what_has_too_many_states_is_given_up() -> None:
    assert language(("^[a-z]{1500}$",)) is None
