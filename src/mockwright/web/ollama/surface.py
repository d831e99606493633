"""The routes of Ollama's API."""

from __future__ import annotations

from mockwright.settings import Settings
from mockwright.web.chat.surface import ChatSurface, SurfaceRoute
from mockwright.web.ollama.errors import describe, simulate
from mockwright.web.ollama.models import running, show, tags, version
from mockwright.web.ollama.response import chat, embed, embeddings, generate


def build_ollama(settings: Settings) -> ChatSurface:
    """Return the surface of Ollama's API, without the making and moving of models."""
    routes = (
        SurfaceRoute("GET", "/api/tags", tags),
        SurfaceRoute("GET", "/api/ps", running),
        SurfaceRoute("GET", "/api/version", version),
        SurfaceRoute("POST", "/api/show", show),
        SurfaceRoute("POST", "/api/chat", chat),
        SurfaceRoute("POST", "/api/generate", generate),
        SurfaceRoute("POST", "/api/embed", embed),
        SurfaceRoute("POST", "/api/embeddings", embeddings),
    )
    return ChatSurface(settings, routes, describe, simulate)
