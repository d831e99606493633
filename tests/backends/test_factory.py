from __future__ import annotations

import re

import pytest
import yaml

from mockwright.backends.azure import azure_url
from mockwright.backends.base import Probe
from mockwright.backends.factory import build_pool
from mockwright.backends.pool import Pool
from mockwright.chat.types import EmbedRequest
from mockwright.config import checks
from mockwright.errors import AllBackendsFailedError, ConfigError
from mockwright.settings import BackendSettings, RealismSettings, ResilienceSettings, Settings
from mockwright.types import Task
from tests.backends.chats import asking
from tests.backends.conftest import FAST, SECRET
from tests.doubles import Exchange, chat, upstream
from tests.serving import ROOT


def settings(**values: object) -> BackendSettings:
    return BackendSettings.model_validate({"name": "a", **values})


async def probed(backends: list[BackendSettings]) -> dict[str, Probe]:
    pool = build_pool(backends, FAST, upstream_bytes=2**20)
    try:
        return await pool.probe_members()
    finally:
        await pool.aclose()


async def test_the_default_configuration_makes_a_pool_that_answers() -> None:
    pool = build_pool(Settings().backends, ResilienceSettings(), upstream_bytes=2**20)
    completion = await pool.complete(Task(schema={"type": "integer"}))
    assert completion.backend == "embedded"
    assert isinstance(completion.value, int)
    await pool.aclose()


@pytest.mark.parametrize("provider", ["openai", "lmstudio"])
async def test_an_openai_compatible_server_is_asked_with_key_and_headers(provider: str) -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(chat("7"))

    async with upstream(answer) as server:
        backend = settings(
            provider=provider, base_url=server.url, api_key=SECRET, headers={"x-team": "blue"}
        )
        pool = build_pool([backend], FAST, upstream_bytes=2**20)
        completion = await pool.complete(Task(schema={"type": "integer"}))
        await pool.aclose()
    (asked,) = server.requests
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.headers["x-team"] == "blue"
    assert (completion.provider, completion.model) == (provider, "upstream-model")


async def test_ollama_is_asked_natively_also_at_its_openai_url() -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply({"message": {"content": "7"}, "done": True})

    async with upstream(answer) as server:
        backend = settings(provider="ollama", base_url=server.url + "/", model="m")
        pool = build_pool([backend], FAST, upstream_bytes=2**20)
        await pool.complete(Task(schema={"type": "integer"}))
        await pool.aclose()
    assert [asked.path for asked in server.requests] == ["/api/chat"]
    assert "authorization" not in server.requests[0].headers


async def test_a_configured_authorization_header_stands() -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply({"data": []})

    async with upstream(answer) as server:
        headers = {"Authorization": "Basic abc"}
        await probed([settings(base_url=server.url, api_key="k", headers=headers)])
    assert server.requests[0].headers["authorization"] == "Basic abc"


async def test_no_secret_shows_when_everything_fails() -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.reply({"error": f"no {exchange.headers}"}, status=500)

    async with upstream(refuse) as server:
        backend = settings(base_url=server.url, api_key=SECRET, headers={"x-key": "hush-hush"})
        pool = build_pool([backend], FAST, upstream_bytes=2**20)
        with pytest.raises(AllBackendsFailedError) as raised:
            await pool.complete(Task(schema={}))
        shown = f"{raised.value}{raised.value.attempts}{raised.value.causes}{pool.status()}"
        shown += repr(raised.value.__dict__)
        await pool.aclose()
    assert "x-key" in shown
    assert SECRET not in shown
    assert "hush-hush" not in shown


async def test_an_answer_over_the_limit_is_refused() -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(chat("x" * 5000))

    async with upstream(answer) as server:
        pool = build_pool([settings(base_url=server.url)], FAST, upstream_bytes=2000)
        with pytest.raises(AllBackendsFailedError, match="more than 2000 bytes"):
            await pool.complete(Task(schema={}))
        await pool.aclose()


async def test_probing_tells_who_is_there() -> None:
    probes = await probed(
        [
            settings(provider="embedded"),
            settings(name="down", base_url="http://127.0.0.1:9/v1"),
            settings(name="off", enabled=False),
        ]
    )
    assert {name: probe.reachable for name, probe in probes.items()} == {"a": True, "down": False}


