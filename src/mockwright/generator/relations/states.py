"""A state and the times beside it: what has landed has left, what is planned lies ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

from mockwright.generator.relations.base import Changes, MemberNames, ObjectPart, has_kind, relation

Phase: TypeAlias = Literal["past", "present", "future", "soon"]
"""Where the present is, seen from the times of an object; ``soon`` is minutes before the
beginning.
"""

_BEGINS: Final = ("departure", "start", "check in", "begin", "shipped", "issue", "started")
"""Names of times at which something begins."""
_ENDS: Final = ("arrival", "end", "check out", "estimated delivery", "due", "finished", "renewal")
"""Names of times at which something ends."""
_PHASES: Final[dict[str, Phase]] = {
    **dict.fromkeys(
        ("completed", "done", "landed", "arrived", "delivered", "checked_out", "attended", "ended",
         "finished", "closed", "past", "overdue", "expired", "succeeded", "failed"),
        "past",
    ),
    **dict.fromkeys(
        ("departed", "in_progress", "in_air", "in_flight", "ongoing", "live", "running", "active",
         "in_transit", "out_for_delivery", "checked_in", "sent", "open", "trialing", "on_hold"),
        "present",
    ),
    **dict.fromkeys(
        ("scheduled", "planned", "planning", "upcoming", "confirmed", "booked", "delayed",
         "not_started", "todo"),
        "future",
    ),
    "boarding": "soon",
}  # fmt: skip
"""The phase that a state tells."""
_DAY: Final = timedelta(days=1)


def _has_state_and_time(keys: MemberNames) -> bool:
    state = "status" in keys.kinds or "active" in keys.said
    return state and any(name in keys.moments for name in (*_BEGINS, *_ENDS))


@relation(_has_state_and_time)
def state_times(part: ObjectPart, changes: Changes) -> None:
    """What is over lies in the past, what goes on has begun and not ended, plans lie ahead."""
    phase, moments = _phase(part), part.moments()
    first = next((moments[name] for name in _BEGINS if name in moments), None)
    last = next((moments[name] for name in _ENDS if name in moments), None)
    begin, end = (_read_time(part.owner[key]) if key else None for key in (first, last))
    if (
        # A date and a time of day cannot be moved alike: {10, 20} are the lengths of both.
        phase is None
        or not (begin or end)
        or {len(part.owner[k]) for k in (first, last) if k} in ({10, 20},)
    ):
        return
    shift = _shift(
        phase, begin or end, end or begin, changes.now, dated=_dated(part, first or last)
    )
    for key, moment in ((first, begin), (last, end)):
        if key and moment and shift:
            _write_time(part, changes, key, moment, shift)


def _phase(part: ObjectPart) -> Phase | None:
    for key in part.kind("status"):
        value = part.owner[key]
        if isinstance(value, str):
            return _PHASES.get(value.lower().replace("-", "_").replace(" ", "_"))
    return "present" if part.owner.get("active") is True else None


def _dated(part: ObjectPart, key: str | None) -> bool:
    return key is not None and len(part.owner[key]) == 10


def _read_time(text: str) -> datetime | None:
    """Return a date or a UTC time of the usual length, None for any other text."""
    if len(text) not in (10, 20) or (len(text) == 20 and text[-1] != "Z"):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _shift(
    phase: Phase, begin: datetime | None, end: datetime | None, now: datetime, *, dated: bool
) -> timedelta:
    """Return how far to move both, in whole days where days will do."""
    if begin is None or end is None:
        return timedelta()
    if phase == "past" and end >= now:
        # Some days more, of the date's own, so that not everything ended yesterday.
        return -_whole_days(end - now) - timedelta(days=end.day % 7)
    if phase == "future" and begin <= now:
        return _whole_days(now - begin) + timedelta(days=1 + begin.day % 7)
    if phase == "soon":
        # Boarding begins some half an hour before departure.
        return now + timedelta(minutes=25) - begin
    if phase == "present" and not begin <= now <= end:
        # What goes on is two fifths through.
        target = now - (end - begin) * 0.4
        moved = target - begin
        return (
            timedelta(days=round(moved / _DAY)) if dated or abs(end - begin) > 3 * _DAY else moved
        )
    return timedelta()


def _whole_days(span: timedelta) -> timedelta:
    return timedelta(days=span.days + 1)


def _write_time(
    part: ObjectPart, changes: Changes, key: str, moment: datetime, shift: timedelta
) -> None:
    try:
        moved = (moment + shift).replace(second=0) if shift.seconds else moment + shift
    except OverflowError:
        return
    text = moved.replace(microsecond=0, tzinfo=None).isoformat()
    changes.put(part.owner, key, text[:10] if len(part.owner[key]) == 10 else f"{text}Z")


@relation(
    lambda keys: has_kind("status")(keys) and bool({"progress", "completed"} & set(keys.said))
)
def progress_fits(part: ObjectPart, changes: Changes) -> None:
    """What is done is completed and at 100 percent, what is planned is at 0."""
    key = next(iter(part.kind("status")))
    state = part.owner[key]
    if not isinstance(state, str):
        return
    done = state.lower() in ("completed", "done", "closed", "finished")
    for flag in ("completed", "done"):
        changes.put(part.owner, flag, done)
    progress = part.number("progress")
    if progress and done:
        changes.put(part.owner, progress, 100)
    elif progress and state.lower() in ("planning", "planned", "todo", "not_started"):
        changes.put(part.owner, progress, 0)


_HAPPENED: Final = {
    "published": "published", "delivered": "delivered", "shipped": "shipped",
    "completed": "completed", "resolved": "resolved", "closed": "closed", "paid": "paid",
}  # fmt: skip
"""The state that a time tells, by the name of the time; the first one that is there counts."""
_NOT_YET: Final = frozenset(
    ["draft", "pending", "open", "new", "scheduled", "todo", "unpaid", "processing", "active",
     "inactive"]
)  # fmt: skip
"""States in which none of that has happened."""


@relation(lambda keys: "status" in keys.kinds and any(name in keys.moments for name in _HAPPENED))
def what_happened(part: ObjectPart, changes: Changes) -> None:
    """What has a time of publication, delivery or payment is published, delivered or paid."""
    moments = part.moments()
    reached = next((state for name, state in _HAPPENED.items() if name in moments), None)
    for key in part.kind("status"):
        if reached and part.owner[key] in _NOT_YET:
            changes.put(part.owner, key, reached)
            return
