"""People: gender, age, the money of their country."""

from __future__ import annotations

from mockwright.generator.geography import find_cities
from mockwright.generator.relations.base import Changes, ObjectPart, has_kind, is_number, relation
from mockwright.generator.tables import rows


@relation(has_kind("gender"))
def gender_fits(part: ObjectPart, changes: Changes) -> None:
    """A gender is that of the first name, where the name is known as a woman's or a man's."""
    first = next((part.owner[key] for key in part.kind("first_name")), None)
    people = rows("people")
    for key in part.kind("gender"):
        value = part.owner[key]
        if isinstance(value, str) and value.lower() in ("female", "male"):
            said = value.lower()
            right = next((g for g in ("female", "male") if first in people[g]), said)
            changes.put(part.owner, key, right.title() if value[0].isupper() else right)


@relation(lambda keys: "age" in keys.kinds and "birth_date" in keys.kinds)
def age_fits(part: ObjectPart, changes: Changes) -> None:
    """An age is the number of whole years since the birth date."""
    born = next((part.owner[key] for key in part.kind("birth_date")), None)
    if not isinstance(born, str) or not born[:4].isdecimal() or born[4:5] != "-":
        return
    today = changes.now.strftime("%m-%d")
    years = changes.now.year - int(born[:4]) - (born[5:10] > today)
    for key in part.kind("age"):
        if is_number(part.owner[key]) and 0 <= years <= 125:
            changes.put(part.owner, key, years)


@relation(
    lambda keys: "currency" in keys.kinds and bool({"country", "country_code"} & set(keys.kinds))
)
def currency_fits(part: ObjectPart, changes: Changes) -> None:
    """A currency is that of the country beside it."""
    for key in (*part.kind("country_code"), *part.kind("country")):
        value = part.owner[key]
        found = find_cities("country", value) if isinstance(value, str) else ()
        if found:
            for currency in part.kind("currency"):
                said = part.owner[currency]
                if isinstance(said, str) and len(said) == 3 and said.isupper():
                    changes.put(part.owner, currency, found[0].country.currency)
            return
