"""``POST /v1/chat/completions``.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from mockwright.chat.types import ChatTalk
from mockwright.errors import MockwrightError
from mockwright.gateway.conversation import usage_object
from mockwright.types import JsonObject
from mockwright.web.chat.headers import head_of, told_of
from mockwright.web.chat.request import Asked, read_chat
from mockwright.web.chat.surface import Call, Streamed, Whole
from mockwright.web.http import sse
from mockwright.web.openai.errors import describe


async def chat_completions(call: Call) -> Whole | Streamed:
    """One completion, whole or in chunks."""
    talks = call.talks()
    asked = read_chat(call.body, call.request, call.settings.api.max_choices)
    if asked.stream:
        talk = await call.stack.enter_async_context(talks.stream(asked.request))
        call.ignored += talk.ignored
        return Streamed(_events(call, talk, asked), told_of(talk), backend=talk.backend)
    answer = await talks.chat(asked.request)
    call.spend(answer.usage, answer.cost_usd)
    call.ignored += answer.ignored
    return Whole(answer.body, head_of(answer, asked.request.seed), backend=answer.backend)


async def _events(call: Call, talk: ChatTalk, asked: Asked) -> AsyncGenerator[bytes, None]:
    base: JsonObject = {}
    try:
        async for chunk in talk.chunks():
            if asked.include_usage:
                base = base or {k: v for k, v in chunk.items() if k != "choices"}
                chunk["usage"] = None
            yield sse.event(chunk)
    except MockwrightError as error:
        # The status is out. SDKs raise what an ``error`` in the stream says.
        yield sse.event(describe(error, call.exchange.id).body)
        return
    finally:
        call.spend(talk.usage, talk.cost_usd)
    if asked.include_usage:
        yield sse.event({**base, "choices": [], "usage": usage_object(talk.usage)})
    yield sse.DONE
