"""Several backends acting as one: weighted choice over the usable, fallback to the next.

A backend is offered to everybody while it is enabled and its weight is above 0. With weight 0 it is
drained: it gets no share of the load, but answers those who name it, and serves as a fallback.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Container,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

from mockwright.backends.base import Probe
from mockwright.backends.resilience import PoolCall
from mockwright.backends.resilient import ResilientBackend
from mockwright.backends.stats import BackendState, BackendStatus
from mockwright.backends.streaming import Stream
from mockwright.chat.types import ChatReply, ChatRequest, ChatStream, Embeddings, EmbedRequest
from mockwright.errors import AllBackendsFailedError, BackendError, UnknownBackendError
from mockwright.types import Attempt, Completion, JsonObject, Task

T = TypeVar("T")

AUTO: Final = "auto"
"""In place of a name: whichever backend the pool thinks best."""


@dataclass(slots=True, eq=False)
class Member:
    """A backend's place in the pool, as configured and as administered since."""

    backend: ResilientBackend
    weight: int = 1
    priority: int = 0
    fallbacks: tuple[str, ...] = ()
    enabled: bool = True
    turn: int = field(default=0, init=False)
    """Its standing in the round-robin; see :func:`_next_in_turn`."""

    @property
    def name(self) -> str:
        """The name of its backend, by which it is asked for."""
        return self.backend.name


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One member, whatever its state."""

    name: str
    provider: str
    model: str
    """The configured one; may be empty."""
    enabled: bool


class Pool:
    """A ``Backend`` of several: each call is answered by one of its members.

    Every call takes ``backends``: the named are tried in the order of their names, then their
    configured fallbacks; none or ``auto`` is the whole pool, by weight. ``deadline`` is of the
    event loop's clock; the configured seconds from now where it is not given. Raises
    UnknownBackendError, or AllBackendsFailedError with every attempt.

    An answer names the member that gave it, not the pool. A pool may be a member of another, behind
    a ``ResilientBackend`` of its own and under another name than ``auto``; the outer one counts it
    as one backend, which failed where all of its members did.
    """

    provider: str = "mockwright"
    model: str = ""
    """None of its own: it depends on who answers."""
    supported_fields: frozenset[str] | None = None
    """Each answer tells what its member did not act on; the pool passes everything on."""

    def __init__(self, members: Sequence[Member], *, deadline: float, name: str = AUTO) -> None:
        self.name = name
        self._members = {member.name.casefold(): member for member in members}
        self._deadline = deadline
        self._active = 0
        self._streams: set[Stream] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    async def complete(
        self, task: Task, backends: Sequence[str] = (), *, deadline: float | None = None
    ) -> Completion:
        """Answer a task."""
        return await self._offer(lambda one, call: one.complete(task, call), backends, deadline)

    async def chat(
        self, request: ChatRequest, backends: Sequence[str] = (), *, deadline: float | None = None
    ) -> ChatReply:
        """Answer a chat in one piece."""
        return await self._offer(lambda one, call: one.chat(request, call), backends, deadline)

    async def embed(
        self, request: EmbedRequest, backends: Sequence[str] = (), *, deadline: float | None = None
    ) -> Embeddings:
        """Embed each text."""
        return await self._offer(lambda one, call: one.embed(request, call), backends, deadline)

    async def stream(
        self, request: ChatRequest, backends: Sequence[str] = (), *, deadline: float | None = None
    ) -> AsyncGenerator[JsonObject]:
        """Yield the chunks of :meth:`open`, which is entered with the first."""
        async with self.open(request, backends, deadline=deadline) as opened:
            async for chunk in opened:
                yield chunk

    @asynccontextmanager
    async def open(
        self, request: ChatRequest, backends: Sequence[str] = (), *, deadline: float | None = None
    ) -> AsyncIterator[ChatStream]:
        """Answer a chat in pieces, the first of which is there on entry; tell who answers.

        ``deadline`` is for that piece. After it nothing is tried again: a stream that breaks off
        raises BackendError to its reader. Leaving early hangs up on the backend, and counts
        neither for nor against it.
        """
        with self._under_way():
            opened = await self._offer(
                lambda one, call: one.open(request, call), backends, deadline
            )
            self._streams.add(opened)
            try:
                async with aclosing(opened):
                    yield opened
            finally:
                self._streams.discard(opened)

    async def drained(self) -> None:
        """Wait until no call or stream is under way, those waiting to try again included."""
        await self._idle.wait()

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        self._active += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._active -= 1
            if not self._active:
                self._idle.set()

    async def _offer(
        self,
        ask: Callable[[ResilientBackend, PoolCall], Awaitable[T]],
        backends: Sequence[str],
        deadline: float | None,
    ) -> T:
        names = self.resolve(backends)
        with self._under_way():
            loop = asyncio.get_running_loop()
            call = PoolCall(loop.time() + self._deadline if deadline is None else deadline)
            causes: dict[str, BackendError] = {}
            for member in self._named(names) if names else self._by_weight():
                try:
                    return await ask(member.backend, call)
                except BackendError as error:
                    causes[member.name] = error
                if loop.time() >= call.deadline:
                    break
            raise self._failure(names, call.attempts, causes)

    def resolve(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return ``names`` as they are configured, each once; nothing for none and for ``auto``.

        Raises UnknownBackendError for a name that does not exist or is disabled.
        """
        if not names or [name.casefold() for name in names] == [AUTO]:
            return ()
        return tuple(dict.fromkeys(self._find(name).name for name in names))

    def catalogue(self) -> tuple[CatalogueEntry, ...]:
        """Return what members there are, in the order of the configuration."""
        return tuple(
            CatalogueEntry(
                member.name, member.backend.provider, member.backend.model, member.enabled
            )
            for member in self._members.values()
        )

    def status(self) -> tuple[BackendStatus, ...]:
        """Return how each member is now, in the order of the configuration."""
        return tuple(_status(member) for member in self._members.values())

    def enable(self, name: str) -> None:
        """Take a backend into service; raises UnknownBackendError."""
        self._any(name).enabled = True

    def disable(self, name: str) -> None:
        """Take a backend out of service; calls in flight go on. Raises UnknownBackendError."""
        self._any(name).enabled = False

    def reset(self, name: str) -> None:
        """Close a backend's breaker and forget its failures; raises UnknownBackendError."""
        self._any(name).backend.breaker.reset()

    async def probe(self) -> Probe:
        """Look whether any enabled member can be reached, and whether any of those is fit."""
        probes = await self.probe_members()
        reachable = [probe for probe in probes.values() if probe.reachable]
        fit = any(probe.model_present is not False for probe in reachable)
        details = (f"{name}: {probe.detail}" for name, probe in probes.items() if probe.detail)
        return Probe(bool(reachable), fit if reachable else None, "; ".join(details))

    async def probe_members(self, seconds: float = 5.0) -> dict[str, Probe]:
        """Return what each enabled member says to a probe, by name; all are asked at once."""
        members = [member for member in self._members.values() if member.enabled]
        probes = await asyncio.gather(*(_probe(member, seconds) for member in members))
        return {member.name: probe for member, probe in zip(members, probes, strict=True)}

    async def aclose(self) -> None:
        """Close the connections of all members; streams under way break off."""
        for stream in self._streams:
            stream.give_up()
        await asyncio.gather(*(member.backend.aclose() for member in self._members.values()))

    def _named(self, names: Sequence[str]) -> Iterator[Member]:
        """Yield the named, then their fallbacks; a fallback that is disabled is passed over."""
        named = [self._find(name) for name in names]
        spare = [self._any(name) for member in named for name in member.fallbacks]
        for member in dict.fromkeys((*named, *spare)):
            if member.enabled:
                yield member

    def _by_weight(self) -> Iterator[Member]:
        """Yield each time the next by weight of the highest priority with a usable member left."""
        left = [member for member in self._members.values() if member.weight]
        while usable := [m for m in left if m.enabled and m.backend.usable]:
            highest = max(member.priority for member in usable)
            member = _next_in_turn([m for m in usable if m.priority == highest])
            left.remove(member)
            yield member

    def _failure(
        self, names: Sequence[str], attempts: Sequence[Attempt], causes: Mapping[str, BackendError]
    ) -> AllBackendsFailedError:
        """Return the error that tells what became of each; ``causes`` are by member."""
        skipped = () if names else self._skipped(causes.keys())
        errors = (*causes.values(), *skipped)
        waits = [error.retry_after for error in errors if error.retry_after]
        faults = "; ".join(str(error) for error in errors)
        return AllBackendsFailedError(
            f"no backend answered: {faults or 'none is enabled with a weight above 0'}",
            [*attempts, *map(self._skip, skipped)],
            causes=errors,
            retry_after=min(waits, default=None),
        )

    def _skipped(self, tried: Container[str]) -> tuple[BackendError, ...]:
        """Return why the others were passed over."""
        left = (m for m in self._members.values() if m.enabled and m.weight)
        refusals = (m.backend.refusal() for m in left if m.name not in tried)
        return tuple(refusal for refusal in refusals if refusal is not None)

    def _skip(self, error: BackendError) -> Attempt:
        breaker = self._any(error.backend).backend.breaker.state
        return Attempt(error.backend, 0, 0.0, error.code, str(error), breaker)

    def _find(self, name: str) -> Member:
        member = self._members.get(name.casefold())
        if member is None or not member.enabled:
            enabled = [m.name for m in self._members.values() if m.enabled]
            raise UnknownBackendError(name, enabled, disabled=member is not None)
        return member

    def _any(self, name: str) -> Member:
        member = self._members.get(name.casefold())
        if member is None:
            raise UnknownBackendError(name, [m.name for m in self._members.values()])
        return member


