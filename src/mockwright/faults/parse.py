"""Parsing of fault scripts as they are written; what is wrong with one is told with its place."""

from __future__ import annotations

import re
from typing import Final

from mockwright.errors import FaultScriptError
from mockwright.faults.fault import Fault, Header
from mockwright.faults.latency import read_latency
from mockwright.faults.parse_node import ScriptNode
from mockwright.faults.rate_limit import Quota
from mockwright.faults.script import FaultRule, FaultScript, FaultStep
from mockwright.jsontext import dump
from mockwright.schema.types import is_number
from mockwright.settings import LimitSettings
from mockwright.types import MISSING, Json

MAX_RULES: Final = 100
"""The most rules of a script."""
MAX_STEPS: Final = 1000
"""The most entries of a sequence."""
MAX_TIMES: Final = 1_000_000
"""The most times that an entry is repeated, and the most requests of a rate limit."""
MAX_BYTES: Final = 2**20
"""The most bytes of a script as JSON: every test id may have one."""

_MAX_PATH: Final = 1000
_MAX_METHODS: Final = 20
_MAX_HEADERS: Final = 50
_MAX_VALUE: Final = 8192
_MAX_MESSAGE: Final = 2000
_DAY: Final = 86_400.0
_MAX_SEED: Final = 2**63 - 1

# "GET", "patch". Not "GET /".
_METHOD: Final = re.compile(r"[A-Za-z]{1,20}")
# A token (RFC 9110, section 5.6.2): "x-request-id". Not "x id".
_FIELD_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
# A field value (RFC 9110, section 5.5) in ASCII: "text/html; q=1", "". Not " a", nor anything with
# a line break, which would begin another field.
_FIELD_VALUE: Final = re.compile(r"(?:[!-~](?:[ -~\t]*[!-~])?)?")
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection"})
"""Fields that tell where an answer ends: wrong ones are what ``truncate`` and ``reset`` are for."""
_BODILESS: Final = frozenset({204, 205, 304})
"""Statuses whose answers have no body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5)."""

_RULE: Final = ("match", "sequence", "repeat", "chance", "seed", "latency", "rate_limit")
"""The members of a rule."""
_EFFECTS: Final = (
    "status", "retry_after", "message", "details", "body", "headers",
    "delay", "reset", "close", "truncate", "malformed", "slow", "pass",
)  # fmt: skip
"""The members of an entry that say what happens."""
_ANSWER: Final = frozenset(_EFFECTS) - {"delay", "reset", "close", "truncate", "pass"}
"""Effects that show only where some of an answer is sent."""
_ENTRY: Final = f"'pass', or an object with any of {', '.join(_EFFECTS)} and times"
"""What an entry may be, in messages."""


def read_faults(value: Json, limits: LimitSettings) -> FaultScript:
    """Return the script that ``value`` writes down; raises :class:`FaultScriptError`."""
    rules = ScriptNode(value).items(0, MAX_RULES, "rules")
    try:
        size = len(dump(value))
    except (TypeError, ValueError, RecursionError):
        raise FaultScriptError("expected nothing but JSON values") from None
    if size > MAX_BYTES:
        raise FaultScriptError(f"the script is over the limit of {MAX_BYTES} bytes")
    return FaultScript([_rule(node, limits.max_delay) for node in rules], limits.max_delay)


def _rule(node: ScriptNode, most: float) -> FaultRule:
    given = node.members(_RULE, f"a rule: an object with any of {', '.join(_RULE)}")
    if not given.keys() & {"sequence", "latency", "rate_limit"}:
        node.fail("a rule without an effect; expected a sequence, a latency or a rate_limit")
    for name in ("repeat", "chance", "seed"):
        _require_use(name, given)
    methods, path = _match(given.get("match", ScriptNode({})))
    sequence = given.get("sequence")
    return FaultRule(
        given=node.value,
        methods=methods,
        path=path,
        steps=() if sequence is None else _steps(sequence, most),
        # A chance is meant for as long as requests come.
        repeat=given["repeat"].flag() if "repeat" in given else "chance" in given,
        chance=given["chance"].number(0, 1) if "chance" in given else 1.0,
        seed=given["seed"].integer(0, _MAX_SEED) if "seed" in given else 0,
        latency=read_latency(given["latency"], most) if "latency" in given else None,
        quota=_quota(given["rate_limit"]) if "rate_limit" in given else None,
    )


def _require_use(name: str, given: dict[str, ScriptNode]) -> None:
    """Raise if a member is given without one that it has an effect on."""
    needed = {
        "repeat": {"sequence"},
        "chance": {"sequence", "latency"},
        "seed": {"chance", "latency"},
    }[name]
    if name in given and not given.keys() & needed:
        given[name].fail(f"has no effect without a {' or a '.join(sorted(needed))}")


def _match(node: ScriptNode) -> tuple[frozenset[str], str]:
    given = node.members(("method", "path"), "an object with a method, a path, or both")
    path = given["path"].text(_MAX_PATH) if "path" in given else "/**"
    if not path.startswith("/"):
        given["path"].refuse("a path pattern that starts with '/', such as /users/**")
    if "method" not in given:
        return frozenset(), path
    method = given["method"]
    listed = isinstance(method.value, list | tuple)
    methods = method.items(1, _MAX_METHODS, "methods") if listed else [method]
    return frozenset(_method(one) for one in methods), path


