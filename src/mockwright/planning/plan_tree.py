"""Walks over plans: what is in them, and how they are described and drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Final, assert_never

from mockwright.types import (
    Chunked,
    Computed,
    JsonObject,
    Loop,
    Parallel,
    Pipeline,
    Plan,
    PlanNode,
    Route,
    Single,
    Stage,
)

_POOL: Final = "pool"
"""What stands for no backend in particular."""
_RETRIED: Final = 2
"""How often a piece of a long list is made at most: one that fails is made again."""


def children(node: PlanNode) -> Iterator[tuple[str, PlanNode]]:
    """Yield the nodes right below, each with its role or name."""
    match node:
        case Single():
            return
        case Pipeline(stages) | Parallel(stages):
            for stage in stages:
                yield stage.name, stage.node
                if stage.fallback is not None:
                    yield f"{stage.name} fallback", stage.fallback
        case Loop():
            yield "generate", node.generate
            if node.judge is not None:
                yield "judge", node.judge
            yield "correct", node.correct
            if node.final is not None:
                yield "final", node.final
        case Route():
            yield node.tier, node.node
        case Chunked():
            yield "piece", node.node
        case _:
            assert_never(node)


def singles(node: PlanNode) -> Iterator[Single]:
    """Yield every place where a backend is asked."""
    if isinstance(node, Single):
        yield node
    for _, child in children(node):
        yield from singles(child)


def mapped(node: PlanNode, change: Callable[[PlanNode], PlanNode]) -> PlanNode:
    """Return a copy with each node put through ``change``, the inner ones first."""
    match node:
        case Single():
            return change(node)
        case Pipeline():
            return change(Pipeline(tuple(_stage(stage, change) for stage in node.stages)))
        case Parallel():
            branches = tuple(_stage(branch, change) for branch in node.branches)
            return change(replace(node, branches=branches))
        case Loop():
            judge = None if node.judge is None else mapped(node.judge, change)
            return change(
                replace(
                    node,
                    generate=mapped(node.generate, change),
                    correct=mapped(node.correct, change),
                    judge=judge if isinstance(judge, Single) else node.judge,
                    final=None if node.final is None else mapped(node.final, change),
                )
            )
        case Route() | Chunked():
            return change(replace(node, node=mapped(node.node, change)))
    assert_never(node)


def _stage(stage: Stage, change: Callable[[PlanNode], PlanNode]) -> Stage:
    fallback = None if stage.fallback is None else mapped(stage.fallback, change)
    return replace(stage, node=mapped(stage.node, change), fallback=fallback)


def calls(node: PlanNode) -> int:
    """Return how many calls it takes at most, re-asks and corrections included."""
    match node:
        case Single():
            return 1 + node.reasks
        case Loop():
            judged = 0 if node.judge is None else calls(node.judge)
            final = 0 if node.final is None else calls(node.final) + judged
            rounds = node.max_iterations
            # Every round is judged, and every one but the first begins with a correction.
            return (
                calls(node.generate) + rounds * judged + (rounds - 1) * calls(node.correct) + final
            )
        case Chunked():
            pieces = -(-node.total // node.size)
            return pieces * calls(node.node) * _RETRIED
        case Pipeline(stages) | Parallel(stages):
            spare = (calls(stage.fallback or Single()) for stage in stages if _may_fall_back(stage))
            return sum(calls(stage.node) for stage in stages) + sum(spare)
        case Route():
            return calls(node.node)
    assert_never(node)


def _may_fall_back(stage: Stage) -> bool:
    return stage.on_error == "fallback"


def to_json(plan: Plan) -> JsonObject:
    """Return a plan as JSON: what would be done, why, and what it would take."""
    return {
        "flow": plan.flow,
        "route": plan.route,
        "plan": describe(plan.node),
        "complexity": dict(plan.complexity),
        "estimate": asdict(plan.estimate),
        "budget": plan.budget,
        "max_cost_usd": plan.max_cost_usd,
        "variants": plan.variants,
        "reasons": list(plan.reasons),
        "computed": None if plan.computed is None else _computed_json(plan.computed),
        "schema": plan.shape.schema,
    }


def _computed_json(computed: Computed) -> JsonObject:
    return {
        "kind": computed.kind,
        "understood": list(computed.understood),
        "unread": list(computed.unread),
        "specs": [spec.to_json() for spec in computed.specs],
    }


def describe(node: PlanNode) -> JsonObject:
    """Return a node as JSON, for people and programs."""
    told: JsonObject = {"pattern": type(node).__name__.lower()}
    match node:
        case Single():
            told |= {"backends": list(node.backends) or [_POOL], "reasks": node.reasks}
        case Pipeline():
            told["stages"] = [_describe_stage(stage) for stage in node.stages]
        case Parallel():
            told |= {"merge": node.merge, "partial": node.partial}
            if node.accept is not None:
                told["accept"] = node.accept.text
            told["branches"] = [_describe_stage(branch) for branch in node.branches]
        case Loop():
            told |= {"threshold": node.threshold, "max_iterations": node.max_iterations}
            told |= {role: describe(child) for role, child in children(node)}
        case Route():
            told |= {"score": node.score, "tier": node.tier, "node": describe(node.node)}
        case Chunked():
            told |= {
                "list": "/" + "/".join(node.path),
                "items": node.total,
                "items_in_a_piece": node.size,
                "in_order": node.ordered,
                "node": describe(node.node),
            }
    return told


def _describe_stage(stage: Stage) -> JsonObject:
    told: JsonObject = {"name": stage.name}
    if isinstance(stage.schema, dict) and isinstance(stage.schema.get("properties"), dict):
        told["makes"] = list(stage.schema["properties"])
    if stage.into is not None:
        told["into"] = ".".join(stage.into)
    if stage.when is not None:
        told["when"] = stage.when.text
    if stage.on_error != "fail":
        told["on_error"] = stage.on_error
    if stage.revise:
        told["revise"] = [".".join(map(str, path)) or "*" for path in stage.revise]
    if stage.rules:
        told["rules"] = list(stage.rules)
    told |= describe(stage.node)
    if stage.fallback is not None:
        told["fallback"] = describe(stage.fallback)
    return told


def mermaid(plan: Plan) -> str:
    """Return the plan as a Mermaid flow chart."""
    drawing = _Drawing()
    last = drawing.draw(plan.node, "request", "")
    drawing.lines += ["  answer([answer])", f"  {last} --> answer"]
    asked = _label(f"{plan.task.method} {plan.task.path}")
    return "\n".join(["graph LR", f'  request(["{asked}"])', *drawing.lines])


class _Drawing:
    """The nodes and arrows of a chart, as they are met."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._count = 0

    def draw(self, node: PlanNode, start: str, name: str, arrow: str = "-->") -> str:
        """Draw a node after ``start``, and return the id from which the chart goes on."""
        match node:
            case Single():
                who = ", ".join(node.backends) or _POOL
                return self._box(start, f"{name}: {who}" if name else who, arrow)
            case Pipeline():
                for stage in node.stages:
                    start = self._stage(stage, start, arrow)
                    arrow = "-->"
                return start
            case Parallel():
                fork = self._box(start, f"{name} fork".strip(), arrow, "{{", "}}")
                ends = [self._stage(branch, fork) for branch in node.branches]
                merge = self._new_box(f"merge: {node.merge}", "{{", "}}")
                self.lines += [f"  {end} --> {merge}" for end in ends]
                return merge
            case Loop():
                return self._loop(node, start, name, arrow)
            case Route():
                chosen = self._box(start, f"score {node.score:g}", arrow, "{", "}")
                return self.draw(node.node, chosen, name, f"-->|{node.tier}|")
            case Chunked():
                fork = self._box(
                    start, f"{node.total} items in pieces of {node.size}", arrow, "{{", "}}"
                )
                return self.draw(node.node, fork, name, "-->|each|")
        assert_never(node)

    def _stage(self, stage: Stage, start: str, arrow: str = "-->") -> str:
        if stage.when is not None:
            arrow = f'-->|"{_label(stage.when.text)}"|'
        end = self.draw(stage.node, start, stage.name, arrow)
        if stage.fallback is not None:
            self.draw(stage.fallback, end, f"{stage.name} fallback", "-.->|on error|")
        return end

    def _loop(self, node: Loop, start: str, name: str, arrow: str) -> str:
        made = self.draw(node.generate, start, f"{name} generate".strip(), arrow)
        who = "code" if node.judge is None else ", ".join(node.judge.backends) or _POOL
        check = self._box(made, f"check: {who}", "-->", "{", "}")
        fixed = self.draw(node.correct, check, "correct", "-->|faults|")
        self.lines.append(f"  {fixed} --> {check}")
        done = self._new_box(f"quality {node.threshold:g}", "([", "])")
        self.lines.append(f"  {check} -->|good| {done}")
        if node.final is not None:
            last = self.draw(node.final, check, "final", f'-->|"after {node.max_iterations}"|')
            self.lines.append(f"  {last} --> {done}")
        return done

    def _box(self, start: str, text: str, arrow: str, left: str = "[", right: str = "]") -> str:
        box = self._new_box(text, left, right)
        self.lines.append(f"  {start} {arrow} {box}")
        return box

    def _new_box(self, text: str, left: str, right: str) -> str:
        self._count += 1
        name = f"n{self._count}"
        self.lines.append(f'  {name}{left}"{_label(text)}"{right}')
        return name


def _label(text: str) -> str:
    """Return a text that is harmless in a chart: Mermaid reads quotes, brackets and HTML."""
    plain = " ".join(text.split())[:120]
    for sign, name in (("&", "amp"), ('"', "quot"), ("<", "lt"), (">", "gt"), ("|", "#124")):
        plain = plain.replace(sign, f"&{name};")
    return plain
