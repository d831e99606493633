"""The kinds of model API, one entry each: the only place that tells them apart by name.

It stands below the settings, so that what refuses an unknown name, asks for a missing field or
estimates a call reads the same entry as what builds the backend. ``docs/extending.md`` adds one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """What everybody has to know of one kind of API."""

    build: str
    """``module:function``, a ``backends.base.BuildBackend``.

    It is named, not imported: HTTP clients are slow to import, and most processes need none or
    one. Only ``backends.factory`` follows the name.
    """
    base_url: str = ""
    """Where it is asked unless ``base_url`` is configured; empty where there is no usual place."""
    requires: Mapping[str, str] = field(default_factory=dict)
    """The fields of ``BackendSettings`` it cannot do without, and what each has to hold, in words
    that continue "required, but not given: "."""
    writes: bool = True
    """Whether a model writes the answers, which then have a price, a length and a context."""
    telemetry_name: str | None = None
    """Its ``gen_ai.provider.name`` where OpenTelemetry's conventions have another than its own."""


PROVIDERS: Final[dict[str, ProviderSpec]] = {
    "openai": ProviderSpec(
        build="mockwright.backends.openai:build",
        base_url="https://api.openai.com/v1",
    ),
    "azure": ProviderSpec(
        build="mockwright.backends.azure:build",
        requires={
            "base_url": "the resource's URL, such as https://my-resource.openai.azure.com",
            "model": "the name of the deployment",
        },
        telemetry_name="azure.ai.openai",
    ),
    "ollama": ProviderSpec(
        build="mockwright.backends.ollama:build",
        base_url="http://localhost:11434",
        requires={"model": "the model's name, as 'ollama list' shows it"},
    ),
    "lmstudio": ProviderSpec(
        build="mockwright.backends.openai:build",
        base_url="http://localhost:1234/v1",
    ),
    "anthropic": ProviderSpec(
        build="mockwright.backends.anthropic:build",
        base_url="https://api.anthropic.com/v1",
        requires={"model": "the model's name"},
    ),
    "llamacpp": ProviderSpec(build="mockwright.backends.llamacpp:build"),
    "embedded": ProviderSpec(build="mockwright.backends.embedded:build", writes=False),
    "scripted": ProviderSpec(
        build="mockwright.backends.scripted:build",
        requires={"responses": "at least one"},
    ),
}
"""By the name that the configuration uses. A program may add its own before it reads settings."""
