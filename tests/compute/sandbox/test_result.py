import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.compute.sandbox.result import read

MOST = 1_000_000
WORDS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.lists(WORDS, max_size=3)
)


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1, "b": "x", "c": null, "d": [1.5, {"e": true}]}]',
        "[{}]",
        '[{"a": "' + ",{[:" * 1_000 + '"}]',
        '[{"a": 123456789012345678901234567890}]',
    ],
)
def test_a_list_of_as_many_objects_as_asked_for_is_handed_on_as_it_is(text: str) -> None:
    outcome = read(text.encode(), 1, MOST, 0.5)
    assert (outcome.kind, outcome.text, outcome.seconds) == ("ok", text, 0.5)


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:01e-. \\u', max_size=60).map(str.encode))
def test_whatever_is_written_becomes_an_outcome(text: bytes) -> None:
    outcome = read(text, 1, MOST, 0)
    assert (outcome.kind == "ok") == (outcome.text is not None)
    if outcome.text is not None:
        assert all(isinstance(item, dict) for item in json.loads(outcome.text))


@given(st.lists(st.dictionaries(WORDS, VALUES, max_size=3), max_size=4))
def test_what_a_worker_writes_of_json_values_is_read_back(items: list[object]) -> None:
    text = json.dumps(items)
    outcome = read(text.encode(), len(items), MOST, 0)
    assert json.loads(outcome.text or "") == items


def test_no_items_are_a_result_where_none_are_asked_for() -> None:
    assert read(b"[]", 0, MOST, 0).text == "[]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no JSON"),
        ("[{}", "no JSON"),
        ("[{}] x", "no JSON"),
        ('[{"a": NaN}]', "no JSON"),
        ('[{"a": 1e999}]', "no JSON"),
        ('[{"a": ' + "9" * 400 + "}]", "no JSON"),
        ('[{"a": "\\ud800"}]', "no JSON"),
        ('{"a": 1}', "returned dict"),
        ("null", "returned NoneType"),
        ("[1]", "item 0 is int"),
        ('[{"a": ' + "[" * 20 + "]" * 20 + "}]", "nested"),
        ('[{"a": ' + "[" * 5_000 + "]" * 5_000 + "}]", "no JSON"),
    ],
)
def test_what_is_no_such_list_is_named(text: str, told: str) -> None:
    outcome = read(text.encode(), 1, MOST, 0)
    assert outcome.kind == "bad_result"
    assert outcome.text is None
    assert told in outcome.detail


def test_bytes_that_are_no_text_are_a_bad_result() -> None:
    assert read(b"\xff\xfe\x00", 1, MOST, 0).kind == "bad_result"


def test_a_text_is_not_read_where_it_is_too_long() -> None:
    outcome = read(b"[{}]" + b" " * MOST, 1, MOST, 0)
    assert (outcome.kind, outcome.text) == ("too_large", None)


def test_a_text_is_not_read_where_it_would_take_far_more_memory_than_it_has_bytes() -> None:
    text = json.dumps([{"a": [{}] * 1_000_000}]).encode()
    assert read(text, 1, 64 * MOST, 0).kind == "too_large"


def test_many_items_may_have_many_values() -> None:
    text = json.dumps([{str(key): key for key in range(50)} for _ in range(10_000)]).encode()
    assert read(text, 10_000, 64 * MOST, 0).kind == "ok"
