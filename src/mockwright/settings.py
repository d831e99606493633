"""The configuration's models: they hold every key, its default and its bounds.

``config`` reads files and the environment into these; everything else is handed its own slice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticKnownError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mockwright.providers import PROVIDERS
from mockwright.types import (
    BudgetLevel,
    Json,
    Merge,
    Mode,
    OnError,
    OnInputConflict,
    OnMissing,
    OnUnverified,
    Partial,
    Pattern,
    Tier,
)


def _check_provider(given: object) -> object:
    """Refuse an unknown name in the words that pydantic has for a Literal.

    It cannot be one: the names are those of a table that may be added to.
    """
    if isinstance(given, str) and given in PROVIDERS:
        return given
    *names, last = map(repr, PROVIDERS)
    raise PydanticKnownError("literal_error", {"expected": f"{', '.join(names)} or {last}"})


Provider = Annotated[str, BeforeValidator(_check_provider)]
"""A name of :data:`~mockwright.providers.PROVIDERS`."""
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Section(BaseModel):
    """Refuses unknown keys, and is fixed once it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(Section):
    """What tokens cost, in USD per million."""

    input_per_million: float = Field(0.0, ge=0)
    output_per_million: float = Field(0.0, ge=0)


class ProfileSettings(Section):
    """What a model can do; ``None`` starts from the provider's default and learns from answers."""

    json_schema: bool | None = None
    json_mode: bool | None = None
    seed: bool | None = None


class Match(Section):
    """Tells which requests a scripted answer is for; all that is given has to hold."""

    contains: str | None = None
    """It has to be in the text of the last user message (or the prompt and path), in any case."""
    regex: str | None = None
    """It has to match somewhere in that text."""
    json_path: str | None = None
    """An RFC 9535 query that has to find something in the whole request, in OpenAI's form."""
    equals: Json = None
    """What ``json_path`` has to find, where it is given."""


class ScriptedCall(Section):
    """One tool that a scripted answer calls."""

    name: str
    arguments: dict[str, Json] = Field(default_factory=dict)


