"""The lock folder as a source: recorded answers are replayed, others are made and recorded."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

import structlog

from mockwright.errors import BrokenRecordingError, ConfigError, TooLargeError
from mockwright.gateway.cached import EncodeHead
from mockwright.gateway.call import Call, Proceed
from mockwright.memory.cache.variant import ServedVariant, Variant
from mockwright.memory.journal.redact import Redactor
from mockwright.memory.state.scopes import Scope
from mockwright.planning.path_rules import with_own_rule
from mockwright.recordings import (
    FolderLimits,
    LookupKey,
    RecordedResponse,
    Recordings,
    RequestKey,
    StoredRecording,
    from_request,
    read_ignore,
)
from mockwright.settings import RecordingSettings
from mockwright.types import MockResponse, Mode, Plan, Trace, Violation

log = structlog.get_logger(__name__)

Header = tuple[bytes, bytes]

_MAX_FOLDERS: Final = 100
"""Folders within the lock folder that stay in memory; tests name them, so there may be many."""
_MAX_ALIASES: Final = 10_000
"""Raw requests whose recording is remembered; the oldest is forgotten first."""
_RECORDED_FIELDS: Final = frozenset(
    {
        "content-type",
        "x-mock-flow",
        "x-mock-filled",
        "x-mock-quality",
        "x-mock-seed",
        "x-mock-confidence",
        "x-mock-computed",
        "x-mock-unverified",
        "x-mock-ignored",
        "x-mock-autoshape",
    }
)
"""The header fields that are recorded with an answer; the others belong to one exchange only."""


@dataclass(frozen=True, slots=True)
class _Alias:
    """A replayed answer to a raw request, good as long as nothing in its folder has changed."""

    recordings: Recordings
    generation: int
    """That of ``recordings`` when the answer was found; another one means it may have changed."""
    served: ServedVariant


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A request's turn among the equal requests of one test."""

    recordings: Recordings
    sought: LookupKey
    folder: str
    """The name of the folder within the lock folder."""
    mode: Mode
    number: int
    """How many equal requests came before it in the same test."""
    stored: StoredRecording | None
    """The recorded answer; None where the answer has to be made."""
    leads: bool = False
    """Whether equal requests wait until the answer to this one is made."""

    @property
    def flight(self) -> tuple[str, bytes]:
        """The key under which equal requests share one answer that is being made."""
        return self.folder, self.sought.key


