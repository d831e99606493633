"""Contexts by name: kept while they are used, and no more of them than there may be."""

from __future__ import annotations

from mockwright.consistency import learn
from mockwright.memory.state.contexts import Contexts


class Clock:
    """Time that passes when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_context_keeps_what_it_learned() -> None:
    contexts = Contexts()
    learn(contexts.sheet("shop"), "/users/1", {"id": 1, "name": "Ann"})
    assert contexts.sheet("shop").count == 1
    assert contexts.sheet("other").count == 0


def test_a_context_expires_when_it_was_not_used_for_so_long() -> None:
    clock = Clock()
    contexts = Contexts(expiry=900, clock=clock)
    sheet = contexts.sheet("shop")
    clock.now += 900
    assert contexts.sheet("shop") is sheet
    clock.now += 900
    assert contexts.find("shop") is sheet
    clock.now += 1
    assert contexts.find("shop") is None
    assert contexts.sheet("shop") is not sheet


def test_to_look_on_is_no_use() -> None:
    clock = Clock()
    contexts = Contexts(expiry=10, clock=clock)
    contexts.sheet("shop")
    clock.now += 8
    contexts.find("shop")
    contexts.list()
    clock.now += 8
    assert len(contexts) == 0


def test_beyond_the_bound_the_least_recently_used_goes() -> None:
    contexts = Contexts(most=2)
    for name in ("a", "b", "a", "c"):
        contexts.sheet(name)
    assert [one["name"] for one in contexts.list()] == ["c", "a"]


def test_contexts_are_listed_with_what_they_hold() -> None:
    clock = Clock()
    contexts = Contexts(expiry=900, clock=clock)
    learn(contexts.sheet("shop"), "/users/1/orders", [{"id": 5}])
    clock.now += 100
    (told,) = contexts.list()
    assert told["name"] == "shop"
    assert told["entities"] == {"user": 1, "order": 1}
    assert told["expires_in"] == 800.0
    assert told["bytes"] > 0


def test_one_context_is_dropped_or_all() -> None:
    contexts = Contexts()
    for name in ("a", "b", "c"):
        contexts.sheet(name)
    assert contexts.drop("b") == 1
    assert contexts.drop("b") == 0
    assert contexts.drop() == 2
    assert contexts.list() == []
