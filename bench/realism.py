"""Write ``docs/realism.md``, what the generator answers, and ``docs/laws.md``, what it holds to."""

from __future__ import annotations

import json
from pathlib import Path

from mockwright.generator import Hints, generate, relations
from mockwright.shapes.rest.infer import infer_shape

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "realism.md"
LAWS_PAGE = DOCS / "laws.md"
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
    """Return the page of answers, the same text on every run."""
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


def render_laws() -> str:
    """Return the page of laws, from the docstrings of the laws themselves."""
    laws = [(law.__name__, law.__doc__) for law in relations.RELATIONS]
    laws += [(law.__name__, law.__doc__) for law in (relations.foreign_keys, relations.unique_ids)]
    listed = "\n".join(f"- `{name}`: {text}" for name, text in laws)
    return f"""# The laws of a consistent answer

The embedded generator makes the parts of an answer agree with each other by these laws. They change
only what was made: values the caller gave stay as they are, and a change that the schema refuses is
taken back. Regenerate this page with `python -m bench.realism`.

{listed}

Other things agree because they are made together, before any law is applied:

- An e-mail address and a user name come from the person's name, and nobody is twice in a list.
- City, state, postcode, country, currency, phone and coordinates are those of one real place.
- The dates of an object lie in one stretch of time.
- What is said of one flight, patient, recipe, article or ticket comes from one row of a table.
- The messages of a list are one conversation of two people.
"""


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    LAWS_PAGE.write_text(render_laws(), encoding="utf-8")
