from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from mockwright.settings import Settings


def test_settings_made_in_code_read_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Settings()
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("MOCKWRIGHT_SERVER__PORT=1\n")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/mockwright.yaml").write_text("server: {port: 1}")
    monkeypatch.setenv("MOCKWRIGHT_SERVER__PORT", "1")
    monkeypatch.setenv("MOCKWRIGHT_SERVER", '{"port": 1}')
    monkeypatch.setenv("SERVER", '{"port": 1}')
    assert Settings() == plain
    assert Settings.model_validate({"server": {"host": "h"}}).server.port == plain.server.port


@pytest.mark.parametrize("key", ["Server", "SERVER", "servr"])
def test_a_key_is_spelt_as_it_is(key: str) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Settings.model_validate({key: {"port": 1}})


def test_settings_are_fixed_once_made() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().mock = Settings().mock  # type: ignore[misc]
