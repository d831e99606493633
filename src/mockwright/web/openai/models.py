"""``GET /v1/models`` and ``/v1/models/{id}``.

https://platform.openai.com/docs/api-reference/models
"""

from __future__ import annotations

from typing import Final

from mockwright.errors import UnknownModelError
from mockwright.gateway.conversation import ModelListing
from mockwright.types import JsonObject
from mockwright.web.chat.surface import SurfaceCall, WholeReply

_CREATED: Final = 1_735_689_600
"""2025-01-01, for all models: backends do not say how old theirs are."""


async def list_models(call: SurfaceCall) -> WholeReply:
    """Answer with everything that may be asked for as ``model``."""
    listed = [_model(model) for model in call.conversation.models()]
    return WholeReply({"object": "list", "data": listed})


async def show_model(call: SurfaceCall) -> WholeReply:
    """Answer with one model; a name with slashes in it is one name."""
    name = call.params[0]
    models = call.conversation.models()
    for model in models:
        if model.id == name:
            return WholeReply(_model(model))
    raise UnknownModelError(name, [model.id for model in models])


def _model(model: ModelListing) -> JsonObject:
    return {"id": model.id, "object": "model", "created": _CREATED, "owned_by": model.owner}
