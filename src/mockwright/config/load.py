"""From a file and the environment to :class:`Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import ValidationError

from mockwright.config.checks import check
from mockwright.config.environment import EnvironmentSettingsSource
from mockwright.config.errors import ConfigReport, tell_invalid
from mockwright.config.files import FileSettingsSource
from mockwright.errors import ConfigError
from mockwright.settings import Settings

DEFAULT_PATH = Path("config/mockwright.yaml")
"""Read, where it exists, when no file is named."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and what is worth knowing of their source."""

    settings: Settings
    path: Path | None
    """The file that was read."""
    notes: tuple[str, ...] = ()
    """What was understood but has no effect."""


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """As :func:`read_settings`, with the notes sent to the log."""
    loaded = read_settings(path, environ)
    for note in loaded.notes:
        log.warning("configuration", note=note)
    return loaded.settings


def read_settings(path: Path | None, environ: Mapping[str, str]) -> Loaded:
    """The configuration in force: ``path``, ``MOCKWRIGHT_CONFIG``, or the default file if it is
    there; over it the environment.

    Raises ConfigError with a line for each fault.
    """
    report = ConfigReport()
    path = _which(path, environ)
    file = FileSettingsSource(Settings, path, environ, report)
    environment = EnvironmentSettingsSource(Settings, environ, report, file)
    try:
        settings = Settings(_build_sources=((environment, file), {}))
    except ValidationError as error:
        tell_invalid(error, report)
        raise _unusable(report) from None
    check(settings, report)
    if report.faults:
        raise _unusable(report)
    return Loaded(settings, path, tuple(report.notes))


def _unusable(report: ConfigReport) -> ConfigError:
    return ConfigError("\n".join(dict.fromkeys(report.faults)))


def _which(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    if path is not None:
        return path
    if named := environ.get("MOCKWRIGHT_CONFIG"):
        return Path(named)
    return DEFAULT_PATH if DEFAULT_PATH.is_file() else None
