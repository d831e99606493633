from __future__ import annotations

import pytest

from mockwright.backends.build import build_pool, probe_all
from mockwright.errors import AllBackendsFailedError, ConfigError
from mockwright.settings import BackendSettings, RealismSettings, ResilienceSettings, Settings
from mockwright.types import Task
from tests.backends.conftest import FAST, SECRET
from tests.doubles import Exchange, chat, upstream


def settings(**values: object) -> BackendSettings:
    return BackendSettings.model_validate({"name": "a", **values})


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
        await probe_all([settings(base_url=server.url, api_key="k", headers=headers)], FAST)
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
    probes = await probe_all(
        [
            settings(provider="embedded"),
            settings(name="down", base_url="http://127.0.0.1:9/v1"),
            settings(name="off", enabled=False),
        ],
        FAST,
    )
    assert {name: probe.reachable for name, probe in probes.items()} == {"a": True, "down": False}


@pytest.mark.parametrize(
    ("backends", "fault"),
    [
        ([{"name": "A"}, {"name": "a"}], r"backends\.1\.name: 'a' is there twice"),
        ([{"name": "Auto"}], r"backends\.0\.name: 'Auto' means the whole pool"),
        ([{"name": "a", "fallbacks": ["b"]}], r"backends\.0\.fallbacks: there is no backend 'b'"),
        ([{"name": "a", "provider": "scripted"}], r"backends\.0\.responses"),
        ([{"name": "a", "provider": "ollama"}], r"backends\.0\.model"),
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
