"""JSON text made for review."""

from __future__ import annotations

import pytest
from hypothesis import given

from mockwright.recordings.json_text import pretty, read, stable
from mockwright.types import Json
from tests.recordings.values import jsons


@given(jsons)
def test_what_is_written_is_read_as_the_same_and_written_as_the_same(value: Json) -> None:
    written = pretty(value)
    again = read(written)
    assert repr(again) == repr(read(stable(value)))
    assert again == value
    assert pretty(again) == written


def test_the_form_is_fixed() -> None:
    value = {"b": [1, 1.0, 1e-7, 1e22, 0.1, -0.0], "a": {}, "ä": "ö\u2028", "c": []}
    assert pretty(value).decode() == (
        '{\n  "a": {},\n  "b": [\n    1,\n    1.0,\n    1e-07,\n    1e+22,\n    0.1,\n    -0.0\n'
        '  ],\n  "c": [],\n  "ä": "ö\u2028"\n}\n'
    )


@pytest.mark.parametrize(
    "value", [10**40, -(10**40), "\ud800", {"\udfff": "a\ud800b"}, "\U0001f600"]
)
def test_what_other_writers_refuse_or_change_is_kept(value: Json) -> None:
    assert read(pretty(value)) == value


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "line 1 column 1"),
        (b'{"a": 1\n"b": 2}', "line 2 column 1"),
        # Where the interpreter sees it: at the brace, and from 3.13 on at the comma.
        (
            b'{"a": 1,\n}',
            "line (?:2 column 1: Expecting property name|1 column 8: .* trailing comma)",
        ),
        (b'{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> b\n}', "line 2: a merge conflict"),
        (b'{"a": 1,\r\n=======\r\n"a": 2}', "line 2: a merge conflict"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "'c' is there twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": "\xff"}', "byte 7: not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deep"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(data: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read(data)


def test_what_editors_leave_does_no_harm() -> None:
    assert read(b'\xef\xbb\xbf{"a": 1}\r\n\r\n') == {"a": 1}
    assert read(b'"======="') == "======="
