"""Programs that mean no harm, and processes that are gone when they should be."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from mockwright.compute.sandbox import kernel, process
from mockwright.compute.sandbox.kernel import KernelCage
from mockwright.compute.sandbox.outcome import MOST_ITEMS, MOST_PROGRAM, SandboxLimits
from tests.compute.sandbox.witness import record_starts
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.skipif(kernel.is_possible() is not None, reason=str(kernel.is_possible()))
EMPTY = "def generate(n, rng):\n    return [{} for _ in range(n)]\n"
ENDLESS = "def generate(n, rng):\n    while True:\n        pass\n"
WORKER = Path(process.__file__).with_name("worker.py")


@pytest.fixture
def pids(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of the workers that were started."""
    found: list[int] = []
    record_starts(monkeypatch, found)
    return found


@pytest_asyncio.fixture
async def cage(pids: list[int]) -> AsyncIterator[KernelCage]:
    made = KernelCage(SandboxLimits(seconds=10, memory_mb=512), 0, "plain")
    yield made
    await made.aclose()
    assert not any(_runs(pid) for pid in pids)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _is_locked(pid: int) -> bool:
    try:
        return "Seccomp:\t2" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


NUMERIC = """
import base64, calendar, collections, datetime, decimal, fractions, functools, itertools, json, math
import random, re, statistics, string, textwrap, uuid
import numpy as np
import scipy
from scipy import stats
from scipy.special import erfinv, gammaln

def generate(n, rng):
    names = ["norm", "lognorm", "gamma", "beta", "expon", "weibull_min", "pareto", "triang", "t",
             "truncnorm", "chi2", "cauchy", "uniform", "laplace", "skewnorm", "logistic"]
    shapes = {"lognorm": (0.5,), "gamma": (2,), "beta": (2, 3), "weibull_min": (2,), "pareto": (3,),
              "triang": (0.5,), "t": (5,), "truncnorm": (-1, 2), "chi2": (3,), "skewnorm": (2,)}
    drawn = {}
    for name in names:
        one = getattr(stats, name)(*shapes.get(name, ()))
        drawn[name] = one.rvs(size=n, random_state=rng)
        one.ppf(rng.random(5)), one.cdf(drawn[name]), one.mean(), one.std(), one.interval(0.9)
    for name, args in {"poisson": (4,), "binom": (9, 0.5), "geom": (0.2,), "zipf": (2.5,),
                       "nbinom": (3, 0.4), "randint": (0, 9)}.items():
        drawn[name] = getattr(stats, name)(*args).rvs(size=n, random_state=rng)
    x, y = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], size=n).T
    stats.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]]).rvs(size=3, random_state=rng)
    stats.kstest(drawn["norm"], "norm"), stats.anderson_ksamp, stats.shapiro(drawn["norm"])
    stats.pearsonr(x, y), stats.spearmanr(x, y), stats.kendalltau(x, y), stats.linregress(x, y)
    stats.chisquare([10, 12, 9]), stats.gaussian_kde(x)(0.5), stats.rankdata(x), stats.zscore(x)
    stats.qmc.Sobol(2, seed=3).random(4), stats.norm.fit(x), stats.gamma.fit(np.abs(x) + 0.1)
    scipy.optimize.brentq(lambda v: v**2 - 2, 0, 2)
    scipy.optimize.minimize(lambda v: v @ v, [1.0, 2])
    scipy.integrate.quad(math.exp, 0, 1), scipy.interpolate.interp1d([0, 1], [1, 2])(0.5)
    scipy.interpolate.CubicSpline([0, 1, 2], [0, 1, 4])(1.5), scipy.linalg.cholesky(np.eye(3))
    np.linalg.svd(rng.random((4, 4))), np.linalg.lstsq(np.eye(3), np.ones(3), rcond=None)
    np.fft.rfft(x), np.percentile(x, [5, 95]), np.histogram(x), np.polyfit(x, y, 2), np.cov(x, y)
    np.random.shuffle(x), erfinv(0.5), gammaln(3.0), statistics.NormalDist(35, 12).inv_cdf(0.3)
    start = datetime.datetime.strptime("2025-06-15T08:00", "%Y-%m-%dT%H:%M")
    return [
        {
            "age": int(np.clip(round(drawn["norm"][i] * 12 + 35), 18, 100)),
            "revenue": np.float64(math.exp(x[i])), "small": np.float32(y[i]), "flag": x[i] > 0,
            "counts": drawn["poisson"][:3], "id": str(uuid.uuid4()), "other": uuid.UUID(int=i),
            "at": start + datetime.timedelta(days=i), "day": np.datetime64("2025-06-15"),
            "price": decimal.Decimal("1.50"), "part": fractions.Fraction(1, 4), "set": {1, 2},
            "name": random.choice(string.ascii_letters), "weekday": calendar.day_name[i % 7],
            "fresh": np.random.default_rng().normal(), "old": np.random.normal(),
            "text": base64.b64encode("h\\u00e9".encode("latin-1")).decode(), "none": None,
            "words": [w for w in {"a", "b", "c", "d", "e", "f"}], "hash": hash("x") % 1000,
            "local": f"{1234567.891:,.2f}", "slug": re.sub(r"\\W+", "-", "A b c"),
        }
        for i in range(n)
    ]
"""


