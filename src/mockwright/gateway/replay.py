"""Answers from the lock folder, and answers that are kept there."""

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
_MAX_ALIASES: Final = 10_000
_KEPT: Final = frozenset(
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
"""The header fields of an answer that are worth keeping."""


@dataclass(frozen=True, slots=True)
class _Alias:
    """What a raw request leads to, as long as nothing in its folder changes."""

    recordings: Recordings
    generation: int
    served: ServedVariant


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A request's turn among its equals within one test."""

    recordings: Recordings
    sought: LookupKey
    folder: str
    """The name of the folder within the lock folder."""
    mode: Mode
    number: int
    """From 0."""
    stored: StoredRecording | None
    """Its answer; None where that is to be made."""
    leads: bool = False
    """Whether others wait for that."""

    @property
    def flight(self) -> tuple[str, bytes]:
        """The same for requests of which one answer is made for all."""
        return self.folder, self.sought.key


class RecordingPlayer:
    """The lock folder and the folders within it, each read when it is first asked for.

    ``redactor`` gives what hides secrets, as it is at the time.
    """

    def __init__(self, settings: RecordingSettings, redactor: Callable[[], Redactor]) -> None:
        self._settings = settings
        self._redactor = redactor
        self._ignores = [read_ignore(settings.ignore)]
        self._folders: OrderedDict[str, Recordings] = OrderedDict()
        self._aliases: OrderedDict[bytes, _Alias] = OrderedDict()
        self._flights: dict[tuple[str, bytes], asyncio.Event] = {}
        """Of answers that are being made for the first of several equal requests."""

    async def folder(self, name: str | None = None) -> Recordings:
        """The recordings of the lock folder, or of a folder within it, as they are now.

        Raises ConfigError where it cannot be read.
        """
        recordings = self._folders.get(name or "")
        if recordings is not None:
            await recordings.look_again()
            return recordings
        limits = FolderLimits(self._settings.max_entries, self._settings.max_entry_bytes)
        path = self._settings.folder / (name or "")
        recordings = Recordings(path, self._redactor().text, limits)
        await recordings.start(self._ignores)
        # Another request may have come first; two objects for one folder would not see each other.
        recordings = self._folders.setdefault(name or "", recordings)
        while len(self._folders) > _MAX_FOLDERS:
            _, oldest = self._folders.popitem(last=False)
            await oldest.aclose()
        return recordings

    def hide_anew(self) -> None:
        """Take secrets out as the redactor does now: the configuration may know others."""
        for recordings in self._folders.values():
            recordings.use(self._redactor().text)
        self._aliases.clear()

    async def aclose(self) -> None:
        """Finish what is being written."""
        for recordings in self._folders.values():
            await recordings.aclose()

    def hit_raw(self, raw: bytes) -> ServedVariant | None:
        """The recorded answer to a raw request that was replayed before; nothing is parsed.

        None as well where it is time to look for changes on the disk.
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
        """Let ``raw`` lead to its recording, where the next such request has the same."""
        recordings = self._folders.get(scope.overrides.recordings or "")
        if recordings is None or (scope.id and mode == "auto"):
            return
        sought = recordings.seek(key, _ignore(tuple(ignore)))
        stored = recordings.find(sought)
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
        """What comes next for a request of a test.

        Raises NotRecordedError where only recorded answers are wanted.
        """
        folder = scope.overrides.recordings or ""
        recordings = await self.folder(folder)
        sought = recordings.seek(key, _ignore(tuple(ignore)))
        # Taken before anything is waited for: equal requests of a test at the same time are
        # different ones. Without a test id they are the same.
        nth = scope.sequences.take(folder, mode, sought.key) if scope.id else 0
        turn = Occurrence(recordings, sought, folder, mode, nth, None)
        if mode == "record":
            return turn
        stored = recordings.find(sought, nth)
        if stored is None and mode == "auto" and not scope.id:
            while stored is None and (flight := self._flights.get(turn.flight)) is not None:
                await flight.wait()
                stored = recordings.find(sought)
            if stored is None:
                self._flights[turn.flight] = asyncio.Event()
                return replace(turn, leads=True)
        if stored is not None and (mode == "replay" or stored.turn == nth + 1):
            return replace(turn, stored=stored)
        if mode == "replay":
            self.give_back(turn, scope)
            raise recordings.miss(sought)
        return turn

    def give_back(self, turn: Occurrence, scope: Scope) -> None:
        """As if the request had not come, unless others came after it."""
        if scope.id:
            scope.sequences.give_back(turn.folder, turn.mode, turn.sought.key, turn.number)
        self._land(turn)

    async def keep(self, turn: Occurrence, answer: RecordedResponse) -> StoredRecording | None:
        """The recording an answer now has; None where it could not be kept, which is logged."""
        try:
            return await turn.recordings.keep(turn.sought, answer, turn.number)
        except (ConfigError, TooLargeError) as error:
            log.error("not recorded", folder=str(turn.recordings.folder), fault=str(error))
            return None
        finally:
            self._land(turn)

    def _land(self, turn: Occurrence) -> None:
        """Let those go on that wait for the answer: it is there, or one of them makes another."""
        if turn.leads and (flight := self._flights.pop(turn.flight, None)) is not None:
            flight.set()


@dataclass(frozen=True, slots=True)
class RecordingSource:
    """The answer that is recorded, or one that is made and recorded, as the plan's mode says."""

    player: RecordingPlayer
    encode_head: EncodeHead

    def takes_part(self, plan: Plan) -> bool:
        """Whether recordings are read or written."""
        return plan.mode != "live"

    def streams(self, plan: Plan) -> bool:
        """Never: what is recorded has to be whole."""
        return False

    def repeats(self, plan: Plan) -> bool:
        """Whether what is recorded already is answered."""
        return plan.mode != "record"

    async def answer(self, call: Call, proceed: Proceed) -> MockResponse:
        """Return the recorded answer, else that from further in, which is recorded.

        Raises NotRecordedError and BrokenRecordingError, and what making the answer raises.
        """
        player, plan, scope = self.player, call.plan, call.scope
        turn = await player.turn(_key(call), plan.ignore, plan.mode, scope)
        if turn.stored is not None:
            return _replayed(turn.recordings, turn.stored, plan)
        try:
            response = await proceed(call)
        except BaseException:
            player.give_back(turn, scope)
            raise
        return await self._kept(turn, response, call.trace)

    def remember(self, fingerprint: bytes, call: Call) -> None:
        """Let the next raw request with ``fingerprint`` be recalled."""
        self.player.alias(fingerprint, _key(call), call.plan.ignore, call.plan.mode, call.scope)

    async def _kept(self, turn: Occurrence, response: MockResponse, trace: Trace) -> MockResponse:
        """The answer, and the recording it now has; told where it could not be kept."""
        answer = _answer_of(response, response.head or self.encode_head(response), trace)
        stored = await self.player.keep(turn, answer)
        if stored is None:
            return replace(response, ignored=(*response.ignored, "record"), head=())
        named = f"recorded {stored.file}"
        told = ((b"x-mock-recording", named.encode("ascii", "replace")),) if response.head else ()
        # The same bytes as the replay's, unless a secret was taken out of those.
        body = stored.payload if stored.body == answer.body else response.body
        return replace(response, body=body, recording=named, head=(*response.head, *told))


def _key(call: Call) -> RequestKey:
    """What the recording is looked for by: the request as the rules of its test have it."""
    request = with_own_rule(call.request, call.scope.overrides.routes)
    return from_request(request, call.plan.asked)


_IDS: Final = read_ignore(("ids",))
_ignore: Final = lru_cache(maxsize=1024)(read_ignore)


def prompts_hash(trace: Trace) -> str | None:
    """Of all that models were asked for an answer; None where none was."""
    prompts = "\n\n".join(completion.prompt for completion in trace.completions)
    return sha256(prompts.encode("utf-8", "replace")).hexdigest() if prompts else None


def now() -> str:
    """For ``recorded_at``."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _replayed(recordings: Recordings, stored: StoredRecording, plan: Plan) -> MockResponse:
    # What was inferred is nobody's wish, and other things come out of it as more becomes known.
    violations = () if plan.asked is None else stored.check(plan.shape.schema)
    if "ids" in plan.ignore:  # those of the path are asked of the answer, too
        violations = tuple(one for one in violations if not _is_of_id(one))
    if violations:
        first = violations[0]
        where = f"{recordings.folder / stored.file} at {first.pointer or '/'} of its answer"
        raise BrokenRecordingError(f"{where}: {first.message}", stored.file, violations)
    return _response(stored)


def _is_of_id(violation: Violation) -> bool:
    """Whether it says no more than that a field has another id."""
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


def _answer_of(response: MockResponse, head: Sequence[Header], trace: Trace) -> RecordedResponse:
    headers = {name.decode(): text.decode("latin-1") for name, text in head}
    done = trace.completions
    return RecordedResponse(
        body=json.loads(response.body),
        headers={name: text for name, text in headers.items() if name in _KEPT},
        backend=response.backend or headers.get("x-llm-backend", ""),
        model=", ".join(dict.fromkeys(completion.model for completion in done if completion.model)),
        prompt_sha256=prompts_hash(trace),
        cost_usd=round(trace.cost_usd, 9),
        recorded_at=now(),
    )
