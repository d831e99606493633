"""One request and its answer, as every surface has them, and the header fields they share."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, Callable, Iterable, MutableMapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes, urljoin

from mockwright.errors import InvalidControlError
from mockwright.faults import Fault
from mockwright.types import MISSING, Json, Missing, MockResponse, Trace
from mockwright.web.controls.controls import RELEVANT_HEADERS, Header
from mockwright.web.http.problems import Problem
from mockwright.web.http.request_id import request_id

CLIENT_GONE: Final = 499
"""Noted, never sent: the caller closed the connection before it was answered."""


BODILESS: Final = frozenset({204, 205, 304})
"""Statuses whose answers have no body (RFC 9110, section 6.4.1)."""
TEST_ID: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:~-]{0,199}")
TEST_ID_TOLD: Final = "a test id: up to 200 letters, digits and . _ : ~ -, a letter or digit first"
_NAMES: Final = 50
_NAME_CHARS: Final = 80
_UNFIT: Final = re.compile(r"[^\x21-\x2b\x2d-\x7e ]")


@dataclass(slots=True)
class Exchange:
    """A request as it came, and what happens to it."""

    id: str
    method: str
    raw_path: bytes
    """Below the mount."""
    query: bytes
    headers: list[Header]
    known: dict[bytes, bytes]
    """The headers that the surface itself reads."""
    target: bytes = b""
    """The whole path as it was asked for."""
    started: float = field(default_factory=time.perf_counter)
    body: bytes = b""
    trace: Trace = field(default_factory=Trace)
    digest: bytes | None = None
    """Of the raw request, where a stored answer was looked for under it."""
    recalled: bool = False
    """Answered from stored bytes, without being understood."""
    test: str = ""
    """The test id it came with."""
    fault: Fault | None = None
    """What a fault script does to it."""
    upload: Json | Missing = MISSING
    """What was read of a multipart body, which is not kept as bytes."""
    stack: AsyncExitStack | None = None
    """Left when the answer is out, however the request ends."""
    ignored: tuple[str, ...] = ()
    """What a chat surface understood, or does not know, and does not act on."""
    late_head: Callable[[], Iterable[Header]] = tuple
    """Gives the header fields that change until the head goes out: what a key has left."""
    reply: Reply | None = None
    """What goes out, from its head on."""
    sent: bool = False
    """Whether the last of the answer is out."""
    noted: bool = False
    """Whether what became of it is in the journal."""

    @property
    def seconds(self) -> float:
        """Since it came."""
        return time.perf_counter() - self.started

    def accepts(self, kind: bytes) -> bool:
        """Whether ``Accept`` names a kind of media, such as ``ndjson``."""
        return kind in self.known.get(b"accept", b"").lower()

    @property
    def cache(self) -> str:
        """Of a chat: whether its answer was recorded before."""
        return "replay" if self.trace.replayed else ""

    def fingerprint(self) -> bytes:
        """Everything raw that can change the answer.

        Unambiguous: no line of a head can be empty or hold a line end, and the body is last.
        """
        relevant = [name + b":" + value for name, value in self.headers if name in RELEVANT_HEADERS]
        head = (self.answered_method.encode(), self.raw_path, self.query, *relevant, b"", self.body)
        return b"\n".join(head)

    @property
    def answered_method(self) -> str:
        """HEAD is answered as GET is, without the body (RFC 9110, section 9.3.2)."""
        return "GET" if self.method == "HEAD" else self.method


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out."""

    status: int
    head: tuple[Header, ...]
    body: bytes
    cache: str = ""
    backend: str = ""
    cost_usd: float = 0.0
    """Of this answer; a stored one costs nothing more."""
    problem: str = ""
    """The code of a problem."""
    stream: AsyncGenerator[bytes, None] | None = None
    """What goes out after ``body``, as it is made."""


_READ: Final = frozenset(
    {
        b"accept",
        b"origin",
        b"x-request-id",
        b"x-test-id",
        b"content-type",
        b"content-encoding",
        b"content-length",
        b"access-control-request-method",
        b"access-control-request-headers",
    }
)


def open_exchange(scope: MutableMapping[str, Any], mount: bytes) -> Exchange:
    """From an ASGI HTTP scope."""
    headers: list[Header] = scope["headers"]
    known = {name: value for name, value in headers if name in _READ}
    return Exchange(
        id=request_id(known.get(b"x-request-id")),
        method=scope["method"],
        raw_path=_below(mount, scope),
        target=scope.get("raw_path") or b"",
        query=scope["query_string"],
        headers=headers,
        known=known,
    )


