"""Reviews: requests that code could not answer, and that wait for a person to do so."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal, TypeAlias

from mockwright.errors import NotFoundError, ReviewError
from mockwright.memory.store import Store
from mockwright.types import Json, JsonObject

State: TypeAlias = Literal["pending", "resolved", "rejected"]
MOST: Final = 1_000
"""Reviews that are kept; the oldest of the settled ones is dropped first."""


@dataclass(frozen=True, slots=True)
class ReviewedRequest:
    """A request as it came, so that it can be answered later."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Only those that can change the answer."""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A request that a person answers, and what came of it."""

    id: str
    """Unguessable: whoever knows it may see the answer."""
    wanted: ReviewedRequest
    failed: tuple[str, ...]
    """What could not be computed, each as a sentence."""
    schema: Json
    """The JSON Schema of the answer."""
    created_at: float
    """Unix time."""
    state: State = "pending"
    settled_at: float | None = None
    """Unix time; None while it waits."""
    reason: str | None = None
    """Why it was rejected."""
    data: Json = None
    """The answer, if it was resolved."""

    def summary(self) -> JsonObject:
        """Return the review as JSON, without the request's body and the answer."""
        return {
            "id": self.id,
            "state": self.state,
            "method": self.wanted.method,
            "path": self.wanted.path,
            "failed": list(self.failed),
            "created_at": self.created_at,
            "settled_at": self.settled_at,
            "reason": self.reason,
        }

    def to_json(self) -> JsonObject:
        """Return the whole review as JSON."""
        return {
            **self.summary(),
            "query": self.wanted.query,
            "body": self.wanted.body,
            "schema": self.schema,
            "data": self.data,
        }


class Reviews:
    """The queue of reviews, which are stored if there is a store."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._reviews: OrderedDict[str, Review] = OrderedDict()

    async def start(self) -> None:
        """Load what was stored."""
        if self._store is None:
            return
        for body in await self._store.run(_select_bodies):
            review = _parse_review(body)
            self._reviews[review.id] = review

    def add(self, wanted: ReviewedRequest, failed: Sequence[str], schema: Json) -> Review:
        """Add a request to the queue; raises ReviewError where too many are waiting."""
        if len(self._reviews) >= MOST and not self._drop_settled():
            raise ReviewError(f"{MOST} requests wait for a review already")
        review = Review(secrets.token_urlsafe(16), wanted, tuple(failed)[:100], schema, time.time())
        self._keep(review)
        return review

    def get(self, review_id: str) -> Review:
        """Return a review; raises NotFoundError."""
        review = self._reviews.get(review_id)
        if review is None:
            raise NotFoundError(f"there is no review {review_id[:100]!r}")
        return review

    def list(self, state: State | None = None, limit: int = 50) -> list[JsonObject]:
        """Return summaries, the latest first, of all reviews or those in one state."""
        chosen = (r for r in reversed(self._reviews.values()) if state is None or r.state == state)
        return [review.summary() for review, _ in zip(chosen, range(limit), strict=False)]

    def resolve(self, review_id: str, data: Json) -> Review:
        """Settle a review with an answer; raises NotFoundError, and ReviewError if it is
        settled."""
        return self._settle(review_id, state="resolved", data=data)

    def reject(self, review_id: str, reason: str) -> Review:
        """Settle a review without an answer; raises NotFoundError, and ReviewError if it is
        settled."""
        return self._settle(review_id, state="rejected", reason=reason)

    def _settle(self, review_id: str, **changes: Json) -> Review:
        review = self.get(review_id)
        if review.state != "pending":
            raise ReviewError(f"review {review_id} is {review.state} already")
        settled = replace(review, settled_at=time.time(), **changes)
        self._keep(settled)
        return settled

    def _keep(self, review: Review) -> None:
        self._reviews[review.id] = review
        if self._store is not None:
            body = json.dumps(asdict(review))
            self._store.write(
                "INSERT OR REPLACE INTO reviews (id, at, body) VALUES (?, ?, ?)",
                (review.id, review.created_at, body),
            )

    def _drop_settled(self) -> bool:
        settled = next((key for key, one in self._reviews.items() if one.state != "pending"), None)
        if settled is None:
            return False
        del self._reviews[settled]
        if self._store is not None:
            self._store.write("DELETE FROM reviews WHERE id = ?", (settled,))
        return True


def _select_bodies(connection: sqlite3.Connection) -> list[str]:
    # The latest ones, in the order in which they came.
    rows = connection.execute("SELECT body FROM reviews ORDER BY at DESC LIMIT ?", (MOST,))
    return [str(row[0]) for row in rows][::-1]


def _parse_review(body: str) -> Review:
    kept = json.loads(body)
    wanted = kept.pop("wanted")
    headers = tuple((name, value) for name, value in wanted.pop("headers"))
    failed = tuple(kept.pop("failed"))
    return Review(wanted=ReviewedRequest(headers=headers, **wanted), failed=failed, **kept)
