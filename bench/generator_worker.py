"""A generator behind two pipes: ``python generator_worker.py NAME``.

A line ``{"schema": ..., "seed": ...}`` in; out a line ``{"value": ..., "ms": ...}`` or, in place of
the value, ``"error"``. Imports nothing of the project but the generator it is told to run, since it
runs in the peers' environment too. What a generator prints goes to stderr.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

Draw = Callable[[int], Any]
"""A value for a seed."""
Prepare = Callable[[Any], Draw]
"""What can be done once for a schema, however many values are drawn from it."""


def mockwright() -> Prepare:
    generate = importlib.import_module("mockwright.generator").generate
    return lambda schema: lambda seed: generate(schema, seed=seed)


def jsf() -> Prepare:
    module = importlib.import_module("jsf")
    faker = importlib.import_module("faker")

    def prepare(schema: Any) -> Draw:
        made = module.JSF(schema)

        def draw(seed: int) -> Any:
            random.seed(seed)
            faker.Faker.seed(seed)
            return made.generate()

        return draw

    return prepare


def hypothesis_jsonschema() -> Prepare:
    hypothesis: Any = importlib.import_module("hypothesis")
    from_schema = importlib.import_module("hypothesis_jsonschema").from_schema
    # The first example of a run is always the smallest there is; the second is drawn.
    settings = hypothesis.settings(
        max_examples=2,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    def prepare(schema: Any) -> Draw:
        strategy = from_schema(schema)

        def draw(seed: int) -> Any:
            found: list[Any] = []

            def keep(value: Any) -> None:
                found.append(value)

            hypothesis.seed(seed)(settings(hypothesis.given(strategy)(keep)))()
            return found[-1]

        return draw

    return prepare


GENERATORS = {
    "mockwright": mockwright,
    "jsf": jsf,
    "hypothesis-jsonschema": hypothesis_jsonschema,
}


def answer(prepare: Prepare, request: dict[str, Any], made: dict[str, Draw]) -> dict[str, Any]:
    """One value, and the milliseconds it took; the last schema stays prepared."""
    key = json.dumps(request["schema"])
    start = time.perf_counter()
    try:
        if key not in made:
            made.clear()
            made[key] = prepare(request["schema"])
        value = made[key](request["seed"])
    except Exception as error:
        return {"error": f"{type(error).__name__}: {str(error)[:300]}", "ms": _since(start)}
    return {"value": value, "ms": _since(start)}


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1e3


def main(name: str) -> None:
    """Answer until the input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    prepare, made = GENERATORS[name](), dict[str, Draw]()
    print('{"ready": true}', file=out, flush=True)
    for line in sys.stdin:
        reply = answer(prepare, json.loads(line), made)
        try:
            text = json.dumps(reply)
        except (TypeError, ValueError) as error:
            text = json.dumps({"error": f"no JSON: {error}"[:300], "ms": reply["ms"]})
        print(text, file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
