"""One request and its reply, as every surface has them, and the header fields they share."""

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
"""Recorded, never sent: the caller closed the connection before it was answered (nginx's
status)."""


BODILESS: Final = frozenset({204, 205, 304})
"""Statuses whose answers have no body (RFC 9110, section 6.4.1)."""
# `checkout-42`, `shop/cart` is none: an id is one segment of a path, and may name a file.
TEST_ID: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:~-]{0,199}")
TEST_ID_TOLD: Final = "a test id: up to 200 letters, digits and . _ : ~ -, a letter or digit first"
"""What a test id is, for error messages."""
_MAX_NAMES: Final = 50
"""Names that one header lists; servers and proxies bound a header to some kilobytes."""
_NAME_CHARS: Final = 80
"""Characters of each listed name."""
# Anything but printable ASCII, and the comma, which separates the names: `größe`, `a,b`.
_UNFIT: Final = re.compile(r"[^\x21-\x2b\x2d-\x7e ]")


@dataclass(slots=True)
class Exchange:
    """One HTTP request as it came, and what happens to it on its way."""

    id: str
    method: str
    raw_path: bytes
    """The path below the mount, percent-encoded as it came."""
    query: bytes
    headers: list[Header]
    """All header fields in order, their names in lower case."""
    known: dict[bytes, bytes]
    """Those header fields that the cycle reads itself."""
    target: bytes = b""
    """The whole path as it was asked for, percent-encoded."""
    started: float = field(default_factory=time.perf_counter)
    """Seconds of ``time.perf_counter``."""
    body: bytes = b""
    """The body as it came; empty for a multipart body, see ``upload``."""
    trace: Trace = field(default_factory=Trace)
    digest: bytes | None = None
    """Of the raw request, where a stored answer was looked for under it."""
    recalled: bool = False
    """Whether it was answered with stored bytes, without being parsed."""
    test: str = ""
    """The id of the test it belongs to; empty for none."""
    fault: Fault | None = None
    """What a fault script does to it; None for nothing."""
    upload: Json | Missing = MISSING
    """The value of a multipart body, whose bytes are not kept."""
    stack: AsyncExitStack | None = None
    """Closed when the answer is out, however the request ends."""
    ignored: tuple[str, ...] = ()
    """Fields that a chat surface does not act on, whether it knows them or not."""
    late_head: Callable[[], Iterable[Header]] = tuple
    """Returns header fields that may change until the head goes out, such as a key's remaining
    quota."""
    reply: Reply | None = None
    """What goes out; set when its head does."""
    sent: bool = False
    """Whether the last byte of the answer is out."""
    noted: bool = False
    """Whether what became of it is in the journal."""

    @property
    def seconds(self) -> float:
        """Seconds since the request came."""
        return time.perf_counter() - self.started

    def accepts(self, kind: bytes) -> bool:
        """Whether ``Accept`` contains ``kind``, a word in lower case such as ``ndjson``."""
        return kind in self.known.get(b"accept", b"").lower()

    @property
    def cache(self) -> str:
        """``replay`` for a chat that was answered from a recording, else empty."""
        return "replay" if self.trace.replayed else ""

    def fingerprint(self) -> bytes:
        """Return the raw bytes of everything that can change the answer.

        The result is unambiguous: no header field can be empty or hold a line end, and the body is
        last.
        """
        relevant = [name + b":" + value for name, value in self.headers if name in RELEVANT_HEADERS]
        head = (self.answered_method.encode(), self.raw_path, self.query, *relevant, b"", self.body)
        return b"\n".join(head)

    @property
    def answered_method(self) -> str:
        """The method by which the request is answered: GET for HEAD (RFC 9110, section 9.3.2)."""
        return "GET" if self.method == "HEAD" else self.method


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out over HTTP: status, head, body or stream."""

    status: int
    head: tuple[Header, ...]
    body: bytes
    cache: str = ""
    """``hit``, ``miss``, ``stale``, ``replay``; empty where nothing is stored."""
    backend: str = ""
    cost_usd: float = 0.0
    """Of this reply; one that was stored costs nothing again."""
    problem: str = ""
    """The code of the problem that it reports; empty for an answer."""
    stream: AsyncGenerator[bytes, None] | None = None
    """Parts of the body that go out as they are made, before ``body``."""


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
    """Return the exchange for an ASGI HTTP scope."""
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
    """Set the test of a request, named by ``X-Test-Id`` or by ``/@{id}`` before the path.

    The path loses that prefix. Raises InvalidControlError for a malformed id, and for two that
    differ.
    """
    given = exchange.known.get(b"x-test-id")
    if given is not None:
        exchange.test = _test_id(given, "header X-Test-Id")
    if not exchange.raw_path.startswith(b"/@"):
        return
    # `/@checkout-42/users`: for clients that can be given a base URL, but no header field.
    first, slash, rest = exchange.raw_path[2:].partition(b"/")
    test = _test_id(unquote_to_bytes(first), "path")
    if exchange.test not in ("", test):
        other = f"the test id of the header X-Test-Id, {exchange.test}, or none"
        raise InvalidControlError("path", f"/@{test}", other)
    exchange.test, exchange.raw_path = test, slash + rest


def located(head: Iterable[Header], target: bytes) -> tuple[Header, ...]:
    """Return the head with absolute paths in ``Location`` and ``Link``.

    ``target`` is the path of the request. Not every client resolves relative references.
    """
    return tuple((name, _RESOLVED.get(name, _as_it_is)(value, target)) for name, value in head)


def _as_it_is(value: bytes, _: bytes) -> bytes:
    return value


_RESOLVED: Final = {
    b"location": lambda value, target: urljoin(target, value),
    b"link": lambda value, target: value.replace(b"<?", b"<" + target + b"?"),
}


def _test_id(raw: bytes, place: str) -> str:
    if not TEST_ID.fullmatch(raw):
        shown = raw[:100].decode("ascii", "backslashreplace")
        raise InvalidControlError(place, shown, TEST_ID_TOLD)
    return raw.decode("ascii")


def _below(mount: bytes, scope: MutableMapping[str, Any]) -> bytes:
    """Return the percent-encoded path below the mount."""
    raw: bytes = scope.get("raw_path") or b""
    # Servers differ in whether `raw_path` includes `root_path`.
    for prefix in (scope.get("root_path", "").encode() + mount, mount):
        if raw.startswith(prefix):
            return raw.removeprefix(prefix)
    # The mount itself came percent-encoded (`/%61pi/mock/users`), or the server has no raw path.
    return quote(scope["path"]).encode().removeprefix(mount)


def encode_head(response: MockResponse) -> tuple[Header, ...]:
    """Return the header fields of an answer that stay the same however often it is sent."""
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
    """Return the header fields of a streamed answer, whose end is not known yet."""
    later = (b"content-type", b"content-length", b"x-mock-filled")
    head = [field for field in encode_head(response) if field[0] not in later]
    return ((b"content-type", content_type), *head)


def encode_ignored(names: Sequence[str]) -> Header:
    """Return the header field ``X-Mock-Ignored``."""
    return (b"x-mock-ignored", _listed(names))


def encode_recording(name: str) -> Header:
    """Return the header field ``X-Mock-Recording``."""
    return (b"x-mock-recording", _listed((name,)))


def _listed(names: Sequence[str]) -> bytes:
    """Return a comma-separated list; characters that no header may hold are shown as ``?``.

    The names may be a caller's, and must not be able to end the header field.
    """
    shown = [_UNFIT.sub("?", name[:_NAME_CHARS]) for name in names[:_MAX_NAMES]]
    if len(names) > _MAX_NAMES:
        shown.append(f"and {len(names) - _MAX_NAMES} more")
    return ", ".join(shown).encode()


def encode_cost(usd: float) -> Header:
    """Return the header field with what backends charged for this reply; 0 for a stored one."""
    return (b"x-mock-cost-usd", f"{usd:.6f}".encode()) if usd else _FREE


_FREE: Final = (b"x-mock-cost-usd", b"0.000000")


def encode_timings(timings: Sequence[tuple[str, float]], total: float) -> bytes:
    """Return the value of ``Server-Timing``: milliseconds of each stage, added up by name."""
    if not timings:  # a stored answer; this is the path that has to be quick
        return f"total;dur={total * 1000:.2f}".encode()
    stages: dict[str, float] = {}
    for name, seconds in timings:
        stages[name] = stages.get(name, 0.0) + seconds
    stages["total"] = total
    return ", ".join(f"{name};dur={s * 1000:.2f}" for name, s in stages.items()).encode()


def problem_reply(problem: Problem, *extra: Header) -> Reply:
    """Return a problem as a reply, with extra header fields."""
    return Reply(problem.status, (*problem.headers, *extra), problem.body, problem=problem.code)
