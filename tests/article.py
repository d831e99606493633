"""What the article asks for: its shapes, and its client-side code as flows of one request each."""

from __future__ import annotations

from typing import Any

BASIC = {"users": [{"firstName": "string", "lastName": "string", "email": "string", "age": 0}]}
ENRICHED = {
    "users": [
        {
            **BASIC["users"][0],
            "demographics": {"city": "string", "state": "string", "occupation": "string",
                             "income": 0},
            "preferences": {"interests": ["string"], "communicationChannel": "string"},
        }
    ]
}  # fmt: skip
FULL = {
    "users": [
        {
            "userId": "string",
            **ENRICHED["users"][0],
            "account": {
                "created": "ISO-8601",
                "status": "active|inactive|suspended",
                "tier": "free|premium|enterprise",
                "lastLogin": "ISO-8601",
            },
            "validation": {"emailVerified": True, "phoneVerified": True},
        }
    ]
}
DETAILS_SHAPE = {"name": "string", "description": "string", "specs": {"weight": "string"}}
PRICING_SHAPE = {"price": 0.0, "msrp": 0.0, "discount": 0, "currency": "USD"}
STOCK_SHAPE = {"inStock": True, "quantity": 0, "warehouse": "string"}


PIPELINE = {
    "stages": [
        {"name": "generate", "backend": "generator", "shape": BASIC},
        {"name": "enrich", "backend": "enricher", "shape": ENRICHED},
        {"name": "validate", "backend": "validator", "shape": FULL,
         "rules": ["dates are ISO-8601", "emails are well formed"]},
    ]
}  # fmt: skip


PRODUCT: dict[str, Any] = {
    "branches": [
        {"name": "details", "backend": "enricher", "shape": DETAILS_SHAPE},
        {"name": "pricing", "backend": "generator", "shape": PRICING_SHAPE, "into": "pricing"},
        {"name": "stock", "backend": "generator", "shape": STOCK_SHAPE, "into": "inventory"},
    ]
}
GATE: dict[str, Any] = {
    "stages": [
        {"name": "generate", "backend": "generator"},
        {"name": "validate", "backend": "validator", "when": "complexity > 5"},
    ]
}
REFINEMENT: dict[str, Any] = {
    "generate": "generator",
    "correct": "enricher",
    "judge": "judge",
    "max_iterations": 3,
}
HEALING: dict[str, Any] = {
    "generate": {"backend": "generator", "reasks": 0},
    "correct": "enricher",
}
HEALING_RULES = ["Verify email formats", "age is between 0 and 120"]
FALLBACK: dict[str, Any] = {
    "stages": [{"name": "main", "backend": "enricher", "fallback": "generator"}]
}
CUSTOMER = {"id": 0, "name": "string", "segment": "string", "passed": True}
MIGRATION: dict[str, Any] = {
    "stages": [
        {"name": "transform", "backend": "generator",
         "shape": {"id": 0, "name": "string", "segment": "string"}},
        {"name": "validate", "backend": "validator", "when": "input.importance == 'critical'"},
    ]
}  # fmt: skip
