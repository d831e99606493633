"""People: their names, e-mail addresses and accounts, and their work."""

from __future__ import annotations

from datetime import timedelta

from mockwright.generator import context
from mockwright.generator.context.streams import Seat
from mockwright.generator.field_kinds import kind_of
from mockwright.generator.geography import phone_number
from mockwright.generator.locales import names_of
from mockwright.generator.providers.base import Draw, provider
from mockwright.generator.providers.numbers import counted
from mockwright.generator.providers.times import moment
from mockwright.generator.tables import local, local_texts, rows
from mockwright.types import MISSING, Json, Missing


def somebody(d: Draw) -> context.Person:
    """Return the object's person; in a list of names, another one each time."""
    if d.leaf.index is None:
        return context.person(d.scope)
    crowd = context.stream(d.scope, "crowd", d.leaf.name).seed
    return context.nobody_else(Seat(crowd, d.leaf.index), context.locale(d.scope))


def _addressee(d: Draw) -> context.Person:
    """Return whose e-mail it is: the object's person, or the only one that the object mentions."""
    if context.topic(d.scope) == "person" or d.leaf.index is not None:
        return somebody(d)
    own = next((w for w in d.words if f"role:{w}" in d.scope.facts), None)
    mentioned = d.scope.facts.get(f"role:{own}" if own else "mentioned")
    return mentioned if isinstance(mentioned, context.Person) else somebody(d)


@provider("first_name")
def _first(d: Draw) -> Json:
    return somebody(d).first


@provider("last_name")
def _last(d: Draw) -> Json:
    return somebody(d).last


@provider("middle_name")
def _middle(d: Draw) -> Json:
    names = names_of(context.locale(d.scope))
    who = context.person(d.scope)
    return d.rng.choice(names.female if who.gender == "female" else names.male)


@provider("full_name")
def _full(d: Draw) -> Json:
    named = set(d.words)
    roles = named & context.PEOPLE
    own = not roles or d.what in roles or "card" in named
    lone = sum(kind_of(n) in ("full_name", "person_ref") for n in d.scope.siblings) <= 1
    if (own or lone) and "emergency" not in named:
        return somebody(d).full
    return context.role(d.scope, d.leaf.name).full


@provider("person_ref", "triggered_by")
def _mentioned(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        found = counted(d)  # ``guests: 2`` counts them
        return MISSING if found is None else found
    return context.role(d.scope, d.leaf.name).full if d.leaf.index is None else somebody(d).full


@provider("username")
def _username(d: Draw) -> Json:
    who = _addressee(d)
    first, last = context.latin(who.first), context.latin(who.last)
    if not first or not last:
        return first or last or f"user{who.number + 100}"
    if who.seated:
        # Only forms that keep two people apart whose names differ.
        return (f"{first}.{last}", f"{first}_{last}", f"{first}.{last}")[who.number % 3]
    return (f"{first}.{last}", f"{first[0]}{last}", f"{first}{last[0]}{who.number}")[who.number % 3]


@provider("email")
def _email(d: Draw) -> Json:
    firm = context.topic(d.scope) == "company"
    if firm and "contact" not in d.words[:1]:
        # Names below example.com are nobody's (RFC 2606); so are example.org and example.net.
        return f"{d.rng.choice(('info', 'hello', 'contact'))}@{_slug(d)}.example.com"
    who = _addressee(d)
    local = ".".join(filter(None, (context.latin(who.first), context.latin(who.last))))
    if firm and local:
        return f"{local}@{_slug(d)}.example.com"
    local = local or f"user{who.number + 100}"
    return f"{local}@example.{('com', 'org', 'net')[who.number % 3]}"


def _slug(d: Draw) -> str:
    return context.company(d.scope).slug


@provider("phone")
def _phone(d: Draw) -> Json:
    return phone_number(context.place(d.scope), d.rng)


@provider("age")
def _age(d: Draw) -> Json:
    return context.age(d.scope)


@provider("birth_date")
def _birth(d: Draw) -> Json:
    now, years = d.scope.hints.now, context.age(d.scope)
    # Any day of the year in which that age is right.
    day = now - timedelta(days=int(years * 365.2425) + 1 + d.rng.below(362))
    return moment(d, day.replace(hour=0, minute=0, second=0, microsecond=0), dated=True)


@provider("initials")
def _initials(d: Draw) -> Json:
    who = somebody(d)
    return f"{who.first[:1]}{who.last[:1]}".upper()


@provider("pronouns")
def _pronouns(d: Draw) -> Json:
    return "she/her" if context.person(d.scope).gender == "female" else "he/him"


@provider("handle")
def _handle(d: Draw) -> Json:
    who = somebody(d)
    name = context.latin(who.first) + context.latin(who.last) or f"user{who.number + 100}"
    return f"@{name}" if {"twitter", "instagram", "tiktok"} & set(d.words) else name


@provider("gender")
def _gender(d: Draw) -> Json:
    return context.person(d.scope).gender


_SALUTATIONS = {
    "de": ("Frau", "Herr"), "fr": ("Mme", "M."), "es": ("Sra.", "Sr."), "pt": ("Sra.", "Sr."),
    "it": ("Sig.ra", "Sig."), "nl": ("Mevr.", "Dhr."), "ja": ("様", "様"),
}  # fmt: skip


@provider("salutation")
def _salutation(d: Draw) -> Json:
    language = context.locale(d.scope).partition("-")[0]
    female, male = _SALUTATIONS.get(language, ("Ms.", "Mr."))
    return female if context.person(d.scope).gender == "female" else male


def _job(d: Draw) -> tuple[str, ...]:
    return context.record(d.scope, "jobs")


@provider("job_title")
def _job_title(d: Draw) -> Json:
    return job_title(d)


def job_title(d: Draw) -> str:
    """Return the title as the person bears it: ``Jurist / Juristin`` is one of both."""
    masculine, _, feminine = _job(d)[1].partition(" / ")
    return feminine if feminine and context.person(d.scope).gender == "female" else masculine


@provider("department")
def _department(d: Draw) -> Json:
    if d.what in ("doctor", "physician", "nurse", "hospital"):
        return context.record(d.scope, "cases")[3]
    return _job(d)[0]


@provider("salary")
def _salary(d: Draw) -> Json:
    _, _, low, high = _job(d)
    return 500 * d.rng.between(2 * int(low), 2 * int(high))


@provider("bio")
def _bio(d: Draw) -> Json:
    return bio(d)


def bio(d: Draw) -> str:
    """Return two lines on the object's person."""
    where = context.locale(d.scope)
    a, b = d.rng.sample(local(where).get("hobby") or rows("named")["hobby"], 2)
    job = job_title(d)
    return d.deal(local_texts("bio", "", where)).format(
        job=job, city=context.place(d.scope).city, a=a, b=b,
        article="an" if job[0] in "AEIOU" else "a",
    )  # fmt: skip
