"""Anthropic's Messages API: Claude, and whatever else speaks it.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, TypeAlias, TypeVar
from urllib.parse import quote

import orjson

from mockwright.backends import anthropic_wire as wire
from mockwright.backends.base import (
    BuildContext,
    Probe,
    Profile,
    configured,
    cost,
    estimate_usage,
)
from mockwright.backends.connect import base_url, connect
from mockwright.backends.negotiate import ask_form, chat_mode, form_in_words, negotiate, opened
from mockwright.backends.openai_chunks import led_back
from mockwright.backends.structured_output import Ask, CapabilityCache, ask
from mockwright.backends.transport import Transport
from mockwright.chat.types import ChatReply, ChatRequest, Embeddings, EmbedRequest, text_of
from mockwright.errors import (
    BackendError,
    BackendStatusError,
    TransportError,
    UnsupportedError,
)
from mockwright.settings import BackendSettings
from mockwright.types import Completion, CompletionMode, JsonObject, Task, Usage

VERSION: Final = "2023-06-01"
"""Of the API; what is read and written here is the form of this version."""
_REFUSED: Final = (400, 422)
_OPTIONAL: Final = ("temperature", "top_p", "top_k", "thinking", "effort")
"""Some models take them, others do not, and all do without."""
_WITHOUT: Final = re.compile(r"deprecated|not support|unsupported|not permitted|cannot both")
_STATUS: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""What an error in the middle of a stream would have had for a status."""

T = TypeVar("T")
Build: TypeAlias = Callable[[CompletionMode], tuple[Ask, JsonObject]]


