"""A double of Ollama: its native API, field by field, with replies that a test chooses.

```python
with OllamaDouble(replies=["Hello"]) as ollama:
    client = ollama_client(host=ollama.url)
    ...
    assert ollama.requests[0].body["model"] == "llama3.2"
```

https://github.com/ollama/ollama/blob/main/docs/openapi.yaml and the pages beside it
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import orjson

from mockwright.testing import ollama_answers as answers
from mockwright.testing.ollama_answers import OllamaReply
from mockwright.testing.ollama_models import OllamaModel, Shelf
from mockwright.testing.serve import Receive, Send, serve_app
from mockwright.types import Json, JsonObject

VERSION: Final = "0.13.0"
"""The version that ``/api/version`` reports."""


@dataclass(frozen=True, slots=True)
class OllamaRequest:
    """A request that came to the double."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By name, in lower case."""
    body: JsonObject
    """The JSON object that was sent; empty where there was none."""


class OllamaDouble:
    """A server that speaks Ollama's API on 127.0.0.1 while its context lasts.

    ``replies`` are given in turn, and again from the start after the last one; a text stands for a
    reply that says it. Without replies the double makes answers up: a sentence, or JSON that
    conforms to the schema in ``format``. ``models`` are the ones it has, ``port`` 0 takes a free
    port.

    ```python
    with OllamaDouble(
        ["Hello", OllamaReply(tool_calls=[OllamaCall("get_weather", {"city": "Rome"})])]
    ) as ollama:
        client = ollama_client(ollama.url)
        assert client.greet() == "Hello"
    ```
    """

    def __init__(
        self,
        replies: Sequence[OllamaReply | str] = (),
        *,
        models: Sequence[OllamaModel | str] = ("llama3.2",),
        port: int = 0,
    ) -> None:
        self.requests: list[OllamaRequest] = []
        """All requests that came, in order."""
        self.left = threading.Event()
        """Set once a client has gone away in the middle of an answer."""
        self.replies = [OllamaReply(it) if isinstance(it, str) else it for it in replies]
        """The replies; they may be changed while the double serves."""
        self._shelf = Shelf(models)
        self._port = port
        self._turn = 0
        self._url = ""
        self._stack = ExitStack()

    @property
    def url(self) -> str:
        """The URL of the server, without a path; raises RuntimeError before the context is
        entered."""
        if not self._url:
            raise RuntimeError("the double does not serve yet: enter its context first")
        return self._url

    def __enter__(self) -> OllamaDouble:
        self._url = self._stack.enter_context(serve_app(self, self._port))
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()
        self._url = ""

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request: the double is an ASGI application."""
        content = await _read(receive)
        request, fault = _parse(scope, content)
        self.requests.append(request)
        exchange = _Exchange(request, receive, send, self.left)
        if fault and request.method == "POST":
            await exchange.json({"error": fault}, 400)
            return
        match request.method.replace("HEAD", "GET"), request.path:
            case "GET", "/":
                await exchange.text("Ollama is running")
            case "GET", "/api/version":
                await exchange.json({"version": VERSION})
            case "GET", "/api/tags":
                await exchange.json({"models": self._shelf.tags()})
            case "GET", "/api/ps":
                await exchange.json({"models": self._shelf.running()})
            case "POST", "/api/show":
                await self._of_model(exchange, _show)
            case "POST", "/api/embed":
                await self._of_model(exchange, _embed)
            case "POST", ("/api/chat" | "/api/generate"):
                await self._of_model(exchange, self._generate)
            case _:
                await exchange.text("404 page not found", 404)

    async def _of_model(self, exchange: _Exchange, answer: Any) -> None:
        """Answer a request that names a model, or say why that is not possible."""
        name = exchange.request.body.get("model") or exchange.request.body.get("name")
        if not isinstance(name, str) or not name:
            await exchange.json({"error": "model is required"}, 400)
        elif (model := self._shelf.find(name)) is None:
            await exchange.json({"error": f"model '{name}' not found"}, 404)
        else:
            if exchange.request.path != "/api/show":
                self._shelf.load(model, exchange.request.body.get("keep_alive"))
            await answer(exchange, model)

    async def _generate(self, exchange: _Exchange, model: OllamaModel) -> None:
        body = exchange.request.body
        if fault := answers.refusal(body, model):
            await exchange.json({"error": fault}, 400)
            return
        frame = answers.Frame(body, chat=exchange.request.path == "/api/chat")
        if frame.idle:
            await exchange.json(frame.loaded())
            return
        reply = self._next() or OllamaReply(answers.made_up(body))
        await asyncio.sleep(reply.delay)
        if reply.error is not None and reply.after is None:
            await exchange.json({"error": reply.error}, reply.status)
        elif body.get("stream") is False:
            await exchange.json(frame.whole(reply, model))
        else:
            await exchange.stream(_until(frame.events(reply, model), reply), reply.pause)

    def _next(self) -> OllamaReply | None:
        if not self.replies:
            return None
        reply = self.replies[self._turn % len(self.replies)]
        self._turn += 1
        return reply


def _until(events: Iterator[JsonObject], reply: OllamaReply) -> Iterator[JsonObject | None]:
    """Yield ``events`` as far as the reply lets them come; None means that the connection is
    cut."""
    for number, event in enumerate(events):
        if number == reply.after:
            yield None if reply.error is None else {"error": reply.error}
            return
        yield event


async def _show(exchange: _Exchange, model: OllamaModel) -> None:
    await exchange.json(model.shown())


async def _embed(exchange: _Exchange, model: OllamaModel) -> None:
    body = exchange.request.body
    if "embedding" not in model.capabilities:
        fault = f'"{body["model"]}" does not support embeddings'
        await exchange.json({"error": fault}, 400)
    elif (texts := answers.inputs(body.get("input"))) is None:
        await exchange.json({"error": "invalid input type"}, 400)
    else:
        await exchange.json(answers.embedded(body, texts, model))


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request, and the ways to answer it."""

    request: OllamaRequest
    receive: Receive
    send: Send
    left: threading.Event

    async def json(self, value: JsonObject, status: int = 200) -> None:
        """Answer with one JSON object."""
        await self._respond(orjson.dumps(value), "application/json; charset=utf-8", status)

    async def text(self, text: str, status: int = 200) -> None:
        """Answer with a line of text."""
        await self._respond(text.encode(), "text/plain; charset=utf-8", status)

    async def stream(self, events: Iterator[JsonObject | None], pause: float) -> None:
        """Answer with NDJSON; end early where the client leaves, and without an end at an event
        None."""
        gone = asyncio.create_task(self._gone())
        await self._start("application/x-ndjson", 200)
        try:
            for number, event in enumerate(events):
                if pause and number:
                    await asyncio.wait([gone], timeout=pause)
                if gone.done():
                    self.left.set()
                    return
                if event is None:
                    return
                await self._body(orjson.dumps(event) + b"\n", more=True)
                # Otherwise `_gone` never runs between events without a pause.
                await asyncio.sleep(0)
        finally:
            gone.cancel()
        await self._body(b"", more=False)

    async def _gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _respond(self, content: bytes, kind: str, status: int) -> None:
        await self._start(kind, status, len(content))
        await self._body(b"" if self.request.method == "HEAD" else content, more=False)

    async def _start(self, kind: str, status: int, length: int | None = None) -> None:
        headers = [(b"content-type", kind.encode())]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def _body(self, content: bytes, *, more: bool) -> None:
        await self.send({"type": "http.response.body", "body": content, "more_body": more})


async def _read(receive: Receive) -> bytes:
    content = b""
    while (message := await receive())["type"] == "http.request":
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    return content


def _parse(scope: Any, content: bytes) -> tuple[OllamaRequest, str]:
    """Return the request, and what is wrong with its body."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body: Json = {}
    fault = "" if content else "missing request body"
    if content:
        try:
            body = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            fault = str(error)
    if not isinstance(body, dict):
        body, fault = {}, "the body is no JSON object"
    return OllamaRequest(scope["method"], scope["path"], headers, body), fault
