from __future__ import annotations

from typing import Any

import pytest

from mockwright.schema.types import is_number, type_names


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, ("null",)),
        (True, ("boolean",)),
        ("", ("string",)),
        ({}, ("object",)),
        ([], ("array",)),
        (1, ("integer", "number")),
        (1.0, ("integer", "number")),
        (1.5, ("number",)),
        (float("inf"), ("number",)),
    ],
)
def test_the_types_of_a_value(value: Any, names: tuple[str, ...]) -> None:
    assert type_names(value) == names
    assert is_number(value) == ("number" in names)