class RecordingPlayer:
    """Replays answers from the lock folder and its subfolders, and records new ones there.

    A folder is read when it is first asked for. ``redactor`` returns what takes secrets out; it is
    called each time, since a reload may bring another.
    """

    def __init__(self, settings: RecordingSettings, redactor: Callable[[], Redactor]) -> None:
        self._settings = settings
        self._redactor = redactor
        self._ignores = [read_ignore(settings.ignore)]
        self._folders: OrderedDict[str, Recordings] = OrderedDict()
        self._aliases: OrderedDict[bytes, _Alias] = OrderedDict()
        self._flights: dict[tuple[str, bytes], asyncio.Event] = {}
        """An event for each answer that is being made while equal requests may wait for it."""

    async def folder(self, name: str | None = None) -> Recordings:
        """Return the recordings of the lock folder, or of a folder within it, as they are on disk.

        Raises ConfigError where the folder cannot be read.
        """
        recordings = self._folders.get(name or "")
        if recordings is not None:
            await recordings.look_again()
            return recordings
        limits = FolderLimits(self._settings.max_entries, self._settings.max_entry_bytes)
        path = self._settings.folder / (name or "")
        recordings = Recordings(path, self._redactor().text, limits)
        await recordings.start(self._ignores)
        # While this one read, another request may have read the same folder: then its object is
        # used, because two objects for one folder would not see each other's recordings.
        recordings = self._folders.setdefault(name or "", recordings)
        while len(self._folders) > _MAX_FOLDERS:
            _, oldest = self._folders.popitem(last=False)
            await oldest.aclose()
        return recordings

    def hide_anew(self) -> None:
        """Redact recordings by the current redactor from now on, as after a reload of the
        configuration."""
        for recordings in self._folders.values():
            recordings.use(self._redactor().text)
        self._aliases.clear()

    async def aclose(self) -> None:
        """Wait until everything that is being written is on disk."""
        for recordings in self._folders.values():
            await recordings.aclose()

    def hit_raw(self, raw: bytes) -> ServedVariant | None:
        """Return the recorded answer to a raw request that was replayed before, without parsing
        anything.

        Also returns None when it is time to look for changes on the disk, which the full way does.
        """
        alias = self._aliases.get(raw)
        if alias is None or alias.recordings.due:
            return None
        if alias.recordings.generation != alias.generation:
            del self._aliases[raw]
            return None
        return alias.served

    def alias(
        self, raw: bytes, key: RequestKey, ignore: Sequence[str], mode: Mode, scope: Scope
    ) -> None:
        """Remember the recording for a raw request, if the next such request gets the same one."""
        recordings = self._folders.get(scope.overrides.recordings or "")
        # In a test in mode `auto`, each equal request is another turn, which may not be recorded.
        if recordings is None or (scope.id and mode == "auto"):
            return
        sought = recordings.seek(key, _ignore(tuple(ignore)))
        stored = recordings.find(sought)
        # Where a second turn has an answer of its own, the turns have to be counted each time.
        if stored is None or recordings.find(sought, 1) is not stored or stored.status != 200:
            return
        response = _response(stored)
        variant = Variant(response.body, response.head, sha256(response.body).digest(), 0.0)
        alias = _Alias(recordings, recordings.generation, ServedVariant(variant, "replay"))
        self._aliases[raw] = alias
        if len(self._aliases) > _MAX_ALIASES:
            self._aliases.popitem(last=False)

    async def turn(
        self, key: RequestKey, ignore: Sequence[str], mode: Mode, scope: Scope
    ) -> Occurrence:
        """Return the turn of a request in its test, with the recorded answer if there is one.

        Raises NotRecordedError where only recorded answers are wanted and there is none.
        """
        folder = scope.overrides.recordings or ""
        recordings = await self.folder(folder)
        sought = recordings.seek(key, _ignore(tuple(ignore)))
        # The turn is taken before anything else is awaited, so that equal requests which a test
        # sends at the same time get different turns. Without a test id they are the same request.
        nth = scope.sequences.take(folder, mode, sought.key) if scope.id else 0
        turn = Occurrence(recordings, sought, folder, mode, nth, None)
        if mode == "record":
            return turn
        stored = recordings.find(sought, nth)
        if stored is None and mode == "auto" and not scope.id:
            # Equal requests wait for the first, so that one answer is made and recorded for all.
            # In a loop: if making it failed, one of those that waited makes the next attempt.
            while stored is None and (flight := self._flights.get(turn.flight)) is not None:
                await flight.wait()
                stored = recordings.find(sought)
            if stored is None:
                self._flights[turn.flight] = asyncio.Event()
                return replace(turn, leads=True)
        # `find` repeats the last answer past the end. A replay wants that; `auto` has the turn
        # recorded.
        if stored is not None and (mode == "replay" or stored.turn == nth + 1):
            return replace(turn, stored=stored)
        if mode == "replay":
            self.give_back(turn, scope)
            raise recordings.miss(sought)
        return turn

    def give_back(self, turn: Occurrence, scope: Scope) -> None:
        """Give back the turn of a request that failed, so that the next equal request has it.

        The turn is not given back where later turns were taken meanwhile.
        """
        if scope.id:
            scope.sequences.give_back(turn.folder, turn.mode, turn.sought.key, turn.number)
        self._end_flight(turn)

    async def keep(self, turn: Occurrence, answer: RecordedResponse) -> StoredRecording | None:
        """Record an answer and return its recording; None where that failed, which is logged.

        An answer that cannot be recorded is still good enough to be sent.
        """
        try:
            return await turn.recordings.keep(turn.sought, answer, turn.number)
        except (ConfigError, TooLargeError) as error:
            log.error("not recorded", folder=str(turn.recordings.folder), fault=str(error))
            return None
        finally:
            self._end_flight(turn)

    def _end_flight(self, turn: Occurrence) -> None:
        """Wake the requests that wait: the answer is there, or the first of them makes it."""
        if turn.leads and (flight := self._flights.pop(turn.flight, None)) is not None:
            flight.set()


