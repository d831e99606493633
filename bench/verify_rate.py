"""How often the tests of computed values are right: of correct generators, and of wrong ones.

``python -m bench.verify_rate [SEEDS]``. The samples are drawn here with NumPy's own generators, not
by the sampler, 1,000 items each: what the tests share with the sampler is tested too. A correct
generator is to pass in 99 of 100 reports. Of the wrong ones the share is printed that is caught;
those that differ from what was asked by less than the sampling error cannot be.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bench.report import Bar, print_bars, print_table
from mockwright.compute.checks.verify import verify
from mockwright.compute.spec.date_numbers import written
from mockwright.compute.spec.spec import (
    Column,
    Correlation,
    Distribution,
    Formula,
    Groups,
    Kind,
    Path,
    Series,
    Source,
    Spec,
)
from mockwright.shapes.rules.cel import parse_expression
from mockwright.types import Json

COUNT = 1_000
SEEDS = 200

Random = np.random.Generator
Drawn = Mapping[str, Sequence[Json]]
Draw = Callable[[Random], Drawn]


@dataclass(frozen=True)
class Case:
    """A spec and who draws for it."""

    name: str
    spec: Spec
    draw: Draw


def one(
    name: str, source: Source, draw: Callable[[Random], Any], kind: Kind = "number", **rest: Any
) -> Case:
    """A case of one column, ``x``."""
    spec = Spec((), COUNT, (Column(("x",), kind, source, **rest),))
    return Case(name, spec, lambda rng: {"x": listed(draw(rng))})


def listed(values: Any) -> list[Json]:
    """NumPy's values as JSON has them."""
    made: list[Json] = np.asarray(values).tolist()
    return made


def law(family: Any, low: float | None = None, high: float | None = None, **params: Any) -> Any:
    """A distribution within bounds."""
    return Distribution(family, params, low, high)


def truncated(rng: Random, mean: float, sd: float, low: float, high: float) -> Any:
    """By drawing again what lies outside."""
    values = rng.normal(mean, sd, 40 * COUNT)
    return values[(values >= low) & (values <= high)][:COUNT]


def mixed(rng: Random) -> Any:
    first = rng.random(COUNT) < 0.3
    return np.where(first, rng.normal(0, 1, COUNT), rng.normal(6, 2, COUNT))


def pair(rng: Random, rho: float) -> tuple[Any, Any]:
    """Normal numbers that correlate."""
    a, b = rng.standard_normal((2, COUNT))
    return a, rho * a + np.sqrt(1 - rho**2) * b


def zipf_to(rng: Random, a: float, most: int) -> Any:
    shares = np.arange(1, most + 1) ** -a
    return rng.choice(np.arange(1, most + 1), COUNT, p=shares / shares.sum())


