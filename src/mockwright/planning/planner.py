"""MockRequest -> Plan. Calls no model, so that a plan can be printed and tested without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from mockwright.errors import InvalidControlError
from mockwright.planning.rules import RouteTable
from mockwright.settings import MockSettings, RouteSettings
from mockwright.shapes.infer import infer_shape, with_path
from mockwright.shapes.parse import parse_shape, with_count
from mockwright.shapes.rules import Rule, apply_rules, parse_rules, rules_of
from mockwright.types import Json, MockRequest, OnFailure, Plan, Shape, Single, Task

T = TypeVar("T")

Resolve = Callable[[Sequence[str]], tuple[str, ...]]
"""Names as asked -> names as configured; raises UnknownBackendError."""

_NO_ROUTE = RouteSettings(path="/")


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides what is done about a request.

    The more explicit wins: the request, then the path rule, then the default.
    """

    routes: RouteTable
    defaults: MockSettings
    resolve: Resolve
    max_items: int

    def plan(self, request: MockRequest) -> Plan:
        """Raises RequestError where the request cannot be answered as asked."""
        found = self.routes.match(request.method, request.path)
        route = found or _NO_ROUTE
        reasons = [f"path rule {found.path}"] if found else []
        shape = self._shape(request, route, reasons)
        rules = (*parse_rules(request.rules or route.rules), *rules_of(shape))
        shape = apply_rules(rules, shape)
        reasons += [f"rule told to the model only: {r.text}" for r in rules if not r.mechanical]
        reasons += [
            f"${name} is not applied" for name in ("distribution",) if name in shape.directives
        ]
        return Plan(
            node=Single(self._backends(request, route), self.defaults.reasks),
            shape=shape,
            task=self._task(request, route, shape, rules),
            variants=_first(request.cache, route.cache, 0),
            completions=request.completions,
            on_failure=self._on_failure(request, route),
            reasons=tuple(reasons),
        )

    def _shape(self, request: MockRequest, route: RouteSettings, reasons: list[str]) -> Shape:
        shape = request.shape
        if shape is None and route.shape is not None:
            shape = parse_shape(route.shape)
        if shape is None or _says_nothing(shape):
            directives = shape.directives if shape else {}
            many = _first(request.count, route.count) is not None
            shape = infer_shape(
                request.method, request.path, request.query, request.input, counted=many
            )
            shape = replace(shape, directives=directives)
            reasons.append("shape inferred from method, path and query")
        count = _first(request.count, route.count, None)
        if shape.source == "example" and count is None:
            known = request.input if isinstance(request.input, dict) else {}
            shape = replace(shape, schema=with_path(shape.schema, request.path, known))
        if count is None:
            return shape
        if count > self.max_items:
            raise InvalidControlError("count", str(count), f"at most {self.max_items}")
        if count * request.completions > self.max_items:
            limit = f"at most {self.max_items} items in all, here {count} in each"
            raise InvalidControlError("n", str(request.completions), limit)
        return with_count(shape, count)

    def _backends(self, request: MockRequest, route: RouteSettings) -> tuple[str, ...]:
        asked = request.backends or tuple(
            name.strip() for name in (route.backend or "").split(",") if name.strip()
        )
        return self.resolve(asked)

    def _task(
        self, request: MockRequest, route: RouteSettings, shape: Shape, rules: tuple[Rule, ...]
    ) -> Task:
        return Task(
            schema=shape.schema,
            method=request.method,
            path=request.path,
            query=request.query,
            input=request.input,
            prompt=_first(request.prompt, route.prompt, None),
            rules=tuple(rule.text for rule in rules),
            checks=tuple(rule for rule in rules if rule.mechanical),
            seed=_first(request.seed, route.seed, self.defaults.seed),
            locale=_first(request.locale, route.locale, self.defaults.locale),
            on_input_conflict=_first(
                request.on_input_conflict, route.on_input_conflict, self.defaults.on_input_conflict
            ),
        )

    def _on_failure(self, request: MockRequest, route: RouteSettings) -> OnFailure:
        if request.on_failure is not None:
            return request.on_failure
        return "fill" if _first(route.fill, self.defaults.fill) else "fail"


def _says_nothing(shape: Shape) -> bool:
    """``{"$cache": 5}``: directives alone leave the form open."""
    return shape.source == "example" and shape.schema == {"type": "object"}


def _first(*values: Json) -> Json:
    """The first value that is not None; None where all are."""
    return next((value for value in values if value is not None), None)
