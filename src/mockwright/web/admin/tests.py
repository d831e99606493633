"""``/api/admin/tests``, ``contexts``, ``state`` and ``structures``: the state of one test.

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
"""The id that stands for requests without a test id."""
_MAX_ROUTES: Final = 1000
"""Path rules that one test may set."""

Test = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Routes = Annotated[tuple[RouteSettings, ...], Field(max_length=_MAX_ROUTES)]


class OverridesBody(BaseModel):
    """What applies to all requests of a test; members that are not given stay as they are.

    - `mode`: where answers come from (`live`, `record`, `replay`, `auto`).
    - `recordings`: a folder within the lock folder.
    - `seed`: the seed of requests that bring none.
    - `state`: whether paths are stateful resources.
    - `routes`: path rules, which come before those of the configuration.
    - `faults`: a fault script; `null` or an empty list removes it.
    """

    model_config = ConfigDict(extra="forbid")

    mode: Mode | None = None
    recordings: str | None = Field(None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """The name of a folder within the lock folder; it can name no other."""
    seed: int | None = Field(None, ge=0, lt=2**63, strict=True)
    state: bool | None = None
    routes: Routes = ()
    faults: Json = None


def build_tests(services: InForce) -> APIRouter:
    """Return the routes of tests, contexts, state and structures.

    The application turns errors into problem documents.
    """
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
        """List the tests that are known, the most recently used first."""
        return [scope.to_json() for scope, _ in zip(services().scopes, range(limit), strict=False)]

    @router.get("/{test}")
    async def get_test(test: str) -> JsonObject:
        """Show the overrides of a test, and how much state it has."""
        return _known_scope(services, test).to_json()

    @router.put("/{test}")
    async def change_test(test: str, wanted: OverridesBody) -> JsonObject:
        """Set what applies to all requests of a test: mode, recordings, seed, state, routes,
        faults.

        Members that are not given stay as they are. A test that is not known begins with this.
        """
        given = wanted.model_fields_set
        # Everything is checked before anything is changed: a refused request changes nothing.
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
        """Forget everything a test has left: state, contexts, faults, and its part of the
        journal."""
        known = services().scopes.end(scope_id(test))
        return {"ended": known, "requests": services().journal.clear(scope_id(test))}

    @router.get("/{test}/faults")
    async def get_faults(test: str) -> Json:
        """Show the fault script of a test, and how often each of its rules was used."""
        faults = _known_scope(services, test).faults
        return [] if faults is None else faults.to_json()

    @router.put("/{test}/faults")
    async def put_faults(test: str, rules: Annotated[Json, Body()]) -> Json:
        """Set the fault script of a test, which starts from its beginning; an empty list removes
        it."""
        script = _script(services, rules)
        scope = _scope(services, test)
        scope.faults = script
        return [] if script is None else script.to_json()

    @router.delete("/{test}/faults")
    async def end_faults(test: str) -> JsonObject:
        """Remove the fault script of a test."""
        scope = _known_scope(services, test)
        had, scope.faults = scope.faults is not None, None
        return {"removed": had}

    @router.get("/{test}/routes")
    async def get_routes(test: str) -> list[JsonObject]:
        """List the path rules that apply to this test only."""
        routes = _known_scope(services, test).overrides.routes
        return [route.model_dump(exclude_unset=True, mode="json") for route in routes]

    @router.put("/{test}/routes")
    async def put_routes(test: str, routes: Annotated[Routes, Body()]) -> JsonObject:
        """Set the path rules that apply to this test only; they come before those of the
        configuration."""
        _check(routes)
        scope = _scope(services, test)
        scope.change(_replaced(scope.overrides, {"routes": routes}))
        return {"routes": len(routes)}

    return router


def _contexts(services: InForce) -> APIRouter:
    router = APIRouter(prefix="/contexts")

    @router.get("")
    async def list_contexts(test: Test = NOBODY) -> list[JsonObject]:
        """List the contexts of a test, each with the number of facts in it."""
        return _known_scope(services, test).contexts.list()

    @router.get("/{name}")
    async def get_context(name: str, test: Test = NOBODY) -> JsonObject:
        """Show the facts of a context, which later answers have to agree with."""
        sheet = _known_scope(services, test).contexts.find(name)
        if sheet is None:
            raise HTTPException(404, f"there is no context {name[:100]!r}")
        return sheet.to_json()

    @router.delete("")
    async def clear_contexts(test: Test = NOBODY) -> JsonObject:
        """Forget all contexts of a test."""
        return {"removed": _known_scope(services, test).contexts.drop()}

    @router.delete("/{name}")
    async def drop_context(name: str, test: Test = NOBODY) -> JsonObject:
        """Forget one context of a test."""
        return {"removed": _known_scope(services, test).contexts.drop(name)}

    return router


class RestoredBody(BaseModel):
    """The resources to go back to; exactly one of the members is given.

    - `name`: the name of a snapshot.
    - `data`: resources in the form of `GET /api/admin/state`.
    """

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    data: JsonObject | None = None


def _state(services: InForce) -> APIRouter:
    router = APIRouter(prefix="/state")

    @router.get("")
    async def get_state(test: Test = NOBODY) -> JsonObject:
        """Show all resources of a test, in the form that `--seed-data` reads."""
        return _known_scope(services, test).state.data()

    @router.post("/reset")
    async def reset(test: Test = NOBODY) -> JsonObject:
        """Set the resources of a test back to the seed data, or to none."""
        state = _scope(services, test).state
        state.reset()
        return {"resources": state.counts()}

    @router.post("/snapshot")
    async def snapshot(
        test: Test = NOBODY, name: Annotated[str, Query(max_length=100)] = "default"
    ) -> JsonObject:
        """Keep the present resources of a test under a name, and show them."""
        data = _scope(services, test).state.snapshot(name)
        return {"name": name, "data": data}

    @router.post("/restore")
    async def restore(wanted: RestoredBody, test: Test = NOBODY) -> JsonObject:
        """Set the resources of a test back to a snapshot, or to those given."""
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
        """List the structures of first answers, by method, path template and type."""
        return dict(_known_scope(services, test).structures.shown())

    @router.delete("")
    async def drop_structures(test: Test = NOBODY, name: str | None = None) -> JsonObject:
        """Forget one structure, or all; the next answer is a first one again."""
        structures = _known_scope(services, test).structures
        gone = [key for key in structures if name in (None, key)]
        for key in gone:
            del structures[key]
        return {"removed": len(gone)}

    return router


def scope_id(test: str) -> str:
    """Return the id of the scope that a test id names; raises InvalidControlError for a malformed
    one."""
    if test == NOBODY:
        return SHARED
    if not TEST_ID.fullmatch(test.encode("utf-8", "surrogateescape")):
        raise InvalidControlError("test", test, TEST_ID_TOLD)
    return test


def _scope(services: InForce, test: str) -> Scope:
    """Return the scope of a test; one that is not known begins here."""
    return services().scopes.of(scope_id(test))


def _known_scope(services: InForce, test: str) -> Scope:
    scope = services().scopes.find(scope_id(test))
    if scope is None:
        raise HTTPException(404, f"there is no test {test[:100]!r}, or it has expired")
    return scope


def _replaced(overrides: Overrides, wanted: JsonObject) -> Overrides:
    kept = {name: getattr(overrides, name) for name in Overrides.__dataclass_fields__}
    return Overrides(**{**kept, **wanted})


def _script(services: InForce, rules: Json) -> FaultScript | None:
    """Return a fault script; None for an empty list and null. Raises FaultScriptError."""
    return None if rules in (None, []) else read_faults(rules, services().settings.limits)


def _check(routes: tuple[RouteSettings, ...]) -> None:
    try:
        check_routes(routes)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from None
