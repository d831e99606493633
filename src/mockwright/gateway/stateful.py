"""Stateful resources as a source: later requests find what earlier ones created or changed.

A resource that nobody created is made by the engine when it is first asked for, and kept. State
changes in one step, after the last ``await``: a request that fails or is cancelled on the way
changes nothing, and of two that make the same resource the first one counts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias, TypedDict
from urllib.parse import quote, urlencode

import orjson

from mockwright.conformance.keep_input import keep_input
from mockwright.errors import InvalidControlError, MethodNotAllowedError, StateConflictError
from mockwright.gateway.call import Call, Proceed
from mockwright.jsontext import dump
from mockwright.memory.state.collections import State, read_id
from mockwright.memory.state.resource import Resource, known_place
from mockwright.memory.state.scopes import Scope
from mockwright.schema.validate import compile_schema
from mockwright.shapes.rest.envelope import Wrapper, bare_items, read_wrapper
from mockwright.shapes.rest.infer import shown
from mockwright.shapes.rest.merge_patch import with_new, without_nulls
from mockwright.shapes.rest.query import USUAL_LIMIT, Page, links, select
from mockwright.shapes.rest.url_path import ResourcePath, bare, read_path, whole_path
from mockwright.types import (
    MISSING,
    Json,
    JsonObject,
    Missing,
    MockRequest,
    MockResponse,
    OnMissing,
    Plan,
)

Make: TypeAlias = Callable[[MockRequest], Awaitable[Json]]
"""Returns the usual answer to a request, as a value that conforms to its shape."""
Fields: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Header fields: names in lower case, and values, as ASGI has them."""


@dataclass(frozen=True, slots=True)
class StateReply:
    """What a stateful resource answers."""

    status: int
    value: Json | Missing
    """:data:`MISSING` for no body."""
    headers: Fields = ()
    made: bool = False
    """Whether any part of it had to be made by the engine."""


STATE: Final = "state"
"""Takes the place of the backend's name for answers that no backend made."""


@dataclass(frozen=True, slots=True)
class ResourceSource:
    """Answers from the state of the resource that a path names.

    ``plan`` returns the plan for what has to be made: for one resource, or for a list.
    """

    plan: Callable[[MockRequest, Scope], Plan]

    def takes_part(self, plan: Plan) -> bool:
        """Whether the path is a stateful resource, by the request, its test or a path rule."""
        return plan.state

    def streams(self, plan: Plan) -> bool:
        """Never: a list is kept before it is answered."""
        return False

    def repeats(self, plan: Plan) -> bool:
        """Never: the resource may have changed."""
        return False

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return the answer from state; raises as :func:`answer_resource`."""
        made: list[MockResponse] = []

        async def make(request: MockRequest) -> Json:
            # One plain answer: state has one value for a resource, and it must not come from the
            # cache, whose variants know nothing of this test.
            plan = replace(self.plan(request, call.scope), variants=0, completions=1, report=False)
            made.append(await proceed(replace(call, request=request, plan=plan)))
            return orjson.loads(made[-1].body)

        # The planner has already put the shape of the path rule in place of a missing one.
        request = replace(call.request, shape=call.plan.asked)
        reply = await answer_resource(
            request,
            read_path(request.path),
            call.scope.state,
            make,
            on_missing=call.plan.on_missing,
        )
        if reply is None:
            return await proceed(call)
        body = b"" if reply.value is MISSING else dump(reply.value)
        response = made[-1] if made else MockResponse(body, STATE)
        return replace(
            response,
            body=body,
            status=reply.status,
            extra=reply.headers,
            ignored=(*response.ignored, *_ignored_controls(call.plan)),
            head=(),
        )


def _ignored_controls(plan: Plan) -> Iterator[str]:
    """Yield the controls of a plan that have no meaning for an answer from state."""
    if plan.variants:
        yield "cache"
    if plan.completions > 1:
        yield "n"
    if plan.report:
        yield "report"


async def answer_resource(
    request: MockRequest,
    place: ResourcePath,
    state: State,
    make: Make,
    *,
    on_missing: OnMissing,
) -> StateReply | None:
    """Return the answer of the resource that ``place`` names; None where the path names none.

    None means that the request is answered as if it were not stateful. Raises NotFoundError,
    MethodNotAllowedError, StateConflictError, StateFullError, and InvalidControlError for a query
    or a body that cannot be read.
    """
    place = known_place(place, whole_path(request.path), state)
    asked = _ResourceRequest(request, Resource(place, state), make, on_missing)
    method = "GET" if request.method == "HEAD" else request.method
    if place.kind == "other" or (method == "POST" and asked.resource.is_action):
        return None
    handlers = _COLLECTION if place.kind == "list" else _ITEM
    if method not in handlers:
        what = f"a collection of {place.noun}s" if place.kind == "list" else str(asked.resource)
        raise MethodNotAllowedError(f"{method} is not for {what}", (*handlers, "HEAD"))
    asked.resource.check_owners()
    return await handlers[method](asked)


class _Lenient(TypedDict):
    on_input_conflict: Literal["coerce"]


_LENIENT: Final[_Lenient] = {"on_input_conflict": "coerce"}
"""Lets kept values be coerced to the asked shape: the caller did not send them, so a value of
another type is not the caller's fault."""


