"""Reader of averages that differ by the value of another field."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import NUMERIC, NamedValue
from mockwright.compute.detect.parameters import SD
from mockwright.compute.detect.text import NUMBER, number_in
from mockwright.types import JsonObject

_AVERAGE: Final = re.compile(r"\b(?:mean|averages?|averaging|avg)\b", re.IGNORECASE)
# What is said behind a value, up to its number: " customers average 50k", ": 5000",
# " earns about 20". Not " 20%", which is a share.
_BY_VALUE: Final = re.compile(
    rf"^(?:\s?[a-z]{{1,20}})?[\s:,=(]*(?:(?:mean|averages?|averaging|avg|around|about|at|of|with|have|a|is"
    rf"|are|earns?|spends?|pays?|makes?)\b[\s:=]*){{0,5}}(?P<number>{NUMBER})(?!\s?%)(?!\w)",
    re.IGNORECASE,
)
# What is said ahead of a value: "averages 50k for ", "5k in the ".
_FOR_VALUE: Final = re.compile(
    rf"(?P<number>{NUMBER})(?!\s?%) (?:in|for|among|on|at|with) (?:the )?$", re.IGNORECASE
)


def read_groups(clause: Clause) -> None:
    """Read averages by group: ``enterprise customers average 50k, smb 5k``."""
    mean = next(clause.find(_AVERAGE, doubting=False), None)
    said = [one for one in clause.said if one.field.kind == "string"]
    if mean is None or len(said) < 2 or len({one.field.path for one in said}) > 1:
        return
    groups = _means_after_values(clause, said)
    groups = groups if len(groups) == len(said) else _means_before_values(clause, said)
    if len(groups) != len(said):
        return
    fields = clause.anywhere(mean.start(), NUMERIC)
    if not fields:
        clause.doubt(mean.start())
        clause.take(0, len(clause.text))
        return
    by = said[0].field
    told: JsonObject = {"by": by.name, "groups": groups}
    # For values that were not named the family's defaults do.
    if {str(value) for value in by.values} - groups.keys():
        told["otherwise"] = {}
    clause.take(0, len(clause.text))
    clause.say(fields[0], distribution=told)


def _means_after_values(clause: Clause, said: list[NamedValue]) -> JsonObject:
    """Return the mean, and deviation if told, that follows each value; nothing if one has none."""
    groups: JsonObject = {}
    ends = [one.start for one in said[1:]] + [len(clause.text)]
    for one, end in zip(said, ends, strict=True):
        part = clause.text[one.end : end]
        found = _BY_VALUE.match(part)
        if found is None:
            return {}
        groups[one.value] = {"mean": number_in(found["number"])}
        if (spread := SD.search(part, found.end())) is not None:
            groups[one.value]["sd"] = number_in(spread["number"])
    return groups


def _means_before_values(clause: Clause, said: list[NamedValue]) -> JsonObject:
    """Return the mean that precedes each value; nothing if one has none."""
    groups: JsonObject = {}
    for one in said:
        found = _FOR_VALUE.search(clause.text[max(0, one.start - 40) : one.start])
        if found is None:
            return {}
        groups[one.value] = {"mean": number_in(found["number"])}
    return groups
