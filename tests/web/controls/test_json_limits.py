from __future__ import annotations

import pytest

from mockwright.errors import UnreadableBodyError
from mockwright.web.controls.json_limits import read_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a":[1,2.5,null,true,"x"]}', {"a": [1, 2.5, None, True, "x"]}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'{"id":123456789012345678901234567890}', {"id": 123456789012345678901234567890}),
        (b'"\\u0000"', "\0"),
        (b" 7 ", 7),
    ],
)
def test_json_is_read_as_it_is(text: bytes, value: object) -> None:
    assert read_json(text, 100) == value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"a":}', "line 1 column 6"),
        (b'{\n  "a": 1,\n  b\n}', "line 3 column 3"),
        (b'{"a": NaN}', "line 1 column 7"),
        (b'{"a": 1e999}', "infinity"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": "\0"}', "control character in string at line 1 column 8"),
        (b'{"a":\n "\xff"}', "byte 0xff at line 2 column 3"),
        (b"", "empty"),
    ],
)
def test_a_fault_is_named_with_its_place(text: bytes, place: str) -> None:
    with pytest.raises(UnreadableBodyError, match=place):
        read_json(text, 100)


def test_what_stands_near_a_fault_is_shown_and_no_more() -> None:
    text = b'{"first":"' + b"x" * 5000 + b'", oops}'
    with pytest.raises(UnreadableBodyError) as caught:
        read_json(text, 100)
    assert "oops" in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("depth", [101, 1000, 10_000, 1_000_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused_by_name(depth: int, opening: bytes, closing: bytes) -> None:
    with pytest.raises(UnreadableBodyError, match="deeper than the limit of 100 levels"):
        read_json(opening * depth + b"1" + closing * depth, 100)


def test_the_deepest_allowed_nesting_is_read() -> None:
    value = read_json(b"[" * 100 + b"]" * 100, 100)
    for _ in range(99):
        (value,) = value
    assert value == []


def test_many_shallow_values_are_not_deep() -> None:
    assert len(read_json(b"[" + b",".join([b"[]"] * 500) + b"]", 4)) == 500


def test_an_integer_of_absurd_length_is_bounded_in_time() -> None:
    value = read_json(b"[1" + b"0" * 300 + b"]", 4)
    assert value == [10**300]
    with pytest.raises(UnreadableBodyError, match="infinity"):
        read_json(b"1" * 1_000_000, 4)