class ScriptedReply(Section):
    """One answer that is laid down: a text, a value, tool calls or an error."""

    match: Match | None = None
    text: str | None = Field(None, alias="reply")
    value: Json = None
    tool_calls: tuple[ScriptedCall, ...] = ()
    error: str | None = None
    """``timeout``, ``connection``, or ``status_NNN``."""
    delay: float = Field(0.0, ge=0, le=3600)
    """Seconds that pass before the answer, or before the first token of a stream."""
    tokens_per_second: float | None = Field(None, gt=0, le=1e6)
    """How fast a stream runs; ``None`` sends it all at once."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class BackendSettings(Section):
    """One model endpoint."""

    name: Name
    provider: Provider = "openai"
    base_url: str | None = None
    model: str = ""
    api_key: SecretStr | None = None
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    enabled: bool = True
    weight: int = Field(1, ge=0, le=1_000_000)
    priority: int = Field(0, ge=-1000, le=1000)
    """Backends of a lower priority are used only when all of the higher ones fail."""
    fallbacks: tuple[str, ...] = ()
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=5)
    context_window: int | None = Field(None, ge=128)
    """Tokens."""
    keep_alive: str | None = None
    """Ollama: how long the model stays loaded, for example ``10m``."""
    timeout: float | None = Field(None, gt=0, le=3600)
    """Seconds for one attempt; ``None`` takes ``resilience.timeout``."""
    connect_timeout: float = Field(5.0, gt=0, le=600)
    read_timeout: float | None = Field(None, gt=0, le=3600)
    max_parallel_requests: int = Field(16, ge=1, le=10_000)
    max_queue: int = Field(256, ge=0, le=1_000_000)
    price: Price = Price()
    profile: ProfileSettings = ProfileSettings()
    roles: tuple[Literal["code"], ...] = ()
    """``code`` has it asked for programs where something has to be computed."""
    responses: tuple[ScriptedReply, ...] = ()
    """What ``scripted`` and ``embedded`` answer: the first whose ``match`` holds; those without one
    are given in turn, again from the start after the last."""
    embedding_model: str | None = None
    """The model that is asked for embeddings; ``None`` asks ``model``."""
    api_version: str | None = None
    """Azure: the ``api-version`` of every call; ``None`` calls the version-free ``/openai/v1``."""
    proxy: SecretStr | None = None
    """URL of an HTTP proxy; ``None`` takes what the environment says."""
    http2: bool = False
    model_path: Path | None = None
    """llamacpp: a GGUF file; ``None`` takes the small model of the ``llm`` extra."""


class ResilienceSettings(Section):
    """Says how long a call may take, when it is tried again, and when a backend is left alone."""

    timeout: float = Field(60.0, gt=0, le=3600)
    """Seconds for one attempt."""
    deadline: float = Field(120.0, gt=0, le=7200)
    """Seconds for one request, with all attempts and fallbacks; for a stream, until it starts."""
    stream_deadline: float = Field(600.0, gt=0, le=86_400)
    """Seconds for one streamed answer, from its first chunk to its last."""
    retry: bool = True
    num_retries: int = Field(3, ge=0, le=20)
    retry_backoff_initial: float = Field(1.0, ge=0, le=60)
    retry_backoff_max: float = Field(10.0, ge=0, le=600)
    retry_after_cap: float = Field(30.0, ge=0, le=600)
    """Seconds; a longer ``Retry-After`` is not waited for: the next backend is tried."""
    breaker: bool = True
    allowed_fails: int = Field(5, ge=1, le=10_000)
    cooldown_time: float = Field(30.0, gt=0, le=3600)


class ServerSettings(Section):
    """Says where the gateway listens, and who may call it."""

    host: str = "127.0.0.1"
    port: int = Field(5116, ge=0, le=65535)
    workers: int = Field(1, ge=1, le=256)
    cors_origins: tuple[str, ...] = ("*",)
    admin_token: SecretStr | None = None
    """Where it is set, ``/api/admin`` asks for it as ``Authorization: Bearer``."""


class ApiKey(Section):
    """One caller of the chat surfaces, and how much it may ask."""

    name: Name
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The key's hash in lower-case hex, as ``mockwright hash-key`` prints it."""
    requests_per_minute: int | None = Field(None, ge=1)
    tokens_per_minute: int | None = Field(None, ge=1)
    budget_usd: float | None = Field(None, ge=0)
    """What it may spend between two starts of the process."""


class ApiSettings(Section):
    """Says who may call the chat surfaces (OpenAI's, Anthropic's, Ollama's), and by what names."""

    api_keys: tuple[ApiKey, ...] = ()
    """Where there are none, any key will do, or no key at all."""
    aliases: dict[str, str] = Field(default_factory=dict)
    """A model's name, with ``*`` for anything, to a backend or ``auto``; the first match counts."""
    max_responses: int = Field(1000, ge=0)
    """How many answers of ``/v1/responses`` are kept for later ones to refer to."""
    max_choices: int = Field(16, ge=1, le=128)


class LimitSettings(Section):
    """Bounds what one request may bring and ask."""

    body_bytes: int = Field(10 * 2**20, ge=1024)
    upload_bytes: int = Field(100 * 2**20, ge=1024)
    query_bytes: int = Field(32 * 2**10, ge=256)
    """The HTTP parser itself refuses a request line of 64 KiB and more."""
    control_bytes: int = Field(256 * 2**10, ge=256)
    """The most that the text of one control may have, for example of a shape in a header."""
    json_depth: int = Field(100, ge=4, le=500)
    max_items: int = Field(10_000, ge=1)
    max_completions: int = Field(100, ge=1)
    max_delay: float = Field(60.0, ge=0)
    """Seconds."""
    flow_depth: int = Field(5, ge=1, le=20)
    """How deep patterns may stand within patterns in a flow that a request brings."""
    flow_stages: int = Field(32, ge=1, le=1000)
    """How many stages and branches a flow that a request brings may have, all together."""
    flow_calls: int = Field(200, ge=1)
    """How many calls a plan may take, re-asks and corrections included."""
    upstream_bytes: int = Field(16 * 2**20, ge=1024)
    """The most that is read of one answer of a backend."""


