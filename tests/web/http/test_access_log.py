"""What is left of a request that is over: a count, an entry of the journal, a line of the log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockwright.memory.journal.cost_ledger import CostLedger
from mockwright.memory.journal.journal import Journal
from mockwright.settings import JournalSettings, LogSettings
from mockwright.telemetry import logs
from mockwright.types import (
    Candidate,
    Completion,
    JsonObject,
    Plan,
    Shape,
    Single,
    Task,
    Trace,
    Verdict,
)
from mockwright.web.http.access_log import finish
from mockwright.web.http.counters import Counters
from mockwright.web.http.exchange import CLIENT_GONE, Exchange, Reply, open_exchange

PROBLEM = ((b"content-type", b"application/problem+json"),)
OK = Reply(200, ((b"x-llm-backend", b"gen"),), b'{"a":1}', cache="hit")


pytestmark = pytest.mark.usefixtures("logging_restored")


def exchange(path: bytes = b"/users", **more: Any) -> Exchange:
    scope = {
        "method": "GET",
        "path": "/api/mock",
        "raw_path": b"/api/mock" + path,
        "query_string": b"q=1",
        "headers": [(b"x-request-id", b"r1"), (b"authorization", b"Bearer hunter2-hunter2")],
    }
    made = open_exchange(scope, b"/api/mock")
    for name, value in more.items():
        setattr(made, name, value)
    return made


def finished(what: Exchange, reply: Reply) -> tuple[JsonObject, Counters]:
    """What the journal and the counters have of it."""
    journal, counters = Journal(JournalSettings()), Counters()
    finish(what, reply, journal, counters, CostLedger())
    entry = journal.get("r1")
    assert entry is not None
    return entry, counters


def lines(capsys: pytest.CaptureFixture[str]) -> list[JsonObject]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_answer_is_counted_and_kept_with_its_bodies() -> None:
    reply = Reply(200, (), b'{"a":1}', "bypass", "gen")
    entry, counters = finished(exchange(body=b"asked"), reply)
    assert counters.answers == {("GET", 200, "bypass"): 1}
    assert sum(counters.buckets) == 1
    assert (entry["path"], entry["query"], entry["status"]) == ("/users", "q=1", 200)
    assert (entry["cache"], entry["backend"], entry["error"]) == ("bypass", "gen", None)
    assert entry["request"]["body"] == "asked"
    assert entry["response"]["body"] == '{"a":1}'
    assert "hunter2" not in json.dumps(entry)


def test_what_an_answer_took_is_summed_up_over_all_calls() -> None:
    calls = tuple(Completion("gen", "openai", "m", cost_usd=0.25) for _ in range(2))
    candidates = [Candidate(1, Verdict(quality=q), completions=calls, filled=2) for q in (1.0, 0.5)]
    entry, _ = finished(exchange(trace=Trace(candidates=candidates)), OK)
    assert (entry["cost_usd"], entry["quality"], entry["filled"]) == (1.0, 0.5, 4)


def test_a_hit_is_kept_without_its_answer_under_the_backend_that_made_it() -> None:
    entry, counters = finished(exchange(body=b"asked", recalled=True), OK)
    assert counters.answers == {("GET", 200, "hit"): 1}
    assert (entry["cache"], entry["backend"], entry["cost_usd"]) == ("hit", "gen", 0.0)
    assert (entry["request"]["body"], entry["response"]["body"]) == ("asked", "")


def test_a_problem_is_counted_by_its_code() -> None:
    entry, counters = finished(exchange(), Reply(400, (), b"{}", problem="invalid-control"))
    assert counters.problems == {"invalid-control": 1}
    assert (entry["status"], entry["error"]) == (400, "invalid-control")


def test_a_caller_who_left_is_noted() -> None:
    entry, counters = finished(exchange(), Reply(CLIENT_GONE, (), b""))
    assert entry["status"] == CLIENT_GONE
    assert counters.answers == {("GET", CLIENT_GONE, ""): 1}


@pytest.mark.parametrize("recalled", [True, False])
@pytest.mark.parametrize(
    ("raw", "path"), [(b"/caf%C3%A9", "/café"), (b"/%ff%", "/\ufffd%"), (b"/\xff", "/\ufffd")]
)
def test_a_path_is_kept_as_text_whatever_it_holds(raw: bytes, path: str, recalled: bool) -> None:
    entry, _ = finished(exchange(raw, recalled=recalled), OK)
    assert entry["path"] == path


def test_an_answer_is_a_line_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(format="json"))
    finished(exchange(b"/" + b"a" * 500), Reply(400, (), b"{}", problem="too-large"))
    (line,) = lines(capsys)
    assert line["request_id"] == "r1"
    assert (line["level"], line["method"], line["status"]) == ("info", "GET", 400)
    assert line["problem"] == "too-large"
    assert len(line["path"]) == 200


def test_a_hit_is_a_line_of_the_log_for_who_wants_to_know_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(LogSettings(format="json", level="debug"))
    finished(exchange(recalled=True), OK)
    (line,) = lines(capsys)
    assert (line["level"], line["cache"], line["backend"]) == ("debug", "hit", "gen")
    logs.configure(LogSettings(format="json", level="info"))
    finished(exchange(recalled=True), OK)
    assert lines(capsys) == []


PLAN = Plan(Single(), Shape({}, "schema"), Task({}), flow="mine", route="/users")


def noted(reply: Reply, plan: Plan | None = PLAN) -> CostLedger:
    ledger = CostLedger()
    what = exchange(trace=Trace(plan=plan))
    finish(what, reply, Journal(JournalSettings()), Counters(), ledger)
    return ledger


@pytest.mark.parametrize("cache", ["", "bypass", "miss"])
def test_what_was_carried_out_is_noted_for_its_flow_and_route(cache: str) -> None:
    ledger = noted(Reply(200, (), b"{}", cache))
    assert (ledger.flows["mine"].requests, ledger.flows["mine"].failures) == (1, 0)
    assert ledger.routes["/users"].requests == 1


@pytest.mark.parametrize("cache", ["hit", "stale"])
def test_what_was_stored_is_noted_for_no_flow(cache: str) -> None:
    assert noted(Reply(200, (), b"{}", cache)).flows == {}


def test_a_failure_is_noted_with_what_the_problem_says() -> None:
    body = b'{"detail":"all 2 backends failed"}'
    ledger = noted(Reply(502, PROBLEM, body, problem="all-backends-failed"))
    assert ledger.flows["mine"].failures == 1
    assert ledger.flows["mine"].last_error == "all-backends-failed: all 2 backends failed"


def test_a_caller_who_left_is_no_failure_of_the_flow() -> None:
    assert noted(Reply(CLIENT_GONE, (), b"")).flows["mine"].failures == 0


def test_a_request_without_a_plan_is_noted_for_no_flow() -> None:
    assert noted(Reply(400, (), b"{}", problem="invalid-control"), None).flows == {}
