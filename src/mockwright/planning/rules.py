"""Path rules: the configuration's defaults for the requests they match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mockwright.errors import ConfigError, RequestError
from mockwright.settings import RouteSettings
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.pathpatterns import compile_path
from mockwright.shapes.rules import parse_rules
from mockwright.shapes.validate import compile_schema


def check_routes(routes: Sequence[RouteSettings]) -> None:
    """Raises ConfigError for shapes and rules that every request to a route would trip over."""
    faults = [fault for i, route in enumerate(routes) for fault in _faults(f"routes[{i}]", route)]
    if faults:
        raise ConfigError("\n".join(faults))


def _faults(place: str, route: RouteSettings) -> Iterator[str]:
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


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The configured rules, in order; the first that matches holds."""

    routes: Sequence[RouteSettings]

    def match(self, method: str, path: str) -> RouteSettings | None:
        """The rule for a request, if there is one."""
        for route in self.routes:
            if route.method and method not in route.method:
                continue
            if compile_path(route.path).fullmatch(path):
                return route
        return None