NORMAL = law("normal", mean=50.0, sd=10.0)
AGES = Distribution("normal", {"mean": 35.0, "sd": 12.0}, 18, 100, clip=True)
STATES = Distribution("categorical", values=("a", "b", "c"), weights=(0.8, 0.15, 0.05))
MIXED = Distribution(
    "mixture",
    weights=(0.3, 0.7),
    parts=(law("normal", mean=0.0, sd=1.0), law("normal", mean=6.0, sd=2.0)),
)
BINS = Distribution("histogram", weights=(0.2, 0.5, 0.3), edges=(0.0, 10.0, 20.0, 100.0))
SINGLE = [
    one("normal", NORMAL, lambda r: r.normal(50, 10, COUNT)),
    one(
        "normal, clipped, whole",
        AGES,
        lambda r: np.clip(np.round(r.normal(35, 12, COUNT)), 18, 100).astype(int),
        "integer",
        decimals=0,
    ),
    one("normal, truncated", law("normal", 18, 60, mean=35.0, sd=12.0),
        lambda r: truncated(r, 35, 12, 18, 60)),
    one("lognormal", law("lognormal", mu=3.0, sigma=0.5), lambda r: r.lognormal(3, 0.5, COUNT)),
    one("lognormal, wide", law("lognormal", mu=14.0, sigma=1.5),
        lambda r: np.round(r.lognormal(14, 1.5, COUNT), 2), decimals=2),
    one("uniform", law("uniform", min=2.0, max=9.0), lambda r: r.uniform(2, 9, COUNT)),
    one("uniform, whole", law("uniform", min=0.5, max=6.5),
        lambda r: r.integers(1, 7, COUNT), "integer", decimals=0),
    one("exponential", law("exponential", mean=4.0), lambda r: r.exponential(4, COUNT)),
    one("gamma", law("gamma", shape=2.0, scale=3.0), lambda r: r.gamma(2, 3, COUNT)),
    one("beta", law("beta", a=2.0, b=5.0), lambda r: r.beta(2, 5, COUNT)),
    one("pareto 1.2", law("pareto", alpha=1.2, min=10.0),
        lambda r: (r.pareto(1.2, COUNT) + 1) * 10),
    one("pareto 3.5", law("pareto", alpha=3.5, min=1.0), lambda r: r.pareto(3.5, COUNT) + 1),
    one("weibull", law("weibull", shape=0.8, scale=2.0), lambda r: 2 * r.weibull(0.8, COUNT)),
    one("triangular", law("triangular", min=0.0, mode=2.0, max=10.0),
        lambda r: r.triangular(0, 2, 10, COUNT)),
    one("poisson", law("poisson", mean=3.0), lambda r: r.poisson(3, COUNT), "integer", decimals=0),
    one("binomial", law("binomial", n=20.0, p=0.3),
        lambda r: r.binomial(20, 0.3, COUNT), "integer", decimals=0),
    one("geometric", law("geometric", p=0.2),
        lambda r: r.geometric(0.2, COUNT), "integer", decimals=0),
    one("zipf 2.2", law("zipf", a=2.2), lambda r: r.zipf(2.2, COUNT), "integer", decimals=0),
    one("zipf 1.1 to 50", law("zipf", a=1.1, max=50.0),
        lambda r: zipf_to(r, 1.1, 50), "integer", decimals=0),
    one("shares, at random", STATES,
        lambda r: r.choice(["a", "b", "c"], COUNT, p=[0.8, 0.15, 0.05]), "string"),
    one("mixture", MIXED, mixed),
    one("histogram", BINS,
        lambda r: np.concatenate([r.uniform(0, 10, 200), r.uniform(10, 20, 500),
                                  r.uniform(20, 100, 300)])),
    one("dates", law("uniform", min=19_723.0, max=20_088.0),
        lambda r: [written(day, "date") for day in r.uniform(19_723, 20_088, COUNT)], "date"),
    one("series", Series(100.0, 0.1, 10.0, 7.0, 2.0, 4.0),
        lambda r: 100 + 0.1 * np.arange(COUNT)
        + 10 * np.sin(2 * np.pi * (np.arange(COUNT) + 2) / 7) + r.normal(0, 4, COUNT)),
    one("unique, narrow", law("normal", mean=5_000.0, sd=400.0),
        lambda r: unique(r, 5_000, 400), "integer", decimals=0, unique=True),
]  # fmt: skip


def unique(rng: Random, mean: float, sd: float) -> Any:
    """Repeats drawn again."""
    values = np.round(rng.normal(mean, sd, COUNT))
    while len(np.unique(values)) < COUNT:
        _, first = np.unique(values, return_index=True)
        twice = np.setdiff1d(np.arange(COUNT), first)
        values[twice] = np.round(rng.normal(mean, sd, len(twice)))
    return values.astype(int)


def two(
    name: str, a: Source, b: Source, correlation: Correlation | None, draw: Draw, **rest: Any
) -> Case:
    """A case of two columns, ``a`` and ``b``."""
    columns = (Column(("a",), "number", a), Column(("b",), "number", b))
    return Case(name, Spec((), COUNT, columns, (correlation,) if correlation else (), **rest), draw)


def correlation(measure: Any, target: float, **rest: Any) -> Correlation:
    return Correlation(("a",), ("b",), measure, target, **rest)


def normals(rho: float) -> Draw:
    def draw(rng: Random) -> Drawn:
        a, b = pair(rng, rho)
        return {"a": listed(50 + 10 * a), "b": listed(50 + 10 * b)}

    return draw


def lognormals(rho: float) -> Draw:
    def draw(rng: Random) -> Drawn:
        a, b = pair(rng, rho)
        return {"a": listed(np.exp(a)), "b": listed(np.exp(3 + b))}

    return draw


