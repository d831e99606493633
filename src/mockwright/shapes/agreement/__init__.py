"""Agreement of answers with earlier ones: the fact sheet of a context, held by code.

``known_input`` tells before an answer is made what it has to say, ``agree`` holds it to that
afterwards, and ``learn`` reads it into the sheet.
"""

from mockwright.shapes.agreement.agree import Agreed, agree
from mockwright.shapes.agreement.draft import Conflict
from mockwright.shapes.agreement.known import known_input, sized
from mockwright.shapes.agreement.learn import learn, locked_by
from mockwright.shapes.agreement.sheet import Entity, Listing, Sheet

__all__ = [
    "Agreed",
    "Conflict",
    "Entity",
    "Listing",
    "Sheet",
    "agree",
    "known_input",
    "learn",
    "locked_by",
    "sized",
]
