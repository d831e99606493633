"""The pytest plugin: the fixture ``mockwright``, a gateway that each test has for itself.

Nothing of the gateway is imported before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from mockwright.app import Application
    from mockwright.testing.gateway import Mockwright

_MODES: Final = ("live", "record", "replay", "auto")
_HANDLE: Final = pytest.StashKey["Mockwright"]()
_ASKED: Final = frozenset({"mode", "recordings", "seed", "state", "routes", "faults"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--mockwright-url``, ``--mockwright-mode`` and the like, each also an ini option."""
    group = parser.getgroup("mockwright")
    options = (
        ("url", None, "a gateway that runs already, in place of one of this session"),
        ("config", None, "the configuration file of the session's gateway"),
        ("mode", _MODES, "where answers come from, where a test says nothing"),
        ("recordings", None, "the lock folder of the session's gateway; default mocks"),
    )
    for name, choices, told in options:
        group.addoption(f"--mockwright-{name}", choices=choices, default=None, help=told)
        parser.addini(f"mockwright_{name}", told, default="")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker."""
    config.addinivalue_line(
        "markers",
        "mockwright(mode=, recordings=, seed=, state=, routes=, faults=): "
        "what the fixture mockwright asks for all requests of the test",
    )


def _option(config: pytest.Config, name: str) -> str | None:
    given = config.getoption(f"--mockwright-{name}")
    return str(given or config.getini(f"mockwright_{name}") or "") or None


@pytest.fixture(scope="session")
def mockwright_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of the session's gateway: one for each process, started when it is asked for."""
    url = _option(pytestconfig, "url")
    if url is not None:
        yield url
        return
    from mockwright.testing.gateway import running

    with running(_settings(pytestconfig)) as own:
        yield own


def _settings(config: pytest.Config) -> Any:
    """The configuration of the session's gateway; its lock folder is below the root directory."""
    from mockwright.config import load_settings
    from mockwright.settings import Settings

    path = _option(config, "config")
    settings = Settings() if path is None else load_settings(config.rootpath / path, {})
    folder = Path(_option(config, "recordings") or settings.recordings.folder)
    wanted: dict[str, Any] = {"folder": config.rootpath / folder}
    mode = _option(config, "mode")
    if mode is not None:
        wanted["mode"] = mode
    recordings = settings.recordings.model_copy(update=wanted)
    return settings.model_copy(update={"recordings": recordings})


@pytest.fixture
def mockwright(request: pytest.FixtureRequest, mockwright_url: str) -> Iterator[Mockwright]:
    """A gateway that this test has for itself; see :class:`mockwright.testing.Mockwright`."""
    from mockwright.testing.gateway import Mockwright, test_id

    with Mockwright(mockwright_url, test_id(request.node.name)) as handle:
        request.node.stash[_HANDLE] = handle
        wanted = _wanted(request.node)
        if wanted:
            handle.configure(**wanted)
        yield handle


def _wanted(item: pytest.Item) -> dict[str, Any]:
    """What the markers of a test ask; the nearest counts. Raises pytest.UsageError."""
    wanted: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers("mockwright"))):
        unknown = marker.kwargs.keys() - _ASKED
        if unknown or marker.args:
            known = ", ".join(sorted(_ASKED))
            got = ", ".join(sorted(unknown)) or "arguments without a name"
            raise pytest.UsageError(f"@pytest.mark.mockwright: got {got}, expected {known}")
        wanted |= marker.kwargs
    return wanted


@pytest.fixture
def mockwright_app() -> Application:
    """The gateway as an ASGI application, for ``httpx.ASGITransport``: no socket, no thread.

    It is this test's alone. Its tasks belong to the event loop it is first used in.
    """
    from mockwright.app import create_app
    from mockwright.settings import Settings
    from mockwright.testing.gateway import quiet

    quiet()
    return create_app(Settings())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what it asked the gateway."""
    report = yield
    handle = item.stash.get(_HANDLE, None)
    if report.when != "call" or not report.failed or handle is None:
        return report
    try:
        told = handle.journal()
    except Exception as error:  # a gateway that is gone must not hide why the test failed
        told = f"the gateway at {handle.base_url} tells nothing: {error}"
    report.sections.append(("mockwright", told))
    return report
