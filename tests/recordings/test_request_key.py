"""From a request to what is asked, and back."""

from __future__ import annotations

from typing import Any

from mockwright.recordings import RequestKey, from_request, to_request
from mockwright.types import MISSING, DelayRange, MockRequest, Shape

EXAMPLE = Shape({"type": "object"}, "example", {"unique": ["id"], "cache": 3})
FULL = MockRequest(
    id="1",
    method="POST",
    path="/users/42",
    query=(("a", "1"), ("a", "2")),
    input={"name": "Ann"},
    shape=EXAMPLE,
    backends=("ollama", "embedded"),
    count=3,
    limit=5,
    seed=0,
    rules=("be kind", {"path": "a", "op": "unique"}),
    prompt="cats",
    locale="de",
    completions=2,
    on_failure="fail",
    on_input_conflict="coerce",
    status=201,
    flow={"pattern": "single"},
    budget="low",
    max_cost_usd=0.5,
    on_unverified="fail",
    report=True,
    context="shop",
    autoshape=False,
)


class Slow:
    """A delay range."""

    def seconds(self, draw: float, took: float, average: float) -> float:
        return draw + took + average


def test_a_request_can_be_made_again_from_what_was_asked() -> None:
    again = to_request(from_request(FULL), "2")
    shape = Shape({"type": "object"}, "example", {"unique": ["id"]})
    assert again == MockRequest(**{**fields(FULL), "id": "2", "shape": shape})
    assert from_request(again) == from_request(FULL)


def test_a_json_schema_stays_one_and_an_example_an_example() -> None:
    for source in ("schema", "example"):
        request = MockRequest("1", "GET", "/", shape=Shape({}, source))
        assert to_request(from_request(request), "2").shape == Shape({}, source)
    example, schema = (
        from_request(MockRequest("1", "GET", "/", shape=Shape({}, s)))
        for s in ("example", "schema")
    )
    assert example != schema


def test_only_what_was_given_is_a_control() -> None:
    assert from_request(MockRequest("1", "GET", "/users")) == RequestKey("GET", "/users")


def test_a_shape_that_nobody_asked_for_is_none() -> None:
    request = MockRequest("1", "GET", "/users")
    assert from_request(request, Shape({"type": "object"}, "inferred")).shape is None
    assert from_request(request, Shape({"type": "object"}, "example")).shape == {"type": "object"}
    assert to_request(from_request(request), "2").shape is None


def test_what_cannot_change_an_answer_is_not_asked() -> None:
    slow: DelayRange = Slow()
    request = MockRequest(
        "1", "GET", "/", cache=3, delay=1.0, mode="record", strategy="parallel", delay_range=slow
    )
    assert from_request(request) == RequestKey("GET", "/", body=MISSING)


def test_the_template_of_a_path_has_no_ids() -> None:
    assert RequestKey("GET", "/users/42/orders/7").template == "/users/{id}/orders/{id2}"


def fields(request: MockRequest) -> dict[str, Any]:
    return {name: getattr(request, name) for name in MockRequest.__slots__}
