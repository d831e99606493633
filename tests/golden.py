"""The answers that a seed has to give for as long as the generator's version stays.

``python -m tests.golden`` writes them anew: only with a new ``GENERATOR_VERSION``.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from mockwright.app import create_app
from mockwright.generator import GENERATOR_VERSION
from mockwright.settings import Settings
from tests.waiting import primed

FILE = Path(__file__).parent / "cases" / "golden.json"

USER = {"id": 0, "firstName": "string", "lastName": "string", "email": "email", "born": "date"}
ORDER = {
    "orderNumber": "string",
    "currency": "USD",
    "items": [{"sku": "string", "price": 0.0, "quantity": "int 1..9"}],
    "total": 0.0,
    "createdAt": "ISO-8601",
    "status": "open|paid|shipped",
}
SCHEMA = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"},
        "level": {"enum": [1, 2, 3]},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 2},
        "tree": {"$ref": "#/$defs/node"},
        "either": {"oneOf": [{"type": "integer", "multipleOf": 7}, {"type": "null"}]},
        "until": {"type": "string", "format": "date-time"},
        "host": {"type": "string", "format": "hostname"},
    },
    "required": ["code", "level", "tags", "tree", "either", "until", "host"],
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/node"}},
            "required": ["name"],
        }
    },
}
WORDS = {
    "type words": {
        word: word
        for word in ("string", "int", "number", "boolean", "uuid", "email", "url", "date", "time")
    }
    | {"at": "datetime", "phone": "phone", "ip": "ip", "short": "string 3..8", "re": "/^a[bc]+$/"}
}


def _cases() -> list[dict[str, Any]]:
    paths = (
        "/users /users/7 /products /orders/42 /users/7/orders /invoices /weather /articles?limit=3 "
        "/companies/acme /flights /patients /sensors/readings /search?q=tea /me /events /reviews"
    )
    asked: list[dict[str, Any]] = [
        {"path": path, "seed": seed} for path in paths.split() for seed in (0, 42)
    ]
    asked += [
        {"path": "/users", "seed": 42, "body": {"shape": {"users": [USER]}, "count": 3}},
        {"path": "/orders", "seed": 1, "body": {"shape": ORDER}},
        {"path": "/codes", "seed": 2, "body": {"shape": SCHEMA}},
        {"path": "/words", "seed": 3, "body": {"shape": WORDS}},
        {"path": "/users", "seed": 42, "method": "POST", "body": {"name": "Grace Hopper"}},
        {"path": "/users/7", "seed": 42, "method": "PATCH", "body": {"name": "Grace Hopper"}},
        {"path": "/users?n=3", "seed": 5, "body": {"shape": USER}},
        {
            "path": "/people",
            "seed": 6,
            "body": {
                "shape": [{"age": 0, "score": 0.0}],
                "count": 8,
                "rules": ["age is normally distributed with mean 40 and sd 12"],
            },
        },
    ]
    asked += [
        {"path": "/users", "seed": 7, "locale": tag, "body": {"shape": USER}}
        for tag in ("en", "de", "fr", "ja", "pt-BR")
    ]
    asked += [
        {"path": "/users", "seed": 42, "body": {"shape": {**USER, "$cache": 3}}, "again": 3},
        {"path": "/users", "seed": 2**63 - 1, "body": {"shape": USER}},
    ]
    return asked


async def answers(case: dict[str, Any]) -> list[str]:
    """The bodies of one case, one for each time it is asked."""
    headers = {"x-mock-seed": str(case["seed"]), "x-mock-locale": case.get("locale", "en")}
    app = create_app(Settings())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/mock") as http:
        bodies = []
        for turn in range(case.get("again", 1)):
            if turn:  # the variants are made behind the first answer
                await primed(app.gateway.memory.variants)
            response = await http.request(
                case.get("method", "GET"), case["path"], headers=headers, json=case.get("body")
            )
            assert response.status_code == 200, response.text
            assert response.headers["x-mock-seed"].endswith(f";v={GENERATOR_VERSION}")
            bodies.append(response.text)
    return bodies


async def _write() -> None:
    cases = [{**case, "answers": await answers(case)} for case in _cases()]
    document = {"version": GENERATOR_VERSION, "cases": cases}
    FILE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
