"""The documentation's site: what can be held without building it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mockwright.testing
from tests.serving import ROOT

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "examples").glob("*/README.md")),
]
"""What `make docs` lays out."""
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)(?:#[^)]*)?\)")


def navigation(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, list):
        for one in entry:
            yield from navigation(one)
    else:
        yield from navigation(list(entry.values()))


def test_every_page_has_its_place_in_the_navigation() -> None:
    site = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]
    found = list(navigation(site["nav"]))
    assert sorted(found) == sorted(str(page.relative_to(ROOT)) for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_relative_link_leads_to_a_page_of_the_site(page: Path) -> None:
    """The builder itself passes over links that do not end in ``.md``."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    for link in LINK.findall(prose):
        assert (page.parent / link).resolve() in PAGES, link


def test_the_api_page_has_every_public_name() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    names = re.findall(r"^::: mockwright\.testing\.(\w+)$", text, re.MULTILINE)
    assert sorted(names) == sorted(mockwright.testing.__all__)
