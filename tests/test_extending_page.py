"""What ``docs/extending.md`` shows is whole, and works as the page says."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from mockwright.backends.base import Backend
from mockwright.backends.factory import build_pool
from mockwright.errors import AllBackendsFailedError, ConfigError
from mockwright.generator import Hints, generate, locales, relations, tables
from mockwright.generator.relations import base
from mockwright.providers import PROVIDERS, ProviderSpec
from mockwright.settings import BackendSettings, ResilienceSettings
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rest.infer import infer_shape
from mockwright.shapes.rules import sentences
from mockwright.shapes.rules.parse import parse_rules
from mockwright.types import Single, Task
from tests.backends.chats import asking
from tests.doubles import Exchange, chat, upstream
from tests.patterns.voices import Voices, asked_for, carry_out
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")
ONCE = ResilienceSettings(retry=False)


def blocks(section: str, language: str = "python") -> list[str]:
    """The examples of one section, in order."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def run_block(source: str, name: str = "page", **known: object) -> Any:
    """What a block defines, as the module ``name``."""
    module = ModuleType(name)
    module.__dict__.update(known)
    # A dataclass looks its module up.
    sys.modules[name] = module
    try:
        exec(compile(source, f"docs/extending.md: {name}", "exec"), module.__dict__)  # noqa: S102
    finally:
        del sys.modules[name]
    return module


def settings(**values: object) -> BackendSettings:
    return BackendSettings.model_validate({"name": "it", **values})


# --- a provider ----------------------------------------------------------------------------------


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> dict[str, ProviderSpec]:
    """The table with the page's entries, and the page's module where the entry looks for it."""
    alike, module, entry = blocks("A provider")
    for name in ("groq", "parrot"):
        monkeypatch.delitem(PROVIDERS, name, raising=False)
        monkeypatch.setitem(PROVIDERS, name, ProviderSpec(build=""))
    run_block(alike, PROVIDERS=PROVIDERS, ProviderSpec=ProviderSpec)
    run_block(entry, PROVIDERS=PROVIDERS, ProviderSpec=ProviderSpec)
    parrot = run_block(module, "mockwright.backends.parrot")
    monkeypatch.setitem(sys.modules, "mockwright.backends.parrot", parrot)
    return PROVIDERS


def test_what_the_page_adds_is_gone_again() -> None:
    assert not {"groq", "parrot"} & PROVIDERS.keys()


async def test_a_provider_like_openai_is_an_entry_alone(added: dict[str, ProviderSpec]) -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(chat("7"))

    async with upstream(answer) as server:
        backend = settings(provider="groq", base_url=server.url, model="m", api_key="k")
        pool = build_pool([backend], ONCE, upstream_bytes=2**16)
        completion = await pool.complete(Task(schema={"type": "integer"}))
        await pool.aclose()
    assert (completion.provider, completion.text) == ("groq", "7")
    assert server.requests[0].headers["authorization"] == "Bearer k"
    with pytest.raises(ConfigError, match=r"backends\[0\]\.api_key: required, but not given"):
        build_pool([settings(provider="groq", model="m")], ONCE, upstream_bytes=2**16)


async def test_a_provider_with_a_protocol_of_its_own(added: dict[str, ProviderSpec]) -> None:
    async def answer(exchange: Exchange) -> None:
        if exchange.method == "GET":
            await exchange.reply({"voices": ["polly"]})
        else:
            await exchange.reply({"text": '{"id": 7}'})

    async with upstream(answer) as server:
        backend = settings(provider="parrot", base_url=server.url, model="polly")
        pool = build_pool([backend], ONCE, upstream_bytes=2**16)
        completion = await pool.complete(Task(schema={"type": "object"}, path="/users/7"))
        reply = await pool.chat(asking("Hi", body={"n": 2}))
        async with pool.open(asking("Hi")) as stream:
            pieces = [chunk async for chunk in stream]
        probe = await pool.probe()
        await pool.aclose()
    assert (completion.provider, completion.model, completion.text) == (
        "parrot",
        "polly",
        '{"id": 7}',
    )
    assert server.requests[0].json["voice"] == "polly"
    assert "/users/7" in server.requests[0].json["prompt"]
    assert reply.body["choices"][0]["message"]["content"] == '{"id": 7}'
    assert reply.ignored == ("n",)
    assert pieces[0]["choices"][0]["delta"]["content"] == '{"id": 7}'
    assert (probe.reachable, probe.model_present) == (True, True)


