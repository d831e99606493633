"""For test suites: a gateway that each test has to itself, and doubles of model servers.

``Mockwright`` is one test's view of a gateway. The pytest plugin has it as a fixture,
``MockwrightTestCase`` brings it to unittest, ``MockwrightContainer`` runs the gateway in Docker,
``running`` and ``application`` run it in this process. ``OllamaDouble`` stands for an Ollama
server.

Each name is imported when it is first used, so that suites do not wait for what they do not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mockwright.testing.case import MockwrightTestCase
    from mockwright.testing.container import ContainerError, MockwrightContainer
    from mockwright.testing.gateway import Mockwright, Recorded
    from mockwright.testing.inprocess import application, running
    from mockwright.testing.ollama import OllamaDouble, OllamaRequest
    from mockwright.testing.ollama_answers import OllamaCall, OllamaReply
    from mockwright.testing.ollama_models import OllamaModel

__all__ = [
    "ContainerError",
    "Mockwright",
    "MockwrightContainer",
    "MockwrightTestCase",
    "OllamaCall",
    "OllamaDouble",
    "OllamaModel",
    "OllamaReply",
    "OllamaRequest",
    "Recorded",
    "application",
    "running",
]

_HOMES: Final = {
    "case": ("MockwrightTestCase",),
    "container": ("ContainerError", "MockwrightContainer"),
    "gateway": ("Mockwright", "Recorded"),
    "inprocess": ("application", "running"),
    "ollama": ("OllamaDouble", "OllamaRequest"),
    "ollama_answers": ("OllamaCall", "OllamaReply"),
    "ollama_models": ("OllamaModel",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"mockwright.testing.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
