"""What is known of where a value of the configuration came from, and how its fault is told."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mockwright.config.mask import is_secret, without_password
from mockwright.settings import Settings

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value in the native form: ``("backends", 0, "weight")``."""


@dataclass(frozen=True, slots=True)
class Unset:
    """Stands for a value that names an environment variable which is not set."""

    fault: str
    """What to tell where the value is needed."""


@dataclass(slots=True)
class ConfigReport:
    """What was found on the way: faults stop the start, notes are told."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    origins: dict[Place, str] = field(default_factory=dict)
    """Where a value was written, if not at its own place in a native file."""
    unset: set[Place] = field(default_factory=set)
    """Places whose fault is told already: what they name is not set."""
    written: dict[Place, str] = field(default_factory=dict)
    """A value as written, where ``${VAR}`` was expanded in it: what faults may show."""

    def name(self, place: Place) -> str:
        """Return how the reader knows a place: ``server.port``, ``MOCKWRIGHT_SERVER__PORT``."""
        for length in range(len(place), 0, -1):
            if origin := self.origins.get(place[:length]):
                return dotted(place[length:], origin)
        return dotted(place)

    def replaced(self, place: Place, by: str) -> None:
        """Note that all at a place is now given by a variable, whatever the file has there."""
        for known in (self.origins, self.written):
            for one in [one for one in known if one[: len(place)] == place]:
                del known[one]
        self.origins[place] = by

    def fault(self, place: Place, message: str) -> None:
        """Note a fault at a place of the native form."""
        self.faults.append(f"{self.name(place)}: {message}")

    def shown(self, place: Place, value: object) -> str:
        """Return a value as a message may show it: no secret, no expansion, no long text."""
        if is_secret(place):
            return "(hidden)"
        if isinstance(value, dict):
            return "a mapping"
        if isinstance(value, list | tuple):
            return "a list"
        text = without_password(self.written.get(place, value))
        shown = repr(text) if isinstance(text, str) else str(text)
        return shown if len(shown) <= 80 else shown[:77] + "..."


def dotted(place: Iterable[str | int], start: str = "") -> str:
    """Return a place as one text: ``backends[0].weight``."""
    text = start
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?``, or nothing where no known word is near."""
    by_form = {_form(name): name for name in known}
    found = difflib.get_close_matches(_form(word), by_form, n=1, cutoff=0.6)
    return f"; did you mean {by_form[found[0]]!r}?" if found else ""


def _form(word: str) -> str:
    """Return a word without its joints: the same for ``baseUrl``, ``base-url`` and ``base_url``."""
    return re.sub(r"[^a-z0-9]", "", word.lower())


def tell_invalid(error: ValidationError, report: ConfigReport) -> None:
    """Add pydantic's findings to the report, in our words."""
    for detail in error.errors(include_url=False):
        place: Place = detail["loc"]
        if place not in report.unset:
            report.fault(place, _message(detail, place, report))


def _message(detail: ErrorDetails, place: Place, report: ConfigReport) -> str:
    match detail["type"]:
        case "missing":
            return "required, but not given"
        case "extra_forbidden":
            return f"unknown key{nearest(str(place[-1]), _names_beside(place))}"
        case "literal_error":
            expected = str(detail.get("ctx", {}).get("expected", ""))
            hint = nearest(str(detail["input"]), re.findall(r"'([^']+)'", expected))
            return f"{report.shown(place, detail['input'])}: expected {expected}{hint}"
    return f"{report.shown(place, detail['input'])}: expected {_expected(detail)}"


def _expected(detail: ErrorDetails) -> str:
    if detail["type"] == "string_pattern_mismatch":
        return _PATTERNS.get(str(detail["ctx"]["pattern"]), f"text like {detail['ctx']['pattern']}")
    if detail["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return "a mapping of keys to values"
    if detail["type"] == "tuple_type":
        return "a list"
    return re.sub(r"^\w+ should (be|have) ", "", detail["msg"]).removeprefix("Value error, ")


_PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$": "a name of at most 64 letters, digits, '.', '_' and '-'",
    r"^/": "a path that starts with '/'",
}


def _names_beside(place: Place) -> Iterable[str]:
    section = section_at(place[:-1])
    if section is None:
        return ()
    names = list(section.model_fields)
    return [*names, "MockLlmApi"] if section is Settings else names


def section_at(place: Place) -> type[BaseModel] | None:
    """Return the model that describes a place, or None where none does."""
    section: type[BaseModel] | None = Settings
    keyed = False
    for step in place:
        if isinstance(step, int) or keyed:
            keyed = False
            continue
        if section is None or step not in section.model_fields:
            return None
        annotation = section.model_fields[step].annotation
        section = _model_in(annotation)
        keyed = get_origin(annotation) is dict
    return section


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)
