"""Requests that wait for a person: 202, and the address where the answer will be."""

from __future__ import annotations

from typing import Final

from mockwright.errors import UnverifiedError
from mockwright.gateway.engine import Engine
from mockwright.jsontext import dump
from mockwright.memory.journal.reviews import Review, ReviewedRequest
from mockwright.settings import LimitSettings
from mockwright.types import JsonObject, MockRequest
from mockwright.web.controls.controls import RELEVANT_HEADERS, RawRequest, decode
from mockwright.web.http.body import parse_body, read_media
from mockwright.web.http.exchange import Exchange, Reply

STATUS: Final = "/api/reviews/"
"""Where a caller finds out what became of a request; no token is needed beside the unguessable
id."""
AGAIN: Final = b"30"
"""Seconds after which a caller should look again, as the value of ``Retry-After``."""


def request_review(exchange: Exchange, engine: Engine, error: UnverifiedError) -> Reply:
    """Return 202 for a request that waits for a person; raises ReviewError where too many wait."""
    plan = exchange.trace.plan
    wanted = ReviewedRequest(
        exchange.answered_method,
        exchange.raw_path.decode("ascii", "replace"),
        exchange.query.decode("ascii", "replace"),
        tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in exchange.headers
            if name in RELEVANT_HEADERS
        ),
        exchange.body.decode("utf-8", "replace"),  # kept as text, which JSON and a person can read
    )
    review = engine.reviews.add(wanted, error.failed, None if plan is None else plan.task.schema)
    body = dump(status_of(review))
    head = (
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"location", (STATUS + review.id).encode()),
        (b"retry-after", AGAIN),
    )
    return Reply(202, head, body)


def request_of(review: Review, limits: LimitSettings, max_variants: int) -> MockRequest:
    """Return the request that a review is about, decoded anew."""
    wanted = review.wanted
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in wanted.headers]
    known = dict(headers)
    media = read_media(known.get(b"content-type", b""), known.get(b"content-encoding", b""))
    body = parse_body(
        wanted.body.encode(), media, limit=limits.body_bytes, max_depth=limits.json_depth
    )
    wire = RawRequest(wanted.method, wanted.path.encode(), wanted.query.encode(), headers, body)
    return decode(wire, review.id, limits, max_variants).request


def status_of(review: Review) -> JsonObject:
    """Return what the caller is told about a review."""
    return {
        "id": review.id,
        "state": review.state,
        "failed": list(review.failed),
        "url": STATUS + review.id,
    }
