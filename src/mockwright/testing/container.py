"""A gateway in a container, in the manner of testcontainers; it needs Docker's command line."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from mockwright.testing.gateway import Mockwright
from mockwright.testing.wire import Admin

PORT: Final = 5116
"""The port inside the container."""
_SECONDS: Final = 60.0
"""Seconds that a start may take once the image is there."""
_CONFIG: Final = "/config/mockwright.yaml"
Run = Callable[[Sequence[str]], str]
"""Runs ``docker`` with the given words and returns what it prints."""


class ContainerError(RuntimeError):
    """Docker is not there, or a command of it failed."""


def _docker(words: Sequence[str]) -> str:
    program = shutil.which("docker")
    if program is None:
        raise ContainerError("there is no docker on the PATH")
    done = subprocess.run(  # noqa: S603 - a list of words, no shell
        [program, *words], capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        raise ContainerError(f"docker {words[0]}: {done.stderr.strip()[:1000]}")
    return done.stdout.strip()


class MockwrightContainer:
    """A gateway in a container, on a free port of this machine, while the context lasts:

    ```python
    with MockwrightContainer("mockwright:latest").with_config("mockwright.yaml") as container:
        with container.mockwright() as mockwright:
            mockwright.client.get("/users/1")
    ```

    ``run`` runs a command of Docker and returns its output; tests replace it.
    """

    def __init__(self, image: str = "mockwright:latest", run: Run = _docker) -> None:
        self.image = image
        self._run = run
        self._options: list[str] = []
        self._id: str | None = None

    def with_env(self, name: str, value: str) -> MockwrightContainer:
        """Set an environment variable; every key of the configuration has one.

        Return the container itself, so that calls can be chained.
        """
        self._options += ["--env", f"{name}={value}"]
        return self

    def with_config(self, path: Path | str) -> MockwrightContainer:
        """Use the configuration file ``path`` of this machine, which is mounted read-only."""
        self._options += ["--volume", f"{Path(path).resolve()}:{_CONFIG}:ro"]
        return self.with_env("MOCKWRIGHT_CONFIG", _CONFIG)

    def with_recordings(self, folder: Path | str) -> MockwrightContainer:
        """Use ``folder`` of this machine as the lock folder; new recordings are written to it."""
        self._options += ["--volume", f"{Path(folder).resolve()}:/mocks"]
        return self.with_env("MOCKWRIGHT_RECORDINGS__FOLDER", "/mocks")

    def start(self) -> MockwrightContainer:
        """Start the container and wait until the gateway answers.

        Raises ContainerError where Docker fails, or the gateway does not answer within a minute.
        """
        # On loopback only, and without a port of its own: Docker takes a free one.
        published = ["--publish", f"127.0.0.1::{PORT}"]
        self._id = self._run(["run", "--detach", "--rm", *published, *self._options, self.image])
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop and remove the container; a second call does nothing."""
        if self._id is not None:
            stopped, self._id = self._id, None
            self._run(["stop", stopped])

    def get_url(self) -> str:
        """Return the URL of the gateway; raises ContainerError before it was started."""
        if self._id is None:
            raise ContainerError("the container is not running")
        # One line for each address of the host (`127.0.0.1:49153`), all with the same port.
        return f"http://{self._run(['port', self._id, f'{PORT}/tcp']).splitlines()[0]}"

    def mockwright(self, test: str = "") -> Mockwright:
        """Return the gateway as the test ``test`` sees it; by default as a new test."""
        return Mockwright(self.get_url(), test)

    def __enter__(self) -> MockwrightContainer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait(self) -> None:
        admin, end = Admin(self.get_url()), time.monotonic() + _SECONDS
        while time.monotonic() < end:
            try:
                if admin.is_alive():
                    return
            except ConnectionError:  # not listening yet
                pass
            time.sleep(0.1)
        raise ContainerError(f"{self.image} did not answer within {_SECONDS:g} seconds")
