"""What is built on the SDKs: instructor, pydantic-ai, LangChain, LiteLLM, llm."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

openai = pytest.importorskip("openai", reason="run by `make test-clients`")
pytestmark = pytest.mark.clients


class City(BaseModel):
    name: str
    population: int


@pytest.mark.parametrize("mode", ["TOOLS", "JSON", "JSON_SCHEMA", "MD_JSON"])
def test_instructor_gets_its_model(base_url: str, mode: str) -> None:
    instructor = pytest.importorskip("instructor")
    client = instructor.from_openai(
        openai.OpenAI(base_url=base_url, api_key="any"), mode=getattr(instructor.Mode, mode)
    )
    city = client.chat.completions.create(
        model="auto",
        response_model=City,
        max_retries=0,
        messages=[{"role": "user", "content": "Tell me about the city of Paris"}],
    )
    assert isinstance(city, City)


def _agent(base_url: str, **more: Any) -> Any:
    pydantic_ai = pytest.importorskip("pydantic_ai")
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(base_url=base_url, api_key="any")
    return pydantic_ai.Agent(OpenAIChatModel("auto", provider=provider), **more)


async def test_pydantic_ai_gets_its_output(base_url: str) -> None:
    result = await _agent(base_url, output_type=City).run("A city")
    assert isinstance(result.output, City)


async def test_pydantic_ai_calls_its_tools(base_url: str) -> None:
    agent = _agent(base_url)
    asked: list[str] = []

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """The weather in a city."""
        asked.append(city)
        return "17 degrees"

    result = await agent.run("What is the weather in Paris?")
    assert asked == ["Paris"]
    assert "17" in result.output


async def test_pydantic_ai_streams(base_url: str) -> None:
    async with _agent(base_url).run_stream("Hello") as stream:
        texts = [text async for text in stream.stream_text()]
    assert texts[-1]


def _chain(base_url: str) -> Any:
    langchain_openai = pytest.importorskip("langchain_openai")
    return langchain_openai.ChatOpenAI(model="auto", base_url=base_url, api_key="any")


def test_langchain_chats_streams_and_binds(base_url: str) -> None:
    model = _chain(base_url)
    assert model.invoke("Hello").content
    assert "".join(str(chunk.content) for chunk in model.stream("Hello"))
    assert isinstance(model.with_structured_output(City).invoke("A city"), City)
    called = model.bind_tools([City], tool_choice="City").invoke("A city")
    assert called.tool_calls[0]["name"] == "City"


def test_langchain_embeds(base_url: str) -> None:
    langchain_openai = pytest.importorskip("langchain_openai")
    model = langchain_openai.OpenAIEmbeddings(
        model="auto", base_url=base_url, api_key="any", check_embedding_ctx_length=False
    )
    assert len(model.embed_query("hello")) == len(model.embed_documents(["a"])[0])


def test_litellm_is_a_client(base_url: str) -> None:
    script = (
        "import litellm, sys;"
        "r = litellm.completion(model='openai/auto', api_base=sys.argv[1], api_key='any',"
        " messages=[{'role': 'user', 'content': 'Hello'}]);"
        "print(r.choices[0].message.content);"
        "s = litellm.completion(model='openai/auto', api_base=sys.argv[1], api_key='any',"
        " messages=[{'role': 'user', 'content': 'Hello'}], stream=True);"
        "print(''.join(c.choices[0].delta.content or '' for c in s))"
    )
    done = _run([sys.executable, "-c", script, base_url], {})
    whole, streamed = done.strip().splitlines()[-2:]
    assert whole
    assert streamed


def test_the_llm_command_line_is_a_client(base_url: str, tmp_path: Path) -> None:
    (tmp_path / "extra-openai-models.yaml").write_text(
        f"- model_id: mock\n  model_name: auto\n  api_base: {base_url}\n", encoding="utf-8"
    )
    command = [sys.executable, "-m", "llm", "-m", "mock", "--key", "any", "--no-log", "Hello"]
    assert _run(command, {"LLM_USER_PATH": str(tmp_path)}).strip()


def _run(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_many_clients_stream_at_once(base_url: str) -> None:
    async with openai.AsyncOpenAI(base_url=base_url, api_key="any") as client:

        async def one(i: int) -> str:
            messages = [{"role": "user", "content": f"Say number {i}"}]
            stream = await client.chat.completions.create(
                model="auto", messages=messages, stream=True, seed=1
            )
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

        texts = await asyncio.gather(*(one(i) for i in range(50)))
    assert all(texts)