async def test_what_the_guide_names_can_be_used_and_a_seed_gives_the_same_bytes() -> None:
    cage = KernelCage(SandboxLimits(seconds=20), 0)
    try:
        first, again = await asyncio.gather(
            *(cage.run(NUMERIC, 50, 7, seconds=20) for _ in range(2))
        )
    finally:
        await cage.aclose()
    assert first.kind == "ok", first
    assert first.text == again.text
    rows = json.loads(first.text or "")
    assert len(rows) == 50
    row = rows[0]
    assert 18 <= row["age"] <= 100
    assert row["at"] == "2025-06-15T08:00:00"
    assert (row["day"], row["price"], row["part"], row["set"]) == ("2025-06-15", 1.5, 0.25, [1, 2])
    assert isinstance(row["flag"], bool)
    assert len(row["counts"]) == 3
    assert len({row["id"] for row in rows}) == 50


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("def generate(n, rng):\n    x = 1\n    return x / 0\n", "division by zero (line 3)"),
        ("x = 1\ndef generate(n rng):\n    pass\n", "(line 2)"),
        ("x = 1\n", "TypeError: the program defines no generate(n, rng)"),
        ("x = 1\nimport pandas\n", "ModuleNotFoundError: No module named 'pandas' (line 2)"),
        ("def generate(n):\n    return []\n", "TypeError: generate() takes 1 positional argument"),
        ("def generate(n, rng):\n    raise ValueError\n", "ValueError:  (line 2)"),
    ],
)  # fmt: skip
async def test_an_error_is_told_with_its_line(cage: KernelCage, program: str, told: str) -> None:
    outcome = await cage.run(program, 1, 1, seconds=5)
    assert outcome.kind == "error", outcome
    assert told in outcome.detail


async def test_another_seed_gives_other_numbers(cage: KernelCage) -> None:
    program = "def generate(n, rng):\n    return [{'x': rng.random()} for _ in range(n)]\n"
    texts = {(await cage.run(program, 3, seed, seconds=5)).text for seed in (1, 2, -1, 2**64 + 1)}
    # The last is the first again: seeds have 64 bits.
    assert len(texts) == 3
    assert None not in texts


async def test_what_is_printed_is_no_part_of_the_result(cage: KernelCage) -> None:
    program = "print('R')\ndef generate(n, rng):\n    print('E', flush=True)\n    return []\n"
    assert (await cage.run(program, 0, 1, seconds=5)).text == "[]"


async def test_the_most_items_fit(cage: KernelCage) -> None:
    program = "def generate(n, rng):\n    return [{'i': i, 'x': 'x' * 20} for i in range(n)]\n"
    outcome = await cage.run(program, MOST_ITEMS, 1, seconds=10)
    assert outcome.kind == "ok"
    assert len(json.loads(outcome.text or "")) == MOST_ITEMS


async def test_a_program_or_a_number_that_is_too_large_is_refused(
    cage: KernelCage, pids: list[int]
) -> None:
    assert (await cage.run("#" * (MOST_PROGRAM + 1), 1, 1, seconds=5)).kind == "refused"
    assert (await cage.run(EMPTY, MOST_ITEMS + 1, 1, seconds=5)).kind == "refused"
    assert (await cage.run(EMPTY, -1, 1, seconds=5)).kind == "refused"
    assert pids == []


