"""One panel of a plot as SVG: bars, lines and points, whose coordinates are shares of its area."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

WIDTH: Final = 360
HEIGHT: Final = 250
_LEFT, _TOP, _RIGHT, _BOTTOM = 16, 84, 16, 34
_GAP: Final = 16
_ACROSS: Final = 3

_STYLE: Final = (
    "text{font:11px system-ui,sans-serif;fill:#57606a}"
    ".t{font-size:13px;font-weight:600;fill:#1f2328}"
    ".g{fill:#f6f8fa}.f{fill:#fff;stroke:#d0d7de}.b{fill:#8fb8de}.p{fill:#3b6ea5;opacity:.45}"
    ".l{fill:none;stroke:#c2410c;stroke-width:1.8}.x{stroke:#d0d7de}"
    ".ok{fill:#1a7f37}.no{fill:#cf222e}"
    "@media(prefers-color-scheme:dark){text{fill:#9198a1}.t{fill:#f0f6fc}.g{fill:#010409}"
    ".f{fill:#0d1117;stroke:#3d444d}.b{fill:#31577d}.p{fill:#79b8ff}.l{stroke:#ff9b5e}"
    ".x{stroke:#3d444d}.ok{fill:#3fb950}.no{fill:#ff7b72}}"
)


def page(panels: Sequence[str], foot: str) -> str:
    """Return panels, three in a row, as one file that needs no other."""
    across = min(_ACROSS, max(1, len(panels)))
    down = -(-len(panels) // across)
    width, height = across * (WIDTH + _GAP) + _GAP, down * (HEIGHT + _GAP) + _GAP + 20
    placed = (
        f'<g transform="translate({_GAP + (i % across) * (WIDTH + _GAP)},'
        f'{_GAP + (i // across) * (HEIGHT + _GAP)})">'
        f'<rect class="f" width="{WIDTH}" height="{HEIGHT}" rx="6"/>{panel}</g>'
        for i, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img"><style>{_STYLE}</style>'
        f'<rect class="g" width="{width}" height="{height}"/>{"".join(placed)}'
        f'<text x="{_GAP}" y="{height - 12}">{text(foot, 200)}</text></svg>'
    )


def head(name: str, *, passed: bool, lines: Sequence[tuple[str, bool]], hover: str) -> str:
    """Return the title, whether all is well, and a line for each of at most three tests."""
    mark = ("✓", "ok") if passed else ("✗", "no")
    written = "".join(
        f'<text{"" if good else " class=" + chr(34) + "no" + chr(34)} x="14" y="{40 + 14 * i}">'
        f"{text(line, 58)}</text>"
        for i, (line, good) in enumerate(lines[:3])
    )
    return (
        f"<title>{text(hover, 2_000)}</title>"
        f'<text class="t {mark[1]}" x="14" y="22">{mark[0]}</text>'
        f'<text class="t" x="30" y="22">{text(name, 42)}</text>{written}'
    )


def bars(heights: Sequence[float]) -> str:
    """Return bars side by side, each 0..1 high."""
    of, floor = len(heights), _y(0)
    return "".join(
        f'<rect class="b" x="{_x(i / of):.1f}" y="{_y(one):.1f}"'
        f' width="{_x((i + 0.92) / of) - _x(i / of):.1f}" height="{floor - _y(one):.1f}"/>'
        for i, one in enumerate(heights)
    )


def marks(heights: Sequence[float]) -> str:
    """Return a stroke over each bar."""
    of = len(heights)
    strokes = (
        f"M{_x(i / of):.1f} {_y(one):.1f}H{_x((i + 0.92) / of):.1f}"
        for i, one in enumerate(heights)
    )
    return f'<path class="l" d="{"".join(strokes)}"/>'


def line(xs: Iterable[float], ys: Iterable[float]) -> str:
    """Return a line through points, each 0..1 both ways."""
    points = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in zip(xs, ys, strict=True))
    return f'<polyline class="l" points="{points}"/>'


def points(xs: Iterable[float], ys: Iterable[float]) -> str:
    """Return points, each 0..1 both ways."""
    return "".join(
        f'<circle class="p" cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="1.8"/>'
        for x, y in zip(xs, ys, strict=True)
    )


def axis(left: str, right: str, *, middle: str = "", top: str = "") -> str:
    """Return the floor with what stands at its ends, and at the top what the full height is."""
    floor, below = _y(0), HEIGHT - 14
    return (
        f'<path class="x" d="M{_LEFT} {floor:.1f}H{WIDTH - _RIGHT}"/>'
        f'<text x="{_LEFT}" y="{below}">{text(left, 22)}</text>'
        f'<text x="{WIDTH / 2:.0f}" y="{below}" text-anchor="middle">{text(middle, 20)}</text>'
        f'<text x="{WIDTH - _RIGHT}" y="{below}" text-anchor="end">{text(right, 22)}</text>'
        f'<text x="{WIDTH - _RIGHT}" y="{_TOP - 3}" text-anchor="end">{text(top, 40)}</text>'
    )


def labels(names: Sequence[str]) -> str:
    """Return a label below each bar, as long as there is room."""
    of = len(names)
    room = max(2, int((WIDTH - _LEFT - _RIGHT) / of / 6.5))
    floor = f'<path class="x" d="M{_LEFT} {_y(0):.1f}H{WIDTH - _RIGHT}"/>'
    return floor + "".join(
        f'<text x="{_x((i + 0.46) / of):.1f}" y="{HEIGHT - 14}" text-anchor="middle">'
        f"{text(name, room)}</text>"
        for i, name in enumerate(names)
    )


def saying(what: str) -> str:
    """Return words for a panel where there is nothing to draw."""
    return f'<text x="{WIDTH / 2:.0f}" y="150" text-anchor="middle">{text(what, 50)}</text>'


def text(given: str, most: int) -> str:
    """Return a text escaped and cut, without signs that XML or a reader cannot take."""
    short = given if len(given) <= most else given[: most - 1] + "…"
    return escape("".join(sign if sign.isprintable() else " " for sign in short))


def _x(share: float) -> float:
    """Return the horizontal position of a share of the width."""
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    """Return the vertical position of a share of the height; SVG counts downwards."""
    return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)
