"""An entry that was read: what it answers with, and whether that still conforms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mockwright.jsontext import dump
from mockwright.recordings.entry import RecordingEntry, read_entry
from mockwright.recordings.ignore import Ignore
from mockwright.recordings.normalize import key_of
from mockwright.recordings.redact import SecretRedactor
from mockwright.recordings.request_key import RecordedResponse, RequestKey
from mockwright.schema.validate import cache_key, compile_schema
from mockwright.types import MISSING, Json, JsonObject, Missing, Violation

_MAX_KEPT: Final = 8
"""The most schemas, and ignore lists, of which an entry keeps the result."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredRecording:
    """One version of a file. The body is kept as bytes: that is how it is sent, and it is small."""

    file: str
    """The name of the file within the folder."""
    asked: RequestKey
    """The request as it is in the file."""
    matched: RequestKey
    """The request without secrets, should any have been written into the file."""
    turn: int
    status: int
    headers: dict[str, str]
    payload: bytes
    """The body as compact JSON; empty where there is none."""
    backend: str
    model: str
    prompt_sha256: str | None
    cost_usd: float
    """What the answer cost when it was recorded, in USD."""
    recorded_at: str | None
    """When it was recorded (ISO 8601); None for one that was written by hand."""
    _keys: dict[Ignore, bytes] = field(default_factory=dict, repr=False)
    _checked: dict[bytes, tuple[Violation, ...]] = field(default_factory=dict, repr=False)

    @property
    def body(self) -> Json | Missing:
        """The body, decoded anew each time, so that the caller may change it."""
        return json.loads(self.payload) if self.payload else MISSING

    @property
    def answer(self) -> RecordedResponse:
        """What is kept of the answer."""
        return RecordedResponse(
            body=self.body,
            status=self.status,
            headers=self.headers,
            backend=self.backend,
            model=self.model,
            prompt_sha256=self.prompt_sha256,
            cost_usd=self.cost_usd,
            recorded_at=self.recorded_at,
        )

    @property
    def entry(self) -> RecordingEntry:
        """The entry as it is in the file."""
        return RecordingEntry(self.asked, self.answer, self.turn)

    def key(self, ignore: Ignore) -> bytes:
        """Return the key by which the entry is found."""
        key = self._keys.get(ignore)
        if key is None:
            if len(self._keys) >= _MAX_KEPT:
                self._keys.clear()
            key = self._keys[ignore] = key_of(self.matched, ignore)
        return key

    def check(self, schema: JsonObject | bool) -> tuple[Violation, ...]:
        """Return how the body breaks ``schema``; raise ShapeError for a bad schema.

        The result is kept. Of several completions, and of an answer beside its report, it is each
        answer that has the shape; an entry without a body has nothing to conform.
        """
        digest = cache_key(schema)
        found = self._checked.get(digest)
        if found is None:
            if len(self._checked) >= _MAX_KEPT:
                self._checked.clear()
            found = self._checked[digest] = tuple(self._violations(schema))
        return found

    def _violations(self, schema: JsonObject | bool) -> Iterator[Violation]:
        compiled = compile_schema(schema)
        for pointer, answer in self._answers():
            for one in compiled.violations(answer):
                yield Violation(pointer + one.pointer, one.code, one.message)

    def _answers(self) -> Iterator[tuple[str, Json]]:
        """Yield each answer in the body, with a pointer to it."""
        body, at = self.body, ""
        if body is MISSING:
            return
        if self.asked.controls.get("report") is True and isinstance(body, dict) and "data" in body:
            body, at = body["data"], "/data"
        several = self.asked.controls.get("n", 1) != 1 and isinstance(body, dict)
        if several and isinstance(body.get("completions"), list):
            yield from ((f"{at}/completions/{i}", one) for i, one in enumerate(body["completions"]))
        else:
            yield at, body


def read_recording(data: bytes, file: str, redactor: SecretRedactor) -> StoredRecording:
    """Return the entry in the bytes of a file; raises :class:`BrokenRecordingError`."""
    entry = read_entry(data, file)
    answer, matched = entry.answer, redactor.asked(entry.asked)
    return StoredRecording(
        file=file,
        asked=entry.asked,
        # The same object where nothing had to be hidden, as is usual.
        matched=entry.asked if matched == entry.asked else matched,
        turn=entry.turn,
        status=answer.status,
        headers=answer.headers,
        payload=b"" if answer.body is MISSING else dump(answer.body),
        backend=answer.backend,
        model=answer.model,
        prompt_sha256=answer.prompt_sha256,
        cost_usd=answer.cost_usd,
        recorded_at=answer.recorded_at,
    )