@pytest.mark.parametrize(
    ("backends", "fault"),
    [
        ([{"name": "A"}, {"name": "a"}], r"backends\[1\]\.name: 'a': .*backends\[0\] has it"),
        ([{"name": "Auto"}], r"backends\[0\]\.name: 'Auto': .*the whole pool"),
        ([{"name": "a", "fallbacks": ["b"]}], r"backends\[0\]\.fallbacks: 'b': expected one of a"),
        ([{"name": "a", "provider": "scripted"}], r"backends\[0\]\.responses: required"),
        ([{"name": "a", "provider": "ollama"}], r"backends\[0\]\.model: required"),
        ([{"name": "a", "provider": "anthropic"}], r"backends\[0\]\.model: required"),
        ([{"name": "a", "provider": "azure", "model": "m"}], r"backends\[0\]\.base_url: required"),
        ([{"name": "a", "provider": "azure", "base_url": "http://a"}], r"backends\[0\]\.model"),
        ([{"name": "a", "proxy": "socks5://u:s3cret@p"}], r"backends\[0\]\.proxy: .*HTTP proxy"),
    ],
)
def test_what_cannot_be_is_refused(backends: list[dict[str, object]], fault: str) -> None:
    chosen = [BackendSettings.model_validate(values) for values in backends]
    with pytest.raises(ConfigError, match=fault):
        build_pool(chosen, FAST, upstream_bytes=2**20)


async def test_taught_field_names_reach_the_embedded_backend() -> None:
    taught = RealismSettings(kinds={"partRef": "sku"})
    pool = build_pool(
        Settings().backends, ResilienceSettings(), upstream_bytes=2**20, realism=taught
    )
    schema = {
        "type": "object",
        "required": ["part_ref"],
        "properties": {"part_ref": {"type": "string"}},
    }
    completion = await pool.complete(Task(schema=schema, seed=1))
    assert isinstance(completion.value, dict)
    assert completion.value["part_ref"].count("-") == 2
    await pool.aclose()


def test_an_unknown_kind_is_a_fault_that_names_the_nearest() -> None:
    taught = RealismSettings(kinds={"partRef": "skuu"})
    with pytest.raises(ConfigError, match=r"realism\.kinds\.partRef.*'skuu'.*'sku'"):
        build_pool(Settings().backends, FAST, upstream_bytes=2**20, realism=taught)


async def test_a_login_in_the_base_url_is_sent_as_a_header_and_shown_nowhere() -> None:
    async def refuse(exchange: Exchange) -> None:
        seen.append(exchange.headers.get("authorization", ""))
        await exchange.reply({"error": {"message": "who is s3cretpw?"}}, 401)

    seen: list[str] = []
    async with upstream(refuse) as server:
        url = server.url.replace("http://", "http://user:s3cretpw@")
        settings = BackendSettings(name="a", base_url=url, model="m")
        pool = build_pool([settings], ResilienceSettings(num_retries=0), upstream_bytes=4096)
        with pytest.raises(AllBackendsFailedError) as caught:
            await pool.complete(Task(schema={}))
        await pool.aclose()
    assert seen == ["Basic dXNlcjpzM2NyZXRwdw=="]
    assert "s3cretpw" not in str(caught.value)
    assert "s3cretpw" not in str(pool.status())


# --- Azure ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "base",
    [
        "https://r.openai.azure.com",
        "https://r.openai.azure.com/",
        "https://r.openai.azure.com/openai",
        "https://r.openai.azure.com/openai/v1/",
        "https://r.openai.azure.com/openai/deployments/d/chat/completions",
    ],
)
def test_any_url_of_an_azure_resource_will_do(base: str) -> None:
    assert azure_url(base, None) == "https://r.openai.azure.com/openai/v1"
    assert azure_url(base, "2024-10-21") == "https://r.openai.azure.com/openai"


