"""The routes of OpenAI's API."""

from __future__ import annotations

from mockwright.settings import Settings
from mockwright.web.chat.surface import ChatSurface, SurfaceRoute
from mockwright.web.openai.chat import chat_completions
from mockwright.web.openai.completions import completions
from mockwright.web.openai.embeddings import embeddings
from mockwright.web.openai.errors import describe, simulate
from mockwright.web.openai.models import list_models, show_model
from mockwright.web.openai.moderations import moderations
from mockwright.web.openai.responses.routes import Responses


def build_openai(settings: Settings, responses: Responses) -> ChatSurface:
    """Return the surface of everything below ``/v1``; unknown paths get OpenAI's 404."""
    routes = (
        *responses.routes(),
        SurfaceRoute("GET", "/v1/models", list_models),
        SurfaceRoute("GET", "/v1/models/{*}", show_model),
        SurfaceRoute("POST", "/v1/chat/completions", chat_completions),
        SurfaceRoute("POST", "/v1/completions", completions),
        SurfaceRoute("POST", "/v1/embeddings", embeddings),
        SurfaceRoute("POST", "/v1/moderations", moderations),
    )
    return ChatSurface(settings, routes, describe, simulate)
