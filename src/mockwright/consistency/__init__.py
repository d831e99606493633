"""Agreement of answers with earlier ones: the fact sheet of a context, held by code.

``known_input`` tells before an answer is made what it has to say, ``agree`` holds it to that
afterwards, and ``learn`` reads it into the sheet.
"""

from mockwright.consistency.agree import Agreed, agree
from mockwright.consistency.fact_sheet import Entity, FactStore, ListFacts
from mockwright.consistency.known_input import known_input, sized
from mockwright.consistency.learn import learn, locked_by
from mockwright.consistency.transaction import FactConflict

__all__ = [
    "Agreed",
    "Entity",
    "FactConflict",
    "FactStore",
    "ListFacts",
    "agree",
    "known_input",
    "learn",
    "locked_by",
    "sized",
]