class CacheSettings(Section):
    """Says how many variants are kept, and how long."""

    max_variants: int = Field(100, ge=1, le=10_000)
    """The most that ``$cache`` may ask."""
    max_keys: int = Field(10_000, ge=1)
    max_bytes: int = Field(256 * 2**20, ge=1024)
    ttl: float = Field(3600.0, gt=0)
    """Seconds until a variant is replaced (absolute expiry)."""
    idle: float = Field(900.0, gt=0)
    """Seconds without a hit until a key is dropped (sliding expiry)."""
    refill_below: float = Field(0.5, ge=0, le=1)
    """Share of the asked variants below which the missing ones are made in the background."""


class JournalSettings(Section):
    """Says how much is kept of past requests."""

    max_entries: int = Field(10_000, ge=0)
    max_bytes: int = Field(32 * 2**20, ge=0)
    max_body_bytes: int = Field(16 * 2**10, ge=0)
    """The most of each body, prompt and raw model text; the rest is cut, and the cut is marked."""


class StorageSettings(Section):
    """Says where that is kept which outlives the process."""

    path: Path | None = None
    """An SQLite file; ``None`` keeps everything in memory."""


class LogSettings(Section):
    """Says what is logged, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class TelemetrySettings(Section):
    """Says where OpenTelemetry spans go; they need the extra ``otel``."""

    enabled: bool = False
    service_name: str = Field("mockwright", min_length=1)
    endpoint: str | None = Field(None, pattern=r"^https?://[^/]")
    """A collector that speaks OTLP over HTTP, for example ``http://localhost:4318``; ``None`` takes
    what ``OTEL_EXPORTER_OTLP_*`` says."""


class MockSettings(Section):
    """Holds on the mock surface where a request says nothing else."""

    fill: bool = True
    """Whether the generator fills what a model leaves broken; else the answer is 502."""
    reasks: int = Field(1, ge=0, le=10)
    """How often a model is told its violations and asked again, before filling."""
    on_input_conflict: OnInputConflict = "error"
    on_unverified: OnUnverified = "best_effort"
    seed: int | None = Field(None, ge=0, lt=2**63)
    locale: str = "en"
    flow: str | None = None
    """What answers where nothing else is asked: a configured flow, a pattern, or ``auto``."""
    budget: BudgetLevel | None = None
    max_cost_usd: float | None = Field(None, ge=0)
    """What one answer may cost."""
    chunk_tokens: int = Field(2048, ge=64)
    """What a model is asked to write in one piece, where its own limit is not known."""
    chunk_parallel: int = Field(4, ge=1, le=64)
    """How many pieces of a long list are made at the same time."""
    autoshape: bool = True
    """Whether later answers of a path template keep the structure of the first, where neither a
    shape nor a seed is asked."""
    autoshape_expiry: float = Field(900.0, gt=0)
    """Seconds without use until a kept structure is forgotten."""
    delay_range: str | None = None
    """How long each answer takes: ``500-2000`` (milliseconds), ``max`` or ``avg``."""


class FlowSettings(Section):
    """One node of a flow: a call, or a pattern of nodes. A text stands for a backend's name.

    Which pattern it is follows from what is given (``stages``, ``branches``, ``generate``,
    ``tiers``) where ``pattern`` does not say.
    """

    name: Name | None = None
    pattern: Pattern | None = None
    backend: str | None = None
    """A name, names in order with commas between, or ``auto``."""
    tier: Tier | None = None
    """Asks the backends that the tier is made of, in place of ``backend``."""
    reasks: int | None = Field(None, ge=0, le=10)
    shape: Json = None
    """What this node makes; without one it makes the whole."""
    instructions: str | None = Field(None, max_length=20_000)
    rules: tuple[Json, ...] = ()
    when: str | None = None
    """A condition in CEL; the node is passed over where it does not hold."""
    on_error: OnError = "fail"
    fallback: FlowSettings | None = None
    revise: tuple[str, ...] = ()
    """The paths that this node may change of what is there already; ``*`` is all of it."""
    into: str | None = None
    """Where its own answer goes in the whole: ``pricing``, ``product.pricing``."""
    stages: tuple[FlowSettings, ...] = ()
    branches: tuple[FlowSettings, ...] = ()
    merge: Merge = "deep"
    partial: Partial = "fail"
    accept: str | None = None
    """A condition in CEL on ``result`` and ``quality``: branches that do not hold do not count."""
    generate: FlowSettings | None = None
    judge: FlowSettings | None = None
    correct: FlowSettings | None = None
    """``None`` has what generated correct, too."""
    final: FlowSettings | None = None
    threshold: float = Field(0.8, ge=0, le=1)
    max_iterations: int = Field(3, ge=1, le=20)
    tiers: dict[Tier, FlowSettings] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Json) -> Json:
        """Read a name alone as a backend, and a list of names as one text."""
        if isinstance(given, str):
            return {"backend": given}
        if isinstance(given, dict) and isinstance(given.get("backend"), (list, tuple)):
            return {**given, "backend": ",".join(map(str, given["backend"]))}
        return given


class RoutingSettings(Section):
    """Says which backends a tier is made of, and which scores lead to it."""

    tiers: dict[Tier, tuple[str, ...]] = Field(default_factory=dict)
    """A tier that is not given is whatever the pool offers."""
    quality_from: float = Field(4.0, ge=0, le=10)
    """Complexity scores below it go to ``fast``."""
    premium_from: float = Field(8.0, ge=0, le=10)


class QualityWeights(Section):
    """Says how much each part counts in an answer's quality; what does not apply does not count."""

    conformance: float = Field(3.0, ge=0)
    completeness: float = Field(2.0, ge=0)
    formats: float = Field(1.0, ge=0)
    rules: float = Field(2.0, ge=0)
    uniqueness: float = Field(1.0, ge=0)
    consistency: float = Field(1.0, ge=0)
    judge: float = Field(5.0, ge=0)
    statistics: float = Field(3.0, ge=0)


