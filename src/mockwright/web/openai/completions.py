"""``POST /v1/completions``, the older form: a text goes in, a text comes out.

Every backend here chats, so a prompt becomes a message of the user.
https://platform.openai.com/docs/api-reference/completions
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mockwright.chat.chunks import usage_object
from mockwright.chat.types import ChatRequest
from mockwright.errors import MockwrightError, ParameterError
from mockwright.gateway.chats import ChatAnswer, ChatSession
from mockwright.gateway.conversation import new_id
from mockwright.types import Json, JsonObject, Usage
from mockwright.web.chat import fields
from mockwright.web.chat.headers import answer_head, stream_head
from mockwright.web.chat.request import read_chat
from mockwright.web.chat.surface import StreamedReply, SurfaceCall, WholeReply
from mockwright.web.http import sse
from mockwright.web.openai.errors import describe

_MAX_PROMPTS: Final = 128
"""Prompts of one request, each of which is a call of its own."""
_PASSED: Final = (
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "max_tokens",
    "seed",
    "stop",
    "logit_bias",
    "user",
    "n",
    "stream",
    "stream_options",
)
"""Fields that mean the same in a chat."""
_KNOWN: Final = frozenset([*_PASSED, "model", "prompt", "echo"])


@dataclass(frozen=True, slots=True)
class _ParsedCompletion:
    prompts: tuple[ChatRequest, ...]
    stream: bool
    include_usage: bool
    echo: bool


async def completions(call: SurfaceCall) -> WholeReply | StreamedReply:
    """Answer with a completion of each prompt, whole or in chunks."""
    session = call.open_session()
    asked = _read(call)
    if asked.stream:
        return await _stream(call, session, asked)
    answers = await _gather([session.chat(request) for request in asked.prompts])
    choices = [
        _choice(choice, request, asked.echo)
        for request, answer in zip(asked.prompts, answers, strict=True)
        for choice in answer.body["choices"]
    ]
    first = answers[0]
    usage = Usage(
        sum(answer.usage.input_tokens for answer in answers),
        sum(answer.usage.output_tokens for answer in answers),
    )
    whole = replace(first, cost_usd=sum(answer.cost_usd for answer in answers))
    call.spend(usage, whole.cost_usd)
    call.ignored += first.ignored
    body: JsonObject = {
        **_base(first.body),
        "choices": [{**choice, "index": i} for i, choice in enumerate(choices)],
        "usage": usage_object(usage),
    }
    return WholeReply(body, answer_head(whole, asked.prompts[0].seed), backend=first.backend)


async def _gather(chats: Sequence[Coroutine[None, None, ChatAnswer]]) -> list[ChatAnswer]:
    """Return the answers in order; the first failure cancels the rest and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(chat) for chat in chats]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in running]


async def _stream(
    call: SurfaceCall, session: ChatSession, asked: _ParsedCompletion
) -> StreamedReply:
    """Return the stream for the one prompt, opened already, so that an error still has its own
    status."""
    if len(asked.prompts) > 1:
        raise ParameterError("a streamed completion takes one prompt", "prompt", "invalid_value")
    streamed = await call.stack.enter_async_context(session.stream(asked.prompts[0]))
    call.ignored += streamed.ignored

    async def pieces() -> AsyncGenerator[bytes, None]:
        base: JsonObject = {}
        echoed: set[int] = set()
        try:
            async for chunk in streamed.chunks():
                base = base or _base(chunk)
                for choice in chunk["choices"]:
                    # The prompt comes once for each choice, before its first chunk.
                    if asked.echo and choice["index"] not in echoed:
                        echoed.add(choice["index"])
                        said = asked.prompts[0].messages[0]["content"]
                        yield sse.event({**base, "choices": [_echo_choice(said, choice["index"])]})
                    yield sse.event({**base, "choices": [_text_choice(choice)]})
        except MockwrightError as error:
            yield sse.event(describe(error, call.exchange.id).body)
            return
        finally:
            call.spend(streamed.usage, streamed.cost_usd)
        if asked.include_usage:
            yield sse.event({**base, "choices": [], "usage": usage_object(streamed.usage)})
        yield sse.DONE

    return StreamedReply(pieces(), stream_head(streamed), backend=streamed.backend)


def _read(call: SurfaceCall) -> _ParsedCompletion:
    body = call.body
    if "prompt" not in body:
        raise fields.missing("prompt")
    echo = fields.boolean(body.get("echo") or False, "echo")
    call.ignored += sorted({name for name, value in body.items() if value} - _KNOWN)
    kept: JsonObject = {name: body[name] for name in _PASSED if name in body}
    requests = []
    for text in _prompts(body["prompt"]):
        chat: JsonObject = {**kept, "messages": [{"role": "user", "content": text}]}
        asked = read_chat(chat, call.request, call.settings.api.max_choices)
        requests.append(asked.request)
    return _ParsedCompletion(tuple(requests), asked.stream, asked.include_usage, echo)


def _prompts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    listed = fields.sequence(value, "prompt", least=1, most=_MAX_PROMPTS)
    if not isinstance(listed[0], str):
        raise ParameterError(
            "token ids cannot be read here: send the prompt as text", "prompt", "invalid_value"
        )
    return [fields.text(one, f"prompt[{i}]") for i, one in enumerate(listed)]


def _base(body: JsonObject) -> JsonObject:
    return {
        "id": str(body.get("id") or new_id("")).replace("chatcmpl-", "cmpl-"),
        "object": "text_completion",
        "created": body["created"],
        "model": body["model"],
        "system_fingerprint": body.get("system_fingerprint"),
    }


def _choice(choice: JsonObject, request: ChatRequest, echo: bool) -> JsonObject:
    said = choice["message"].get("content") or ""
    prompt = request.messages[0]["content"] if echo else ""
    return {"text": prompt + said, "logprobs": None, "finish_reason": choice["finish_reason"]}


def _text_choice(choice: JsonObject) -> JsonObject:
    said = choice["delta"].get("content") or ""
    return {**_echo_choice(said, choice["index"]), "finish_reason": choice.get("finish_reason")}


def _echo_choice(text: str, index: int) -> JsonObject:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": None}
