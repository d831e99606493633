"""Ollama's ``/api/chat``, ``/api/generate`` and ``/api/embed``, whole or line by line."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Final, TypeAlias

from mockwright.chat.chunks import GatheredMessage
from mockwright.chat.tool_calls import read
from mockwright.chat.types import EmbedRequest, StreamedChat
from mockwright.errors import MockwrightError
from mockwright.types import JsonObject, Usage
from mockwright.web.chat import fields
from mockwright.web.chat.headers import answer_head, stream_head
from mockwright.web.chat.request import read_chat
from mockwright.web.chat.surface import StreamedReply, SurfaceCall, WholeReply
from mockwright.web.http import sse
from mockwright.web.ollama.errors import describe
from mockwright.web.ollama.request import (
    chat_to_openai,
    generate_to_openai,
    required_model,
    unknown,
    wants_stream,
)

Put: TypeAlias = Callable[[JsonObject], JsonObject]
"""Returns an OpenAI message, or a delta of one, in the fields of one endpoint."""
_MAX_INPUTS: Final = 2048


async def chat(call: SurfaceCall) -> WholeReply | StreamedReply:
    """Answer with one message of the assistant; without messages "load" the model, as Ollama
    does."""
    if not call.body.get("messages"):
        return _loaded(call, {"message": {"role": "assistant", "content": ""}})
    return await _answer(call, chat_to_openai(call.body), _as_message)


async def generate(call: SurfaceCall) -> WholeReply | StreamedReply:
    """Answer with one text; without a prompt "load" the model."""
    if not call.body.get("prompt"):
        return _loaded(call, {"response": ""})
    return await _answer(call, generate_to_openai(call.body), _as_response)


async def embed(call: SurfaceCall) -> WholeReply:
    """Answer with one vector for each input."""
    value = call.body.get("input")
    listed = [value] if isinstance(value, str) else value
    listed = fields.sequence(listed, "input", most=_MAX_INPUTS)
    texts = tuple(fields.text(one, f"input[{i}]") for i, one in enumerate(listed))
    dimensions = fields.read(call.body, {"dimensions": fields.integer(1, 4096)}).get("dimensions")
    return await _embedded(call, EmbedRequest(texts, dimensions), single=False)


async def embeddings(call: SurfaceCall) -> WholeReply:
    """Answer with the vector of one text: the older form of :func:`embed`."""
    text = fields.text(call.body.get("prompt"), "prompt")
    return await _embedded(call, EmbedRequest((text,)), single=True)


async def _embedded(call: SurfaceCall, request: EmbedRequest, *, single: bool) -> WholeReply:
    model = required_model(call.body)
    session = call.open_session()
    if not request.texts:
        return WholeReply({"model": model, "embeddings": []})
    made = await session.embed(request)
    call.spend(made.usage, made.cost_usd)
    head = ((b"x-llm-backend", made.backend.encode()),)
    if single:
        return WholeReply({"embedding": list(made.vectors[0])}, head, backend=made.backend)
    body = {
        "model": model,
        "embeddings": [list(vector) for vector in made.vectors],
        "total_duration": _nanoseconds(call.exchange.seconds),
        "load_duration": 0,
        "prompt_eval_count": made.usage.input_tokens,
    }
    return WholeReply(body, head, backend=made.backend)


def _loaded(call: SurfaceCall, empty: JsonObject) -> WholeReply:
    model = required_model(call.body)
    call.backends(model)
    unload = call.body.get("keep_alive") in (0, "0", "0s")
    reason = "unload" if unload else "load"
    return WholeReply({**_base(model), **empty, "done": True, "done_reason": reason})


async def _answer(call: SurfaceCall, body: JsonObject, put: Put) -> WholeReply | StreamedReply:
    model = required_model(call.body)
    session = call.open_session()
    in_pieces = wants_stream(call.body)
    call.ignored += unknown(call.body)
    asked = read_chat(body, call.request, 1, max_stops=100)
    if in_pieces:
        streamed = await call.stack.enter_async_context(session.stream(asked.request))
        call.ignored += streamed.ignored
        pieces = _lines(call, streamed, model, put)
        return StreamedReply(pieces, stream_head(streamed), sse.NDJSON, streamed.backend)
    started = perf_counter()
    answer = await session.chat(asked.request)
    call.spend(answer.usage, answer.cost_usd)
    call.ignored += answer.ignored
    choice = answer.body["choices"][0]
    end = _end(choice["finish_reason"], answer.usage, perf_counter() - started)
    whole = {**_base(model), **put(choice["message"]), **end}
    return WholeReply(whole, answer_head(answer, asked.request.seed), backend=answer.backend)


async def _lines(
    call: SurfaceCall, streamed: StreamedChat, model: str, put: Put
) -> AsyncGenerator[bytes, None]:
    started = perf_counter()
    reason = "stop"
    calls = GatheredMessage()
    try:
        async for chunk in streamed.chunks():
            for choice in chunk["choices"]:
                delta = choice.get("delta") or {}
                calls.add({"tool_calls": delta.get("tool_calls")})
                reason = choice.get("finish_reason") or reason
                if delta.get("content") or delta.get("reasoning_content"):
                    yield sse.line({**_base(model), **put(delta), "done": False})
        if called := calls.message().get("tool_calls"):
            # Ollama sends arguments as objects, which cannot come in pieces.
            yield sse.line({**_base(model), **put({"tool_calls": called}), "done": False})
    except MockwrightError as error:
        yield sse.line(describe(error, call.exchange.id).body)
        return
    finally:
        call.spend(streamed.usage, streamed.cost_usd)
    end = _end(reason, streamed.usage, perf_counter() - started)
    yield sse.line({**_base(model), **put({}), **end})


def _base(model: str) -> JsonObject:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {"model": model, "created_at": now}


def _as_message(message: JsonObject) -> JsonObject:
    told: JsonObject = {"role": "assistant", "content": message.get("content") or ""}
    if thought := message.get("reasoning_content"):
        told["thinking"] = thought
    if calls := message.get("tool_calls"):
        told["tool_calls"] = [_call(one) for one in calls]
    return {"message": told}


def _as_response(message: JsonObject) -> JsonObject:
    told = {"response": message.get("content") or ""}
    thought = message.get("reasoning_content")
    return {**told, "thinking": thought} if thought else told


def _call(call: JsonObject) -> JsonObject:
    given = read(call["function"]["arguments"])
    given = given if isinstance(given, dict) else {}
    return {"id": call["id"], "function": {"name": call["function"]["name"], "arguments": given}}


def _end(reason: str, usage: Usage, seconds: float) -> JsonObject:
    """Return the fields of the last line; durations are in nanoseconds.

    How the time divides between reading and writing is not known here.
    """
    whole = _nanoseconds(seconds)
    return {
        "done": True,
        "done_reason": "length" if reason == "length" else "stop",
        "total_duration": whole,
        "load_duration": 0,
        "prompt_eval_count": usage.input_tokens,
        "prompt_eval_duration": 0,
        "eval_count": usage.output_tokens,
        "eval_duration": whole,
    }


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
