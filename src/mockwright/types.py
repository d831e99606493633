"""The vocabulary every other module speaks: plain values and protocols.

This module imports nothing internal, so that anything may import it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, Protocol, TypeAlias

# A recursive alias would make every access a cast; the schema validator, not the type
# checker, is what guarantees the form of these values.
Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]


class Missing(Enum):
    """The absence of a JSON value, where ``None`` would mean JSON ``null``."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING

CompletionMode: TypeAlias = Literal["schema", "json", "prompt", "direct"]
"""How the form of an answer was asked for.

By a schema that constrains it, by JSON mode, or by words alone; ``direct`` means that the backend
returned a value, not text.
"""

OnError: TypeAlias = Literal["fail", "skip", "fallback"]
"""What to do where a stage cannot be carried out: end, go on without it, or do another instead."""
Merge: TypeAlias = Literal["deep", "into", "first", "best", "vote"]
"""How the answers of branches become one."""
Partial: TypeAlias = Literal["allow", "fail"]
"""Whether the other branches are enough where one fails."""
Tier: TypeAlias = Literal["fast", "quality", "premium"]
"""How good, and dear, a group of backends is."""
BudgetLevel: TypeAlias = Literal["low", "medium", "high", "unlimited"]
"""The caller's word for how much an answer may cost."""
Mode: TypeAlias = Literal["live", "record", "replay", "auto"]
"""Where answers come from.

Made; made and kept in the lock folder; taken from there alone; or taken from there where they are
and else made and kept.
"""
OnMissing: TypeAlias = Literal["generate", "404"]
"""What a stateful resource nobody has made is: made when it is first asked for, or not there."""
Strategy: TypeAlias = Literal["auto", "sequential", "parallel", "streaming"]
"""How the delays of several completions go together.

One after the other, all at once, or each sent when its own is over; ``auto`` is ``parallel``.
"""
OnUnverified: TypeAlias = Literal["fail", "review", "best_effort"]
"""What to do with computed values that fail their tests.

Answer 502, ask a person, or send them with the failed tests named.
"""
Reasoning: TypeAlias = Literal["language", "computational", "hybrid"]
"""How a request is best answered: by a model's words, by code, or by both."""
Pattern: TypeAlias = Literal["single", "pipeline", "parallel", "loop", "route"]

OnFailure: TypeAlias = Literal["fill", "fail"]
"""What to do with an answer that still breaks its shape: fill from the generator, or answer 502."""
OnInputConflict: TypeAlias = Literal["error", "coerce"]
"""What to do with an input value that has to be kept, but breaks the shape."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One way a value breaks its schema or a rule."""

    pointer: str
    """A JSON Pointer (RFC 6901) into the value; ``""`` is the whole value."""
    code: str
    """The schema keyword that failed (``minLength``), or ``rule``."""
    message: str


@dataclass(frozen=True, slots=True)
class Repair:
    """One change made to what a model wrote, so that it conforms."""

    pointer: str
    kind: str
    """What was done.

    One of ``coerced``, ``renamed``, ``unwrapped``, ``wrapped``, ``dropped``, ``cut``, ``clamped``,
    ``kept-input``, ``kept-fact``, ``reasked``, ``assigned``, ``filled``.
    """
    before: Json
    """The value before; :data:`MISSING` where there was nothing."""
    after: Json
    """The value after; :data:`MISSING` where it was dropped."""


