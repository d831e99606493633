"""Mentions of variables in the texts of a file: ``${VAR}`` and ``${VAR:-default}``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mockwright.config.errors import ConfigReport, Place, Unset
from mockwright.config.mask import is_secret
from mockwright.types import Json, JsonObject

_MENTION = re.compile(r"\$(\$\{)|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$\{")


class _NoValueError(Exception):
    """A mention cannot be replaced; the message says why."""


def expand(tree: JsonObject, environ: Mapping[str, str], report: ConfigReport) -> list[Place]:
    """Replace each ``${VAR}`` and ``${VAR:-default}`` in the tree's texts, in place.

    ``$${`` stands for a plain ``${``. As in a shell the default is also taken where the variable
    is empty. Returns the places that now hold :class:`Unset`: the environment may still give them
    another value, so that only :func:`settle` can tell which are faults.
    """
    unset: list[Place] = []
    for holder, key, place in list(_texts(tree)):
        text: str = holder[key]
        if "${" not in text:
            continue
        report.written[place] = text
        try:
            holder[key] = _MENTION.sub(lambda mention: _value(mention, environ), text)
        except _NoValueError as error:
            holder[key] = Unset(str(error))
            unset.append(place)
    return unset


def _value(mention: re.Match[str], environ: Mapping[str, str]) -> str:
    plain, name, default = mention.groups()
    if plain:
        return "${"
    if name is None:
        raise _NoValueError("expected ${NAME} or ${NAME:-default}; a plain ${ is written $${")
    if default is not None:
        return environ.get(name) or default
    if name not in environ:
        raise _NoValueError(f"${{{name}}}: the environment variable {name} is not set")
    return environ[name]


def _texts(tree: Json, place: Place = ()) -> Iterator[tuple[Any, str | int, Place]]:
    """Yield the holder, the key in it and the place of every text."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        if isinstance(value, str):
            yield tree, key, (*place, key)
        elif isinstance(value, dict | list):
            yield from _texts(value, (*place, key))


def settle(tree: JsonObject, unset: Iterable[Place], report: ConfigReport) -> None:
    """Report each place of ``unset`` that still holds :class:`Unset`, and put None there.

    The secret of a disabled backend is no fault: it is dropped.
    """
    for place in unset:
        *way, key = place
        holder = _at(tree, way)
        value = _at(holder, [key])
        if not isinstance(value, Unset):
            continue
        if _is_spare(tree, place):
            del holder[key]
        else:
            holder[key] = None
            report.unset.add(place)
            report.fault(place, value.fault)


def drop_empty_keys(tree: JsonObject) -> None:
    """Drop each ``api_key: ""``, as an empty variable gives it: it is no key."""
    backends = tree.get("backends")
    for backend in backends if isinstance(backends, list) else ():
        if isinstance(backend, dict) and backend.get("api_key") == "":
            del backend["api_key"]


def _is_spare(tree: JsonObject, place: Place) -> bool:
    match place:
        case ("backends", int(index), str(), *_) if is_secret(place):
            enabled = tree["backends"][index].get("enabled")
            return str(enabled).lower() in ("false", "0", "no", "off")
    return False


def _at(tree: Json, place: Iterable[str | int]) -> Json:
    """Return what is at a place, or None where there is no such place."""
    for step in place:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tree