class RouteSettings(Section):
    """Holds for the requests whose path it matches, where they say nothing else."""

    path: str = Field(pattern=r"^/")
    """``*`` stands for one segment, ``**`` for any number: ``/users/**``."""
    method: tuple[str, ...] = ()
    shape: Json = None
    backend: str | None = None
    count: int | None = Field(None, ge=0)
    cache: int | None = Field(None, ge=1)
    seed: int | None = Field(None, ge=0, lt=2**63)
    rules: tuple[Json, ...] = ()
    prompt: str | None = None
    locale: str | None = None
    fill: bool | None = None
    on_input_conflict: OnInputConflict | None = None
    on_unverified: OnUnverified | None = None
    flow: str | None = None
    """A configured flow, a pattern, or ``auto``."""
    budget: BudgetLevel | None = None
    max_cost_usd: float | None = Field(None, ge=0)
    mode: Mode | None = None
    ignore: tuple[str, ...] = ()
    """What does not count when a recording is looked for, as in ``recordings.ignore``."""
    state: bool | None = None
    on_missing: OnMissing | None = None
    context: str | None = Field(None, min_length=1, max_length=128)
    autoshape: bool | None = None
    status: int | None = Field(None, ge=200, le=599)
    delay: float = Field(0.0, ge=0, le=3600)
    """Seconds that pass before the answer."""