def exponentials(rho: float) -> Draw:
    def draw(rng: Random) -> Drawn:
        from scipy.special import ndtr

        a, b = pair(rng, 2 * np.sin(np.pi * rho / 6))
        return {"a": listed(-4 * np.log(ndtr(-a))), "b": listed(-2 * np.log(ndtr(-b)))}

    return draw


def in_order(rng: Random) -> Drawn:
    a, b = rng.uniform(0, 10, (2, 4 * COUNT))
    held = a <= b
    return {"a": listed(a[held][:COUNT]), "b": listed(b[held][:COUNT])}


LOG_A, LOG_B = law("lognormal", mu=0.0, sigma=1.0), law("lognormal", mu=3.0, sigma=1.0)
EXP_A, EXP_B = law("exponential", mean=4.0), law("exponential", mean=2.0)
RAW = float((np.exp(0.6) - 1) / (np.exp(1) - 1))
"""The correlation of two lognormals whose logarithms have 0.6 (sigma 1)."""
PAIRS = [
    two("pearson 0.6", NORMAL, NORMAL, correlation("pearson", 0.6), normals(0.6)),
    two("pearson, skewed", LOG_A, LOG_B, correlation("pearson", RAW), lognormals(0.6)),
    two("pearson, of logs", LOG_A, LOG_B,
        correlation("pearson", 0.6, scales=("log", "log")), lognormals(0.6)),
    two("spearman", EXP_A, EXP_B, correlation("spearman", -0.4), exponentials(-0.4)),
    two("r2 is 0.64", NORMAL, NORMAL, correlation("r2", 0.64), normals(0.8)),
    two("r2 at least 0.8", NORMAL, NORMAL,
        correlation("r2", 0.8, relation="at_least"), normals(0.95)),
    two("a <= b", law("uniform", min=0.0, max=10.0), law("uniform", min=0.0, max=10.0), None,
        in_order, constraints=(parse_expression("a <= b", ("a", "b", "this", "i", "n")),)),
]  # fmt: skip


def grouped(rng: Random) -> Drawn:
    which = rng.permutation(np.repeat([0, 1], [700, 300]))
    size = np.where(which == 0, rng.normal(20, 5, COUNT), rng.gamma(4, 100, COUNT))
    return {"by": ["smb" if one == 0 else "big" for one in which], "size": listed(size)}


def noisy(rng: Random) -> Drawn:
    a = rng.exponential(4, COUNT)
    return {"a": listed(a), "b": listed(np.round(2 * a + rng.normal(0, 0.5, COUNT), 1))}


def gaps(rng: Random) -> Drawn:
    values = listed(rng.normal(50, 10, COUNT))
    for i in rng.permutation(COUNT)[:100]:
        values[i] = None
    return {"x": values}


MORE = [
    Case("groups", Spec((), COUNT, (
        Column(("by",), "string",
               Distribution("categorical", values=("smb", "big"), weights=(0.7, 0.3))),
        Column(("size",), "number", Groups(("by",), {
            "smb": law("normal", mean=20.0, sd=5.0), "big": law("gamma", shape=4.0, scale=100.0),
        })),
    )), grouped),
    Case("formula with noise", Spec((), COUNT, (
        Column(("a",), "number", EXP_A),
        Column(("b",), "number",
               Formula(parse_expression("2.0 * a", ("a", "b", "this", "i", "n")), 0.5), decimals=1),
    )), noisy),
    Case("a tenth missing",
         Spec((), COUNT, (Column(("x",), "number", NORMAL, missing=0.1),)), gaps),
]  # fmt: skip


def moved(case: Case) -> Case:
    """The same, by a fifth of its standard deviation too great."""

    def draw(rng: Random) -> Drawn:
        values = np.asarray(case.draw(rng)["x"], dtype=np.float64)
        spread = float(np.std(values))
        return {"x": listed(values + 0.2 * spread)}

    return replace(case, draw=draw)


def drawn_as(name: str, to: str, draw: Callable[[Random], Any]) -> Case:
    """A case drawn by a wrong generator."""
    case = next(case for case in SINGLE if case.name == name)
    return replace(case, name=f"{name}: {to}", draw=lambda rng: {"x": listed(draw(rng))})


