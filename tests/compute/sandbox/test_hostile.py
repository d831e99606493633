"""Every hostile program gets the outcome it must get, and the harm is not done.

These run as whoever runs the tests; ``test_unprivileged.py`` runs them again as an ordinary user,
under what a container forbids.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from mockwright.compute.sandbox import interpreter, kernel
from mockwright.compute.sandbox.interpreter import InterpreterCage
from mockwright.compute.sandbox.kernel import KernelCage
from mockwright.compute.sandbox.outcome import Cage, SandboxLimits
from tests.compute.sandbox.witness import Witness, record_starts
from tests.waiting import PATIENCE

SECONDS = 0.2
LIMITS = SandboxLimits(seconds=20, memory_mb=128, result_mb=16)
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "hostile_programs.yaml").read_text()
)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Cages:
    plain: KernelCage
    numeric: KernelCage
    interpreter: InterpreterCage


@pytest.fixture(scope="module")
def witness() -> Iterator[Witness]:
    made = Witness()
    with pytest.MonkeyPatch.context() as patch:
        record_starts(patch, made.pids)
        yield made
    made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cages(witness: Witness) -> AsyncIterator[Cages]:
    made = Cages(KernelCage(LIMITS, 2, "plain"), KernelCage(LIMITS, 0), InterpreterCage(LIMITS))
    yield made
    for cage in (made.plain, made.numeric, made.interpreter):
        await cage.aclose()


def _held(cases: list[dict[str, Any]], tier: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases if tier in case]


@pytest.mark.skipif(kernel.is_possible() is not None, reason=str(kernel.is_possible()))
@pytest.mark.parametrize("case", _held(CASES, "kernel"))
async def test_the_kernel_holds_a_program_that(
    case: dict[str, Any], cages: Cages, witness: Witness
) -> None:
    cage = cages.numeric if case.get("kit") == "numeric" else cages.plain
    await _check(case, case["kernel"], cage, witness)


@pytest.mark.skipif(interpreter.is_possible() is not None, reason=str(interpreter.is_possible()))
@pytest.mark.parametrize("case", _held(CASES, "interpreter"))
async def test_the_interpreter_holds_a_program_that(
    case: dict[str, Any], cages: Cages, witness: Witness
) -> None:
    await _check(case, case["interpreter"], cages.interpreter, witness)


async def _check(case: dict[str, Any], expected: str, cage: Cage, witness: Witness) -> None:
    kinds, _, told = expected.partition(" ")
    # What is to be stopped by time has little of it; what is not has enough on a busy machine.
    seconds = case.get("seconds", SECONDS if kinds == "timeout" else 15.0)
    async with asyncio.timeout(seconds + PATIENCE):
        outcome = await cage.run(witness.filled(case["program"]), 1, 7, seconds=seconds)

    assert witness.harm() == []
    assert witness.token not in outcome.detail + (outcome.text or "")
    found = (outcome.text or "") if outcome.kind == "ok" else outcome.detail
    assert outcome.kind in kinds.split("|"), outcome
    assert found.startswith(told), outcome
    assert len(outcome.detail) < 1_100
