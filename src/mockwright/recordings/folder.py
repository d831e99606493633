"""A lock folder: answers that are kept to be given again, and read by people in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from os import stat_result
from pathlib import Path
from typing import Final

import structlog

from mockwright.errors import (
    BrokenRecordingError,
    ConfigError,
    NotRecordedError,
    TooLargeError,
)
from mockwright.recordings import files
from mockwright.recordings.entry import (
    HASH_DIGITS,
    MAX_TURN,
    RecordingEntry,
    file_name,
    write_entry,
)
from mockwright.recordings.files import FolderChanges, FolderLimits, SeenFile
from mockwright.recordings.ignore import NOTHING, Ignore
from mockwright.recordings.index import Index, choose
from mockwright.recordings.nearest import NearestRecording, find_nearest
from mockwright.recordings.normalize import key_of
from mockwright.recordings.recording import StoredRecording, read_recording
from mockwright.recordings.redact import Redact, SecretRedactor
from mockwright.recordings.request_key import RecordedResponse, RequestKey

log = structlog.get_logger(__name__)

INTERVAL: Final = 1.0
"""The least seconds between two looks at the disk."""
SHARE: Final = 0.05
"""The largest share of the time that is spent looking."""
PATIENCE: Final = 0.5
"""Seconds that a request waits for a look; a large folder on a slow disk takes longer."""
_MAX_IGNORES: Final = 8
"""The most ignore lists for which keys are computed as files are read."""
_SHOWN: Final = 5
"""The most unreadable files that a message names."""


@dataclass(frozen=True, slots=True)
class LookupKey:
    """A request without its secrets, and the key its recordings are found by."""

    asked: RequestKey
    ignore: Ignore
    key: bytes
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What was taken out of the request, to be taken out of its answer."""


