"""What a backend is: the protocol, and the facts about a model that everybody needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from mockwright.chat.types import ChatReply, ChatRequest, Embeddings, EmbedRequest
from mockwright.generator.interfaces import Realist
from mockwright.prompting.dialects import Dialect
from mockwright.prompting.tokens import count_tokens
from mockwright.schema.keywords import word_set
from mockwright.settings import BackendSettings, Price, ProfileSettings, ResilienceSettings
from mockwright.types import Completion, CompletionMode, Json, JsonObject, Task, Usage


@dataclass(frozen=True, slots=True)
class Profile:
    """What a model can do: configured, else the provider's default, corrected by its answers."""

    json_schema: bool = True
    json_mode: bool = True
    seed: bool = True
    context_window: int | None = None
    """Tokens that prompt and answer may have together; ``None`` where nobody said."""
    dialect: Dialect = "plain"
    """Whose reading of JSON Schema its constrained mode follows."""

    @property
    def mode(self) -> CompletionMode:
        """Return the strictest way to ask for a form that this model takes."""
        if self.json_schema:
            return "schema"
        return "json" if self.json_mode else "prompt"


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a backend can be reached, and has the configured model."""

    reachable: bool
    model_present: bool | None = None
    """``None`` where the backend does not tell."""
    detail: str = ""


class Backend(Protocol):
    """One model endpoint, or something that acts as one.

    What wraps backends is a backend: ``ResilientBackend`` puts limits, retries and a breaker around
    one, ``Pool`` has several answer in turn and stand in for each other. So whoever asks need not
    know which it holds. Wrappers take optional parameters beside these, never others in their
    place.
    """

    @property
    def name(self) -> str:
        """The name it is configured under."""

    @property
    def provider(self) -> str:
        """The kind of API it speaks: a name of ``PROVIDERS``."""

    @property
    def model(self) -> str:
        """The configured model; may be empty where the endpoint serves a single one."""

    @property
    def supported_fields(self) -> frozenset[str] | None:
        """The fields of a chat that it acts on; ``None`` where it passes all of them on."""

    async def complete(self, task: Task) -> Completion:
        """Answer a task; raises BackendError, or RequestError for a task nobody could do."""

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Answer a chat in one piece; raises BackendError, or RequestError."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        """Answer a chat in OpenAI's chunk objects, each yielded when it has come.

        Nothing is sent before the first is asked for; closing it gives up the call. Usage is in
        one of the last chunks, where the server tells it.
        """

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Embed each text; raises UnsupportedError where there are no vectors to be had."""

    async def probe(self) -> Probe:
        """Look whether the endpoint is there, without generating anything; does not raise."""

    async def aclose(self) -> None:
        """Give up connections; the backend is not used afterwards."""


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What backends are built with beside their own settings."""

    resilience: ResilienceSettings
    upstream_bytes: int
    """Bound on the body of one answer, and on one stream altogether."""
    realist: Realist | None = None
    """For the embedded generator; ``None`` takes its default."""


BuildBackend: TypeAlias = Callable[[BackendSettings, BuildContext], Backend]
"""Makes the bare backend, without limits and retries; what ``ProviderSpec.build`` names.

Nothing is connected yet. Raises ConfigError where a part is missing.
"""

CHAT_FIELDS: Final = word_set(
    "messages tools tool_choice parallel_tool_calls functions function_call response_format n seed"
    " stop max_tokens max_completion_tokens"
)
"""The fields of a chat that every backend acts on."""
_LABELS: Final = word_set(
    "user metadata store safety_identifier prompt_cache_key prompt_cache_retention"
)
"""Fields that ask for nothing an answer could show: nobody misses them."""


def ignored_fields(backend: Backend, request: ChatRequest) -> tuple[str, ...]:
    """Return the fields of ``request`` that ask for something ``backend`` does not act on."""
    if backend.supported_fields is None:
        return ()
    asked = {name for name, value in request.body.items() if value not in (None, False, {}, [])}
    return tuple(sorted(asked - backend.supported_fields - _LABELS))


def configured(settings: ProfileSettings, default: Profile, window: int | None) -> Profile:
    """Return the provider's profile with what the configuration says on top."""

    def either(value: bool | None, fallback: bool) -> bool:
        return fallback if value is None else value

    return Profile(
        json_schema=either(settings.json_schema, default.json_schema),
        json_mode=either(settings.json_mode, default.json_mode),
        seed=either(settings.seed, default.seed),
        context_window=window,
        dialect=default.dialect,
    )


def estimate_usage(prompt: str, text: str) -> Usage:
    """Return an estimate from the texts, for answers that report no tokens."""
    return Usage(count_tokens(prompt), count_tokens(text), estimated=True)


def reported_usage(reported: Json) -> Usage | None:
    """Read OpenAI's ``usage`` object; ``None`` where it is none."""
    if not isinstance(reported, dict):
        return None
    read, written = reported.get("prompt_tokens"), reported.get("completion_tokens")
    if not (isinstance(read, int) and isinstance(written, int)) or min(read, written) < 0:
        return None
    return Usage(read, written)


def cost(usage: Usage, price: Price) -> float:
    """Return the price of ``usage`` in USD."""
    spent = (
        usage.input_tokens * price.input_per_million
        + usage.output_tokens * price.output_per_million
    )
    return spent / 1_000_000
