from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.memory.journal.journal import Journal, JournalEntry
from mockwright.memory.journal.redact import Redactor
from mockwright.settings import JournalSettings
from mockwright.types import (
    Candidate,
    Completion,
    Plan,
    Repair,
    Shape,
    Single,
    Task,
    Trace,
    Verdict,
    Violation,
)


def entry(number: int, **changes: object) -> JournalEntry:
    given: dict[str, object] = {
        "id": str(number),
        "at": 1_700_000_000.0 + number,
        "method": "GET",
        "path": f"/users/{number}",
        "status": 200,
    }
    return JournalEntry(**(given | changes))  # type: ignore[arg-type]  # a test's shorthand


def trace() -> Trace:
    completion = Completion(
        "one", "openai", "m", text='{"password": "hunter22"}', prompt="use sk-abcdef123456"
    )
    candidate = Candidate(
        value={"big": "x" * 100_000},
        verdict=Verdict((Violation("/age", "type", "not a number"),), 0.5),
        completions=(completion,),
        repairs=(Repair("/user/apiKey", "coerced", "s3cr3t-before", 5),),
    )
    plan = Plan(
        Single(("one",)), Shape({}, "example"), Task({}, rules=("be kind",)), reasons=("x",)
    )
    return Trace(plan=plan, candidates=[candidate], timings=[("plan", 0.001)])


def test_the_latest_come_first_and_pages_follow() -> None:
    journal = Journal(JournalSettings())
    for number in range(10):
        journal.record(entry(number))
    page = journal.list(limit=3)
    assert [it["id"] for it in page] == ["9", "8", "7"]
    assert [it["id"] for it in journal.list(limit=2, before="7")] == ["6", "5"]
    assert journal.list(before="unknown") == []
    assert page[0]["at"] == "2023-11-14T22:13:29.000+00:00"


def test_entries_are_chosen_by_path_status_and_backend() -> None:
    journal = Journal(JournalSettings())
    journal.record(entry(1, path="/orders/1", status=502, backend="a, B"))
    journal.record(entry(2, backend="ab"))
    assert [it["id"] for it in journal.list(path="/orders")] == ["1"]
    assert [it["id"] for it in journal.list(status=502)] == ["1"]
    assert [it["id"] for it in journal.list(backend="b")] == ["1"]


def test_an_entry_in_progress_is_replaced_by_its_end() -> None:
    journal = Journal(JournalSettings())
    journal.record(entry(1, status=None))
    assert journal.list()[0]["in_progress"]
    journal.record(entry(1))
    assert [it["status"] for it in journal.list()] == [200]


def test_nothing_is_kept_with_no_entries_allowed() -> None:
    journal = Journal(JournalSettings(max_entries=0))
    journal.record(entry(1))
    journal.record_hit("2", 0.0, "GET", "/x", 0.1)
    assert len(journal) == 0
    assert journal.get("1") is None


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3000)), max_size=40),
    st.integers(1, 5),
    st.integers(0, 9000),
)
def test_the_journal_stays_within_its_caps(
    entries: list[tuple[int, int]], most: int, cap: int
) -> None:
    journal = Journal(JournalSettings(max_entries=most, max_bytes=cap, max_body_bytes=2000))
    for number, size in entries:
        journal.record(entry(number, request_body=b"x" * size))
        assert len(journal) <= most
        assert 0 <= journal.bytes <= cap
    journal.clear()
    assert journal.bytes == 0


def test_big_bodies_are_cut_and_the_cut_is_marked() -> None:
    journal = Journal(JournalSettings(max_body_bytes=10))
    journal.record(entry(1, response_body=b"x" * 12_355))
    shown = journal.get("1")
    assert shown is not None
    assert shown["response"]["body"] == "x" * 10 + "…[cut: 12345 bytes]"


