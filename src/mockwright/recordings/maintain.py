"""Maintenance of a lock folder by hand: what is behind ``mockwright mocks``.

Everything here blocks, and reads the folder anew.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, TypeAlias

from mockwright.errors import BrokenRecordingError, ConfigError, InvalidControlError, NotFoundError
from mockwright.recordings import files as disk
from mockwright.recordings.entry import HASH_DIGITS, file_name, is_name_of
from mockwright.recordings.files import FolderLimits
from mockwright.recordings.ignore import NOTHING, Ignore
from mockwright.recordings.normalize import key_of, name_hash
from mockwright.recordings.recording import StoredRecording
from mockwright.recordings.redact import Redact, SecretRedactor
from mockwright.recordings.request_key import RequestKey
from mockwright.shapes.rest.path_pattern import compile_path
from mockwright.types import JsonObject

FindingKind: TypeAlias = Literal["unreadable", "name", "shape", "duplicate", "sequence", "secret"]
"""What is wrong with an entry."""

# "30", "30d", "12h", "2w". Not "1y".
_AGE: Final = re.compile(r"(\d{1,6})([hdw]?)", re.ASCII)
_HOURS: Final = {"h": 1, "d": 24, "": 24, "w": 7 * 24}
"""Hours in each unit of an age; without one it is days."""
_LISTED: Final = 10
"""The most entries or violations that are listed in a message."""
# The beginning of a hash: "5f0c", "5f0c1d2e3a4b". Not "5f0", not "5F0C".
_HASH: Final = re.compile(r"[0-9a-f]{4,32}")


@dataclass(frozen=True, slots=True)
class ListingRow:
    """An entry as it is listed."""

    stored: StoredRecording
    used_at: datetime
    """When its file was last written, or used by a server."""

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded, as the entry says; else when its file was written or used."""
        if self.stored.recorded_at is None:
            return self.used_at
        date = datetime.fromisoformat(self.stored.recorded_at)
        return date if date.tzinfo else date.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FolderListing:
    """All entries of a folder, by name."""

    rows: Sequence[ListingRow]
    broken: Sequence[BrokenRecordingError]
    """The files that cannot be read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with an entry."""

    file: str
    fault: FindingKind
    message: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries are meant: those for which all holds that is given."""

    path: str | None = None
    """A path, or a pattern: ``/users/*``, ``/users/**``."""
    older_than: timedelta | None = None
    """The least age of an entry."""
    unused: timedelta | None = None
    """The least time for which an entry was neither written nor used."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def is_everything(self) -> bool:
        """Whether nothing is given, so that all entries are meant."""
        return self.path is None and self.older_than is None and self.unused is None

    def takes(self, row: ListingRow) -> bool:
        """Whether an entry is meant."""
        if self.path is not None and not compile_path(self.path).fullmatch(row.stored.asked.path):
            return False
        if self.older_than is not None and self.now - row.recorded_at < self.older_than:
            return False
        return self.unused is None or self.now - row.used_at >= self.unused


def read_age(text: str, option: str) -> timedelta:
    """Return the time that ``30`` or ``30d`` days, ``12h`` hours, ``2w`` weeks mean.

    Raises :class:`InvalidControlError` for anything else.
    """
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise InvalidControlError(
            option, text, "days, as 30 or 30d, hours, as 12h, or weeks, as 2w"
        )
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


def read_folder(folder: Path, redact: Redact, limits: FolderLimits | None = None) -> FolderListing:
    """Return all of a folder; raise :class:`ConfigError` if it cannot be read, or is not there."""
    if not folder.is_dir():
        raise ConfigError(f"recordings: there is no folder {folder}")
    try:
        found = disk.look(folder, {}, SecretRedactor(redact), limits or FolderLimits())
    except OSError as error:
        raise ConfigError(f"recordings: {folder} cannot be read: {error.strerror}") from None
    seen = [one.found for _, one in sorted(found.changed.items())]
    return FolderListing(
        rows=[
            ListingRow(one, _used_at(folder / one.file))
            for one in seen
            if isinstance(one, StoredRecording)
        ],
        broken=[one for one in seen if isinstance(one, BrokenRecordingError)],
    )


def table(listing: FolderListing, now: datetime | None = None) -> list[str]:
    """Return the lines of ``ls``, by path, method and turn, with the unreadable files last."""
    now = now or datetime.now(UTC)
    heads = ("METHOD", "PATH", "STATUS", "BACKEND", "AGE", "USED", "COST", "FILE")
    rows = sorted(listing.rows, key=_row_order)
    return [
        *_aligned([heads, *(_cells(row, now) for row in rows)]),
        *(f"unreadable: {error}" for error in listing.broken),
    ]


def show(folder: Path, listing: FolderListing, which: str) -> str:
    """Return the text of one entry: by its file, a prefix of its hash, or ``GET /users/42``.

    Raises :class:`NotFoundError` for none, and for several, which it names.
    """
    files = [row.stored.file for row in listing.rows] + [error.file for error in listing.broken]
    if which.removesuffix(disk.ENDING) + disk.ENDING in files:
        return _file_text(folder / (which.removesuffix(disk.ENDING) + disk.ENDING))
    found = [
        row.stored.file
        for row in sorted(listing.rows, key=_row_order)
        if _is_meant(row.stored, which)
    ]
    if len(found) == 1:
        return _file_text(folder / found[0])
    if not found:
        raise NotFoundError(f"no recording is called {which[:200]!r}, or answers it")
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    raise NotFoundError(f"{len(found)} recordings are meant: {', '.join(found[:_LISTED])}{more}")


def prunable(listing: FolderListing, choice: Selection, *, broken: bool = False) -> list[str]:
    """Return the files that ``prune`` removes; with ``broken`` also those that cannot be read.

    A sequence goes as a whole or not at all. Raises :class:`InvalidControlError` where nothing is
    chosen.
    """
    if choice.is_everything and not broken:
        raise InvalidControlError("prune", "nothing", "--unused, --older-than, --path or --broken")
    files = [] if choice.is_everything else list(_whole_sequences(listing, choice))
    return sorted([*files, *(error.file for error in listing.broken if broken)])


def remove(folder: Path, files: Sequence[str]) -> None:
    """Delete entries; raise :class:`ConfigError` where one cannot be."""
    for file in files:
        try:
            (folder / file).unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(f"recordings: {file} cannot be removed: {error.strerror}") from None


def stale(listing: FolderListing, choice: Selection) -> list[StoredRecording]:
    """Return the entries that ``refresh`` asks for again, each sequence in turn."""
    return [row.stored for row in sorted(listing.rows, key=_row_order) if choice.takes(row)]


def verify(
    listing: FolderListing,
    redact: Redact,
    ignore_of: Callable[[RequestKey], Ignore] = lambda _: NOTHING,
    shapes: Mapping[str, JsonObject] | None = None,
) -> list[Finding]:
    """Return all that is wrong with a folder.

    ``ignore_of`` tells what of a request does not count; ``shapes`` are those that answers to some
    methods keep to, whatever was asked.
    """
    redactor, entries = SecretRedactor(redact), [row.stored for row in listing.rows]
    found = [Finding(error.file, "unreadable", str(error)) for error in listing.broken]
    for stored in entries:
        found += _entry_findings(stored, redactor, (shapes or {}).get(stored.asked.method))
    groups: dict[bytes, list[StoredRecording]] = defaultdict(list)
    for stored in entries:
        groups[key_of(stored.matched, ignore_of(stored.matched))].append(stored)
    for group in groups.values():
        found += _group_findings(group)
    return sorted(found, key=lambda one: (one.file, one.fault))


def _entry_findings(
    stored: StoredRecording, redactor: SecretRedactor, usual: JsonObject | None
) -> Iterator[Finding]:
    if not is_name_of(stored.file, stored.entry):
        expected = file_name(stored.entry)
        yield Finding(stored.file, "name", f"its request says {expected}; renaming it is safe")
    shape = usual if stored.asked.shape is None else stored.asked.shape
    # An error has the form of an error, whatever was asked.
    if shape is not None and stored.status < 400:
        yield from _shape_findings(stored, shape)
    if stored.matched is not stored.asked:
        yield Finding(stored.file, "secret", "its request holds what looks like a secret")
    if redactor.answer(stored.answer) != stored.answer:
        yield Finding(stored.file, "secret", "its response holds what looks like a secret")


def _shape_findings(stored: StoredRecording, shape: dict[str, object] | bool) -> Iterator[Finding]:
    for one in stored.check(shape)[:_LISTED]:
        yield Finding(stored.file, "shape", f"response at {one.pointer or '/'}: {one.message}")


def _group_findings(group: list[StoredRecording]) -> Iterator[Finding]:
    """Yield what is wrong with answers to equal requests, which should have one for each turn."""
    by_turn: dict[int, list[StoredRecording]] = defaultdict(list)
    for stored in sorted(group, key=lambda one: one.file):
        by_turn[stored.turn].append(stored)
    for turn, (first, *others) in by_turn.items():
        for other in others:
            message = f"answers the same request as {first.file}, turn {turn}, which is used"
            yield Finding(other.file, "duplicate", message)
    for turn in sorted(by_turn):
        if turn > 1 and turn - 1 not in by_turn:
            message = f"is turn {turn} of a sequence, and there is no turn {turn - 1}"
            yield Finding(by_turn[turn][0].file, "sequence", message)


def _whole_sequences(listing: FolderListing, choice: Selection) -> Iterator[str]:
    groups: dict[bytes, list[ListingRow]] = defaultdict(list)
    for row in listing.rows:
        groups[row.stored.key(NOTHING)].append(row)
    for group in groups.values():
        if all(map(choice.takes, group)):
            yield from (row.stored.file for row in group)


def _is_meant(stored: StoredRecording, which: str) -> bool:
    asked = stored.asked
    if which in (asked.path, f"{asked.method} {asked.path}"):
        return True
    return bool(_HASH.fullmatch(which)) and name_hash(asked).startswith(which[:HASH_DIGITS])


def _row_order(row: ListingRow) -> tuple[str, str, int, str]:
    stored = row.stored
    return stored.asked.path, stored.asked.method, stored.turn, stored.file


def _cells(row: ListingRow, now: datetime) -> tuple[str, ...]:
    stored, turn = row.stored, row.stored.turn
    return (
        stored.asked.method,
        _printable(stored.asked.path) + (f" (turn {turn})" if turn > 1 else ""),
        str(stored.status),
        _printable(stored.backend) or "-",
        _ago(now - row.recorded_at),
        _ago(now - row.used_at),
        f"{stored.cost_usd:.4f}" if stored.cost_usd else "-",
        _printable(stored.file),
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _ago(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _printable(text: str) -> str:
    """Return a text on one line of a terminal, whatever a request's path holds."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _used_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.now(UTC)


def _file_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise ConfigError(f"recordings: {path} cannot be read: {error.strerror}") from None
