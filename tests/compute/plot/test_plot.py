"""The plot: one file, well-formed, bounded, and true to what was found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from mockwright.compute.checks.verify import verify
from mockwright.compute.plot.plot import report_svg
from mockwright.compute.spec.date_numbers import written
from mockwright.compute.spec.spec import (
    Column,
    Correlation,
    Distribution,
    Groups,
    Kind,
    Path,
    Series,
    Source,
    Spec,
)
from mockwright.compute.spec.spec import Sequence as Counted
from mockwright.types import Json

NORMAL = Distribution("normal", {"mean": 50.0, "sd": 10.0})
STATES = Distribution("categorical", values=("on", "off"), weights=(0.8, 0.2))
SVG = "{http://www.w3.org/2000/svg}"


def drawn(spec: Spec, columns: Mapping[Path, Sequence[Json]]) -> ElementTree.Element:
    svg = report_svg(verify(spec, columns), spec, columns)
    return ElementTree.fromstring(svg)  # noqa: S314 - written by ourselves a line above


def one(
    source: Source | None, values: Any, kind: Kind = "number", **rest: Any
) -> ElementTree.Element:
    values = np.asarray(values).tolist()
    spec = Spec((), len(values), (Column(("x",), kind, source, **rest),))
    return drawn(spec, {("x",): values})


def bars(svg: ElementTree.Element) -> list[float]:
    return [
        float(bar.attrib["height"]) for bar in svg.iter(f"{SVG}rect") if bar.get("class") == "b"
    ]


def words(svg: ElementTree.Element) -> str:
    return " ".join(text.text or "" for text in svg.iter(f"{SVG}text"))


def values(seed: int = 1, count: int = 1_000) -> Any:
    return np.random.default_rng(seed).normal(50, 10, count)


def test_a_column_has_bars_a_line_and_its_tests() -> None:
    svg = one(NORMAL, values())
    assert len(bars(svg)) == 30
    assert len(list(svg.iter(f"{SVG}polyline"))) == 1
    assert "✓" in words(svg)
    assert re.search(r"ks 0\.0\d+ \(p 0\.\d+\)", words(svg))


def test_a_failed_column_is_marked_and_its_failed_test_comes_first() -> None:
    svg = one(NORMAL, values() + 10)
    assert "✗" in words(svg)
    lines = [text.text for text in svg.iter(f"{SVG}text") if text.get("class") == "no"]
    assert lines[0] == "x is normal(mean 50, sd 10)"


def test_the_line_follows_the_bars_of_a_right_column() -> None:
    """Of whole numbers too, where half a step beside it would be a bar beside it."""
    law = Distribution("normal", {"mean": 10.0, "sd": 2.0})
    found = np.round(np.random.default_rng(1).normal(10, 2, 20_000)).astype(int)
    svg = one(law, found, "integer", decimals=0)
    strokes = [path.attrib["d"] for path in svg.iter(f"{SVG}path") if path.get("class") == "l"]
    tops = [float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)H", strokes[0])]
    heights = bars(svg)
    assert len(tops) == len(heights)
    floor = max(tops[i] + heights[i] for i in range(len(tops)) if heights[i] > 20)
    assert all(abs(floor - top - bar) < 6 for top, bar in zip(tops, heights, strict=True))


def test_shares_have_a_bar_and_a_stroke_each() -> None:
    svg = one(STATES, ["on"] * 80 + ["off"] * 20, "string")
    tall, short = bars(svg)
    assert tall == pytest.approx(4 * short, rel=0.02)
    assert "on" in words(svg)


def test_heavy_tails_have_a_logarithmic_axis() -> None:
    law = Distribution("pareto", {"alpha": 1.1, "min": 1.0})
    svg = one(law, np.random.default_rng(1).pareto(1.1, 1_000) + 1)
    assert "logarithmic" in words(svg)


def test_dates_are_told_as_dates() -> None:
    law = Distribution("uniform", {"min": 19_723.0, "max": 20_088.0})
    days = np.random.default_rng(1).uniform(19_723, 20_088, 500)
    svg = one(law, [written(day, "date") for day in days], "date")
    assert "2024-01-0" in words(svg)


@pytest.mark.parametrize("source", [Series(0.0, 1.0), Counted(0, 1)])
def test_what_goes_along_is_drawn_along(source: Source) -> None:
    svg = one(source, np.arange(5_000), "integer")
    assert len(list(svg.iter(f"{SVG}circle"))) == 1_000


def test_groups_are_drawn_with_their_lines_together() -> None:
    each = {"on": NORMAL, "off": Distribution("normal", {"mean": 200.0, "sd": 5.0})}
    columns = (Column(("by",), "string", STATES), Column(("x",), "number", Groups(("by",), each)))
    rng = np.random.default_rng(1)
    data: dict[Path, list[Json]] = {
        ("by",): ["on"] * 80 + ["off"] * 20,
        ("x",): [*rng.normal(50, 10, 80).tolist(), *rng.normal(200, 5, 20).tolist()],
    }
    svg = drawn(Spec((), 100, columns), data)
    assert len(list(svg.iter(f"{SVG}polyline"))) == 1


def test_a_correlation_has_a_thousand_points_at_most() -> None:
    columns = (Column(("a",), "number", NORMAL), Column(("b",), "number", NORMAL))
    spec = Spec((), 3_000, columns, (Correlation(("a",), ("b",), "pearson", 0.0),))
    svg = drawn(spec, {("a",): values(1, 3_000).tolist(), ("b",): values(2, 3_000).tolist()})
    assert len(list(svg.iter(f"{SVG}circle"))) == 1_000
    assert "a and b" in words(svg)
    assert re.search(r"pearson -?0\.\d+ \(p 0\.\d+\)", words(svg))


def test_there_are_24_panels_at_most() -> None:
    columns = tuple(Column((f"x{i}",), "number", NORMAL) for i in range(40))
    svg = drawn(Spec((), 10, columns), {column.path: [1.0] * 10 for column in columns})
    assert len(list(svg.iter(f"{SVG}g"))) == 24


def test_a_column_that_nothing_was_tested_of_is_left_out() -> None:
    svg = one(None, values())
    assert "nothing was computed" in words(svg)


def test_names_and_values_are_text_and_nothing_else() -> None:
    bad = '"><script>alert(1)</script>&\x00\ud800'
    shares = Distribution("categorical", values=(bad, "b"), weights=(0.5, 0.5))
    spec = Spec((), 10, (Column((bad,), "string", shares),))
    columns: dict[Path, list[Json]] = {(bad,): [bad, "b"] * 5}
    svg = report_svg(verify(spec, columns), spec, columns)
    assert "<script" not in svg
    assert "\x00" not in svg
    svg.encode()
    ElementTree.fromstring(svg)  # noqa: S314 - written by ourselves a line above


def test_it_needs_nothing_from_elsewhere_and_suits_the_dark() -> None:
    spec = Spec((), 10, (Column(("x",), "number", NORMAL),))
    columns: dict[Path, list[Json]] = {("x",): [50.0] * 10}
    svg = report_svg(verify(spec, columns), spec, columns)
    assert "prefers-color-scheme:dark" in svg
    assert svg.count("http") == 1  # the name of the format


@pytest.mark.parametrize("kind", ["integer", "number", "string", "boolean", "date", "date-time"])
@pytest.mark.parametrize("source", [NORMAL, STATES, Series(1.0), Groups(("x",), {}, NORMAL)])
def test_whatever_stands_there_is_drawn_or_not_but_never_raises(kind: Kind, source: Source) -> None:
    hostile: list[Json] = [
        10**400, 1e308, -1e308, float("nan"), "nan", [[[]]], {"a": 1}, None, True, "9999-12-31",
    ]  # fmt: skip
    spec = Spec((), 10, (Column(("x",), kind, source, decimals=0),),
                (Correlation(("x",), ("x",), "pearson", 0.5, scales=("log", "raw")),))  # fmt: skip
    drawn(spec, {("x",): hostile})
    drawn(spec, {})