@dataclass(frozen=True, slots=True)
class ErrorSimulation:
    """The error a caller asked to be answered with."""

    status: int
    message: str | None = None
    details: Json = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The form the caller asked for, as one JSON Schema.

    Values are always judged against ``schema``; ``source`` only tells where it came from.
    """

    schema: JsonObject | bool
    source: Literal["example", "schema", "inferred"]
    directives: Mapping[str, Json] = field(default_factory=dict)
    """Top-level ``$``-directives of an example shape, without the ``$``: ``cache``, ``seed``..."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What is kept of an uploaded file; its content is read, hashed and dropped."""

    field: str
    filename: str | None
    content_type: str
    size: int
    """The bytes of the content."""
    sha256: str
    """A hash of the content, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class MockRequest:
    """One request to the mock surface, parsed and free of HTTP."""

    id: str
    method: str
    path: str
    """The path below the mount, with a leading slash, percent-decoded: ``/users/42``."""
    query: tuple[tuple[str, str], ...] = ()
    """The query pairs that are not controls."""
    input: Json | Missing = MISSING
    """The body without its controls; :data:`MISSING` without a body."""
    shape: Shape | None = None
    backends: tuple[str, ...] = ()
    """The names asked for, in order; empty means the whole pool."""
    count: int | None = None
    """How many items the answer is to have."""
    limit: int | None = None
    """How many items a page is to have: as ``count`` where nothing is paged."""
    cache: int | None = None
    """How many variants to keep; None where the request does not say."""
    seed: int | None = None
    rules: tuple[Json, ...] = ()
    """Rules, each a sentence, or a structured rule ``{path, op, value}``."""
    prompt: str | None = None
    locale: str | None = None
    completions: int = 1
    """How many answers are asked for."""
    on_failure: OnFailure | None = None
    on_input_conflict: OnInputConflict | None = None
    error: ErrorSimulation | None = None
    """The error to answer with, in place of an answer."""
    status: int | None = None
    delay: float = 0.0
    """Seconds to wait before answering."""
    flow: str | JsonObject | None = None
    """The name of a configured flow, of a pattern, ``auto``, or a flow itself."""
    budget: BudgetLevel | None = None
    max_cost_usd: float | None = None
    """The most that the answer may cost, in USD."""
    on_unverified: OnUnverified | None = None
    report: bool = False
    """Whether the tests of what was computed are asked beside the answer."""
    mode: Mode | None = None
    context: str | None = None
    """The name of the context whose earlier answers this one has to agree with."""
    state: bool | None = None
    """Whether the path is a resource that requests create, change and delete."""
    autoshape: bool | None = None
    """Whether the structure of an earlier answer is kept where no shape is asked."""
    renewshape: bool = False
    """Whether this answer takes the place of the one whose structure was kept."""
    delay_range: DelayRange | None = None
    """How long a slow API takes for each completion."""
    strategy: Strategy = "auto"


class DelayRange(Protocol):
    """How long a slow API takes for each completion."""

    def seconds(self, draw: float, took: float, average: float) -> float:
        """Return the seconds to wait; ``draw`` is a random number from 0 to 1.

        ``took`` and ``average`` are the seconds that this answer, and answers like it, took to
        make.
        """


class Guard(Protocol):
    """A condition on what is known while a plan is carried out."""

    @property
    def text(self) -> str:
        """The condition as written."""

    def holds(self, facts: Mapping[str, Json]) -> bool:
        """Whether the condition holds; raise GuardError where that cannot be told."""


class Check(Protocol):
    """A rule that code can hold."""

    @property
    def key(self) -> str:
        """The same for rules that ask the same."""

    @property
    def itemwise(self) -> bool:
        """Whether it can be held for each item of a list by itself."""

    def check(self, value: Json) -> tuple[Violation, ...]:
        """Return how ``value`` breaks the rule; each violation has the code ``rule``."""


@dataclass(frozen=True, slots=True)
class ReaskTarget:
    """A part of an answer that is asked again, the rest being good."""

    key: str
    """The property of the re-ask's schema that it is answered under."""
    path: tuple[str | int, ...]
    """Where it belongs in the answer."""
    now: Json | Missing
    """What stands there; :data:`MISSING` where nothing does."""
    beside: Json
    """What stands next to it, cut to its scalars; None where that is told already."""
    faults: tuple[str, ...]
    """What is wrong there, each as a sentence."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one call to a backend is to produce: one JSON value that conforms to ``schema``."""

    schema: JsonObject | bool
    method: str = "GET"
    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    input: Json | Missing = MISSING
    prompt: str | None = None
    rules: tuple[str, ...] = ()
    """Rules as sentences, to be told to a model."""
    seed: int | None = None
    locale: str | None = None
    previous: Json | Missing = MISSING
    """The value that was not good enough, on a re-ask."""
    violations: tuple[Violation, ...] = ()
    """What was wrong with that value."""
    places: tuple[ReaskTarget, ...] = ()
    """The parts of ``previous`` asked again: ``schema`` is for an object with these alone."""
    variant: int = 0
    """Which of several alternative answers this is; a model is told to make each different."""
    on_input_conflict: OnInputConflict = "error"
    checks: tuple[Check, ...] = ()
    """The rules that code can hold."""
    instructions: str | None = None
    """What is to be done at this stage of a flow."""
    background: Json | Missing = MISSING
    """What else is known: to be read, not to be kept."""
    stage: str = ""
    """Where in a flow this is, for those who look on."""

    @property
    def variant_seed(self) -> int | None:
        """The seed of this variant, where the request gives one."""
        return None if self.seed is None else self.seed + self.variant


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call."""

    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    """Whether the backend gave no count, and the text was measured instead."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one backend."""

    backend: str
    number: int
    """1 for the first try at this backend."""
    latency: float
    """How long it took, in seconds."""
    error: str | None = None
    """A code such as ``timeout``, ``status_503`` or ``circuit_open``; None on success."""
    detail: str | None = None
    """What went wrong, in words."""
    breaker: Literal["closed", "open", "half-open"] = "closed"
    """The state of the backend's circuit breaker at the time."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a backend answered to one :class:`Task`."""

    backend: str
    provider: str
    model: str
    text: str = ""
    value: Json | Missing = MISSING
    """Set, instead of ``text``, by a backend that makes values rather than text."""
    mode: CompletionMode = "prompt"
    usage: Usage = field(default_factory=Usage)
    finish_reason: str | None = None
    latency: float = 0.0
    """Seconds of the successful attempt alone."""
    cost_usd: float = 0.0
    attempts: tuple[Attempt, ...] = ()
    """Every attempt made for this completion, in order, the successful one last."""
    prompt: str = ""
    """The prompt as sent, for the journal."""
    seed: int | None = None
    """The seed used, where the backend took one; with it the same answer can be had again."""
    generated: bool = False
    """Whether the generator made it, which reads no prose, and no model."""
    stage: str = ""
    """The stage of a flow that it was made in."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a value was judged."""

    violations: tuple[Violation, ...] = ()
    quality: float = 1.0
    """How good the value is, 0..1."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """What ``quality`` is made of, each 0..1; those that do not apply are absent."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a plan produced, and what it took to make it conform."""

    value: Json
    verdict: Verdict
    """The judgement of the value as the model wrote it, before any repair."""
    remaining: tuple[Violation, ...] = ()
    """What ``value`` still breaks after repair."""
    completions: tuple[Completion, ...] = ()
    repairs: tuple[Repair, ...] = ()
    filled: int = 0
    """How many leaf values the generator had to make."""
    confidence: float | None = None
    """How far several models agreed, 0..1, where they voted."""


