"""The engine of the chat surfaces: how a chat request becomes an answer that keeps to the request.

Resolve the model to backends, have the pool answer, make each choice conform, count what it took.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

from mockwright.backends.pool import AUTO, Pool
from mockwright.chat.chunks import GatheredMessage, in_pieces, usage_object
from mockwright.chat.tool_calls import finish_reason
from mockwright.chat.types import (
    ChatReply,
    ChatRequest,
    ChatStream,
    Conformed,
    Embeddings,
    EmbedRequest,
    text_of,
)
from mockwright.errors import AllBackendsFailedError, TransportError, UnknownModelError
from mockwright.gateway.chats import ChatAnswer, ChatCall
from mockwright.gateway.conform_message import conform_message
from mockwright.gateway.flow_models import Flows
from mockwright.generator.interfaces import Hints, Realist, present
from mockwright.jsontext import dump
from mockwright.rng import seed_or_drawn
from mockwright.types import (
    Candidate,
    Completion,
    Json,
    JsonObject,
    Trace,
    Usage,
    Verdict,
)

_PROMPT_CHARS: Final = 16_000
"""Characters of the messages that the journal keeps as the prompt of a call."""


@dataclass(frozen=True, slots=True)
class ModelListing:
    """A name that a client may ask for as a model."""

    id: str
    owner: str
    """The provider behind it; ``mockwright`` for the pool, flows and aliases."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Answers chats by backends and flows; ``app.build_conversation`` puts one together."""

    pool: Pool
    aliases: Mapping[str, str]
    """Patterns of model names (``gpt-4*``), each with the name that is meant instead."""
    realist: Realist | None = None
    """The generator's sense of what values look like, for filling a model's answer."""
    flows: Flows = Flows()  # noqa: RUF009 - frozen, so sharing it is safe

    def models(self) -> tuple[ModelListing, ...]:
        """Return every name that may be asked for: the pool, flows, backends, their models,
        aliases.

        Patterns are left out, since nobody can ask for a pattern.
        """
        backends = [entry for entry in self.pool.catalogue() if entry.enabled]
        named = [ModelListing(AUTO, "mockwright")]
        named += [ModelListing(entry.name, entry.provider) for entry in backends]
        named += [ModelListing(entry.model, entry.provider) for entry in backends if entry.model]
        named += [ModelListing(flow, "mockwright") for flow in self.flows.models()]
        named += [ModelListing(alias, "mockwright") for alias in self.aliases if "*" not in alias]
        # Of equal names the first stays, in its place: it is the one that `resolve` would choose.
        return tuple({model.id: model for model in reversed(named)}.values())[::-1]

    def resolve(self, model: str) -> tuple[str, ...]:
        """Return the names of the backends that answer for ``model``; empty for the whole pool.

        A backend's own name comes before the name of the model behind it, and both before an alias.
        Raises UnknownModelError.
        """
        target = self._by_name(model)
        if target is None:
            alias = next((a for a in self.aliases if fnmatchcase(model, a)), None)
            target = None if alias is None else self._by_name(self.aliases[alias])
        if target is None:
            raise UnknownModelError(model, [listed.id for listed in self.models()])
        return target

    def _by_name(self, model: str) -> tuple[str, ...] | None:
        if model.casefold() == AUTO:
            return ()
        if (flow := self.flows.find(model)) is not None:
            return (flow,)
        backends = [entry for entry in self.pool.catalogue() if entry.enabled]
        for entry in backends:
            if entry.name.casefold() == model.casefold():
                return (entry.name,)
        return tuple(entry.name for entry in backends if entry.model == model) or None

    async def chat(self, request: ChatRequest, call: ChatCall) -> ChatAnswer:
        """Return one completion whose choices all conform; raises MockwrightError."""
        backends, trace = call.backends(), call.trace
        reply = await self._reply(request, backends, trace)
        choices = [*reply.body["choices"]]
        replies = [reply]
        while len(choices) < request.choices:
            # A server that does not know `n` made one choice: it is asked again, under another
            # seed so that the choices differ.
            again = backends if self.flows.asked(backends) else (reply.backend,)
            more = await self._reply(_for_choice(request, len(choices)), again, trace)
            replies.append(more)
            choices += more.body["choices"][: request.choices - len(choices)]
        judged = [
            conform_choice(choice["message"], request, i, self.realist)
            for i, choice in enumerate(choices)
        ]
        finished = [
            _finished_choice(choice, i, conformed)
            for i, (choice, conformed) in enumerate(zip(choices, judged, strict=True))
        ]
        usage = _total_usage([one.usage for one in replies])
        for one, conformed in zip(_reply_per_choice(replies, len(judged)), judged, strict=True):
            trace.candidates.append(_candidate(request, one, conformed))
        return ChatAnswer(
            body=_completion_object(reply, finished, usage),
            backend=reply.backend,
            usage=usage,
            cost_usd=sum(one.cost_usd for one in replies),
            filled=sum(one.filled for one in judged) + sum(one.filled for one in replies),
            quality=min(*(one.quality for one in judged), *(one.quality for one in replies)),
            ignored=reply.ignored,
        )

    @asynccontextmanager
    async def stream(
        self, request: ChatRequest, call: ChatCall
    ) -> AsyncIterator[ChatStreamResponse]:
        """Open one completion as a stream, whose first chunk is there on entry.

        Whatever has a form to conform to is held back until it is whole, because a chunk that was
        sent cannot be repaired. Text without a form is passed on as it comes. Raises
        MockwrightError.
        """
        backends, trace = call.backends(), call.trace
        # Around the whole stream: further choices are opened while the first one is being read.
        try:
            async with self._open(request, backends, trace) as upstream:

                def more(index: int) -> AbstractAsyncContextManager[ChatStream]:
                    again = backends if self.flows.asked(backends) else (upstream.backend,)
                    return self._open(_for_choice(request, index), again, trace)

                talk = ChatStreamResponse(request, upstream, more, trace, self.realist)
                try:
                    yield talk
                finally:
                    talk.note()
        except AllBackendsFailedError as error:
            trace.attempts += error.attempts
            raise

    async def embed(self, request: EmbedRequest, call: ChatCall) -> Embeddings:
        """Return one vector for each text; raises MockwrightError."""
        backends, trace = call.backends(), call.trace
        start = time.perf_counter()
        try:
            found = await self.pool.embed(request, backends)
        except AllBackendsFailedError as error:
            trace.attempts += error.attempts
            raise
        finally:
            trace.timings.append(("generate", time.perf_counter() - start))
        completion = Completion(
            backend=found.backend,
            provider=found.provider,
            model=found.model,
            mode="direct",
            usage=found.usage,
            latency=found.latency,
            cost_usd=found.cost_usd,
            attempts=found.attempts,
            prompt="\n".join(request.texts)[:_PROMPT_CHARS],
        )
        # Without its value: the journal keeps what the call took, not the vectors.
        trace.candidates.append(Candidate(None, Verdict(), completions=(completion,)))
        return found

    def _open(
        self, request: ChatRequest, backends: Sequence[str], trace: Trace
    ) -> AbstractAsyncContextManager[ChatStream]:
        flow = self.flows.asked(backends)
        if flow is not None:
            return self.flows.stream(request, flow, trace)
        return self.pool.open(request, backends)

    async def _reply(
        self, request: ChatRequest, backends: Sequence[str], trace: Trace
    ) -> ChatReply:
        flow = self.flows.asked(backends)
        if flow is not None:
            return await self.flows.chat(request, flow, trace)
        start = time.perf_counter()
        try:
            return await self.pool.chat(request, backends)
        except AllBackendsFailedError as error:
            trace.attempts += error.attempts
            raise
        finally:
            trace.timings.append(("generate", time.perf_counter() - start))