async def test_the_pool_takes_care_of_a_provider_that_fails(added: dict[str, ProviderSpec]) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.reply({"error": "no voice for s3cret"}, 503)

    async with upstream(refuse) as server:
        backend = settings(provider="parrot", base_url=server.url, model="polly", api_key="s3cret")
        pool = build_pool([backend], ONCE, upstream_bytes=2**16)
        with pytest.raises(AllBackendsFailedError) as raised:
            await pool.chat(asking("Hi"))
        await pool.aclose()
    assert [attempt.error for attempt in raised.value.attempts] == ["status_503"]
    assert "s3cret" not in str(raised.value)


def test_the_settings_know_an_added_provider(added: dict[str, ProviderSpec]) -> None:
    with pytest.raises(ConfigError, match=r"backends\[0\]\.model: required, but not given"):
        build_pool([settings(provider="parrot")], ONCE, upstream_bytes=2**16)
    with pytest.raises(ValidationError, match="'groq' or 'parrot'"):
        settings(provider="parot")


def test_the_pages_backend_is_one(added: dict[str, ProviderSpec]) -> None:
    parrot = sys.modules["mockwright.backends.parrot"].__dict__["ParrotBackend"]
    wanted = {name for name in vars(Backend) if not name.startswith("_")}
    assert wanted - {*dir(parrot), "name", "provider", "model"} == set()


# --- a pattern -----------------------------------------------------------------------------------


async def test_a_pattern_asks_on_until_nothing_is_broken() -> None:
    (block,) = blocks("A pattern")
    page = run_block(block)
    broken, better, whole = {"id": "x", "age": "y"}, {"id": 1, "age": "y"}, {"id": 1, "age": 30}
    voices = Voices({"a": broken, "b": better, "c": whole, "d": whole})
    names = ("a", "b", "c", "d")
    first, *others = (Single((name,), reasks=0) for name in names)
    node = page.Cascade(first, tuple(others))

    async def run_page(_: object, task: Task, context: Any) -> Any:
        from mockwright.patterns.run import run

        return await page.run_cascade(node, task, context, run)

    task = asked_for({"id": 1, "age": 30})
    candidate, trace = await _carried(run_page, task, voices)
    assert voices.order == ["a", "b", "c"]
    assert candidate.value == whole
    assert not candidate.remaining
    assert "step 3 is asked" in trace.notes[-1]
    voices = Voices({"a": better, "b": broken})
    node = page.Cascade(first, (others[0],))
    candidate, _ = await _carried(run_page, task, voices)
    assert voices.order == ["a", "b"]
    assert [violation.pointer for violation in candidate.remaining] == ["/age"]


async def _carried(run: Any, task: Task, voices: Voices) -> Any:
    """As :func:`carry_out`, for a node that the package does not know."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.patterns.voices.run", run)
        return await carry_out(Single(), task, voices)


# --- a locale ------------------------------------------------------------------------------------


CACHES = (tables.rows, tables.records, tables.decks, tables.local)


@pytest.fixture
def irish(tmp_path: Path) -> Iterator[dict[str, list[str]]]:
    """The page's locale, in a copy of the tables."""
    people, endonym = blocks("A locale", "text")
    here = tmp_path / "tables"
    shutil.copytree(Path(tables.__file__).parent, here)
    (here / "people" / "ga.txt").write_text(people, encoding="utf-8")
    with (here / "endonyms.txt").open("a", encoding="utf-8") as file:
        file.write(endonym)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_HERE", here)
        patch.setitem(locales._LANGUAGES, "ga", "IE")
        patch.setattr(locales, "LOCALES", (*locales.LOCALES, "ga"))
        _forget()
        yield {
            name: lines.split("\n")
            for name, lines in re.findall(r"\[([\w ]+)\]\n(.*?)\n(?=\[|\Z)", people, re.DOTALL)
        }
    _forget()


