"""``POST /v1/embeddings``.

https://platform.openai.com/docs/api-reference/embeddings
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from struct import pack
from typing import Final

from mockwright.chat.types import EmbedRequest
from mockwright.errors import ParameterError
from mockwright.types import Json, JsonObject
from mockwright.web.chat import fields
from mockwright.web.chat.surface import SurfaceCall, WholeReply

_MAX_INPUTS: Final = 2048
"""The number of inputs that OpenAI takes in one request."""
_MAX_DIMENSIONS: Final = 4096
_OWN: Final = frozenset({"model", "input", "encoding_format"})
"""Fields that are not passed on: they are read here."""


async def embeddings(call: SurfaceCall) -> WholeReply:
    """Answer with one vector for each input, as numbers or as base64 of little-endian 32-bit
    floats."""
    session = call.open_session()
    body = call.body
    if "input" not in body:
        raise fields.missing("input")
    found = fields.read(
        body,
        {
            "dimensions": fields.integer(1, _MAX_DIMENSIONS),
            "encoding_format": fields.one_of("float", "base64"),
            "user": fields.text,
        },
    )
    request = EmbedRequest(
        texts=_texts(body["input"]),
        dimensions=found.get("dimensions"),
        body={name: value for name, value in body.items() if name not in _OWN},
    )
    made = await session.embed(request)
    call.spend(made.usage, made.cost_usd)
    base64 = found.get("encoding_format") == "base64"
    tokens = made.usage.input_tokens
    answer = {
        "object": "list",
        "data": [_entry(i, vector, base64) for i, vector in enumerate(made.vectors)],
        "model": made.model or made.backend,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
    head = (
        (b"x-llm-backend", made.backend.encode()),
        (b"x-mock-cost-usd", f"{made.cost_usd:.6f}".encode()),
    )
    return WholeReply(answer, head, backend=made.backend)


def _texts(value: Json) -> tuple[str, ...]:
    """Return the inputs as texts.

    Token ids become words: without the model's vocabulary nothing else can be made of them.
    """
    if isinstance(value, str):
        return (_require_text(value, "input"),)
    listed = fields.sequence(value, "input", least=1, most=_MAX_INPUTS)
    if all(_is_token(one) for one in listed):
        return (_tokens_as_text(listed),)
    return tuple(_text(one, f"input[{i}]") for i, one in enumerate(listed))


def _text(value: Json, place: str) -> str:
    if isinstance(value, list) and value and all(_is_token(one) for one in value):
        return _tokens_as_text(value)
    return _require_text(fields.text(value, place), place)


def _require_text(text: str, place: str) -> str:
    if not text:
        raise ParameterError(f"'{place}' cannot be an empty string", place, "invalid_value")
    return text


def _is_token(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _tokens_as_text(tokens: Sequence[int]) -> str:
    return " ".join(map(str, tokens))


def _entry(index: int, vector: Sequence[float], base64: bool) -> JsonObject:
    numbers: Json = list(vector)
    if base64:
        numbers = b64encode(pack(f"<{len(vector)}f", *vector)).decode()
    return {"object": "embedding", "index": index, "embedding": numbers}
