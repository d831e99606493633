"""``mockwright mocks``: looking after the recordings of the lock folder.

The docstrings of commands are their ``--help``; what is slow to import waits for its command.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mockwright.errors import ConfigError, MockwrightError

if TYPE_CHECKING:
    from mockwright.app import Gateway
    from mockwright.memory.state.scopes import Scope
    from mockwright.recordings.maintain import FolderListing, Selection
    from mockwright.recordings.recording import StoredRecording
    from mockwright.settings import Settings
    from mockwright.types import Json, Mode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of recordings that a command works on."""

    settings: Settings
    name: str | None
    """The name of a folder within the lock folder; None for the lock folder itself."""

    @property
    def path(self) -> Path:
        """Where the folder is."""
        return self.settings.recordings.folder / (self.name or "")

    def read(self) -> FolderListing:
        """Return what is in the folder; raises ConfigError where it cannot be read."""
        from mockwright.recordings.maintain import read_folder

        return read_folder(self.path, self.redact)

    @property
    def redact(self) -> Callable[[str], str]:
        """The function that takes configured secrets, and whatever looks like one, out of a
        text."""
        from mockwright.app import secrets_of
        from mockwright.memory.journal.redact import Redactor

        return Redactor(secrets_of(self.settings)).text


_folder = click.pass_obj


@click.group()
@click.option("--config", "-c", type=click.Path(path_type=Path), help="As for serve.")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="The lock folder; default recordings.folder."
)
@click.option("--name", help="A folder within it, as a test names its recordings.")
@click.pass_context
def mocks(
    context: click.Context, config: Path | None, folder: Path | None, name: str | None
) -> None:
    """Look after recorded answers.

    \b
    Examples:
      mockwright mocks ls
      mockwright mocks verify            (in CI: exits with 1 if anything is wrong)
      mockwright mocks prune --unused 30d
      mockwright mocks refresh --older-than 90d --write
    """
    from mockwright.config import read_settings

    try:
        settings = read_settings(config, os.environ).settings
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used\n{error}") from None
    if folder is not None:
        recordings = settings.recordings.model_copy(update={"folder": folder})
        settings = settings.model_copy(update={"recordings": recordings})
    context.obj = Folder(settings, name)


@mocks.command()
@_folder
def ls(folder: Folder) -> None:
    """List what is recorded."""
    from mockwright.recordings.maintain import table

    for line in table(_read(folder)):
        click.echo(line)


@mocks.command()
@click.argument("which")
@_folder
def show(folder: Folder, which: str) -> None:
    """Print one entry: by its file, a part of its hash, or 'GET /users/42'."""
    from mockwright.recordings.maintain import show as text_of

    click.echo(_or_exit(lambda: text_of(folder.path, folder.read(), which)), nl=False)


