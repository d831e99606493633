"""The files of a lock folder. Everything here blocks, and belongs into a thread.

A file is never written in place: whoever reads, and whatever kills the writer, there is the old
entry or the new one. So several processes may write to one folder, and the last one counts.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Final

from mockwright.errors import BrokenRecordingError
from mockwright.recordings.ignore import Ignore
from mockwright.recordings.recording import StoredRecording, read_recording
from mockwright.recordings.redact import SecretRedactor

ENDING: Final = ".json"
"""The ending of entries' files."""
_LEFTOVER: Final = ".tmp"
"""The ending of files that are still being written."""
_LEFTOVER_SECONDS: Final = 60.0
"""The age, in seconds, from which such a file is nobody's any more."""
_RACY_NS: Final = 100_000_000
"""The age, in nanoseconds, up to which a file may change again under the same time.

The clocks of file systems are coarse; git calls such files racy.
"""
_BREATH: Final = 128
"""Files after which the interpreter is left to whoever waits for it."""


@dataclass(frozen=True, slots=True)
class FolderLimits:
    """What is read of a folder; the rest is reported as a fault."""

    max_entries: int = 100_000
    max_entry_bytes: int = 16 * 2**20
    max_bytes: int = 2**29
    """The bytes of all entries together."""


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as it was found."""

    size: int
    mtime_ns: int
    """The time of the last change or use; 0 where the file is to be read again."""
    inode: int
    digest: bytes
    """A hash of the content."""
    found: StoredRecording | BrokenRecordingError
    """What was read, or why it could not be."""

    def is_still(self, stat: os.stat_result) -> bool:
        """Whether nothing has happened to the file since."""
        then = (self.size, self.mtime_ns, self.inode)
        return then == (stat.st_size, stat.st_mtime_ns, stat.st_ino)


@dataclass(slots=True)
class FolderChanges:
    """What has changed in a folder."""

    changed: dict[str, SeenFile] = field(default_factory=dict)
    """Files with another content than before, or found for the first time."""
    renewed: dict[str, SeenFile] = field(default_factory=dict)
    """Files with the same content under a new time."""
    gone: list[str] = field(default_factory=list)
    """Names of files that are not there any more."""
    seconds: float = 0.0
    """Time spent looking for what has changed, not on reading it."""


def look(
    folder: Path,
    known: Mapping[str, SeenFile],
    redactor: SecretRedactor,
    limits: FolderLimits,
    ignores: Iterable[Ignore] = (),
) -> FolderChanges:
    """Return what is different from ``known``; keys for ``ignores`` are computed on the way.

    A folder that is not there is empty. Raises :class:`OSError` for one that cannot be read.
    """
    started, reading = time.perf_counter(), 0.0
    result, names, room = FolderChanges(), set[str](), limits.max_bytes
    for i, (name, stat) in enumerate(_files(folder)):
        if i % _BREATH == _BREATH - 1:
            time.sleep(0)
        names.add(name)
        seen = known.get(name)
        room -= stat.st_size
        if seen is not None and seen.is_still(stat):
            continue
        began = time.perf_counter()
        fault = _limit_exceeded(name, stat.st_size, i, room, limits)
        found = (
            _broken_file(stat, fault) if fault else _read_file(folder / name, stat, seen, redactor)
        )
        if found is None:
            # It vanished between the listing and the reading.
            names.discard(name)
        elif seen is not None and found.digest == seen.digest:
            result.renewed[name] = replace(found, found=seen.found)
        else:
            _compute_keys(found, ignores)
            result.changed[name] = found
        reading += time.perf_counter() - began
    result.gone = [name for name in known if name not in names]
    result.seconds = time.perf_counter() - started - reading
    return result


def write(folder: Path, name: str, data: bytes) -> os.stat_result:
    """Put a file in its place, at once or not at all; raises :class:`OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    # The dot keeps it from being read as an entry; process id and token keep writers apart.
    temporary = folder / f".{name}.{os.getpid()}-{secrets.token_hex(4)}{_LEFTOVER}"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            # To the disk before the name changes: else a power cut could leave the new name without
            # content.
            file.flush()
            os.fsync(file.fileno())
            stat = os.fstat(file.fileno())
        temporary.replace(folder / name)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync(folder)
    return stat


def sweep(folder: Path) -> None:
    """Remove what writers left that were killed; younger files may still be written."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for path in folder.glob(f".*{_LEFTOVER}"):
            # Another process may sweep, too, and a checkout may be read-only.
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFTOVER_SECONDS:
                    path.unlink()


def touch(folder: Path, used: Mapping[str, SeenFile]) -> dict[str, SeenFile]:
    """Note on files that they were used, and return them as they are seen then.

    git does not see the time of a file, ``prune --unused`` does. What is returned keeps a look from
    taking the files for changed.
    """
    touched = {}
    for name, seen in used.items():
        path = folder / name
        # A checkout that may not be written is good enough to replay from; nothing can be pruned
        # there either.
        with contextlib.suppress(OSError):
            if seen.is_still(path.stat()):
                os.utime(path)
                touched[name] = replace(seen, mtime_ns=path.stat().st_mtime_ns)
    return touched


def digest_of(data: bytes) -> bytes:
    """Return a hash that is the same for files with the same content."""
    return blake2b(data, digest_size=16).digest()


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield name and state of each entry; what vanishes meanwhile is not there."""
    try:
        found = os.scandir(folder)
    except FileNotFoundError:
        return
    with found:
        for one in found:
            if one.name.endswith(ENDING) and not one.name.startswith("."):
                with contextlib.suppress(OSError):
                    if one.is_file():
                        yield one.name, one.stat()


def _limit_exceeded(
    name: str, size: int, count: int, room: int, limits: FolderLimits
) -> str | None:
    """Return which limit a file is over, in a sentence; None if none."""
    if size > limits.max_entry_bytes:
        return f"{name}: {size} bytes, expected at most {limits.max_entry_bytes}"
    if count >= limits.max_entries:
        return f"{name}: the folder has more than {limits.max_entries} entries"
    if room < 0:
        return f"{name}: the folder has more than {limits.max_bytes} bytes"
    return None


def _broken_file(stat: os.stat_result, message: str) -> SeenFile:
    file = message.partition(":")[0]
    digest = digest_of(message.encode())
    error = BrokenRecordingError(message, file)
    return SeenFile(stat.st_size, stat.st_mtime_ns, stat.st_ino, digest, error)


def _read_file(
    path: Path, stat: os.stat_result, seen: SeenFile | None, redactor: SecretRedactor
) -> SeenFile | None:
    """Return a file as read now, or as before if it is the same; None if it is gone."""
    began = time.time_ns()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        return _broken_file(stat, f"{path.name}: {error.strerror}")
    digest = digest_of(data)
    settled = began - stat.st_mtime_ns > _RACY_NS
    found = (
        seen.found if seen is not None and seen.digest == digest else _parse(path, data, redactor)
    )
    return SeenFile(stat.st_size, stat.st_mtime_ns if settled else 0, stat.st_ino, digest, found)


def _parse(
    path: Path, data: bytes, redactor: SecretRedactor
) -> StoredRecording | BrokenRecordingError:
    try:
        return read_recording(data, path.name, redactor)
    except BrokenRecordingError as error:
        # Another one: a traceback would keep the whole text.
        return BrokenRecordingError(str(error), error.file)
    except RecursionError:
        return BrokenRecordingError(f"{path.name}: nested too deep", path.name)


def _compute_keys(seen: SeenFile, ignores: Iterable[Ignore]) -> None:
    if isinstance(seen.found, StoredRecording):
        for ignore in ignores:
            seen.found.key(ignore)


def _sync(folder: Path) -> None:
    """Make the name of a new file outlive a power cut."""
    if not hasattr(os, "O_DIRECTORY"):
        return  # Windows has no handle of a folder to flush.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
