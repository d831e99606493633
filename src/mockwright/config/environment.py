"""The variables ``MOCKWRIGHT_SECTION__KEY``, which win over a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic_settings import BaseSettings, InitSettingsSource

from mockwright.config.errors import ConfigReport, Place, nearest, section_at
from mockwright.config.expansion import drop_empty_keys, settle
from mockwright.config.files import FileSettingsSource
from mockwright.config.mask import is_secret
from mockwright.errors import ConfigError
from mockwright.types import Json, JsonObject


class EnvironmentSettingsSource(InitSettingsSource):
    """Gives the sections that variables name, each whole: what ``file`` has, with them over it.

    pydantic-settings' own source cannot be asked to do it: it sets no items of lists, stops at the
    first value that it cannot read, and passes over the names that it does not know. An empty
    variable counts as not set.
    """

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        environ: Mapping[str, str],
        report: ConfigReport,
        file: FileSettingsSource,
    ) -> None:
        self._prefix: str = settings_cls.model_config["env_prefix"]
        self._delimiter = settings_cls.model_config["env_nested_delimiter"] or "__"
        self._sections = settings_cls.model_fields.keys()
        sections: JsonObject = {}
        found = sorted(self._settings_in(environ, report), key=lambda one: _order(one[1]))
        for name, place in found:
            report.origins[place] = name
            section: Any = place[0]
            if section in file.init_kwargs and section not in sections:
                sections[section] = deepcopy(file.init_kwargs[section])
            # A variable of a part does not stand in for the whole: that stays a fault.
            wholes = [one for one in file.unset if one != place and one == place[: len(one)]]
            settle(sections, wholes, report)
            try:
                _put(sections, place, _decode(environ[name], place))
            except ConfigError as error:
                report.fault(place, str(error))
            else:
                report.replaced(place, by=name)
        settle(sections, file.unset, report)
        drop_empty_keys(sections)
        super().__init__(settings_cls, sections)

    def _settings_in(
        self, environ: Mapping[str, str], report: ConfigReport
    ) -> Iterator[tuple[str, Place]]:
        for name, text in environ.items():
            if not name.startswith(self._prefix) or not text:
                continue
            steps = name.removeprefix(self._prefix).lower().split(self._delimiter)
            if len(steps) > 1 or steps[0] in self._sections:
                yield name, tuple(int(s) if re.fullmatch(r"\d{1,4}", s) else s for s in steps)
            elif hint := self._hint(steps[0]):
                # Not a fault: orchestrators set the likes of MOCKWRIGHT_PORT for a service's name.
                report.notes.append(f"{name}: not a setting, left alone{hint}")

    def _hint(self, word: str) -> str:
        """Name the variable that was likely meant: SERVER__PORT by PORT and by SERVER_PORT."""
        names = [
            f"{section}{self._delimiter}{key}"
            for section in self._sections
            if (model := section_at((section,))) is not None
            for key in model.model_fields
        ]
        meant = next((name for name in names if name.endswith(f"{self._delimiter}{word}")), word)
        found = nearest(meant, names)
        return re.sub(r"'(\w+)'", lambda name: f"'{self._prefix}{name[1].upper()}'", found)


def _order(place: Place) -> list[tuple[bool, int, str]]:
    """Return a key that sorts a section before its keys, and the items of a list by number."""
    return [(isinstance(s, str), s if isinstance(s, int) else 0, str(s)) for s in place]


def _decode(text: str, place: Place) -> Json:
    """Read JSON where a mapping or a list is written; pydantic reads other texts further."""
    if not text.lstrip().startswith(("{", "[")) or _is_plain(place):
        return text
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise ConfigError("starts like JSON, but is not") from None


def _is_plain(place: Place) -> bool:
    """Whether the value is text, whatever it starts with: a secret, but not a mapping of them."""
    # A flow may have any name, ``tokenizer``, and holds no secret.
    return is_secret(place) and place[-1] != "headers" and place[0] != "flows"


def _put(tree: JsonObject, place: Place, value: Json) -> None:
    holder: Any = tree
    for step, following in zip(place, [*place[1:], None], strict=True):
        holder = _checked(holder, step)
        if following is None:
            _set(holder, step, value)
            return
        if _get(holder, step) is None:
            _set(holder, step, [] if isinstance(following, int) else {})
        holder = _get(holder, step)


def _checked(holder: Any, step: str | int) -> Any:
    if isinstance(step, int) and isinstance(holder, list):
        if step > len(holder):
            raise ConfigError(f"there is no item {step}: the list has {len(holder)}")
    elif not (isinstance(step, str) and isinstance(holder, dict)):
        expected = "an index" if isinstance(holder, list) else "a key"
        raise ConfigError(f"{step!r}: expected {expected} here")
    return holder


def _get(holder: Any, step: Any) -> Any:
    if isinstance(holder, list):
        return holder[step] if step < len(holder) else None
    return holder.get(step)


def _set(holder: Any, step: Any, value: Json) -> None:
    if isinstance(holder, list) and step == len(holder):
        holder.append(value)
    else:
        holder[step] = value
