"""``/api/reviews`` and ``/api/admin/reviews``: requests that a person answers."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import JSONResponse

from mockwright.errors import ReviewError
from mockwright.memory.journal.reviews import Review
from mockwright.schema.validate import compile_schema
from mockwright.types import Json, JsonObject
from mockwright.web.mock.review_reply import AGAIN, request_of, status_of
from mockwright.web.services import InForce

_LISTED: Final = 20
"""Violations that one message names."""

State = Literal["pending", "resolved", "rejected"]
Limit = Annotated[int, Query(ge=1, le=1000)]


class Settlement(BaseModel):
    """A person's decision about a review; exactly one of the members is given.

    - `data`: the answer itself, which has to conform to the schema of the review.
    - `program`: Python source that computes the numbers, as a model would write it.
    - `rejected`: the reason why there will be no answer.
    """

    model_config = ConfigDict(extra="forbid")

    data: Json = None
    program: str | None = None
    rejected: str | None = None

    @model_validator(mode="after")
    def _check_one_given(self) -> Settlement:
        if len(self.model_fields_set) != 1:
            raise ValueError("expected one of data, program and rejected")
        return self


def build_status(services: InForce) -> APIRouter:
    """Return the route on which a caller finds out what became of a request."""
    router = APIRouter(tags=["reviews"])

    @router.get("/api/reviews/{review_id}")
    async def status(review_id: str) -> JSONResponse:
        """Show what became of a request that waits for a person.

        Answers 202 while it waits, the answer itself once there is one, and 410 if the request was
        rejected.
        """
        review = services().reviews.get(review_id)
        if review.state == "resolved":
            return JSONResponse(review.data)
        # Gone rather than 404: whoever polls has to learn that waiting is over.
        if review.state == "rejected":
            raise HTTPException(410, f"rejected: {review.reason}")
        headers = {"Retry-After": AGAIN.decode()}
        return JSONResponse(status_of(review), status_code=202, headers=headers)

    return router


def build_reviews(services: InForce) -> APIRouter:
    """Return the routes for those who answer reviews."""
    router = APIRouter(prefix="/reviews")

    @router.get("")
    async def list_reviews(state: State | None = None, limit: Limit = 50) -> list[JsonObject]:
        """List the reviews, the latest first."""
        return services().reviews.list(state, limit)

    @router.get("/{review_id}")
    async def get_review(review_id: str) -> JsonObject:
        """Show a review: the request, what of it could not be computed, and the schema of its
        answer."""
        return services().reviews.get(review_id).to_json()

    @router.post("/{review_id}/resolve")
    async def resolve(review_id: str, settlement: Settlement) -> JsonObject:
        """Settle a review with an answer, a program that computes it, or a reason to reject it.

        Answers 422 if the data breaks the schema, and 409 if the review is settled already.
        """
        reviews = services().reviews
        review = reviews.get(review_id)
        if settlement.rejected is not None:
            return reviews.reject(review_id, settlement.rejected[:1_000]).to_json()
        if review.state != "pending":
            raise ReviewError(f"review {review_id} is {review.state} already")
        data = settlement.data
        if settlement.program is not None:
            data = await _answer_by_program(services, review, settlement.program)
        violations = compile_schema(review.schema).violations(data)
        if violations:
            told = "; ".join(f"{v.pointer or '/'}: {v.message}" for v in violations[:_LISTED])
            raise HTTPException(422, f"the data breaks the shape: {told}"[:2_000])
        return reviews.resolve(review_id, data).to_json()

    return router


async def _answer_by_program(services: InForce, review: Review, program: str) -> Json:
    """Return the answer to the reviewed request, its numbers computed by ``program``."""
    settings = services().settings
    request = request_of(review, settings.limits, settings.cache.max_variants)
    return await services().engine.with_program(request, program)
