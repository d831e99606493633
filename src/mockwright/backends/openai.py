"""Chat completions as OpenAI defined them: OpenAI, llama.cpp, vLLM, LM Studio, OpenRouter, ...

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from typing import Final

from mockwright.backends.asking import Ask, Learned, ask
from mockwright.backends.base import Probe, Profile, configured, cost, estimate_usage
from mockwright.backends.transport import Transport
from mockwright.errors import BackendError, BackendStatusError, TransportError
from mockwright.settings import BackendSettings
from mockwright.shapes.dialects import Dialect
from mockwright.types import Completion, Json, JsonObject, Task, Usage

_REFUSED: Final = (400, 422)


class OpenAIBackend:
    """One model behind ``/chat/completions``; ``lmstudio`` differs only in its default URL."""

    def __init__(self, settings: BackendSettings, base_url: str, transport: Transport) -> None:
        self.name = settings.name
        self.provider: str = settings.provider
        self.model = settings.model
        self._settings = settings
        self._transport = transport
        default = Profile(dialect=_dialect(base_url))
        self._learned = Learned(configured(settings.profile, default, settings.context_window))

    @property
    def profile(self) -> Profile:
        """As far as it is known by now."""
        return self._learned.profile

    async def complete(self, task: Task) -> Completion:
        """One answer; a refused mode or parameter is given up, and the rest asked again."""
        mode = self.profile.mode
        while True:
            asked = ask(task, mode, self.profile)
            payload = self._payload(asked, task)
            try:
                body = await self._transport.post("chat/completions", payload)
            except BackendStatusError as error:
                if error.status not in _REFUSED:
                    raise
                lower = self._learned.step_down(mode, error)
                if lower is None and not self._learned.adapt(payload, error):
                    raise
                mode = lower or mode
            else:
                self._learned.prove(mode)
                return self._completion(asked, body, payload)

    async def probe(self) -> Probe:
        """``GET /models``."""
        try:
            body = await self._transport.get("models")
        except BackendStatusError as error:
            # Something is there, but has no list of models; a key that is refused is no use.
            return Probe(error.status not in (401, 403), None, str(error))
        except BackendError as error:
            return Probe(False, None, str(error))
        known = [entry.get("id") for entry in _list(body.get("data")) if isinstance(entry, dict)]
        present = self.model in known if self.model and known else None
        return Probe(True, present, "" if present is not False else f"serves {_few(known)}")

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    def _payload(self, asked: Ask, task: Task) -> JsonObject:
        payload: JsonObject = {"messages": asked.messages, "stream": False}
        if self.model:
            payload["model"] = self.model
        if task.seed is not None and self._learned.takes("seed"):
            payload["seed"] = task.seed + task.variant
        if self._settings.temperature is not None and self._learned.takes("temperature"):
            payload["temperature"] = self._settings.temperature
        if self._settings.max_tokens is not None and self._learned.takes("max_tokens"):
            key = self._learned.renamed.get("max_tokens", "max_tokens")
            payload[key] = self._settings.max_tokens
        if form := _response_format(asked):
            payload["response_format"] = form
        return payload

    def _completion(self, asked: Ask, body: JsonObject, sent: JsonObject) -> Completion:
        choice = self._choice(body)
        text = asked.plain(_text(choice.get("message")))
        usage = _usage(body.get("usage")) or estimate_usage(asked.text, text)
        finish = choice.get("finish_reason")
        return Completion(
            backend=self.name,
            provider=self.provider,
            model=self.model or str(body.get("model") or ""),
            text=text,
            mode=asked.mode,
            usage=usage,
            finish_reason=finish if isinstance(finish, str) else None,
            cost_usd=cost(usage, self._settings.price),
            prompt=asked.text,
            seed=sent.get("seed"),
        )

    def _choice(self, body: JsonObject) -> JsonObject:
        choices = _list(body.get("choices"))
        if choices and isinstance(choices[0], dict):
            return choices[0]
        # Some gateways answer 200 with an error inside.
        said = self._transport.scrub(str(body["error"])) if body.get("error") else "no choices"
        raise TransportError(f"backend {self.name!r} answered {said}", backend=self.name)


def _response_format(asked: Ask) -> JsonObject | None:
    if asked.mode == "schema":
        schema = {"name": "answer", "strict": True, "schema": asked.schema}
        return {"type": "json_schema", "json_schema": schema}
    return {"type": "json_object"} if asked.mode == "json" else None


def _text(message: Json) -> str:
    """What the model said: its content, in one piece or in parts, else why it refused."""
    if not isinstance(message, dict):
        return ""
    content = message.get("content") or message.get("refusal")
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _usage(reported: Json) -> Usage | None:
    if not isinstance(reported, dict):
        return None
    read, written = reported.get("prompt_tokens"), reported.get("completion_tokens")
    if not (isinstance(read, int) and isinstance(written, int)):
        return None
    return Usage(read, written)


def _dialect(base_url: str) -> Dialect:
    """Whose rules ``response_format`` follows there; everybody else's server does as llama.cpp."""
    host = base_url.split("//", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1].split(":", 1)[0]
    if host.endswith(".azure.com"):
        return "azure"
    return "openai" if host in ("api.openai.com", "openrouter.ai") else "llamacpp"


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _few(names: list[Json]) -> str:
    shown = ", ".join(str(name) for name in names[:5])
    return f"{shown}, ..." if len(names) > 5 else shown
