"""The families of distributions: their parameters, what those may be, and where values can lie.

Names follow NumPy's and SciPy's. A family may be told by its moments instead (``mean`` and ``sd``);
:func:`settle` turns those into its own parameters, by the formulas of Johnson, Kotz and
Balakrishnan, *Continuous Univariate Distributions*.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from mockwright.errors import SpecError

Family: TypeAlias = Literal[
    "normal", "lognormal", "uniform", "exponential", "gamma", "beta", "pareto", "weibull",
    "triangular", "poisson", "binomial", "geometric", "zipf", "categorical", "histogram", "mixture",
]  # fmt: skip

FAMILIES: Final[tuple[Family, ...]] = get_args(Family)

Params: TypeAlias = dict[str, float]
INFINITE: Final = math.inf
"""An end that a family does not have."""
_MOST: Final[Mapping[str, Mapping[str, float]]] = {
    "poisson": {"mean": 1e9},
    "binomial": {"n": 1e9},
    "zipf": {"max": 1e6},
}
"""The largest parameters of families that have such.

Beyond these SciPy's inverses lose precision, or a table of probabilities takes too much memory.
"""
# A geometric distribution of a smaller p has quantiles that a double cannot count.
_LEAST_P: Final = 1e-9


@dataclass(frozen=True, slots=True)
class DistributionFamily:
    """What is known of a family without drawing from it."""

    params: tuple[str, ...]
    """Its required parameters, in the order of a call such as ``normal(35, 12)``."""
    support: Callable[[Mapping[str, float]], tuple[float, float]]
    """Returns the least and the greatest value that can occur, by the parameters."""
    mean: Callable[[Mapping[str, float]], float]
    """Returns the mean without bounds, by the parameters; infinite where there is none."""
    discrete: bool = False
    """Whether its values are whole numbers."""
    positive: frozenset[str] = frozenset()
    """The parameters that must be above 0."""
    defaults: Mapping[str, float] | None = None
    """Optional parameters with their values."""


def _half(p: Mapping[str, float]) -> tuple[float, float]:
    return (0.0, INFINITE)


def _line(p: Mapping[str, float]) -> tuple[float, float]:
    return (-INFINITE, INFINITE)


def _between(p: Mapping[str, float]) -> tuple[float, float]:
    return (p["min"], p["max"])


def _frozen(*names: str) -> frozenset[str]:
    return frozenset(names)


PARAMETRIC: Final[Mapping[str, DistributionFamily]] = {
    "normal": DistributionFamily(
        ("mean", "sd"), _line, lambda p: p["mean"], positive=_frozen("sd")
    ),
    "lognormal": DistributionFamily(
        ("mu", "sigma"),
        _half,
        # exp(mu + sigma² / 2): mu and sigma are those of the logarithm.
        lambda p: math.exp(p["mu"] + p["sigma"] ** 2 / 2),
        positive=_frozen("sigma"),
    ),
    "uniform": DistributionFamily(("min", "max"), _between, lambda p: (p["min"] + p["max"]) / 2),
    "exponential": DistributionFamily(
        ("mean",), _half, lambda p: p["mean"], positive=_frozen("mean")
    ),
    "gamma": DistributionFamily(
        ("shape", "scale"),
        _half,
        lambda p: p["shape"] * p["scale"],
        positive=_frozen("shape", "scale"),
    ),
    "beta": DistributionFamily(
        ("a", "b"),
        lambda p: (p.get("min", 0.0), p.get("max", 1.0)),
        lambda p: _scaled(p, p["a"] / (p["a"] + p["b"])),
        positive=_frozen("a", "b"),
        defaults={"min": 0.0, "max": 1.0},
    ),
    "pareto": DistributionFamily(
        ("alpha", "min"),
        lambda p: (p["min"], INFINITE),
        # A Pareto distribution with alpha of 1 or less has no mean.
        lambda p: p["alpha"] * p["min"] / (p["alpha"] - 1) if p["alpha"] > 1 else INFINITE,
        positive=_frozen("alpha", "min"),
    ),
    "weibull": DistributionFamily(
        ("shape", "scale"),
        _half,
        # scale * Γ(1 + 1/shape)
        lambda p: p["scale"] * math.gamma(1 + 1 / p["shape"]),
        positive=_frozen("shape", "scale"),
        defaults={"scale": 1.0},
    ),
    "triangular": DistributionFamily(
        ("min", "mode", "max"), _between, lambda p: (p["min"] + p["mode"] + p["max"]) / 3
    ),
    "poisson": DistributionFamily(
        ("mean",), _half, lambda p: p["mean"], discrete=True, positive=_frozen("mean")
    ),
    "binomial": DistributionFamily(
        ("n", "p"),
        lambda p: (0.0, p["n"]),
        lambda p: p["n"] * p["p"],
        discrete=True,
        positive=_frozen("n"),
    ),
    "geometric": DistributionFamily(
        ("p",),
        # Counts trials up to the first success, as NumPy does, so that it begins with 1.
        lambda p: (1.0, INFINITE),
        lambda p: 1 / p["p"],
        discrete=True,
        positive=_frozen("p"),
    ),
    "zipf": DistributionFamily(
        ("a",),
        lambda p: (1.0, p.get("max", INFINITE)),
        # Finite for a > 2 alone; no check is made of it.
        lambda p: INFINITE,
        discrete=True,
        positive=_frozen("a"),
    ),
}

ALIASES: Final[Mapping[str, str]] = {
    "gaussian": "normal", "norm": "normal", "gauss": "normal", "bell": "normal",
    "truncnorm": "normal", "truncated_normal": "normal", "truncatednormal": "normal",
    "log_normal": "lognormal", "lognorm": "lognormal",
    "flat": "uniform", "rectangular": "uniform", "expon": "exponential",
    "power_law": "pareto", "powerlaw": "pareto", "triangle": "triangular", "triang": "triangular",
    "geom": "geometric", "zipfian": "zipf", "choice": "categorical", "ratio": "categorical",
    "empirical": "histogram", "bimodal": "mixture", "multimodal": "mixture",
}  # fmt: skip
"""Other names of families, with what they stand for."""
SPELLED: Final[Mapping[str, str]] = {
    "stddev": "sd", "std": "sd", "std_dev": "sd", "standard_deviation": "sd", "loc": "mean",
    "average": "mean", "avg": "mean", "lambda": "mean", "lam": "mean", "low": "min", "high": "max",
    "minimum": "min", "maximum": "max", "peak": "mode", "k": "shape", "theta": "scale",
    "alpha": "a", "beta": "b", "probability": "p", "trials": "n", "s": "a", "exponent": "a",
}  # fmt: skip
"""Other names of parameters. ``alpha`` is Pareto's own, and there stands for itself."""