def _method(node: ScriptNode) -> str:
    if not isinstance(node.value, str) or not _METHOD.fullmatch(node.value):
        node.refuse("a method such as GET, or a list of methods")
    return node.value.upper()


def _steps(node: ScriptNode, most: float) -> tuple[FaultStep, ...]:
    return tuple(_step(entry, most) for entry in node.items(1, MAX_STEPS, "entries"))


def _step(node: ScriptNode, most: float) -> FaultStep:
    if node.value == "pass":
        return FaultStep(None)
    if isinstance(node.value, str):
        node.refuse(_ENTRY)
    given = node.members((*_EFFECTS, "times"), _ENTRY)
    times = given["times"].integer(1, MAX_TIMES) if "times" in given else 1
    fault = _fault(given, most)
    if "pass" in given and given["pass"].flag():
        if len(given.keys() - {"times"}) > 1:
            given["pass"].fail("a request that passes has no other effect")
        return FaultStep(None, times)
    if fault == Fault():
        node.fail(f"an entry without an effect; expected {_ENTRY}")
    _check_effects(node, given, fault)
    return FaultStep(fault, times)


def _fault(given: dict[str, ScriptNode], most: float) -> Fault:
    return Fault(
        status=given["status"].integer(200, 599) if "status" in given else None,
        message=given["message"].text(_MAX_MESSAGE) if "message" in given else None,
        details=given["details"].value if "details" in given else None,
        body=given["body"].value if "body" in given else MISSING,
        headers=_headers(given["headers"]) if "headers" in given else (),
        retry_after=given["retry_after"].seconds(_DAY) if "retry_after" in given else None,
        delay=given["delay"].seconds(most) if "delay" in given else 0.0,
        reset="reset" in given and given["reset"].flag(),
        close="close" in given and given["close"].flag(),
        truncate=_share(given["truncate"]) if "truncate" in given else None,
        malformed="malformed" in given and given["malformed"].flag(),
        slow=given["slow"].rate() if "slow" in given else None,
    )


def _share(node: ScriptNode) -> float:
    share = node.number(0, 1)
    if share == 1:
        node.refuse("the share of the body that is sent: a number from 0 to below 1")
    return share


def _check_effects(node: ScriptNode, given: dict[str, ScriptNode], fault: Fault) -> None:
    """Raise where one effect leaves no room for another: none is ignored in silence."""
    if fault.reset and fault.close:
        node.fail("a connection is either reset or closed")
    if fault.silent and (lost := sorted(given.keys() & _ANSWER)):
        told = "before any of the answer is sent; a truncate beside it sends some"
        given[lost[0]].fail(f"has no effect where the connection ends {told}")
    if fault.error is None:
        for name in given.keys() & {"message", "details"}:
            given[name].fail("belongs to an error; expected a status from 400 on, and no body")
    if fault.retry_after is not None:
        if fault.status is None:
            given["retry_after"].fail("expected a status beside it, such as 429 or 503")
        if any(name == b"retry-after" for name, _ in fault.headers):
            given["retry_after"].fail("is among the headers, too")
    if fault.status in _BODILESS and (lost := sorted(given.keys() & _OF_BODY)):
        given[lost[0]].fail(f"an answer of status {fault.status} has no body")


_OF_BODY: Final = frozenset({"body", "truncate", "malformed", "slow"})
"""Effects on the body."""


def _headers(node: ScriptNode) -> tuple[Header, ...]:
    if not isinstance(node.value, dict) or not 1 <= len(node.value) <= _MAX_HEADERS:
        node.refuse(f"an object of 1 to {_MAX_HEADERS} header fields")
    fields: list[Header] = []
    for given, value in node.value.items():
        name, place = str(given).lower(), node.at(given, value)
        if not _FIELD_NAME.fullmatch(name):
            place.fail("is no name of a header field")
        if name in _FRAMING:
            place.fail("frames the answer; use truncate, close or reset to break it")
        values = place.items(1, _MAX_HEADERS, "values") if isinstance(value, list) else [place]
        fields += [(name.encode(), _field_value(one)) for one in values]
    return tuple(fields)


def _field_value(node: ScriptNode) -> bytes:
    value = node.value
    if is_number(value):
        value = f"{value:g}" if isinstance(value, float) else str(value)
    if not isinstance(value, str) or len(value) > _MAX_VALUE or not _FIELD_VALUE.fullmatch(value):
        node.refuse(f"a header's value: printable ASCII, at most {_MAX_VALUE} characters")
    return value.encode("ascii")


def _quota(node: ScriptNode) -> Quota:
    given = node.members(("limit", "window"), "an object with a limit and a window")
    for name in ("limit", "window"):
        if name not in given:
            node.fail(f"expected a {name}")
    return Quota(given["limit"].integer(0, MAX_TIMES), given["window"].seconds(_DAY, 0.001))
