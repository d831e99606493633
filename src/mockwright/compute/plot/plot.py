"""Pictures of columns against their spec, as one SVG without scripts: bars are found, lines asked.

Needs NumPy and SciPy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from mockwright.compute.checks.column_values import brief, measured, shown, unit
from mockwright.compute.checks.fit_tests import Sample
from mockwright.compute.checks.report import ComputedReport, Test
from mockwright.compute.checks.series_tests import wanted_of
from mockwright.compute.plot import svg
from mockwright.compute.sampling.marginals import Floats
from mockwright.compute.spec.check_spec import group_name
from mockwright.compute.spec.spec import (
    Column,
    Correlation,
    Distribution,
    Groups,
    Path,
    Scale,
    Series,
    Source,
    Spec,
)
from mockwright.compute.spec.spec import Sequence as Counted
from mockwright.types import Json

_MOST_PANELS: Final = 24
_MOST_POINTS: Final = 1_000
_BINS: Final = 30
_MOST_BARS: Final = 20
_HEAVY: Final = 12.0
"""How many medians the 99th percentile must be away for a logarithmic axis."""
_CORRELATIONS: Final = ("pearson", "spearman", "r2")
_FOOT: Final = "bars and points: found; lines: asked"


def report_svg(report: ComputedReport, spec: Spec, columns: Mapping[Path, Sequence[Json]]) -> str:
    """Return an SVG with a panel for each tested column and each correlation, at most 24."""
    with np.errstate(all="ignore"):
        found = _panels(report, spec, columns)
        panels = [panel for panel, _ in zip(found, range(_MOST_PANELS), strict=False)]
    return svg.page(panels or [svg.saying("nothing was computed")], _FOOT)


def _panels(
    report: ComputedReport, spec: Spec, columns: Mapping[Path, Sequence[Json]]
) -> Iterator[str]:
    for column in spec.columns:
        name = column.name or "the value"
        tests = [test for test in report.tests if test.columns == (name,)]
        if tests:
            yield _panel_head(name, tests) + _column_panel(column, columns)
    for one in spec.correlations:
        names = (".".join(one.a), ".".join(one.b))
        tests = [test for test in report.tests if test.columns == names]
        yield _panel_head(" and ".join(names), tests) + _pair_panel(one, spec, columns)


def _panel_head(name: str, tests: Sequence[Test]) -> str:
    """Return the head of a panel: failed tests first, then those with a p-value."""
    ranked = sorted(tests, key=lambda test: (test.passed, test.p is None))
    first = [(ranked[0].what, ranked[0].passed)] if ranked else []
    rest = [_shown_result(test) for test in ranked]
    lines = [*first, (", ".join(rest[:3]), all(test.passed for test in ranked[:3]))]
    if len(rest) > 3:
        lines.append((", ".join(rest[3:6]), True))
    hover = "; ".join(f"{'passed' if test.passed else 'FAILED'}: {test.what}" for test in ranked)
    passed = all(test.passed for test in tests)
    return svg.head(name, passed=passed, lines=lines, hover=hover)


def _shown_result(test: Test) -> str:
    """Return a test in short: ``ks 0.021 (p 0.83)``, ``pearson 0.8 (p 0.4)``, ``unique holds``."""
    told = test.found if test.method in _CORRELATIONS else test.statistic
    text = test.method if told is None else f"{test.method} {told:.3g}"
    if test.p is None:
        return f"{text} {'holds' if test.passed else 'fails'}"
    return f"{text} (p {test.p:.2g})"


def _column_panel(column: Column, columns: Mapping[Path, Sequence[Json]]) -> str:
    values, source = columns.get(column.path, ()), column.source
    if isinstance(source, Distribution) and source.family == "categorical":
        return _shares_panel(source, values)
    if column.kind in ("string", "boolean"):
        return svg.saying("texts: nothing to draw")
    read = measured(column, values).numbers
    if not np.isfinite(read).any():
        return svg.saying("no values to draw")
    if isinstance(source, Series):
        return _series_panel(column, wanted_of(source, len(read)), read)
    if isinstance(source, Counted):
        counted: Floats = source.start + source.step * np.arange(len(read), dtype=np.float64)
        return _series_panel(column, counted, read)
    return _histogram_panel(column, read, _parts_with_sizes(source, columns, len(read)))


def _parts_with_sizes(
    source: Source | None, columns: Mapping[Path, Sequence[Json]], count: int
) -> list[tuple[Distribution, int]]:
    """Return the distributions of numbers in a source, and how many of the values are of each."""
    if isinstance(source, Distribution):
        found = [(source, count)]
    elif isinstance(source, Groups):
        by = columns.get(source.by, ())
        sizes = Counter(group_name(one) for one in by if isinstance(one, (str, bool)))
        found = [(part, sizes[name]) for name, part in source.each.items()]
        if source.otherwise is not None:
            others = sum(n for name, n in sizes.items() if name not in source.each)
            found.append((source.otherwise, others))
    else:
        found = []
    return [(part, size) for part, size in found if part.family != "categorical"]


def _histogram_panel(
    column: Column, read: Floats, parts: Sequence[tuple[Distribution, int]]
) -> str:
    values = read[np.isfinite(read)]
    logarithmic = _is_heavy(values)
    edges = _edges(column, values, logarithmic=logarithmic)
    counts, _ = np.histogram(values, edges)
    heights = counts.astype(np.float64)
    share = len(values) / max(1, len(read))
    wanted: Floats = np.zeros(len(counts))
    for part, size in parts if column.total is None else ():
        wanted += share * size * _expected_shares(column, part, edges, logarithmic=logarithmic)
    wanted = np.where(np.isfinite(wanted), wanted, 0.0)
    tallest = max(float(heights.max()), float(wanted.max()), 1.0)
    drawn = svg.bars((heights / tallest).tolist())
    if wanted.any():
        drawn += _draw_expected(wanted / tallest)
    low, high = (_shown_end(float(edge), column) for edge in (values.min(), values.max()))
    middle = "logarithmic" if logarithmic else ""
    return drawn + svg.axis(low, high, middle=middle, top=f"{tallest:.0f}")


def _draw_expected(heights: Floats) -> str:
    """Return strokes over few bars, or a line over many."""
    if len(heights) <= _MOST_BARS:
        return svg.marks(heights.tolist())
    return svg.line(((np.arange(len(heights)) + 0.46) / len(heights)).tolist(), heights.tolist())


def _is_heavy(values: Floats) -> bool:
    """Whether a few values are so large that the others would share one bar."""
    if float(values.min()) <= 0:
        return False
    median, far = np.quantile(values, [0.5, 0.99])
    return bool(far > _HEAVY * median)


def _edges(column: Column, values: Floats, *, logarithmic: bool) -> Floats:
    """Return the edges of the bins; each is as many steps of the rounding wide as the others."""
    low, high, step = float(values.min()), float(values.max()), unit(column)
    if logarithmic:
        powers = np.linspace(np.log(low), np.log(high), _BINS + 1)
        return np.concatenate([[low], np.exp(powers[1:-1]), [high]])
    # Bins that hold unlike numbers of round values would make a comb of an even distribution.
    if step and (high - low) / step < 10 * _BINS:
        width = step * max(1, int(np.ceil(((high - low) / step + 1) / _BINS)))
        bins = int((high - low) / width + 1e-9) + 1
        return low - step / 2 + width * np.arange(bins + 1, dtype=np.float64)
    room = step / 2
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        room = max(0.5, 1e-6 * abs(low))
    return np.linspace(low - room, high + room, _BINS + 1)


def _expected_shares(
    column: Column, part: Distribution, edges: Floats, *, logarithmic: bool
) -> Floats:
    """Return the expected share of each bin; edges lie midway between rounded values."""
    law = Sample(column, part, np.empty(0)).marginal
    back = 0.0 if logarithmic else unit(column) / 2
    upto = law.cdf(edges - back)
    if not back:
        upto[0] = float(law.below(edges[:1])[0])
    shares: Floats = np.diff(upto)
    return shares


def _shares_panel(source: Distribution, values: Sequence[Json]) -> str:
    """Return the largest shares as bars; a value of another kind counts as none of them."""
    found = Counter((type(one), one) for one in values if isinstance(one, (str, bool, int, float)))
    there = sum(value is not None for value in values)
    named = sorted(zip(source.weights, source.values, strict=True), key=lambda pair: -pair[0])
    named = named[:_MOST_BARS]
    counts = [float(found[type(value), value]) for _, value in named]
    wanted = [weight * there for weight, _ in named]
    tallest = max([1.0, *counts, *wanted])
    names = [value if isinstance(value, str) else brief(value) for _, value in named]
    return (
        svg.bars([count / tallest for count in counts])
        + svg.marks([want / tallest for want in wanted])
        + svg.axis("", "", top=f"{tallest:.0f}")
        + svg.labels(names)
    )


def _series_panel(column: Column, wanted: Floats, read: Floats) -> str:
    """Return a series as it runs, and as it was asked to."""
    chosen = _thinned(len(read))
    both = np.concatenate([read[np.isfinite(read)], wanted])
    low, spread = float(both.min()), float(both.max() - both.min()) or 1.0
    there = chosen[np.isfinite(read[chosen])]
    across = max(1, len(read) - 1)
    drawn = svg.points((there / across).tolist(), ((read[there] - low) / spread).tolist())
    drawn += svg.line((chosen / across).tolist(), ((wanted[chosen] - low) / spread).tolist())
    top = f"{_shown_end(low, column)} to {_shown_end(low + spread, column)}"
    return drawn + svg.axis("first", "last", top=top)


def _pair_panel(one: Correlation, spec: Spec, columns: Mapping[Path, Sequence[Json]]) -> str:
    both = [spec.column(path) for path in (one.a, one.b)]
    read = [measured(c, columns.get(c.path, ())).numbers for c in both if c is not None]
    if len(read) < 2 or len(read[0]) != len(read[1]):
        return svg.saying("no pairs to draw")
    x, y = (_scaled(part, scale) for part, scale in zip(read, one.scales, strict=True))
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(there):
        return svg.saying("no pairs to draw")
    there = there[_thinned(len(there))]
    drawn = svg.points(_to_unit(x[there]).tolist(), _to_unit(y[there]).tolist())
    a, b = (
        f"{name}{' (log)' if scale == 'log' else ''}"
        for name, scale in zip((one.a[-1], one.b[-1]), one.scales, strict=True)
    )
    return drawn + svg.axis("", f"{a} →", top=f"↑ {b}")


def _scaled(values: Floats, scale: Scale) -> Floats:
    scaled: Floats = np.log(values) if scale == "log" else values
    return scaled


def _thinned(count: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return at most 1,000 positions, evenly spread."""
    return np.linspace(0, max(0, count - 1), min(_MOST_POINTS, count)).astype(np.intp)


def _to_unit(values: Floats) -> Floats:
    """Return values scaled to 0..1; halved first, since their difference may overflow."""
    low, high = float(values.min()), float(values.max())
    spread = high / 2 - low / 2 or 1.0
    scaled: Floats = (values / 2 - low / 2) / spread
    return scaled


def _shown_end(value: float, column: Column) -> str:
    told = str(shown(value, column))
    return told[:10] if column.kind == "date-time" else told