def assign(exchange: Exchange) -> None:
    """To the test that the request is of: by ``X-Test-Id``, or by ``/@{id}`` before the path.

    Raises InvalidControlError for an id that is none, and for two that differ.
    """
    given = exchange.known.get(b"x-test-id")
    if given is not None:
        exchange.test = _test_id(given, "header X-Test-Id")
    if not exchange.raw_path.startswith(b"/@"):
        return
    first, slash, rest = exchange.raw_path[2:].partition(b"/")
    test = _test_id(unquote_to_bytes(first), "path")
    if exchange.test not in ("", test):
        other = f"the test id of the header X-Test-Id, {exchange.test}, or none"
        raise InvalidControlError("path", f"/@{test}", other)
    exchange.test, exchange.raw_path = test, slash + rest


def located(head: Iterable[Header], target: bytes) -> tuple[Header, ...]:
    """``Location`` and ``Link`` with paths that are whole: not every client resolves them."""
    return tuple((name, _WHOLE.get(name, _as_it_is)(value, target)) for name, value in head)


def _as_it_is(value: bytes, _: bytes) -> bytes:
    return value


_WHOLE: Final = {
    b"location": lambda value, target: urljoin(target, value),
    b"link": lambda value, target: value.replace(b"<?", b"<" + target + b"?"),
}


def _test_id(raw: bytes, place: str) -> str:
    if not TEST_ID.fullmatch(raw):
        shown = raw[:100].decode("ascii", "backslashreplace")
        raise InvalidControlError(place, shown, TEST_ID_TOLD)
    return raw.decode("ascii")


def _below(mount: bytes, scope: MutableMapping[str, Any]) -> bytes:
    raw: bytes = scope.get("raw_path") or b""
    for prefix in (scope.get("root_path", "").encode() + mount, mount):
        if raw.startswith(prefix):
            return raw.removeprefix(prefix)
    # The mount itself is percent-encoded: ``/%61pi/mock/users``.
    return quote(scope["path"]).encode().removeprefix(mount)


def encode_head(response: MockResponse) -> tuple[Header, ...]:
    """The header fields that belong to an answer, however often it is sent."""
    head = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(response.body)).encode()),
        (b"x-llm-backend", response.backend.encode()),
        (b"x-mock-filled", str(response.filled).encode()),
        (b"x-mock-flow", response.flow.encode()),
    ]
    if response.confidence is not None:
        head.append((b"x-mock-confidence", f"{response.confidence:.3f}".encode()))
    if response.seed is not None:
        head.append((b"x-mock-seed", response.seed.encode()))
    if response.quality is not None:
        head.append((b"x-mock-quality", f"{response.quality:.3f}".encode()))
    if response.recording is not None:
        head.append(encode_recording(response.recording))
    if response.autoshape is not None:
        head.append((b"x-mock-autoshape", _listed((response.autoshape,))))
    if response.agreed:
        head.append((b"x-mock-agreed", str(response.agreed).encode()))
    if response.computed:
        head.append((b"x-mock-computed", _listed(response.computed)))
    if response.unverified:
        head.append((b"x-mock-unverified", _listed(response.unverified)))
    if response.ignored:
        head.append(encode_ignored(response.ignored))
    return (*head, *response.extra)


def encode_begun(response: MockResponse, content_type: bytes) -> tuple[Header, ...]:
    """The header fields of an answer of which the end is not known."""
    later = (b"content-type", b"content-length", b"x-mock-filled")
    head = [field for field in encode_head(response) if field[0] not in later]
    return ((b"content-type", content_type), *head)


def encode_ignored(names: Sequence[str]) -> Header:
    """``X-Mock-Ignored``."""
    return (b"x-mock-ignored", _listed(names))


def encode_recording(name: str) -> Header:
    """``X-Mock-Recording``."""
    return (b"x-mock-recording", _listed((name,)))


def _listed(names: Sequence[str]) -> bytes:
    """The names may be a caller's: what no header may hold is shown as ``?``."""
    shown = [_UNFIT.sub("?", name[:_NAME_CHARS]) for name in names[:_NAMES]]
    if len(names) > _NAMES:
        shown.append(f"and {len(names) - _NAMES} more")
    return ", ".join(shown).encode()


def encode_cost(usd: float) -> Header:
    """What the backends charged for this answer, now; nothing for one that was stored."""
    return (b"x-mock-cost-usd", f"{usd:.6f}".encode()) if usd else _FREE


_FREE: Final = (b"x-mock-cost-usd", b"0.000000")


def encode_timings(timings: Sequence[tuple[str, float]], total: float) -> bytes:
    """``Server-Timing``: one entry a stage, in milliseconds; what ran twice is added up."""
    if not timings:  # a stored answer
        return f"total;dur={total * 1000:.2f}".encode()
    stages: dict[str, float] = {}
    for name, seconds in timings:
        stages[name] = stages.get(name, 0.0) + seconds
    stages["total"] = total
    return ", ".join(f"{name};dur={s * 1000:.2f}" for name, s in stages.items()).encode()


def problem_reply(problem: Problem, *extra: Header) -> Reply:
    """A problem as a reply."""
    return Reply(problem.status, (*problem.headers, *extra), problem.body, problem=problem.code)
