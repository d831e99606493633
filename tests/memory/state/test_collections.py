from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mockwright.errors import InvalidControlError, NotFoundError, StateFullError
from mockwright.memory.state.collections import (
    GREATEST_ID,
    SINGLE,
    State,
    StateLimits,
    read_id,
    read_seeds,
)
from mockwright.types import Json
from tests.steps import steps

SEEDS = read_seeds({"users": [{"id": 1, "name": "Ann"}], "/v1/orders": [], "profile": {"a": 1}})


def test_seeds_are_there_from_the_start_and_complete() -> None:
    state = State(SEEDS)
    assert state.find("/users", "1") == {"id": 1, "name": "Ann"}
    assert state.find("/profile", SINGLE) == {"a": 1}
    assert state.is_complete("/users")
    assert state.is_complete("/v1/orders", "user 1")
    assert (state.is_single("/profile"), state.is_single("/users")) == (True, False)
    assert state.is_single("/else") is None
    assert state.counts() == {"/users": 1, "/v1/orders": 0, "/profile": 1}


def test_the_data_of_a_state_are_seeds_of_another() -> None:
    state = State(SEEDS)
    state.put("/users", "b", {"id": "b"})
    state.remove("/profile", SINGLE)
    data = state.data()
    assert data == {"/users": [{"id": 1, "name": "Ann"}, {"id": "b"}], "/v1/orders": []}
    assert State(read_seeds(data)).data() == data


def test_items_of_seeds_without_an_id_are_numbered_behind_the_others() -> None:
    seeds = read_seeds({"users": [{"name": "a"}, {"id": 7}, {"id": None, "name": "c"}]})
    assert State(seeds).items("/users") == [
        {"id": 8, "name": "a"},
        {"id": 7},
        {"id": 9, "name": "c"},
    ]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "data"),
        ({"users": 5}, "data 'users'"),
        ({"users": [{}, 5]}, "data 'users'[1]"),
        ({"users": [{"id": 1}, {"id": "1"}]}, "data 'users'[1].id"),
        ({"users": [{"id": True}]}, "data 'users'[0].id"),
        ({"users": [], "/users/": []}, "data '/users/'"),
        ({"": []}, "data ''"),
    ],
)
def test_data_that_are_no_seeds_are_refused_by_place(data: Json, place: str) -> None:
    with pytest.raises(InvalidControlError) as raised:
        read_seeds(data)
    assert raised.value.control == place


@pytest.mark.parametrize("value", ["", " ", "a/b", ".", "..", True, 1.5, None, [], "x" * 101])
def test_an_id_is_what_a_path_can_have(value: Json) -> None:
    with pytest.raises(InvalidControlError):
        read_id(value, "body id")


def test_one_test_changes_nothing_for_another() -> None:
    one, two = State(SEEDS), State(SEEDS)
    one.put("/users", "1", {"id": 1, "name": "Zed"})
    one.remove("/profile", SINGLE)
    one.put("/v1/orders", "1", {"id": 1})
    assert two.data() == State(SEEDS).data()


def test_a_hundred_tests_share_large_seeds() -> None:
    items = [{"id": i, "name": f"user {i}"} for i in range(5000)]
    seeds = read_seeds({f"users{n}": items for n in range(4)})
    states = [State(seeds) for _ in range(100)]
    for state in states:
        state.put("/users0", "x", {"id": "x"})
    assert len({id(state._collections["/users1"]) for state in states}) == 1
    few = read_seeds({f"users{n}": items[:5] for n in range(4)})
    assert steps(lambda: State(seeds)) == steps(lambda: State(few))


def test_ids_count_up_and_are_not_used_again() -> None:
    state = State()
    assert state.next_id("/users") == 1
    state.put("/users", "4", {"id": 4})
    state.put("/users", "b", {"id": "b"})
    assert state.next_id("/users") == 5
    state.remove("/users", "4")
    assert state.next_id("/users") == 5


def test_behind_the_greatest_number_a_free_one_is_taken() -> None:
    state = State()
    state.put_all("/users", {str(i): {"id": i} for i in (1, GREATEST_ID)})
    assert state.next_id("/users") == 2


def test_what_is_removed_is_known_to_be_gone_until_it_is_made_again() -> None:
    state = State(SEEDS)
    state.remove("/users", "1")
    assert (state.find("/users", "1"), state.is_gone("/users", "1")) == (None, True)
    state.put("/users", "1", {"id": 1})
    assert not state.is_gone("/users", "1")


def test_a_part_is_complete_alone_and_with_the_whole() -> None:
    state = State()
    state.complete("/orders", "user 1")
    assert state.is_complete("/orders", "user 1")
    assert not state.is_complete("/orders", "user 2")
    assert not state.is_complete("/orders")
    state.complete("/orders")
    assert state.is_complete("/orders", "user 2")


