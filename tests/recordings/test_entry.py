"""Entries as they are written and read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.errors import BrokenRecordingError
from mockwright.recordings import RecordedResponse, RequestKey
from mockwright.recordings.entry import (
    RecordingEntry,
    file_name,
    is_name_of,
    read_entry,
    write_entry,
)
from mockwright.recordings.normalize import key_of
from tests.recordings.values import answer, answers, asked, get

FULL = RecordingEntry(
    RequestKey(
        "POST",
        "/users/42/orders",
        query=(("page", "1"), ("tag", "a"), ("tag", "b")),
        body={"item": "Äpfel"},
        shape={"type": "object"},
        controls={"seed": 42},
    ),
    RecordedResponse(
        {"total": 3.5},
        status=201,
        headers={"Location": "/x"},
        backend="ollama",
        model="gemma3:4b",
        prompt_sha256="ab" * 32,
        cost_usd=0.0001,
        recorded_at="2026-11-23T10:00:00+00:00",
    ),
    turn=2,
)
TEXT = """{
  "meta": {
    "backend": "ollama",
    "cost_usd": 0.0001,
    "model": "gemma3:4b",
    "prompt_sha256": "%s",
    "recorded_at": "2026-11-23T10:00:00+00:00"
  },
  "request": {
    "body": {
      "item": "Äpfel"
    },
    "controls": {
      "seed": 42
    },
    "method": "POST",
    "path": "/users/42/orders",
    "query": {
      "page": "1",
      "tag": [
        "a",
        "b"
      ]
    },
    "shape": {
      "type": "object"
    },
    "turn": 2
  },
  "response": {
    "body": {
      "total": 3.5
    },
    "headers": {
      "Location": "/x"
    },
    "status": 201
  }
}
""" % ("ab" * 32)


def test_an_entry_is_written_for_review() -> None:
    assert write_entry(FULL).decode() == TEXT
    assert read_entry(TEXT.encode(), "x.json") == FULL


@given(asked, answers, st.integers(1, 10_000))
def test_an_entry_is_read_as_it_was_written(
    request: RequestKey, given_: RecordedResponse, turn: int
) -> None:
    written = write_entry(RecordingEntry(request, given_, turn))
    again = read_entry(written, "x.json")
    assert (again.answer, again.turn) == (given_, turn)
    assert key_of(again.asked) == key_of(request)
    assert file_name(again) == file_name(RecordingEntry(request, given_, turn))
    assert write_entry(again) == written


def test_an_entry_by_hand_needs_no_more_than_what_is_asked_and_answered() -> None:
    data = b'{"request": {"method": "GET", "path": "/a"}, "response": {"body": [1]}}'
    assert read_entry(data, "x.json") == RecordingEntry(
        RequestKey("GET", "/a"), RecordedResponse([1])
    )


def changed(path: str, value: Any) -> bytes:
    entry = json.loads(TEXT)
    *way, last = path.split("/")
    at = entry
    for step in way:
        at = at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return json.dumps(entry).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("request", None),
        ("response", None),
        ("request/method", None),
        ("request/method", "get"),
        ("request/method", "GET\n"),
        ("request/path", None),
        ("request/path", "users"),
        ("request/path", 5),
        ("request/query", "a=1"),
        ("request/query/page", 1),
        ("request/query/page", ["1", 2]),
        ("request/shape", "string"),
        ("request/controls", []),
        ("request/turn", 0),
        ("request/turn", True),
        ("request/turn", 10_001),
        ("request/headers", {}),
        ("response", []),
        ("response/status", "200"),
        ("response/status", 99),
        ("response/headers/Location", "a\r\nSet-Cookie: b"),
        ("response/headers/Loca tion", "a"),
        ("response/headers/Location", 5),
        ("response/text", ""),
        ("meta/cost_usd", -1),
        ("meta/cost_usd", "free"),
        ("meta/recorded_at", "yesterday"),
        ("meta/model", 5),
        ("meta/host", "a"),
        ("more", {}),
    ],
)
def test_what_is_wrong_is_told_with_file_and_place(path: str, value: Any) -> None:
    with pytest.raises(BrokenRecordingError) as caught:
        read_entry(changed(path, value), "x.json")
    assert str(caught.value).startswith(f"x.json: /{path.split('/')[0]}")
    assert path.split("/")[-1] in str(caught.value)
    assert "expected" in str(caught.value)
    assert caught.value.file == "x.json"


@pytest.mark.parametrize("data", [b"", b"5", b"[]", b'"x"', b"{}", b"null", b"\xff", b"[" * 10_000])
def test_what_is_no_entry_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenRecordingError, match=r"^x\.json: "):
        read_entry(data, "x.json")


def test_a_long_value_is_not_shown_as_a_whole() -> None:
    with pytest.raises(BrokenRecordingError) as caught:
        read_entry(changed("request/method", "x" * 10_000), "x.json")
    assert len(str(caught.value)) < 200


@given(st.text(max_size=200).map(lambda text: "/" + text), st.integers(1, 3))
def test_a_name_is_good_on_every_file_system(path: str, turn: int) -> None:
    name = file_name(RecordingEntry(get(path), answer(1), turn))
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert len(name) < 100
    assert is_name_of(name, RecordingEntry(get(path), answer(1), turn))


def test_a_name_tells_method_path_and_turn() -> None:
    assert file_name(FULL).startswith("post-users-42-orders-")
    assert file_name(FULL).endswith("-2.json")
    assert file_name(RecordingEntry(get("/"), answer(1))).startswith("get-root-")
    assert not is_name_of(file_name(FULL), replace(FULL, turn=1))


def test_when_it_was_made_and_what_it_cost_is_no_news() -> None:
    entry = RecordingEntry(get(), answer({"a": 1}))
    assert entry.same_as(
        RecordingEntry(get(), answer({"a": 1}, "2030-01-01T00:00:00Z", cost_usd=9.0))
    )
    assert not entry.same_as(RecordingEntry(get(), answer({"a": True})))
    assert not entry.same_as(RecordingEntry(get(), answer({"a": 1}, status=201)))
    assert not entry.same_as(RecordingEntry(get(), answer({"a": 1}, headers={"a": "b"})))
    assert not entry.same_as(RecordingEntry(get(), replace(answer({"a": 1}), model="other")))
