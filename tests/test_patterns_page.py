"""The flows of the page about patterns are real, and so are their drawings."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from mockwright.app import build_engine
from mockwright.planning.plan_tree import mermaid
from mockwright.settings import BackendSettings, ScriptedReply, Settings
from mockwright.types import MockRequest
from tests.serving import ROOT

PAGE: Path = ROOT / "docs/patterns.md"
_REPLIES = (ScriptedReply(value={}),)
_ASKED = MockRequest(id="r", method="GET", path="/data")
BACKENDS = tuple(
    BackendSettings(name=name, provider="scripted", responses=_REPLIES)
    for name in ("small", "large", "premium")
)
PAIRS = re.findall(r"```yaml\n(.*?)```\s*```mermaid\n(.*?)```", PAGE.read_text(), re.DOTALL)


def drawn(flow: str) -> str:
    """The plan of the one flow that a piece of configuration has."""
    tree = yaml.safe_load(flow)
    settings = replace_backends(Settings.model_validate(tree))
    (name,) = settings.flows
    engine = build_engine(settings)
    return mermaid(engine.planner.plan(replace(_ASKED, flow=name)))


def replace_backends(settings: Settings) -> Settings:
    return settings.model_copy(update={"backends": BACKENDS})


@pytest.mark.parametrize(("flow", "picture"), PAIRS)
def test_a_flow_of_the_page_is_drawn_as_the_page_shows(flow: str, picture: str) -> None:
    assert drawn(flow) == picture.strip()


def test_every_pattern_has_its_flow() -> None:
    assert len(PAIRS) == 4
