"""``POST /api/admin/requests/verify``: was what should have been called called?"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mockwright.errors import MismatchError
from mockwright.memory.journal.expectations import Expectation, verify
from mockwright.memory.journal.journal import Journal
from mockwright.types import MISSING, Json, JsonObject
from mockwright.web.admin.tests import scope_id

_LISTED: Final = 50
Count = Annotated[int, Field(ge=0)]


class ExpectationBody(BaseModel):
    """One kind of request, and how often it should have come: at least once by default."""

    model_config = ConfigDict(extra="forbid")

    path: str | None = Field(None, max_length=4096)
    method: str | None = Field(None, max_length=20)
    status: int | None = None
    query: JsonObject = Field(default_factory=dict)
    json_: Json = Field(None, alias="json")
    """What the body holds: objects may have more members."""
    times: Count | None = None
    at_least: Count | None = None
    at_most: Count | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> ExpectationBody:
        least, most = self.at_least, self.at_most
        if self.times is not None and (least is not None or most is not None):
            raise ValueError("expected times, or at_least and at_most, not both")
        if least is not None and most is not None and least > most:
            raise ValueError(f"at_least {least} is more than at_most {most}")
        return self

    def expected(self) -> Expectation:
        """As a plain value."""
        given = self.model_dump(exclude={"json_"})
        return Expectation(
            **given, json=self.json_ if "json_" in self.model_fields_set else MISSING
        )


class VerifyBody(BaseModel):
    """What is expected of one test, or of all requests."""

    model_config = ConfigDict(extra="forbid")

    test: str | None = None
    """``-`` is those without a test id."""
    expect: Annotated[list[ExpectationBody], Field(min_length=1, max_length=100)]
    ordered: bool = False


def verify_journal(journal: Journal, wanted: VerifyBody) -> JsonObject:
    """Raises MismatchError, with the requests that came."""
    test = None if wanted.test is None else scope_id(wanted.test)
    entries, dropped = journal.of_test(test), journal.dropped(test)
    expected = [one.expected() for one in wanted.expect]
    mismatches = verify(entries, expected, ordered=wanted.ordered, dropped=dropped)
    if not mismatches:
        return {"verified": True, "requests": len(entries)}
    shown = [journal.redactor.text(one) for one in mismatches]
    latest = [journal.summarize(entry) for entry in entries[-_LISTED:]]
    raise MismatchError("; ".join(shown)[:2_000], shown, latest)
