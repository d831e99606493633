"""One version of a file, and whether it conforms."""

from __future__ import annotations

import pytest

from mockwright.errors import ShapeError
from mockwright.recordings.entry import RecordingEntry, write_entry
from mockwright.recordings.recording import StoredRecording, read_recording
from mockwright.recordings.redact import SecretRedactor
from mockwright.types import MISSING, Json
from tests.recordings.values import answer, get, redact

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


def stored(body: Json, **controls: Json) -> StoredRecording:
    entry = RecordingEntry(get(controls=controls), answer(body))
    return read_recording(write_entry(entry), "x.json", SecretRedactor(redact))


def test_the_body_is_what_is_sent() -> None:
    one = stored({"b": 1.0, "a": [10**30]})
    assert one.payload == b'{"a":[1000000000000000000000000000000],"b":1.0}'
    assert one.body == {"b": 1.0, "a": [10**30]}
    assert stored(MISSING).payload == b""
    assert stored(MISSING).body is MISSING
    assert stored(None).payload == b"null"


def test_a_body_that_was_edited_out_of_shape_is_told_with_its_place() -> None:
    assert stored({"age": 5}).check(SCHEMA) == ()
    (violation,) = stored({"age": "five"}).check(SCHEMA)
    assert (violation.pointer, violation.code) == ("/age", "type")
    assert stored(MISSING).check(SCHEMA) == ()


def test_each_schema_is_judged_by_itself_and_once() -> None:
    one = stored({"age": "five"})
    found = one.check(SCHEMA)
    assert one.check(dict(SCHEMA)) is found
    assert one.check({"type": "object"}) == ()
    assert one.check(False)[0].pointer == ""
    for i in range(50):
        one.check({"const": i})
    assert len(one._checked) <= 8


def test_of_several_completions_each_has_the_shape() -> None:
    body = {"completions": [{"age": 1}, {"age": "two"}]}
    assert [v.pointer for v in stored(body, n=2).check(SCHEMA)] == ["/completions/1/age"]
    assert [v.pointer for v in stored(body).check(SCHEMA)] == [""]


def test_of_an_answer_with_its_report_the_answer_has_the_shape() -> None:
    body = {"data": {"age": "one"}, "report": []}
    assert [v.pointer for v in stored(body, report=True).check(SCHEMA)] == ["/data/age"]
    assert stored({"data": {"age": 1}, "report": []}, report=True).check(SCHEMA) == ()


def test_a_schema_that_is_none_is_the_callers_fault() -> None:
    with pytest.raises(ShapeError):
        stored({}).check({"type": 5})