class ChatStreamResponse:
    """One streamed completion that conforms as it goes out."""

    def __init__(
        self,
        request: ChatRequest,
        upstream: ChatStream,
        more: Callable[[int], AbstractAsyncContextManager[ChatStream]],
        trace: Trace,
        realist: Realist | None,
    ) -> None:
        self.backend = upstream.backend
        self.ignored = upstream.ignored
        self.model = upstream.model
        self._request = request
        self._upstreams = [upstream]
        self._more = more
        """Opens a stream of the choice with that number, for a server that makes one choice at a
        time."""
        self._trace = trace
        self._realist = realist
        self._gathered: dict[int, GatheredMessage] = {}
        self._conformed: list[Conformed] = []
        self._base: JsonObject = {}
        self._started = time.perf_counter()
        self._noted = False

    @property
    def usage(self) -> Usage:
        """The tokens of all choices; complete when the stream has ended."""
        return _total_usage([upstream.usage for upstream in self._upstreams])

    @property
    def cost_usd(self) -> float:
        """The cost of all choices in USD; complete when the stream has ended."""
        return sum(upstream.cost_usd for upstream in self._upstreams)

    async def chunks(self) -> AsyncGenerator[JsonObject, None]:
        """Yield ``chat.completion.chunk`` objects, but none for the usage; raises BackendError."""
        async for piece in self._relay(self._upstreams[0], 0):
            yield piece
        if not self._gathered:
            raise TransportError(
                f"backend {self.backend!r} ended its stream without an answer", backend=self.backend
            )
        while (have := len(self._gathered)) < self._request.choices:
            async with self._more(have) as upstream:
                self._upstreams.append(upstream)
                async for piece in self._relay(upstream, have):
                    yield piece
            # A server that sends no further choice would be asked for ever.
            if len(self._gathered) == have:
                break
        self.note()

    async def _relay(self, upstream: ChatStream, first: int) -> AsyncIterator[JsonObject]:
        """Yield the chunks of one stream that may go out, its choices numbered from ``first``."""
        async for chunk in upstream:
            base = self._base or self._begin(chunk)
            choices = chunk.get("choices")
            if not choices:
                continue
            # A server that is asked once more counts from 0 again.
            for choice in choices if first else ():
                choice["index"] = choice.get("index", 0) + first
            if not self._request.bound:
                self._gather(choices)
                chunk.update(base)
                chunk.pop("usage", None)
                yield chunk
                continue
            for choice in choices:
                for piece in self._hold(choice):
                    yield {**base, "choices": [piece]}
        # Some servers end a stream without a finish_reason: what is held must go out nevertheless.
        for index, gathered in self._gathered.items():
            if self._request.bound and not gathered.finished:
                for piece in self._release(index, gathered, {}):
                    yield {**self._base, "choices": [piece]}

    def note(self) -> None:
        """Record in the trace what came of the stream so far; a second call does nothing."""
        if self._noted:
            return
        self._noted = True
        self._trace.timings.append(("generate", time.perf_counter() - self._started))
        whole = [gathered.message() for gathered in self._gathered.values()]
        conformed = self._conformed or [Conformed(message) for message in whole]
        first = self._upstreams[0]
        reply = ChatReply(
            first.backend,
            first.provider,
            first.model,
            {"choices": [{"message": message} for message in whole]},
            self.usage,
            self.cost_usd,
            attempts=tuple(attempt for one in self._upstreams for attempt in one.attempts),
        )
        for one, judged in zip(_reply_per_choice([reply], len(conformed)), conformed, strict=True):
            self._trace.candidates.append(_candidate(self._request, one, judged))

    def _begin(self, chunk: JsonObject) -> JsonObject:
        self._base = {
            "id": chunk.get("id") or new_id("chatcmpl-"),
            "object": "chat.completion.chunk",
            "created": chunk.get("created") or int(time.time()),
            "model": chunk.get("model") or self.model,
            "system_fingerprint": chunk.get("system_fingerprint"),
        }
        return self._base

    def _gather(self, choices: Sequence[JsonObject]) -> None:
        for choice in choices:
            self._message_of(choice).add(choice.get("delta") or {})

    def _message_of(self, choice: JsonObject) -> GatheredMessage:
        return self._gathered.setdefault(choice.get("index", 0), GatheredMessage())

    def _hold(self, choice: JsonObject) -> list[JsonObject]:
        """Return the choices that may go out now that ``choice`` came in."""
        gathered = self._message_of(choice)
        if gathered.finished:
            return []
        gathered.add(choice.get("delta") or {}, choice.get("logprobs"))
        index = choice.get("index", 0)
        if choice.get("finish_reason"):
            return self._release(index, gathered, choice)
        free = gathered.free(text=self._request.form == "text" and not self._forced)
        return [_chunk_choice(index, free, choice.get("logprobs"))] if free else []

    @property
    def _forced(self) -> bool:
        """Whether a tool must be called: then even text is held, since the call may be written in
        it."""
        return self._request.tool_mode == "required"

    def _release(self, index: int, gathered: GatheredMessage, last: JsonObject) -> list[JsonObject]:
        """Return all that was held of a choice, now conforming, and its end."""
        free = gathered.free(text=self._request.form == "text" and not self._forced)
        conformed = conform_choice(gathered.message(), self._request, index, self._realist)
        self._conformed.append(conformed)
        gathered.finished = True
        deltas = ([free] if free else []) + in_pieces(conformed.message, gathered.sent)
        pieces = [_chunk_choice(index, delta) for delta in deltas]
        reason = finish_reason(last.get("finish_reason") or "stop", conformed.message)
        return [*pieces, {**_chunk_choice(index, {}), "finish_reason": reason}]


