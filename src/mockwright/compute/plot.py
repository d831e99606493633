"""Columns against their spec, as one SVG without scripts: bars are found, lines are asked.

Needs NumPy and SciPy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import numpy as np

from mockwright.compute.marginals import Floats, marginal
from mockwright.compute.report import Report, Test
from mockwright.compute.spec import Column, Correlation, Distribution, Path, Spec
from mockwright.compute.times import number
from mockwright.errors import SpecError
from mockwright.types import Json

_MOST_PANELS: Final = 24
_MOST_POINTS: Final = 1_000
_BINS: Final = 30
_MOST_BARS: Final = 20
_WIDTH, _HEIGHT, _GAP = 340, 220, 16
_LEFT, _TOP, _RIGHT, _BOTTOM = 14, 58, 14, 34
_STYLE: Final = (
    "text{font:11px system-ui,sans-serif;fill:#57606a}.t{font-size:12px;fill:#24292f}"
    ".b{fill:#8fb8de}.l{fill:none;stroke:#c2410c;stroke-width:1.6}.p{fill:#3b6ea5;opacity:.5}"
    ".f{fill:#fff;stroke:#d0d7de}.ok{fill:#1a7f37}.no{fill:#cf222e}"
)


def report_svg(report: Report, spec: Spec, columns: Mapping[Path, Sequence[Json]]) -> str:
    """A panel for each column and each correlation, at most 24."""
    panels = [
        _column_panel(column, columns.get(column.path, ()), report) for column in spec.columns
    ]
    panels += [_pair_panel(one, spec, columns, report) for one in spec.correlations]
    shown = panels[:_MOST_PANELS] or ['<text x="20" y="30">nothing was computed</text>']
    across = min(3, len(shown))
    down = -(-len(shown) // across)
    width, height = across * (_WIDTH + _GAP) + _GAP, down * (_HEIGHT + _GAP) + _GAP
    placed = [
        f'<g transform="translate({_GAP + (i % across) * (_WIDTH + _GAP)},'
        f'{_GAP + (i // across) * (_HEIGHT + _GAP)})">'
        f'<rect class="f" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>{panel}</g>'
        for i, panel in enumerate(shown)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img"><style>{_STYLE}</style>'
        f'<rect width="{width}" height="{height}" fill="#f6f8fa"/>{"".join(placed)}</svg>'
    )


def _column_panel(column: Column, values: Sequence[Json], report: Report) -> str:
    tests = [test for test in report.tests if test.columns == (column.name,)]
    head = _head(column.name or "value", tests)
    there = [value for value in values if value is not None]
    source = column.source
    if isinstance(source, Distribution) and source.family == "categorical":
        return head + _shares(source, there)
    read = _read(column, there)
    if len(read) == 0:
        return head + '<text x="14" y="120">no values to draw</text>'
    expected = source if isinstance(source, Distribution) and column.total is None else None
    return head + _histogram(column, read, expected)


def _head(name: str, tests: Sequence[Test]) -> str:
    passed = all(test.passed for test in tests)
    mark = f'<text class="{"ok" if passed else "no"}" x="14" y="22">{"✓" if passed else "✗"}</text>'
    telling = next((test for test in tests if not test.passed), tests[0] if tests else None)
    told = ""
    if telling is not None:
        p = "" if telling.p is None else f", p = {telling.p:.3g}"
        told = f"{telling.method}{p}: {telling.what}"
    return (
        f'{mark}<text class="t" x="30" y="22">{_text(name, 44)}</text>'
        f'<text x="14" y="40">{_text(told, 56)}</text>'
    )


def _histogram(column: Column, values: Floats, source: Distribution | None) -> str:
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    step = 1.0 if column.decimals == 0 else 0.0
    bins = _BINS if not step else int(max(1, min(_BINS, high - low + 1)))
    edges = np.linspace(low - step / 2, high + step / 2, bins + 1)
    counts, _ = np.histogram(values, edges)
    expected = None
    if source is not None:
        law = marginal(source, column.decimals)
        shares = law.cdf(edges)
        shares[0], shares[-1] = 0.0, 1.0
        expected = np.diff(shares) * len(values)
    tallest = max(float(counts.max()), 0.0 if expected is None else float(expected.max()), 1.0)
    bars = "".join(_bar(i, count / tallest, bins) for i, count in enumerate(counts))
    line = "" if expected is None else _line([one / tallest for one in expected])
    return bars + line + _ends(f"{low:g}", f"{high:g}")


def _shares(source: Distribution, values: Sequence[Json]) -> str:
    named = list(zip(source.values, source.weights, strict=True))
    named = sorted(named, key=lambda pair: -pair[1])[:_MOST_BARS]
    counts = [sum(value == name for value in values) for name, _ in named]
    expected = [weight * len(values) for _, weight in named]
    tallest = max([1.0, *counts, *expected])
    bars = "".join(_bar(i, count / tallest, len(named)) for i, count in enumerate(counts))
    marks = "".join(_mark(i, want / tallest, len(named)) for i, want in enumerate(expected))
    return bars + marks + _ends(str(named[0][0]), str(named[-1][0]))


def _pair_panel(
    one: Correlation, spec: Spec, columns: Mapping[Path, Sequence[Json]], report: Report
) -> str:
    names = (".".join(one.a), ".".join(one.b))
    head = _head(" / ".join(names), [test for test in report.tests if test.columns == names])
    both = [spec.column(one.a), spec.column(one.b)]
    read = [_read(column, columns.get(column.path, ())) for column in both if column is not None]
    if len(read) < 2 or len(read[0]) != len(read[1]) or not len(read[0]):
        return head + '<text x="14" y="120">no pairs to draw</text>'
    chosen = np.linspace(0, len(read[0]) - 1, min(_MOST_POINTS, len(read[0]))).astype(int)
    xs, ys = (_unit(part[chosen], scale) for part, scale in zip(read, one.scales, strict=True))
    points = "".join(
        f'<circle class="p" cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="1.8"/>'
        for x, y in zip(xs, ys, strict=True)
    )
    return head + points + _ends(f"{names[0]} →", f"↑ {names[1]}")


def _unit(values: Floats, scale: str) -> Floats:
    """On 0..1, for drawing."""
    if scale == "log":
        values = np.log(np.maximum(values, 1e-300))
    spread = float(values.max() - values.min()) or 1.0
    scaled: Floats = (values - values.min()) / spread
    return scaled


def _read(column: Column, values: Sequence[Json]) -> Floats:
    found = []
    for value in values:
        try:
            found.append(number(value, column.kind, column.name))
        except (SpecError, OverflowError, ValueError):
            continue
    return np.asarray(found, dtype=np.float64)


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _bar(i: int, share: float, of: int) -> str:
    left, right, top = _x(i / of), _x((i + 0.9) / of), _y(share)
    height = _y(0) - top
    return (
        f'<rect class="b" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}"'
        f' height="{height:.1f}"/>'
    )


def _mark(i: int, share: float, of: int) -> str:
    y = _y(share)
    return f'<path class="l" d="M{_x(i / of):.1f} {y:.1f}H{_x((i + 0.9) / of):.1f}"/>'


def _line(shares: Sequence[float]) -> str:
    of = len(shares)
    points = " ".join(f"{_x((i + 0.45) / of):.1f},{_y(one):.1f}" for i, one in enumerate(shares))
    return f'<polyline class="l" points="{points}"/>'


def _ends(left: str, right: str) -> str:
    y = _HEIGHT - 14
    return (
        f'<text x="{_LEFT}" y="{y}">{_text(left, 24)}</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{y}" text-anchor="end">{_text(right, 24)}</text>'
    )


def _text(text: str, most: int) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return escape(plain if len(plain) <= most else plain[: most - 1] + "…")
