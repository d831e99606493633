"""Texts: titles, descriptions, messages, notes."""

from __future__ import annotations

from mockwright.shapes.fake import facts
from mockwright.shapes.fake.makers.base import Draw, maker, text
from mockwright.shapes.fake.makers.people import bio, job_title
from mockwright.shapes.fake.tables import (
    decks,
    group,
    local,
    local_records,
    local_texts,
    named,
    rows,
)
from mockwright.types import Json

_TICKETS = frozenset(["ticket", "issue", "bug", "incident", "case"])
_ARTICLES = frozenset(["post", "article", "blog", "news", "headline", "story", "page"])
_TALKS = frozenset(["message", "chat", "conversation", "reply", "sms", "dm", "thread"])
_REVIEWS = frozenset(["review", "testimonial", "feedback", "rating"])
_VACANCIES = group("vacancies")
_COURSES = frozenset(["course", "class", "lesson"])


@maker("title")
def _title(d: Draw) -> Json:
    return title(d)


def title(d: Draw) -> str:
    """A heading for what the object is."""
    group, what = facts.topic(d.scope), d.what
    if group == "person":
        return job_title(d)
    if group == "product":
        return facts.product(d.scope).name
    if what in _TICKETS | _TALKS | {"email", "mail"}:
        return facts.record(d.scope, "tickets")[1]
    if what in _REVIEWS | {"comment"}:
        return facts.record(d.scope, "reviews")[2]
    if what in _COURSES:
        return facts.record(d.scope, "courses")[0]
    if what in ("notification", "alert"):
        return facts.record(d.scope, "announcements")[1]
    if what in _VACANCIES:
        masculine, _, feminine = facts.record(d.scope, "jobs")[1].partition(" / ")
        return f"{masculine} / {feminine}" if feminine not in ("", masculine) else masculine
    if found := decks("texts").get(f"title {what}"):
        return d.deal(found).format(city=facts.flight(d.scope).target[1])
    if found := named(what, facts.locale(d.scope)):
        return d.deal(found)
    return facts.record(d.scope, "articles")[2]


@maker("description")
def _description(d: Draw) -> Json:
    group, what = facts.topic(d.scope), d.what
    if group == "product":
        item = facts.product(d.scope)
        where = facts.locale(d.scope)
        name = item.name if local(where) else item.name.lower()
        return d.deal(local_texts("product", "", where)).format(brand=item.brand, item=name)
    if group == "person":
        return bio(d)
    if what in _TICKETS:
        return facts.record(d.scope, "tickets")[2]
    if what in _ARTICLES:
        return facts.record(d.scope, "articles")[3]
    if what in _COURSES:
        return facts.record(d.scope, "courses")[2]
    if what in ("recipe", "dish", "meal"):
        return facts.record(d.scope, "recipes")[4]
    if what in ("transaction", "expense"):
        return facts.record(d.scope, "expenses")[3]
    if group == "company":
        firm = facts.company(d.scope)
        return d.deal(local_texts("company", "", facts.locale(d.scope))).format(
            name=firm.name, industry=firm.industry.lower(), city=facts.place(d.scope).city
        )
    article = facts.record(d.scope, "articles") if "articles" in d.scope.facts else ()
    if article and facts.made(d.scope, "title") == article[2]:
        return article[3]
    return text(d, "description")


@maker("comment")
def _comment(d: Draw) -> Json:
    return _review(d)


def _review(d: Draw) -> str:
    rating = facts.made(d.scope, "rating")
    if isinstance(rating, bool) or not isinstance(rating, int | float):
        return facts.record(d.scope, "reviews")[3]
    row = facts.record(d.scope, "reviews")
    if int(row[0]) <= rating <= int(row[1]):
        return row[3]
    return d.deal(
        [
            r[3]
            for r in local_records("reviews", facts.locale(d.scope))
            if int(r[0]) <= rating <= int(r[1])
        ]
        or [row[3]]
    )


@maker("message")
def _message(d: Draw) -> Json:
    return _said(d)


def _said(d: Draw) -> str:
    what = d.what
    if what == "commit":
        return text(d, "commit")
    if what in ("log", "audit", "activity"):
        return facts.record(d.scope, "logs")[1]
    if what in ("notification", "alert"):
        return facts.record(d.scope, "announcements")[2]
    if what in ("register", "signup"):
        return "Welcome! Please check your inbox to confirm your address."
    if what in ("logout", "signout"):
        return "You have been signed out."
    return _line(d)


def _line(d: Draw) -> str:
    """The next line of a conversation; another conversation where it has ended."""
    own = local(facts.locale(d.scope)).get("talk")
    talks = (own,) if own else tuple(decks("conversations").values())
    at = facts.seat(d.scope)
    index = d.leaf.index if d.leaf.index is not None else at.index if at else None
    if index is None:
        return d.rng.choice(d.rng.choice(talks))
    first = (at.seed if at else d.scope.rng.seed) % len(talks)
    lines = [line for talk in (*talks[first:], *talks[:first]) for line in talk]
    return lines[index % len(lines)]


@maker("log_level")
def _level(d: Draw) -> Json:
    return facts.record(d.scope, "logs")[0]


@maker("note")
def _note(d: Draw) -> Json:
    return text(d, "note")


@maker("content")
def _content(d: Draw) -> Json:
    if d.what in _TALKS:
        return _line(d)
    if d.what in _REVIEWS:
        return _review(d)
    if d.what in ("email", "mail"):
        return facts.record(d.scope, "tickets")[2]
    if d.what == "comment":
        return text(d, "reply")
    if d.what in ("todo", "task", "checklist"):
        return title(d)
    if d.what in ("option", "choice"):
        return d.deal(rows("named")[d.what])
    return _quote(d) if d.what == "quote" else text(d, "content")


def _quote(d: Draw) -> str:
    return text(d, "sentence")


@maker("error")
def _error(d: Draw) -> Json:
    return text(d, "error")


@maker("reason")
def _reason(d: Draw) -> Json:
    if d.what in ("appointment", "visit", "patient", "encounter"):
        return facts.record(d.scope, "cases")[6]
    return text(d, "reason")


@maker("question")
def _question(d: Draw) -> Json:
    return text(d, "question")


@maker("answer")
def _answer(d: Draw) -> Json:
    """To the question asked, where that is one of ours."""
    asked, found = facts.made(d.scope, "question"), decks("texts")
    pairs = dict(zip(found["question"], found["answer"], strict=True))
    return (pairs.get(asked) if isinstance(asked, str) else None) or d.deal(found["answer"])


@maker("step")
def _step(d: Draw) -> Json:
    steps = local_texts("step", d.what, facts.locale(d.scope))
    return steps[(d.leaf.index or 0) % len(steps)]


@maker("sentence")
def _sentence(d: Draw) -> Json:
    return text(d, "sentence")


@maker("tag", "skill", "hobby", "permission", "allergy", "role", "genre", "feature")
def _word(d: Draw) -> Json:
    if d.kind in ("feature", "genre"):
        return text(d, d.kind)
    if d.kind != "tag":
        return d.deal(rows("named")[d.kind])
    if d.what in _ARTICLES:
        own = facts.record(d.scope, "articles")[1].split(", ")
        return own[d.leaf.index or 0] if (d.leaf.index or 0) < len(own) else d.deal(_tags("text"))
    topic = "ticket" if d.what in _TICKETS | {"task"} else facts.topic(d.scope)
    return d.deal(local(facts.locale(d.scope)).get("tags") or _tags(topic))


def _tags(topic: str) -> tuple[str, ...]:
    return rows("tags").get(topic) or rows("tags")["*"]
