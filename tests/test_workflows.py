"""What the public repository shows: the workflow and the forms."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml

from tests.serving import ROOT

GITHUB = ROOT / ".github"
FORMS = ("bug", "feature")


@pytest.fixture
def jobs() -> dict[str, Any]:
    jobs: dict[str, Any] = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text())["jobs"]
    return jobs


def test_the_workflow_runs_the_steps_of_the_ci_script(jobs: dict[str, Any]) -> None:
    script = (ROOT / ".ci" / "run").read_text()
    default = re.search(r"set -- (.+)", script)
    assert default is not None
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    named = {name for run in runs for name in re.findall(r"^\.ci/run (\w+)$", run)}
    tests, parts = (jobs[name]["strategy"]["matrix"] for name in ("tests", "parts"))
    named |= {*tests["step"], *(one["step"] for one in tests["include"])}
    named |= {name for steps in parts["steps"] for name in steps.split()}
    assert named == {*default[1].split(), "tests"}
    assert all(f"\n{name}() {{" in script for name in named)


def test_the_workflow_tests_every_python_that_is_promised(jobs: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    matrix = jobs["tests"]["strategy"]["matrix"]
    tested = [*matrix["python"], *(one["python"] for one in matrix["include"])]
    assert sorted(tested) == sorted(promised)


def test_actions_are_pinned_to_commits(jobs: dict[str, Any]) -> None:
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", action), action


@pytest.mark.parametrize("name", FORMS)
def test_an_issue_form_is_whole(name: str) -> None:
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / f"{name}.yml").read_text())
    assert form["name"]
    assert form["description"]
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in asked]
    assert len(ids) == len(set(ids))
    assert all(field["attributes"]["label"] for field in asked)
