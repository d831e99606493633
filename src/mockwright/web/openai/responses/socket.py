"""``/v1/responses`` over a WebSocket: one turn after the other on one connection.

A response that is not to be stored lives as long as the connection, so that the next turn can
continue it. https://platform.openai.com/docs/guides/websocket-mode
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final, TypeAlias

from mockwright.errors import MockwrightError, ParameterError
from mockwright.gateway.call import with_overrides
from mockwright.jsontext import dump
from mockwright.types import JsonObject
from mockwright.web.chat.fields import wrong
from mockwright.web.chat.keys import Caller
from mockwright.web.chat.surface import SurfaceCall
from mockwright.web.controls.controls import RawRequest, decode
from mockwright.web.controls.json_limits import read_json
from mockwright.web.http.access_log import finish
from mockwright.web.http.exchange import CLIENT_GONE, Exchange, Reply, assign, open_exchange
from mockwright.web.openai.errors import describe
from mockwright.web.openai.responses.events import Writer
from mockwright.web.openai.responses.request import previous_id, read_response
from mockwright.web.openai.responses.routes import Responses
from mockwright.web.openai.responses.store import ResponseStore, lost, stored
from mockwright.web.services import InForce

Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_MAX_WAITING: Final = 16
"""Turns that may wait for the one before; then the connection's own back pressure sets in."""
_MAX_SECONDS: Final = 3600.0
"""Seconds that one connection may last, the same as on OpenAI's servers."""
_MAX_LOCAL: Final = 8
"""Responses that a connection remembers without storing them."""


class ResponseSocket:
    """One WebSocket connection."""

    def __init__(self, scope: Message, send: Send, services: InForce, responses: Responses) -> None:
        self._scope = {**scope, "method": "POST"}
        self._send = send
        self._services = services
        self._responses = responses
        self._local = ResponseStore(_MAX_LOCAL)
        self._inbox: asyncio.Queue[str] = asyncio.Queue(_MAX_WAITING)

    async def serve(self, receive: Callable[[], Awaitable[Message]]) -> None:
        """Answer turns until the client leaves, or the connection has lasted too long."""
        await receive()  # `websocket.connect`
        try:
            caller = self._services().keys.caller(self._scope["headers"])
        except MockwrightError:
            # Closing before accepting makes the server answer the handshake with a 403.
            await self._send({"type": "websocket.close", "code": 1008})
            return
        await self._send({"type": "websocket.accept"})
        turns = asyncio.ensure_future(self._turns(caller))
        reader = asyncio.ensure_future(self._read(receive))
        try:
            await asyncio.wait(
                (turns, reader), return_when=asyncio.FIRST_COMPLETED, timeout=_MAX_SECONDS
            )
            if not reader.done():
                await self._send({"type": "websocket.close", "code": 1001})
        finally:
            for task in (turns, reader):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _read(self, receive: Callable[[], Awaitable[Message]]) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            data = message.get("text")
            text = (
                (message.get("bytes") or b"").decode("utf-8", "replace") if data is None else data
            )
            await self._inbox.put(text)

    async def _turns(self, caller: Caller) -> None:
        while True:
            text = await self._inbox.get()
            exchange = open_exchange(self._scope, b"")
            reply = Reply(CLIENT_GONE, (), b"")
            try:
                reply = await self._turn(exchange, caller, text)
            finally:
                services = self._services()
                finish(exchange, reply, services.journal, services.counters)

    async def _turn(self, exchange: Exchange, caller: Caller, text: str) -> Reply:
        body: JsonObject = {}
        try:
            assign(exchange)
            body = self._read_message(exchange, text)
            caller.admit()
            async with AsyncExitStack() as stack:
                return await self._answer(self._call(exchange, caller, body, stack))
        except Exception as error:  # a turn that fails does not end the connection
            fault = describe(error, exchange.id)
            # As on OpenAI's servers, a turn that failed takes the unstored response with it that
            # it continued.
            with contextlib.suppress(MockwrightError):
                self._local.drop(previous_id(body) or "")
            told = {"type": "error", "status": fault.status, **fault.body}
            await self._send_event(told)
            return Reply(fault.status, (), dump(told), problem=fault.code)

    def _read_message(self, exchange: Exchange, text: str) -> JsonObject:
        limits = self._services().settings.limits
        exchange.body = text.encode("utf-8", "replace")
        if len(exchange.body) > limits.body_bytes:
            raise ParameterError(f"a message may have at most {limits.body_bytes} bytes")
        message = read_json(exchange.body, limits.json_depth, "the message")
        if not isinstance(message, dict) or message.get("type") != "response.create":
            raise ParameterError("expected an object with the type 'response.create'", "type")
        return {name: value for name, value in message.items() if name != "type"}

    def _call(
        self, exchange: Exchange, caller: Caller, body: JsonObject, stack: AsyncExitStack
    ) -> SurfaceCall:
        wire = RawRequest("POST", exchange.raw_path, exchange.query, exchange.headers)
        controls = decode(wire, exchange.id, self._services().settings.limits, 1).request
        controls = with_overrides(controls, self._services().scopes.of(exchange.test))
        return SurfaceCall(exchange, controls, body, self._services(), caller, stack)

    async def _answer(self, call: SurfaceCall) -> Reply:
        session = call.open_session()
        # Here every answer is streamed, whatever the field says.
        body = {name: value for name, value in call.body.items() if name != "stream"}
        asked = read_response(body, call.request, self._before(call))
        if asked.background:
            raise wrong("background", True, "false: a connection waits for its answers")
        streamed = await call.stack.enter_async_context(session.stream(asked.chat))
        writer = Writer(asked)
        try:
            async for event in writer.events(streamed, call.exchange.id):
                if event["type"].startswith("response.") and "response" in event:
                    self._keep(call, writer)
                await self._send_event(event)
        finally:
            call.spend(streamed.usage, streamed.cost_usd)
        whole = dump(writer.response)
        return Reply(200, (), whole, call.exchange.cache, backend=streamed.backend)

    def _keep(self, call: SurfaceCall, writer: Writer) -> None:
        """Store a response before the client hears that it is finished, and may continue it."""
        response = writer.response
        owner = call.caller.name
        if response["status"] in ("completed", "incomplete") and not writer.asked.store:
            self._local.put(stored(response, writer.asked, owner))
        self._responses.keep(writer.asked, response, owner)

    def _before(self, call: SurfaceCall) -> Sequence[JsonObject]:
        identifier = previous_id(call.body)
        if identifier is None:
            return ()
        found = self._local.get(identifier, call.caller.name)
        if found is None:
            found = self._responses.store.get(identifier, call.caller.name)
        if found is None:
            raise lost(identifier)
        return found.context

    async def _send_event(self, event: JsonObject) -> None:
        await self._send({"type": "websocket.send", "text": dump(event).decode()})
