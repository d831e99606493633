from __future__ import annotations

import time
from datetime import datetime

from mockwright.memory.journal.cost_ledger import OTHER, CostLedger
from mockwright.memory.journal.redact import Redactor
from mockwright.types import Candidate, Completion, JsonObject, Trace, Usage, Verdict

REPORTED = Usage(10, 5)


def completion(usd: float = 0.5, usage: Usage = REPORTED) -> Completion:
    return Completion("a", "openai", "m", usage=usage, cost_usd=usd)


def trace(*qualities: float, lost: int = 0) -> Trace:
    candidates = [
        Candidate(1, Verdict(quality=quality), completions=(completion(),)) for quality in qualities
    ]
    return Trace(candidates=candidates, lost=[completion(0.25) for _ in range(lost)])


def rendered(ledger: CostLedger) -> JsonObject:
    return ledger.render(Redactor(["the-secret"]).text)


def test_a_request_counts_for_its_flow_and_its_route() -> None:
    ledger = CostLedger()
    ledger.note("pipeline", "/users/*", trace(0.5), 2.0, None)
    ledger.note("pipeline", None, trace(1.0), 4.0, None)
    shown = rendered(ledger)
    assert shown["flows"]["pipeline"] == {
        "requests": 2,
        "failures": 0,
        "calls": 2,
        "cost_usd": 1.0,
        "input_tokens": 20,
        "output_tokens": 10,
        "estimated": False,
        "average_duration": 3.0,
        "total_duration": 6.0,
        "average_quality": 0.75,
        "last_error": None,
        "last_error_at": None,
    }
    assert shown["routes"]["/users/*"]["requests"] == 1
    assert list(shown["routes"]) == ["/users/*"]


def test_what_was_paid_for_nothing_is_counted_too() -> None:
    ledger = CostLedger()
    ledger.note("loop", None, trace(1.0, lost=2), 1.0, None)
    account = ledger.flows["loop"]
    assert (account.calls, account.cost_usd, account.input_tokens) == (3, 1.0, 30)


def test_the_quality_of_several_answers_is_that_of_the_worst() -> None:
    ledger = CostLedger()
    ledger.note("single", None, trace(1.0, 0.5), 1.0, None)
    assert rendered(ledger)["flows"]["single"]["average_quality"] == 0.5


def test_one_estimate_makes_the_tokens_an_estimate() -> None:
    ledger = CostLedger()
    ledger.note("single", None, trace(1.0), 1.0, None)
    assert not ledger.flows["single"].estimated
    measured = Trace(lost=[completion(usage=Usage(1, 1, estimated=True))])
    ledger.note("single", None, measured, 1.0, None)
    ledger.note("single", None, trace(1.0), 1.0, None)
    assert ledger.flows["single"].estimated


def test_a_failure_keeps_its_time_and_its_text_without_secrets() -> None:
    ledger, before = CostLedger(), time.time()
    ledger.note(
        "single", None, Trace(lost=[completion()]), 1.0, "all failed: Bearer hunter2hunter2"
    )
    ledger.note("single", None, trace(0.5), 1.0, None)
    ledger.note("single", None, trace(0.1), 1.0, "non-conforming: with the-secret in it")
    shown = rendered(ledger)["flows"]["single"]
    assert (shown["requests"], shown["failures"]) == (3, 2)
    assert shown["last_error"] == "non-conforming: with [redacted] in it"
    at = datetime.fromisoformat(shown["last_error_at"]).timestamp()
    assert int(before) <= at <= time.time() + 1
    assert shown["average_quality"] == 0.5, "an answer that was not given has none"


def test_an_error_is_cut() -> None:
    ledger = CostLedger()
    ledger.note("single", None, Trace(), 1.0, "x" * 100_000)
    assert len(ledger.flows["single"].last_error or "") == 1000


def test_without_an_answer_there_is_no_average_quality() -> None:
    ledger = CostLedger()
    ledger.note("single", None, Trace(), 1.0, None)
    assert rendered(ledger)["flows"]["single"]["average_quality"] is None


def test_names_are_bounded_and_nothing_is_lost() -> None:
    ledger = CostLedger()
    for number in range(1500):
        ledger.note(f"flow-{number}", f"/{number}", trace(1.0), 1.0, None)
    ledger.note("flow-0", "/0", trace(1.0), 1.0, None)
    for accounts in (ledger.flows, ledger.routes):
        assert len(accounts) == 1000
        assert accounts[OTHER].requests == 501
        assert sum(account.requests for account in accounts.values()) == 1501
    assert ledger.flows["flow-0"].requests == 2


def test_a_flow_of_the_name_of_the_rest_does_not_make_room_for_more() -> None:
    ledger = CostLedger()
    ledger.note(OTHER, None, trace(1.0), 1.0, None)
    for number in range(1500):
        ledger.note(f"flow-{number}", None, trace(1.0), 1.0, None)
    assert len(ledger.flows) == 1000
    assert ledger.flows[OTHER].requests == 502


def test_it_tells_since_when() -> None:
    before = time.time()
    since = datetime.fromisoformat(rendered(CostLedger())["since"])
    assert since.tzinfo is not None
    assert int(before) <= since.timestamp() <= time.time() + 1
