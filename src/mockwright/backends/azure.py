"""Azure OpenAI: OpenAI's protocol under other paths, with another key header.

https://learn.microsoft.com/azure/ai-foundry/openai/reference
"""

from __future__ import annotations

import re
from typing import Final

from mockwright.backends.base import BuildContext
from mockwright.backends.connect import base_url, connect
from mockwright.backends.openai import OpenAIBackend
from mockwright.settings import BackendSettings

_COPIED_PATH: Final = re.compile(r"(?:/openai(?:/v1|/deployments(?:/.*)?)?)?/*$")
"""What the URLs end with that people copy from Azure's pages."""


def build(settings: BackendSettings, context: BuildContext) -> OpenAIBackend:
    """Return a backend for one deployment, whose name is the configured ``model``."""
    url = azure_url(base_url(settings), settings.api_version)
    return OpenAIBackend(
        settings,
        connect(settings, url, context, key_headers),
        dialect="azure",
        deployments=settings.api_version is not None,
    )


def azure_url(url: str, api_version: str | None) -> str:
    """Return where a resource is asked; its deployments have paths where a version is named."""
    root = _COPIED_PATH.sub("", url, count=1)
    return f"{root}/openai" if api_version else f"{root}/openai/v1"


def key_headers(key: str) -> dict[str, str]:
    """Return the header that Azure reads a key from; tokens go as ``authorization``."""
    return {"api-key": key} if key else {}