MOVED = [
    moved(next(case for case in SINGLE if case.name == name))
    for name in ("normal", "lognormal", "uniform", "exponential", "gamma", "beta", "mixture",
                 "triangular", "histogram")
]  # fmt: skip
WRONG = [
    drawn_as("normal", "uniform of its mean and sd",
             lambda r: r.uniform(50 - 17.32, 50 + 17.32, COUNT)),
    drawn_as("normal", "logistic of its mean and sd", lambda r: r.logistic(50, 5.513, COUNT)),
    drawn_as("normal", "sd 15 % too small", lambda r: r.normal(50, 8.5, COUNT)),
    drawn_as("normal, clipped, whole", "drawn again, not clipped",
             lambda r: np.round(truncated(r, 35, 12, 18, 100)).astype(int)),
    drawn_as("lognormal", "gamma of its mean and sd",
             lambda r: r.gamma(3.521, 6.464, COUNT)),
    drawn_as("exponential", "lognormal of its mean and sd",
             lambda r: r.lognormal(np.log(4) - np.log(2) / 2, np.sqrt(np.log(2)), COUNT)),
    drawn_as("gamma", "normal of its mean and sd", lambda r: r.normal(6, 18**0.5, COUNT)),
    drawn_as("poisson", "binomial of its mean", lambda r: r.binomial(6, 0.5, COUNT)),
    drawn_as("poisson", "mean a fifth of its sd too great", lambda r: r.poisson(3.346, COUNT)),
    drawn_as("uniform, whole", "one side of the die never",
             lambda r: r.integers(1, 6, COUNT)),
    drawn_as("dates", "the second half of the year twice as often",
             lambda r: [written(d, "date") for d in np.where(
                 r.random(COUNT) < 1 / 3, r.uniform(19_723, 19_905, COUNT),
                 r.uniform(19_906, 20_088, COUNT))]),
    drawn_as("shares, at random", "5 points off",
             lambda r: r.choice(["a", "b", "c"], COUNT, p=[0.75, 0.2, 0.05])),
    replace(PAIRS[0], name="pearson 0.6: uncorrelated", draw=normals(0.0)),
    replace(PAIRS[0], name="pearson 0.6: 0.5", draw=normals(0.5)),
    replace(PAIRS[1], name="pearson, skewed: uncorrelated", draw=lognormals(0.0)),
    replace(PAIRS[3], name="spearman: uncorrelated", draw=exponentials(0.0)),
    replace(PAIRS[5], name="r2 at least 0.8: 0.64", draw=normals(0.8)),
]  # fmt: skip


def passes(case: Case, seeds: int) -> tuple[int, dict[str, int]]:
    """How many reports pass, and which tests failed how often."""
    passed, failing = 0, dict[str, int]()
    for seed in range(seeds):
        # Of each case its own: else one unlucky seed fails in every case alike.
        rng = np.random.default_rng([seed, *case.name.encode()])
        columns: dict[Path, Sequence[Json]] = {
            (name,): values for name, values in case.draw(rng).items()
        }
        report = verify(case.spec, columns, seed=seed)
        passed += report.passed
        for test in report.failed:
            failing[test.method] = failing.get(test.method, 0) + 1
    return passed, failing


def main(seeds: int) -> None:
    """Prints both tables and the two bars."""
    started = time.perf_counter()
    rates = {case.name: passes(case, seeds) for case in (*SINGLE, *PAIRS, *MORE)}
    print_table(
        f"Correct generators: passed of {seeds} seeds, {COUNT} items each",
        ("passed", "failed tests"),
        ((name, str(passed), _told(failing)) for name, (passed, failing) in rates.items()),
    )
    moved_named = [replace(case, name=f"{case.name}: moved by 0.2 sd") for case in MOVED]
    power = {case.name: passes(case, seeds) for case in (*moved_named, *WRONG)}
    print_table(
        f"Wrong generators: caught of {seeds} seeds",
        ("caught", "by"),
        ((name, str(seeds - passed), _told(failing)) for name, (passed, failing) in power.items()),
    )
    rate = sum(passed for passed, _ in rates.values()) / (seeds * len(rates))
    print_bars(
        f"In {time.perf_counter() - started:.0f} s",
        [
            Bar("correct generators pass", 100 * rate, ">=", 99.0, " %"),
            Bar(
                "the least of them", 100 * min(p for p, _ in rates.values()) / seeds, ">=", 95, " %"
            ),
        ],
    )


def _told(failing: Mapping[str, int]) -> str:
    return ", ".join(f"{method} {count}" for method, count in failing.items())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
