"""Every example of the documentation is run: what it shows is what comes out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import ROOT, Serving, serving
from tests.waiting import PATIENCE

COUNTED = sys.version_info < (3, 14)
"""Whether tokens are counted: the tokenizer has no build for newer ones, and they are estimated."""
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def examples() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """(page, [command, expected output]) of every console block with a ``curl`` in it."""
    for page in PAGES:
        for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL):
            parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
            commands = [pair for pair in map(_split, parts) if pair[0].startswith("curl")]
            if commands:
                yield page.name, commands


def _split(part: str) -> tuple[str, str]:
    lines = part.splitlines()
    end = next(i for i, line in enumerate(lines) if not line.endswith("\\"))
    return "\n".join(lines[: end + 1]), "\n".join(lines[end + 1 :]).strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    if shutil.which("curl") is None:
        pytest.skip("curl is not at hand")
    with serving(cwd=tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.mark.parametrize(
    ("page", "commands"),
    [pytest.param(*e, id=f"{e[0]}: {e[1][0][0][:60]}") for e in examples()],
)
def test_an_example_gives_what_the_page_shows(
    page: str, commands: list[tuple[str, str]], server: Serving
) -> None:
    for command, expected in commands:  # each goes on from the one before it
        counts = '"usage"' in expected and not COUNTED
        compare(run(command, server), expected, exact="seed" in command and not counts)


def run(command: str, server: Serving) -> str:
    command = command.replace("localhost:5116", f"127.0.0.1:{server.port}")
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return done.stdout.replace("\r", "").strip()


def compare(output: str, expected: str, *, exact: bool) -> None:
    if exact or output == expected:
        assert output == expected
    elif expected.startswith(("{", "[")):
        assert form(json.loads(output)) == form(json.loads(expected))
    else:
        assert fields(output) == fields(expected)


def form(value: Any) -> Any:
    """The structure of a value, without its contents: what stays the same without a seed."""
    if isinstance(value, dict):
        return {key: form(item) for key, item in value.items()}
    if isinstance(value, list):
        return [form(item) for item in value[:1]]
    return type(value).__name__


def fields(output: str) -> list[str]:
    """The names of header lines, or of metrics."""
    return [re.split(r"[:{ ]", line)[0] for line in output.splitlines()]


def test_the_readme_shows_the_two_commands_and_an_answer_first() -> None:
    top = Path(ROOT / "README.md").read_text()[:3000]
    assert top.index("make serve") < top.index("curl")
    assert "make test" in top
    assert any(page == "README.md" for page, _ in examples())
