"""Doubles for tests: servers that say what they are told to, on real sockets.

They are made for this project's own tests and fit for yours: whatever speaks to the real thing can
be pointed at its double.
"""

from mockwright.testing.ollama import OllamaCall, OllamaDouble, OllamaReply, OllamaRequest
from mockwright.testing.ollama_models import OllamaModel

__all__ = ["OllamaCall", "OllamaDouble", "OllamaModel", "OllamaReply", "OllamaRequest"]
