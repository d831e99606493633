"""Recorded chats that are asked again, to refresh their recordings."""

from __future__ import annotations

from dataclasses import replace

from mockwright.chat.types import EmbedRequest
from mockwright.gateway.chat_replay import CHAT, kept_body, kept_vectors
from mockwright.gateway.chats import ChatSession
from mockwright.gateway.conversation import Conversation
from mockwright.recordings import RequestKey
from mockwright.types import JsonObject, MockRequest
from mockwright.web.chat.request import read_chat


async def ask_again(
    session: ChatSession, conversation: Conversation, key: RequestKey, max_choices: int
) -> JsonObject:
    """Return the body that a new recording of the same request has.

    ``session`` belongs to nobody's call. Raises ParameterError for a recorded request that was
    edited and cannot be read, and whatever the backends raise.
    """
    model, named = key.path.removeprefix("/"), tuple(key.controls.get("backends", ()))

    def backends() -> tuple[str, ...]:
        return conversation.pool.resolve(named) if named else conversation.resolve(model)

    call = replace(session.call, model=model, named=named, backends=backends)
    session = replace(session, call=call)
    body = key.body if isinstance(key.body, dict) else {}
    if key.method == CHAT:
        controls = MockRequest("refresh", "POST", "/", locale=key.controls.get("locale"))
        answer = await session.chat(read_chat(body, controls, max_choices).request)
        return kept_body(answer.body)
    texts = body.get("input")
    rest = {name: value for name, value in body.items() if name != "input"}
    request = EmbedRequest(
        texts=tuple(map(str, texts if isinstance(texts, list) else [texts])),
        dimensions=body.get("dimensions"),
        body=rest,
    )
    return kept_vectors(await session.embed(request))
