"""How well requests in words are read as statements of what is computed."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from bench.report import Bar, percent, print_bars, print_table, quantile, spread
from mockwright.compute.detect import Detected, NamedField, detect

CORPUS: Final = Path(__file__).parents[1] / "tests/cases/statistical_requests.yaml"
Part = Literal["tune", "held", "later"]
PARTS: Final[tuple[Part, ...]] = ("tune", "held", "later")


@dataclass(frozen=True)
class Case:
    """A request of the corpus, and how it has to be read."""

    prompt: str | None
    rules: tuple[str, ...]
    fields: tuple[NamedField, ...]
    kind: str
    want: tuple[dict[str, Any], ...]
    unread: bool
    part: Part

    def read(self) -> Detected:
        return detect(prompt=self.prompt, rules=self.rules, fields=self.fields)


def cases() -> Iterator[Case]:
    """The corpus; every third request is held back, and later ones were written after tuning."""
    tree = yaml.safe_load(CORPUS.read_text(encoding="utf-8"))
    parted: list[tuple[Part, Any]] = [
        ("held" if i % 3 == 2 else "tune", raw) for i, raw in enumerate(tree["requests"])
    ]
    parted += [("later", raw) for raw in tree["later"]]
    for part, raw in parted:
        want = tuple(raw.get("want", ()))
        yield Case(
            prompt=raw.get("prompt"),
            rules=tuple(raw.get("rules", ())),
            fields=_fields(tree["shapes"].get(raw["of"], raw["of"])),
            kind=raw.get("kind", "hybrid" if want else "language"),
            want=want,
            unread=raw.get("unread", False),
            part=part,
        )


def _fields(text: str) -> tuple[NamedField, ...]:
    found = []
    for entry in text.split():
        path, _, kind = entry.partition(":")
        kind, _, values = kind.partition("=")
        listed = tuple(values.split("|")) if values else ()
        found.append(NamedField(tuple(path.split(".")), kind, listed))
    return tuple(found)


def claims(
    statements: tuple[dict[str, Any], ...], fields: tuple[NamedField, ...] = ()
) -> Counter[str]:
    """What the statements say, one member at a time, however it is put."""
    told: list[str] = []
    for statement in statements:
        path = statement.get("path")
        for name, value in statement.items():
            if name == "correlation":
                value = {**value, "between": sorted(value["between"])}
            if name == "ratio" and "*" in value:
                value = _named(value, next(one for one in fields if one.name == path))
            if name != "path":
                told.append(json.dumps([path, name, _plain(value)], sort_keys=True))
    return Counter(told)


def _named(ratio: dict[str, float], one: NamedField) -> dict[str, float]:
    """The rest by its name, where it falls on one value."""
    others = [value for value in one.values if value not in ratio]
    return {others[0] if k == "*" and len(others) == 1 else k: v for k, v in ratio.items()}


def _plain(value: Any) -> Any:
    """``50`` and ``50.0`` are one number."""
    match value:
        case bool():
            return value
        case int() | float():
            return round(float(value), 6)
        case dict():
            return {str(name): _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
    return value


@dataclass
class Score:
    """What one part of the corpus came to."""

    requests: int = 0
    right_kind: int = 0
    exact: int = 0
    right_unread: int = 0
    claimed: int = 0
    wanted: int = 0
    agreed: int = 0
    micros: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return percent(self.agreed, self.claimed)

    @property
    def recall(self) -> float:
        return percent(self.agreed, self.wanted)

    def add(self, case: Case) -> None:
        start = time.perf_counter()
        found = case.read()
        self.micros.append((time.perf_counter() - start) * 1e6)
        claimed = claims(found.statements, case.fields)
        wanted = claims(case.want, case.fields)
        agrees = (found.kind == case.kind, bool(found.unread) == case.unread, claimed == wanted)
        self.requests += 1
        self.right_kind += agrees[0]
        self.right_unread += agrees[1]
        self.exact += all(agrees)
        self.claimed += claimed.total()
        self.wanted += wanted.total()
        self.agreed += (claimed & wanted).total()
        if not all(agrees):
            self.faults.append(_told(case, found, claimed, wanted))


def _told(case: Case, found: Detected, claimed: Counter[str], wanted: Counter[str]) -> str:
    lines = [f"- {case.prompt!r} {list(case.rules) or ''}"]
    lines += [f"    wrong   {one}" for one in claimed - wanted]
    lines += [f"    missed  {one}" for one in wanted - claimed]
    if found.kind != case.kind:
        lines.append(f"    {found.kind}, not {case.kind}")
    if bool(found.unread) != case.unread:
        lines.append(f"    unread  {found.unread}, expected {case.unread}")
    return "\n".join(lines)


def score(part: Part) -> Score:
    """Every request of one part."""
    total = Score()
    for case in cases():
        if case.part == part:
            total.add(case)
    return total


def main() -> None:
    scores = [score(part) for part in PARTS]
    rows = [
        ("requests", [str(s.requests) for s in scores]),
        ("right kind", [f"{percent(s.right_kind, s.requests):.1f} %" for s in scores]),
        ("unread as expected", [f"{percent(s.right_unread, s.requests):.1f} %" for s in scores]),
        ("all as expected", [f"{percent(s.exact, s.requests):.1f} %" for s in scores]),
        ("statements wanted", [str(s.wanted) for s in scores]),
        ("precision", [f"{s.precision:.1f} %" for s in scores]),
        ("recall", [f"{s.recall:.1f} %" for s in scores]),
        ("us p50/p95/max", [spread(s.micros, 0) for s in scores]),
    ]
    print_table("detection", PARTS, ([name, *figures] for name, figures in rows))
    print_bars(
        "detection, bars",
        [
            Bar("precision, tune", scores[0].precision, ">=", 97, " %"),
            Bar("recall, tune", scores[0].recall, ">=", 90, " %"),
            Bar("median, tune", quantile(scores[0].micros, 0.5), "<", 1_000, " us"),
        ],
    )


if __name__ == "__main__":
    main()
