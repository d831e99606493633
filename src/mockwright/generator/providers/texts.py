"""Texts: titles, descriptions, messages, notes."""

from __future__ import annotations

from mockwright.generator import context
from mockwright.generator.providers.base import Draw, provider, text
from mockwright.generator.providers.people import bio, job_title
from mockwright.generator.tables import decks, group, local, local_records, local_texts, named, rows
from mockwright.types import Json

_TICKETS = frozenset(["ticket", "issue", "bug", "incident", "case"])
_ARTICLES = frozenset(["post", "article", "blog", "news", "headline", "story", "page"])
_TALKS = frozenset(["message", "chat", "conversation", "reply", "sms", "dm", "thread"])
_REVIEWS = frozenset(["review", "testimonial", "feedback", "rating"])
_VACANCIES = group("vacancies")
_COURSES = frozenset(["course", "class", "lesson"])


@provider("title")
def _title(d: Draw) -> Json:
    return title(d)


def title(d: Draw) -> str:
    """Return a heading for what the object is."""
    group, what = context.topic(d.scope), d.what
    if group == "person":
        return job_title(d)
    if group == "product":
        return context.product(d.scope).name
    if what in _TICKETS | _TALKS | {"email", "mail"}:
        return context.record(d.scope, "tickets")[1]
    if what in _REVIEWS | {"comment"}:
        return context.record(d.scope, "reviews")[2]
    if what in _COURSES:
        return context.record(d.scope, "courses")[0]
    if what in ("notification", "alert"):
        return context.record(d.scope, "announcements")[1]
    if what in _VACANCIES:
        masculine, _, feminine = context.record(d.scope, "jobs")[1].partition(" / ")
        return f"{masculine} / {feminine}" if feminine not in ("", masculine) else masculine
    # The destination is only used by texts that have a place for it.
    if found := decks("texts").get(f"title {what}"):
        return d.deal(found).format(city=context.flight(d.scope).target[1])
    if found := named(what, context.locale(d.scope)):
        return d.deal(found)
    return context.record(d.scope, "articles")[2]


@provider("description")
def _description(d: Draw) -> Json:
    group, what = context.topic(d.scope), d.what
    if group == "product":
        item = context.product(d.scope)
        where = context.locale(d.scope)
        name = item.name if local(where) else item.name.lower()
        return d.deal(local_texts("product", "", where)).format(brand=item.brand, item=name)
    if group == "person":
        return bio(d)
    if what in _TICKETS:
        return context.record(d.scope, "tickets")[2]
    if what in _ARTICLES:
        return context.record(d.scope, "articles")[3]
    if what in _COURSES:
        return context.record(d.scope, "courses")[2]
    if what in ("recipe", "dish", "meal"):
        return context.record(d.scope, "recipes")[4]
    if what in ("transaction", "expense"):
        return context.record(d.scope, "expenses")[3]
    if group == "company":
        firm = context.company(d.scope)
        return d.deal(local_texts("company", "", context.locale(d.scope))).format(
            name=firm.name, industry=firm.industry.lower(), city=context.place(d.scope).city
        )
    article = context.record(d.scope, "articles") if "articles" in d.scope.facts else ()
    if article and context.made(d.scope, "title") == article[2]:
        return article[3]
    return text(d, "description")


@provider("comment")
def _comment(d: Draw) -> Json:
    return _review_text(d)


def _review_text(d: Draw) -> str:
    rating = context.made(d.scope, "rating")
    if isinstance(rating, bool) or not isinstance(rating, int | float):
        return context.record(d.scope, "reviews")[3]
    row = context.record(d.scope, "reviews")
    if int(row[0]) <= rating <= int(row[1]):
        return row[3]
    return d.deal(
        [
            r[3]
            for r in local_records("reviews", context.locale(d.scope))
            if int(r[0]) <= rating <= int(r[1])
        ]
        or [row[3]]
    )


