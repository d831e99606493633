"""``${VAR}`` in values, and ``MOCKWRIGHT_...`` over the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mockwright.config.errors import ConfigReport, Place, nearest, section_at
from mockwright.config.mask import is_secret
from mockwright.errors import ConfigError
from mockwright.settings import Settings
from mockwright.types import Json, JsonObject

PREFIX = "MOCKWRIGHT_"
_MENTION = re.compile(r"\$(\$\{)|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$\{")


class Unset(Exception):  # noqa: N818 - a signal within this module, not an error to a caller
    """A variable without a value and without a default."""


def expand(tree: JsonObject, environ: Mapping[str, str], report: ConfigReport) -> dict[Place, str]:
    """Replace each ``${VAR}`` and ``${VAR:-default}`` in the tree's texts, in place.

    ``$${`` stands for a plain ``${``. As in a shell the default is also taken where the variable
    is empty. Returns the places whose variable is not set, with the fault to tell of each; they
    hold None.
    """
    unset: dict[Place, str] = {}
    for holder, key, place in list(_texts(tree)):
        text: str = holder[key]
        if "${" not in text:
            continue
        report.written[place] = text
        try:
            holder[key] = _MENTION.sub(lambda mention: _value(mention, environ), text)
        except Unset as error:
            holder[key] = None
            unset[place] = str(error)
    return unset


def _value(mention: re.Match[str], environ: Mapping[str, str]) -> str:
    plain, name, default = mention.groups()
    if plain:
        return "${"
    if name is None:
        raise Unset("expected ${NAME} or ${NAME:-default}; a plain ${ is written $${")
    if default is not None:
        return environ.get(name) or default
    if name not in environ:
        raise Unset(f"${{{name}}}: the environment variable {name} is not set")
    return environ[name]


def _texts(tree: Json, place: Place = ()) -> Iterator[tuple[Any, str | int, Place]]:
    """(holder, key, place) of every text."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        if isinstance(value, str):
            yield tree, key, (*place, key)
        elif isinstance(value, dict | list):
            yield from _texts(value, (*place, key))


def drop_spare(tree: JsonObject, unset: dict[Place, str]) -> None:
    """Forget the unset secrets of disabled backends: a key that nothing uses need not be there."""
    for place in list(unset):
        match place:
            case ("backends", int(index), *rest) if is_secret(rest):
                backend = tree["backends"][index]
                if str(backend.get("enabled")).lower() in ("false", "0", "no", "off"):
                    del unset[place]
                    _remove(backend, rest)


def _remove(holder: Any, way: list[str | int]) -> None:
    for step in way[:-1]:
        holder = holder[step]
    del holder[way[-1]]


def overlay(tree: JsonObject, environ: Mapping[str, str], report: ConfigReport) -> list[Place]:
    """Put each ``MOCKWRIGHT_SECTION__KEY`` over the tree, in place; returns where.

    An empty variable counts as not set. List items go by index, and one past the end adds one.
    """
    places = []
    for name, place in sorted(_settings_in(environ, report), key=lambda found: _order(found[1])):
        report.origins[place] = name
        try:
            _put(tree, place, _decode(environ[name], place))
        except ConfigError as error:
            report.fault(place, str(error))
        else:
            places.append(place)
    return places


def _settings_in(environ: Mapping[str, str], report: ConfigReport) -> Iterator[tuple[str, Place]]:
    for name, text in environ.items():
        if not name.startswith(PREFIX) or not text:
            continue
        steps = name.removeprefix(PREFIX).lower().split("__")
        if len(steps) > 1 or steps[0] in Settings.model_fields:
            yield name, tuple(int(s) if re.fullmatch(r"\d{1,4}", s) else s for s in steps)
        elif hint := _hint(steps[0]):
            # Not a fault: an orchestrator sets the likes of MOCKWRIGHT_PORT for a service's name.
            report.notes.append(f"{name}: not a setting, left alone{hint}")


def _hint(word: str) -> str:
    """The variable that was likely meant: ``PORT`` and ``SERVER_PORT`` are near SERVER__PORT."""
    names = [
        f"{section}__{key}"
        for section in Settings.model_fields
        if (model := section_at((section,))) is not None
        for key in model.model_fields
    ]
    meant = next((name for name in names if name.endswith(f"__{word}")), word)
    found = nearest(meant, names)
    return re.sub(r"'(\w+)'", lambda name: f"'{PREFIX}{name[1].upper()}'", found)


def _order(place: Place) -> list[tuple[bool, int, str]]:
    """A section's own variable before those of its keys; items by number."""
    return [(isinstance(s, str), s if isinstance(s, int) else 0, str(s)) for s in place]


def _decode(text: str, place: Place) -> Json:
    """JSON where a mapping or a list is written; otherwise text, which pydantic reads further."""
    if not text.lstrip().startswith(("{", "[")) or _is_plain(place):
        return text
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise ConfigError("starts like JSON, but is not") from None


def _is_plain(place: Place) -> bool:
    """A secret is text, whatever it starts with; ``headers`` is a mapping of secrets.

    A flow may have any name, ``tokenizer``, and holds no secret.
    """
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
