"""Requests that wait for a person, and what the store keeps of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mockwright.errors import NotFoundError, ReviewError
from mockwright.memory.journal import reviews as module
from mockwright.memory.journal.reviews import Review, ReviewedRequest, Reviews
from mockwright.memory.store import Store
from mockwright.types import Json

WANTED = ReviewedRequest(
    "POST", "/users", "page=1", (("X-Response-Shape", '{"a": 0}'),), '{"name": "Ä"}'
)
SCHEMA = {"type": "object", "required": ["a"]}


def waiting(reviews: Reviews, number: int = 0) -> Review:
    return reviews.add(ReviewedRequest("GET", f"/{number}"), ["the mean is 3"], SCHEMA)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = Store(tmp_path / "store.db")
    yield made
    await made.aclose()


async def reopened(tmp_path: Path) -> Reviews:
    store = Store(tmp_path / "store.db")
    again = Reviews(store)
    await again.start()
    await store.aclose()
    return again


def test_a_new_review_waits_and_says_what_it_waits_for() -> None:
    reviews = Reviews()
    review = reviews.add(WANTED, ["the mean of age is 3", "age is normal"], SCHEMA)
    assert reviews.get(review.id) is review
    told = review.to_json()
    assert told["state"] == "pending"
    assert told["failed"] == ["the mean of age is 3", "age is normal"]
    assert (told["method"], told["path"], told["query"]) == ("POST", "/users", "page=1")
    assert told["body"] == '{"name": "Ä"}'
    assert told["schema"] == SCHEMA
    assert told["settled_at"] is told["reason"] is told["data"] is None
    assert "headers" not in told
    assert not {"body", "schema", "data", "query"} & review.summary().keys()


def test_ids_cannot_be_guessed_and_of_many_faults_a_hundred_are_kept() -> None:
    reviews = Reviews()
    made = [reviews.add(WANTED, ["fault"] * 500, SCHEMA) for _ in range(50)]
    assert len({review.id for review in made}) == 50
    assert all(len(review.id) >= 20 for review in made)
    assert len(made[0].failed) == 100


def test_an_unknown_review_is_not_found() -> None:
    reviews = Reviews()
    with pytest.raises(NotFoundError, match="no review 'none'"):
        reviews.get("none")
    with pytest.raises(NotFoundError):
        reviews.resolve("none", 1)
    with pytest.raises(NotFoundError):
        reviews.reject("none", "x")
    with pytest.raises(NotFoundError) as caught:
        reviews.get("x" * 10_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("data", [{"a": 1}, [1, 2], "text", 0, False, None])
def test_a_review_is_resolved_with_an_answer(data: Json) -> None:
    reviews = Reviews()
    first = waiting(reviews)
    settled = reviews.resolve(first.id, data)
    assert reviews.get(first.id) == settled
    assert (settled.state, settled.data, settled.reason) == ("resolved", data, None)
    assert settled.settled_at is not None
    assert settled.settled_at >= first.created_at
    assert settled.wanted == first.wanted


def test_a_review_is_rejected_with_a_reason() -> None:
    reviews = Reviews()
    settled = reviews.reject(waiting(reviews).id, "nobody needs it")
    assert (settled.state, settled.data, settled.reason) == ("rejected", None, "nobody needs it")


def test_what_is_settled_is_settled_once() -> None:
    reviews = Reviews()
    resolved = reviews.resolve(waiting(reviews, 1).id, {"a": 1})
    rejected = reviews.reject(waiting(reviews, 2).id, "no")
    for review, word in ((resolved, "resolved"), (rejected, "rejected")):
        with pytest.raises(ReviewError, match=f"is {word} already"):
            reviews.resolve(review.id, {"a": 2})
        with pytest.raises(ReviewError, match=f"is {word} already"):
            reviews.reject(review.id, "no")
        assert reviews.get(review.id) == review


def test_the_list_has_the_latest_first_by_state_and_up_to_a_limit() -> None:
    reviews = Reviews()
    made = [waiting(reviews, number).id for number in range(5)]
    reviews.resolve(made[1], {})
    reviews.reject(made[3], "no")
    assert [one["id"] for one in reviews.list()] == made[::-1]
    assert [one["id"] for one in reviews.list("pending")] == [made[4], made[2], made[0]]
    assert [one["id"] for one in reviews.list("resolved")] == [made[1]]
    assert [one["id"] for one in reviews.list("rejected")] == [made[3]]
    assert [one["id"] for one in reviews.list(limit=2)] == [made[4], made[3]]
    assert reviews.list(limit=0) == []


def test_where_there_are_too_many_the_oldest_settled_one_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    reviews = Reviews()
    first, second, third = [waiting(reviews, number) for number in range(3)]
    with pytest.raises(ReviewError, match="3 requests wait for a review already"):
        waiting(reviews, 4)
    reviews.resolve(third.id, {})
    reviews.reject(second.id, "no")
    fourth = waiting(reviews, 4)
    assert [one["id"] for one in reviews.list()] == [fourth.id, third.id, first.id]
    fifth = waiting(reviews, 5)
    assert [one["id"] for one in reviews.list()] == [fifth.id, fourth.id, first.id]
    with pytest.raises(ReviewError):
        waiting(reviews, 6)


async def test_without_a_store_there_is_nothing_to_read() -> None:
    reviews = Reviews()
    await reviews.start()
    assert reviews.list() == []


async def test_reviews_are_there_after_a_restart(tmp_path: Path, store: Store) -> None:
    reviews = Reviews(store)
    await reviews.start()
    kept = [
        reviews.add(WANTED, ["a", "b"], SCHEMA),
        reviews.resolve(waiting(reviews).id, [{"a": 1}, None]),
        reviews.reject(waiting(reviews).id, "no"),
    ]
    await store.aclose()
    again = await reopened(tmp_path)
    assert [again.get(review.id) for review in kept] == kept
    assert [one["id"] for one in again.list()] == [review.id for review in reversed(kept)]
    assert again.resolve(kept[0].id, {"a": 2}).wanted.headers == WANTED.headers


async def test_what_is_forgotten_is_gone_from_the_store(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    reviews = Reviews(store)
    await reviews.start()
    gone = reviews.reject(waiting(reviews, 1).id, "no")
    kept = [waiting(reviews, 2), waiting(reviews, 3)]
    await store.aclose()
    again = await reopened(tmp_path)
    assert [one["id"] for one in again.list()] == [review.id for review in reversed(kept)]
    with pytest.raises(NotFoundError):
        again.get(gone.id)


async def test_of_what_the_store_has_the_latest_are_read(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = Reviews(store)
    made = [waiting(reviews, number).id for number in range(5)]
    await store.aclose()
    monkeypatch.setattr(module, "MOST", 3)
    again = await reopened(tmp_path)
    assert [one["id"] for one in again.list()] == made[:1:-1]


def test_a_review_is_json() -> None:
    reviews = Reviews()
    review = reviews.resolve(reviews.add(WANTED, ["x"], SCHEMA).id, {"a": [1]})
    assert json.loads(json.dumps(review.to_json()))["data"] == {"a": [1]}