def _forget() -> None:
    for cached in (*CACHES, locales.resolve_locale, locales.names_of):
        cached.cache_clear()


@pytest.mark.parametrize("seed", range(4))
def test_a_locale_is_its_tables_and_a_line(irish: dict[str, list[str]], seed: int) -> None:
    hints = Hints(path="/users/1", locale=locales.resolve_locale("ga-IE,en;q=0.5"))
    user: Any = generate(infer_shape("GET", "/users/1").schema, seed=seed, hints=hints)
    assert user["firstName"] in irish["female"] + irish["male"]
    assert user["lastName"] in irish["female surnames"] + irish["male surnames"]
    assert any(street in user["address"]["street"] for street in irish["streets"])
    assert user["address"]["country"] == "Éire"


def test_the_pages_locale_is_gone_again() -> None:
    assert locales.resolve_locale("ga") == "en"


# --- a rule --------------------------------------------------------------------------------------


@pytest.fixture
def sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = blocks("A rule")
    pattern, law, form = run_block(block).SENTENCE
    entry = (re.compile(pattern, re.IGNORECASE), law, form)
    monkeypatch.setattr(sentences, "_COMPILED", (*sentences._COMPILED, entry))


@pytest.mark.usefixtures("sentence")
def test_a_sentence_is_understood_and_held() -> None:
    (rule,) = parse_rules(("Ensure all currencies are ISO 4217 codes",))
    assert rule.mechanical
    assert rule.check({"price": {"currency": "EUR"}}) == ()
    (violation,) = rule.check({"price": {"currency": "euro"}})
    assert violation.pointer == "/price/currency"
    assert "'euro' is no currency code of ISO 4217" in violation.message


@pytest.mark.usefixtures("sentence")
@pytest.mark.parametrize("text", ["currencies are ISO 8601", "currencies are those of the country"])
def test_what_is_said_otherwise_is_not_understood(text: str) -> None:
    (rule,) = parse_rules((text,))
    assert not rule.mechanical


# --- a relation ----------------------------------------------------------------------------------


@pytest.fixture
def seats() -> Iterator[SimpleNamespace]:
    (block,) = blocks("A relation")
    page = run_block(block)
    base.relevant.cache_clear()
    yield SimpleNamespace(law=page.seats_fit)
    base.RELATIONS.remove(page.seats_fit)
    del base._WANTS[page.seats_fit]
    base.relevant.cache_clear()


@pytest.mark.usefixtures("seats")
@pytest.mark.parametrize("seed", range(8))
def test_a_relation_holds_in_what_is_made(seed: int) -> None:
    shape = {"totalSeats": "integer 1..60", "freeSeats": "integer 1..60"}
    made: Any = generate(parse_shape(shape).schema, seed=seed)
    assert made["freeSeats"] <= made["totalSeats"]


@pytest.mark.usefixtures("seats")
def test_a_relation_changes_nothing_that_was_given_or_would_break_the_schema() -> None:
    value = {"seats": 2, "freeSeats": 9}
    given = Hints(given={"freeSeats": 9})
    assert relations.harmonise(dict(value), given, lambda _: True) == value
    assert relations.harmonise(dict(value), Hints(), lambda _: False) == value
    assert relations.harmonise(dict(value), Hints(), lambda _: True)["freeSeats"] == 2