@pytest.mark.parametrize(
    ("version", "chat_path", "embed_path"),
    [
        (None, "/openai/v1/chat/completions", "/openai/v1/embeddings"),
        (
            "2024-10-21",
            "/openai/deployments/my%2Fd/chat/completions?api-version=2024-10-21",
            "/openai/deployments/e/embeddings?api-version=2024-10-21",
        ),
    ],
)
async def test_azure_is_asked_by_deployment_with_its_own_key_header(
    version: str | None, chat_path: str, embed_path: str
) -> None:
    async def answer(exchange: Exchange) -> None:
        if "embeddings" in exchange.path:
            await exchange.reply({"data": [{"index": 0, "embedding": [1.0]}]})
        elif "models" in exchange.path:
            await exchange.reply({"data": [{"id": "gpt-4o"}]})
        else:
            await exchange.reply(chat("7"))

    async with upstream(answer) as server:
        backend = settings(
            provider="azure",
            base_url=server.url.removesuffix("/v1"),
            model="my/d",
            embedding_model="e",
            api_version=version,
            api_key=SECRET,
        )
        pool = build_pool([backend], FAST, upstream_bytes=2**20)
        reply = await pool.chat(asking("Hi"))
        await pool.embed(EmbedRequest(("x",)))
        probes = await pool.probe_members()
        await pool.aclose()
    assert [asked.path for asked in server.requests[:2]] == [chat_path, embed_path]
    assert reply.provider == "azure"
    assert probes["a"].model_present is (None if version else False)
    for asked in server.requests:
        assert asked.headers["api-key"] == SECRET
        assert "authorization" not in asked.headers


# --- other providers -----------------------------------------------------------------------------


async def test_anthropic_is_asked_with_its_version_and_key() -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "text", "text": "Hello"}],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 1, "output_tokens": 1},
            }
        )

    async with upstream(answer) as server:
        backend = settings(provider="anthropic", base_url=server.url, model="m", api_key=SECRET)
        pool = build_pool([backend], FAST, upstream_bytes=2**20)
        reply = await pool.chat(asking("Hi"))
        await pool.aclose()
    (asked,) = server.requests
    assert reply.provider == "anthropic"
    assert asked.path == "/v1/messages"
    assert asked.headers["x-api-key"] == SECRET
    assert asked.headers["anthropic-version"]


# --- proxies and HTTP/2 --------------------------------------------------------------------------


@pytest.mark.parametrize("http2", [False, True])
async def test_a_configured_proxy_is_used_and_its_login_shown_nowhere(http2: bool) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.reply({"error": {"message": "who is s3cretpw?"}}, 403)

    async with upstream(refuse) as server:
        proxy = server.url.replace("http://", "http://user:s3cretpw@").removesuffix("/v1")
        backend = settings(
            base_url="http://models.test/v1", model="m", proxy=proxy, http2=http2, timeout=5
        )
        pool = build_pool([backend], FAST, upstream_bytes=2**20)
        for stream in (False, True):
            with pytest.raises(AllBackendsFailedError) as raised:
                await (_stream(pool) if stream else pool.chat(asking("Hi")))
            assert "s3cretpw" not in str(raised.value)
        await pool.aclose()
    assert len(server.requests) == 2
    for asked in server.requests:
        assert asked.path == "http://models.test/v1/chat/completions"
        assert asked.headers["proxy-authorization"] == "Basic dXNlcjpzM2NyZXRwdw=="


async def _stream(pool: Pool) -> None:
    async with pool.open(asking("Hi")):
        pytest.fail("nothing answers")


def test_http2_without_its_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"backends\[0\]\.http2: .*'mockwright\[http2\]'"):
        build_pool([settings(http2=True)], FAST, upstream_bytes=2**20)


# --- documentation -------------------------------------------------------------------------------


def snippets() -> list[str]:
    page = (ROOT / "docs" / "providers.md").read_text()
    return re.findall(r"```yaml\n(backends:.*?)```", page, re.DOTALL)


@pytest.mark.parametrize("snippet", snippets(), ids=lambda text: text.split("name: ")[1][:8])
async def test_every_snippet_of_the_providers_page_makes_a_pool(
    snippet: str,
) -> None:
    named = [BackendSettings.model_validate(entry) for entry in yaml.safe_load(snippet)["backends"]]
    # llama.cpp wants a model's file.
    connected = [backend for backend in named if backend.provider != "llamacpp"]
    pool = build_pool(connected, FAST, upstream_bytes=2**20)
    assert [entry.name for entry in pool.catalogue()] == [backend.name for backend in connected]
    await pool.aclose()