def test_the_whole_trace_is_shown_without_secrets() -> None:
    journal = Journal(JournalSettings(), Redactor(["configured-key"]))
    headers = [
        (b"Authorization", b"Bearer abcdefghijk"),
        (b"cookie", b"session=1"),
        (b"x-custom", b"abc"),
        (b"accept", b"application/json"),
    ]
    journal.record(
        entry(
            1,
            trace=trace(),
            headers=headers,
            query="token=topsecret&a=1",
            error="upstream said configured-key is bad",
            request_body=b'{"name":"Ann","Secret-Key":["deep1","deep2"],"n":{"access_token":"abc12',
        )
    )
    shown = journal.get("1")
    assert shown is not None
    text = json.dumps(shown)
    for secret in (
        *("hunter22", "sk-abcdef", "s3cr3t-before", "topsecret", "configured-key"),
        *("deep1", "deep2", "abc12", "abcdefghijk", "session", "x-custom"),
    ):
        assert secret not in text
    assert shown["request"]["headers"] == {"accept": "application/json"}
    assert '"name":"Ann"' in shown["request"]["body"]
    assert shown["candidates"][0]["violations"][0]["pointer"] == "/age"
    assert shown["plan"]["rules_unchecked"] == 1
    assert shown["timings"] == [{"stage": "plan", "seconds": 0.001}]
    assert journal.bytes < 20_000, "value trees are not kept"


@pytest.mark.parametrize(
    "write",
    [
        lambda s: f'{{"user":{{"password": "{s}"}}}}',
        lambda s: f'a prompt with {{\\"apiKey\\": \\"{s}\\"}} inside',
        lambda s: f"{{'client_secret': '{s}'}}",
        lambda s: f"grant=x&api_key={s}&y=1",
        lambda s: f'{{"password":"with \\" quote {s}"}}',
        lambda s: f"Authorization: Bearer {s}",
        lambda s: f'{{"authorization": "Basic {s}"}}',
        lambda s: f'{{"refreshToken":"{s}',
        lambda s: f"password: {s}",
        lambda s: f'{{"credentials": {{"user": "u", "inner": "{s}"}}}}',
    ],
)
def test_secrets_are_hidden_however_they_are_written(write: Callable[[str], str]) -> None:
    assert "Zq9vXw2LpTz" not in Redactor().text(write("Zq9vXw2LpTz"))


def test_what_is_no_secret_is_left() -> None:
    text = '{"name": "Ann", "key": "k1", "tags": ["a"], "note": "the basic plan"}'
    assert Redactor().text(text) == text
    masked = Redactor().text('{"password": "abc", "age": 5}')
    assert json.loads(masked) == {"password": "[redacted]", "age": 5}


def test_hostile_text_is_searched_in_linear_time() -> None:
    redactor = Redactor()
    for text in ("secret" * 30_000, "token:" * 30_000, '"' * 200_000, 'password="\\' * 10_000):
        redactor.text(text[:16_384])


def test_what_is_dropped_is_counted_by_test() -> None:
    journal = Journal(JournalSettings(max_entries=2))
    for i in range(5):
        journal.record(entry(i, test="a" if i % 2 else "b"))
    assert (journal.dropped("a"), journal.dropped("b"), journal.dropped(None)) == (1, 2, 3)
    journal.clear("b")
    assert (journal.dropped("a"), journal.dropped("b")) == (1, 0)
    off = Journal(JournalSettings(max_entries=0))
    off.record(entry(1, test="a"))
    assert off.dropped("a") == 1


def test_what_is_under_way_when_a_test_ends_is_not_kept() -> None:
    journal = Journal(JournalSettings())
    journal.begin(entry(1, test="a", status=None))
    journal.begin(entry(2, test="b", status=None))
    journal.clear("a")
    for number, test in ((1, "a"), (2, "b")):
        journal.record(entry(number, test=test))
    assert [one["test"] for one in journal.list()] == ["b"]
    journal.record(entry(1, test="a"))
    assert len(journal.list()) == 2