def new_id(prefix: str) -> str:
    """Return ``prefix`` and 29 random hexadecimal digits, the length that OpenAI's ids have."""
    return prefix + secrets.token_hex(15)[:29]


def _for_choice(request: ChatRequest, index: int) -> ChatRequest:
    """Return the request for one more choice, whose number is ``index``."""
    body = {name: value for name, value in request.body.items() if name != "n"}
    seed = None if request.seed is None else request.seed + index
    if seed is not None:
        body["seed"] = seed
    return replace(request, body=body, choices=1, seed=seed)


def conform_choice(
    message: JsonObject, request: ChatRequest, index: int, realist: Realist | None
) -> Conformed:
    """Return the message of the choice ``index`` as it keeps to the request."""
    if not request.bound:
        return Conformed(message)
    seed = seed_or_drawn(request.seed) + index
    said = [m for m in request.messages if m.get("role") == "user"]
    prompt = text_of(said[-1].get("content")) if said else ""
    now = present(request.seed)
    hints = Hints("POST", prompt=prompt or None, locale=request.locale, now=now)
    return conform_message(message, request, seed=seed, hints=hints, realist=realist)


def _finished_choice(choice: JsonObject, index: int, conformed: Conformed) -> JsonObject:
    changed = conformed.message is not choice["message"]
    reason = choice.get("finish_reason") or "stop"
    return {
        **choice,
        "index": index,
        "message": {"role": "assistant", "content": None, "refusal": None, **conformed.message},
        # Probabilities belong to the model's tokens, and those are not what is sent any more.
        "logprobs": None if changed and conformed.repairs else choice.get("logprobs"),
        "finish_reason": finish_reason(reason, conformed.message) if changed else reason,
    }