def test_reset_goes_back_to_the_seeds() -> None:
    state = State(SEEDS)
    state.remove("/users", "1")
    state.put("/cats", "1", {"id": 1})
    state.reset()
    assert state.data() == State(SEEDS).data()
    assert not state.is_gone("/users", "1")


def test_a_snapshot_is_what_was_there_then() -> None:
    state = State(SEEDS)
    state.remove("/users", "1")
    told = state.snapshot("before")
    state.put("/users", "1", {"id": 1, "name": "new"})
    state.restore("before")
    assert state.data() == told
    assert state.is_gone("/users", "1")
    state.put("/users", "2", {"id": 2})
    state.restore("before")
    assert state.data() == told


def test_data_are_restored_as_they_are_given() -> None:
    state = State(SEEDS)
    state.restore({"cats": [{"id": 1}]})
    assert state.data() == {"/cats": [{"id": 1}]}


def test_what_cannot_be_restored_changes_nothing() -> None:
    state = State(SEEDS, StateLimits(max_collections=3))
    before = state.data()
    with pytest.raises(NotFoundError, match="'x'; there are: none"):
        state.restore("x")
    with pytest.raises(InvalidControlError):
        state.restore({"cats": 1})
    with pytest.raises(StateFullError):
        state.restore({name: [] for name in "abcd"})
    assert state.data() == before


@pytest.mark.parametrize(
    ("limits", "name", "what"),
    [
        (StateLimits(max_items=2), "/users", "2 items in /users"),
        (StateLimits(max_collections=1), "/cats", "1 collections"),
        (StateLimits(max_bytes=40), "/users", "40 bytes"),
    ],
)
def test_more_than_the_limits_is_refused_and_changes_nothing(
    limits: StateLimits, name: str, what: str
) -> None:
    state = State(limits=limits)
    state.put("/users", "1", {"id": 1, "name": "Ann"})
    before = state.data()
    more: dict[str, Json] = {"2": {"id": 2}, "3": {"id": 3, "name": "x" * 9}}
    with pytest.raises(StateFullError, match=what):
        state.put_all(name, more)
    assert state.data() == before


def test_a_snapshot_too_many_is_refused() -> None:
    state = State(limits=StateLimits(max_snapshots=1))
    state.snapshot("a")
    state.snapshot("a")
    with pytest.raises(StateFullError, match="snapshot 'b'"):
        state.snapshot("b")


def test_seeds_over_the_limits_are_refused() -> None:
    with pytest.raises(StateFullError, match="items in /users"):
        State(read_seeds({"users": [{}, {}]}), StateLimits(max_items=1))
    with pytest.raises(StateFullError, match="bytes"):
        State(SEEDS, StateLimits(max_bytes=5))


def test_the_eldest_of_too_many_that_are_gone_is_forgotten() -> None:
    state = State(limits=StateLimits(max_items=2))
    for key in "abc":
        state.remove("/users", key)
    assert [state.is_gone("/users", key) for key in "abc"] == [False, True, True]


KEYS = st.sampled_from(["1", "2", "30", "a"])


class Model(RuleBasedStateMachine):
    """A state against plain dicts."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State(SEEDS)
        self.model: dict[str, Any] = {"1": {"id": 1, "name": "Ann"}}
        self.gone: set[str] = set()
        self.saved: tuple[dict[str, Any], set[str]] | None = None

    @rule(key=KEYS, value=st.dictionaries(st.text(max_size=3), st.integers(), max_size=2))
    def put(self, key: str, value: dict[str, Any]) -> None:
        self.state.put("/users", key, value)
        self.model[key] = value
        self.gone.discard(key)

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        self.state.remove("/users", key)
        self.model.pop(key, None)
        self.gone.add(key)

    @rule()
    def snapshot(self) -> None:
        self.state.snapshot("s")
        self.saved = dict(self.model), set(self.gone)

    @rule()
    def restore(self) -> None:
        if self.saved is not None:
            self.state.restore("s")
            self.model, self.gone = dict(self.saved[0]), set(self.saved[1])

    @rule()
    def reset(self) -> None:
        self.state.reset()
        self.model, self.gone = {"1": {"id": 1, "name": "Ann"}}, set()

    @invariant()
    def agrees(self) -> None:
        assert self.state.items("/users") == list(self.model.values())
        assert {key for key in ("1", "2", "30", "a") if self.state.is_gone("/users", key)} == (
            self.gone
        )
        collection = self.state._collections["/users"]
        kept = sum(kept.size for kept in collection.items.values())
        assert collection.size == kept + sum(map(len, self.gone))


TestModel = Model.TestCase
