"""The official JSON Schema test suite: what it states to be invalid is repaired to be valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from mockwright.conformance.conform import coerce, fill
from mockwright.errors import ShapeError, UnsatisfiableError
from mockwright.generator.interfaces import Hints
from tests.generator.test_official_suite import DRAFTS, dated, groups


def repaired(schema: Any, value: Any) -> Any:
    coerced = coerce(value, schema)
    return fill(coerced.value, schema, seed=7, hints=Hints()).value


def judged(schema: Any, group: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the repair of each instance of one group."""
    try:
        is_valid = jsonschema_rs.validator_for(schema, validate_formats=True, offline=True).is_valid
    except (jsonschema_rs.ValidationError, ValueError):
        return
    satisfiable = any(test["valid"] and is_valid(test["data"]) for test in group["tests"])
    for test in group["tests"]:
        before = json.dumps(test["data"])
        try:
            value = repaired(schema, test["data"])
        except (UnsatisfiableError, ShapeError) as error:
            if satisfiable:
                yield f"{test['description']}: {error}"
            continue
        if not is_valid(value):
            yield f"{test['description']}: {value!r} is not valid"
        if is_valid(test["data"]) and json.dumps(value) != before:
            yield f"{test['description']}: {value!r} was valid and has changed"


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_instance_of_the_official_suite_is_valid_after_repair(draft: str) -> None:
    wrong = []
    for name, group in groups(draft):
        schema = dated(group["schema"], draft)
        wrong += [f"{name}: {fault[:300]}" for fault in judged(schema, group)]
    assert not wrong, "\n".join(wrong)
