"""Merging the parts of a schema that apply to one place: every keyword is folded into one node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from mockwright.generator.constraints import (
    ChoiceGroup,
    Constraints,
    Contains,
    Contradiction,
    Fields,
    Items,
    settle,
)
from mockwright.generator.negate import alternatives
from mockwright.generator.number_range import fraction
from mockwright.schema.document import Document, Subschema
from mockwright.schema.edit import equal
from mockwright.schema.keywords import join
from mockwright.schema.regex import search
from mockwright.schema.types import is_number
from mockwright.types import Json, JsonObject

_LIMITS: Final[dict[str, Callable[..., Any]]] = {
    **dict.fromkeys(("exclusiveMaximum", "maximum", "maxLength", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("exclusiveMinimum", "minimum", "minLength", "minItems", "minProperties"), max),
}
"""Keywords of which the narrower value holds, and what picks it."""
_NOTES: Final = frozenset(
    ["title", "description", "default", "examples", "example", "contentEncoding",
     "contentMediaType", "readOnly", "writeOnly", "deprecated", "$comment"]
)  # fmt: skip
"""Keywords that ask for nothing; the first one found is kept, for the realist to read."""

MAX_UNION: Final = 6
"""Options of an ``anyOf`` that are also tried all at once."""


class Merger:
    """Makes the nodes of one document, each combination of parts once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes: dict[tuple[Any, ...], Constraints] = {}
        self.free = self.node(())
        """The node that allows everything."""

    def node(self, parts: tuple[Subschema, ...], decided: frozenset[tuple[int, str]] = frozenset(),
             strict: bool = False) -> Constraints:  # fmt: skip
        """Return the node of ``parts``, in which the ``decided`` choices are no longer open.

        ``strict`` makes choices of negations, too.
        """
        key = (tuple(part.number for part in parts), decided, strict)
        known = self.nodes.get(key)
        if known is None:
            known = self.nodes[key] = Constraints(parts)
            _Merge(self.document, known, decided, strict).run()
            known.memo["key"] = (decided, strict)
        return known

    def chosen(
        self, node: Constraints, group: ChoiceGroup, option: int, strict: bool
    ) -> Constraints:
        """Return the node after taking an option of one of its choices.

        Of a strict ``oneOf``, the other options are negated.
        """
        key = ("chosen", group.name, option, strict)
        known: Constraints | None = node.memo.get(key)
        if known is None:
            decided, _ = node.memo["key"]
            added = list(group.options[option])
            if group.kind == "oneOf" and strict:
                others = [o[0] for i, o in enumerate(group.options) if i != option]
                added += [self.negation(other) for other in others]
            parts = tuple(dict.fromkeys((*node.parts, *added)))
            known = node.memo[key] = self.node(parts, decided | {group.name}, strict)
        return known

    def negation(self, part: Subschema) -> Subschema:
        """Return a part that holds where ``part`` does not, the same one each time."""
        known = self.document.negations.get(part.number)
        if known is None:
            known = self.document.made_up({"not": part.schema}, part)
            self.document.negations[part.number] = known
        return known

    def stricter(self, node: Constraints) -> Constraints:
        """Return the node with negations as choices of their own."""
        known: Constraints | None = node.memo.get("strict")
        if known is None:
            decided, _ = node.memo["key"]
            known = node.memo["strict"] = self.node(node.parts, decided, True)
        return known

    def field(self, node: Constraints, name: str) -> Constraints:
        """Return the node of the property ``name``."""
        known: Constraints | None = node.memo.get(("field", name))
        if known is None:
            parts: list[Subschema] = []
            evaluated = False
            for fields in node.fields:
                own = list(_parts_of_field(fields, name))
                evaluated = evaluated or bool(own)
                parts += own
            if not evaluated and node.unevaluated_properties is not None:
                parts.append(node.unevaluated_properties)
            known = node.memo["field", name] = self.node(tuple(dict.fromkeys(parts)))
        return known

    def item(self, node: Constraints, index: int, extra: tuple[Subschema, ...] = ()) -> Constraints:
        """Return the node of the item at ``index``, with ``extra`` asked of it, too."""
        widest = max((len(items.prefix) for items in node.items), default=0)
        # All items behind the last one with a schema of its own are alike.
        key = ("item", min(index, widest), extra)
        known: Constraints | None = node.memo.get(key)
        if known is None:
            parts: list[Subschema] = []
            for items in node.items:
                if index < len(items.prefix):
                    parts.append(items.prefix[index])
                elif items.rest is not None:
                    parts.append(items.rest)
            if not parts and not extra and node.unevaluated_items is not None:
                parts.append(node.unevaluated_items)
            parts += extra
            known = node.memo[key] = self.node(tuple(dict.fromkeys(parts)))
        return known


