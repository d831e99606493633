"""``POST /v1/chat/completions``.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from mockwright.chat.chunks import usage_object
from mockwright.chat.types import StreamedChat
from mockwright.errors import MockwrightError
from mockwright.types import JsonObject
from mockwright.web.chat.headers import answer_head, stream_head
from mockwright.web.chat.request import ParsedChat, read_chat
from mockwright.web.chat.surface import StreamedReply, SurfaceCall, WholeReply
from mockwright.web.http import sse
from mockwright.web.openai.errors import describe


async def chat_completions(call: SurfaceCall) -> WholeReply | StreamedReply:
    """Answer with one completion, whole or in chunks."""
    session = call.open_session()
    asked = read_chat(call.body, call.request, call.settings.api.max_choices)
    if asked.stream:
        streamed = await call.stack.enter_async_context(session.stream(asked.request))
        call.ignored += streamed.ignored
        return StreamedReply(
            _events(call, streamed, asked), stream_head(streamed), backend=streamed.backend
        )
    answer = await session.chat(asked.request)
    call.spend(answer.usage, answer.cost_usd)
    call.ignored += answer.ignored
    return WholeReply(answer.body, answer_head(answer, asked.request.seed), backend=answer.backend)


async def _events(
    call: SurfaceCall, streamed: StreamedChat, asked: ParsedChat
) -> AsyncGenerator[bytes, None]:
    base: JsonObject = {}
    try:
        async for chunk in streamed.chunks():
            if asked.include_usage:
                # With `include_usage` every chunk has the member, and the last one the numbers.
                base = base or {k: v for k, v in chunk.items() if k != "choices"}
                chunk["usage"] = None
            yield sse.event(chunk)
    except MockwrightError as error:
        # The status is sent already. SDKs raise an exception for an `error` in the stream.
        yield sse.event(describe(error, call.exchange.id).body)
        return
    finally:
        call.spend(streamed.usage, streamed.cost_usd)
    if asked.include_usage:
        yield sse.event({**base, "choices": [], "usage": usage_object(streamed.usage)})
    yield sse.DONE
