"""From a file and the environment to :class:`Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import ValidationError

from mockwright.config.checks import check
from mockwright.config.dotnet import from_ancestor
from mockwright.config.errors import ConfigReport, Place, tell_invalid
from mockwright.config.files import read_file
from mockwright.config.variables import drop_spare, expand, overlay
from mockwright.errors import ConfigError
from mockwright.settings import Settings
from mockwright.types import JsonObject

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
    tree = from_ancestor(read_file(path), report) if path else {}
    unset = expand(tree, environ, report)
    overlaid = overlay(tree, environ, report)
    drop_spare(tree, unset)
    for place, message in unset.items():
        if not any(place[: len(over)] == over for over in overlaid):
            report.fault(place, message)
    settings = _validated(tree, report, set(unset))
    if settings is None:
        raise ConfigError("\n".join(dict.fromkeys(report.faults)))
    return Loaded(settings, path, tuple(report.notes))


def _which(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    if path is not None:
        return path
    if named := environ.get("MOCKWRIGHT_CONFIG"):
        return Path(named)
    return DEFAULT_PATH if DEFAULT_PATH.is_file() else None


def _validated(tree: JsonObject, report: ConfigReport, told: set[Place]) -> Settings | None:
    _drop_empty_keys(tree)
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        tell_invalid(error, report, told)
        return None
    check(settings, report)
    return None if report.faults else settings


def _drop_empty_keys(tree: JsonObject) -> None:
    """``api_key: ""``, as an empty variable gives it, is no key."""
    backends = tree.get("backends")
    for backend in backends if isinstance(backends, list) else ():
        if isinstance(backend, dict) and backend.get("api_key") == "":
            del backend["api_key"]
