"""``POST /api/admin/requests/verify``: whether the requests came that a test expects."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mockwright.errors import MismatchError
from mockwright.memory.journal.expectations import Expectation, verify
from mockwright.memory.journal.journal import Journal
from mockwright.types import MISSING, Json, JsonObject
from mockwright.web.admin.tests import scope_id

_LISTED: Final = 50
"""Requests that a mismatch shows."""
Count = Annotated[int, Field(ge=0)]


class ExpectationBody(BaseModel):
    """One kind of request, and how often it must have come: at least once unless told otherwise.

    - `path`, `method`, `status`: what the request must be; `path` may have a `*` or a `{name}`.
    - `query`: parameters that it must have.
    - `json`: what its body must contain; objects may have more members.
    - `times`, or `at_least` and `at_most`: how often.
    """

    model_config = ConfigDict(extra="forbid")

    path: str | None = Field(None, max_length=4096)
    method: str | None = Field(None, max_length=20)
    status: int | None = None
    query: JsonObject = Field(default_factory=dict)
    json_: Json = Field(None, alias="json")
    """What the body must contain; objects may have more members."""
    times: Count | None = None
    at_least: Count | None = None
    at_most: Count | None = None

    @model_validator(mode="after")
    def _check_counts(self) -> ExpectationBody:
        least, most = self.at_least, self.at_most
        if self.times is not None and (least is not None or most is not None):
            raise ValueError("expected times, or at_least and at_most, not both")
        if least is not None and most is not None and least > most:
            raise ValueError(f"at_least {least} is more than at_most {most}")
        return self

    def expected(self) -> Expectation:
        """Return the expectation as a plain value; MISSING where no JSON is expected, since null is
        JSON."""
        given = self.model_dump(exclude={"json_"})
        return Expectation(
            **given, json=self.json_ if "json_" in self.model_fields_set else MISSING
        )


class VerifyBody(BaseModel):
    """The requests that are expected.

    - `test`: the id of a test, or `-` for requests without one; all requests if it is left out.
    - `expect`: from 1 to 100 expectations.
    - `ordered`: whether they must have come in this order.
    """

    model_config = ConfigDict(extra="forbid")

    test: str | None = None
    """``-`` for requests without a test id."""
    expect: Annotated[list[ExpectationBody], Field(min_length=1, max_length=100)]
    ordered: bool = False


def verify_journal(journal: Journal, wanted: VerifyBody) -> JsonObject:
    """Return how many requests were looked at, if all expectations hold.

    Raises MismatchError otherwise, with the latest of the requests that came.
    """
    test = None if wanted.test is None else scope_id(wanted.test)
    entries, dropped = journal.of_test(test), journal.dropped(test)
    expected = [one.expected() for one in wanted.expect]
    mismatches = verify(entries, expected, ordered=wanted.ordered, dropped=dropped)
    if not mismatches:
        return {"verified": True, "requests": len(entries)}
    shown = [journal.redactor.text(one) for one in mismatches]
    latest = [journal.summarize(entry) for entry in entries[-_LISTED:]]
    raise MismatchError("; ".join(shown)[:2_000], shown, latest)
