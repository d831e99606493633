"""A recorded chat as it is asked again."""

from __future__ import annotations

from dataclasses import replace

from mockwright.chat.types import EmbedRequest
from mockwright.gateway.chat_replay import CHAT, RecordedConversation, kept_body, kept_vectors
from mockwright.recordings import RequestKey
from mockwright.types import JsonObject, MockRequest
from mockwright.web.chat.request import read_chat


async def ask_again(talks: RecordedConversation, key: RequestKey, max_choices: int) -> JsonObject:
    """What a recording of the answer has as its body; ``talks`` are those of nobody's call.

    Raises ParameterError for a request that was edited and cannot be read, and what is raised where
    one is asked.
    """
    model, named = key.path.removeprefix("/"), tuple(key.controls.get("backends", ()))
    pool = talks.conversation

    def backends() -> tuple[str, ...]:
        return pool.pool.resolve(named) if named else pool.resolve(model)

    talks = replace(talks, model=model, named=named, backends=backends)
    body = key.body if isinstance(key.body, dict) else {}
    if key.method == CHAT:
        controls = MockRequest("refresh", "POST", "/", locale=key.controls.get("locale"))
        answer = await talks.chat(read_chat(body, controls, max_choices).request)
        return kept_body(answer.body)
    texts = body.get("input")
    rest = {name: value for name, value in body.items() if name != "input"}
    request = EmbedRequest(
        texts=tuple(map(str, texts if isinstance(texts, list) else [texts])),
        dimensions=body.get("dimensions"),
        body=rest,
    )
    return kept_vectors(await talks.embed(request))
