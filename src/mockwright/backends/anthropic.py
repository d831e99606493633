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
from mockwright.backends.negotiate import ask_form, await_first, chat_mode, form_in_words, negotiate
from mockwright.backends.openai_chunks import restore_form
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
"""The version of the API whose form is read and written here."""
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
"""Which status an error in the middle of a stream would have had."""

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
        """What the model can do, as far as its answers have told by now."""
        return self._learned.profile

    async def complete(self, task: Task) -> Completion:
        """Ask once; a refused mode or parameter is given up, and the rest asked again."""

        def build(mode: CompletionMode) -> tuple[Ask, JsonObject]:
            asked = _unless_recursive(
                ask(task, mode, self.profile), lambda: ask(task, "prompt", self.profile)
            )
            sent: JsonObject = {"system": asked.prompt.system, "messages": asked.messages[1:]}
            if asked.mode == "schema":
                sent["output_config"] = wire.output_format(asked)
            return asked, self._complete_payload(sent, stream=False)

        asked, _, body = await self._negotiate(self.profile.mode, build, self._post)
        text = asked.restored(wire.texts_of(body))
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
        """Post to ``/v1/messages``; request and answer are translated."""
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
        """Post to ``/v1/messages`` and translate each event when it comes."""
        mode, build = self._chat(request, stream=True)
        asked, _, events = await self._negotiate(mode, build, self._open)
        chunks = wire.chunks(events, self.model, self._fault)
        async with aclosing(restore_form(chunks, asked)) as answer:
            async for chunk in answer:
                yield chunk

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Raise UnsupportedError: the API has no embeddings."""
        fault = f"backend {self.name!r}: Anthropic's API has no embeddings"
        raise UnsupportedError(fault, backend=self.name)

    async def probe(self) -> Probe:
        """Get ``/v1/models/{model}``, which costs nothing."""
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
        """Return the mode to begin with, and what makes the payload in a mode."""

        def build(mode: CompletionMode) -> tuple[Ask, JsonObject]:
            asked = _unless_recursive(
                ask_form(request, mode, self.profile),
                lambda: ask_form(request, "prompt", self.profile),
            )
            words = "" if asked.mode == "schema" else form_in_words(request)
            sent = wire.payload(request, asked, words, self.name)
            return asked, self._complete_payload(sent, stream=stream)

        return chat_mode(request, self.profile), build

    def _complete_payload(self, sent: JsonObject, *, stream: bool) -> JsonObject:
        """Return ``sent`` with what every request has, without what the model once refused."""
        sent = {"model": self.model, **sent, "stream": stream}
        sent.setdefault("max_tokens", self._settings.max_tokens or wire.MAX_TOKENS)
        if self._settings.temperature is not None:
            sent.setdefault("temperature", min(self._settings.temperature, 1.0))
        if "effort" in self._given_up:
            sent.get("output_config", {}).pop("effort", None)
        kept = {name: value for name, value in sent.items() if name not in self._given_up}
        return {name: value for name, value in kept.items() if value != {}}

    def _adapt(self, sent: JsonObject, error: BackendStatusError) -> bool:
        """Give up what ``error`` refused of ``sent``; return whether there was any such thing."""
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
        return await await_first(self._transport.stream("messages", payload))

    def _fault(self, body: JsonObject) -> BackendError:
        """Return what an error inside an answer stands for: the same as if its status had told."""
        error = body.get("error")
        error = error if isinstance(error, dict) else {}
        kind, text = error.get("type"), error.get("message") or "no content"
        message = f"backend {self.name!r} answered {self._transport.scrub(str(text))}"
        if kind not in _STATUS:
            return TransportError(message, backend=self.name)
        shown = self._transport.scrub(orjson.dumps(body).decode())
        return BackendStatusError(message, status=_STATUS[kind], backend=self.name, body=shown)

    def _estimate(self, request: ChatRequest, body: JsonObject) -> Usage:
        prompt = "\n".join(text_of(message.get("content")) for message in request.messages)
        return estimate_usage(prompt, wire.texts_of(body))


def _unless_recursive(asked: Ask, in_words: Callable[[], Ask]) -> Ask:
    """Return ``asked``, or what ``in_words`` makes: structured outputs take no recursion."""
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
