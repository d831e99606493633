from __future__ import annotations

from pathlib import Path

import pytest

from mockwright.config import checks
from mockwright.config.checks import backend_faults
from mockwright.settings import BackendSettings
from tests.config.test_load import faults


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        ("provider: anthropic", "backends[0].model: required, but not given: the model's name"),
        ("provider: azure, model: m", "backends[0].base_url: required"),
        ("provider: azure, base_url: 'http://a'", "backends[0].model: required"),
        ("provider: ollama, enabled: false", "backends[0].model: required"),
        ("proxy: 'socks5://u:hunter2@p'", "backends[0].proxy: expected the URL of an HTTP proxy"),
    ],
)
def test_what_no_pool_can_be_made_of_is_told_before_one_is(
    tmp_path: Path, backend: str, told: str
) -> None:
    lines = faults(tmp_path, f"backends: [{{name: a, {backend}}}, {{name: e, provider: embedded}}]")
    assert any(line.startswith(told) for line in lines), lines
    assert "hunter2" not in "".join(lines)


def test_http2_without_its_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = BackendSettings(name="a", http2=True)
    assert list(backend_faults([backend])) == []
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    ((place, message),) = backend_faults([backend])
    assert place == ("backends", 0, "http2")
    assert "pip install 'mockwright[http2]'" in message