def known_family(name: str) -> Family | None:
    """Return the family of a name, in any case and with spaces or hyphens; None of no family's."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_").removesuffix("_distribution")
    plain = ALIASES.get(plain, plain)
    return next((family for family in FAMILIES if family == plain), None)


def settle(family: Family, given: Mapping[str, float], place: str) -> Params:
    """Return the family's own parameters, from those or from the moments that were given.

    Raises :class:`SpecError` where one is missing, unknown, or contradicts the others.
    """
    law = PARAMETRIC[family]
    params = _by_moments(family, dict(given))
    params = {**(law.defaults or {}), **params}
    allowed = {*law.params, *(law.defaults or {}), *(("max",) if family == "zipf" else ())}
    if unknown := sorted(params.keys() - allowed):
        told = ", ".join(law.params)
        raise SpecError(f"{family} has no parameter {unknown[0]!r}; it has {told}", place)
    if missing := [name for name in law.params if name not in params]:
        raise SpecError(f"{family} needs {' and '.join(missing)}", place)
    _check_params(family, params, law, place)
    return params


def _by_moments(family: Family, given: Params) -> Params:
    """Return parameters in place of ``mean``, ``sd``, ``median`` and ``rate``, where given."""
    mean, sd = given.get("mean"), given.get("sd")
    rest = {name: value for name, value in given.items() if name not in ("mean", "sd")}
    match family:
        case "exponential" if "rate" in given and given["rate"] > 0:
            return {**{k: v for k, v in given.items() if k != "rate"}, "mean": 1 / given["rate"]}
        case "lognormal" if mean is not None and sd is not None and mean > 0:
            # sigma² = ln(1 + (sd / mean)²), mu = ln(mean) - sigma² / 2
            spread = math.log1p((sd / mean) ** 2)
            return {**rest, "mu": math.log(mean) - spread / 2, "sigma": math.sqrt(spread)}
        case "lognormal" if "median" in given and given["median"] > 0:
            kept = {name: value for name, value in given.items() if name != "median"}
            # The median of a lognormal is exp(mu).
            return {**kept, "mu": math.log(given["median"])}
        case "gamma" if mean is not None and sd:
            # mean = shape * scale, sd² = shape * scale²
            return {**rest, "shape": (mean / sd) ** 2, "scale": sd**2 / mean if mean else 0.0}
        case "geometric" if mean is not None and mean > 0:
            return {**rest, "p": 1 / mean}
        case "uniform" if mean is not None and sd is not None and "min" not in given:
            # sd² = width² / 12
            half = math.sqrt(3) * sd
            return {**rest, "min": mean - half, "max": mean + half}
        case "beta" if mean is not None and sd:
            return {**rest, **_beta(mean, sd, given)}
    return given


def _beta(mean: float, sd: float, given: Params) -> Params:
    """Return a and b by the method of moments, on the interval from ``min`` to ``max``."""
    low, high = given.get("min", 0.0), given.get("max", 1.0)
    width = (high - low) or 1.0
    m, v = (mean - low) / width, (sd / width) ** 2
    # a + b = m (1 - m) / v - 1, where m and v are mean and variance on [0, 1]
    both = m * (1 - m) / v - 1
    return {"a": m * both, "b": (1 - m) * both}


def _check_params(family: Family, params: Params, law: DistributionFamily, place: str) -> None:
    """Raise :class:`SpecError` for parameters that the family cannot have."""
    for name, value in params.items():
        if not math.isfinite(value):
            raise SpecError(f"{family}: {name} is a number", place)
        if name in law.positive and value <= 0:
            raise SpecError(f"{family}: {name} is above 0, here {value:g}", place)
    for name, most in _MOST.get(family, {}).items():
        if params.get(name, 0.0) > most:
            raise SpecError(f"{family}: {name} is at most {most:g}, here {params[name]:g}", place)
    if family == "geometric" and params["p"] < _LEAST_P:
        raise SpecError(f"geometric: p is at least {_LEAST_P:g}", place)
    if "p" in params and params["p"] > 1:
        raise SpecError(f"{family}: p is a probability, here {params['p']:g}", place)
    if family == "binomial" and params["n"] != int(params["n"]):
        raise SpecError(f"binomial: n is a whole number, here {params['n']:g}", place)
    # The zeta function, which an unbounded Zipf is normalised by, diverges at 1.
    if family == "zipf" and params["a"] <= 1 and "max" not in params:
        raise SpecError(f"zipf without max needs a above 1, here {params['a']:g}", place)
    low, high = law.support(params)
    if low >= high:
        raise SpecError(f"{family}: min {low:g} is not below max {high:g}", place)
    if family == "triangular" and not low <= params["mode"] <= high:
        raise SpecError(
            f"triangular: mode {params['mode']:g} is not within {low:g} and {high:g}", place
        )


def _scaled(p: Mapping[str, float], share: float) -> float:
    """Return a share of the unit interval as a value between ``min`` and ``max``."""
    low, high = p.get("min", 0.0), p.get("max", 1.0)
    return low + (high - low) * share
