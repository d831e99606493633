from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from mockwright.generator import GENERATOR_VERSION
from tests.golden import FILE, answers
from tests.serving import ROOT

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
CASES: list[dict[str, Any]] = DOCUMENT["cases"]


def test_the_file_is_of_this_version_of_the_generator() -> None:
    assert DOCUMENT["version"] == GENERATOR_VERSION, "write it anew: python -m tests.golden"


@pytest.mark.parametrize("case", [pytest.param(case, id=case["path"]) for case in CASES])
async def test_a_seed_gives_the_bytes_it_always_gave(case: dict[str, Any]) -> None:
    assert await answers(case) == case["answers"]


async def test_variants_under_a_seed_are_those_of_the_seeds_that_follow() -> None:
    (cached,) = [case for case in CASES if case.get("again")]
    shape = {name: part for name, part in cached["body"]["shape"].items() if name != "$cache"}
    alone = [
        await answers({**cached, "again": 1, "seed": cached["seed"] + i, "body": {"shape": shape}})
        for i in range(3)
    ]
    assert cached["answers"] == [one for (one,) in alone]
    assert len(set(cached["answers"])) == 3


@pytest.mark.parametrize("hash_seed", ["0", "123"])
def test_another_process_gives_the_same_bytes(hash_seed: str) -> None:
    script = (
        "import asyncio, json; from tests.golden import FILE, answers;"
        "cases = json.loads(FILE.read_text('utf-8'))['cases'][::6];"
        "assert all(asyncio.run(answers(case)) == case['answers'] for case in cases)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Pacific/Kiritimati"}
    subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=ROOT, check=True, timeout=60
    )