@dataclass(frozen=True, slots=True)
class Single:
    """A plan node: one call, with a bounded number of re-asks."""

    backends: tuple[str, ...] = ()
    """Names in order of preference; empty means the whole pool."""
    reasks: int = 1
    """The most times that the model is asked again."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A node in its place in a flow, and what is asked there beside what the request asks."""

    name: str
    node: PlanNode
    schema: JsonObject | bool | None = None
    """The schema of what it makes; None makes the whole."""
    instructions: str | None = None
    rules: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    when: Guard | None = None
    """The condition under which it is carried out."""
    on_error: OnError = "fail"
    fallback: PlanNode | None = None
    """What is done instead, where it cannot be carried out."""
    revise: tuple[tuple[str | int, ...], ...] = ()
    """Paths of what earlier stages made that it may change; ``()`` is all of it, ``*`` any item."""
    into: tuple[str, ...] | None = None
    """Where in the answer what it makes belongs; None lays it over the whole."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A plan node: stages in order, each building on what those before it made."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Parallel:
    """A plan node: branches at the same time, and their answers made into one."""

    branches: tuple[Stage, ...]
    merge: Merge = "deep"
    partial: Partial = "fail"
    accept: Guard | None = None
    """Which answers count, for ``first``, ``best`` and ``vote``; None takes what conforms."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A plan node: generate, check, correct, until it is good enough."""

    generate: PlanNode
    correct: PlanNode
    judge: Single | None = None
    """Who judges; None leaves the check to code."""
    final: PlanNode | None = None
    """What has the last word where the threshold was not reached."""
    threshold: float = 0.8
    """The quality from which on an answer is good enough, 0..1."""
    max_iterations: int = 3
    """The most versions that are made, without that of ``final``."""