def _selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select entries to a command."""
    for option in (
        click.option("--path", help="Only those of a path, or a pattern such as '/users/**'."),
        click.option("--older-than", help="Only those recorded longer ago than 30d, 12h, 2w ..."),
        click.option("--unused", help="Only those neither written nor replayed for that long."),
    ):
        command = option(command)
    return command


@mocks.command()
@_selection_options
@click.option("--broken", is_flag=True, help="Only those that cannot be read.")
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
@_folder
def prune(
    folder: Folder,
    path: str | None,
    older_than: str | None,
    unused: str | None,
    broken: bool,
    dry_run: bool,
) -> None:
    """Remove the entries for which every given option holds."""
    from mockwright.recordings.maintain import prunable, remove

    def files() -> Sequence[str]:
        choice = _selection(path, older_than, unused)
        return prunable(folder.read(), choice, broken=broken)

    found = _or_exit(files)
    if not dry_run:
        _or_exit(lambda: remove(folder.path, found))
    for file in found:
        click.echo(f"{'would remove' if dry_run else 'removed'} {file}")
    click.echo(f"{len(found)} {'to remove' if dry_run else 'removed'}")


@mocks.command()
@_folder
def verify(folder: Folder) -> None:
    """Check that every entry can be read, has the right name, conforms and holds no secret.

    Also finds entries for the same request. The exit status is 1 if anything is wrong.
    """
    from mockwright.gateway.chat_replay import METHODS, SHAPES
    from mockwright.planning.path_rules import RouteTable
    from mockwright.recordings.ignore import Ignore, read_ignore
    from mockwright.recordings.maintain import verify as findings
    from mockwright.recordings.request_key import RequestKey

    general, routes = folder.settings.recordings.ignore, RouteTable(folder.settings.routes)

    def ignore_of(key: RequestKey) -> Ignore:
        if key.method in METHODS:  # chats have no path rules
            return read_ignore(general)
        route = routes.match(key.method, key.path)
        return read_ignore((*general, *(route.ignore if route else ())))

    listing = _read(folder)
    found = findings(listing, folder.redact, ignore_of, SHAPES)
    for one in found:
        click.echo(f"{one.file}: {one.fault}: {one.message}")
    click.echo(f"{len(listing.rows) + len(listing.broken)} recordings, {len(found)} faults")
    if found:
        raise SystemExit(1)


@mocks.command()
@_selection_options
@click.option(
    "--write", is_flag=True, help="Record the new answers; without it they are only compared."
)
@_folder
def refresh(
    folder: Folder, path: str | None, older_than: str | None, unused: str | None, write: bool
) -> None:
    """Ask the backends again, and show how their answers differ from the recordings."""
    from mockwright.recordings.maintain import stale

    entries = _or_exit(lambda: stale(folder.read(), _selection(path, older_than, unused)))
    changed, failed = asyncio.run(_refresh(folder, entries, write=write))
    done = "written" if write else "differ"
    click.echo(f"{len(entries)} asked again, {changed} {done}, {failed} failed")
    if failed:
        raise SystemExit(1)


async def _refresh(
    folder: Folder, entries: Sequence[StoredRecording], *, write: bool
) -> tuple[int, int]:
    """Return how many answers differ now, and how many could not be made."""
    changed = failed = 0
    async for stored, lines in _ask_all(folder, entries, write=write):
        if isinstance(lines, MockwrightError):
            failed += 1
            click.echo(f"{stored.file}: {lines}")
        elif lines:
            changed += 1
            click.echo(stored.file)
            for line in lines:
                click.echo(f"  {line}")
    return changed, failed


async def _ask_all(
    folder: Folder, entries: Sequence[StoredRecording], *, write: bool
) -> AsyncIterator[tuple[StoredRecording, list[str] | MockwrightError]]:
    from mockwright.app import Gateway
    from mockwright.memory.state.scopes import Sequences
    from mockwright.recordings.diff import diff

    gateway = Gateway(folder.settings)
    async with gateway.running():
        scopes = gateway.services.scopes
        for stored in entries:
            # A new test each time: contexts and turns of the requests before must not show.
            scopes.end("refresh")
            scope = scopes.of("refresh")
            scope.overrides = replace(scope.overrides, recordings=folder.name)
            # The next equal request is the one that the recording answers.
            scope.sequences = Sequences(stored.turn - 1)
            try:
                body = await _ask(gateway, stored, scope, "record" if write else "live")
            except MockwrightError as error:
                yield stored, error
            else:
                yield stored, diff(stored.body, body)


async def _ask(gateway: Gateway, stored: StoredRecording, scope: Scope, mode: Mode) -> Json:
    """Return what a recorded request is answered now."""
    from mockwright.gateway.chat_replay import METHODS
    from mockwright.gateway.chats import ChatCall, ChatSession
    from mockwright.recordings.request_key import to_request
    from mockwright.types import Trace
    from mockwright.web.chat.replay_request import ask_again

    services = gateway.services
    if stored.asked.method in METHODS:
        settings = services.settings
        call = ChatCall(Trace(), scope, mode=mode, ignore=settings.recordings.ignore)
        session = ChatSession(services.chats, call)
        return await ask_again(
            session, services.conversation, stored.asked, settings.api.max_choices
        )
    request = replace(to_request(stored.asked, "refresh"), mode=mode, state=False)
    response = await services.engine.handle(request, scope=scope)
    return json.loads(response.body)


def _selection(path: str | None, older_than: str | None, unused: str | None) -> Selection:
    from mockwright.recordings.maintain import Selection, read_age

    return Selection(
        path=path,
        older_than=None if older_than is None else read_age(older_than, "--older-than"),
        unused=None if unused is None else read_age(unused, "--unused"),
    )


def _read(folder: Folder) -> FolderListing:
    return _or_exit(folder.read)


def _or_exit(work: Callable[[], T]) -> T:
    """Return the result of ``work``; a MockwrightError ends the command with its message."""
    try:
        return work()
    except MockwrightError as error:
        raise click.ClickException(str(error)) from None
