from __future__ import annotations

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from mockwright import errors
from mockwright.types import Attempt, ErrorSimulation, Violation
from mockwright.web.http.problems import TABLE, describe, refuse, simulate

VIOLATION = Violation("/users/0/age", "minimum", "-1 is less than 0")


def failed(*codes: str, retry_after: float | None = None) -> errors.AllBackendsFailedError:
    attempts = [
        Attempt("b", number, 0.5, code, "detail", "open") for number, code in enumerate(codes, 1)
    ]
    return errors.AllBackendsFailedError("no backend answered", attempts, retry_after=retry_after)


@pytest.mark.parametrize(
    ("error", "status", "members"),
    [
        (errors.UnreadableBodyError("line 1"), 400, {}),
        (
            errors.InvalidControlError("query count", "ten", "an integer"),
            400,
            {"control": "query count", "value": "ten", "expected": "an integer"},
        ),
        (errors.UnknownBackendError("x", ["a", "b"]), 400, {"available": ["a", "b"]}),
        (errors.TooLargeError("the body", 10), 413, {"limit": 10}),
        (errors.TooLargeError("query", 10), 414, {"limit": 10}),
        (errors.UnsupportedMediaError("br"), 415, {}),
        (errors.ShapeError("no shape", "/users/0"), 422, {"pointer": "/users/0"}),
        (errors.UnsatisfiableError("minimum over maximum", "/age"), 422, {"pointer": "/age"}),
        (errors.RuleError("unreadable", "/0"), 422, {"pointer": "/0"}),
        (
            errors.InputConflictError([VIOLATION]),
            422,
            {
                "pointer": "/users/0/age",
                "violations": [
                    {"pointer": "/users/0/age", "code": "minimum", "message": VIOLATION.message}
                ],
            },
        ),
        (errors.TransportError("refused", backend="a"), 502, {"backend": "a"}),
        (errors.BackendTimeoutError("slow"), 504, {}),
        (errors.BackendStatusError("500", status=500, body="upstream secret"), 502, {}),
        (errors.NonConformingError([VIOLATION], backend="a"), 502, {"backend": "a"}),
        (errors.ConfigError("bad key"), 409, {}),
    ],
)
def test_each_error_has_its_row(error: Exception, status: int, members: dict[str, Any]) -> None:
    problem = describe(error, "id-1")
    document = json.loads(problem.body)
    assert problem.status == document["status"] == status
    assert document["type"].startswith("urn:mockwright:problem:")
    assert document["title"]
    assert document["detail"] == str(error)
    assert document["instance"] == "/api/admin/requests/id-1"
    assert document.items() >= members.items()
    assert "upstream secret" not in problem.body.decode()
    assert (b"content-type", b"application/problem+json") in problem.headers


def test_every_error_has_a_row() -> None:
    named = {
        error
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.MockwrightError)
    }
    assert set(TABLE) == named - {errors.MockwrightError}


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (["timeout", "timeout"], 504),
        (["timeout", "circuit_open"], 504),
        (["circuit_open", "saturated"], 503),
        ([], 503),
        (["connection", "timeout"], 502),
        (["status_500", "circuit_open"], 502),
    ],
)
def test_when_all_fail_the_status_says_how(codes: list[str], status: int) -> None:
    problem = describe(failed(*codes))
    assert problem.status == status
    attempts = json.loads(problem.body).get("attempts", [])
    assert [(a["backend"], a["error"], a["breaker"]) for a in attempts] == [
        ("b", code, "open") for code in codes
    ]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (failed("circuit_open", retry_after=2.1), b"3"),
        (failed("circuit_open"), b"1"),
        (failed("status_429", retry_after=0.2), b"1"),
        (errors.SaturatedError("full", retry_after=5), b"5"),
        (failed("timeout"), None),
    ],
)
def test_a_known_wait_is_told_in_whole_seconds(error: Exception, seconds: bytes | None) -> None:
    assert dict(describe(error).headers).get(b"retry-after") == seconds


def test_of_an_unexpected_error_nothing_is_shown_but_all_is_logged() -> None:
    with capture_logs() as logs:
        problem = describe(RuntimeError("password=hunter2"), "id-1")
    assert problem.status == 500
    assert b"hunter2" not in problem.body
    assert b"RuntimeError" not in problem.body
    assert logs[0]["request_id"] == "id-1"
    assert isinstance(logs[0]["exc_info"], RuntimeError)


def test_a_simulated_error_is_a_problem_and_speaks_the_ancestors_tongue() -> None:
    problem = simulate(ErrorSimulation(402, "Pay first", {"plan": "free"}), "id-1")
    document = json.loads(problem.body)
    assert problem.status == 402
    assert document["title"] == "Payment Required"
    assert document["detail"] == "Pay first"
    assert document["details"] == {"plan": "free"}
    assert document["error"] == {"code": 402, "message": "Pay first", "details": {"plan": "free"}}


@pytest.mark.parametrize("status", [418, 499, 599])
def test_any_error_status_can_be_simulated(status: int) -> None:
    document = json.loads(simulate(ErrorSimulation(status)).body)
    assert document["status"] == status
    assert document["detail"]


def test_a_refusal_may_carry_more() -> None:
    document = json.loads(refuse(404, "unknown-request", "gone", hint="list them").body)
    assert document["hint"] == "list them"
    assert document["title"] == "Not Found"
