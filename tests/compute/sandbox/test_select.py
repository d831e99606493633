from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from mockwright.compute.sandbox import (
    ProgramOutcome,
    Sandbox,
    SandboxLimits,
    Tier,
    interpreter,
    kernel,
    select,
)
from mockwright.compute.sandbox.select import Wish
from mockwright.compute.sandbox.selftest import DRAWN, HOSTILE, NUMERIC, PLAIN, Trial

ALL = {trial.program: trial for trial in (PLAIN, NUMERIC, DRAWN, *HOSTILE)}


class FakeCage:
    """Gives each trial the outcome that it must get, except where it is told otherwise."""

    guide = "use nothing"
    made: list[FakeCage]

    def __init__(self, tier: Tier, answer: Callable[[Trial], ProgramOutcome | None]) -> None:
        self.tier = tier
        self.answer = answer
        self.closed = False

    async def run(self, program: str, n: int, seed: int, *, seconds: float) -> ProgramOutcome:
        if program not in ALL:
            return ProgramOutcome("ok", "[]")
        trial = ALL[program]
        kind, told = trial.expected[self.tier]
        right = (
            ProgramOutcome(kind, told)
            if kind == "ok"
            else ProgramOutcome(kind, detail=told + " ...")
        )
        return self.answer(trial) or right

    async def aclose(self) -> None:
        self.closed = True


def _as_it_must_be(trial: Trial) -> ProgramOutcome | None:
    return None


def _all_stopped(trial: Trial) -> ProgramOutcome | None:
    return ProgramOutcome("killed", detail="SIGSYS: a call that is not allowed")


def _open(trial: Trial) -> ProgramOutcome | None:
    return ProgramOutcome("ok", '[{"read": "root:x:0:0"}]') if trial in HOSTILE else None


def _open_network(trial: Trial) -> ProgramOutcome | None:
    return ProgramOutcome("ok", '[{"fd": 3}]') if trial.name == "opens a socket" else None


def _wrong_numbers(trial: Trial) -> ProgramOutcome | None:
    return ProgramOutcome("ok", "[]") if trial is NUMERIC else None


@pytest.fixture
def jails(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[FakeCage]]:
    """Puts fakes in the place of both tiers."""

    def put(
        in_kernel: Callable[[Trial], ProgramOutcome | None] = _as_it_must_be,
        in_interpreter: Callable[[Trial], ProgramOutcome | None] = _as_it_must_be,
        lacking: str | None = None,
    ) -> list[FakeCage]:
        made: list[FakeCage] = []

        def build(tier: Tier, answer: Callable[[Trial], ProgramOutcome | None]) -> FakeCage:
            made.append(FakeCage(tier, answer))
            return made[-1]

        monkeypatch.setattr(select, "KernelCage", lambda *_: build("kernel", in_kernel))
        monkeypatch.setattr(
            select, "InterpreterCage", lambda *_: build("interpreter", in_interpreter)
        )
        monkeypatch.setattr(kernel, "is_possible", lambda: lacking)
        monkeypatch.setattr(interpreter, "is_possible", lambda: None)
        return made

    return put


async def _opened(wish: Wish) -> Sandbox:
    sandbox = Sandbox(wish, 1, SandboxLimits())
    await sandbox.open()
    return sandbox


async def test_the_strongest_that_passes_is_used(jails: Callable[..., list[FakeCage]]) -> None:
    made = jails()
    sandbox = await _opened("auto")
    assert (sandbox.tier, sandbox.report) == ("kernel", {"kernel": "passed"})
    assert sandbox.guide == "use nothing"
    assert (await sandbox.run("x", 0, 1, seconds=1)).kind == "ok"
    await sandbox.aclose()
    assert all(cage.closed for cage in made)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (_all_stopped, "plain sums: expected ok, found killed"),
        (_open, "reads a file: expected error, found ok"),
        (_open_network, "opens a socket: expected killed, found ok"),
        (_wrong_numbers, "draws from numpy and scipy: expected ok, found ok []"),
    ],
)
async def test_a_jail_that_fails_one_trial_is_not_used(
    jails: Callable[..., list[FakeCage]],
    broken: Callable[[Trial], ProgramOutcome | None],
    told: str,
) -> None:
    made = jails(in_kernel=broken)
    sandbox = await _opened("auto")
    assert sandbox.tier == "interpreter"
    assert told in sandbox.report["kernel"]
    assert sandbox.report["interpreter"] == "passed"
    assert all(cage.closed for cage in made if cage.tier == "kernel")
    await sandbox.aclose()


async def test_a_wish_that_cannot_be_had_is_not_replaced_by_something_weaker(
    jails: Callable[..., list[FakeCage]],
) -> None:
    jails(in_kernel=_open)
    sandbox = await _opened("kernel")
    assert sandbox.tier == "none"
    assert list(sandbox.report) == ["kernel"]
    assert (await sandbox.run("x", 0, 1, seconds=1)).kind == "refused"
    await sandbox.aclose()


async def test_what_the_machine_lacks_is_told(jails: Callable[..., list[FakeCage]]) -> None:
    jails(lacking="needs Linux", in_interpreter=_all_stopped)
    sandbox = await _opened("auto")
    assert sandbox.tier == "none"
    assert sandbox.report["kernel"] == "needs Linux"
    assert "expected ok, found killed" in sandbox.report["interpreter"]
    await sandbox.aclose()


async def test_an_interpreter_that_is_wished_for_is_used_where_the_kernel_would_do(
    jails: Callable[..., list[FakeCage]],
) -> None:
    made = jails()
    sandbox = await _opened("interpreter")
    assert (sandbox.tier, [cage.tier for cage in made]) == ("interpreter", ["interpreter"])
    await sandbox.aclose()


async def test_none_runs_nothing(jails: Callable[..., list[FakeCage]]) -> None:
    made = jails()
    sandbox = await _opened("none")
    assert (sandbox.tier, sandbox.guide, sandbox.report, made) == ("none", "", {}, [])
    assert (await sandbox.run("x", 0, 1, seconds=1)).kind == "refused"
    await sandbox.aclose()


async def test_the_trials_are_held_once_however_many_ask(
    jails: Callable[..., list[FakeCage]],
) -> None:
    made = jails()
    sandbox = Sandbox("interpreter")
    await asyncio.gather(*(sandbox.run("x", 0, 1, seconds=1) for _ in range(5)))
    assert len(made) == 1
    await sandbox.aclose()


async def test_closing_before_the_trials_are_over_ends_them(
    monkeypatch: pytest.MonkeyPatch, jails: Callable[..., list[FakeCage]]
) -> None:
    async def endless(*_: object) -> list[str]:
        await asyncio.sleep(60)
        return []

    made = jails()
    monkeypatch.setattr(select, "faults", endless)
    sandbox = Sandbox("auto")
    opening = asyncio.create_task(sandbox.open())
    await asyncio.sleep(0.01)
    await sandbox.aclose()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert made
    assert all(cage.closed for cage in made)


def test_there_is_an_outcome_for_each_trial_in_each_tier_that_it_is_for() -> None:
    assert len(HOSTILE) == 6
    for trial in (PLAIN, *HOSTILE):
        assert set(trial.expected) == {"kernel", "interpreter"}


def test_trials_are_programs() -> None:
    for trial in ALL.values():
        compile(trial.program, trial.name, "exec")
