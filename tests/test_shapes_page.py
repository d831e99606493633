"""What ``docs/shapes.md`` and ``docs/providers.md`` say is so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockwright.errors import ShapeError
from mockwright.schema.validate import compile_schema
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rules.parse import parse_rules
from mockwright.shapes.type_words import TYPE_WORDS

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "shapes.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def cases() -> Iterator[tuple[str, str, bool]]:
    """(shape, value, whether the shape accepts it)."""
    shape = ""
    for kind, body in re.findall(
        r"^```json (shape|answer|wrong)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL
    ):
        if kind == "shape":
            shape = body
        else:
            yield shape, body, kind == "answer"


@pytest.mark.parametrize(("shape", "value", "accepted"), list(cases()))
def test_the_page_of_shapes_shows_what_is_accepted(shape: str, value: str, accepted: bool) -> None:
    schema = parse_shape(json.loads(shape)).schema
    assert compile_schema(schema).is_valid(json.loads(value)) is accepted


@pytest.mark.parametrize("shape", blocks("json no-shape"))
def test_the_page_of_shapes_shows_what_is_refused(shape: str) -> None:
    with pytest.raises(ShapeError):
        parse_shape(json.loads(shape))


def test_the_page_of_shapes_lists_sentences_that_are_held() -> None:
    (sentences,) = blocks("rules")
    assert all(rule.mechanical for rule in parse_rules(tuple(sentences.splitlines())))


def test_the_page_of_shapes_lists_every_type_word() -> None:
    table = PAGE.split("| word | means |")[1].split("\n\n")[0].lower()
    assert [word for word in TYPE_WORDS if f"`{word}`" not in table] == []


def test_every_row_of_the_page_of_providers_names_a_test_that_exists() -> None:
    page = (DOCS / "providers.md").read_text("utf-8")
    tables = re.findall(r"^\|.*\| test \|\n\|.*\n((?:\|.*\|\n)+)", page, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    tests = "".join(page.read_text("utf-8") for page in Path(__file__).parent.rglob("test_*.py"))
    assert len(rows) > 10
    for row in rows:
        name = row.rsplit("`", 2)[1]
        assert f"def {name}(" in tests, row
