from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.embedded_chat.arithmetic import evaluate, find_sum


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("what is 2+2?", "4"),
        ("12 * (3 + 4)", "84"),
        ("two plus three", "5"),
        ("10 divided by 4", "2.5"),
        ("2 ^ 10", "1024"),
        ("5 squared + 1", "26"),
        ("What is 3 x 4", "12"),
        ("1,000 + 5", "1005"),
        ("-3 - -4", "1"),
        ("1/3 + 1", "1.333333"),
        ("0.1 + 0.2", "0.3"),
        ("2 ^ -1", "0.5"),
        ("the square root of 2", "1.414214"),
    ],
)
def test_sums_are_worked_out(text: str, value: str) -> None:
    found = find_sum(text)
    assert found is not None
    assert found[1] == value


@pytest.mark.parametrize(
    "text",
    ["", "hello", "12", "on 2025-01-02", "call 555-1234", "1/0", "9^9^9", "12/25/2024", "v1.2",
     "(" * 500 + "1+1", "9" * 30 + "+1"],
)  # fmt: skip
def test_what_is_no_sum_or_too_large_is_let_go(text: str) -> None:
    assert find_sum(text) is None


@pytest.mark.parametrize(
    "text", ["", "1+", "(1", "1)", "*2", "1 2", "-" * 40 + "1", "((" * 20 + "1" + "))" * 20, "a+1"]
)
def test_what_is_no_expression_has_no_value(text: str) -> None:
    assert evaluate(text) is None


@given(a=st.integers(-999, 999), b=st.integers(-999, 999), c=st.integers(1, 99))
def test_it_reckons_as_everybody_does(a: int, b: int, c: int) -> None:
    assert evaluate(f"{a} - ({b}) * {c}") == str(a - b * c)


@given(st.text(alphabet="0123456789+-*/^(). ", max_size=60))
def test_it_never_raises(text: str) -> None:
    value = evaluate(text)
    assert value is None or float(value) is not None
