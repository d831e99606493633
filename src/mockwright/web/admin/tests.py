"""``/api/admin/tests``, ``contexts``, ``state`` and ``structures``: what belongs to one test.

The id ``-`` stands for requests without a test id.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from mockwright.errors import ConfigError, InvalidControlError
from mockwright.faults import FaultScript, read_faults
from mockwright.memory.state.scopes import SHARED, Overrides, Scope
from mockwright.planning.path_rules import check_routes
from mockwright.settings import RouteSettings
from mockwright.types import Json, JsonObject, Mode
from mockwright.web.http.exchange import TEST_ID, TEST_ID_TOLD
from mockwright.web.services import InForce

NOBODY: Final = "-"
_MAX_ROUTES: Final = 1000

Test = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Routes = Annotated[tuple[RouteSettings, ...], Field(max_length=_MAX_ROUTES)]


class OverridesBody(BaseModel):
    """What a test asks of all its requests; what is not given stays as it is."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode | None = None
    recordings: str | None = Field(None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """A folder within the lock folder."""
    seed: int | None = Field(None, ge=0, lt=2**63, strict=True)
    state: bool | None = None
    routes: Routes = ()
    faults: Json = None


def build_tests(services: InForce) -> APIRouter:
    """The routes; errors are turned into problem documents by the application."""
    router = APIRouter()
    router.include_router(_tests(services))
    router.include_router(_contexts(services))
    router.include_router(_state(services))
    router.include_router(_structures(services))
    return router


def _tests(services: InForce) -> APIRouter:
    router = APIRouter(prefix="/tests")

    @router.get("")
    async def list_tests(limit: Limit = 50) -> list[JsonObject]:
        """The tests that are known, the most recently used first."""
        return [scope.to_json() for scope, _ in zip(services().scopes, range(limit), strict=False)]

    @router.get("/{test}")
    async def get_test(test: str) -> JsonObject:
        """What there is of a test."""
        return _known(services, test).to_json()

    @router.put("/{test}")
    async def change_test(test: str, wanted: OverridesBody) -> JsonObject:
        """What a test asks of all its requests: mode, recordings, seed, state, routes, faults."""
        given = wanted.model_fields_set
        _check(wanted.routes)
        script = _script(services, wanted.faults) if "faults" in given else None
        scope = _scope(services, test)
        named = given - {"faults"}
        scope.change(_replaced(scope.overrides, {name: getattr(wanted, name) for name in named}))
        if "faults" in given:
            scope.faults = script
        return scope.to_json()

    @router.delete("/{test}")
    async def end_test(test: str) -> JsonObject:
        """Forget all that a test has left: state, contexts, scripts, its part of the journal."""
        known = services().scopes.end(scope_id(test))
        return {"ended": known, "requests": services().journal.clear(scope_id(test))}

    @router.get("/{test}/faults")
    async def get_faults(test: str) -> Json:
        """The fault script, and how far it has come."""
        faults = _known(services, test).faults
        return [] if faults is None else faults.to_json()

    @router.put("/{test}/faults")
    async def put_faults(test: str, rules: Annotated[Json, Body()]) -> Json:
        """A fault script, from its beginning; an empty list is none."""
        script = _script(services, rules)
        scope = _scope(services, test)
        scope.faults = script
        return [] if script is None else script.to_json()

    @router.delete("/{test}/faults")
    async def end_faults(test: str) -> JsonObject:
        """No more faults."""
        scope = _known(services, test)
        had, scope.faults = scope.faults is not None, None
        return {"removed": had}

    @router.get("/{test}/routes")
    async def get_routes(test: str) -> list[JsonObject]:
        """The path rules of a test alone."""
        routes = _known(services, test).overrides.routes
        return [route.model_dump(exclude_unset=True, mode="json") for route in routes]

    @router.put("/{test}/routes")
    async def put_routes(test: str, routes: Annotated[Routes, Body()]) -> JsonObject:
        """Path rules of a test alone, before those of the configuration."""
        _check(routes)
        scope = _scope(services, test)
        scope.change(_replaced(scope.overrides, {"routes": routes}))
        return {"routes": len(routes)}

    return router


def _contexts(services: InForce) -> APIRouter:
    router = APIRouter(prefix="/contexts")

    @router.get("")
    async def list_contexts(test: Test = NOBODY) -> list[JsonObject]:
        """The contexts of a test, each with what is known in it, counted."""
        return _known(services, test).contexts.list()

    @router.get("/{name}")
    async def get_context(name: str, test: Test = NOBODY) -> JsonObject:
        """What later answers of a context have to agree with."""
        sheet = _known(services, test).contexts.find(name)
        if sheet is None:
            raise HTTPException(404, f"there is no context {name[:100]!r}")
        return sheet.to_json()

    @router.delete("")
    async def clear_contexts(test: Test = NOBODY) -> JsonObject:
        """Forget them all."""
        return {"removed": _known(services, test).contexts.drop()}

    @router.delete("/{name}")
    async def drop_context(name: str, test: Test = NOBODY) -> JsonObject:
        """Forget one."""
        return {"removed": _known(services, test).contexts.drop(name)}

    return router


class RestoredBody(BaseModel):
    """Resources as they were: by the name of a snapshot, or themselves."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    data: JsonObject | None = None


def _state(services: InForce) -> APIRouter:
    router = APIRouter(prefix="/state")

    @router.get("")
    async def get_state(test: Test = NOBODY) -> JsonObject:
        """All resources of a test, in the form of ``--seed-data``."""
        return _known(services, test).state.data()

    @router.post("/reset")
    async def reset(test: Test = NOBODY) -> JsonObject:
        """Resources as they were at the start: the seed data, or none."""
        state = _scope(services, test).state
        state.reset()
        return {"resources": state.counts()}

    @router.post("/snapshot")
    async def snapshot(
        test: Test = NOBODY, name: Annotated[str, Query(max_length=100)] = "default"
    ) -> JsonObject:
        """Keep resources as they are under a name; they are answered, too."""
        data = _scope(services, test).state.snapshot(name)
        return {"name": name, "data": data}

    @router.post("/restore")
    async def restore(wanted: RestoredBody, test: Test = NOBODY) -> JsonObject:
        """Resources as they were at a snapshot, or as given."""
        asked = wanted.name if wanted.data is None else wanted.data
        if asked is None or (wanted.name is not None and wanted.data is not None):
            raise HTTPException(422, "expected one of name and data")
        state = _scope(services, test).state
        state.restore(asked)
        return {"resources": state.counts()}

    return router


def _structures(services: InForce) -> APIRouter:
    router = APIRouter(prefix="/structures")

    @router.get("")
    async def list_structures(test: Test = NOBODY) -> JsonObject:
        """The structures of first answers, by method, path template and type."""
        return dict(_known(services, test).structures.shown())

    @router.delete("")
    async def drop_structures(test: Test = NOBODY, name: str | None = None) -> JsonObject:
        """Forget one, or all: the next answer is a first one again."""
        structures = _known(services, test).structures
        gone = [key for key in structures if name in (None, key)]
        for key in gone:
            del structures[key]
        return {"removed": len(gone)}

    return router


def scope_id(test: str) -> str:
    """The scope that a test id names; raises InvalidControlError for one that is none."""
    if test == NOBODY:
        return SHARED
    if not TEST_ID.fullmatch(test.encode("utf-8", "surrogateescape")):
        raise InvalidControlError("test", test, TEST_ID_TOLD)
    return test


def _scope(services: InForce, test: str) -> Scope:
    """The scope of a test, which begins with this where it is not known."""
    return services().scopes.of(scope_id(test))


def _known(services: InForce, test: str) -> Scope:
    scope = services().scopes.find(scope_id(test))
    if scope is None:
        raise HTTPException(404, f"there is no test {test[:100]!r}, or it has expired")
    return scope


def _replaced(overrides: Overrides, wanted: JsonObject) -> Overrides:
    kept = {name: getattr(overrides, name) for name in Overrides.__dataclass_fields__}
    return Overrides(**{**kept, **wanted})


def _script(services: InForce, rules: Json) -> FaultScript | None:
    """Raises FaultScriptError; an empty list, and null, are none."""
    return None if rules in (None, []) else read_faults(rules, services().settings.limits)


def _check(routes: tuple[RouteSettings, ...]) -> None:
    try:
        check_routes(routes)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from None
