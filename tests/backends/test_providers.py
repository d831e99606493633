"""One entry says all there is to say of a provider, and nothing else tells them apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError

from mockwright.backends import (
    anthropic,
    azure,
    embedded,
    llamacpp,
    ollama,
    openai,
    scripted,
)
from mockwright.backends.base import BuildBackend, BuildContext
from mockwright.backends.factory import build_backend
from mockwright.backends.openai import OpenAIBackend, dialect_at
from mockwright.config.checks import check
from mockwright.config.errors import ConfigReport
from mockwright.prompting.dialects import Dialect
from mockwright.providers import PROVIDERS
from mockwright.settings import BackendSettings, Settings
from tests.backends.conftest import FAST
from tests.serving import ROOT

CONTEXT = BuildContext(FAST, upstream_bytes=2**20)
BUILDERS: tuple[BuildBackend, ...] = (
    anthropic.build,
    azure.build,
    embedded.build,
    llamacpp.build,
    ollama.build,
    openai.build,
    scripted.build,
)
"""The type checker holds them to the form that ``ProviderSpec.build`` can only name."""
GIVEN = {
    "model": "m",
    "base_url": "http://127.0.0.1:9",
    "responses": [{"value": 1}],
}


def settings(provider: str, **values: object) -> BackendSettings:
    return BackendSettings.model_validate({"name": "it", "provider": provider, **values})


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_what_is_required_is_enough(
    provider: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(llamacpp, "find_model", lambda name, path: tmp_path / "tiny.gguf")
    chosen = settings(provider, **{key: GIVEN[key] for key in PROVIDERS[provider].requires})
    backend = build_backend(chosen, CONTEXT)
    assert (backend.name, backend.provider) == ("it", provider)
    await backend.aclose()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_named_function_is_a_builder(provider: str) -> None:
    module, _, function = PROVIDERS[provider].build.partition(":")
    assert getattr(import_module(module), function) in BUILDERS


@pytest.mark.parametrize(
    ("provider", "key"),
    [(name, key) for name, spec in PROVIDERS.items() for key in spec.requires],
)
def test_what_is_missing_is_told_by_the_configuration_with_what_is_expected(
    provider: str, key: str
) -> None:
    given = {name: GIVEN[name] for name in PROVIDERS[provider].requires if name != key}
    report = ConfigReport()
    check(Settings(backends=(settings(provider, **given),)), report)
    expected = PROVIDERS[provider].requires[key]
    assert report.faults == [f"backends[0].{key}: required, but not given: {expected}"]


@pytest.mark.parametrize("given", ["opnai", "OpenAI", "", 5, None, ["openai"]])
def test_an_unknown_provider_is_refused_with_those_that_there_are(given: object) -> None:
    with pytest.raises(ValidationError) as raised:
        BackendSettings.model_validate({"name": "a", "provider": given})
    (fault,) = raised.value.errors()
    *names, last = map(repr, PROVIDERS)
    assert fault["type"] == "literal_error"
    assert fault["msg"] == f"Input should be {', '.join(names)} or {last}"


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://user:pw@api.openai.com:443/v1", "openai"),
        ("https://openrouter.ai/api/v1", "openai"),
        ("https://r.openai.azure.com/openai/v1", "azure"),
        ("http://localhost:8080/v1", "llamacpp"),
        ("https://api.openai.com.example.org/v1", "llamacpp"),
    ],
)
def test_the_host_tells_whose_schemas_a_server_takes(url: str, dialect: Dialect) -> None:
    assert dialect_at(url) == dialect


async def test_azure_has_one_dialect_wherever_it_is_reached() -> None:
    backend = build_backend(settings("azure", model="m", base_url="http://proxy.test"), CONTEXT)
    assert isinstance(backend, OpenAIBackend)
    assert backend.profile.dialect == "azure"
    await backend.aclose()


def comparisons() -> Iterator[tuple[str, str]]:
    """Every comparison of something called ``provider`` with a text, by its module."""
    package = ROOT / "src" / "mockwright"
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and re.search(
                r"provider\s*(?:==|!=|in)\s*[('\"\[{]", ast.unparse(node)
            ):
                yield str(path.relative_to(package)), ast.unparse(node)


def test_no_code_asks_for_a_provider_by_its_name() -> None:
    assert list(comparisons()) == []


def test_the_page_has_a_row_for_each() -> None:
    page = (ROOT / "docs" / "providers.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \| ([^|]*) \|$", page, re.MULTILINE)
    told = {name: (url.strip("` "), required) for name, url, required in rows}
    assert list(told) == list(PROVIDERS)
    for name, spec in PROVIDERS.items():
        url, required = told[name]
        assert url == spec.base_url
        assert re.findall(r"`(\w+)`", required) == list(spec.requires)
