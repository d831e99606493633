"""LangChain's own standard tests for chat models and embeddings, against the gateway.

The classes of `langchain-tests` find everything out by themselves; here they are only told where.
"""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("langchain_tests", reason="run by `make test-clients`")

from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain_tests.integration_tests import ChatModelIntegrationTests, EmbeddingsIntegrationTests

pytestmark = pytest.mark.clients


class TestChat(ChatModelIntegrationTests):
    """A chat model that is the gateway's embedded backend."""

    @pytest.fixture(autouse=True)
    def _gateway(self, base_url: str) -> None:
        type(self).base_url = base_url

    base_url = ""

    @property
    def chat_model_class(self) -> type[ChatOpenAI]:
        return ChatOpenAI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {
            "model": "auto",
            "base_url": self.base_url,
            "api_key": "any",
            "stream_usage": True,
        }

    @property
    def supports_image_inputs(self) -> bool:
        # The gateway takes them; these tests would fetch their picture from the internet.
        return False

    @property
    def supports_image_urls(self) -> bool:
        return True

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True


class TestEmbeddings(EmbeddingsIntegrationTests):
    """Embeddings that are the gateway's hashes of words."""

    @pytest.fixture(autouse=True)
    def _gateway(self, base_url: str) -> None:
        type(self).base_url = base_url

    base_url = ""

    @property
    def embeddings_class(self) -> type[OpenAIEmbeddings]:
        return OpenAIEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {
            "model": "auto",
            "base_url": self.base_url,
            "api_key": "any",
            "check_embedding_ctx_length": False,
        }