async def test_the_longest_program_of_the_widest_characters_is_run(cage: KernelCage) -> None:
    program = EMPTY + "#" + "\U0001f600" * ((MOST_PROGRAM - len(EMPTY)) // 4 - 1)
    assert (await cage.run(program, 1, 1, seconds=5)).kind == "ok"


async def test_no_program_gets_more_time_than_the_limit(pids: list[int]) -> None:
    cage = KernelCage(SandboxLimits(seconds=0.2), 0, "plain")
    outcome = await cage.run(ENDLESS, 1, 1, seconds=60)
    assert (outcome.kind, outcome.seconds) == ("timeout", 0.2)
    assert not _runs(pids[0])
    await cage.aclose()


async def test_a_caller_who_leaves_takes_the_worker_along(
    cage: KernelCage, pids: list[int]
) -> None:
    running = asyncio.create_task(cage.run(ENDLESS, 1, 1, seconds=10))
    await until(lambda: bool(pids) and _is_locked(pids[0]))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not _runs(pids[0])


async def test_a_caller_who_leaves_at_any_moment_leaves_nothing_behind(pids: list[int]) -> None:
    cage = KernelCage(SandboxLimits(), 0, "plain")
    for delay in (0, 0.001, 0.005, 0.02, 0.05, 0.08, 0.1, 0.12):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(delay):
                await cage.run(ENDLESS, 1, 1, seconds=10)
    await cage.aclose()
    assert not any(_runs(pid) for pid in pids)


async def test_closing_ends_what_runs_and_what_stands_ready(pids: list[int]) -> None:
    cage = KernelCage(SandboxLimits(), 2, "plain")
    running = asyncio.create_task(cage.run(ENDLESS, 1, 1, seconds=10))
    await until(lambda: cage.stock.ready == 2)
    await cage.aclose()
    await cage.aclose()
    assert (await running).kind == "killed"
    assert len(pids) == 3
    assert not any(_runs(pid) for pid in pids)
    assert (await cage.run(EMPTY, 1, 1, seconds=5)).kind == "refused"


async def test_a_worker_that_dies_while_it_waits_is_replaced(pids: list[int]) -> None:
    cage = KernelCage(SandboxLimits(), 1, "plain")
    cage.stock.fill()
    await until(lambda: cage.stock.ready == 1)
    os.kill(pids[0], signal.SIGKILL)
    # Whether or not the news has come.
    assert (await cage.run(EMPTY, 1, 1, seconds=5)).kind == "ok"
    await until(lambda: cage.stock.ready == 1)
    await cage.aclose()


async def test_a_worker_that_cannot_start_is_no_hot_loop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pids: list[int]
) -> None:
    broken = tmp_path / "worker.py"
    broken.write_text("raise SystemExit(3)\n")
    monkeypatch.setattr(process, "_PROGRAM", broken)
    cage = KernelCage(SandboxLimits(), 2, "plain")
    outcome = await cage.run(EMPTY, 1, 1, seconds=5)
    assert outcome.kind == "refused"
    assert "did not get ready, it ended with 3" in outcome.detail
    await asyncio.sleep(0.5)
    assert len(pids) <= 6
    await cage.aclose()


async def test_without_a_python_to_start_programs_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    cage = KernelCage(SandboxLimits(), 0, "plain")
    outcome = await cage.run(EMPTY, 1, 1, seconds=5)
    assert outcome.kind == "refused"
    assert "could not be started" in outcome.detail
    await cage.aclose()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_ends_leaves_no_worker_behind(ending: signal.Signals) -> None:
    code = f"""
import asyncio
from mockwright.compute.sandbox.kernel import KernelCage
from mockwright.compute.sandbox.outcome import SandboxLimits

async def main():
    cage = KernelCage(SandboxLimits(), 1, "plain")
    asyncio.create_task(cage.run({ENDLESS!r}, 1, 1, seconds=10))
    while not (cage.stock.ready and len(cage.stock._alive) == 2):
        await asyncio.sleep(0.01)
    print(*[worker.pid for worker in cage.stock._alive], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        workers = [int(pid) for pid in server.stdout.readline().split()]
        assert len(workers) == 2
        assert all(_runs(pid) for pid in workers)
        server.send_signal(ending)
        server.wait(PATIENCE)
        asyncio.run(until(lambda: not any(_runs(pid) for pid in workers)))


def test_a_worker_with_more_than_one_thread_does_not_run_a_program() -> None:
    code = f"""
import importlib.util, os, threading
spec = importlib.util.spec_from_file_location("worker", {str(WORKER)!r})
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
threading.Thread(target=threading.Event().wait, daemon=True).start()
try:
    worker.lock(1, 512, os.getppid())
except OSError as error:
    print("refused:", error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "refused: [Errno 16] there is more than one thread" in done.stdout


async def test_a_worker_that_cannot_lock_itself_does_not_run_a_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unlocked = tmp_path / "worker.py"
    text = WORKER.read_text()
    assert "    filt.load()\n" in text
    unlocked.write_text(text.replace("    filt.load()\n", "    raise OSError('no filters here')\n"))
    monkeypatch.setattr(process, "_PROGRAM", unlocked)
    cage = KernelCage(SandboxLimits(), 0, "plain")
    outcome = await cage.run(EMPTY, 1, 1, seconds=5)
    assert outcome.kind == "refused"
    assert outcome.detail.endswith("did not lock itself: OSError: no filters here")
    await cage.aclose()


def test_elsewhere_or_without_its_libraries_it_is_not_possible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kernel, "find_spec", lambda name: None if name == "seccompy" else object())
    assert (kernel.is_possible() or "").startswith("seccompy not installed")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert kernel.is_possible() == "needs Linux, this is darwin"


def test_the_server_does_not_load_what_only_programs_need() -> None:
    code = (
        "import sys, mockwright.compute.sandbox\n"
        "print(sorted({'numpy', 'scipy', 'pydantic_monty', 'seccompy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
