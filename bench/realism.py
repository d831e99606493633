"""Write ``docs/realism.md``: what the embedded generator answers to everyday requests."""

from __future__ import annotations

import json
from pathlib import Path

from mockwright.shapes.fake import Hints, generate
from mockwright.shapes.infer import infer_shape

PAGE = Path(__file__).parent.parent / "docs" / "realism.md"
PATHS = [
    "/users/42",
    "/users?limit=2",
    "/orders?limit=1",
    "/orders/7",
    "/products?limit=2",
    "/tickets?limit=2",
    "/invoices/3",
    "/sensors?limit=2",
    "/readings?limit=2",
    "/messages?limit=3",
    "/patients?limit=2",
    "/flights?limit=2",
    "/payroll",
    "/posts?limit=1",
    "/events?limit=2",
    "/reviews?limit=3",
    "/employees?limit=2",
    "/companies?limit=2",
    "/bookings/5",
    "/shipments/9",
    "/transactions?limit=2",
    "/recipes?limit=2",
    "/hotels/4",
    "/cars?limit=2",
    "/courses/2",
    "/projects?limit=2",
    "/deployments?limit=1",
    "/customers/8",
    "/cities?limit=2",
    "/appointments?limit=2",
]


def render() -> str:
    """The page; the same text on every run."""
    parts = [
        "# What the embedded generator answers\n",
        "Thirty requests without a shape and without a model. Regenerate with"
        " `python -m bench.realism`.\n",
    ]
    for seed, target in enumerate(PATHS, 1):
        path, _, query = target.partition("?")
        pairs = tuple(tuple(p.split("=")) for p in query.split("&")) if query else ()
        asked = tuple((p[0], p[1]) for p in pairs)
        shape = infer_shape("GET", path, asked)
        value = generate(shape.schema, seed=seed, hints=Hints(path=path, query=asked))
        text = json.dumps(value, indent=2, ensure_ascii=False)
        parts.append(f"## GET {target}\n\n```json\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
