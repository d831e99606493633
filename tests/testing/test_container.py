"""What Docker is told: there is none here, so that a double takes its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mockwright.testing import ContainerError, MockwrightContainer, running


class Docker:
    """Says that the gateway is at ``address``, whatever is run."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.told: list[Sequence[str]] = []

    def __call__(self, words: Sequence[str]) -> str:
        self.told.append(words)
        return {"run": "abc123", "port": self.address, "stop": "abc123"}[words[0]]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as url:
        yield url.removeprefix("http://")


def test_it_is_started_on_a_free_port_and_stopped(address: str, tmp_path: Path) -> None:
    docker = Docker(address)
    container = MockwrightContainer("mockwright:1", docker).with_config(tmp_path / "my.yaml")
    container.with_env("A", "b").with_recordings(tmp_path)
    with container as running_one, running_one.mockwright("t") as handle:
        assert handle.client.get("/users/1").status_code == 200
    started = docker.told[0]
    assert started[:5] == ["run", "--detach", "--rm", "--publish", "127.0.0.1::5116"]
    assert started[-1] == "mockwright:1"
    assert f"{tmp_path / 'my.yaml'}:/config/mockwright.yaml:ro" in started
    assert "MOCKWRIGHT_CONFIG=/config/mockwright.yaml" in started
    assert "A=b" in started
    assert "MOCKWRIGHT_RECORDINGS__FOLDER=/mocks" in started
    assert docker.told[-1] == ["stop", "abc123"]


def test_one_that_does_not_answer_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockwright.testing.container._SECONDS", 0.2)
    docker = Docker("127.0.0.1:9")
    with pytest.raises(ContainerError, match="did not answer"):
        MockwrightContainer(run=docker).start()
    assert docker.told[-1] == ["stop", "abc123"]


def test_without_docker_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ContainerError, match="no docker on the PATH"):
        MockwrightContainer().start()


def test_it_has_no_address_before_it_runs() -> None:
    with pytest.raises(ContainerError, match="not running"):
        MockwrightContainer().get_url()
