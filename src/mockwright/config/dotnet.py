"""The ancestor's ``MockLlmApi`` section, alone or within an ``appsettings.json``, read as it is.

Its keys are PascalCase and match without regard to case, as .NET reads them. What has a meaning
here is translated; what is a key of the ancestor's but has none here is noted; anything else is a
fault with the nearest known key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mockwright.config.errors import ConfigReport, Place, nearest
from mockwright.providers import PROVIDERS
from mockwright.settings import Settings
from mockwright.types import Json, JsonObject

_SECTIONS = ("mockllmapi", "llmockapi")


@dataclass(frozen=True, slots=True)
class _Key:
    """Where a key of the ancestor's goes, and how its value is converted."""

    place: Place
    convert: Callable[[Json], Json] = lambda value: value


def _times(factor: float) -> Callable[[Json], Json]:
    def convert(value: Json) -> Json:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return value * factor if number else value

    return convert


def _lower(value: Json) -> Json:
    return value.lower() if isinstance(value, str) else value


def _unlimited(value: Json) -> Json:
    """Read the ancestor's 0, which stands for no limit."""
    return 10_000 if value == 0 else value


_BACKEND = {
    "Name": _Key(("name",)),
    "Provider": _Key(("provider",), _lower),
    "BaseUrl": _Key(("base_url",)),
    "ModelName": _Key(("model",)),
    "ApiKey": _Key(("api_key",)),
    "MaxTokens": _Key(("max_tokens",)),
    "Enabled": _Key(("enabled",)),
    "Weight": _Key(("weight",)),
    "Priority": _Key(("priority",)),
    "MaxConcurrentRequests": _Key(("max_parallel_requests",), _unlimited),
}
_BACKEND_UNUSED = ("HealthCheckPath", "Description")

_EACH_BACKEND = {
    "Temperature": "temperature",
    "MaxContextWindow": "context_window",
    "MaxOutputTokens": "max_tokens",
}
"""The ancestor says these once, here each backend has its own."""

_TOP = {
    "TimeoutSeconds": _Key(("resilience", "timeout")),
    "EnableRetryPolicy": _Key(("resilience", "retry")),
    "MaxRetryAttempts": _Key(("resilience", "num_retries")),
    "RetryBaseDelaySeconds": _Key(("resilience", "retry_backoff_initial")),
    "EnableCircuitBreaker": _Key(("resilience", "breaker")),
    "CircuitBreakerFailureThreshold": _Key(("resilience", "allowed_fails")),
    "CircuitBreakerDurationSeconds": _Key(("resilience", "cooldown_time")),
    "MaxCachePerKey": _Key(("cache", "max_variants")),
    "CacheSlidingExpirationMinutes": _Key(("cache", "idle"), _times(60)),
    "CacheAbsoluteExpirationMinutes": _Key(("cache", "ttl"), _times(60)),
    "CacheRefreshThresholdPercent": _Key(("cache", "refill_below"), _times(0.01)),
    "ContextExpirationMinutes": _Key(("contexts", "expiry"), _times(60)),
    "EnableAutoShape": _Key(("mock", "autoshape")),
    "ShapeExpirationMinutes": _Key(("mock", "autoshape_expiry"), _times(60)),
    "MaxItems": _Key(("limits", "max_items")),
    "MaxRequestSizeBytes": _Key(("limits", "body_bytes")),
    "EnableVerboseLogging": _Key(("log", "level"), lambda on: "debug" if on is True else "info"),
}

_HANDLED = (
    *("LlmBackends", "Backends", "BaseUrl", "ModelName", "Cors"),
    *("EnableManagementAuth", "ManagementAuthSecret"),
)
_TOP_UNUSED = (
    *("CachePriority", "ContinuousStreamingIntervalMs"),
    *("ContinuousStreamingMaxDurationSeconds", "CustomPromptTemplate"),
    *("CustomStreamingPromptTemplate", "EnableAutoChunking"),
    *("EnableCacheCompression", "EnableCacheStatistics", "EnableContinuousStreaming"),
    *("EnableRateLimitStatistics", "EnableRateLimiting"),
    *("GraphQLMaxTokens", "HubContexts", "IncludeShapeInResponse"),
    *("IncludeToolResultsInResponse", "Journeys", "MaxConcurrentRequests", "MaxConcurrentTools"),
    *("MaxToolChainDepth", "OpenApiSpecs", "RandomRequestDelayMaxMs", "RandomRequestDelayMinMs"),
    *("RateLimitDelayRange", "RateLimitRequestsPerMinute", "RateLimitStatsWindowSize"),
    *("RateLimitStrategy", "RestApis", "SignalRPushIntervalMs"),
    *("SimulatorTypes", "SseMode", "StreamingChunkDelayMaxMs", "StreamingChunkDelayMinMs"),
    *("ToolExecutionMode", "Tools"),
)


def from_ancestor(tree: JsonObject, report: ConfigReport) -> JsonObject:
    """Return the native form of a file, whichever form it is in.

    Beside a section of the ancestor's our own sections still count, and other programs' sections
    (``Logging``, ``AllowedHosts``) are left alone.
    """
    title = next((key for key in tree if key.lower() in _SECTIONS), None)
    if title is None:
        return tree
    section = tree[title]
    if not isinstance(section, dict):
        report.faults.append(f"{title}: expected a mapping of keys to values")
        return {}
    native = _Translation(title, section, report).run()
    for key in [key for key in Settings.model_fields if key in tree]:
        if key in native:
            report.faults.append(f"{key}: given here and in {title}; expected one of the two")
        native[key] = tree[key]
    return native