@dataclass(frozen=True, slots=True)
class RecordingSource:
    """Answers with a recording, or has the answer made and records it, as the plan's mode says."""

    player: RecordingPlayer
    encode_head: EncodeHead

    def takes_part(self, plan: Plan) -> bool:
        """Whether recordings are read or written in the plan's mode."""
        return plan.mode != "live"

    def streams(self, plan: Plan) -> bool:
        """Never: only a whole answer can be recorded or replayed."""
        return False

    def repeats(self, plan: Plan) -> bool:
        """Whether a recording may be used; in mode ``record`` every answer is made anew."""
        return plan.mode != "record"

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return the recorded answer, else the one from further in, which is recorded.

        Raises NotRecordedError and BrokenRecordingError, and what making the answer raises.
        """
        player, plan, scope = self.player, call.plan, call.scope
        turn = await player.turn(_key(call), plan.ignore, plan.mode, scope)
        if turn.stored is not None:
            return _replayed(turn.recordings, turn.stored, plan)
        try:
            response = await proceed(call)
        # BaseException, since a cancelled request must give its turn back, too.
        except BaseException:
            player.give_back(turn, scope)
            raise
        return await self._recorded(turn, response, call.trace)

    def remember(self, fingerprint: bytes, call: Call) -> None:
        """Let the next raw request with this ``fingerprint`` be recalled without being parsed."""
        self.player.alias(fingerprint, _key(call), call.plan.ignore, call.plan.mode, call.scope)

    async def _recorded(
        self, turn: Occurrence, response: MockResponse, trace: Trace
    ) -> MockResponse:
        """Return the response as it was recorded; where that failed, its headers say so."""
        answer = _recorded_response(response, response.head or self.encode_head(response), trace)
        stored = await self.player.keep(turn, answer)
        if stored is None:
            return replace(response, ignored=(*response.ignored, "record"), head=())
        named = f"recorded {stored.file}"
        told = ((b"x-mock-recording", named.encode("ascii", "replace")),) if response.head else ()
        # The bytes of the file, so that an answer and its replay are equal. Where a secret was
        # taken out of the file, the caller still gets the answer with it.
        body = stored.payload if stored.body == answer.body else response.body
        return replace(response, body=body, recording=named, head=(*response.head, *told))


def _key(call: Call) -> RequestKey:
    """Return the key of a call's recording: the request with the path rules of its test applied."""
    request = with_own_rule(call.request, call.scope.overrides.routes)
    return from_request(request, call.plan.asked)


_IDS: Final = read_ignore(("ids",))
"""Recognises the fields that the ignore word ``ids`` stands for."""
_ignore: Final = lru_cache(maxsize=1024)(read_ignore)
"""Cached, because nearly all requests come with the ignore list of the configuration."""


def prompts_hash(trace: Trace) -> str | None:
    """Return the SHA-256 of all prompts of an answer, in hex; None where no model was asked."""
    prompts = "\n\n".join(completion.prompt for completion in trace.completions)
    return sha256(prompts.encode("utf-8", "replace")).hexdigest() if prompts else None


def now() -> str:
    """Return the time in UTC as ``recorded_at`` has it: ``2025-06-15T12:00:00Z``."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _replayed(recordings: Recordings, stored: StoredRecording, plan: Plan) -> MockResponse:
    # An inferred shape is not checked: nobody asked for it, and the same path may be inferred
    # differently once more is known.
    violations = () if plan.asked is None else stored.check(plan.shape.schema)
    # With `ids` ignored, the request may have another id in its path than the recorded one had,
    # and the schema holds the answer's id to the path's.
    if "ids" in plan.ignore:
        violations = tuple(one for one in violations if not _is_of_id(one))
    if violations:
        first = violations[0]
        where = f"{recordings.folder / stored.file} at {first.pointer or '/'} of its answer"
        raise BrokenRecordingError(f"{where}: {first.message}", stored.file, violations)
    return _response(stored)


def _is_of_id(violation: Violation) -> bool:
    """Whether the violation says no more than that an id is another one."""
    name = violation.pointer.rpartition("/")[2]
    return violation.code == "const" and _IDS.skips(name, 0)


def _response(stored: StoredRecording) -> MockResponse:
    fields = {"content-type": "application/json"}
    fields |= {name.lower(): value for name, value in stored.headers.items()}
    fields["content-length"] = str(len(stored.payload))
    fields["x-llm-backend"] = stored.backend
    fields["x-mock-recording"] = stored.file
    head = tuple((name.encode(), text.encode("ascii", "replace")) for name, text in fields.items())
    return MockResponse(
        body=stored.payload,
        backend=stored.backend,
        cache="replay",
        head=head,
        status=stored.status,
        recording=stored.file,
    )


def _recorded_response(
    response: MockResponse, head: Sequence[Header], trace: Trace
) -> RecordedResponse:
    headers = {name.decode(): text.decode("latin-1") for name, text in head}
    done = trace.completions
    return RecordedResponse(
        body=json.loads(response.body),
        headers={name: text for name, text in headers.items() if name in _RECORDED_FIELDS},
        backend=response.backend or headers.get("x-llm-backend", ""),
        model=", ".join(dict.fromkeys(completion.model for completion in done if completion.model)),
        prompt_sha256=prompts_hash(trace),
        cost_usd=round(trace.cost_usd, 9),
        recorded_at=now(),
    )
