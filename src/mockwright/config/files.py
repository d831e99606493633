"""A configuration file as a plain tree: YAML, JSON or TOML, by the file's ending."""

from __future__ import annotations

import datetime
import json
import math
import re
import tomllib
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic_settings import BaseSettings, InitSettingsSource

from mockwright.config.dotnet import from_ancestor
from mockwright.config.errors import ConfigReport
from mockwright.config.expansion import drop_empty_keys, expand, settle
from mockwright.errors import ConfigError
from mockwright.types import Json, JsonObject

MAX_BYTES = 2**20
MAX_DEPTH = 64
MAX_VALUES = 100_000
"""How many values a file may come to once its YAML aliases are followed."""
_MAX_MERGED = 10_000
"""How many pairs one mapping may have, with those that it merges."""
_MERGE = "tag:yaml.org,2002:merge"


class FileSettingsSource(InitSettingsSource):
    """Gives what a file says, in our form or the ancestor's, with its variables expanded.

    pydantic-settings' own sources for files take a key given twice and a missing file as they come,
    and do not tell which key a value came from. Raises ConfigError for a file that cannot be read.
    """

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        path: Path | None,
        environ: Mapping[str, str],
        report: ConfigReport,
    ) -> None:
        tree = from_ancestor(read_file(path), report) if path else {}
        self.unset = expand(tree, environ, report)
        self._report = report
        super().__init__(settings_cls, tree)

    def __call__(self) -> JsonObject:
        """Return the sections that no source before this one has given.

        Those are whole already. Merging them once more, as pydantic-settings does, would bring
        back what a variable has replaced.
        """
        left = {key: it for key, it in self.init_kwargs.items() if key not in self.current_state}
        settle(left, self.unset, self._report)
        drop_empty_keys(left)
        return left


def read_file(path: Path) -> JsonObject:
    """Return the file's mapping; ConfigError names the file, and the line where there is one."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        endings = ", ".join(_READERS)
        raise ConfigError(f"{path}: cannot read a {path.suffix or 'nameless'} file; use {endings}")
    try:
        tree = _plain(reader(_text(path)))
    except RecursionError:
        raise ConfigError(f"{path}: nested deeper than {MAX_DEPTH} levels") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected a mapping of keys to values at the top")
    return tree


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError("there is no such file") from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"larger than {MAX_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8: byte {error.start}") from None


class _Loader(yaml.SafeLoader):
    """Reads YAML without its surprises: a key given twice is an error, a date stays text.

    What ``<<`` merges is put together here. Releases of PyYAML differ in which of several mappings
    wins: up to 6.0.3 the first, as YAML's merge key has it; in 6.0.4 mostly the last.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key, yaml.ScalarNode) else False:
                raise _at(key.start_mark, f"key {key.value!r} is given twice")
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else "")
        return node

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put what ``<<`` names before the pairs of ``node``, of which the last of a key wins."""
        named = [value for key, value in node.value if key.tag == _MERGE]
        # First of all, as a mapping may name itself.
        node.value = own = [pair for pair in node.value if pair[0].tag != _MERGE]
        merged: list[Any] = []
        for value in reversed([one for several in named for one in _mappings(several)]):
            self.flatten_mapping(value)
            merged += value.value
            # They double with each level of ``<<: [*a, *a]``; stop while they are still few.
            if len(merged) + len(own) > _MAX_MERGED:
                raise _at(node.start_mark, "too many merged keys")
        node.value = merged + own
        super().flatten_mapping(node)


def _mappings(merged: yaml.Node) -> list[yaml.MappingNode]:
    """What a ``<<`` names: one mapping, or a list of them."""
    mappings: list[Any] = merged.value if isinstance(merged, yaml.SequenceNode) else [merged]
    for one in mappings:
        if not isinstance(one, yaml.MappingNode):
            told = f"expected a mapping or list of mappings for merging, but found {one.id}"
            raise _at(one.start_mark, told)
    return mappings


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _at(mark: Any, message: str) -> ConfigError:
    return ConfigError(f"line {mark.line + 1}, column {mark.column + 1}: {message}")


def _yaml(text: str) -> Json:
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - _Loader is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "not YAML"
        raise (_at(mark, problem) if mark else ConfigError(problem)) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"not YAML: {error}") from None


_JSON_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_JSON_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')


def _json(text: str) -> Json:
    """Read JSON as .NET reads its settings: with comments and trailing commas."""
    # What is passed over becomes spaces, so that the lines and columns of faults stay true.
    for passed_over in (_JSON_COMMENT, _JSON_COMMA):
        text = passed_over.sub(lambda m: m[1] or re.sub(r"[^\n]", " ", m[0]), text)
    if not text.strip():
        return None
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_not_json)
    except json.JSONDecodeError as error:
        raise ConfigError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _once(pairs: list[tuple[str, Json]]) -> JsonObject:
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            raise ConfigError(f"key {key!r} is given twice")
        found[key] = value
    return found


def _not_json(word: str) -> Json:
    raise ConfigError(f"{word} is no JSON value")


def _toml(text: str) -> Json:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}") from None


_READERS: dict[str, Callable[[str], Json]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": _json,
    ".toml": _toml,
}


def _plain(tree: Any) -> Json:
    """Return a copy that shares nothing and holds only JSON's kinds of values, within bounds."""
    left = MAX_VALUES

    def copy(value: Any, depth: int) -> Json:
        nonlocal left
        left -= 1
        if left < 0:
            raise ConfigError(f"more than {MAX_VALUES} values once its aliases are followed")
        if depth > MAX_DEPTH:
            raise ConfigError(f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            return {_key(key): copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [copy(item, depth + 1) for item in value]
        return _scalar(value)

    return copy(tree, 0)


def _key(key: Hashable) -> str:
    if isinstance(key, str):
        return key
    raise ConfigError(f"key {key!r} is not text; put it in quotes")


def _scalar(value: Any) -> Json:
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{value} is no JSON value")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    raise ConfigError(f"{type(value).__name__} values cannot be used here")