def _next_in_turn(members: Sequence[Member]) -> Member:
    """Return the next of the smooth weighted round-robin, as nginx has it.

    With weights 5, 1, 1 they come as a a b a c a a: a heavy member has not all its turns in a row.
    """
    for member in members:
        member.turn += member.weight
    chosen = max(members, key=lambda member: member.turn)
    chosen.turn -= sum(member.weight for member in members)
    return chosen


async def _probe(member: Member, seconds: float) -> Probe:
    try:
        async with asyncio.timeout(seconds):
            return await member.backend.probe()
    except TimeoutError:
        return Probe(False, None, f"no answer within {seconds:g} s")


def _state(member: Member) -> BackendState:
    if not member.enabled:
        return "disabled"
    if member.backend.breaker.state != "closed":
        return member.backend.breaker.state
    if member.backend.limiter.saturated:
        return "saturated"
    return "ready" if member.weight else "drained"


def _status(member: Member) -> BackendStatus:
    backend = member.backend
    stats = backend.stats
    errors = sum(stats.errors.values())
    calls = stats.successes + errors
    p50, p95 = stats.percentiles(0.5, 0.95)
    return BackendStatus(
        name=member.name,
        provider=backend.provider,
        model=backend.model,
        state=_state(member),
        enabled=member.enabled,
        weight=member.weight,
        priority=member.priority,
        breaker=backend.breaker.state,
        retry_after=backend.breaker.retry_after or None,
        in_flight=backend.limiter.in_flight,
        queued=backend.limiter.queued,
        calls=calls,
        errors=errors,
        success_rate=stats.successes / calls if calls else None,
        latency_mean=stats.mean(),
        latency_p50=p50,
        latency_p95=p95,
        latency_sum=stats.latency_sum,
        latency_buckets=stats.cumulative(),
        errors_by_code=tuple(sorted(stats.errors.items())),
        last_error=stats.last_error,
        last_error_at=stats.last_error_at,
        input_tokens=stats.input_tokens,
        output_tokens=stats.output_tokens,
        cost_usd=stats.cost_usd,
    )
