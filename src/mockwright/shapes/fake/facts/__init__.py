"""What one object of the answer is about: a person, a place, a product, a stretch of time.

Each fact is made once for its object, agrees with the values the object already has, and is
shared with the objects nested in it.
"""

from mockwright.shapes.fake.facts.people import Person, age, new_person, nobody_else, person, role
from mockwright.shapes.fake.facts.places import country_row, place
from mockwright.shapes.fake.facts.records import record
from mockwright.shapes.fake.facts.streams import deal, seat, stream
from mockwright.shapes.fake.facts.subject import (
    PEOPLE,
    entity,
    is_weather,
    latin,
    locale,
    made,
    topic,
)
from mockwright.shapes.fake.facts.times import Span, Timeline, span, timeline
from mockwright.shapes.fake.facts.trade import company, new_product, product
from mockwright.shapes.fake.facts.travel import Flight, flight

__all__ = [
    "PEOPLE",
    "Flight",
    "Person",
    "Span",
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
