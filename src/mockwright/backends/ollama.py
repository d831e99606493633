"""Ollama's own protocol, which unlike its OpenAI surface takes the context size and keep_alive.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

from typing import Final

from mockwright.backends.asking import Ask, Learned, ask
from mockwright.backends.base import Probe, Profile, configured, cost, estimate_usage
from mockwright.backends.transport import Transport
from mockwright.errors import BackendError, BackendStatusError, TransportError
from mockwright.settings import BackendSettings
from mockwright.types import Completion, Json, JsonObject, Task, Usage

_REFUSED: Final = (400, 422, 500)
"""A grammar that cannot be built is a 500 there."""


class OllamaBackend:
    """One model behind ``/api/chat``."""

    def __init__(self, settings: BackendSettings, transport: Transport) -> None:
        self.name = settings.name
        self.provider: str = settings.provider
        self.model = settings.model
        self._settings = settings
        self._transport = transport
        default = Profile(dialect="ollama")
        self._learned = Learned(configured(settings.profile, default, settings.context_window))

    @property
    def profile(self) -> Profile:
        """As far as it is known by now."""
        return self._learned.profile

    async def complete(self, task: Task) -> Completion:
        """One answer; a refused ``format`` is given up, and the rest asked again."""
        mode = self.profile.mode
        while True:
            asked = ask(task, mode, self.profile)
            payload = self._payload(asked, task)
            try:
                body = await self._transport.post("api/chat", payload)
            except BackendStatusError as error:
                lower = self._learned.step_down(mode, error) if error.status in _REFUSED else None
                if lower is None:
                    raise
                mode = lower
            else:
                self._learned.prove(mode)
                return self._completion(asked, body, payload)

    async def probe(self) -> Probe:
        """``GET /api/tags``; a model without a tag is its ``latest``."""
        try:
            body = await self._transport.get("api/tags")
        except BackendError as error:
            return Probe(False, None, str(error))
        entries = body.get("models")
        entries = entries if isinstance(entries, list) else []
        known = [str(entry.get("name")) for entry in entries if isinstance(entry, dict)]
        present = bool({self.model, f"{self.model}:latest"} & set(known))
        return Probe(True, present, "" if present else f"ollama pull {self.model}")

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    def _payload(self, asked: Ask, task: Task) -> JsonObject:
        payload: JsonObject = {"model": self.model, "messages": asked.messages, "stream": False}
        if asked.mode == "schema":
            payload["format"] = asked.schema
        elif asked.mode == "json":
            payload["format"] = "json"
        if self._settings.keep_alive is not None:
            payload["keep_alive"] = self._settings.keep_alive
        if options := self._options(task):
            payload["options"] = options
        return payload

    def _options(self, task: Task) -> JsonObject:
        seed = None if task.seed is None else task.seed + task.variant
        options = {
            "num_ctx": self._settings.context_window,
            "num_predict": self._settings.max_tokens,
            "temperature": self._settings.temperature,
            "seed": seed if self.profile.seed else None,
        }
        return {name: value for name, value in options.items() if value is not None}

    def _completion(self, asked: Ask, body: JsonObject, sent: JsonObject) -> Completion:
        message = body.get("message")
        if not isinstance(message, dict):
            said = self._transport.scrub(str(body.get("error") or "no message"))
            raise TransportError(f"backend {self.name!r} answered {said}", backend=self.name)
        content = message.get("content")
        text = asked.plain(content if isinstance(content, str) else "")
        usage = _usage(body) or estimate_usage(asked.text, text)
        finish = body.get("done_reason")
        return Completion(
            backend=self.name,
            provider=self.provider,
            model=self.model,
            text=text,
            mode=asked.mode,
            usage=usage,
            finish_reason=finish if isinstance(finish, str) else None,
            cost_usd=cost(usage, self._settings.price),
            prompt=asked.text,
            seed=sent.get("options", {}).get("seed"),
        )


def native_url(base_url: str) -> str:
    """The server's root, also where the URL of its OpenAI surface was given."""
    root = base_url.rstrip("/")
    for suffix in ("/v1", "/api"):
        root = root.removesuffix(suffix).rstrip("/")
    return root


def _usage(body: Json) -> Usage | None:
    """``prompt_eval_count`` is missing where the prompt was still in the cache."""
    written = body.get("eval_count")
    read = body.get("prompt_eval_count", 0)
    if not (isinstance(written, int) and isinstance(read, int)):
        return None
    return Usage(read, written)