@dataclass(frozen=True, slots=True)
class Route:
    """A plan node: the tier that a score led to."""

    score: float
    """The complexity of what is asked, from 1 to 10."""
    tier: Tier
    node: PlanNode


@dataclass(frozen=True, slots=True)
class Chunked:
    """A plan node: a long list made in pieces."""

    node: PlanNode
    path: tuple[str, ...]
    """The names that lead to the list in the answer."""
    total: int
    """The items of the whole list."""
    size: int
    """The most items in one piece."""
    ordered: bool = False
    """Whether a piece has to know those before it."""


PlanNode: TypeAlias = Single | Pipeline | Parallel | Loop | Route | Chunked


class Computable(Protocol):
    """The spec of what is computed of one list."""

    @property
    def place(self) -> tuple[str, ...] | None:
        """The path of the list in the answer; None where the answer itself is the one item."""

    @property
    def count(self) -> int:
        """The number of items."""

    def to_json(self) -> JsonObject:
        """Return the spec as JSON, for people and models."""


class Reported(Protocol):
    """How the computed fields of one list were made, and how they did in their tests."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the computed fields."""

    @property
    def failed(self) -> tuple[str, ...]:
        """What was asked and does not hold, each as a sentence."""

    @property
    def untested(self) -> tuple[str, ...]:
        """What was asked and computed, and what no test can tell."""

    @property
    def weight(self) -> int:
        """The bytes in memory, by estimate."""

    def to_json(self) -> JsonObject:
        """Return spec, steps and report as JSON."""

    def svg(self) -> str:
        """Return a picture of each field against its spec."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What of a request is computed rather than written."""

    specs: tuple[Computable, ...]
    kind: Reasoning
    understood: tuple[str, ...] = ()
    """Phrases of the request that were read as part of a spec."""
    unread: tuple[str, ...] = ()
    """Phrases that ask for something statistical and were not understood."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan is going to take, before any of it is done."""

    calls: int = 0
    """The most calls, re-asks and corrections included."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided about a request. A value: it can be printed and tested without a model."""

    node: PlanNode
    shape: Shape
    task: Task
    variants: int = 0
    """How many variants to keep; 0 answers afresh each time."""
    completions: int = 1
    on_failure: OnFailure = "fill"
    reasons: tuple[str, ...] = ()
    """Why it came out so, and what of the request could not be honoured; for people."""
    flow: str = "single"
    """The name of the flow, or of the pattern where it has none."""
    route: str | None = None
    """The pattern of the path rule that applied."""
    complexity: Mapping[str, float] = field(default_factory=dict)
    """The score, and the factors it is the sum of."""
    estimate: Estimate = field(default_factory=Estimate)
    budget: BudgetLevel | None = None
    max_cost_usd: float | None = None
    """The most that the answer may cost, in USD; None for any."""
    ignored: tuple[str, ...] = ()
    """Controls that were understood and cannot be honoured as the gateway is configured."""
    computed: Computed | None = None
    on_unverified: OnUnverified = "best_effort"
    report: bool = False
    asked: Shape | None = None
    """The shape as the request or the path rule has it; None where nobody asked for one."""
    mode: Mode = "live"
    ignore: tuple[str, ...] = ()
    """What of a request does not count when its recording is looked for."""
    context: str | None = None
    state: bool = False
    on_missing: OnMissing = "generate"
    learns: str | None = None
    """The name under which the structure of the answer is to be kept."""
    autoshape: str | None = None
    """The name of the kept structure that the answer is to have."""
    status: int | None = None
    """The status that the request, or else the path rule, asks for."""
    delay: float = 0.0
    """Seconds to wait before answering."""


