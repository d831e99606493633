"""Who may call, and how much."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from mockwright.app import create_app
from mockwright.errors import AuthenticationError, RateLimitError
from mockwright.settings import ApiKey
from mockwright.web.chat.keys import ApiKeys, Bucket, Caller


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def key(name: str = "team", key_text: str = "sk-one", **limits: float) -> ApiKey:
    return ApiKey(name=name, sha256=sha256(key_text.encode()).hexdigest(), **limits)


def test_without_keys_anybody_may_call_and_nothing_is_told_of_limits() -> None:
    caller = ApiKeys(()).caller([])
    caller.admit()
    assert caller.headers() == []


@pytest.mark.parametrize(
    "header",
    [
        (b"authorization", b"Bearer sk-one"),
        (b"authorization", b"bearer sk-one "),
        (b"x-api-key", b"sk-one"),
        (b"api-key", b"sk-one"),
    ],
)
def test_a_key_is_taken_from_the_header_of_each_vendor(header: tuple[bytes, bytes]) -> None:
    assert ApiKeys([key()]).caller([header]).name == "team"


def test_several_keys_are_told_apart() -> None:
    keys = ApiKeys([key(), key("other", "sk-two")])
    assert keys.caller([(b"authorization", b"Bearer sk-two")]).name == "other"


@pytest.mark.parametrize("headers", [[], [(b"authorization", b"Bearer sk-wrong")]])
def test_no_key_and_a_wrong_key_are_refused_without_repeating_it(
    headers: list[tuple[bytes, bytes]],
) -> None:
    with pytest.raises(AuthenticationError) as refused:
        ApiKeys([key()]).caller(headers)
    assert "sk-wrong" not in str(refused.value)


def test_requests_of_a_minute_run_out_and_come_back() -> None:
    clock = Clock()
    caller = Caller(key(requests_per_minute=2), clock)
    caller.admit()
    caller.admit()
    with pytest.raises(RateLimitError) as refused:
        caller.admit()
    assert refused.value.code == "rate_limit_exceeded"
    assert refused.value.retry_after == pytest.approx(30)
    clock.now = 30.1
    caller.admit()


def test_tokens_are_counted_after_the_call_and_may_be_overdrawn() -> None:
    clock = Clock()
    caller = Caller(key(tokens_per_minute=60), clock)
    caller.admit()
    caller.spend(120, 0.0)
    with pytest.raises(RateLimitError, match="tokens per minute") as refused:
        caller.admit()
    assert refused.value.retry_after == pytest.approx(61)
    clock.now = 61.5
    caller.admit()


def test_a_spent_budget_does_not_come_back() -> None:
    caller = Caller(key(budget_usd=0.5), Clock())
    caller.spend(10, 0.5)
    with pytest.raises(RateLimitError) as refused:
        caller.admit()
    assert refused.value.code == "insufficient_quota"
    assert refused.value.retry_after is None


def test_limits_are_told_as_openai_tells_them() -> None:
    caller = Caller(key(requests_per_minute=60, tokens_per_minute=100), Clock())
    caller.admit()
    caller.spend(40, 0.0)
    assert dict(caller.headers()) == {
        b"x-ratelimit-limit-requests": b"60",
        b"x-ratelimit-remaining-requests": b"59",
        b"x-ratelimit-reset-requests": b"1.000s",
        b"x-ratelimit-limit-tokens": b"100",
        b"x-ratelimit-remaining-tokens": b"60",
        b"x-ratelimit-reset-tokens": b"24.000s",
    }


def test_a_bucket_never_holds_more_than_its_limit() -> None:
    clock = Clock()
    bucket = Bucket(10, clock)
    clock.now = 1000
    assert bucket.left == 10


def test_what_a_key_has_used_stays_used_when_keys_change() -> None:
    old = key("a", "sk-a", requests_per_minute=10, budget_usd=1.0)
    new = key("b", "sk-b", requests_per_minute=10)
    before = ApiKeys([old])
    caller = before.caller([(b"x-api-key", b"sk-a")])
    caller.admit()
    caller.spend(5, 2.0)
    after = ApiKeys([old, new], before).caller([(b"x-api-key", b"sk-a")])
    with pytest.raises(RateLimitError):
        after.admit()
    assert ApiKeys([new], before).caller([(b"x-api-key", b"sk-b")]).spent_usd == 0


async def test_a_reload_that_leaves_the_keys_alone_leaves_their_callers_alone(
    tmp_path: Path,
) -> None:
    """Who is in the middle of a call, or of a connection, counts against the same key after it."""
    config = tmp_path / "mockwright.yaml"
    digest = sha256(b"sk-a").hexdigest()
    keys = f"api: {{api_keys: [{{name: a, sha256: {digest}, budget_usd: 1}}]}}\n"
    config.write_text(keys)
    gateway = create_app(config=config).gateway
    async with gateway.running():
        caller = gateway.services.keys.caller([(b"x-api-key", b"sk-a")])
        config.write_text(keys + "mock: {reasks: 2}\n")
        gateway.reload()
        assert gateway.settings.mock.reasks == 2
        assert gateway.services.keys.caller([(b"x-api-key", b"sk-a")]) is caller
