from __future__ import annotations

import json
import logging

import pytest
import structlog

from mockwright.config import read_settings
from mockwright.settings import LogSettings
from mockwright.telemetry import logs

pytestmark = pytest.mark.usefixtures("logging_restored")


def test_json_lines_carry_the_request_id_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(format="json"))
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("x").info("hello", api_key="hunter2", url="http://me:hunter2@h/v1")
        logging.getLogger("other").warning("sent Bearer %s", "hunter2-hunter2")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first["event"] == "hello"
    assert first["request_id"] == second["request_id"] == "r1"
    assert first["api_key"] == "***"
    assert first["url"] == "http://***@h/v1"
    assert second["event"] == "sent Bearer ***"


def test_a_traceback_in_json_is_scrubbed(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(format="json"))
    try:
        raise ValueError("sk-hunter2hunter2")
    except ValueError:
        structlog.get_logger("x").exception("failed")
    line = json.loads(capsys.readouterr().err)
    assert "ValueError" in line["exception"]
    assert "hunter2hunter2" not in json.dumps(line["exception"].splitlines()[-1])


def test_a_traceback_on_the_console_is_scrubbed(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(format="console"))
    key = "sk-hunter2hunter2"
    try:
        raise ValueError(key)
    except ValueError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("other").exception("failed, too")
    shown = capsys.readouterr().err
    assert shown.count("Traceback (most recent call last)") == 2
    assert shown.count("ValueError: ***") == 2
    assert key not in shown.replace(f'key = "{key}"', "")


def test_the_level_is_kept_and_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(level="info"))
    structlog.get_logger("x").debug("not this")
    logging.getLogger("httpx").info("nor this")
    structlog.get_logger("x").info("but this")
    assert [line for line in capsys.readouterr().err.splitlines() if "this" in line] != []
    logs.configure(LogSettings(level="error"))
    structlog.get_logger("x").warning("quiet")
    assert "quiet" not in capsys.readouterr().err


def test_what_the_settings_are_read_from_is_told_at_no_level(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYDANTIC_SETTINGS_DEBUG", "1")
    logs.configure(LogSettings(level="debug"))
    read_settings(None, {"MOCKWRIGHT_SERVER__ADMIN_TOKEN": "hunter2"})
    assert "hunter2" not in capsys.readouterr().err