@dataclass(slots=True)
class StageRecord:
    """One stage of a plan, as it goes."""

    stage: str
    """Its name, after those of the stages it is part of: ``product.pricing``."""
    pattern: str
    state: Literal["running", "done", "skipped", "failed", "cancelled"] = "running"
    seconds: float = 0.0
    """How long it took."""
    cost_usd: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    backends: tuple[str, ...] = ()
    """Who answered, in order."""
    calls: int = 0
    quality: float | None = None
    note: str | None = None
    """Why it was skipped or failed, or what came of it."""


@dataclass(slots=True)
class Trace:
    """What happened to one request, gathered on its way; the journal keeps it."""

    plan: Plan | None = None
    candidates: list[Candidate] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    """Attempts of calls that failed altogether; those of a completion are with the completion."""
    notes: list[str] = field(default_factory=list)
    """What happened, in sentences."""
    timings: list[tuple[str, float]] = field(default_factory=list)
    """Stage name and seconds, in order of completion."""
    stages: list[StageRecord] = field(default_factory=list)
    """The stages, in the order of their beginning."""
    lost: list[Completion] = field(default_factory=list)
    """Calls whose answers are in no candidate: of branches that lost, of judges, of what failed."""
    progress: tuple[int, int] | None = None
    """How many of how many items of a long list are there."""
    computed: list[Reported] = field(default_factory=list)
    """For each list with computed fields its spec, how its values were made, and their tests."""
    recording: str = ""
    """The file of the recording of a chat's answer."""
    replayed: bool = False
    """Whether the answer comes from that recording."""

    @property
    def cost_usd(self) -> float:
        """What all completions cost together, in USD."""
        return sum(done.cost_usd for done in self.completions)

    @property
    def completions(self) -> list[Completion]:
        """Every call that was answered."""
        return [*(done for it in self.candidates for done in it.completions), *self.lost]


class Span(Protocol):
    """A piece of work that is observed from outside."""

    def tell(self, **attributes: Json) -> None:
        """Set attributes that have come out about it; None is left out."""


class Observe(Protocol):
    """Begins spans; they nest as the calls do."""

    def __call__(self, name: str, **attributes: Json) -> AbstractContextManager[Span]:
        """Return a span from here to the end of the block; an exception marks it as failed."""


CacheState: TypeAlias = Literal["hit", "miss", "bypass", "stale", "replay"]
"""Whether the answer is a kept variant, and how it came about."""


@dataclass(frozen=True, slots=True)
class MockResponse:
    """One answer: the bytes that go out, and what the headers tell about them."""

    body: bytes
    backend: str
    cache: CacheState = "bypass"
    seed: str | None = None
    """The seed with which the same answer can be had again, as the header tells it."""
    quality: float | None = None
    filled: int = 0
    cost_usd: float = 0.0
    flow: str = "single"
    confidence: float | None = None
    computed: tuple[str, ...] = ()
    """The fields that were computed."""
    unverified: tuple[str, ...] = ()
    """What does not hold of what was computed, each as a sentence."""
    ignored: tuple[str, ...] = ()
    """What of the request was understood but could not be honoured."""
    timings: tuple[tuple[str, float], ...] = ()
    """Stage name and seconds, for ``Server-Timing``."""
    head: tuple[tuple[bytes, bytes], ...] = ()
    """The encoded header fields of a stored variant; sent as they are, in place of the above."""
    status: int = 200
    extra: tuple[tuple[bytes, bytes], ...] = ()
    """Further header fields, of a stateful resource: ``Location``, ``Link`` ..."""
    recording: str | None = None
    """The file of the lock folder that it was taken from, or written to."""
    agreed: int = 0
    """Values that were changed to agree with earlier answers of the context."""
    autoshape: str | None = None
    """The path template whose structure it has."""


class Generate(Protocol):
    """Has a backend answer a task; raises :class:`~mockwright.errors.BackendError`."""

    async def __call__(self, task: Task, backends: Sequence[str]) -> Completion:
        """Return the completion of the first of ``backends`` to answer, or of the whole pool."""


class Verify(Protocol):
    """Makes the answer of a model conform, and judges it as it came."""

    def __call__(self, completion: Completion, task: Task) -> Candidate:
        """Return the candidate; never raise for what the model wrote, which the verdict tells."""
