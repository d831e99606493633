"""One word, one meaning: the glossary of ``docs/architecture.md``, held by the source."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "mockwright"
MODULES = sorted(PACKAGE.rglob("*.py"))

NOUNS = {
    "naming", "planning", "prompting", "recording", "sampling", "slot_filling", "streaming",
    "testing",
}  # fmt: skip
"""Words on -ing that the field uses as nouns; any other says what somebody does, not what it is."""
VAGUE = {
    "common", "helpers", "misc", "pieces", "places", "stuff", "talk", "talks", "things", "told",
    "utils", "work",
}  # fmt: skip
STUBS = {"Asked", "Given", "Kept", "Made", "Said", "Seen", "Sought", "Talk", "Told", "Wanted"}
"""Participles that do not say of what."""


def classes() -> Iterator[tuple[str, Path]]:
    for path in MODULES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, path.relative_to(PACKAGE)


def aliases(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def names_of(path: Path) -> list[str]:
    """The words of a module's path: of its folders, and its own."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return [part for part in parts if part != "__init__"]


def test_no_public_class_is_defined_twice() -> None:
    homes = defaultdict(list)
    for name, path in classes():
        homes[name].append(str(path))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_no_public_class_is_a_bare_participle() -> None:
    assert [name for name, _ in classes() if name in STUBS] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_named_after_what_it_holds(path: Path) -> None:
    for name in names_of(path):
        assert name not in VAGUE
        assert not name.endswith("ing") or name in NOUNS


def test_every_term_of_the_glossary_that_names_a_class_has_one() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = page.split("## Glossary")[1].split("\n## ")[0]
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", table))
    assert len(named) > 20
    known = {name for name, _ in classes()} | {name for path in MODULES for name in aliases(path)}
    assert named - known == set()
