"""What one object of the answer is about: a person, a place, a product, a stretch of time.

Each fact is made once for its object, agrees with the values the object already has, and is shared
with the objects nested in it. The providers read single values off these facts, which is why the
e-mail address of an answer goes with its name.
"""

from mockwright.generator.context.location import country_row, place
from mockwright.generator.context.people import Person, age, new_person, nobody_else, person, role
from mockwright.generator.context.records import record
from mockwright.generator.context.streams import deal, seat, stream
from mockwright.generator.context.subject import (
    PEOPLE,
    entity,
    is_weather,
    latin,
    locale,
    made,
    topic,
)
from mockwright.generator.context.times import Timeline, TimeSpan, span, timeline
from mockwright.generator.context.trade import company, new_product, product
from mockwright.generator.context.travel import Flight, flight

__all__ = [
    "PEOPLE",
    "Flight",
    "Person",
    "TimeSpan",
    "Timeline",
    "age",
    "company",
    "country_row",
    "deal",
    "entity",
    "flight",
    "is_weather",
    "latin",
    "locale",
    "made",
    "new_person",
    "new_product",
    "nobody_else",
    "person",
    "place",
    "product",
    "record",
    "role",
    "seat",
    "span",
    "stream",
    "timeline",
    "topic",
]