def _completion_object(reply: ChatReply, choices: list[JsonObject], usage: Usage) -> JsonObject:
    known = reply.body
    told: JsonObject = known.get("usage") or {}
    return {
        **known,
        "id": known.get("id") or new_id("chatcmpl-"),
        "object": "chat.completion",
        "created": known.get("created") or int(time.time()),
        "model": known.get("model") or reply.model or reply.backend,
        "choices": choices,
        # Details that a server reports stay, such as cached tokens; the totals are ours.
        "usage": {**told, **usage_object(usage)},
    }


def _chunk_choice(index: int, delta: JsonObject, logprobs: Json = None) -> JsonObject:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}


def _total_usage(usages: Sequence[Usage]) -> Usage:
    return Usage(
        sum(usage.input_tokens for usage in usages),
        sum(usage.output_tokens for usage in usages),
        any(usage.estimated for usage in usages),
    )


def _reply_per_choice(replies: Sequence[ChatReply], choices: int) -> list[ChatReply]:
    """Return a reply for each choice; each reply's usage and cost stand in only one of them."""
    free = replace(replies[-1], usage=Usage(), cost_usd=0.0, attempts=())
    return [*replies, *[free] * (choices - len(replies))][:choices]


def _candidate(request: ChatRequest, reply: ChatReply, conformed: Conformed) -> Candidate:
    """Return what the trace keeps of one choice."""
    messages = [one["message"] for one in reply.body["choices"]]
    completion = Completion(
        backend=reply.backend,
        provider=reply.provider,
        model=reply.model,
        text=dump(messages).decode(),
        mode="schema" if request.bound else "prompt",
        usage=reply.usage,
        latency=reply.latency,
        cost_usd=reply.cost_usd,
        attempts=reply.attempts,
        # The last messages say what was asked; a long history would fill the journal.
        prompt=dump(request.messages[-4:]).decode()[:_PROMPT_CHARS],
        seed=request.seed,
    )
    return Candidate(
        value=None,
        verdict=Verdict((), conformed.quality),
        completions=(completion,),
        repairs=conformed.repairs,
        filled=conformed.filled,
    )
