"""Flows that nobody has written: for a pattern that is asked for by name, and for ``auto``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from mockwright.planning.choose_pattern import Decision
from mockwright.schema.keywords import Schema
from mockwright.settings import FlowSettings
from mockwright.types import JsonObject, Pattern, Tier

PATTERNS: Final[tuple[Pattern, ...]] = ("single", "pipeline", "parallel", "loop", "route")
"""The names of the patterns, which may be asked for as flows."""
_LATER: Final = 3
"""The number of aspects from which on the last ones have a stage of their own."""
_IN_A_LIST: Final = 3
"""The items of a list of no fixed length, when its items are made in parts."""


def generic_flow(
    pattern: Pattern, decision: Decision, schema: Schema, *, judged: bool
) -> FlowSettings:
    """Return the flow of a pattern for an answer of ``schema``.

    Small parts are for the fast tier, what builds on others for quality, the last word for premium.
    ``judged`` tells whether there is a model to judge.
    """
    match pattern:
        case "single":
            return FlowSettings()
        case "pipeline":
            return _pipeline(decision, schema)
        case "parallel":
            return _parallel(decision, schema)
        case "loop":
            return _loop(FlowSettings(tier="fast"), judged=judged)
        case "route" if decision.pattern == "route":
            return _route(decision, schema, judged=judged)
        case "route":
            return FlowSettings(pattern="route")


def _pipeline(decision: Decision, schema: Schema) -> FlowSettings:
    names, path = decision.aspects.names, decision.aspects.path
    inner = item_schema(schema, path)
    own = [name for name in names if name in _properties(inner)]
    plain = [name for name in _properties(inner) if name not in own]
    # With nothing to build on, or nothing to add, there is a draft and its refinement.
    if not own or not plain:
        stages = [
            FlowSettings(name="generate", tier="fast"),
            FlowSettings(name="refine", tier="quality"),
        ]
        return FlowSettings(stages=tuple(stages))
    groups = (
        [own] if len(own) < _LATER else [own[: (len(own) + 1) // 2], own[(len(own) + 1) // 2 :]]
    )
    made: list[tuple[str, Tier, list[str]]] = [("generate", "fast", plain)]
    made += [(n, "quality", g) for n, g in zip(("enrich", "complete"), groups, strict=False)]
    return FlowSettings(
        stages=tuple(
            FlowSettings(name=name, tier=tier, shape=_with_draft(select(schema, path, group)))
            for name, tier, group in made
        )
    )


def _parallel(decision: Decision, schema: Schema) -> FlowSettings:
    names, path = decision.aspects.names, decision.aspects.path
    inner = item_schema(schema, path)
    own = [name for name in names if name in _properties(inner)]
    plain = [name for name in _properties(inner) if name not in own]
    # Nothing to divide: two answers to the whole, of which the better is taken.
    if len(own) + bool(plain) < 2:
        tiers: tuple[Tier, ...] = ("fast", "quality")
        voices = tuple(FlowSettings(name=tier, tier=tier) for tier in tiers)
        return FlowSettings(branches=voices, merge="best", partial="allow")
    parts: list[tuple[str, Tier, list[str]]] = [("details", "quality", plain)] if plain else []
    parts += [(name, "fast", [name]) for name in own]
    return FlowSettings(
        merge="deep",
        branches=tuple(
            FlowSettings(
                name=_stage_name(name), tier=tier, shape=_with_draft(select(schema, path, group))
            )
            for name, tier, group in parts
        ),
    )


def _loop(generate: FlowSettings, *, judged: bool) -> FlowSettings:
    return FlowSettings(
        generate=generate,
        judge=FlowSettings(tier="premium") if judged else None,
        correct=FlowSettings(tier="quality"),
        final=FlowSettings(tier="premium") if judged else None,
    )


def _route(decision: Decision, schema: Schema, *, judged: bool) -> FlowSettings:
    several = len(decision.aspects.names) > 1
    inner = FlowSettings(tier="quality")
    if several:
        build = _pipeline if decision.aspects.dependent else _parallel
        inner = build(decision, schema)
    checked = any("rule" in reason or "validation" in reason for reason in decision.reasons)
    tiers: dict[Tier, FlowSettings] = {"fast": FlowSettings(tier="fast"), "quality": inner}
    tiers["premium"] = _loop(inner, judged=judged) if checked else FlowSettings(tier="premium")
    return FlowSettings(tiers=tiers)


def item_schema(schema: Schema, path: Sequence[str]) -> Schema:
    """Return the schema of the thing at ``path``: an item, if that leads to a list."""
    if isinstance(schema, dict) and isinstance(schema.get("items"), dict):
        return item_schema(schema["items"], path)
    for name in path:
        schema = _properties(schema).get(name, True)
        if isinstance(schema, dict) and isinstance(schema.get("items"), dict):
            schema = schema["items"]
    return schema


def select(schema: Schema, path: Sequence[str], names: Collection[str]) -> JsonObject:
    """Return ``schema`` with only ``names`` of the thing at ``path``, and the way there.

    A list of no fixed length gets one: parts of its items have to meet again.
    """
    root = schema if isinstance(schema, dict) else {}
    if isinstance(root.get("items"), dict):
        least = root.get("minItems")
        many = least if least is not None and least == root.get("maxItems") else _IN_A_LIST
        items = select(root["items"], path, names)
        return {**root, "items": items, "minItems": many, "maxItems": many}
    if not path:
        return _with_only(root, names)
    below = select(_properties(root).get(path[0], True), path[1:], names)
    return {**_with_only(root, path[:1]), "properties": {path[0]: below}}


def _with_only(schema: JsonObject, names: Collection[str]) -> JsonObject:
    kept = {name: part for name, part in _properties(schema).items() if name in names}
    required = [name for name in schema.get("required", ()) if name in kept]
    rest = {k: v for k, v in schema.items() if k not in ("properties", "required", "$schema")}
    return {**rest, "properties": kept, **({"required": required} if required else {})}


def _with_draft(schema: JsonObject) -> JsonObject:
    """Return a schema marked as JSON Schema, however much it looks like an example."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _properties(schema: Schema) -> JsonObject:
    found = schema.get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def _stage_name(text: str) -> str:
    """Return a field's name as that of a stage: letters, digits and few signs."""
    plain = "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in text
    )
    return (plain.lstrip("._-") or "part")[:64]
