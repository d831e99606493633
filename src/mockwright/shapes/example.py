"""Reading an example shape into a Shape: one JSON Schema that the example itself satisfies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mockwright import jsontext
from mockwright.errors import ShapeError
from mockwright.schema.keywords import join, split
from mockwright.schema.validate import compile_schema
from mockwright.shapes import distributions
from mockwright.shapes.count import MAX_TOTAL, edit_list, find_lists, repeat, required_items
from mockwright.shapes.type_words import nearest, parse_word
from mockwright.types import Json, JsonObject, Shape

DIRECTIVES: Final = frozenset(
    [
        "cache",
        "cacheCount",
        "count",
        "error",
        "prompt",
        "ref",
        "seed",
        "unique",
        *distributions.BESIDE,
    ]
)
"""The names of directives, without their ``$``."""
_ONLY_AT_TOP: Final = frozenset(["cache", "cacheCount", "error", "seed"])
"""Directives that are about the whole answer."""
_MAX_COUNT: Final = 10_000
"""Items that one ``$count`` may ask for."""
_MAX_EXAMPLES: Final = 10
"""Examples that are kept of one field."""

Place = tuple[str | int, ...]
"""Names and indexes that lead to a place in the shape, or in an answer, where ``*`` is each
item.
"""


def read_example(raw: Json) -> Shape:
    """Return the shape of an example. Raises ShapeError with a pointer into ``raw``."""
    reader = _Reader(raw)
    schema = reader.read(raw, (), ())
    # The directives of a list stand in its one item.
    top = raw[0] if isinstance(raw, list) and len(raw) == 1 else raw
    is_object = isinstance(top, dict) and not distributions.is_leaf(top, top=True)
    directives = read_directives(top) if is_object else {}
    if reader.repeated is not None:
        schema = repeat(schema, reader.repeated)
    if reader.counted and required_items(schema, uncounted=1) > MAX_TOTAL:
        raise ShapeError(f"the counts ask for more than {MAX_TOTAL} items in all")
    own = {name: value for name, value in directives.items() if name not in distributions.BESIDE}
    return Shape(schema=schema, source="example", directives={**own, **reader.collected()})


def read_directives(members: JsonObject) -> JsonObject:
    """Return the ``$`` members without their ``$``, those of the cache under one name.

    Only ``$count`` is checked here: the others are controls, which their own readers know. Raises
    ShapeError for an unknown directive.
    """
    found: JsonObject = {}
    for key, value in members.items():
        if not key.startswith("$"):
            continue
        _check_known(key, "")
        name = "cache" if key == "$cacheCount" else key[1:]
        if found.get(name, value) != value:
            raise ShapeError("$cache and $cacheCount are one directive, and differ", join(key))
        found[name] = _checked_count(value, join(key)) if name == "count" else value
    return found


@dataclass(slots=True)
class _Reader:
    """Reads one example, and collects what its directives say of places."""

    raw: Json
    unique: JsonObject = field(default_factory=dict)
    """Places in the answer where values differ item by item, as JSON pointers with ``*`` for each
    item.
    """
    computed: list[Json] = field(default_factory=list)
    """Statements of what is computed rather than written, each with its place in the answer."""
    counted: bool = False
    """Whether any list has a count."""
    repeated: int | None = None
    """How often the whole shape is repeated, where ``$count`` stands in a shape without a list."""

    def collected(self) -> JsonObject:
        """Return the directives that belong to places."""
        both = {"unique": self.unique, "computed": self.computed}
        return {name: places for name, places in both.items() if places}

    def read(self, value: Json, path: Place, place: Place) -> JsonObject:
        """Return the schema of ``value``.

        ``path`` leads to it in the shape, ``place`` to what it stands for in answers.
        """
        if isinstance(value, dict):
            return self._object_schema(value, path, place)
        if isinstance(value, list):
            return self._list_schema(value, path, place)
        if isinstance(value, str):
            return self._text_schema(value, path)
        if value is None:
            # An example of null says that null is fine, not that nothing else is.
            return {"default": None}
        kinds = {bool: "boolean", int: "integer", float: "number"}
        if type(value) not in kinds:
            raise ShapeError(f"{type(value).__name__} is no JSON value", join(*path))
        # Numbers are not kept as examples: 0 and 9.99 alike stand for "a number".
        return {"type": kinds[type(value)]}

    def _text_schema(self, text: str, path: Place) -> JsonObject:
        schema = parse_word(text, join(*path))
        # That of `phone` has a format, and is known to be good.
        if "pattern" in schema and "format" not in schema:
            try:
                compile_schema(schema)
            except ShapeError as error:
                raise ShapeError(f"{text[:80]!r} is no regular expression", join(*path)) from error
        return schema

    def _list_schema(self, items: list[Json], path: Place, place: Place) -> JsonObject:
        count = None
        if len(items) == 1 and _counts_itself(items[0]):
            count = _checked_count(items[0]["$count"], join(*path, 0, "$count"))
            self.counted = True
            items = [{key: value for key, value in items[0].items() if key != "$count"}]
        read = [self.read(item, (*path, i), (*place, "*")) for i, item in enumerate(items)]
        kinds = _distinct(read)
        schema: JsonObject = {"type": "array"}
        if kinds:
            schema["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        if len(items) > 1 and all(type(item) in (int, float) for item in items):
            # ``[0.0, 0.0]``: a pair of coordinates, a vector; how many is part of the form.
            count = len(items)
        return schema if count is None else {**schema, "minItems": count, "maxItems": count}

    def _object_schema(self, members: JsonObject, path: Place, place: Place) -> JsonObject:
        if "$ref" in members:
            return self._reference_schema(members, path)
        if distributions.is_leaf(members, top=not path):
            self.computed.append(distributions.leaf_statement(members, place, join(*path)))
            return distributions.leaf_schema(members, join(*path))
        properties: JsonObject = {}
        required: list[str] = []
        for key, value in members.items():
            if key.startswith("$"):
                self._check_directive(key, path)
                continue
            # `nickname?` may be left out.
            name = key[:-1] if key.endswith("?") and len(key) > 1 else key
            if name in properties:
                raise ShapeError(f"the field {name!r} stands here twice", join(*path, key))
            properties[name] = self.read(value, (*path, key), (*place, name))
            if name == key:
                required.append(name)
        schema: JsonObject = {"type": "object"}
        if properties:
            schema |= {"properties": properties, "required": required}
            schema["additionalProperties"] = False
        return self._with_directives(schema, members, path, place)

    def _with_directives(
        self, schema: JsonObject, members: JsonObject, path: Place, place: Place
    ) -> JsonObject:
        """Return ``schema`` under the directives that stand in this object."""
        for name in distributions.BESIDE:
            if f"${name}" in members:
                self._note_computed(name, schema, members[f"${name}"], path, place)
        # At the top it is about the whole answer, and stays a directive.
        if "$prompt" in members and path:
            schema["description"] = _checked_prompt(members["$prompt"], join(*path, "$prompt"))
        if "$unique" in members:
            schema = self._with_unique(schema, members["$unique"], path, place)
        if "$count" in members:
            schema = self._with_count(schema, members["$count"], path)
        return schema

    def _with_count(self, schema: JsonObject, raw: Json, path: Place) -> JsonObject:
        n = _checked_count(raw, join(*path, "$count"))
        self.counted = True
        lists = list(find_lists(schema))
        if lists:
            # The list that stands right beside the directive is meant before one further inside.
            beside = [steps for steps in lists if len(steps) == 1]
            return edit_list(schema, (beside or lists)[0], n, free=True)
        if path:
            raise ShapeError("$count stands beside the list it means", join(*path, "$count"))
        self.repeated = n
        return schema

    def _note_computed(
        self, name: str, schema: JsonObject, raw: Json, path: Place, place: Place
    ) -> None:
        """Note what ``$ratio: {field: ...}`` and its like ask of the fields here.

        They stand beside the fields, or beside the list whose items have them.
        """
        pointer = join(*path, f"${name}")
        if name in distributions.BETWEEN:
            listed = raw if isinstance(raw, list) else [raw]
            self.computed += [{"at": join(*place), name: statement} for statement in listed]
            return
        if not isinstance(raw, dict):
            raise ShapeError(f"${name} here is an object of fields: {{field: ...}}", pointer)
        properties = schema.get("properties", {})
        lists = [held for held, item in properties.items() if item.get("type") == "array"]
        for key, value in raw.items():
            found = self._field_place(key, properties, lists, place, pointer)
            self.computed.append({"path": found, name: value})

    def _with_unique(self, schema: JsonObject, raw: Json, path: Place, place: Place) -> JsonObject:
        """Return ``schema`` under ``$unique``: ``true`` is for a list, names are for fields."""
        pointer = join(*path, "$unique")
        properties = schema.get("properties", {})
        lists = [name for name, item in properties.items() if item.get("type") == "array"]
        if raw is True:
            if not lists:
                raise ShapeError("$unique: true stands beside the list it means", pointer)
            edited = {**properties[lists[0]], "uniqueItems": True}
            return {**schema, "properties": {**properties, lists[0]: edited}}
        names = [raw] if isinstance(raw, str) else raw
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ShapeError("$unique is true, a field's name or a list of names", pointer)
        for name in names:
            self.unique[self._field_place(name, properties, lists, place, pointer)] = True
        return schema

    def _field_place(
        self, name: str, properties: JsonObject, lists: list[str], place: Place, pointer: str
    ) -> str:
        if name in properties and (name not in lists or "*" in place):
            return join(*place, name)
        for held in lists:
            if name in properties[held].get("items", {}).get("properties", {}):
                return join(*place, held, "*", name)
        fields = ", ".join(properties) or "none"
        raise ShapeError(f"no list here has a field {name[:80]!r}; fields: {fields}", pointer)

    def _reference_schema(self, members: JsonObject, path: Place) -> JsonObject:
        """Return the schema of ``{"$ref": "#/users/0"}``: that of another part of the shape."""
        pointer = join(*path, "$ref")
        if surplus := [key for key in members if key not in ("$ref", "$prompt")]:
            raise ShapeError(f"nothing stands beside $ref; got {surplus[0][:80]!r}", pointer)
        ref, seen = members["$ref"], set()
        while True:
            target, steps = self._resolve(ref, pointer)
            if not isinstance(target, dict) or "$ref" not in target:
                return {"$ref": "#" + join(*steps)}
            if ref in seen:
                raise ShapeError("a circle of references with nothing in it", pointer)
            seen.add(ref)
            ref = target["$ref"]

    def _resolve(self, ref: Json, pointer: str) -> tuple[Json, list[str]]:
        """Return what a reference leads to in the shape, and the way there in the schema."""
        if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
            raise ShapeError("$ref names a part of this shape, as in '#/users/0'", pointer)
        value, steps = self.raw, list[str]()
        for step in split(ref[1:]):
            key = step if not isinstance(value, dict) or step in value else f"{step}?"
            if isinstance(value, dict) and key in value and not key.startswith("$"):
                value = value[key]
                steps += ["properties", key[:-1] if key.endswith("?") else key]
            elif isinstance(value, list) and step == "0" and len(value) == 1:
                value = value[0]
                steps.append("items")
            else:
                raise ShapeError(f"{ref[:80]!r} names no part of this shape", pointer)
        return value, steps

    def _check_directive(self, key: str, path: Place) -> None:
        _check_known(key, join(*path, key))
        if key[1:] in _ONLY_AT_TOP and any(isinstance(step, str) for step in path):
            raise ShapeError(f"{key} stands only at the top of a shape", join(*path, key))


def _check_known(key: str, pointer: str) -> None:
    if key[1:] not in DIRECTIVES:
        close = nearest(key[1:60].lower(), DIRECTIVES)
        hint = f"did you mean '${close}'?" if close else f"known: ${', $'.join(sorted(DIRECTIVES))}"
        raise ShapeError(f"unknown directive {key[:60]!r}; {hint}", pointer or join(key))


def _checked_count(raw: Json, pointer: str) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= _MAX_COUNT:
        raise ShapeError(f"$count is a whole number from 0 to {_MAX_COUNT}", pointer)
    return raw


def _checked_prompt(raw: Json, pointer: str) -> str:
    if not isinstance(raw, str):
        raise ShapeError("$prompt is text", pointer)
    return raw


def _counts_itself(item: Json) -> bool:
    """Whether ``$count`` in an item, with no list in it to mean, means the list it is in."""
    return isinstance(item, dict) and "$count" in item and not _holds_list(item)


def _holds_list(value: Json) -> bool:
    if isinstance(value, dict):
        return any(_holds_list(item) for key, item in value.items() if not key.startswith("$"))
    return isinstance(value, list) or (isinstance(value, str) and value.strip().endswith("[]"))


def _distinct(schemas: list[JsonObject]) -> list[JsonObject]:
    """Return the schemas, each once; those that differ only in their examples are one."""
    found: dict[bytes, JsonObject] = {}
    for schema in schemas:
        key = jsontext.canonical(_without_examples(schema))
        found[key] = _with_both_examples(found[key], schema) if key in found else schema
    integer, number = b'{"type":"integer"}', b'{"type":"number"}'
    # `[1, 2.5]` is a list of numbers, not of integers or numbers.
    if number in found:
        found.pop(integer, None)
    return list(found.values())


def _without_examples(schema: Json) -> Json:
    """Return the schema without its examples."""
    if isinstance(schema, dict):
        hint = isinstance(schema.get("examples"), list)
        return {
            k: _without_examples(v) for k, v in schema.items() if not (hint and k == "examples")
        }
    return [_without_examples(item) for item in schema] if isinstance(schema, list) else schema


def _with_both_examples(a: Json, b: Json) -> Json:
    """Return two schemas that are equal but for their examples as one, with all examples."""
    if not isinstance(a, dict):
        return a
    result = {key: _with_both_examples(value, b.get(key, value)) for key, value in a.items()}
    if isinstance(a.get("examples"), list) or isinstance(b.get("examples"), list):
        both = [*_examples(a), *_examples(b)]
        result["examples"] = list(dict.fromkeys(both))[:_MAX_EXAMPLES]
    return result


def _examples(schema: JsonObject) -> list[Json]:
    examples = schema.get("examples", [])
    return examples if isinstance(examples, list) else []
