"""The pytest plugin: the fixture ``mockwright``, a gateway that each test has for itself.

Nothing of the gateway is imported before a test asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from mockwright.settings import Settings
    from mockwright.testing.gateway import Mockwright
    from mockwright.testing.serve import App

_MODES: Final = ("live", "record", "replay", "auto")
_HANDLE: Final = pytest.StashKey["Mockwright"]()
_SETTINGS: Final = pytest.StashKey["Settings"]()
_ASKED: Final = frozenset({"mode", "recordings", "seed", "state", "routes", "faults"})
_TOKEN: Final = "MOCKWRIGHT_SERVER__ADMIN_TOKEN"  # noqa: S105 - the name of the variable
"""Has the admin token of a gateway that runs already, as it has it for the gateway itself."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--mockwright-url``, ``--mockwright-mode`` and the like, each also an ini option."""
    group = parser.getgroup("mockwright")
    options = (
        ("url", None, "a gateway that runs already, in place of one of this session"),
        ("config", None, "the configuration file of the session's gateway"),
        ("mode", _MODES, "where answers come from; on the command line, whatever a marker says"),
        ("recordings", None, "the lock folder of the session's gateway; default mocks"),
    )
    for name, choices, told in options:
        group.addoption(f"--mockwright-{name}", choices=choices, default=None, help=told)
        parser.addini(f"mockwright_{name}", told, default="")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker. Raises UsageError for options that make no sense."""
    config.addinivalue_line(
        "markers",
        "mockwright(mode=, recordings=, seed=, state=, routes=, faults=): "
        "what the fixture mockwright asks for all requests of the test",
    )
    mode = config.getini("mockwright_mode")
    if mode and mode not in _MODES:
        known = ", ".join(_MODES)
        raise pytest.UsageError(f"mockwright_mode: got {mode!r}, expected one of {known}")
    if config.getoption("--mockwright-url"):
        for name in ("config", "recordings"):
            if config.getoption(f"--mockwright-{name}"):
                raise pytest.UsageError(
                    f"--mockwright-{name} is of a gateway that this session starts, "
                    "and --mockwright-url names one that runs already"
                )


def _option(config: pytest.Config, name: str) -> str | None:
    given = config.getoption(f"--mockwright-{name}")
    return str(given or config.getini(f"mockwright_{name}") or "") or None


def _path(config: pytest.Config, name: str) -> Path | None:
    """Relative to where pytest was called, or to the ini file: where it was written."""
    if given := config.getoption(f"--mockwright-{name}"):
        return config.invocation_params.dir / str(given)
    configured = config.getini(f"mockwright_{name}")
    folder = config.rootpath if config.inipath is None else config.inipath.parent
    return folder / str(configured) if configured else None


@pytest.fixture(scope="session")
def mockwright_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of the session's gateway: one for each process, started when it is asked for."""
    url = _option(pytestconfig, "url")
    if url is not None:
        yield url
        return
    from mockwright.testing.inprocess import running

    with running(_settings(pytestconfig)) as own:
        yield own


def _settings(config: pytest.Config) -> Settings:
    """The configuration of the session's gateway; its lock folder is below the root directory."""
    if _SETTINGS not in config.stash:
        config.stash[_SETTINGS] = _read_settings(config)
    return config.stash[_SETTINGS]


def _read_settings(config: pytest.Config) -> Settings:
    from mockwright.config import load_settings
    from mockwright.settings import Settings

    path = _path(config, "config")
    settings = Settings() if path is None else load_settings(path, os.environ)
    folder = _path(config, "recordings") or config.rootpath / settings.recordings.folder
    wanted: dict[str, Any] = {"folder": folder}
    if (mode := _option(config, "mode")) is not None:
        wanted["mode"] = mode
    recordings = settings.recordings.model_copy(update=wanted)
    return settings.model_copy(update={"recordings": recordings})


@pytest.fixture
def mockwright(request: pytest.FixtureRequest, mockwright_url: str) -> Iterator[Mockwright]:
    """A gateway that this test has for itself; see :class:`mockwright.testing.Mockwright`."""
    from mockwright.testing.gateway import Mockwright, test_id

    wanted, token = _wanted(request.node), _token(request.config)
    with Mockwright(mockwright_url, test_id(request.node.name), wanted, token) as handle:
        request.node.stash[_HANDLE] = handle
        yield handle


def _wanted(item: pytest.Item) -> dict[str, Any]:
    """What the markers of a test ask; the nearest counts. Raises UsageError.

    The mode of the command line goes before them: who replays must be sure that nothing is asked.
    """
    configured = item.config.getini("mockwright_mode")
    wanted: dict[str, Any] = {"mode": configured} if configured else {}
    for marker in reversed(list(item.iter_markers("mockwright"))):
        unknown = marker.kwargs.keys() - _ASKED
        if unknown or marker.args:
            known = ", ".join(sorted(_ASKED))
            got = ", ".join(sorted(unknown)) or "arguments without a name"
            raise pytest.UsageError(f"@pytest.mark.mockwright: got {got}, expected {known}")
        wanted |= marker.kwargs
    given = item.config.getoption("--mockwright-mode")
    return wanted | {"mode": given} if given else wanted


def _token(config: pytest.Config) -> str | None:
    if _option(config, "url") is not None:
        return os.environ.get(_TOKEN)
    token = _settings(config).server.admin_token
    return None if token is None else token.get_secret_value()


@pytest.fixture
def mockwright_app(pytestconfig: pytest.Config) -> Iterator[App]:
    """The gateway as an ASGI application, for ``httpx.ASGITransport``: no socket, no thread.

    It is this test's alone. Its tasks belong to the event loop it is first used in; what begins and
    ends with a server (files, processes of models) needs :func:`mockwright.testing.application`.
    """
    from mockwright.app import create_app
    from mockwright.testing.inprocess import Quiet, quiet

    with quiet():
        yield Quiet(create_app(_settings(pytestconfig)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what it asked the gateway, whether it or one of its fixtures did."""
    report = yield
    handle = item.stash.get(_HANDLE, None)
    if report.when == "teardown" or not report.failed or handle is None:
        return report
    try:
        told = handle.journal()
    except Exception as error:  # a gateway that is gone must not hide why the test failed
        told = f"the gateway at {handle.base_url} tells nothing: {error}"
    report.sections.append(("mockwright", told))
    return report
