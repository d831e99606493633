"""Reader of phrases that ask for shares as they are in the world."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import NamedField
from mockwright.shapes.rules.field_paths import words

# "match real-world proportions", "proportional to population", "weighted by census data",
# "population-weighted". Not "population" alone, which may be a field.
_WORLD: Final = re.compile(
    r"\b(?:match(?:es|ing)?|mirrors?|reflects?|follow(?:s|ing)?|(?:be |are |is )?proportional to"
    r"|in proportion to|according to|weighted by|as per|by|with)"
    r" (?:their |its |the |us |u\.s\. )*(?:(?P<real>real[- ](?:world|life) (?:\w+ )?"
    r"(?:ratios?|proportions?|distributions?|shares?|frequenc\w+))"
    r"|(?P<people>(?:world |us |real |actual )?population(?: density| sizes?| shares?"
    r"| distribution)?|census(?: data| figures)?))\b|\b(?P<weighted>population[- ]weighted)\b",
    re.IGNORECASE,
)


def read_world(clause: Clause) -> None:
    """Read shares that a known table gives: ``locations follow population density``."""
    for found in clause.find(_WORLD):
        fields = clause.about(found.start(), found.end(), ("string",))
        if found["weighted"]:
            following = clause.mention_at(found.end())
            fields = following.fields[:1] if following else fields
        table = _table_for(fields[0], people=not found["real"]) if fields else None
        clause.take(found.start(), found.end())
        if table is None:
            clause.doubt(found.start())
        else:
            clause.say(fields[0], ratio={"proportional_to": table})


def _table_for(one: NamedField, *, people: bool) -> str | None:
    """Return the table that fits a field by its name; ``people`` asks for one by population."""
    name = frozenset(words(one.path[-1]))
    if name & {"industry", "sector", "vertical"}:
        return None if people else "us_industries_by_firms"
    if name & {"country", "nation", "nationality"}:
        return "countries_by_population"
    # Listed codes of two capitals are taken for American states, of which there is a table.
    coded = bool(one.values) and all(re.fullmatch(r"[A-Z]{2}", str(v)) for v in one.values)
    if "state" in name or coded:
        return "us_states_by_population"
    placed = name & {"city", "town", "location", "headquarters", "hq", "place"}
    return "us_cities_by_population" if placed else None
