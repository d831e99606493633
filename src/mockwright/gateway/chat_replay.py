"""Chats in the lock folder: a conversation that wraps another, replays its answers and records
them.

A recording holds what left the conversation, in the one form that all chat surfaces share. So an
answer that was recorded whole can be streamed, one that was recorded from a stream can be sent
whole, and what one protocol recorded another can replay.
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
from mockwright.recordings import RecordedResponse, RequestKey, StoredRecording
from mockwright.types import Json, JsonObject, Trace, Usage

CHAT: Final = "CHAT"
EMBED: Final = "EMBED"
METHODS: Final = frozenset({CHAT, EMBED})
"""What recordings of chats and embeddings have in place of an HTTP method.

Recordings of the mock surface never have these, so the two share a folder.
"""

_VOLATILE: Final = ("id", "object", "created")
"""Members of an answer that differ each time it is asked for, and so are not recorded."""
_EPOCH: Final = "1970-01-01T00:00:00Z"
"""The time of an answer whose recording says none."""
# What a header value may not hold: spaces, control characters, anything but ASCII. `größe`.
_NOT_PRINTABLE: Final = re.compile(r"[^!-~]")
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
"""The JSON Schema that a recorded chat has to conform to, whoever has edited the file."""
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
"""The JSON Schema that recorded embeddings have to conform to."""
SHAPES: Final = {CHAT: COMPLETION, EMBED: VECTORS}
"""The schema of recordings by their method."""


@dataclass(frozen=True, slots=True)
class RecordedConversation:
    """Replays chats that are recorded; has the others answered further in, and records them."""

    inner: Chats
    player: RecordingPlayer

    async def chat(self, request: ChatRequest, call: ChatCall) -> ChatAnswer:
        """Return a completion whose choices all conform; raises MockwrightError."""
        if call.mode == "live":
            return await self.inner.chat(request, call)
        turn = await self._turn(_chat_key(request, call), call)
        if turn.stored is not None:
            return _replayed_chat(turn.stored, request, call.model)
        with self._giving_turn_back(turn, call):
            answer = await self.inner.chat(request, call)
        stored = await self._keep(turn, _recorded_chat(answer, call.trace), call.trace)
        if stored is None:
            return replace(answer, ignored=(*answer.ignored, "record"))
        # Where a secret was taken out of the recording, the caller still gets the answer with it.
        if stored.body != kept_body(answer.body):
            return answer
        return replace(answer, body=_completion_of(stored, call.model))

    @asynccontextmanager
    async def stream(self, request: ChatRequest, call: ChatCall) -> AsyncIterator[StreamedChat]:
        """Open a completion as a stream, which is recorded once its last chunk is out."""
        if call.mode == "live":
            async with self.inner.stream(request, call) as streamed:
                yield streamed
            return
        turn = await self._turn(_chat_key(request, call), call)
        if turn.stored is not None:
            yield _ReplayedStream(_replayed_chat(turn.stored, request, call.model))
            return
        kept: _RecordingStream | None = None
        try:
            async with self.inner.stream(request, call) as streamed:
                keep = partial(self._keep_streamed, turn, streamed, call.trace)
                kept = _RecordingStream(streamed, keep)
                yield kept
        finally:
            # A stream that failed, or that the caller left, was not recorded.
            if kept is None or not kept.whole:
                self.player.give_back(turn, call.scope)

    async def embed(self, request: EmbedRequest, call: ChatCall) -> Embeddings:
        """Return one vector for each text; raises MockwrightError."""
        if call.mode == "live":
            return await self.inner.embed(request, call)
        turn = await self._turn(_embed_key(request, call), call)
        if turn.stored is not None:
            return _replayed_vectors(turn.stored, request, call.model)
        with self._giving_turn_back(turn, call):
            made = await self.inner.embed(request, call)
        await self._keep(turn, _recorded_vectors(made, call.trace), call.trace)
        return made

    async def _turn(self, key: RequestKey, call: ChatCall) -> Occurrence:
        turn = await self.player.turn(key, call.ignore, call.mode, call.scope)
        if turn.stored is not None:
            call.trace.recording, call.trace.replayed = turn.stored.file, True
        return turn

    async def _keep(
        self, turn: Occurrence, answer: RecordedResponse, trace: Trace
    ) -> StoredRecording | None:
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
        await self._keep(turn, _recorded_chat(answer, trace), trace)

    @contextmanager
    def _giving_turn_back(self, turn: Occurrence, call: ChatCall) -> Iterator[None]:
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


def _replayed_chat(stored: StoredRecording, request: ChatRequest, model: str) -> ChatAnswer:
    """Return a recorded chat as an answer.

    Raises BrokenRecordingError where it does not conform to the form of a completion, or not to
    what this request asks, as after an edit or with another schema.
    """
    _require_form(stored, COMPLETION)
    body = _completion_of(stored, model)
    for i, choice in enumerate(body["choices"]):
        # A recording that conforms comes back unchanged; it is not to be repaired in silence.
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


def _completion_of(stored: StoredRecording, model: str) -> JsonObject:
    """Return the ``chat.completion`` of a recording, with the members that are not recorded.

    They come from the file's name and time, so that each replay is the same.
    """
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


def _replayed_vectors(stored: StoredRecording, request: EmbedRequest, model: str) -> Embeddings:
    _require_form(stored, VECTORS)
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


class _ReplayedStream:
    """A recorded answer that is read as a stream of chunks."""

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


class _RecordingStream:
    """A stream whose chunks are passed on, and at its end handed to ``keep`` as one completion."""

    def __init__(
        self, streamed: StreamedChat, keep: Callable[[JsonObject], Awaitable[None]]
    ) -> None:
        self.whole = False
        """Whether the last chunk is out; only then is the answer recorded."""
        self._streamed = streamed
        self._keep = keep
        self._base: JsonObject = {}
        self._choices: dict[int, _GatheredChoice] = {}

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
                    self._choices.setdefault(choice.get("index", 0), _GatheredChoice()).add(choice)
                yield chunk
        self.whole = True
        await self._keep(self._body())

    def _body(self) -> JsonObject:
        return {
            **{name: self._base.get(name) for name in ("model", "system_fingerprint")},
            "choices": [self._choices[index].to_json(index) for index in sorted(self._choices)],
        }


class _GatheredChoice:
    """One choice of a stream, gathered from its chunks."""

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


def _require_form(stored: StoredRecording, schema: JsonObject) -> None:
    """Raise BrokenRecordingError where a recording does not conform to ``schema``."""
    found = stored.check(schema)
    if found:
        where = f"{stored.file} at {found[0].pointer or '/'} of its answer"
        raise BrokenRecordingError(f"{where}: {found[0].message}", stored.file, found)


def _body(stored: StoredRecording) -> JsonObject:
    body = stored.body
    assert isinstance(body, dict)  # noqa: S101 - its schema says so
    return body


def _number(stored: StoredRecording, name: str, usual: float) -> float:
    """Return a header field of a recording as a number; raises BrokenRecordingError."""
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


def _recorded_chat(answer: ChatAnswer, trace: Trace) -> RecordedResponse:
    headers = {"x-mock-filled": str(answer.filled), "x-mock-quality": f"{answer.quality:.3f}"}
    if answer.ignored:
        headers["x-mock-ignored"] = ", ".join(
            _NOT_PRINTABLE.sub("?", name) for name in answer.ignored
        )
    return _recorded_response(
        kept_body(answer.body), answer.backend, answer.cost_usd, trace, headers
    )


def kept_body(body: JsonObject) -> JsonObject:
    """Return the members of a ``chat.completion`` object that are recorded."""
    return {name: value for name, value in body.items() if name not in _VOLATILE}


def kept_vectors(made: Embeddings) -> JsonObject:
    """Return the object that is recorded of embeddings."""
    usage = {"prompt_tokens": made.usage.input_tokens}
    return {"embeddings": [list(vector) for vector in made.vectors], "usage": usage}


def _recorded_vectors(made: Embeddings, trace: Trace) -> RecordedResponse:
    return _recorded_response(kept_vectors(made), made.backend, made.cost_usd, trace, {})


def _recorded_response(
    body: JsonObject, backend: str, cost_usd: float, trace: Trace, headers: dict[str, str]
) -> RecordedResponse:
    models = (done.model for done in trace.completions if done.model)
    return RecordedResponse(
        body=body,
        headers=headers,
        backend=backend,
        model=", ".join(dict.fromkeys(models)),
        prompt_sha256=prompts_hash(trace),
        cost_usd=round(cost_usd, 9),
        recorded_at=now(),
    )