class Recordings:
    """The entries of one folder. Belongs to one event loop; only threads touch files.

    What changes on the disk, by hand or by another process, is seen by :meth:`look_again`.
    """

    def __init__(
        self,
        folder: Path,
        redact: Redact,
        limits: FolderLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self.generation = 0
        """A number that changes whenever any answer may be different from before."""
        self._redactor = SecretRedactor(redact)
        self._limits = limits or FolderLimits()
        self._clock = clock
        self._next_look = float("-inf")
        self._lock = asyncio.Lock()
        self._index = Index()
        self._seen: dict[str, SeenFile] = {}
        self._ignores: dict[Ignore, None] = {NOTHING: None}
        self._used: set[str] = set()
        self._touched: set[str] = set()
        self._looking: asyncio.Task[None] | None = None
        self._keeping: set[asyncio.Task[StoredRecording]] = set()

    def __len__(self) -> int:
        """Return the number of files, the unreadable ones included."""
        return len(self._seen)

    @property
    def faults(self) -> tuple[BrokenRecordingError, ...]:
        """What is wrong with the files that cannot be read, by name."""
        found = ((name, seen.found) for name, seen in sorted(self._seen.items()))
        return tuple(one for _, one in found if isinstance(one, BrokenRecordingError))

    @property
    def due(self) -> bool:
        """Whether it is time to :meth:`look_again`."""
        return self._looking is None and self._clock() >= self._next_look

    async def start(self, ignores: Iterable[Ignore] = ()) -> None:
        """Read the folder; one that is not there is empty.

        What entries are found by is computed on the way for ``ignores``, which are to be expected.
        Raises :class:`ConfigError` where the folder cannot be read.
        """
        self._ignores.update(dict.fromkeys(ignores))
        try:
            await asyncio.to_thread(files.sweep, self.folder)
            await self._look()
        except OSError as error:
            raise self._unusable("read", error) from None

    async def aclose(self) -> None:
        """Finish what is being written, and note what was used."""
        await asyncio.gather(*self._keeping, return_exceptions=True)
        if self._looking is not None:
            await asyncio.gather(self._looking, return_exceptions=True)
        async with self._lock:
            self._seen.update(await asyncio.to_thread(files.touch, self.folder, self._take_used()))

    async def look_again(self) -> None:
        """See what has changed on the disk, at most once a second, however often this is called.

        Who comes while somebody looks does not wait for it.
        """
        if self.due:
            self._looking = asyncio.create_task(self._look_quietly())
            # The look goes on when the patience is over, and the next request sees what it found.
            await asyncio.wait((self._looking,), timeout=PATIENCE)

    def use(self, redact: Redact) -> None:
        """Take secrets out in another way from now on; entries are read again by the next look."""
        self._redactor = SecretRedactor(redact)
        self._seen = {
            # A digest that no content has makes each file a changed one.
            name: replace(seen, mtime_ns=0, digest=b"")
            for name, seen in self._seen.items()
        }
        self._next_look = float("-inf")

    def seek(self, key: RequestKey, ignore: Ignore = NOTHING) -> LookupKey:
        """Return the key by which a request is looked for."""
        hidden, secrets = self._redactor.reveal(key)
        if ignore not in self._ignores:
            self._ignores[ignore] = None
            if len(self._ignores) > _MAX_IGNORES:
                # The oldest: keys for it are computed when it is asked for again.
                del self._ignores[next(iter(self._ignores))]
        return LookupKey(hidden, ignore, key_of(hidden, ignore), secrets)

    def find(self, sought: LookupKey, nth: int = 0) -> StoredRecording | None:
        """Return the nth of the answers to a request, from 0; past the end the last one again."""
        group = self._index.group(sought.asked, sought.ignore, sought.key)
        stored = choose(group, sought.asked, nth + 1)
        if stored is not None and stored.file not in self._touched:
            self._used.add(stored.file)
        return stored

    async def keep(
        self, sought: LookupKey, answer: RecordedResponse, nth: int = 0
    ) -> StoredRecording:
        """Write the nth answer to a request; what is there and says the same stays as it is.

        It is done even if the caller is cancelled: the answer has been paid for. Raises
        :class:`TooLargeError` for an entry, or a number of them, over its limit, and
        :class:`ConfigError` for a folder that cannot be written.
        """
        task = asyncio.create_task(self._keep(sought, answer, nth + 1))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        return await asyncio.shield(task)

    def nearest(self, sought: LookupKey) -> NearestRecording | None:
        """Return the entry nearest to a request, with what differs; None if none is like it."""
        return find_nearest(self._index, sought.asked, sought.ignore)

    def miss(self, sought: LookupKey) -> NotRecordedError:
        """Return the error that says what was looked for, and what is nearest to it."""
        near = self.nearest(sought)
        told = [f"no recording of {sought.asked.method} {sought.asked.path[:200]} in {self.folder}"]
        if not self._seen:
            told.append("the folder is empty")
        elif near is None:
            told.append(f"none of its {len(self)} entries has a path like it")
        elif near.differences:
            told.append(f"nearest is {near.file} ({'; '.join(near.differences)})")
        broken = self.faults
        if broken:
            more = f" and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
            told.append(f"unreadable: {'; '.join(map(str, broken[:_SHOWN]))}{more}")
        file, differences = (near.file, near.differences) if near else (None, ())
        return NotRecordedError(". ".join(told), nearest=file, differences=differences)

    async def _keep(
        self, sought: LookupKey, answer: RecordedResponse, turn: int
    ) -> StoredRecording:
        hidden = self._redactor.answer(answer, sought.secrets)
        async with self._lock:
            group = self._index.group(sought.asked, sought.ignore, sought.key)
            there = choose([one for one in group if one.turn == turn], sought.asked, turn)
            # What does not count stays as it was first recorded, so that nothing changes in git.
            asked = sought.asked if there is None else there.asked
            entry = RecordingEntry(asked, hidden, min(turn, MAX_TURN))
            if there is not None and entry.same_as(there.entry):
                return there
            name = self._free_name(entry) if there is None else there.file
            return await self._write(name, entry)

    async def _write(self, name: str, entry: RecordingEntry) -> StoredRecording:
        try:
            data, stored, stat = await asyncio.to_thread(self._write_file, name, entry)
        except OSError as error:
            raise self._unusable("written", error) from None
        digest = files.digest_of(data)
        self._enter(name, SeenFile(stat.st_size, stat.st_mtime_ns, stat.st_ino, digest, stored))
        # Just written: its time needs no touch.
        self._touched.add(name)
        return stored

    def _write_file(
        self, name: str, entry: RecordingEntry
    ) -> tuple[bytes, StoredRecording, stat_result]:
        data = write_entry(entry)
        if len(data) > self._limits.max_entry_bytes:
            raise TooLargeError("the recording", self._limits.max_entry_bytes)
        return (
            data,
            read_recording(data, name, self._redactor),
            files.write(self.folder, name, data),
        )

    def _free_name(self, entry: RecordingEntry) -> str:
        """Return a name that no other entry has.

        A file may have been edited to answer something else than its name says.
        """
        if len(self._seen) >= self._limits.max_entries:
            raise TooLargeError(f"the folder {self.folder}", self._limits.max_entries, "entries")
        names = (file_name(entry, digits) for digits in range(HASH_DIGITS, 33))
        return next((name for name in names if name not in self._seen), file_name(entry, 32))

    async def _look_quietly(self) -> None:
        """Look at the disk; what was read stays good if the folder cannot be read any more."""
        try:
            await self._look()
        except OSError as error:
            log.warning("recordings_unread", folder=str(self.folder), error=error.strerror)
        finally:
            self._looking = None

    async def _look(self) -> None:
        async with self._lock:
            pause = INTERVAL
            try:
                self._seen.update(
                    await asyncio.to_thread(files.touch, self.folder, self._take_used())
                )
                found = await asyncio.to_thread(
                    files.look,
                    self.folder,
                    dict(self._seen),
                    self._redactor,
                    self._limits,
                    tuple(self._ignores),
                )
                # A look that took long is followed by a pause twenty times as long.
                pause = max(INTERVAL, found.seconds / SHARE)
            finally:
                self._next_look = self._clock() + pause
            await self._enter_changes(found)

    def _take_used(self) -> dict[str, SeenFile]:
        """Return the files that were used for the first time, and count them as noted."""
        used = {name: self._seen[name] for name in self._used if name in self._seen}
        self._touched |= self._used
        self._used.clear()
        return used

    async def _enter_changes(self, found: FolderChanges) -> None:
        """Enter what was found; other tasks get their turn where it is much."""
        self._seen.update(found.renewed)
        for i, (name, seen) in enumerate(found.changed.items()):
            self._enter(name, seen)
            if isinstance(seen.found, BrokenRecordingError):
                log.warning("recording_unreadable", folder=str(self.folder), fault=str(seen.found))
            if i % 100 == 99:
                await asyncio.sleep(0)
        for name in found.gone:
            self._leave(name)

    def _enter(self, name: str, seen: SeenFile) -> None:
        self._leave(name)
        self._seen[name] = seen
        if isinstance(seen.found, StoredRecording):
            self._index.add(seen.found)
        self.generation += 1

    def _leave(self, name: str) -> None:
        seen = self._seen.pop(name, None)
        if seen is None:
            return
        if isinstance(seen.found, StoredRecording):
            self._index.remove(seen.found)
        self.generation += 1

    def _unusable(self, done: str, error: OSError) -> ConfigError:
        return ConfigError(f"recordings: {self.folder} cannot be {done}: {error.strerror}")
