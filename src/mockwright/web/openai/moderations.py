"""``POST /v1/moderations``: the opinion of a word list, in the form of a model's.

https://platform.openai.com/docs/api-reference/moderations
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from mockwright.chat.types import text_of
from mockwright.embedded_chat.moderation import moderate
from mockwright.types import Json, JsonObject
from mockwright.web.chat import fields
from mockwright.web.chat.surface import SurfaceCall, WholeReply

_MAX_INPUTS: Final = 2048
MODEL: Final = "mockwright-moderation"
"""The model that answers name, whichever was asked for: no model judged."""


async def moderations(call: SurfaceCall) -> WholeReply:
    """Answer with a verdict on each input, without asking any backend."""
    if "input" not in call.body:
        raise fields.missing("input")
    texts = _texts(call.body["input"])
    digest = blake2b("\0".join(texts).encode("utf-8", "replace"), digest_size=12).hexdigest()
    results: list[JsonObject] = [moderate(text) for text in texts]
    return WholeReply({"id": f"modr-{digest}", "model": MODEL, "results": results})


def _texts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    listed = fields.sequence(value, "input", least=1, most=_MAX_INPUTS)
    if all(isinstance(one, dict) for one in listed):
        # Parts of one input: text, and images that a word list cannot see.
        return [text_of(listed)]
    return [fields.text(one, f"input[{i}]") for i, one in enumerate(listed)]