class RecordingSettings(Section):
    """Says where answers are kept to be given again, and what makes two requests the same."""

    mode: Mode = "live"
    folder: Path = Path("mocks")
    ignore: tuple[str, ...] = ()
    """``ids``, ``timestamps``, ``query.<name>``, ``body.<path>`` and ``controls.<name>``."""
    max_entries: int = Field(100_000, ge=1)
    max_entry_bytes: int = Field(16 * 2**20, ge=1024)


class TestsSettings(Section):
    """Says how many tests are kept apart by their ids, and how long."""

    __test__ = False  # pytest takes what is called so for a test

    max_tests: int = Field(1000, ge=1)
    expiry: float = Field(3600.0, gt=0)
    """Seconds without a request until a test is forgotten."""


class ContextSettings(Section):
    """Says how long answers are remembered that later ones have to agree with."""

    max_contexts: int = Field(100, ge=1)
    """The most that one test may have."""
    expiry: float = Field(900.0, gt=0)
    """Seconds without a request until a context is forgotten."""


class StateSettings(Section):
    """Says which paths are stateful resources, and how much they may hold."""

    enabled: bool = False
    """Whether every path is one where neither the request nor a path rule says."""
    on_missing: OnMissing = "generate"
    seed_data: Path | None = None
    """A JSON file: ``{"users": [{"id": 1, ...}], ...}``."""
    max_collections: int = Field(1000, ge=1)
    max_items: int = Field(10_000, ge=1)
    """The most that one collection may have."""
    max_bytes: int = Field(64 * 2**20, ge=1024)
    """The most that one test may hold."""


class ComputeSettings(Section):
    """Says where the programs run that models write for what is to be computed."""

    sandbox: Literal["auto", "kernel", "interpreter", "none"] = "auto"
    """``auto`` takes the strongest that passes its trials; a named one is never replaced."""
    workers: int = Field(1, ge=0, le=16)
    """How many processes stand ready, of some 90 MB each; 0 starts one when it is needed."""
    seconds: float = Field(10.0, gt=0, le=600)
    """How long one program may take."""
    memory_mb: int = Field(1024, ge=64, le=65_536)
    result_mb: int = Field(64, ge=1, le=1024)


class RealismSettings(Section):
    """Teaches the embedded generator field names that only the caller uses."""

    kinds: dict[str, str] = Field(default_factory=dict)
    """A field's name, in any spelling, to its kind: ``{"ownerRef": "full_name"}``."""


class Settings(BaseSettings):
    """The whole configuration.

    Made in code it is what the caller says, wherever it runs; :mod:`mockwright.config` makes it of
    a file and the environment.
    """

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        # Else ``Server`` would be taken for ``server``, and of the two one would be lost.
        case_sensitive=True,
        env_prefix="MOCKWRIGHT_",
        env_nested_delimiter="__",
    )

    backends: tuple[BackendSettings, ...] = (BackendSettings(name="embedded", provider="embedded"),)
    routes: tuple[RouteSettings, ...] = ()
    flows: dict[Name, FlowSettings] = Field(default_factory=dict)
    routing: RoutingSettings = RoutingSettings()
    quality: QualityWeights = QualityWeights()
    mock: MockSettings = MockSettings()
    resilience: ResilienceSettings = ResilienceSettings()
    server: ServerSettings = ServerSettings()
    limits: LimitSettings = LimitSettings()
    cache: CacheSettings = CacheSettings()
    journal: JournalSettings = JournalSettings()
    storage: StorageSettings = StorageSettings()
    log: LogSettings = LogSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    realism: RealismSettings = RealismSettings()
    compute: ComputeSettings = ComputeSettings()
    recordings: RecordingSettings = RecordingSettings()
    tests: TestsSettings = TestsSettings()
    contexts: ContextSettings = ContextSettings()
    state: StateSettings = StateSettings()
    faults: tuple[Json, ...] = ()
    """Fault scripts of requests whose test id has none of its own."""
    api: ApiSettings = ApiSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the caller's arguments alone: no other source counts unless it is handed in."""
        return (init_settings,)
