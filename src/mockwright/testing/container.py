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
_SECONDS: Final = 60.0
"""That a start may take, the image being there."""
_CONFIG: Final = "/config/mockwright.yaml"
Run = Callable[[Sequence[str]], str]


class ContainerError(RuntimeError):
    """Docker is not there, or did not do as it was told."""


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
    """A gateway of ``image`` on a free port of this machine, while the context lasts.

    ``run`` carries out a command of Docker's.
    """

    def __init__(self, image: str = "mockwright:latest", run: Run = _docker) -> None:
        self.image = image
        self._run = run
        self._options: list[str] = []
        self._id: str | None = None

    def with_env(self, name: str, value: str) -> MockwrightContainer:
        """Set a variable: every key of the configuration has one."""
        self._options += ["--env", f"{name}={value}"]
        return self

    def with_config(self, path: Path | str) -> MockwrightContainer:
        """Use a configuration file."""
        self._options += ["--volume", f"{Path(path).resolve()}:{_CONFIG}:ro"]
        return self.with_env("MOCKWRIGHT_CONFIG", _CONFIG)

    def with_recordings(self, folder: Path | str) -> MockwrightContainer:
        """Use a lock folder of this machine."""
        self._options += ["--volume", f"{Path(folder).resolve()}:/mocks"]
        return self.with_env("MOCKWRIGHT_RECORDINGS__FOLDER", "/mocks")

    def start(self) -> MockwrightContainer:
        """Start it, and wait until it answers. Raises ContainerError."""
        published = ["--publish", f"127.0.0.1::{PORT}"]
        self._id = self._run(["run", "--detach", "--rm", *published, *self._options, self.image])
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it; a second call does nothing."""
        if self._id is not None:
            stopped, self._id = self._id, None
            self._run(["stop", stopped])

    def get_url(self) -> str:
        """Return where it is. Raises ContainerError before it was started."""
        if self._id is None:
            raise ContainerError("the container is not running")
        # One line for each address, all of the same port.
        return f"http://{self._run(['port', self._id, f'{PORT}/tcp']).splitlines()[0]}"

    def mockwright(self, test: str = "") -> Mockwright:
        """Return it as one test sees it."""
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
            except ConnectionError:
                pass
            time.sleep(0.1)
        raise ContainerError(f"{self.image} did not answer within {_SECONDS:g} seconds")
