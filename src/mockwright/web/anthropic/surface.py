"""The routes of Anthropic's API."""

from __future__ import annotations

from mockwright.settings import Settings
from mockwright.web.anthropic.errors import describe, simulate
from mockwright.web.anthropic.response import count_tokens, list_models, messages, show_model
from mockwright.web.chat.surface import ChatSurface, SurfaceRoute


def build_anthropic(settings: Settings) -> ChatSurface:
    """Return the surface of ``/v1/messages`` and of the list of models in Anthropic's form."""
    routes = (
        SurfaceRoute("POST", "/v1/messages", messages),
        SurfaceRoute("POST", "/v1/messages/count_tokens", count_tokens),
        SurfaceRoute("GET", "/v1/models", list_models),
        SurfaceRoute("GET", "/v1/models/{*}", show_model),
    )
    return ChatSurface(settings, routes, describe, simulate, id_header=b"request-id")
