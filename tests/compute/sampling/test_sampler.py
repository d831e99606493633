"""Drawing: exact where it can be, seeded, and as asked."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.compute.checks.verify import verify
from mockwright.compute.sampling.sampler import apportioned, rows, sample
from mockwright.compute.spec.parse_spec import read_specs
from mockwright.compute.spec.spec import Spec
from mockwright.errors import ContradictionError
from mockwright.shapes.parse import parse_shape

ITEM = {
    "id": 0, "age": "int 0..120", "x": 0.0, "y": 0.0, "z": 0.0, "kind": "a|b|c", "on": True,
    "day": "date", "at": "datetime", "deep": {"v": 0.0},
}  # fmt: skip


def spec_of(*statements: Any, count: int = 1000) -> Spec:
    (spec,) = read_specs(parse_shape({"items": [{"$count": count, **ITEM}]}).schema, statements)
    return spec


def drawn(*statements: Any, count: int = 1000, seed: int = 1) -> dict[str, Any]:
    columns = sample(spec_of(*statements, count=count), seed)
    return {".".join(path): values for path, values in columns.items()}


def test_the_same_seed_gives_the_same_values_and_another_others() -> None:
    asked = {"path": "x", "distribution": "normal(0, 1)"}
    assert drawn(asked) == drawn(asked)
    assert drawn(asked) != drawn(asked, seed=2)
    spec = spec_of(asked)
    assert sample(spec, 1, 0) != sample(spec, 1, 1)


def test_values_are_json_of_the_field_s_kind() -> None:
    days = {"family": "uniform", "min": "2024-01-01", "max": "2024-12-31"}
    found = drawn(
        {"path": "age", "distribution": "normal(40, 10)"},
        {"path": "x", "distribution": "normal(40, 10)"},
        {"path": "kind", "ratio": {"a": 0.5, "b": 0.3, "c": 0.2}},
        {"path": "on", "ratio": {"true": 0.5, "false": 0.5}},
        {"path": "day", "distribution": days},
        {"path": "at", "sequence": {"start": "2024-01-01", "step": "1h"}},
        {"path": "deep.v", "distribution": "exponential(3)"},
        count=30,
    )  # fmt: skip
    assert all(type(value) is int for value in found["age"])
    assert all(type(value) is float for value in found["x"])
    assert {type(value) for value in found["on"]} == {bool}
    assert all("2024-01-01" <= value <= "2024-12-31" for value in found["day"])
    assert found["at"][:2] == ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z"]
    json.dumps(found)


@given(weights=st.lists(st.floats(0.001, 1), min_size=1, max_size=8), count=st.integers(0, 500))
def test_apportionment_gives_each_its_share_to_the_item(weights: list[float], count: int) -> None:
    total = sum(weights)
    found = apportioned([weight / total for weight in weights], count)
    assert sum(found) == count
    for weight, number in zip(weights, found, strict=True):
        assert abs(number - weight / total * count) < 1 + 1e-9


def test_shares_are_exact_to_the_item() -> None:
    kinds = drawn({"path": "kind", "ratio": {"a": 0.7, "b": 0.2, "c": 0.1}})["kind"]
    assert [kinds.count(one) for one in "abc"] == [700, 200, 100]
    assert kinds[:50] != sorted(kinds[:50]), "they are mixed"


@pytest.mark.parametrize("measure", ["pearson", "spearman"])
@pytest.mark.parametrize("target", [-0.7, 0.0, 0.4, 0.95])
def test_correlations_are_as_asked(measure: str, target: float) -> None:
    found = drawn(
        {"path": "x", "distribution": "normal(0, 1)"},
        {"path": "y", "distribution": "exponential(2)"},
        {"correlation": {"between": ["x", "y"], measure: target if measure == "spearman" else
                         target * 0.8}},
        count=5_000,
    )  # fmt: skip
    x, y = np.array(found["x"]), np.array(found["y"])
    if measure == "spearman":
        x, y = x.argsort().argsort(), y.argsort().argsort()
    wanted = target if measure == "spearman" else target * 0.8
    assert np.corrcoef(x, y)[0, 1] == pytest.approx(wanted, abs=0.04)


def test_a_limit_of_r2_is_kept_on_both_sides() -> None:
    base = ({"path": "x", "distribution": "normal(0, 1)"},
            {"path": "y", "distribution": "normal(0, 1)"})  # fmt: skip
    for limit, negative in (({"at_least": 0.8}, False), ({"at_most": 0.3}, False),
                            ({"at_least": 0.6}, True)):  # fmt: skip
        asked = {"between": ["x", "y"], "r2": limit, "negative": negative}
        found = drawn(*base, {"correlation": asked})
        r = float(np.corrcoef(found["x"], found["y"])[0, 1])
        assert r**2 >= limit["at_least"] if "at_least" in limit else r**2 <= limit["at_most"]
        assert (r < 0) == negative


def test_what_two_distributions_cannot_reach_is_said() -> None:
    with pytest.raises(ContradictionError, match="is within"):
        drawn(
            {"path": "x", "distribution": "normal(0, 1)"},
            {"path": "y", "distribution": "lognormal(0, 2)"},
            {"correlation": {"between": ["x", "y"], "pearson": 0.95, "scale": "raw"}},
        )


def test_a_matrix_that_is_not_given_whole_is_completed() -> None:
    pairs = [("x", "y", 0.8), ("y", "z", 0.8), ("z", "deep.v", 0.8)]
    found = drawn(
        *({"path": name, "distribution": "normal(0, 1)"} for name in ("x", "y", "z", "deep.v")),
        *({"correlation": {"between": [a, b], "pearson": r}} for a, b, r in pairs),
        count=5000,
    )
    for a, b, r in pairs:
        assert np.corrcoef(found[a], found[b])[0, 1] == pytest.approx(r, abs=0.04)


def test_formulas_groups_and_noise() -> None:
    groups = {"by": "kind", "groups": {"a": "normal(10, 1)", "b": "normal(20, 1)"},
              "otherwise": "normal(50, 1)"}  # fmt: skip
    found = drawn(
        {"path": "kind", "ratio": {"a": 0.4, "b": 0.4, "c": 0.2}},
        {"path": "x", "distribution": groups},
        {"path": "y", "formula": "x * 2.0 + 1.0"},
        {"path": "z", "formula": {"is": "x", "noise": 0.5}},
    )
    of = {kind: [x for x, k in zip(found["x"], found["kind"], strict=True) if k == kind]
          for kind in "abc"}  # fmt: skip
    assert [round(float(np.mean(of[kind]))) for kind in "abc"] == [10, 20, 50]
    assert all(abs(y - (2 * x + 1)) < 0.01 for x, y in zip(found["x"], found["y"], strict=True))
    assert np.std(np.array(found["z"]) - np.array(found["x"])) == pytest.approx(0.5, abs=0.05)


def test_totals_order_uniqueness_and_what_is_missing() -> None:
    found = drawn(
        {"path": "x", "distribution": "normal(100, 20)", "total": 12_345.67},
        {"path": "age", "distribution": "uniform(0, 120)", "order": "descending"},
        {"path": "id", "distribution": "uniform(1, 5000)", "unique": True},
        count=100,
    )
    assert sum(found["x"]) == pytest.approx(12_345.67, abs=0.005)
    assert found["age"] == sorted(found["age"], reverse=True)
    assert len(set(found["id"])) == 100


def test_sorting_moves_whole_items() -> None:
    found = drawn(
        {"path": "x", "distribution": "normal(0, 1)", "order": "ascending"},
        {"path": "y", "formula": "x * 2.0"},
        {"path": "id", "sequence": {"start": 1, "step": 1}},
    )
    assert found["x"] == sorted(found["x"])
    assert all(abs(2 * x - y) < 0.01 for x, y in zip(found["x"], found["y"], strict=True))
    assert found["id"] == list(range(1, 1001)), "running numbers run on"


def test_constraints_hold_for_every_item() -> None:
    found = drawn(
        {"path": "x", "distribution": "uniform(0, 100)"},
        {"path": "y", "distribution": "uniform(0, 100)"},
        {"constraint": "x < y"},
    )
    assert all(x < y for x, y in zip(found["x"], found["y"], strict=True))
    with pytest.raises(ContradictionError, match="items break"):
        drawn({"path": "x", "distribution": "uniform(0, 1)"}, {"constraint": "x > 2.0"}, count=10)


def test_a_season_and_a_trend() -> None:
    season = {"period": 4, "amplitude": 10}
    found = drawn({"path": "x", "sequence": {"level": 5, "trend": 1, "season": season}}, count=8)
    assert found["x"][:4] == pytest.approx([5, 16, 7, -2], abs=0.01)


def test_rows_put_columns_into_items() -> None:
    spec = spec_of(
        {"path": "deep.v", "distribution": "normal(0, 1)"},
        {"path": "age", "distribution": "normal(40, 9)"},
        count=3,
    )
    items = rows(sample(spec, 1), 3)
    assert len(items) == 3
    assert items[0].keys() == {"age", "deep"}
    assert items[0]["deep"].keys() == {"v"}


def test_what_lies_almost_nowhere_within_its_bounds_is_said() -> None:
    thin = {"family": "histogram", "edges": [0, 1, 2], "weights": [1, 1e-12]}
    with pytest.raises(ContradictionError, match="hardly anything"):
        drawn({"path": "x", "distribution": thin, "min": 1.5})


@settings(max_examples=40)
@given(
    mean=st.floats(-1e6, 1e6), sd=st.floats(1e-3, 1e5), decimals=st.integers(0, 6),
    width=st.floats(0.5, 4),
)  # fmt: skip
def test_every_value_lies_within_its_bounds(
    mean: float, sd: float, decimals: int, width: float
) -> None:
    low, high = mean - width * sd, mean + width * sd
    asked = {"family": "normal", "mean": mean, "sd": sd, "min": low, "max": high}
    values = drawn({"path": "x", "distribution": asked, "decimals": decimals}, count=50)["x"]
    step = 10.0**-decimals
    if high - low > 2 * step:
        assert all(low - 1e-9 * abs(low) <= value <= high + 1e-9 * abs(high) for value in values)


def test_whole_and_other_numbers_go_together_in_formulas() -> None:
    found = drawn(
        {"path": "age", "distribution": "uniform(1, 9)"},
        {"path": "x", "distribution": "uniform(1, 9)"},
        {"path": "y", "formula": "age * x + 1"},
        {"path": "z", "formula": "age * 2"},
        {"path": "id", "formula": "i % 3"},
        {"constraint": "age > 1 && x < 9"},
        count=50,
    )
    for age, x, y, z in zip(found["age"], found["x"], found["y"], found["z"], strict=True):
        assert y == pytest.approx(age * x + 1, abs=0.01)
        assert z == 2 * age
    assert found["id"][:4] == [0, 1, 2, 0]


def test_a_total_is_reached_within_the_bounds_and_without_what_is_missing() -> None:
    level = {"$distribution": "uniform(1, 100)", "$total": 4000, "$missing": 0.2, "$decimals": 0}
    shape = parse_shape({"items": [{"$count": 60, "x": level}]})
    schema: Any = shape.schema
    schema["properties"]["items"]["items"]["properties"]["x"]["type"] = ["number", "null"]
    (spec,) = read_specs(schema, shape.directives["computed"])
    for seed in range(20):
        values = [value for value in sample(spec, seed)["x",] if value is not None]
        assert len(values) == 48
        assert sum(values) == 4000
        assert all(1 <= value <= 100 for value in values)


@pytest.mark.parametrize("clip", [True, False])
def test_bounds_that_are_no_round_numbers_are_part_of_the_test(clip: bool) -> None:
    asked = {"family": "normal", "mean": 40, "sd": 12, "min": 18.3, "max": 60.7, "clip": clip}
    spec = spec_of({"path": "age", "distribution": asked})
    passed = sum(verify(spec, sample(spec, seed), seed=seed).passed for seed in range(30))
    assert passed >= 28


def test_a_limit_is_aimed_at_as_far_as_it_can_be_had() -> None:
    found = drawn(
        {"path": "x", "distribution": "lognormal(0, 1.5)"},
        {"path": "y", "distribution": "exponential(2)"},
        {
            "correlation": {
                "between": ["x", "y"],
                "r2": {"at_least": 0.7},
                "scale": ["log", "raw"],
            }
        },
    )
    assert np.corrcoef(np.log(found["x"]), found["y"])[0, 1] ** 2 >= 0.8
