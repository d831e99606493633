"""Ollama's ``/api/tags``, ``/api/show``, ``/api/ps`` and ``/api/version``."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from mockwright.errors import UnknownModelError
from mockwright.gateway.conversation import ModelListing
from mockwright.types import JsonObject
from mockwright.web.chat.surface import SurfaceCall, WholeReply
from mockwright.web.ollama.request import required_model

_SINCE: Final = "2025-01-01T00:00:00Z"
"""The age of every model: backends do not say how old theirs are."""
VERSION: Final = "0.13.0"
"""The version of the API that is spoken here; clients check that it is new enough."""
_CAPABILITIES: Final = ["completion", "tools", "embedding"]
"""What clients may offer of a model."""


async def tags(call: SurfaceCall) -> WholeReply:
    """Answer with every name that may be asked for as a model."""
    return WholeReply({"models": [_model(model) for model in call.conversation.models()]})


async def running(call: SurfaceCall) -> WholeReply:
    """Answer with the models that are loaded: all of them, as far as a caller can tell."""
    models = call.conversation.models()
    loaded = [
        {**_model(model), "expires_at": "2100-01-01T00:00:00Z", "size_vram": 0} for model in models
    ]
    return WholeReply({"models": loaded})


async def show(call: SurfaceCall) -> WholeReply:
    """Answer with what is known of one model."""
    name = required_model(call.body)
    models = call.conversation.models()
    found = next((model for model in models if model.id == name), None)
    if found is None:
        raise UnknownModelError(name, [model.id for model in models])
    return WholeReply(
        {
            "modelfile": f"FROM {found.id}\n",
            "parameters": "",
            "template": "{{ .Prompt }}",
            "details": _details(found),
            "model_info": {"general.architecture": found.owner, "general.basename": found.id},
            "capabilities": _CAPABILITIES,
            "modified_at": _SINCE,
        }
    )


async def version(call: SurfaceCall) -> WholeReply:
    """Answer with the version of Ollama whose API this is."""
    return WholeReply({"version": VERSION})


def _model(model: ModelListing) -> JsonObject:
    return {
        "name": model.id,
        "model": model.id,
        "modified_at": _SINCE,
        "size": 0,
        "digest": sha256(model.id.encode()).hexdigest(),
        "details": _details(model),
    }


def _details(model: ModelListing) -> JsonObject:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.owner,
        "families": [model.owner],
        "parameter_size": "",
        "quantization_level": "",
    }
