"""The official JSON Schema test suite: what is generated for each of its schemas is valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from mockwright.errors import ShapeError, UnsatisfiableError
from mockwright.generator import generate
from tests.shared_data import shared

DRAFTS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
REMOTE = frozenset(["refRemote", "vocabulary"])
"""Files about documents that have to be fetched, or meta-schemas of one's own: neither is done."""


def groups(draft: str) -> Iterator[tuple[str, dict[str, Any]]]:
    base = shared("json-schema-test-suite") / "tests" / draft
    for path in (
        *sorted(base.glob("*.json")),
        *sorted((base / "optional" / "format").glob("*.json")),
    ):
        if path.stem not in REMOTE:
            for group in json.loads(path.read_text(encoding="utf-8")):
                yield f"{path.stem}: {group['description']}", group


def dated(schema: Any, draft: str) -> Any:
    """The schema with its draft named, which the suite leaves to the folder before 2019-09."""
    if isinstance(schema, bool):
        return {"$schema": DRAFTS[draft], "allOf": [{}] if schema else [{"not": {}}]}
    return {"$schema": DRAFTS[draft], **schema}


def judged(schema: Any, draft: str, group: dict[str, Any]) -> str | None:
    """What is wrong with the answer for one group; None where all is well."""
    try:
        is_valid = jsonschema_rs.validator_for(schema, validate_formats=True, offline=True).is_valid
    except (jsonschema_rs.ValidationError, ValueError):
        return _refused(schema)
    satisfiable = [t["data"] for t in group["tests"] if t["valid"] and is_valid(t["data"])]
    try:
        value = generate(schema, seed=7)
    except UnsatisfiableError as error:
        return f"{error}, but {satisfiable[0]!r} is valid" if satisfiable else None
    return None if is_valid(value) else f"{value!r} is not valid"


def _refused(schema: Any) -> str | None:
    """A schema that cannot be compiled without fetching is refused, never guessed at."""
    try:
        generate(schema, seed=7)
    except (ShapeError, UnsatisfiableError):
        return None
    return None


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_schema_of_the_official_suite_gets_a_valid_value_or_is_rightly_refused(
    draft: str,
) -> None:
    wrong = []
    count = 0
    for name, group in groups(draft):
        count += 1
        fault = judged(dated(group["schema"], draft), draft, group)
        if fault:
            wrong.append(f"{name}: {fault[:300]}")
    assert count > 100
    assert not wrong, "\n".join(wrong)
