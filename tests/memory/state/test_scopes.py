from __future__ import annotations

from dataclasses import replace

import pytest

from mockwright.memory.state.collections import State
from mockwright.memory.state.contexts import Contexts
from mockwright.memory.state.scopes import Overrides, Scope, Scopes, Structures, VariantTurns
from mockwright.settings import TestsSettings


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def build(test: str) -> Scope:
    return Scope(test, Contexts(), State(), None)


def scopes(clock: Clock | None = None, **settings: float) -> Scopes:
    return Scopes(build, TestsSettings(**settings), clock or Clock())


def test_a_test_keeps_its_scope_and_no_other_sees_it() -> None:
    all_of_them = scopes()
    mine = all_of_them.of("mine")
    assert mine.sequences.take("", "replay", b"key") == 0
    assert all_of_them.of("mine") is mine
    assert len(all_of_them.of("other").sequences) == 0
    assert len(all_of_them.shared.sequences) == 0


def test_requests_without_a_test_id_share_one() -> None:
    all_of_them = scopes()
    assert all_of_them.of("") is all_of_them.of("") is all_of_them.shared
    assert len(all_of_them) == 0


def test_a_test_is_forgotten_when_nobody_asks_for_it() -> None:
    clock = Clock()
    all_of_them = scopes(clock, expiry=60)
    old = all_of_them.of("old")
    clock.now += 59
    all_of_them.of("new")
    assert all_of_them.find("old") is old  # to look is not to use
    clock.now += 2
    assert all_of_them.find("old") is None
    assert [scope.id for scope in all_of_them] == ["new"]
    assert all_of_them.of("old") is not old


def test_the_shared_scope_does_not_expire() -> None:
    clock = Clock()
    all_of_them = scopes(clock, expiry=60)
    shared = all_of_them.of("")
    clock.now += 1e6
    assert all_of_them.of("") is shared


def test_beyond_the_cap_the_least_recently_used_goes() -> None:
    all_of_them = scopes(max_tests=2)
    for test in ("a", "b", "a", "c"):
        all_of_them.of(test)
    assert [scope.id for scope in all_of_them] == ["c", "a"]


@pytest.mark.parametrize("test", ["", "mine"])
def test_an_ended_test_starts_clean(test: str) -> None:
    all_of_them = scopes()
    before = all_of_them.of(test)
    assert all_of_them.end(test)
    assert all_of_them.of(test) is not before
    assert not all_of_them.end("unknown")


def test_a_change_of_what_a_test_asks_makes_what_was_remembered_another() -> None:
    scope = scopes().of("mine")
    before = scope.epoch
    scope.change(replace(scope.overrides, seed=7))
    assert scope.overrides == Overrides(seed=7)
    assert scope.epoch != before
    assert scopes().of("mine").epoch not in (before, scope.epoch)


def test_what_there_is_of_a_test_is_told() -> None:
    scope = scopes().of("mine")
    scope.contexts.sheet("shop")
    scope.state.put("/users", "1", {"id": 1})
    told = scope.to_json()
    assert (told["id"], told["contexts"], told["resources"]) == ("mine", ["shop"], {"/users": 1})


def test_turns_go_round_for_each_key() -> None:
    turns = VariantTurns()
    assert [turns.next(b"a", 2) for _ in range(5)] == [0, 1, 0, 1, 0]
    assert turns.next(b"b", 2) == 0


def test_a_turn_that_is_no_more_starts_over() -> None:
    turns = VariantTurns()
    for _ in range(3):
        turns.next(b"a", 3)
    assert turns.next(b"a", 2) == 0


def test_turns_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockwright.memory.state.scopes.MAX_TURNS", 2)
    turns = VariantTurns()
    for key in (b"a", b"b", b"c"):
        turns.next(key, 9)
    assert set(turns) == {b"b", b"c"}


def test_a_structure_that_is_not_used_is_forgotten() -> None:
    clock = Clock()
    kept = Structures(expiry=60, clock=clock)
    kept["used"], kept["unused"] = {"a": 1}, {"b": 2}
    clock.now += 50
    assert kept["used"] == {"a": 1}
    clock.now += 20
    assert list(kept) == ["used"]
    assert "unused" not in kept
    assert len(kept) == 1
    clock.now += 30
    assert kept.shown() == {"used": {"a": 1}}
    clock.now += 31  # to have been shown was no use of it
    assert kept.shown() == {}


def test_of_structures_the_latest_are_kept() -> None:
    kept = Structures(most=2)
    for name in ("a", "b", "a", "c"):
        kept[name] = {}
    assert list(kept) == ["a", "c"]
    del kept["a"]
    assert list(kept) == ["c"]
