"""Ollama's own protocol, which unlike its OpenAI surface takes the context size and keep_alive.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, TypeAlias, TypeVar

from mockwright.backends import ollama_wire as wire
from mockwright.backends.base import (
    BuildContext,
    Probe,
    Profile,
    configured,
    cost,
    estimate_usage,
)
from mockwright.backends.connect import base_url, connect
from mockwright.backends.negotiate import ask_form, await_first, chat_mode, negotiate
from mockwright.backends.openai_chunks import restore_form
from mockwright.backends.structured_output import Ask, CapabilityCache, ask
from mockwright.backends.transport import Transport
from mockwright.chat.types import ChatReply, ChatRequest, Embeddings, EmbedRequest, text_of
from mockwright.errors import BackendError, BackendStatusError, TransportError, UnsupportedError
from mockwright.settings import BackendSettings
from mockwright.types import Completion, CompletionMode, Json, JsonObject, Task, Usage

_REFUSED: Final = (400, 422, 500)
"""Statuses of a refusal; a grammar that cannot be built is a 500 there."""
_NO_EMBEDDINGS: Final = "does not support embed"

T = TypeVar("T")
Build: TypeAlias = Callable[[CompletionMode], tuple[Ask, JsonObject]]


class OllamaBackend:
    """One model behind ``/api/chat`` and ``/api/embed``."""

    supported_fields: frozenset[str] | None = wire.SUPPORTED_FIELDS

    def __init__(self, settings: BackendSettings, transport: Transport) -> None:
        self.name = settings.name
        self.provider: str = settings.provider
        self.model = settings.model
        self._settings = settings
        self._transport = transport
        default = Profile(dialect="ollama")
        self._learned = CapabilityCache(
            configured(settings.profile, default, settings.context_window)
        )

    @property
    def profile(self) -> Profile:
        """What the model can do, as far as its answers have told by now."""
        return self._learned.profile

    async def complete(self, task: Task) -> Completion:
        """Ask once; a refused ``format`` is given up, and the rest asked again."""

        def build(mode: CompletionMode) -> tuple[Ask, JsonObject]:
            asked = ask(task, mode, self.profile)
            return asked, self._task_payload(asked, task)

        asked, sent, body = await self._negotiate(self.profile.mode, build, self._post)
        return self._completion(asked, body, sent)

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Post to ``/api/chat``; request and answer are translated."""
        mode, build = self._chat(request, stream=False)
        asked, _, body = await self._negotiate(mode, build, self._post)
        message = self._message(body)
        answer = wire.reply(body, message, asked)
        prompt = "\n".join(text_of(message.get("content")) for message in request.messages)
        usage = wire.usage_of(body) or estimate_usage(prompt, str(message.get("content")))
        return ChatReply(
            backend=self.name,
            provider=self.provider,
            model=self.model,
            body=answer,
            usage=usage,
            cost_usd=cost(usage, self._settings.price),
        )

    async def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        """Post to ``/api/chat`` and translate each event when it comes."""
        mode, build = self._chat(request, stream=True)
        asked, _, events = await self._negotiate(mode, build, self._open)
        chunks = wire.chunks(events, self.model, self._fault)
        async with aclosing(restore_form(chunks, asked)) as answer:
            async for chunk in answer:
                yield chunk

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Post to ``/api/embed``."""
        model = self._settings.embedding_model or self.model
        payload: JsonObject = {"model": model, "input": list(request.texts)}
        if request.dimensions is not None:
            payload["dimensions"] = request.dimensions
        if self._settings.keep_alive is not None:
            payload["keep_alive"] = self._settings.keep_alive
        try:
            body = await self._transport.post("api/embed", payload)
        except BackendStatusError as error:
            if _NO_EMBEDDINGS in error.body:
                raise UnsupportedError(str(error), backend=self.name) from error
            raise
        vectors = self._vectors(body.get("embeddings"), len(request.texts))
        read = body.get("prompt_eval_count")
        usage = Usage(read) if isinstance(read, int) else estimate_usage("".join(request.texts), "")
        return Embeddings(
            backend=self.name,
            provider=self.provider,
            model=model,
            vectors=vectors,
            usage=usage,
            cost_usd=cost(usage, self._settings.price),
        )

    async def probe(self) -> Probe:
        """Get ``/api/tags``; a model without a tag is its ``latest``."""
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

    async def _negotiate(
        self, mode: CompletionMode, build: Build, send: Callable[[JsonObject], Awaitable[T]]
    ) -> tuple[Ask, JsonObject, T]:
        return await negotiate(
            self._learned, mode, build, send, refused=_REFUSED, adapt=self._learned.adapt
        )

    async def _post(self, payload: JsonObject) -> JsonObject:
        return await self._transport.post("api/chat", payload)

    async def _open(self, payload: JsonObject) -> AsyncGenerator[JsonObject]:
        return await await_first(self._transport.stream("api/chat", payload))

    def _chat(self, request: ChatRequest, *, stream: bool) -> tuple[CompletionMode, Build]:
        """Return the mode to begin with, and what makes the payload in a mode."""

        def build(mode: CompletionMode) -> tuple[Ask, JsonObject]:
            asked = ask_form(request, mode, self.profile)
            payload = wire.payload(request, asked, self._settings)
            options = wire.options(request, self._settings, seed=self.profile.seed)
            alive = request.body.get("keep_alive", self._settings.keep_alive)
            return asked, self._complete_payload(payload, options, alive, stream=stream)

        return chat_mode(request, self.profile), build

    def _task_payload(self, asked: Ask, task: Task) -> JsonObject:
        payload: JsonObject = {"model": self.model, "messages": asked.messages}
        wire.set_format(payload, asked)
        options = {
            "num_ctx": self._settings.context_window,
            "num_predict": self._settings.max_tokens,
            "temperature": self._settings.temperature,
            "seed": task.variant_seed if self.profile.seed else None,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return self._complete_payload(payload, given, self._settings.keep_alive, stream=False)

    def _complete_payload(
        self, payload: JsonObject, options: JsonObject, alive: Json, *, stream: bool
    ) -> JsonObject:
        payload["stream"] = stream
        if alive is not None:
            payload["keep_alive"] = alive
        if options:
            payload["options"] = options
        return payload

    def _completion(self, asked: Ask, body: JsonObject, sent: JsonObject) -> Completion:
        content = self._message(body).get("content")
        text = asked.restored(content if isinstance(content, str) else "")
        usage = wire.usage_of(body) or estimate_usage(asked.text, text)
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

    def _message(self, body: JsonObject) -> JsonObject:
        if message := wire.message_of(body):
            return message
        raise self._fault(str(body.get("error") or "no message"))

    def _fault(self, answer: str) -> TransportError:
        shown = self._transport.scrub(answer)
        return TransportError(f"backend {self.name!r} answered {shown}", backend=self.name)

    def _vectors(self, embeddings: Json, count: int) -> tuple[tuple[float, ...], ...]:
        """Read the vectors of an answer; raises TransportError unless there are ``count``."""
        try:
            vectors = tuple(tuple(map(float, vector)) for vector in embeddings)
        except (TypeError, ValueError):
            vectors = ()
        if len(vectors) != count:
            raise self._fault(f"{len(vectors)} embeddings for {count} texts")
        return vectors


def build(settings: BackendSettings, context: BuildContext) -> OllamaBackend:
    """Return a backend for one model of an Ollama server."""
    return OllamaBackend(settings, connect(settings, native_url(base_url(settings)), context))


def native_url(url: str) -> str:
    """Return the server's root, also where the URL of its OpenAI surface was given."""
    root = url.rstrip("/")
    for suffix in ("/v1", "/api"):
        root = root.removesuffix(suffix).rstrip("/")
    return root
