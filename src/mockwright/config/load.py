"""A file and the environment become :class:`~mockwright.settings.Settings`."""

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
    """Settings, and what is worth knowing of where they came from."""

    settings: Settings
    path: Path | None
    """The file that was read."""
    notes: tuple[str, ...] = ()
    """What was understood but has no effect, a line each."""


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings that :func:`read_settings` finds, and send its notes to the log."""
    loaded = read_settings(path, environ)
    for note in loaded.notes:
        log.warning("configuration", note=note)
    return loaded.settings


def read_settings(path: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Return the configuration in force.

    It is that of ``path``, of the file that ``MOCKWRIGHT_CONFIG`` names, or of the default file if
    it is there; over it the environment. Raises ConfigError with a line for each fault.
    """
    report = ConfigReport()
    path = _which(path, environ)
    file = FileSettingsSource(Settings, path, environ, report)
    environment = EnvironmentSettingsSource(Settings, environ, report, file)
    try:
        # The hook for sources, settings_customise_sources, is the class's and knows of no call;
        # these are of this file and this environment.
        settings = Settings(_build_sources=((environment, file), {}))
    except ValidationError as error:
        tell_invalid(error, report)
        raise _unusable(report) from None
    check(settings, report)
    if report.faults:
        raise _unusable(report)
    return Loaded(settings, path, tuple(report.notes))


def _unusable(report: ConfigReport) -> ConfigError:
    # What the ancestor says once is a value of each backend here, and a fault of each.
    return ConfigError("\n".join(dict.fromkeys(report.faults)))


def _which(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    if path is not None:
        return path
    if named := environ.get("MOCKWRIGHT_CONFIG"):
        return Path(named)
    return DEFAULT_PATH if DEFAULT_PATH.is_file() else None
