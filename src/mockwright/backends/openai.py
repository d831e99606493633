"""Chat completions as OpenAI defined them: OpenAI, Azure, llama.cpp, vLLM, LM Studio, Groq, ...

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, TypeAlias, TypeVar
from urllib.parse import quote

from mockwright.backends import openai_wire as wire
from mockwright.backends.base import (
    BuildContext,
    Probe,
    Profile,
    configured,
    cost,
    estimate_usage,
    reported_usage,
)
from mockwright.backends.connect import base_url, connect
from mockwright.backends.negotiate import await_first, chat_mode, negotiate
from mockwright.backends.openai_chunks import objects
from mockwright.backends.structured_output import Ask, CapabilityCache, ask
from mockwright.backends.transport import DONE, Transport
from mockwright.chat.types import ChatReply, ChatRequest, Embeddings, EmbedRequest
from mockwright.errors import BackendError, BackendStatusError, TransportError, UnsupportedError
from mockwright.prompting.dialects import Dialect
from mockwright.settings import BackendSettings
from mockwright.types import Completion, CompletionMode, Json, JsonObject, Task

T = TypeVar("T")
Build: TypeAlias = Callable[[CompletionMode], tuple[Ask, JsonObject]]

_REFUSED: Final = (400, 422)
_NO_SUCH_PATH: Final = (404, 405, 501)
_NO_EMBEDDINGS = re.compile(r"not (?:support|allowed).{0,40}embed|embed.{0,40}not support")


class OpenAIBackend:
    """One model behind ``/chat/completions`` and ``/embeddings``.

    With ``deployments`` the model stands in the paths, as Azure's dated versions have it. Where no
    model is configured none is sent: the server takes the one it has.
    """

    supported_fields: frozenset[str] | None = None

    def __init__(
        self,
        settings: BackendSettings,
        transport: Transport,
        *,
        dialect: Dialect = "llamacpp",
        deployments: bool = False,
    ) -> None:
        self.name = settings.name
        self.provider: str = settings.provider
        self.model = settings.model
        self._settings = settings
        self._transport = transport
        self._deployments = deployments
        default = Profile(dialect=dialect)
        self._learned = CapabilityCache(
            configured(settings.profile, default, settings.context_window)
        )

    @property
    def profile(self) -> Profile:
        """What the model can do, as far as its answers have told by now."""
        return self._learned.profile

    async def complete(self, task: Task) -> Completion:
        """Ask once; a refused mode or parameter is given up, and the rest asked again."""

        def build(mode: CompletionMode) -> tuple[Ask, JsonObject]:
            asked = ask(task, mode, self.profile)
            return asked, self._task_payload(asked, task)

        asked, sent, body = await self._negotiate(self.profile.mode, build, self._post)
        return self._completion(asked, body, sent)

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Send the request as it came, but for its model; what is refused is given up."""
        _, _, body = await self._negotiate(*self._chat(request, stream=False), self._post)
        choices = wire.as_choices(self._choices(body))
        if not all(isinstance(choice.get("message"), dict) for choice in choices):
            raise self._fault("a choice without a message")
        usage = reported_usage(body.get("usage")) or estimate_usage(
            wire.prompt_text(request),
            "".join(wire.text_of(choice["message"]) for choice in choices),
        )
        return ChatReply(
            backend=self.name,
            provider=self.provider,
            model=self.model or str(body.get("model") or ""),
            body={**body, "choices": choices},
            usage=usage,
            cost_usd=cost(usage, self._settings.price),
        )

    async def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        """Yield the chunks as they came; raises BackendError for an error among them."""
        _, _, texts = await self._negotiate(*self._chat(request, stream=True), self._open)
        finished = False
        async with aclosing(texts):
            async for text in texts:
                if text == DONE:
                    await wire.read_out(texts)
                    return
                chunk = wire.as_chunk(self._reject_error(self._transport.decode(text)))
                finished = finished or wire.finished(chunk)
                yield chunk
        if not finished:
            fault = f"backend {self.name!r} broke off in the middle of its stream"
            raise TransportError(fault, backend=self.name)

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Post to ``/embeddings`` with the ``embedding_model``, else the model."""
        model = self._settings.embedding_model or self.model
        payload = {**request.body, "input": list(request.texts)}
        if model:
            payload["model"] = model
        if request.dimensions is not None:
            payload["dimensions"] = request.dimensions
        try:
            body = await self._transport.post(self._path("embeddings", model), payload)
        except BackendStatusError as error:
            if error.status in _NO_SUCH_PATH or _NO_EMBEDDINGS.search(error.body.lower()):
                raise UnsupportedError(str(error), backend=self.name) from error
            raise
        vectors = wire.vectors(self._reject_error(body))
        if len(vectors) != len(request.texts):
            raise self._fault(f"{len(vectors)} embeddings for {len(request.texts)} texts")
        usage = wire.embedding_usage(body) or estimate_usage("".join(request.texts), "")
        return Embeddings(
            backend=self.name,
            provider=self.provider,
            model=model or str(body.get("model") or ""),
            vectors=vectors,
            usage=usage,
            cost_usd=cost(usage, self._settings.price),
        )

    async def probe(self) -> Probe:
        """Get ``/models``, which costs nothing."""
        try:
            body = await self._transport.get("models")
        except BackendStatusError as error:
            # Something is there, but has no list of models; a key that is refused is no use.
            return Probe(error.status not in (401, 403), None, str(error))
        except BackendError as error:
            return Probe(False, None, str(error))
        known = [entry.get("id") for entry in objects(body.get("data"))]
        # A deployment has a name of its own, which that list does not tell.
        tells = self.model and known and not self._deployments
        present = self.model in known if tells else None
        served = "" if present is not False else f"serves {_shortened(known)}"
        return Probe(True, present, served)

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
        return await self._transport.post(self._path("chat/completions", self.model), payload)

    async def _open(self, payload: JsonObject) -> AsyncGenerator[str | bytes]:
        path = self._path("chat/completions", self.model)
        return await await_first(self._transport.texts(path, payload))

    def _path(self, tail: str, model: str) -> str:
        return f"deployments/{quote(model, safe='')}/{tail}" if self._deployments else tail

    def _chat(self, request: ChatRequest, *, stream: bool) -> tuple[CompletionMode, Build]:
        """Return the mode to begin with, and what makes the payload in a mode."""

        def build(mode: CompletionMode) -> tuple[Ask, JsonObject]:
            payload = wire.payload(request, mode, self._settings)
            if stream:
                payload |= {"stream": True, "stream_options": {"include_usage": True}}
            self._learned.fit(payload)
            return wire.ask_in(mode), payload

        return chat_mode(request, self.profile), build

    def _task_payload(self, asked: Ask, task: Task) -> JsonObject:
        payload: JsonObject = {"messages": asked.messages, "stream": False}
        if task.variant_seed is not None:
            payload["seed"] = task.variant_seed
        if form := _response_format(asked):
            payload["response_format"] = form
        wire.set_defaults(payload, self._settings)
        self._learned.fit(payload)
        return payload

    def _completion(self, asked: Ask, body: JsonObject, sent: JsonObject) -> Completion:
        choice = self._choices(body)[0]
        text = asked.restored(wire.text_of(choice.get("message")))
        usage = reported_usage(body.get("usage")) or estimate_usage(asked.text, text)
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

    def _choices(self, body: JsonObject) -> list[JsonObject]:
        """Return at least one choice; raises BackendError."""
        if choices := objects(body.get("choices")):
            return choices
        self._reject_error(body)
        raise self._fault("no choices")

    def _reject_error(self, body: JsonObject) -> JsonObject:
        """Return ``body``, or raise the error that it is: some gateways answer 200 with one."""
        error = body.get("error") or (body if body.get("object") == "error" else None)
        if error is None:
            return body
        text = self._transport.scrub(wire.error_text(error))
        status = wire.status_of(error)
        if status is None:
            raise self._fault(text)
        fault = f"backend {self.name!r} answered {text}"
        raise BackendStatusError(fault, status=status, backend=self.name, body=text)

    def _fault(self, answer: str) -> TransportError:
        return TransportError(f"backend {self.name!r} answered {answer}", backend=self.name)


def _response_format(asked: Ask) -> JsonObject | None:
    if asked.mode == "schema":
        schema = {"name": "answer", "strict": True, "schema": asked.schema}
        return {"type": "json_schema", "json_schema": schema}
    return {"type": "json_object"} if asked.mode == "json" else None


def build(settings: BackendSettings, context: BuildContext) -> OpenAIBackend:
    """Return a backend for OpenAI, or for a server that speaks as it does."""
    return build_at(base_url(settings), settings, context)


def build_at(url: str, settings: BackendSettings, context: BuildContext) -> OpenAIBackend:
    """Return a backend for the server at ``url``, whatever the settings say."""
    return OpenAIBackend(settings, connect(settings, url, context), dialect=dialect_at(url))


def dialect_at(url: str) -> Dialect:
    """Return whose rules ``response_format`` follows; a server nobody knows does as llama.cpp."""
    host = url.split("//", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1].split(":", 1)[0]
    if host.endswith(".azure.com"):
        return "azure"
    return "openai" if host in ("api.openai.com", "openrouter.ai") else "llamacpp"


def _shortened(names: list[Json]) -> str:
    shown = ", ".join(str(name) for name in names[:5])
    return f"{shown}, ..." if len(names) > 5 else shown
