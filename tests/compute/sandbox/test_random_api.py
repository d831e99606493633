"""The generator of programs without numpy draws what it says, here and in the interpreter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockwright.compute.sandbox import interpreter
from mockwright.compute.sandbox.interpreter import InterpreterCage
from mockwright.compute.sandbox.outcome import SandboxLimits
from mockwright.compute.sandbox.random_api import SandboxRng

stats = pytest.importorskip("scipy.stats")
N = 4_000
LEVEL = 0.001
"""The seed is fixed, so that this either holds or does not."""


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (lambda rng: rng.random(N), stats.uniform()),
        (lambda rng: rng.uniform(-2, 3, N), stats.uniform(-2, 5)),
        (lambda rng: rng.normal(35, 12, N), stats.norm(35, 12)),
        (lambda rng: rng.standard_normal(N), stats.norm()),
        (lambda rng: rng.lognormal(1, 0.5, N), stats.lognorm(0.5, scale=2.718281828459045)),
        (lambda rng: rng.exponential(4, N), stats.expon(scale=4)),
        (lambda rng: rng.gamma(2.5, 3, N), stats.gamma(2.5, scale=3)),
        (lambda rng: rng.gamma(0.4, 1, N), stats.gamma(0.4)),
        (lambda rng: rng.beta(2, 5, N), stats.beta(2, 5)),
        (lambda rng: rng.pareto(3, N), stats.lomax(3)),
        (lambda rng: rng.weibull(1.5, N), stats.weibull_min(1.5)),
        (lambda rng: rng.triangular(1, 2, 5, N), stats.triang(0.25, 1, 4)),
    ],
)
def test_continuous_draws_have_their_distribution(
    draw: Callable[[SandboxRng], list[float]], expected: Any
) -> None:
    assert stats.kstest(draw(SandboxRng(1)), expected.cdf).pvalue > LEVEL


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (lambda rng: rng.poisson(4, N), stats.poisson(4)),
        (lambda rng: rng.poisson(100, N), stats.poisson(100)),
        (lambda rng: rng.binomial(10, 0.3, N), stats.binom(10, 0.3)),
        (lambda rng: rng.geometric(0.2, N), stats.geom(0.2)),
        (lambda rng: rng.integers(3, 9, N), stats.randint(3, 9)),
        (lambda rng: rng.integers(3, 8, N, endpoint=True), stats.randint(3, 9)),
        (lambda rng: rng.integers(6, size=N), stats.randint(0, 6)),
        (lambda rng: rng.choice(6, N), stats.randint(0, 6)),
        (lambda rng: rng.choice([1, 0], N, p=[0.3, 0.7]), stats.bernoulli(0.3)),
        (lambda rng: [rng.permutation(6)[2] for _ in range(N)], stats.randint(0, 6)),
        (lambda rng: [rng.choice(6, 2, replace=False)[1] for _ in range(N)], stats.randint(0, 6)),
    ],
)
def test_counts_have_their_distribution(
    draw: Callable[[SandboxRng], list[int]], expected: Any
) -> None:
    found = draw(SandboxRng(2))
    values = [v for v in range(min(found), max(found) + 1) if N * expected.pmf(v) >= 5]
    counted = [found.count(v) for v in values]
    told = [N * float(expected.pmf(v)) for v in values]
    rest = N - sum(counted), N - sum(told)
    if rest[1] >= 5:
        counted.append(rest[0])
        told.append(rest[1])
    scaled = [value * sum(counted) / sum(told) for value in told]
    assert stats.chisquare(counted, scaled).pvalue > LEVEL


def test_without_a_size_there_is_one_value() -> None:
    rng = SandboxRng(3)
    assert isinstance(rng.normal(), float)
    assert isinstance(rng.poisson(3), int)
    assert rng.choice(["a"]) == "a"
    assert rng.choice(["a"], replace=False) == "a"
    assert rng.geometric(1) == 1


def test_what_is_drawn_without_replacement_is_there_once() -> None:
    assert sorted(SandboxRng(4).choice([1, 2, 3], 3, replace=False, p=[0.8, 0.1, 0.1])) == [1, 2, 3]
    values = list(range(50))
    SandboxRng(5).shuffle(values)
    assert sorted(values) == list(range(50)) != values


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match="low >= high"):
        SandboxRng(6).integers(3, 3)


@pytest.mark.skipif(interpreter.is_possible() is not None, reason=str(interpreter.is_possible()))
async def test_the_interpreter_draws_the_same() -> None:
    body = (
        "[{'a': rng.normal(35, 12), 'b': rng.poisson(40), 'c': rng.gamma(0.5, 2),"
        " 'd': rng.beta(2, 3), 'e': rng.choice(['x', 'y'], p=[0.2, 0.8]), 'g': rng.random(2),"
        " 'f': rng.triangular(0, 1, 4), 'h': rng.choice(9, 3, replace=False), 'k': rng.pareto(2),"
        " 'i': rng.geometric(0.1), 'j': rng.binomial(9, 0.5), 'l': rng.weibull(2),"
        " 'm': rng.permutation(4), 'n': rng.integers(1, 7), 'o': rng.standard_normal(3)}"
        " for _ in range(n)]"
    )
    cage = InterpreterCage(SandboxLimits())
    try:
        outcome = await cage.run(f"def generate(n, rng):\n    return {body}\n", 20, 11, seconds=10)
    finally:
        await cage.aclose()
    assert outcome.kind == "ok", outcome
    here = eval(body, {"rng": SandboxRng(11), "n": 20})  # noqa: S307 - the text is above
    assert json.loads(outcome.text or "") == here
