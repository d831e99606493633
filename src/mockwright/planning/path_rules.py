"""Path rules: the configuration's defaults for the requests they match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mockwright.errors import ConfigError, RequestError
from mockwright.schema.validate import compile_schema
from mockwright.settings import RouteSettings
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rest.path_pattern import compile_path
from mockwright.shapes.rules.parse import parse_rules
from mockwright.types import MockRequest


def check_routes(routes: Sequence[RouteSettings]) -> None:
    """Raise :class:`ConfigError` for shapes and rules that no request to a route could use."""
    faults = [
        fault for i, route in enumerate(routes) for fault in _route_faults(f"routes[{i}]", route)
    ]
    if faults:
        raise ConfigError("\n".join(faults))


def _route_faults(place: str, route: RouteSettings) -> Iterator[str]:
    try:
        shape = None if route.shape is None else parse_shape(route.shape)
        if shape is not None:
            compile_schema(shape.schema)
    except RequestError as error:
        yield f"{place}.shape: {error}"
    try:
        parse_rules(route.rules)
    except RequestError as error:
        yield f"{place}.rules: {error}"


def with_own_rule(request: MockRequest, routes: Sequence[RouteSettings]) -> MockRequest:
    """Return the request with what a test's own rule says where the request says nothing.

    Tests that share a lock folder have rules that differ: there the rule counts as if it came with
    the request, as the configuration's, which all share, does not.
    """
    rule = RouteTable(routes).match(request.method, request.path) if routes else None
    if rule is None:
        return request
    said = {name: getattr(rule, name) for name in _OF_ANSWERS}
    if rule.backend is not None:
        said["backends"] = (rule.backend,)
    usual = MockRequest("", "", "")
    return replace(
        request,
        **{
            name: value
            for name, value in said.items()
            if value not in (None, ()) and getattr(request, name) == getattr(usual, name)
        },
    )


_OF_ANSWERS: Final = (
    *("seed", "count", "rules", "prompt", "locale", "flow", "budget", "max_cost_usd"),
)
"""What a rule may say that can change an answer."""


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The configured rules, in order; the first that matches holds."""

    routes: Sequence[RouteSettings]

    def match(self, method: str, path: str) -> RouteSettings | None:
        """Return the rule for a request, or None."""
        for route in self.routes:
            if route.method and method not in route.method:
                continue
            if compile_path(route.path).fullmatch(path):
                return route
        return None
