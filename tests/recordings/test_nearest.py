"""What a miss says."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockwright.recordings import NOTHING, Ignore, NearestRecording, RequestKey, read_ignore
from mockwright.types import Json
from tests.recordings.values import answer, get, opened


async def near(
    folder: Path, key: RequestKey, *recorded: RequestKey, ignore: Ignore = NOTHING
) -> NearestRecording | None:
    recordings = await opened(folder)
    for request in recorded:
        await recordings.keep(recordings.seek(request), answer(1))
    return recordings.nearest(recordings.seek(key, ignore))


@pytest.mark.parametrize(
    ("key", "recorded", "told"),
    [
        (
            get(body={"customer": {"name": "Ann"}}),
            get(body={"customer": {"name": "Bob"}}),
            'body /customer/name: asked "Ann", recorded "Bob"',
        ),
        (get(body={"a": 1, "b": 2}), get(body={"a": 1}), "body /b: asked 2, recorded nothing"),
        (get(body={"a": 1}), get(body={"a": 1, "b": 2}), "body /b: asked nothing, recorded 2"),
        (get(body=[1]), get(), "body: asked [1], recorded nothing"),
        (get(body=[1]), get(body=["1"]), 'body /0: asked 1, recorded "1"'),
        (get(body=True), get(body=1), "body: asked true, recorded 1"),
        (
            get(query=(("page", "2"),)),
            get(query=(("page", "1"),)),
            'query page: asked "2", recorded "1"',
        ),
        (get(query=(("page", "2"),)), get(), 'query page: asked "2", recorded nothing'),
        (get("/users/2"), get("/users/1"), 'path: asked "/users/2", recorded "/users/1"'),
        (RequestKey("PUT", "/users/1"), get("/users/1"), 'method: asked "PUT", recorded "GET"'),
        (
            get(shape={"properties": {"a": {"type": "string"}}}),
            get(shape={"properties": {"a": {"type": "null"}}}),
            'shape /properties/a/type: asked "string", recorded "null"',
        ),
        (get(), get(shape=True), "shape: asked nothing, recorded true"),
        (get(controls={"seed": 1}), get(), "control seed: asked 1, recorded nothing"),
    ],
)
async def test_the_differing_part_is_named(
    key: RequestKey, recorded: RequestKey, told: str, tmp_path: Path
) -> None:
    found = await near(tmp_path, key, recorded)
    assert found is not None
    assert found.differences == (told,)
    assert (tmp_path / found.file).exists()


async def test_the_entry_with_the_fewest_differences_is_the_nearest(tmp_path: Path) -> None:
    body = {"a": 1, "b": 2, "c": 3}
    found = await near(
        tmp_path,
        get(body=body),
        get(body={**body, "a": 9, "b": 9}),
        get(body={**body, "c": 9}),
        RequestKey("POST", "/users/42", body=body),
    )
    assert found is not None
    assert found.differences == ("body /c: asked 3, recorded 9",)


async def test_of_a_sequence_the_first_is_the_nearest(tmp_path: Path) -> None:
    recordings = await opened(tmp_path)
    for nth in range(3):
        await recordings.keep(recordings.seek(get("/users/1")), answer(nth), nth)
    found = recordings.nearest(recordings.seek(get("/users/2")))
    assert found is not None
    assert not found.file.endswith(("-2.json", "-3.json"))


async def test_the_path_that_is_most_alike_comes_first(tmp_path: Path) -> None:
    found = await near(
        tmp_path, get("/users/1/orders"), get("/orders"), get("/users/1/carts"), get("/x")
    )
    assert found is not None
    assert found.file.startswith("get-users-1-carts-")


async def test_there_is_no_nearest_where_nothing_is_alike(tmp_path: Path) -> None:
    assert await near(tmp_path, get("/users"), get("/orders/5")) is None
    assert await near(tmp_path / "empty", get("/users")) is None


async def test_what_does_not_count_is_no_difference(tmp_path: Path) -> None:
    asked = get("/users/1", body={"id": 1, "name": "Ann"}, query=(("t", "1"),))
    recorded = get("/users/2", body={"id": 2, "name": "Bob"}, query=(("t", "2"),))
    found = await near(tmp_path, asked, recorded, ignore=read_ignore(["ids", "query.t"]))
    assert found is not None
    assert found.differences == ('body /name: asked "Ann", recorded "Bob"',)


async def test_what_is_told_is_bounded_and_without_secrets(tmp_path: Path) -> None:
    wide: Json = {f"a{i}": "x" * 1000 for i in range(1000)}
    found = await near(tmp_path, get(body={**wide, "password": "hunter2"}), get(body={}))
    assert found is not None
    assert len(found.differences) == 11
    assert found.differences[-1] == "and more"
    assert len(str(found.differences)) < 3000
    assert "hunter2" not in str(found.differences)


async def test_a_miss_names_the_nearest_and_what_cannot_be_read(tmp_path: Path) -> None:
    recordings = await opened(tmp_path)
    await recordings.keep(recordings.seek(get("/users/1")), answer(1))
    for i in range(7):
        (tmp_path / f"broken{i}.json").write_text("<<<<<<< ours\n")
    again = await opened(tmp_path)
    error = again.miss(again.seek(get("/users/2")))
    assert error.nearest is not None
    assert error.differences == ('path: asked "/users/2", recorded "/users/1"',)
    for part in ("GET /users/2", error.nearest, "broken0.json: line 1: a merge", "and 2 more"):
        assert part in str(error)


async def test_a_miss_says_where_nothing_is_recorded_at_all(tmp_path: Path) -> None:
    empty = await opened(tmp_path)
    assert "the folder is empty" in str(empty.miss(empty.seek(get())))
    await empty.keep(empty.seek(get("/orders")), answer(1))
    error = empty.miss(empty.seek(get("/users")))
    assert "none of its 1 entries has a path like it" in str(error)
    assert error.nearest is None
