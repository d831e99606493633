"""Correlations of normal numbers that give the correlations asked of the columns.

A column is a rising function of a normal number. How two columns correlate rises with how their
normal numbers do, so that the right correlation is found by bisection (NORTA: Cario and Nelson,
1997, "Modeling and generating random vectors with arbitrary marginal distributions").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import ndtr

from mockwright.compute.sampling.marginals import Floats, marginal
from mockwright.compute.spec.spec import Column, Correlation, Distribution, Scale, Spec
from mockwright.errors import ContradictionError, SpecError

_POINTS: Final = 64
"""Nodes of the quadrature, for each of the two normal numbers."""
_SLIP: Final = 5e-3
"""How far a coefficient or an eigenvalue may be off before it counts as impossible."""
_ROUNDS: Final = 500
"""The most projections in the search for a matrix."""
_RARE: Final = 1e-5
"""The share of values that may round to 0 and have no logarithm."""


def mixing(spec: Spec, columns: Sequence[Column]) -> Floats:
    """Return the matrix that makes independent normal numbers correlate as the columns need.

    Raises :class:`ContradictionError` for correlations that no numbers can have together.
    """
    place = {column.path: k for k, column in enumerate(columns)}
    given: dict[tuple[int, int], float] = {}
    for one in spec.correlations:
        for path in (one.a, one.b):
            if path not in place:
                raise SpecError("only fields with a distribution correlate", ".".join(path))
        a, b = place[one.a], place[one.b]
        given[min(a, b), max(a, b)] = _normal_correlation(one, columns[a], columns[b])
    matrix = _complete_matrix(given, len(columns))
    # The matrix may have zeros among its eigenvalues, where no Cholesky factor is.
    values, vectors = np.linalg.eigh(matrix)
    root: Floats = vectors * np.sqrt(np.clip(values, 0.0, None))
    return root


def _complete_matrix(given: dict[tuple[int, int], float], size: int) -> Floats:
    """Return a correlation matrix with the given entries, and the others free.

    By alternating projections onto the positive semi-definite matrices and onto those with the
    given entries, with Dykstra's correction (Higham, 2002,
    "Computing the nearest correlation matrix").
    """
    matrix = np.eye(size)
    if not given:
        return matrix
    for (a, b), value in given.items():
        matrix[a, b] = matrix[b, a] = value
    correction = np.zeros_like(matrix)
    for _ in range(_ROUNDS):
        values, vectors = np.linalg.eigh(matrix)
        if values[0] >= -1e-10:
            return matrix
        moved = matrix - correction
        values, vectors = np.linalg.eigh(moved)
        projected = (vectors * np.clip(values, 0.0, None)) @ vectors.T
        correction = projected - moved
        matrix = projected.copy()
        np.fill_diagonal(matrix, 1.0)
        for (a, b), value in given.items():
            matrix[a, b] = matrix[b, a] = value
    values = np.linalg.eigvalsh(matrix)
    if values[0] < -_SLIP:
        raise ContradictionError(
            "no numbers correlate so: the matrix of the correlations is not positive"
            f" semi-definite (its least eigenvalue is {values[0]:.3f})",
            "correlation",
        )
    return matrix


def _normal_correlation(one: Correlation, a: Column, b: Column) -> float:
    """Return the correlation of normal numbers under which the columns have the asked one."""
    target = aim(one)
    if one.measure == "spearman":
        # The rank correlation of normal numbers does not depend on the columns' distributions:
        # Kruskal, 1958, "Ordinal measures of association".
        return float(2 * np.sin(np.pi * target / 6))
    outcome = _PairCorrelation(a, b, one.scales)
    least, most = outcome.at(-1.0), outcome.at(1.0)
    if least <= limit(one) <= most:
        # What is aimed at beyond a limit is only for safety: as far as it can be had.
        target = min(max(target, least), most)
    if not least - _SLIP <= target <= most + _SLIP:
        raise ContradictionError(
            f"with these distributions their correlation is within {least:.3f} and {most:.3f},"
            f" asked is {one.measure} {one.target:g}",
            f"correlation of {a.name} and {b.name}",
        )
    low, high = -1.0, 1.0
    # Forty halvings of [-1, 1] leave 2e-12.
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if outcome.at(middle) >= target else (middle, high)
    return (low + high) / 2


def aim(one: Correlation) -> float:
    """Return the coefficient to draw with: for a bound, two fifths beyond it on the way to ±1.

    A sample strays from what it is drawn with, and a bound must hold for the sample. R² is turned
    into a correlation.
    """
    target = one.target
    if one.relation == "at_least":
        target += (1 - target) * 0.4
    elif one.relation == "at_most":
        target -= (target + (0.0 if one.measure == "r2" else 1.0)) * 0.4
    if one.measure != "r2":
        return target
    return -np.sqrt(target) if one.negative else float(np.sqrt(target))


def limit(one: Correlation) -> float:
    """Return the coefficient that is asked, or that is not to be passed, as a correlation."""
    if one.measure != "r2":
        return one.target
    return -float(np.sqrt(one.target)) if one.negative else float(np.sqrt(one.target))


class _PairCorrelation:
    """The correlation of two columns as a function of that of their normal numbers."""

    def __init__(self, a: Column, b: Column, scales: tuple[Scale, Scale]) -> None:
        self._nodes, weights = hermegauss(_POINTS)
        self._weights = weights / weights.sum()
        self._a, self._mean_a, self._sd_a = self._values(a, scales[0], self._nodes)
        self._b, self._scale_b = b, scales[1]
        _, self._mean_b, self._sd_b = self._values(b, scales[1], self._nodes)

    def at(self, rho: float) -> float:
        """Return the columns' correlation, by Gauss-Hermite quadrature over both normal numbers."""
        # The second number is rho times the first, plus an independent part.
        beside = np.sqrt(max(0.0, 1 - rho**2))
        second = rho * self._nodes[:, None] + beside * self._nodes[None, :]
        b = _values_at(self._b, self._scale_b, second.ravel()).reshape(second.shape)
        within = (b - self._mean_b) @ self._weights
        covariance = float(((self._a - self._mean_a) * within) @ self._weights)
        return covariance / (self._sd_a * self._sd_b)

    def _values(self, column: Column, scale: Scale, normal: Floats) -> tuple[Floats, float, float]:
        """Return a column's values at the nodes, their mean and standard deviation."""
        values = _values_at(column, scale, normal)
        mean = float(values @ self._weights)
        spread = float(((values - mean) ** 2) @ self._weights)
        if spread <= 0:
            raise ContradictionError("it hardly varies, and is to correlate", column.name)
        return values, mean, float(np.sqrt(spread))


def _values_at(column: Column, scale: Scale, normal: Floats) -> Floats:
    """Return the values of a column at these normal numbers, or the values' logarithms."""
    source = column.source
    if not isinstance(source, Distribution) or source.family == "categorical":
        raise SpecError("only fields with one distribution of numbers correlate", column.name)
    rounded = marginal(source, column.decimals)
    if scale == "raw":
        return rounded.ppf(ndtr(normal))
    # Before rounding: a price that rounds to 0 would have no logarithm.
    values = marginal(source, None).ppf(ndtr(normal))
    if values.min() <= 0 or float(rounded.cdf(np.zeros(1))[0]) > _RARE:
        raise ContradictionError("it is not above 0 everywhere, and has no logarithm", column.name)
    logged: Floats = np.log(values)
    return logged
