from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from mockwright import __version__
from mockwright.cli.main import main
from tests.serving import free_port, serving
from tests.waiting import PATIENCE, wait_until


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_help_shows_commands_and_examples() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(word in result.output for word in ("serve", "check-config", "ask", "curl"))
    for command in ("serve", "check-config", "ask"):
        assert "Examples:" in run(command, "--help").output


def test_version_is_told() -> None:
    assert __version__ in run("--version").output


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; import mockwright.cli.main; "
        "print([m for m in ('pydantic', 'fastapi', 'httpx', 'uvicorn') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout.strip() == "[]"


def test_check_config_shows_the_masked_configuration_and_tries_the_backends() -> None:
    Path("c.yaml").write_text("backends: [{name: gen, provider: embedded, api_key: hunter2}]")
    result = run("check-config", "--config", "c.yaml")
    assert result.exit_code == 0
    assert "gen: ok" in result.output
    assert "port: 5116" in result.output
    assert "hunter2" not in result.output


def test_check_config_ends_with_1_where_a_backend_cannot_be_reached() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    Path("c.yaml").write_text(
        f"backends: [{{name: x, provider: ollama, model: m, base_url: {url}}}]"
    )
    result = run("check-config", "--config", "c.yaml")
    assert result.exit_code == 1
    assert "x: FAULT" in result.output
    assert run("check-config", "--config", "c.yaml", "--offline").exit_code == 0


def test_a_faulty_configuration_is_told_without_a_traceback() -> None:
    Path("c.yaml").write_text("server: {prot: 1}")
    for command in (["check-config"], ["serve"], ["ask", "/x"]):
        result = run(*command, "--config", "c.yaml")
        assert result.exit_code == 1
        assert "server.prot: unknown key; did you mean 'port'?" in result.output
        assert "Traceback" not in result.output


def test_ask_prints_one_answer_and_the_same_again_for_a_seed() -> None:
    arguments = ("ask", "/users", "--shape", '{"users": [{"name": "string", "age": 0}]}')
    first, again = (run(*arguments, "--count", "3", "--seed", "7") for _ in range(2))
    assert first.exit_code == 0, first.output
    users = json.loads(first.stdout)["users"]
    assert [set(user) for user in users] == [{"name", "age"}] * 3
    assert first.stdout == again.stdout
    assert "backend: embedded" in first.stderr


def test_ask_reads_shape_and_body_from_files() -> None:
    Path("shape.json").write_text('{"id": 0, "extra": "string"}')
    Path("body.json").write_text('{"id": 42}')
    result = run("ask", "/x", "--method", "post", "--shape", "@shape.json", "--body", "@body.json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["id"] == 42


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--shape", "{"), "not JSON"),
        (("--shape", "@none.json"), "No such file"),
        (("--backend", "nope"), "backend 'nope' does not exist"),
        (("--shape", '{"a": NaN}'), "NaN is no JSON value"),
        (("--count", "-1"), "--count"),
        (("--seed", str(2**63)), "--seed"),
        (("--shape", '{"type": "string", "minLength": 5, "maxLength": 2}'), "Error:"),
    ],
)
def test_ask_tells_what_is_wrong_in_a_line(arguments: tuple[str, ...], told: str) -> None:
    result = run("ask", "/x", *arguments)
    assert result.exit_code != 0
    assert told in result.output
    assert "Traceback" not in result.output


def test_ask_tells_what_of_a_path_or_shape_it_does_not_read() -> None:
    result = run("ask", "/users?limit=3")
    assert result.exit_code == 2
    assert "a query is not read here" in result.output
    result = run("ask", "/x", "--shape", '{"a": 0, "$cache": 5}')
    assert result.exit_code == 0
    assert "$cache is for requests over HTTP" in result.stderr
    assert set(json.loads(result.stdout)) == {"a"}


def test_a_port_in_use_is_told_in_a_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}: address already in use" in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_serve_greets_with_url_backends_and_a_curl_and_answers(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as server:
        answer = httpx.post(f"{server.url}/api/mock/users", json={"shape": {"id": 0}})
        server.process.send_signal(signal.SIGTERM)
        output = server.process.communicate(timeout=PATIENCE)[0]
    assert isinstance(answer.json()["id"], int)
    assert "server" not in answer.headers
    assert f"on {server.url}" in output
    assert "embedded" in output
    assert f"curl {server.url}/api/mock/users" in output


def test_serve_with_workers_answers_and_ends_on_sigterm(tmp_path: Path) -> None:
    # A worker has five seconds to start, which are not to go by on counting its lines.
    with serving("--workers", "2", cwd=tmp_path, env={"COVERAGE_PROCESS_CONFIG": ""}) as server:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=PATIENCE) == 0


def test_serve_reads_its_configuration_again_on_sighup(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("backends: [{name: before, provider: embedded}]")
    with serving("--config", str(config), cwd=tmp_path) as server:
        config.write_text("backends: [{name: after, provider: embedded}]")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: _answers(server.url) == "after")
        config.write_text("backends: [{nam: broken}]")
        server.process.send_signal(signal.SIGHUP)
        assert server.process.stdout is not None
        assert any("reload refused" in line for line in server.process.stdout)
        assert _answers(server.url) == "after"


def _answers(url: str) -> str | None:
    """Who answers."""
    name: str | None = httpx.get(f"{url}/api/mock/x").headers.get("x-llm-backend")
    return name


def test_the_environment_configures_serve(tmp_path: Path) -> None:
    environ = {"MOCKWRIGHT_BACKENDS": '[{"name": "fromenv", "provider": "embedded"}]'}
    with serving(env={**os.environ, **environ}, cwd=tmp_path) as server:
        assert _answers(server.url) == "fromenv"
