"""A script of faults, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mockwright.faults.fault import Fault
from mockwright.faults.latency import Latency
from mockwright.faults.rate_limit import Quota, Window
from mockwright.rng import Rng
from mockwright.shapes.rest.path_pattern import compile_path
from mockwright.types import Json, JsonObject

_NOTHING: Final = Fault()


@dataclass(frozen=True, slots=True)
class FaultStep:
    """One entry of a sequence."""

    fault: Fault | None
    """What happens; None lets the request pass."""
    times: int = 1
    """How many requests it happens to, one after another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """Which requests something happens to, and what."""

    given: Json
    """The rule as it was written."""
    methods: frozenset[str] = frozenset()
    """Methods in capitals; empty means all."""
    path: str = "/**"
    """A pattern of paths, such as ``/users/**``."""
    steps: tuple[FaultStep, ...] = ()
    repeat: bool = False
    """Whether the sequence begins again after its end."""
    chance: float = 1.0
    """The share of the requests that take a step or, where there are none, have the latency."""
    seed: int = 0
    latency: Latency | None = None
    quota: Quota | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about such a request."""
        if self.methods and method not in self.methods:
            return False
        return compile_path(self.path).fullmatch(path) is not None


class FaultScript:
    """Rules in order; the first whose match holds decides, also where it lets a request pass.

    ``most`` is the longest delay, in seconds.
    """

    def __init__(self, rules: Sequence[FaultRule], most: float) -> None:
        self._rules = [_Running(rule, Rng(rule.seed).child(i)) for i, rule in enumerate(rules)]
        self._most = most

    def next(self, method: str, path: str, now: float) -> Fault | None:
        """Count a request, and return what happens to it; None where nothing does.

        ``path`` is percent-decoded, ``now`` seconds of any clock that does not go back.
        """
        for running in self._rules:
            if running.rule.matches(method, path):
                return running.next(now, self._most)
        return None

    def to_json(self) -> Json:
        """Return each rule as written, how often it matched and did something, and what is next."""
        return [running.to_json() for running in self._rules]


class _Running:
    """A rule and its counters."""

    def __init__(self, rule: FaultRule, rng: Rng) -> None:
        self.rule = rule
        self._rng = rng
        self._window = Window(rule.quota) if rule.quota else None
        self._matched = 0
        self._fired = 0
        self._at = 0
        """The step that comes next."""
        self._taken = 0
        """How often that step was taken already."""

    def next(self, now: float, most: float) -> Fault | None:
        """Return what happens to one more request.

        A request over the rate limit takes no step; its draws are made, so that they count.
        """
        rule = self.rule
        # By the number of the request: what happens to the tenth does not depend on the nine
        # before.
        draws = self._rng.child(self._matched)
        self._matched += 1
        chosen = draws.child("chance").random() < rule.chance
        delay = 0.0
        # Where there are steps the chance is theirs, and every request has the latency.
        if rule.latency is not None and (chosen or rule.steps):
            delay = rule.latency.draw(draws.child("latency"))
        taken = None if self._window is None else self._window.take(now)
        if taken is not None and taken.over:
            fault = taken.refusal()
        else:
            fault = (self._step() if chosen else None) or _NOTHING
        fault = fault.later(delay, most).named()
        self._fired += bool(fault.name)
        if taken is not None:
            return fault.with_fields(taken.fields())
        return fault if fault.name else None

    def _step(self) -> Fault | None:
        steps = self.rule.steps
        if self._at >= len(steps):
            return None
        step = steps[self._at]
        self._taken += 1
        if self._taken >= step.times:
            self._at, self._taken = self._at + 1, 0
        if self._at >= len(steps) and self.rule.repeat:
            self._at = 0
        return step.fault

    def to_json(self) -> JsonObject:
        """Return the rule, its counters and its next step."""
        told = {"rule": self.rule.given, "matched": self._matched, "fired": self._fired}
        if not self.rule.steps:
            return told
        if self._at >= len(self.rule.steps):
            return {**told, "next": None}
        left = self.rule.steps[self._at].times - self._taken
        return {**told, "next": {"entry": self._at, "left": left}}
