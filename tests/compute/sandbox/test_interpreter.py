from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from mockwright.compute.sandbox import interpreter
from mockwright.compute.sandbox.interpreter import InterpreterCage
from mockwright.compute.sandbox.outcome import MOST_ITEMS, MOST_PROGRAM, SandboxLimits
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    interpreter.is_possible() is not None, reason=str(interpreter.is_possible())
)


@pytest_asyncio.fixture
async def cage() -> AsyncIterator[InterpreterCage]:
    made = InterpreterCage(SandboxLimits(seconds=10, memory_mb=128))
    yield made
    await made.aclose()


def _children() -> set[int]:
    """Processes of this one that still run something."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.add(int(path.parent.name))
    return found


async def test_a_program_runs_with_what_its_guide_names(cage: InterpreterCage) -> None:
    program = """
import math, random, datetime, re, json, itertools, functools, collections

def generate(n, rng):
    ages = sorted(rng.normal(35, 12, size=n))
    first = datetime.date(2025, 6, 15)
    return [
        {
            "age": max(18, min(100, round(age))),
            "plan": rng.choice(["free", "paid"], p=[0.8, 0.2]),
            "since": (first - datetime.timedelta(days=rng.integers(0, 999))).isoformat(),
            "code": re.sub("[^0-9]", "", f"A{i:05d}"),
            "other": random.random(),
        }
        for i, age in enumerate(ages)
    ]
"""
    first = await cage.run(program, 100, 5, seconds=10)
    again = await cage.run(program, 100, 5, seconds=10)
    other = await cage.run(program, 100, 6, seconds=10)
    assert first.kind == "ok", first
    rows = json.loads(first.text or "")
    assert len(rows) == 100
    assert all(18 <= row["age"] <= 100 for row in rows)
    assert first.text == again.text != other.text


async def test_the_day_is_the_same_every_day(cage: InterpreterCage) -> None:
    program = (
        "import datetime\ndef generate(n, rng):\n"
        "    return [{'now': datetime.datetime.now().isoformat()}] * n\n"
    )
    outcome = await cage.run(program, 1, 1, seconds=5)
    assert outcome.text == '[{"now": "2025-06-15T12:00:00"}]'


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (
            "def generate(n, rng):\n    x = 1\n    return x / 0\n",
            "ZeroDivisionError: division by zero (line 3)",
        ),
        ("x = 1\ndef generate(n rng):\n    pass\n", "(line 2)"),
        ("x = 1\n", "TypeError: the program defines no generate(n, rng)"),
        ("import numpy\n", "ModuleNotFoundError: No module named 'numpy' (line 1)"),
    ],
)
async def test_an_error_is_told_with_its_line(
    cage: InterpreterCage, program: str, told: str
) -> None:
    outcome = await cage.run(program, 1, 1, seconds=5)
    assert outcome.kind == "error"
    assert told in outcome.detail


async def test_programs_leave_nothing_for_each_other(cage: InterpreterCage) -> None:
    await cage.run(
        "import json\nleft = 1\ndef generate(n, rng):\n    return [{}]\n", 1, 1, seconds=5
    )
    found = await cage.run("def generate(n, rng):\n    return [{'left': left}]\n", 1, 1, seconds=5)
    assert found.detail.startswith("NameError")


async def test_a_program_or_a_number_that_is_too_large_is_refused(cage: InterpreterCage) -> None:
    before = _children()
    assert (await cage.run("#" * (MOST_PROGRAM + 1), 1, 1, seconds=5)).kind == "refused"
    assert (await cage.run("", MOST_ITEMS + 1, 1, seconds=5)).kind == "refused"
    assert (await cage.run("", -1, 1, seconds=5)).kind == "refused"
    assert _children() <= before


async def test_a_caller_who_leaves_takes_the_interpreter_along(cage: InterpreterCage) -> None:
    before = _children()
    endless = "def generate(n, rng):\n    while True:\n        pass\n"
    running = asyncio.create_task(cage.run(endless, 1, 1, seconds=10))
    await until(lambda: bool(_children() - before))
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: not _children() - before)


async def test_after_the_end_nothing_runs(cage: InterpreterCage) -> None:
    await cage.run("def generate(n, rng):\n    return [{}]\n", 1, 1, seconds=5)
    await cage.aclose()
    await cage.aclose()
    assert (await cage.run("", 1, 1, seconds=5)).kind == "refused"


def test_without_the_library_it_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "find_spec", lambda name: None)
    assert "not installed" in (interpreter.is_possible() or "")
