"""Chats from the lock folder: a conversation that wraps another and keeps its answers.

The lock folder has what left the conversation, in the one form that all chat surfaces share: an
answer that was recorded whole is streamed from there, one that was recorded as a stream is there
whole, and what one protocol recorded another replays.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from mockwright.chat.chunks import GatheredMessage, reply_chunks, usage_object
from mockwright.chat.types import ChatRequest, Embeddings, EmbedRequest, StreamedChat
from mockwright.errors import BrokenRecordingError
from mockwright.gateway.chats import ChatAnswer, ChatCall, Chats
from mockwright.gateway.conversation import conform_choice
from mockwright.gateway.replay import Occurrence, RecordingPlayer, now, prompts_hash
from mockwright.recordings import RecordedResponse as Kept
from mockwright.recordings import RequestKey, StoredRecording
from mockwright.types import Json, JsonObject, Trace, Usage

CHAT: Final = "CHAT"
EMBED: Final = "EMBED"
METHODS: Final = frozenset({CHAT, EMBED})
"""What recordings of chats and embeddings have in place of an HTTP method; no mock has them."""

_PASSING: Final = ("id", "object", "created")
"""What of an answer is another each time it is asked."""
_EPOCH: Final = "1970-01-01T00:00:00Z"
_ODD: Final = re.compile(r"[^!-~]")
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0}
_USAGE: Final[JsonObject] = {
    "type": "object",
    "properties": {"prompt_tokens": _COUNT, "completion_tokens": _COUNT},
}
_CALL: Final[JsonObject] = {
    "type": "object",
    "required": ["id", "function"],
    "properties": {
        "id": {"type": "string"},
        "function": {
            "type": "object",
            "required": ["name", "arguments"],
            "properties": {"name": {"type": "string"}, "arguments": {"type": "string"}},
        },
    },
}
_CHOICE: Final[JsonObject] = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "message": {
            "type": "object",
            "properties": {
                "content": {"type": ["string", "null"]},
                "tool_calls": {"type": ["array", "null"], "items": _CALL},
            },
        },
        "finish_reason": {"type": "string"},
    },
}
COMPLETION: Final[JsonObject] = {
    "type": "object",
    "required": ["choices"],
    "properties": {
        "model": {"type": "string"},
        "choices": {"type": "array", "minItems": 1, "items": _CHOICE},
        "usage": _USAGE,
    },
}
"""What of a recorded chat has to be there, whoever has edited it."""
VECTORS: Final[JsonObject] = {
    "type": "object",
    "required": ["embeddings"],
    "properties": {
        "embeddings": {
            "type": "array",
            "items": {"type": "array", "minItems": 1, "items": {"type": "number"}},
        },
        "usage": _USAGE,
    },
}
"""The same of embeddings."""
SHAPES: Final = {CHAT: COMPLETION, EMBED: VECTORS}


@dataclass(frozen=True, slots=True)
class RecordedConversation:
    """Answers from the lock folder where they are recorded, else asks within and records."""

    inner: Chats
    player: RecordingPlayer

    async def chat(self, request: ChatRequest, call: ChatCall) -> ChatAnswer:
        """Return a whole answer, each of its choices conforming; raises MockwrightError."""
        if call.mode == "live":
            return await self.inner.chat(request, call)
        turn = await self._turn(_chat_key(request, call), call)
        if turn.stored is not None:
            return _retold(turn.stored, request, call.model)
        with self._giving_back(turn, call):
            answer = await self.inner.chat(request, call)
        stored = await self._keep(turn, _kept_chat(answer, call.trace), call.trace)
        if stored is None:
            return replace(answer, ignored=(*answer.ignored, "record"))
        if stored.body != kept_body(answer.body):  # a secret was taken out
            return answer
        return replace(answer, body=_whole(stored, call.model))

    @asynccontextmanager
    async def stream(self, request: ChatRequest, call: ChatCall) -> AsyncIterator[StreamedChat]:
        """Open the same, piece by piece; recorded once its last piece is out."""
        if call.mode == "live":
            async with self.inner.stream(request, call) as streamed:
                yield streamed
            return
        turn = await self._turn(_chat_key(request, call), call)
        if turn.stored is not None:
            yield _Retold(_retold(turn.stored, request, call.model))
            return
        kept: _Kept | None = None
        try:
            async with self.inner.stream(request, call) as streamed:
                keep = partial(self._keep_streamed, turn, streamed, call.trace)
                kept = _Kept(streamed, keep)
                yield kept
        finally:
            if kept is None or not kept.whole:
                self.player.give_back(turn, call.scope)

    async def embed(self, request: EmbedRequest, call: ChatCall) -> Embeddings:
        """Return one vector for each text; raises MockwrightError."""
        if call.mode == "live":
            return await self.inner.embed(request, call)
        turn = await self._turn(_embed_key(request, call), call)
        if turn.stored is not None:
            return _retold_vectors(turn.stored, request, call.model)
        with self._giving_back(turn, call):
            made = await self.inner.embed(request, call)
        await self._keep(turn, _kept_vectors(made, call.trace), call.trace)
        return made

    async def _turn(self, key: RequestKey, call: ChatCall) -> Occurrence:
        turn = await self.player.turn(key, call.ignore, call.mode, call.scope)
        if turn.stored is not None:
            call.trace.recording, call.trace.replayed = turn.stored.file, True
        return turn

    async def _keep(self, turn: Occurrence, answer: Kept, trace: Trace) -> StoredRecording | None:
        stored = await self.player.keep(turn, answer)
        if stored is None:
            trace.notes.append("the answer could not be recorded; the log says why")
        else:
            trace.recording = f"recorded {stored.file}"
        return stored

    async def _keep_streamed(
        self, turn: Occurrence, streamed: StreamedChat, trace: Trace, body: JsonObject
    ) -> None:
        answer = ChatAnswer(
            body={**body, "usage": usage_object(streamed.usage)},
            backend=streamed.backend,
            usage=streamed.usage,
            cost_usd=streamed.cost_usd,
            filled=sum(one.filled for one in trace.candidates),
            ignored=streamed.ignored,
        )
        await self._keep(turn, _kept_chat(answer, trace), trace)

    @contextmanager
    def _giving_back(self, turn: Occurrence, call: ChatCall) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.player.give_back(turn, call.scope)
            raise


def _chat_key(request: ChatRequest, call: ChatCall) -> RequestKey:
    locale: JsonObject = {} if request.locale == "en" else {"locale": request.locale}
    return _request_key(CHAT, request.body, locale, call)


def _embed_key(request: EmbedRequest, call: ChatCall) -> RequestKey:
    return _request_key(EMBED, {**request.body, "input": list(request.texts)}, {}, call)


def _request_key(method: str, body: JsonObject, controls: JsonObject, call: ChatCall) -> RequestKey:
    if call.named:
        controls = {**controls, "backends": list(call.named)}
    return RequestKey(method, f"/{call.model}", body=body, controls=controls)


def _retold(stored: StoredRecording, request: ChatRequest, model: str) -> ChatAnswer:
    """Raises BrokenRecordingError where it no longer conforms to what is asked."""
    _check(stored, COMPLETION)
    body = _whole(stored, model)
    for i, choice in enumerate(body["choices"]):
        conformed = conform_choice(choice["message"], request, i, None)
        if conformed.repairs or conformed.filled:
            told = "; ".join(f"{one.pointer or '/'} is {one.kind}" for one in conformed.repairs)
            raise BrokenRecordingError(
                f"{stored.file} at /choices/{i}/message of its answer does not conform to what "
                f"is asked: {told or 'values are missing'}",
                stored.file,
            )
    return ChatAnswer(
        body=body,
        backend=stored.backend,
        usage=_usage(body),
        filled=int(_number(stored, "x-mock-filled", 0)),
        quality=_number(stored, "x-mock-quality", 1),
        ignored=tuple(filter(None, stored.headers.get("x-mock-ignored", "").split(", "))),
    )


def _whole(stored: StoredRecording, model: str) -> JsonObject:
    """A recorded answer with what is left out of its recording: it is another each time."""
    at = datetime.fromisoformat(stored.recorded_at or _EPOCH)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return {
        "id": f"chatcmpl-{stored.file.removesuffix('.json')}",
        "object": "chat.completion",
        "created": int(at.timestamp()),
        "model": model,
        "usage": usage_object(Usage()),
        **_body(stored),
    }


def _retold_vectors(stored: StoredRecording, request: EmbedRequest, model: str) -> Embeddings:
    _check(stored, VECTORS)
    body = _body(stored)
    vectors = tuple(tuple(map(float, vector)) for vector in body["embeddings"])
    if len(vectors) != len(request.texts):
        raise BrokenRecordingError(
            f"{stored.file}: got {len(vectors)} vectors, expected {len(request.texts)}: "
            "one for each text",
            stored.file,
        )
    return Embeddings(
        backend=stored.backend,
        provider="replay",
        model=stored.model or model,
        vectors=vectors,
        usage=_usage(body),
    )


class _Retold:
    """A recorded answer in pieces."""

    def __init__(self, answer: ChatAnswer) -> None:
        self.backend = answer.backend
        self.ignored = answer.ignored
        self.model: str = answer.body["model"]
        self.usage = answer.usage
        self.cost_usd = 0.0
        self._body = answer.body

    async def chunks(self) -> AsyncGenerator[JsonObject, None]:
        for chunk in reply_chunks(self._body):
            yield chunk


class _Kept:
    """A stream that is handed over to ``keep``, as one answer, when it has come to its end."""

    def __init__(
        self, streamed: StreamedChat, keep: Callable[[JsonObject], Awaitable[None]]
    ) -> None:
        self.whole = False
        self._streamed = streamed
        self._keep = keep
        self._base: JsonObject = {}
        self._choices: dict[int, _Choice] = {}

    @property
    def backend(self) -> str:
        return self._streamed.backend

    @property
    def model(self) -> str:
        return self._streamed.model

    @property
    def ignored(self) -> tuple[str, ...]:
        return self._streamed.ignored

    @property
    def usage(self) -> Usage:
        return self._streamed.usage

    @property
    def cost_usd(self) -> float:
        return self._streamed.cost_usd

    async def chunks(self) -> AsyncGenerator[JsonObject, None]:
        async with aclosing(self._streamed.chunks()) as chunks:
            async for chunk in chunks:
                self._base = self._base or chunk
                for choice in chunk["choices"]:
                    self._choices.setdefault(choice.get("index", 0), _Choice()).add(choice)
                yield chunk
        self.whole = True
        await self._keep(self._body())

    def _body(self) -> JsonObject:
        return {
            **{name: self._base.get(name) for name in ("model", "system_fingerprint")},
            "choices": [self._choices[index].to_json(index) for index in sorted(self._choices)],
        }


class _Choice:
    """What came of one choice."""

    def __init__(self) -> None:
        self._gathered = GatheredMessage()
        self._reason = "stop"
        self._logprobs: dict[str, list[Json]] = {}

    def add(self, choice: JsonObject) -> None:
        self._gathered.add(choice.get("delta") or {})
        self._reason = choice.get("finish_reason") or self._reason
        for name, found in (choice.get("logprobs") or {}).items():
            if isinstance(found, list):
                self._logprobs.setdefault(name, []).extend(found)

    def to_json(self, index: int) -> JsonObject:
        return {
            "index": index,
            "message": {"refusal": None, **self._gathered.message()},
            "logprobs": self._logprobs or None,
            "finish_reason": self._reason,
        }


def _check(stored: StoredRecording, schema: JsonObject) -> None:
    found = stored.check(schema)
    if found:
        where = f"{stored.file} at {found[0].pointer or '/'} of its answer"
        raise BrokenRecordingError(f"{where}: {found[0].message}", stored.file, found)


def _body(stored: StoredRecording) -> JsonObject:
    body = stored.body
    assert isinstance(body, dict)  # noqa: S101 - its schema says so
    return body


def _number(stored: StoredRecording, name: str, usual: float) -> float:
    text = stored.headers.get(name)
    try:
        return usual if text is None else float(text)
    except ValueError:
        raise BrokenRecordingError(
            f"{stored.file}: {name}: got {text!r}, expected a number", stored.file
        ) from None


def _usage(body: JsonObject) -> Usage:
    told = body.get("usage") or {}
    return Usage(told.get("prompt_tokens", 0), told.get("completion_tokens", 0))


def _kept_chat(answer: ChatAnswer, trace: Trace) -> Kept:
    headers = {"x-mock-filled": str(answer.filled), "x-mock-quality": f"{answer.quality:.3f}"}
    if answer.ignored:
        headers["x-mock-ignored"] = ", ".join(_ODD.sub("?", name) for name in answer.ignored)
    return _kept(kept_body(answer.body), answer.backend, answer.cost_usd, trace, headers)


def kept_body(body: JsonObject) -> JsonObject:
    """What of a ``chat.completion`` object is recorded."""
    return {name: value for name, value in body.items() if name not in _PASSING}


def kept_vectors(made: Embeddings) -> JsonObject:
    """What of embeddings is recorded."""
    usage = {"prompt_tokens": made.usage.input_tokens}
    return {"embeddings": [list(vector) for vector in made.vectors], "usage": usage}


def _kept_vectors(made: Embeddings, trace: Trace) -> Kept:
    return _kept(kept_vectors(made), made.backend, made.cost_usd, trace, {})


def _kept(
    body: JsonObject, backend: str, cost_usd: float, trace: Trace, headers: dict[str, str]
) -> Kept:
    models = (done.model for done in trace.completions if done.model)
    return Kept(
        body=body,
        headers=headers,
        backend=backend,
        model=", ".join(dict.fromkeys(models)),
        prompt_sha256=prompts_hash(trace),
        cost_usd=round(cost_usd, 9),
        recorded_at=now(),
    )
