"""The judge: a model that says how good an answer is, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from mockwright.errors import BackendError, OverBudgetError
from mockwright.patterns.context import PatternContext
from mockwright.patterns.single import run_single
from mockwright.shapes.rules.field_paths import parse_path
from mockwright.types import MISSING, Json, JsonObject, Single, Task, Violation

MAX_ISSUES: Final = 20
"""The most issues of one judgement."""
VERDICT: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "score": {"type": "number", "description": "0 for useless, 1 for nothing to improve"},
        "issues": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "path": {
                        "type": "string",
                        "description": "where, for example users[0].email; empty for the whole",
                    },
                    "problem": {"type": "string"},
                },
                "required": ["path", "problem"],
            },
        },
    },
    "required": ["score", "issues"],
}
"""The schema of a judge's answer."""
_ASK: Final = (
    "You are the judge of an answer that somebody else wrote to the request. Score how realistic,"
    " consistent and true to the request and its rules it is, and list what is wrong, each with the"
    " place it stands at. Do not list what is merely a matter of taste."
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge said."""

    score: float
    """How good the answer is, 0..1."""
    issues: tuple[Violation, ...]
    """What is wrong with it, as violations of the code ``rule``."""


async def judge(value: Json, task: Task, node: Single, context: PatternContext) -> Judgement | None:
    """Return a model's judgement of a value; None if there is none, as the notes say."""
    asked = replace(
        task,
        schema=VERDICT,
        input=MISSING,
        # Shown, and not kept: a verdict is another value than the answer.
        background={"answer": value, "input": None if task.input is MISSING else task.input},
        instructions=_ASK,
        checks=(),
        previous=MISSING,
        violations=(),
        places=(),
        variant=0,
    )
    judging = context.within("judge")
    try:
        candidate = await run_single(node, asked, judging)
    except (BackendError, OverBudgetError) as error:
        judging.note(f"no judgement: {error}")
        return None
    if any(completion.generated for completion in candidate.completions):
        judging.note("no judgement: the generator reads no prose")
        return None
    score = None if candidate.remaining else _normalize_score(candidate.value["score"])
    if score is None:
        judging.note("no judgement: the judge did not answer in the form of a verdict")
        return None
    issues = candidate.value["issues"][:MAX_ISSUES]
    return Judgement(score, tuple(_to_violation(issue, value) for issue in issues))


def _normalize_score(said: float) -> float | None:
    """Return a score of 1, of 10 or of 100 as one of 1: models keep to none of them."""
    for scale in (1, 10, 100):
        if 0 <= said <= scale:
            return said / scale
    return None


def _to_violation(issue: JsonObject, value: Json) -> Violation:
    """Return an issue as a violation, at the place that is meant if it leads somewhere."""
    path = parse_path(str(issue["path"])[:500].strip())
    pointer = next((at for at, _ in path.find(value)), "") if path is not None else ""
    said = str(issue["problem"])[:500] or "it is not good"
    shown = said if pointer or not issue["path"] else f"{issue['path'][:100]}: {said}"
    return Violation(pointer, "rule", shown)