@dataclass(slots=True)
class _ResourceRequest:
    """One request to one resource; each public method answers one HTTP method."""

    request: MockRequest
    resource: Resource
    make: Make
    on_missing: OnMissing
    made: bool = field(default=False, init=False)

    async def read(self) -> StateReply:
        """Answer GET for one resource."""
        item = self._find_item()
        if item is not None:
            return self._reply(200, await self._in_asked_shape(item))
        value = await self._make(self._read_request())
        # A bare value has no fields to be found or changed by, so it is not kept.
        if not isinstance(value, dict):
            return self._reply(200, value)
        known = self.resource.find()
        item = self.resource.keep_made(value)
        if self.request.shape is None:
            return self._reply(200, item)
        return self._reply(200, value if known is None else await self._in_asked_shape(item))

    async def page(self) -> StateReply | None:
        """Answer GET for a collection: filtered, sorted and paged as the query asks.

        Return None where the shape has no place for the items of a collection.
        """
        request, resource = self.request, self.resource
        wrapper = None if request.shape is None else read_wrapper(request.shape)
        if request.shape is not None and wrapper is None:
            return None
        items, value = None, None
        # A collection that was never listed as a whole has members that nobody has seen yet.
        if self.on_missing == "generate" and not resource.is_complete:
            value = await self._make(self._list_request(wrapper))
            items = bare_items(value) if wrapper is None else wrapper.unwrap(value)
            if items is None:
                return self._reply(200, value)
            resource.keep_list(items)
        limit = request.count if request.limit is None else request.limit
        page = select(resource.items(), request.query, limit)
        if wrapper is None:
            value = page.items
        # The answer as it was made is right only where the page is all of it and no numbers tell of
        # it.
        elif items != page.items or wrapper.tells:
            value = await self._page_in_wrapper(wrapper, page)
        total = (b"x-total-count", str(page.total).encode())
        return self._reply(200, value, (total, *self._links_of(page)))

    async def create(self) -> StateReply:
        """Answer POST to a collection: make a new item of what was sent, and say where it is."""
        resource = self.resource
        body = {} if self.request.input is MISSING else self._body()
        own = None if body.get("id") is None else read_id(body["id"], "body id")
        resource.check_new(own)
        sent = {name: part for name, part in body.items() if name != "id" or own is not None}
        given = resource.with_parent(sent, self._fields())
        # The id of the body is left out of what is made: it is checked, and set, below.
        value = await self._make(self._write_request(given if sent else MISSING))
        # Again: another request may have taken the id during the await.
        resource.check_new(own)
        key, value = self._with_free_id(value, own)
        item = with_new(_without_secrets(value, body), shown(given))
        item = resource.with_id(key, resource.linked(item))
        resource.state.put(resource.name, key, item)
        # Who creates items knows what is in the collection: nothing is to be invented beside them.
        resource.state.complete(resource.name)
        location = (b"location", self._location(key))
        return self._reply(201, item if self.request.shape is None else value, (location,))

    async def put(self) -> StateReply:
        """Answer PUT: keep the resource exactly as it is sent, created where there is none."""
        resource, body = self.resource, self._body()
        resource.check_id(body)
        if not resource.state.is_gone(resource.name, resource.key):
            resource.find()
        given = resource.identified(resource.with_parent(body, self._fields()))
        item, value = shown(given), MISSING
        if self.request.shape is not None:
            value = await self._make(self._write_request(given))
            item = with_new(item, _without_secrets(value, body))
        created = resource.state.find(resource.name, resource.key) is None
        resource.keep(item)
        if created and resource.place.kind == "member":
            resource.state.complete(resource.name)
        return self._reply(201 if created else 200, item if value is MISSING else value)

    async def patch(self) -> StateReply:
        """Answer PATCH: change the resource by a JSON merge patch (RFC 7396)."""
        resource, patch = self.resource, self._body()
        resource.check_id(patch)
        resource.check_parent(patch)
        item = self._find_item()
        if item is None:
            made = await self._make(self._read_request())
            if not isinstance(made, dict):
                raise StateConflictError(f"{resource} is no object, and cannot be patched")
            item = resource.keep_made(made)
        if self.request.shape is None:
            item = resource.patched(item, patch)
            resource.keep(item)
            return self._reply(200, item)
        value = await self._patched_in_shape(resource.patched(item, patch), patch)
        # Again: what another request changed during the await must not be lost.
        item = resource.find() or resource.refuse()
        item = with_new(resource.patched(item, patch), _without_secrets(value, patch))
        resource.keep(item)
        return self._reply(200, value)

    async def remove(self) -> StateReply:
        """Answer DELETE; afterwards the resource is not found, rather than made again."""
        self._find_item()
        self.resource.state.remove(self.resource.name, self.resource.key)
        return self._reply(204, MISSING)

    def _find_item(self) -> JsonObject | None:
        """Return what is kept; None for what may be made. Raises NotFoundError."""
        item = self.resource.find()
        if item is None and self.on_missing == "404":
            self.resource.refuse()
        return item

    # The asked shape

    async def _in_asked_shape(self, item: JsonObject) -> Json:
        """Return a kept item in the asked shape; what was made to fit it is kept, too."""
        if self.request.shape is None:
            return item
        value = await self._make(replace(self._read_request(), input=item, **_LENIENT))
        self.resource.learn(self.resource.key, value)
        return value

    async def _page_in_wrapper(self, wrapper: Wrapper, page: Page) -> Json:
        """Return the items of a page in the asked shape, and keep what was made to fit it."""
        value = await self._make(
            replace(
                self._read_request(),
                shape=wrapper.sized(len(page.items)),
                input=wrapper.wrap(page),
                **_LENIENT,
            )
        )
        value = wrapper.ordered(value, page.items)
        for item, new in zip(page.items, wrapper.unwrap(value) or (), strict=False):
            self.resource.learn(str(item.get("id")), new)
        return value

    async def _patched_in_shape(self, item: JsonObject, patch: JsonObject) -> Json:
        """Return a patched resource in the asked shape, which the patch itself must not break."""
        value = await self._make(replace(self._write_request(item), **_LENIENT))
        mode = self.request.on_input_conflict or "error"
        return keep_input(value, without_nulls(patch), self._schema, on_conflict=mode).value

    def _with_free_id(self, value: Json, own: str | None) -> tuple[str, Json]:
        """Return the id of a new item, and the answer with that id.

        Raises StateConflictError where the shape allows no id that is free.
        """
        if own is not None:
            return own, value
        made = value.get("id") if isinstance(value, dict) else None
        schema = compile_schema(self._schema)
        for key in self.resource.ids(made):
            answer = value if made is None else {**value, "id": key}
            if self.resource.is_free(str(key)) and schema.is_valid(answer):
                return str(key), answer
        raise StateConflictError(f"no id that the shape allows is free: not {str(made)[:100]!r}")

    @property
    def _schema(self) -> JsonObject | bool:
        return True if self.request.shape is None else self.request.shape.schema

    def _fields(self) -> Mapping[str, Json]:
        """Return the properties of the asked shape, whose names tell how it calls its parent."""
        named = self._schema.get("properties") if isinstance(self._schema, dict) else None
        return named if isinstance(named, dict) else {}

    # Asking and answering

    async def _make(self, request: MockRequest) -> Json:
        self.made = True
        return await self.make(request)

    def _read_request(self, count: int | None = None) -> MockRequest:
        """Return the request for the resource alone: the same, whatever else the caller asks."""
        return replace(self._write_request(MISSING), method="GET", count=count)

    def _list_request(self, wrapper: Wrapper | None) -> MockRequest:
        """Return the request for the first listing of a collection."""
        asked = self._read_request(self.request.count)
        if wrapper is None or wrapper.path is not None:
            return asked
        size = USUAL_LIMIT if asked.count is None else asked.count
        return replace(asked, shape=wrapper.sized(size), count=None)

    def _write_request(self, given: Json | Missing) -> MockRequest:
        return replace(self.request, input=given, query=(), count=None, limit=None)

    def _body(self) -> JsonObject:
        body = self.request.input
        if not isinstance(body, dict):
            got = "nothing" if body is MISSING else type(body).__name__
            raise InvalidControlError("body", got, f"a JSON object that is a {self._noun}")
        return body

    @property
    def _noun(self) -> str:
        return self.resource.place.noun

    def _location(self, key: str) -> bytes:
        """Return a reference to a new item, relative to the request's own path.

        RFC 9110, section 10.2.2, allows relative references in Location; the mount is not known
        here.
        """
        last = bare(self.request.path.rpartition("/")[2])
        return "/".join(quote(part, safe="") for part in (last, key) if part).encode("ascii")

    def _links_of(self, page: Page) -> Iterator[tuple[bytes, bytes]]:
        """Yield the Link header of a page (RFC 8288), if it has neighbours.

        The references are relative to the request's own path.
        """
        told = [
            f'<?{urlencode(query)}>; rel="{rel}"'
            for rel, query in links(page, self.request.query).items()
        ]
        if told:
            yield b"link", ", ".join(told).encode("ascii")

    def _reply(self, status: int, value: Json | Missing, head: Fields = ()) -> StateReply:
        return StateReply(status, value, head, self.made)


def _without_secrets(value: Json, body: JsonObject) -> JsonObject:
    """Return what was made, without fields such as a password that the caller sent.

    An API does not repeat these, so a made value must not take their place.
    """
    made = value if isinstance(value, dict) else {}
    hidden = body.keys() - shown(body).keys()
    return {name: part for name, part in made.items() if name not in hidden}


Handler: TypeAlias = Callable[[_ResourceRequest], Awaitable[StateReply | None]]
_COLLECTION: Final[Mapping[str, Handler]] = {
    "GET": _ResourceRequest.page,
    "POST": _ResourceRequest.create,
}
_ITEM: Final[Mapping[str, Handler]] = {
    "GET": _ResourceRequest.read,
    "PUT": _ResourceRequest.put,
    "PATCH": _ResourceRequest.patch,
    "DELETE": _ResourceRequest.remove,
}
