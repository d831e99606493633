"""From a chat request to an answer that keeps to what was asked: the engine of the chat surfaces.

resolve the model -> have the pool answer -> make each choice conform -> account
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


@dataclass(frozen=True, slots=True)
class ModelListing:
    """A name that may be asked for as a model."""

    id: str
    owner: str
    """The provider; ``mockwright`` for the pool itself."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Answers chats. Everything it needs is handed in; see ``app.build_conversation``."""

    pool: Pool
    aliases: Mapping[str, str]
    realist: Realist | None = None
    """What the configuration makes values look like, where a model's answer has to be filled."""
    flows: Flows = Flows()  # noqa: RUF009 - frozen, so sharing it is safe

    def models(self) -> tuple[ModelListing, ...]:
        """The pool, every enabled backend, and the models behind them."""
        backends = [entry for entry in self.pool.catalogue() if entry.enabled]
        named = [ModelListing(AUTO, "mockwright")]
        named += [ModelListing(entry.name, entry.provider) for entry in backends]
        named += [ModelListing(entry.model, entry.provider) for entry in backends if entry.model]
        named += [ModelListing(flow, "mockwright") for flow in self.flows.models()]
        named += [ModelListing(alias, "mockwright") for alias in self.aliases if "*" not in alias]
        return tuple({model.id: model for model in reversed(named)}.values())[::-1]

    def resolve(self, model: str) -> tuple[str, ...]:
        """The backends that answer for ``model``; empty for the whole pool.

        A backend's own name comes before the name of the model behind it, and both before an
        alias. Raises UnknownModelError.
        """
        target = self._known(model)
        if target is None:
            alias = next((a for a in self.aliases if fnmatchcase(model, a)), None)
            target = None if alias is None else self._known(self.aliases[alias])
        if target is None:
            raise UnknownModelError(model, [listed.id for listed in self.models()])
        return target

    def _known(self, model: str) -> tuple[str, ...] | None:
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
        """Return one completion, each of its choices conforming; raises MockwrightError."""
        backends, trace = call.backends(), call.trace
        reply = await self._reply(request, backends, trace)
        choices = [*reply.body["choices"]]
        replies = [reply]
        while len(choices) < request.choices:
            # A server that knows no ``n`` is asked again, and not for the same words.
            again = backends if self.flows.asked(backends) else (reply.backend,)
            more = await self._reply(_another(request, len(choices)), again, trace)
            replies.append(more)
            choices += more.body["choices"][: request.choices - len(choices)]
        judged = [
            conform_choice(choice["message"], request, i, self.realist)
            for i, choice in enumerate(choices)
        ]
        finished = [
            _choice(choice, i, conformed)
            for i, (choice, conformed) in enumerate(zip(choices, judged, strict=True))
        ]
        usage = _total([one.usage for one in replies])
        for one, conformed in zip(_spread(replies, len(judged)), judged, strict=True):
            trace.candidates.append(_candidate(request, one, conformed))
        return ChatAnswer(
            body=_completion(reply, finished, usage),
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
        """The same, piece by piece; its first piece is there on entry.

        What has a form to conform to is held back until it is whole: a piece that was sent cannot
        be mended. Text without a form is passed on as it comes.
        """
        backends, trace = call.backends(), call.trace
        try:
            async with self._open(request, backends, trace) as upstream:

                def more(index: int) -> AbstractAsyncContextManager[ChatStream]:
                    again = backends if self.flows.asked(backends) else (upstream.backend,)
                    return self._open(_another(request, index), again, trace)

                talk = ChatStreamResponse(request, upstream, more, trace, self.realist)
                try:
                    yield talk
                finally:
                    talk.note()
        except AllBackendsFailedError as error:
            trace.attempts += error.attempts
            raise

    async def embed(self, request: EmbedRequest, call: ChatCall) -> Embeddings:
        """One vector for each text; raises MockwrightError."""
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
    """One streamed answer."""

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
        """A stream of the choice of that number, from a server that makes one at a time."""
        self._trace = trace
        self._realist = realist
        self._gathered: dict[int, GatheredMessage] = {}
        self._conformed: list[Conformed] = []
        self._base: JsonObject = {}
        self._started = time.perf_counter()
        self._noted = False

    @property
    def usage(self) -> Usage:
        """Complete when the stream has ended."""
        return _total([upstream.usage for upstream in self._upstreams])

    @property
    def cost_usd(self) -> float:
        """Complete when the stream has ended."""
        return sum(upstream.cost_usd for upstream in self._upstreams)

    async def chunks(self) -> AsyncGenerator[JsonObject, None]:
        """``chat.completion.chunk`` objects, without one for the usage; raises BackendError."""
        async for piece in self._passed_on(self._upstreams[0], 0):
            yield piece
        if not self._gathered:
            raise TransportError(
                f"backend {self.backend!r} ended its stream without an answer", backend=self.backend
            )
        while (have := len(self._gathered)) < self._request.choices:
            async with self._more(have) as upstream:
                self._upstreams.append(upstream)
                async for piece in self._passed_on(upstream, have):
                    yield piece
            if len(self._gathered) == have:
                break
        self.note()

    async def _passed_on(self, upstream: ChatStream, first: int) -> AsyncIterator[JsonObject]:
        """The chunks of one stream, its choices numbered from ``first``."""
        async for chunk in upstream:
            base = self._base or self._begin(chunk)
            choices = chunk.get("choices")
            if not choices:
                continue
            for choice in choices if first else ():
                choice["index"] = choice.get("index", 0) + first
            if not self._request.bound:
                self._gather(choices)
                chunk.update(base)
                chunk.pop("usage", None)
                yield chunk
                continue
            for choice in choices:
                for piece in self._held(choice):
                    yield {**base, "choices": [piece]}
        for index, gathered in self._gathered.items():
            if self._request.bound and not gathered.finished:
                for piece in self._released(index, gathered, {}):
                    yield {**self._base, "choices": [piece]}

    def note(self) -> None:
        """Tell the trace what has come of it, as far as it came; a second call does nothing."""
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
        for one, judged in zip(_spread([reply], len(conformed)), conformed, strict=True):
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
            self._of(choice).add(choice.get("delta") or {})

    def _of(self, choice: JsonObject) -> GatheredMessage:
        return self._gathered.setdefault(choice.get("index", 0), GatheredMessage())

    def _held(self, choice: JsonObject) -> list[JsonObject]:
        """The choices that go out for one that came in."""
        gathered = self._of(choice)
        if gathered.finished:
            return []
        gathered.add(choice.get("delta") or {}, choice.get("logprobs"))
        index = choice.get("index", 0)
        if choice.get("finish_reason"):
            return self._released(index, gathered, choice)
        free = gathered.free(text=self._request.form == "text" and not self._forced)
        return [_piece(index, free, choice.get("logprobs"))] if free else []

    @property
    def _forced(self) -> bool:
        """A call that is required may stand in what the model wrote as text."""
        return self._request.tool_mode == "required"

    def _released(
        self, index: int, gathered: GatheredMessage, last: JsonObject
    ) -> list[JsonObject]:
        """All that was held of a choice, conforming, and its end."""
        free = gathered.free(text=self._request.form == "text" and not self._forced)
        conformed = conform_choice(gathered.message(), self._request, index, self._realist)
        self._conformed.append(conformed)
        gathered.finished = True
        deltas = ([free] if free else []) + in_pieces(conformed.message, gathered.sent)
        pieces = [_piece(index, delta) for delta in deltas]
        reason = finish_reason(last.get("finish_reason") or "stop", conformed.message)
        return [*pieces, {**_piece(index, {}), "finish_reason": reason}]


def new_id(prefix: str) -> str:
    """As OpenAI's look: a prefix and 29 characters nobody can guess."""
    return prefix + secrets.token_hex(15)[:29]


def _another(request: ChatRequest, index: int) -> ChatRequest:
    body = {name: value for name, value in request.body.items() if name != "n"}
    seed = None if request.seed is None else request.seed + index
    if seed is not None:
        body["seed"] = seed
    return replace(request, body=body, choices=1, seed=seed)


def conform_choice(
    message: JsonObject, request: ChatRequest, index: int, realist: Realist | None
) -> Conformed:
    """The message of the choice ``index``, keeping to what was asked of it."""
    if not request.bound:
        return Conformed(message)
    seed = seed_or_drawn(request.seed) + index
    said = [m for m in request.messages if m.get("role") == "user"]
    prompt = text_of(said[-1].get("content")) if said else ""
    now = present(request.seed)
    hints = Hints("POST", prompt=prompt or None, locale=request.locale, now=now)
    return conform_message(message, request, seed=seed, hints=hints, realist=realist)


def _choice(choice: JsonObject, index: int, conformed: Conformed) -> JsonObject:
    changed = conformed.message is not choice["message"]
    reason = choice.get("finish_reason") or "stop"
    return {
        **choice,
        "index": index,
        "message": {"role": "assistant", "content": None, "refusal": None, **conformed.message},
        "logprobs": None if changed and conformed.repairs else choice.get("logprobs"),
        "finish_reason": finish_reason(reason, conformed.message) if changed else reason,
    }


def _completion(reply: ChatReply, choices: list[JsonObject], usage: Usage) -> JsonObject:
    known = reply.body
    told: JsonObject = known.get("usage") or {}
    return {
        **known,
        "id": known.get("id") or new_id("chatcmpl-"),
        "object": "chat.completion",
        "created": known.get("created") or int(time.time()),
        "model": known.get("model") or reply.model or reply.backend,
        "choices": choices,
        "usage": {**told, **usage_object(usage)},
    }


def _piece(index: int, delta: JsonObject, logprobs: Json = None) -> JsonObject:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}


def _total(usages: Sequence[Usage]) -> Usage:
    return Usage(
        sum(usage.input_tokens for usage in usages),
        sum(usage.output_tokens for usage in usages),
        any(usage.estimated for usage in usages),
    )


def _spread(replies: Sequence[ChatReply], choices: int) -> list[ChatReply]:
    """A reply for each choice, with the cost of each counted once."""
    free = replace(replies[-1], usage=Usage(), cost_usd=0.0, attempts=())
    return [*replies, *[free] * (choices - len(replies))][:choices]


def _candidate(request: ChatRequest, reply: ChatReply, conformed: Conformed) -> Candidate:
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