@provider("message")
def _message(d: Draw) -> Json:
    return _message_text(d)


def _message_text(d: Draw) -> str:
    what = d.what
    if what == "commit":
        return text(d, "commit")
    if what in ("log", "audit", "activity"):
        return context.record(d.scope, "logs")[1]
    if what in ("notification", "alert"):
        return context.record(d.scope, "announcements")[2]
    if what in ("register", "signup"):
        return "Welcome! Please check your inbox to confirm your address."
    if what in ("logout", "signout"):
        return "You have been signed out."
    return _conversation_line(d)


def _conversation_line(d: Draw) -> str:
    """Return the next line of a conversation, or of another one where it has ended."""
    own = local(context.locale(d.scope)).get("talk")
    talks = (own,) if own else tuple(decks("conversations").values())
    at = context.seat(d.scope)
    index = d.leaf.index if d.leaf.index is not None else at.index if at else None
    if index is None:
        return d.rng.choice(d.rng.choice(talks))
    # Another conversation for each list, so that not all of them begin alike.
    first = (at.seed if at else d.scope.rng.seed) % len(talks)
    lines = [line for talk in (*talks[first:], *talks[:first]) for line in talk]
    return lines[index % len(lines)]


@provider("log_level")
def _level(d: Draw) -> Json:
    return context.record(d.scope, "logs")[0]


@provider("note")
def _note(d: Draw) -> Json:
    return text(d, "note")


@provider("content")
def _content(d: Draw) -> Json:
    if d.what in _TALKS:
        return _conversation_line(d)
    if d.what in _REVIEWS:
        return _review_text(d)
    if d.what in ("email", "mail"):
        return context.record(d.scope, "tickets")[2]
    if d.what == "comment":
        return text(d, "reply")
    if d.what in ("todo", "task", "checklist"):
        return title(d)
    if d.what in ("option", "choice"):
        return d.deal(rows("named")[d.what])
    return _quote(d) if d.what == "quote" else text(d, "content")


def _quote(d: Draw) -> str:
    return text(d, "sentence")


@provider("error")
def _error(d: Draw) -> Json:
    return text(d, "error")


@provider("reason")
def _reason(d: Draw) -> Json:
    if d.what in ("appointment", "visit", "patient", "encounter"):
        return context.record(d.scope, "cases")[6]
    return text(d, "reason")


@provider("question")
def _question(d: Draw) -> Json:
    return text(d, "question")


@provider("answer")
def _answer(d: Draw) -> Json:
    """Return the answer to the question beside it, where that is one of the table's."""
    asked, found = context.made(d.scope, "question"), decks("texts")
    pairs = dict(zip(found["question"], found["answer"], strict=True))
    return (pairs.get(asked) if isinstance(asked, str) else None) or d.deal(found["answer"])


@provider("step")
def _step(d: Draw) -> Json:
    steps = local_texts("step", d.what, context.locale(d.scope))
    return steps[(d.leaf.index or 0) % len(steps)]


@provider("sentence")
def _sentence(d: Draw) -> Json:
    return text(d, "sentence")


@provider("tag", "skill", "hobby", "permission", "allergy", "role", "genre", "feature")
def _short_text(d: Draw) -> Json:
    if d.kind in ("feature", "genre"):
        return text(d, d.kind)
    if d.kind != "tag":
        return d.deal(rows("named")[d.kind])
    if d.what in _ARTICLES:
        own = context.record(d.scope, "articles")[1].split(", ")
        return own[d.leaf.index or 0] if (d.leaf.index or 0) < len(own) else d.deal(_tags("text"))
    topic = "ticket" if d.what in _TICKETS | {"task"} else context.topic(d.scope)
    return d.deal(local(context.locale(d.scope)).get("tags") or _tags(topic))


def _tags(topic: str) -> tuple[str, ...]:
    return rows("tags").get(topic) or rows("tags")["*"]
