"""The pytest plugin: the fixture ``mockwright``, a gateway that each test has to itself.

Nothing of the gateway is imported before a test asks for it, since pytest loads every installed
plugin.
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
"""Where a test keeps its handle, for the report of a failure."""
_SETTINGS: Final = pytest.StashKey["Settings"]()
"""Where the session keeps the configuration of its gateway, which is read once."""
_MARKER_NAMES: Final = frozenset({"mode", "recordings", "seed", "state", "routes", "faults"})
"""What the marker ``mockwright`` takes, the same as ``Mockwright.configure``."""
_TOKEN: Final = "MOCKWRIGHT_SERVER__ADMIN_TOKEN"  # noqa: S105 - the name of the variable
"""The variable with the admin token of a gateway that runs already, by the name it has there."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--mockwright-url``, ``-config``, ``-mode`` and ``-recordings``, each also an ini
    option."""
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
    """Register the marker; raises UsageError for options that contradict each other."""
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
    """Return the path of an option, relative to where it was written.

    That is the directory in which pytest was called, or the one of the ini file.
    """
    if given := config.getoption(f"--mockwright-{name}"):
        return config.invocation_params.dir / str(given)
    configured = config.getini(f"mockwright_{name}")
    folder = config.rootpath if config.inipath is None else config.inipath.parent
    return folder / str(configured) if configured else None


@pytest.fixture(scope="session")
def mockwright_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of the session's gateway, which is started when it is first asked for.

    With pytest-xdist each worker process has its own.
    """
    url = _option(pytestconfig, "url")
    if url is not None:
        yield url
        return
    from mockwright.testing.inprocess import running

    with running(_settings(pytestconfig)) as own:
        yield own


def _settings(config: pytest.Config) -> Settings:
    """Return the configuration of the session's gateway; its lock folder is below pytest's root."""
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
    """A gateway that the test has to itself: a ``mockwright.testing.Mockwright``.

    What a test does there no other test sees:

    ```python
    def test_checkout(mockwright):
        mockwright.route("/orders", method="POST", json={"orderNumber": "ORD-1"}, status=201)
        Shop(base_url=mockwright.url).buy(product=7)
        mockwright.assert_called("/orders", method="POST", times=1)
    ```
    """
    from mockwright.testing.gateway import Mockwright, test_id

    wanted, token = _marker_overrides(request.node), _token(request.config)
    with Mockwright(mockwright_url, test_id(request.node.name), wanted, token) as handle:
        request.node.stash[_HANDLE] = handle
        yield handle


def _marker_overrides(item: pytest.Item) -> dict[str, Any]:
    """Return what the markers of a test ask for, of which the nearest counts; raises UsageError.

    The mode of the command line comes before them: whoever replays must be sure that no model is
    asked.
    """
    configured = item.config.getini("mockwright_mode")
    wanted: dict[str, Any] = {"mode": configured} if configured else {}
    for marker in reversed(list(item.iter_markers("mockwright"))):
        unknown = marker.kwargs.keys() - _MARKER_NAMES
        if unknown or marker.args:
            known = ", ".join(sorted(_MARKER_NAMES))
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
    """A gateway as an ASGI application, for ``httpx.ASGITransport``: no socket, no thread.

    Each test has its own. Its tasks belong to the event loop in which it is first used. Whatever
    begins and ends with a server (stored files, processes of models) needs
    ``mockwright.testing.application`` instead.
    """
    from mockwright.app import create_app
    from mockwright.testing.inprocess import Quiet, quiet

    with quiet():
        yield Quiet(create_app(_settings(pytestconfig)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the requests that a failed test sent to its report, whether it or a fixture failed."""
    report = yield
    handle = item.stash.get(_HANDLE, None)
    # At teardown the test has been ended on the gateway, and its journal with it.
    if report.when == "teardown" or not report.failed or handle is None:
        return report
    try:
        told = handle.journal()
    except Exception as error:  # a gateway that is gone must not hide why the test failed
        told = f"the gateway at {handle.base_url} tells nothing: {error}"
    report.sections.append(("mockwright", told))
    return report