class AnthropicBackend:
    """One model behind ``/v1/messages``.

    A schema goes as structured output; a model that takes none is told it in words.
    """

    supported_fields: frozenset[str] | None = wire.SUPPORTED_FIELDS

    def __init__(self, settings: BackendSettings, transport: Transport) -> None:
        self.name = settings.name
        self.provider: str = settings.provider
        self.model = settings.model
        self._settings = settings
        self._transport = transport
        default = Profile(dialect="anthropic", json_mode=False, seed=False)
        self._learned = CapabilityCache(
            configured(settings.profile, default, settings.context_window)
        )
        self._given_up: set[str] = set()

    @property
    def profile(self) -> Profile:
        """As far as it is known by now."""
        return self._learned.profile

    async def complete(self, task: Task) -> Completion:
        """One answer; a refused mode or parameter is given up, and the rest asked again."""

        def build(mode: CompletionMode) -> tuple[Ask, JsonObject]:
            asked = _held(ask(task, mode, self.profile), lambda: ask(task, "prompt", self.profile))
            sent: JsonObject = {"system": asked.prompt.system, "messages": asked.messages[1:]}
            if asked.mode == "schema":
                sent["output_config"] = wire.output_format(asked)
            return asked, self._finished(sent, stream=False)

        asked, _, body = await self._negotiate(self.profile.mode, build, self._post)
        text = asked.plain(wire.texts_of(body))
        usage = wire.usage_of(body.get("usage")) or estimate_usage(asked.text, text)
        return Completion(
            backend=self.name,
            provider=self.provider,
            model=self.model,
            text=text,
            mode=asked.mode,
            usage=usage,
            finish_reason=wire.finish_of(body.get("stop_reason")),
            cost_usd=cost(usage, self._settings.price),
            prompt=asked.text,
        )

    async def chat(self, request: ChatRequest) -> ChatReply:
        """``POST /v1/messages``, translated both ways."""
        mode, build = self._chat(request, stream=False)
        asked, _, body = await self._negotiate(mode, build, self._post)
        usage = wire.usage_of(body.get("usage")) or self._estimate(request, body)
        return ChatReply(
            backend=self.name,
            provider=self.provider,
            model=self.model,
            body=wire.reply(body, asked),
            usage=usage,
            cost_usd=cost(usage, self._settings.price),
        )

    async def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        """The same, event by event."""
        mode, build = self._chat(request, stream=True)
        asked, _, events = await self._negotiate(mode, build, self._open)
        chunks = wire.chunks(events, self.model, self._fault)
        async with aclosing(led_back(chunks, asked)) as answer:
            async for chunk in answer:
                yield chunk

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Raises UnsupportedError: the API has no embeddings."""
        fault = f"backend {self.name!r}: Anthropic's API has no embeddings"
        raise UnsupportedError(fault, backend=self.name)

    async def probe(self) -> Probe:
        """``GET /v1/models/{model}``."""
        try:
            await self._transport.get(f"models/{quote(self.model, safe='')}")
        except BackendStatusError as error:
            if error.status == 404:
                return Probe(True, False, str(error))
            # Something is there, but tells nothing of its models; a refused key is no use.
            return Probe(error.status not in (401, 403), None, str(error))
        except BackendError as error:
            return Probe(False, None, str(error))
        return Probe(True, True)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def _negotiate(
        self, mode: CompletionMode, build: Build, send: Callable[[JsonObject], Awaitable[T]]
    ) -> tuple[Ask, JsonObject, T]:
        return await negotiate(
            self._learned, mode, build, send, refused=_REFUSED, adapt=self._adapt
        )

    def _chat(self, request: ChatRequest, *, stream: bool) -> tuple[CompletionMode, Build]:
        """The mode to begin with, and what makes the payload in it."""

        def build(mode: CompletionMode) -> tuple[Ask, JsonObject]:
            asked = _held(
                ask_form(request, mode, self.profile),
                lambda: ask_form(request, "prompt", self.profile),
            )
            words = "" if asked.mode == "schema" else form_in_words(request)
            sent = wire.payload(request, asked, words, self.name)
            return asked, self._finished(sent, stream=stream)

        return chat_mode(request, self.profile), build

    def _finished(self, sent: JsonObject, *, stream: bool) -> JsonObject:
        """``sent`` with what every request has, and without what the model was seen to refuse."""
        sent = {"model": self.model, **sent, "stream": stream}
        sent.setdefault("max_tokens", self._settings.max_tokens or wire.MAX_TOKENS)
        if self._settings.temperature is not None:
            sent.setdefault("temperature", min(self._settings.temperature, 1.0))
        if "effort" in self._given_up:
            sent.get("output_config", {}).pop("effort", None)
        kept = {name: value for name, value in sent.items() if name not in self._given_up}
        return {name: value for name, value in kept.items() if value != {}}

    def _adapt(self, sent: JsonObject, error: BackendStatusError) -> bool:
        """Whether ``error`` refused a parameter of ``sent`` that the next try does without."""
        body = error.body.lower()
        if not _WITHOUT.search(body):
            return False
        there = {*sent, *sent.get("output_config", ())}
        for name in _OPTIONAL:
            if name in there and re.search(rf"\b{name}\b", body):
                self._given_up.add(name)
                return True
        return False

    async def _post(self, payload: JsonObject) -> JsonObject:
        body = await self._transport.post("messages", payload)
        if not isinstance(body.get("content"), list):
            raise self._fault(body)
        return body

    async def _open(self, payload: JsonObject) -> AsyncGenerator[JsonObject]:
        return await opened(self._transport.stream("messages", payload))

    def _fault(self, said: JsonObject) -> BackendError:
        """What an error inside an answer is: the same as if its status had told."""
        error = said.get("error")
        error = error if isinstance(error, dict) else {}
        kind, text = error.get("type"), error.get("message") or "no content"
        shown = f"backend {self.name!r} answered {self._transport.scrub(str(text))}"
        if kind not in _STATUS:
            return TransportError(shown, backend=self.name)
        body = self._transport.scrub(orjson.dumps(said).decode())
        return BackendStatusError(shown, status=_STATUS[kind], backend=self.name, body=body)

    def _estimate(self, request: ChatRequest, body: JsonObject) -> Usage:
        prompt = "\n".join(text_of(message.get("content")) for message in request.messages)
        return estimate_usage(prompt, wire.texts_of(body))


def _held(asked: Ask, in_words: Callable[[], Ask]) -> Ask:
    """``asked``, but in words where structured outputs would refuse it: they take no recursion."""
    recursive = isinstance(asked.schema, dict) and "$defs" in asked.schema
    return in_words() if recursive else asked


def build(settings: BackendSettings, context: BuildContext) -> AnthropicBackend:
    """Return a backend for one model behind the Messages API."""
    url = messages_url(base_url(settings))
    return AnthropicBackend(settings, connect(settings, url, context, key_headers))


def messages_url(url: str) -> str:
    """Return the URL that ``messages`` is relative to; ``url`` may lack its version."""
    root = url.rstrip("/").removesuffix("/messages")
    return root if root.endswith("/v1") else f"{root}/v1"


def key_headers(key: str) -> dict[str, str]:
    """Return what every request carries: the API's version, and the key where there is one."""
    return {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}
