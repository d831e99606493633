"""The routes of Ollama's API."""

from __future__ import annotations

from mockwright.web.chat.surface import Route, Surface
from mockwright.web.ollama.errors import describe, simulate
from mockwright.web.ollama.models import running, show, tags, version
from mockwright.web.ollama.response import chat, embed, embeddings, generate


def build_ollama() -> Surface:
    """What clients of Ollama ask for, but for the making and moving of models."""
    routes = (
        Route("GET", "/api/tags", tags),
        Route("GET", "/api/ps", running),
        Route("GET", "/api/version", version),
        Route("POST", "/api/show", show),
        Route("POST", "/api/chat", chat),
        Route("POST", "/api/generate", generate),
        Route("POST", "/api/embed", embed),
        Route("POST", "/api/embeddings", embeddings),
    )
    return Surface(routes, describe, simulate)
