from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

import mockwright.testing
from mockwright.settings import ServerSettings, Settings
from mockwright.testing import Mockwright, running
from mockwright.testing.gateway import test_id as make_id


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def handle(url: str) -> Iterator[Mockwright]:
    with Mockwright(url) as handle:
        yield handle


def test_the_latest_route_that_matches_holds(handle: Mockwright) -> None:
    handle.route("/users/*", json={"a": 1})
    handle.route("/users/2", json={"a": 2})
    assert [handle.client.get(f"/users/{i}").json() for i in (1, 2)] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("value", [None, [], {}, "text", {"properties": {}}, 0.5])
def test_a_fixed_answer_may_be_anything(handle: Mockwright, value: object) -> None:
    handle.route("/x", json=value)
    assert handle.client.get("/x").json() == value


def test_what_cannot_be_read_says_so(handle: Mockwright) -> None:
    with pytest.raises(ValueError, match="did you mean"):
        handle.shape("/x", {"a": "interger"})
    with pytest.raises(ValueError, match="faults at /0"):
        handle.faults([{"sequnce": []}])
    with pytest.raises(ValueError, match="mode"):
        handle.configure(mode="again")


def test_a_route_that_was_refused_is_not_kept(handle: Mockwright) -> None:
    with pytest.raises(ValueError, match="did you mean"):
        handle.shape("/x", {"a": "interger"})
    handle.route("/y", json=1)
    assert handle.client.get("/y").json() == 1


def test_an_expectation_that_fails_shows_the_journal(handle: Mockwright) -> None:
    handle.client.post("/orders?x=1", json={"total": 5})
    with pytest.raises(AssertionError) as failed:
        handle.assert_called("/orders", json={"total": 6})
    assert 'near it: POST /orders?x=1 -> 200 with {"total":5}' in str(failed.value)
    assert "POST /orders?x=1 -> 200" in str(failed.value).splitlines()[-1]
    handle.assert_called("/orders", json={"total": 5}, query={"x": 1}, method="POST", status=200)


def test_the_order_of_calls_can_be_held(handle: Mockwright) -> None:
    for path in ("/login", "/cart", "/checkout"):
        handle.client.post(path)
    handle.assert_requests([{"path": "/login"}, {"path": "/checkout"}], ordered=True)
    with pytest.raises(AssertionError, match="came before"):
        handle.assert_requests([{"path": "/checkout"}, {"path": "/login"}], ordered=True)


def test_a_test_without_requests_says_so(handle: Mockwright) -> None:
    assert handle.journal() == f"no request came to test {handle.test}"


def test_a_gateway_that_is_gone_does_not_fail_the_end() -> None:
    with running() as url:
        handle = Mockwright(url)
    handle.close()


def test_what_was_wanted_holds_after_a_reset(url: str) -> None:
    with Mockwright(url, wanted={"seed": 42, "state": True}) as handle:
        handle.client.post("/users", json={"name": "Ann"})
        handle.reset()
        response = handle.client.get("/users/1")
        assert response.json() in handle.client.get("/users").json()
        assert response.json().get("name") != "Ann"
        assert response.headers["x-mock-seed"].startswith("42;")
        handle.assert_called("/users/1", times=1)


def test_a_gateway_with_a_token_is_told_it() -> None:
    settings = Settings(server=ServerSettings(admin_token=SecretStr("s3cret")))
    with running(settings) as url:
        with Mockwright(url, token="s3cret") as handle:
            handle.route("/x", json=1)
            assert handle.client.get("/x").json() == 1
        with pytest.raises(ValueError, match="token"):
            Mockwright(url, wanted={"seed": 1})


@pytest.mark.parametrize("test", ["abc?d", "a/b", " ", "-a", "x" * 201])
def test_an_id_that_is_none_is_refused(url: str, test: str) -> None:
    with pytest.raises(ValueError, match="expected up to 200 letters"):
        Mockwright(url, test)


def test_a_fixed_answer_is_not_changed_by_what_is_sent(handle: Mockwright) -> None:
    handle.route("/orders", json={"number": "ORD-1", "total": 5, "lines": [{"id": 1}]})
    sent = {"number": "mine", "total": "x", "lines": [{"id": 2}], "more": 1}
    response = handle.client.post("/orders", json=sent)
    assert response.json() == {"number": "ORD-1", "total": 5, "lines": [{"id": 1}]}


def test_ids_are_fit_and_never_the_same() -> None:
    names = ["test_a[x/y z-é]", "test_a[x/y z-é]", "///", "x" * 500]
    ids = [make_id(name) for name in names]
    assert len(set(ids)) == 4
    assert all(one[0].isalnum() and len(one) < 200 and "/" not in one for one in ids)


def test_every_exported_name_is_there() -> None:
    for name in mockwright.testing.__all__:
        assert getattr(mockwright.testing, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing_here"):
        mockwright.testing.nothing_here  # noqa: B018 - that it is not there is the point
