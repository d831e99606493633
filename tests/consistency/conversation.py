"""Requests in one context, answered by the generator or by a double that contradicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mockwright.conformance.keep_input import keep_input
from mockwright.consistency import Agreed, FactStore, agree, known_input, learn, locked_by, sized
from mockwright.generator import Hints, generate
from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rest.infer import infer_shape
from mockwright.types import MISSING


@dataclass
class Context:
    """As the engine does it: plan with what is known, make, agree, learn."""

    sheet: FactStore = field(default_factory=FactStore)
    seed: int = 0
    stubborn: bool = False
    """Whether the answers are made by somebody who reads no input."""

    def get(self, path: str, shape: Any = None, **options: Any) -> Any:
        return self.ask("GET", path, shape, **options).value

    def ask(
        self,
        method: str,
        path: str,
        shape: Any = None,
        *,
        body: Any = MISSING,
        answer: Any = MISSING,
        query: tuple[tuple[str, str], ...] = (),
    ) -> Agreed:
        self.seed += 1
        if shape is None:
            schema = infer_shape(method, path, query, body).schema
            schema = sized(self.sheet, method, path, schema, query=query)
        else:
            schema = parse_shape(shape).schema
        value = answer
        if answer is MISSING:
            known = body
            if not self.stubborn:
                known = known_input(self.sheet, method, path, schema, body, query=query)
            hints = Hints(method=method, path=path, query=query, given=known)
            value = generate(schema, seed=self.seed, hints=hints)
            value = keep_input(value, known, schema, on_conflict="error").value
        locked = locked_by(body, value)
        found = agree(value, self.sheet, method, path, schema, locked, query=query)
        assert compile_schema(schema).is_valid(found.value)
        learn(self.sheet, path, found.value, method=method, query=query, given=body)
        again = agree(found.value, self.sheet, method, path, schema, locked, query=query)
        if method != "POST":
            assert again.changes == ()
        return found
