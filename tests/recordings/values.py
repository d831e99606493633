"""What the tests of recordings share: values, requests, and a folder to put them in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from mockwright.memory.journal.redact import Redactor
from mockwright.recordings import FolderLimits, RecordedResponse, Recordings, RequestKey
from mockwright.types import Json

redact = Redactor(["known-secret-of-the-configuration"]).text

names = st.text("abcxyz_", min_size=1, max_size=4)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
jsons = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
asked = st.builds(
    RequestKey,
    method=st.sampled_from(["GET", "POST"]),
    path=st.sampled_from(["/", "/users", "/users/42", "/ä/%"]),
    query=st.lists(st.tuples(names, st.text(max_size=4)), max_size=4).map(tuple),
    body=jsons,
    shape=st.none() | st.booleans() | st.dictionaries(names, jsons, max_size=2),
    controls=st.dictionaries(names, jsons, max_size=2),
)
answers = st.builds(
    RecordedResponse,
    body=jsons,
    status=st.integers(200, 599),
    headers=st.dictionaries(names, st.text("ab c", max_size=5).map(str.strip), max_size=2),
    backend=names,
    model=names,
    prompt_sha256=st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
    cost_usd=st.floats(0, 10),
    recorded_at=st.datetimes().map(lambda when: when.isoformat() + "Z"),
)


def turned(value: Json) -> Json:
    """The same, with the members of each object the other way round."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return list(map(turned, value)) if isinstance(value, list) else value


def files(folder: Path, pattern: str = "*") -> list[str]:
    """The names in a folder, hidden ones only where they are asked for."""
    return sorted(path.name for path in folder.glob(pattern))


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def get(path: str = "/users/42", body: Json = None, **others: Any) -> RequestKey:
    return RequestKey("GET", path, **({} if body is None else {"body": body}), **others)


def answer(body: Json, when: str = "2026-11-23T10:00:00+00:00", **others: Any) -> RecordedResponse:
    return RecordedResponse(body, backend="ollama", model="gemma", recorded_at=when, **others)


async def opened(folder: Path, clock: Clock | None = None, **limits: int) -> Recordings:
    recordings = Recordings(folder, redact, FolderLimits(**limits), clock or Clock())
    await recordings.start()
    return recordings


async def kept(folder: Path, request: RequestKey, body: Json, nth: int = 0) -> str:
    """The name of a file that was just written."""
    recordings = await opened(folder)
    return (await recordings.keep(recordings.seek(request), answer(body), nth)).file