class _Translation:
    """Translates one section, noting in the report which key each value came from."""

    def __init__(self, title: str, section: JsonObject, report: ConfigReport) -> None:
        self.title = title
        self.report = report
        self.native: JsonObject = {}
        known = (*_TOP, *_EACH_BACKEND, *_HANDLED)
        self.given = self._sorted_out(section, known, _TOP_UNUSED, title)

    def run(self) -> JsonObject:
        self._backends()
        for key, name in _EACH_BACKEND.items():
            self._each(key, name)
        for key, to in _TOP.items():
            if key in self.given:
                self._put(to.place, to.convert(self.given[key]), f"{self.title}.{key}")
        self._cors()
        self._secret()
        self._deadline()
        return self.native

    def _sorted_out(
        self, section: JsonObject, known: tuple[str, ...], unused: tuple[str, ...], where: str
    ) -> JsonObject:
        """Return the keys with a meaning, spelt as the ancestor does; the others are told."""
        spelt = {key.lower(): key for key in (*known, *unused)}
        given: JsonObject = {}
        for key, value in section.items():
            name = spelt.get(key.lower())
            if name is None:
                hint = nearest(key, spelt.values())
                self.report.faults.append(f"{where}.{key}: unknown key{hint}")
            elif name in given:
                self.report.faults.append(f"{where}.{key}: given twice; case does not matter here")
            elif name in known:
                given[name] = value
            elif value not in (None, False, [], {}):
                self.report.notes.append(f"{where}.{key}: has no effect here")
        return given

    def _backends(self) -> None:
        for key in ("LlmBackends", "Backends"):
            items = self.given.get(key)
            if items and "backends" not in self.native:
                self._listed(f"{self.title}.{key}", items)
        if "backends" not in self.native and self.given.keys() & {"BaseUrl", "ModelName"}:
            self._legacy()

    def _listed(self, where: str, items: Json) -> None:
        self.report.origins["backends",] = where
        if not isinstance(items, list):
            self.native["backends"] = items
            return
        self.native["backends"] = []
        for number, item in enumerate(items):
            self._backend(f"{where}[{number}]", item)

    def _backend(self, where: str, item: Json) -> None:
        place = ("backends", len(self.native["backends"]))
        self.report.origins[place] = where
        if not isinstance(item, dict):
            self.native["backends"].append(item)
            return
        given = self._sorted_out(item, tuple(_BACKEND), _BACKEND_UNUSED, where)
        provider = _lower(given.get("Provider", "ollama"))
        # What a file gives may be a list, which a dict cannot be asked for.
        if given.get("Enabled") is False and provider not in tuple(PROVIDERS):
            self.report.notes.append(f"{where}: provider {provider!r} is not known here; left out")
            return
        backend: JsonObject = {"provider": "ollama"}
        for key, value in given.items():
            if value is None or value == "":
                continue
            backend[str(_BACKEND[key].place[0])] = _BACKEND[key].convert(value)
            self.report.origins[(*place, *_BACKEND[key].place)] = f"{where}.{key}"
        self.native["backends"].append(backend)

    def _legacy(self) -> None:
        """Read the one backend, an Ollama, that the ancestor had before it knew several."""
        item = {key: self.given.get(key) for key in ("BaseUrl", "ModelName")}
        self.native["backends"] = []
        self._backend(self.title, {"Name": "default", "ModelName": "llama3", **_given(item)})

    def _each(self, key: str, name: str) -> None:
        value = self.given.get(key)
        backends = self.native.get("backends")
        if value is None or not isinstance(backends, list):
            return
        for index, backend in enumerate(backends):
            if isinstance(backend, dict) and name not in backend:
                backend[name] = value
                self.report.origins["backends", index, name] = f"{self.title}.{key}"

    def _put(self, place: Place, value: Json, origin: str) -> None:
        if value is None:
            return
        section, key = str(place[0]), str(place[1])
        self.native.setdefault(section, {})[key] = value
        self.report.origins[place] = origin

    def _cors(self) -> None:
        cors = self.given.get("Cors")
        if cors is None:
            return
        where = f"{self.title}.Cors"
        if not isinstance(cors, dict):
            self.report.faults.append(f"{where}: expected a mapping of keys to values")
            return
        unused = ("AllowCredentials", "ExposedHeaders", "PreflightMaxAge")
        given = self._sorted_out(cors, ("Enabled", "AllowedOrigins"), unused, where)
        if given.get("Enabled") is True:
            origins = given.get("AllowedOrigins", ["*"])
            self._put(("server", "cors_origins"), origins, f"{where}.AllowedOrigins")

    def _secret(self) -> None:
        """Read the ancestor's secret, which counts only where it is switched on."""
        if self.given.get("EnableManagementAuth") is True:
            secret = self.given.get("ManagementAuthSecret")
            self._put(("server", "admin_token"), secret or "", f"{self.title}.ManagementAuthSecret")

    def _deadline(self) -> None:
        """Leave each attempt its time: that is what the ancestor bounds, not a request."""
        timeout = self.given.get("TimeoutSeconds")
        if isinstance(timeout, int | float) and timeout > 120:
            self.native["resilience"]["deadline"] = timeout


def _given(item: JsonObject) -> JsonObject:
    return {key: value for key, value in item.items() if value is not None}