def _parts_of_field(fields: Fields, name: str) -> Iterator[Subschema]:
    found = False
    if name in fields.properties:
        found = True
        yield fields.properties[name]
    for pattern, part in fields.patterns:
        if search(pattern, name):
            found = True
            yield part
    if not found and fields.additional is not None:
        yield fields.additional


class _Merge:
    """One merging, keyword by keyword; each method takes in what one kind of keyword asks."""

    def __init__(self, document: Document, node: Constraints, decided: frozenset[tuple[int, str]],
                 strict: bool) -> None:  # fmt: skip
        self.document = document
        self.node = node
        self.decided = decided
        self.strict = strict
        self.seen: set[int] = set()

    def run(self) -> None:
        node = self.node
        try:
            queue = list(node.parts)
            while queue:
                part = queue.pop(0)
                if part.number not in self.seen:
                    self.seen.add(part.number)
                    node.weight += 1
                    # What a part draws in comes next, so that keywords are met in the
                    # order of the document.
                    queue[:0] = self.fold(part)
            settle(node)
        except Contradiction as contradiction:
            node.dead = contradiction

    def fold(self, part: Subschema) -> list[Subschema]:
        schema = part.schema
        if isinstance(schema, bool):
            if not schema:
                raise Contradiction((part.pointer, "nothing is allowed here"))
            return []
        more = list(self.document.references(part))
        if more and self.document.old:
            return more
        if more:
            self.node.risky = (
                self.node.risky or "$dynamicRef" in schema or "$recursiveRef" in schema
            )
        more += [self.document.child(part, "allOf", i) for i in range(len(schema.get("allOf", ())))]
        if part.made_up:
            self.private(part, schema)
        self.scalars(part, schema)
        self.objects(part, schema)
        self.arrays(part, schema)
        self.choices(part, schema)
        return more

    def private(self, part: Subschema, schema: JsonObject) -> None:
        """Take in what only a part made up by ``negate.py`` can say."""
        node = self.node
        node.excluded.extend(schema.get("$excluded", ()))
        if "$notPattern" in schema:
            node.not_patterns.append(schema["$notPattern"])
        if "$notMultiple" in schema:
            node.memo.setdefault("not_multiples", []).append(schema["$notMultiple"])
        if "$badName" in schema:
            node.memo.setdefault("bad_names", []).append(
                self.document.made_up({"not": schema["$badName"]}, part)
            )
        for word in ("surplus", "repeat"):
            if f"${word}" in schema:
                node.memo[word] = True

    def scalars(self, part: Subschema, schema: JsonObject) -> None:
        node = self.node
        if "type" in schema:
            self.types(part, schema["type"])
        if "const" in schema:
            self.options(part, "const", [schema["const"]])
        if isinstance(schema.get("enum"), list):
            self.options(part, "enum", schema["enum"])
        if isinstance(schema.get("pattern"), str) and schema["pattern"] not in node.patterns:
            node.patterns.append(schema["pattern"])
            node.origin[f"pattern {schema['pattern']}"] = f"{part.pointer}/pattern"
        if isinstance(schema.get("format"), str) and schema["format"] not in node.formats:
            node.formats.append(schema["format"])
            node.origin[f"format {schema['format']}"] = f"{part.pointer}/format"
        if is_number(schema.get("multipleOf")) and schema["multipleOf"] > 0:
            node.multiples.append(fraction(schema["multipleOf"]))
            node.words["multipleOf"] = schema["multipleOf"]
        for keyword in schema.keys() & _LIMITS.keys():
            self.limit(part, keyword, schema, _LIMITS[keyword])
        for keyword in schema.keys() & _NOTES:
            node.words.setdefault(keyword, schema[keyword])

    def types(self, part: Subschema, stated: Json) -> None:
        wanted = set(stated if isinstance(stated, list) else [stated])
        # An integer is a number.
        if "number" in wanted:
            wanted.add("integer")
        node = self.node
        left = node.types & wanted
        if not left:
            here = (f"{part.pointer}/type", f"type {stated!r} leaves none of {sorted(node.types)}")
            if part.made_up:
                here = (
                    part.pointer,
                    f"must not hold here, but all {sorted(node.types)} satisfy it",
                )
            before = (
                [(node.origin["type"], "another type is asked")] if "type" in node.origin else []
            )
            raise Contradiction(here, *before)
        node.types = left
        node.stated_type = True
        node.origin["type"] = f"{part.pointer}/type"

    def options(self, part: Subschema, keyword: str, values: list[Json]) -> None:
        node = self.node
        pointer = f"{part.pointer}/{keyword}"
        if node.enum is None:
            node.enum = list(values)
        else:
            node.enum = [v for v in node.enum if any(equal(v, other) for other in values)]
            if not node.enum:
                before = node.origin.get("enum", "")
                raise Contradiction((pointer, f"no value is also in {before or '/'}"))
        node.origin["enum"] = pointer

    def limit(
        self, part: Subschema, keyword: str, schema: JsonObject, narrower: Callable[..., Any]
    ) -> None:
        value = schema.get(keyword)
        if value is True and keyword.startswith("exclusive"):
            base = schema.get(keyword.replace("exclusiveM", "m"))
            # Draft-04, where it is a boolean beside the bound.
            value = base
        if not is_number(value):
            return
        node = self.node
        known = node.words.get(keyword)
        if known is None or narrower(known, value) != known:
            node.words[keyword] = value
            node.origin[keyword] = f"{part.pointer}/{keyword}"

    def objects(self, part: Subschema, schema: JsonObject) -> None:
        node, child = self.node, self.document.child
        properties = {
            name: child(part, "properties", name) for name in schema.get("properties", ())
        }
        patterns = tuple(
            (name, child(part, "patternProperties", name))
            for name in schema.get("patternProperties", ())
        )
        additional = (
            child(part, "additionalProperties") if "additionalProperties" in schema else None
        )
        if properties or patterns or additional is not None:
            node.fields.append(Fields(properties, patterns, additional))
        required = schema.get("required")
        for name in required if isinstance(required, list) else ():
            node.required.setdefault(name, f"{part.pointer}/required")
        if "propertyNames" in schema:
            node.names.append(child(part, "propertyNames"))
            node.risky = True
        if "unevaluatedProperties" in schema:
            node.unevaluated_properties = child(part, "unevaluatedProperties")
            node.risky = True
        self.dependencies(part, schema)

    def dependencies(self, part: Subschema, schema: JsonObject) -> None:
        for keyword in ("dependencies", "dependentSchemas", "dependentRequired"):
            found = schema.get(keyword)
            # An older draft's meta-schema lets anything stand under a newer one's keyword.
            for name, wanted in found.items() if isinstance(found, dict) else ():
                if isinstance(wanted, list):
                    self.node.dependents.setdefault(name, []).extend(wanted)
                    self.node.origin[f"dependents {name}"] = f"{part.pointer}{join(keyword, name)}"
                else:
                    self.depends(part, keyword, name)

    def depends(self, part: Subschema, keyword: str, name: str) -> None:
        known = self.document.dependents.get((part.number, keyword, name))
        if known is None:
            # Either the property is there and what it draws in holds, or it is not there.
            present = self.document.made_up({"required": [name]}, part)
            absent = self.document.made_up({"properties": {name: False}}, part)
            then = self.document.child(part, keyword, name)
            known = ChoiceGroup(
                (part.number, f"{keyword}/{name}"), "depends", ((present, then), (absent,)),
                f"{part.pointer}/{keyword}",
            )  # fmt: skip
            self.document.dependents[part.number, keyword, name] = known
        self.open(known)

    def arrays(self, part: Subschema, schema: JsonObject) -> None:
        node, child = self.node, self.document.child
        prefix: tuple[Subschema, ...] = ()
        rest: Subschema | None = None
        items = schema.get("items")
        if isinstance(items, list):
            prefix = tuple(child(part, "items", i) for i in range(len(items)))
            if "additionalItems" in schema:
                rest = child(part, "additionalItems")
        elif items is not None:
            rest = child(part, "items")
        if isinstance(schema.get("prefixItems"), list):
            prefix = tuple(child(part, "prefixItems", i) for i in range(len(schema["prefixItems"])))
        if prefix or rest is not None:
            node.items.append(Items(prefix, rest))
        if schema.get("uniqueItems") is True:
            node.words["uniqueItems"] = True
        if "contains" in schema:
            low, high = schema.get("minContains", 1), schema.get("maxContains")
            node.contains.append(Contains(child(part, "contains"), int(low), high))
            node.risky = True
        if "unevaluatedItems" in schema:
            node.unevaluated_items = child(part, "unevaluatedItems")
            node.risky = True

    def choices(self, part: Subschema, schema: JsonObject) -> None:
        child = self.document.child
        for kind in ("anyOf", "oneOf"):
            if isinstance(schema.get(kind), list):
                branches = [child(part, kind, i) for i in range(len(schema[kind]))]
                options: list[tuple[Subschema, ...]] = [(branch,) for branch in branches]
                # All branches at once may be possible where none alone is.
                if kind == "anyOf" and self.strict and 1 < len(options) <= MAX_UNION:
                    options.append(tuple(branches))
                place = f"{part.pointer}/{kind}"
                self.open(ChoiceGroup((part.number, kind), kind, tuple(options), place))
                self.node.risky = True
        if "if" in schema and ("then" in schema or "else" in schema):
            self.conditional(part, schema)
        if "not" in schema:
            self.node.risky = True
            if self.strict:
                self.negation(part, schema["not"])

    def conditional(self, part: Subschema, schema: JsonObject) -> None:
        child = self.document.child
        met = child(part, "if")
        unmet = self.document.negations.get(met.number)
        if unmet is None:
            unmet = self.document.negations[met.number] = self.document.made_up(
                {"not": schema["if"]}, met
            )
        # Either the condition is met and `then` holds, or it is not and `else` does.
        then = (met, child(part, "then")) if "then" in schema else (met,)
        other = (unmet, child(part, "else")) if "else" in schema else (unmet,)
        self.open(ChoiceGroup((part.number, "if"), "if", (then, other), f"{part.pointer}/if"))
        self.node.risky = True

    def negation(self, part: Subschema, negated: Json) -> None:
        base = self.document.part(negated, part.resolver, f"{part.pointer}/not")
        options = tuple((option,) for option in alternatives(self.document, base))
        self.open(ChoiceGroup((part.number, "not"), "not", options, f"{part.pointer}/not"))

    def open(self, group: ChoiceGroup) -> None:
        if group.name not in self.decided:
            self.node.groups.append(group)
