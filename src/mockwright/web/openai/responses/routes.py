"""The routes of ``/v1/responses`` over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import islice
from time import time

from mockwright.backends.base import estimate_usage
from mockwright.errors import MockwrightError, NotFoundError, ParameterError
from mockwright.gateway.conversation import new_id
from mockwright.jsontext import dump
from mockwright.types import JsonObject, Trace
from mockwright.web.chat.fields import wrong
from mockwright.web.chat.headers import answer_head, stream_head
from mockwright.web.chat.surface import StreamedReply, SurfaceCall, SurfaceRoute, WholeReply
from mockwright.web.http import sse
from mockwright.web.http.access_log import finish
from mockwright.web.http.exchange import CLIENT_GONE, Reply
from mockwright.web.openai.responses.background import Background, Running
from mockwright.web.openai.responses.events import Writer, finished, resource, usage_of
from mockwright.web.openai.responses.items import (
    output_items,
    pack,
    read_items,
    to_messages,
)
from mockwright.web.openai.responses.request import (
    ParsedResponseRequest,
    previous_id,
    read_response,
    unknown,
)
from mockwright.web.openai.responses.store import ResponseStore, StoredResponse, lost, stored


class Responses:
    """Creates, continues, stores and shows responses, over one store."""

    def __init__(self, store: ResponseStore) -> None:
        self.store = store
        self._background = Background()

    async def aclose(self) -> None:
        """Stop making responses in the background."""
        await self._background.aclose()

    def routes(self) -> tuple[SurfaceRoute, ...]:
        """Return all routes."""
        return (
            SurfaceRoute("POST", "/v1/responses", self.create),
            SurfaceRoute("POST", "/v1/responses/compact", self.compact),
            SurfaceRoute("POST", "/v1/responses/input_tokens", self.count),
            SurfaceRoute("GET", "/v1/responses/{}", self.show),
            SurfaceRoute("DELETE", "/v1/responses/{}", self.delete),
            SurfaceRoute("GET", "/v1/responses/{}/input_items", self.input_items),
            SurfaceRoute("POST", "/v1/responses/{}/cancel", self.cancel),
        )

    async def create(self, call: SurfaceCall) -> WholeReply | StreamedReply:
        """Answer with one response, whole or as a stream of events."""
        session = call.open_session()
        asked = read_response(call.body, call.request, self.before(call))
        call.ignored += unknown(call.body)
        if asked.background:
            return self._start(call, asked)
        if asked.stream:
            streamed = await call.stack.enter_async_context(session.stream(asked.chat))
            call.ignored += streamed.ignored
            writer = Writer(asked)

            async def pieces() -> AsyncGenerator[bytes, None]:
                try:
                    async for event in writer.events(streamed, call.exchange.id):
                        # Stored before the last event goes out: the client may refer to the
                        # response as soon as it has that.
                        self.keep(asked, writer.response, call.caller.name)
                        yield sse.event(event, event["type"])
                    yield sse.DONE
                finally:
                    call.spend(streamed.usage, streamed.cost_usd)

            return StreamedReply(pieces(), stream_head(streamed), backend=streamed.backend)
        answer = await session.chat(asked.chat)
        call.spend(answer.usage, answer.cost_usd)
        call.ignored += answer.ignored
        chat = answer.body
        suffix = str(chat["id"]).removeprefix("chatcmpl-")
        begun = resource(asked, f"resp_{suffix}", chat["created"], chat["model"])
        choice = chat["choices"][0]
        response = finished(
            begun,
            list(output_items(choice["message"], suffix)),
            answer.usage,
            choice["finish_reason"],
            seeded=asked.chat.seed is not None,
        )
        self.keep(asked, response, call.caller.name)
        return WholeReply(response, answer_head(answer, asked.chat.seed), backend=answer.backend)

    def _start(self, call: SurfaceCall, asked: ParsedResponseRequest) -> WholeReply | StreamedReply:
        """Have a response made in the background; the client gets it queued, or follows its
        events."""
        writer = Writer(asked, suffix=new_id(""))
        owner, model = call.caller.name, str(call.body["model"])
        queued = resource(asked, f"resp_{writer.suffix}", int(time()), model, "queued")
        # In the journal the response has an entry of its own, under its own id: the call that
        # started it is over long before.
        exchange = replace(call.exchange, id=queued["id"], trace=Trace())

        async def run(running: Running) -> None:
            reply = Reply(CLIENT_GONE, (), b"")
            try:
                opened = call.open_session(exchange.trace).stream(asked.chat)
                async with (
                    opened as streamed,
                    aclosing(writer.events(streamed, exchange.id)) as events,
                ):
                    try:
                        async for event in events:
                            self._progress(writer, owner, running)
                            running.add(event)
                    finally:
                        call.spend(streamed.usage, streamed.cost_usd)
                reply = Reply(
                    200, (), dump(writer.response), exchange.cache, backend=streamed.backend
                )
            except MockwrightError as error:
                event = writer.fail(error, model, exchange.id)
                self._progress(writer, owner, running)
                running.add(event)
                code = writer.response["error"]["code"]
                reply = Reply(200, (), dump(writer.response), problem=code)
            finally:
                services = call.services
                finish(exchange, reply, services.journal, services.counters)

        running = self._background.start(run)
        self.store.put(stored(queued, asked, owner, running))
        return self._followed(running) if asked.stream else WholeReply(queued)

    def _progress(self, writer: Writer, owner: str, running: Running) -> None:
        """Store how far a response has come, unless it was deleted meanwhile."""
        known = self.store.get(str(writer.response["id"]), owner)
        # Most events change nothing in the object, which then need not be measured again.
        if known is not None and known.resource is not writer.response:
            self.store.put(stored(writer.response, writer.asked, owner, running))

    def _followed(self, running: Running, after: int = -1) -> StreamedReply:
        async def pieces() -> AsyncGenerator[bytes, None]:
            async with aclosing(running.follow(after)) as events:
                async for event in events:
                    yield sse.event(event, event["type"])
            yield sse.DONE

        return StreamedReply(pieces())

    def before(self, call: SurfaceCall) -> Sequence[JsonObject]:
        """Return what was said up to the response that is continued; raises ParameterError."""
        identifier = previous_id(call.body)
        if identifier is None:
            return ()
        found = self.store.get(identifier, call.caller.name)
        if found is None:
            raise lost(identifier)
        return found.context

    def keep(self, asked: ParsedResponseRequest, response: JsonObject, owner: str) -> None:
        """Store a response if that was asked for and it is finished."""
        if asked.store and response.get("status") in ("completed", "incomplete"):
            self.store.put(stored(response, asked, owner))

    async def show(self, call: SurfaceCall) -> WholeReply | StreamedReply:
        """Answer with a stored response, or with ``stream`` the events of one made in the
        background."""
        found = self._find(call)
        query = dict(call.request.query)
        if query.get("stream", "false") != "true":
            return WholeReply(found.resource)
        if found.running is None:
            raise ParameterError("Only responses made in the background can be streamed.", "stream")
        after = query.get("starting_after", "-1")
        if not after.removeprefix("-").isascii() or not after.removeprefix("-").isdigit():
            raise wrong("starting_after", after, "the number of an event")
        return self._followed(found.running, max(-1, int(after[:12])))

    async def delete(self, call: SurfaceCall) -> WholeReply:
        """Delete a stored response, and stop making it."""
        found = self._find(call)
        self.store.drop(found.id)
        if found.running is not None:
            await found.running.cancel()
        return WholeReply({"id": found.id, "object": "response", "deleted": True})

    async def cancel(self, call: SurfaceCall) -> WholeReply:
        """Stop a response that is made in the background; a finished one stays as it is."""
        found = self._find(call)
        if found.running is None:
            raise ParameterError("Only responses made in the background can be cancelled.", "id")
        if not found.running.done:
            await found.running.cancel()
            latest = self.store.get(found.id, call.caller.name)
            found = replace(found, resource={**found.resource, "status": "cancelled"})
            if latest is not None:  # it may have been deleted during the await
                self.store.put(found)
        return WholeReply(found.resource)

    async def input_items(self, call: SurfaceCall) -> WholeReply:
        """Answer with a page of the input of a stored response, the latest first unless
        ``order=asc``."""
        found = self._find(call)
        query = dict(call.request.query)
        items = [
            {"id": f"in_{found.id.removeprefix('resp_')}{i}", **item}
            for i, item in enumerate(found.items)
        ]
        if query.get("order", "desc") != "asc":
            items.reverse()
        if after := query.get("after"):
            names = [item["id"] for item in items]
            items = items[names.index(after) + 1 :] if after in names else []
        page = list(islice(items, call.request.count or 20))
        return WholeReply(
            {
                "object": "list",
                "data": page,
                "first_id": page[0]["id"] if page else None,
                "last_id": page[-1]["id"] if page else None,
                "has_more": len(page) < len(items),
            }
        )

    async def compact(self, call: SurfaceCall) -> WholeReply:
        """Answer with the conversation as one item that can stand for it: compressed, not summed
        up."""
        call.backends(call.body.get("model"))
        before = self.before(call)
        items = [*before, *read_items(call.body.get("input") or [])]
        to_messages(items, None)  # raises for items that could not be continued later
        if not items:
            raise ParameterError("Missing required parameter: 'input'.", "input")
        suffix = new_id("")
        usage = estimate_usage(dump(items).decode(), "")
        body = {
            "id": f"resp_{suffix}",
            "object": "response.compaction",
            "created_at": int(time()),
            "output": [pack(items, f"cmp_{suffix}")],
            "usage": usage_of(usage),
        }
        return WholeReply(body)

    async def count(self, call: SurfaceCall) -> WholeReply:
        """Answer with an estimate of the tokens of a request: one for about four characters."""
        call.backends(call.body.get("model"))
        asked = read_response({"input": [], **call.body}, call.request, self.before(call))
        said = dump([asked.chat.messages, asked.chat.body.get("tools", [])]).decode()
        tokens = estimate_usage(said, "").input_tokens
        return WholeReply({"object": "response.input_tokens", "input_tokens": tokens})

    def _find(self, call: SurfaceCall) -> StoredResponse:
        identifier = call.params[0]
        found = self.store.get(identifier, call.caller.name)
        if found is None:
            raise NotFoundError(f"Response with id '{identifier[:80]}' not found.")
        return found
