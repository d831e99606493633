from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mockwright.errors import ConfigError
from mockwright.settings import TelemetrySettings
from mockwright.telemetry import build_observe
from tests.waiting import PATIENCE


async def test_nobody_looks_on_by_default_and_it_costs_one_object() -> None:
    observe = build_observe(TelemetrySettings())
    with observe("a", stage="a") as first, observe("b") as second:
        first.tell(quality=1.0)
    assert first is second
    await observe.aclose()


def test_an_exception_passes_through_a_span_that_nobody_looks_at() -> None:
    with pytest.raises(ValueError, match="mine"), build_observe(TelemetrySettings())("a"):
        raise ValueError("mine")


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mockwright.telemetry.spans", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigError, match=r"pip install 'mockwright\[otel\]'"):
        build_observe(TelemetrySettings(enabled=True))


def test_opentelemetry_is_not_imported_where_it_is_not_enabled() -> None:
    code = (
        "import sys, mockwright.app as app; from mockwright.settings import Settings;"
        "app.create_app(Settings()); sys.exit('opentelemetry' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


@contextmanager
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Its URL, and the path and body of what it was sent."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("path", ["", "/", "/v1/traces"])
async def test_spans_are_sent_to_the_collector_before_the_end(path: str) -> None:
    with collector() as (url, got):
        settings = TelemetrySettings(enabled=True, service_name="tested", endpoint=url + path)
        observe = build_observe(settings)
        with observe("stage one", stage="one"):
            pass
        await observe.aclose()
    ((sent_to, body),) = got
    assert sent_to == "/v1/traces"
    assert b"stage one" in body
    assert b"tested" in body


async def test_the_environment_names_the_collector_where_the_settings_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with collector() as (url, got):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        observe = build_observe(TelemetrySettings(enabled=True))
        with observe("stage one"):
            pass
        await observe.aclose()
    assert [path for path, _ in got] == ["/v1/traces"]


async def test_an_end_with_nobody_listening_is_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exporter alone would try again and again."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "600")
    monkeypatch.setattr("mockwright.telemetry.spans._LAST_WORDS", 0.1)
    with collector() as (url, _):
        pass
    observe = build_observe(TelemetrySettings(enabled=True, endpoint=url))
    with observe("lost"):
        pass
    async with asyncio.timeout(PATIENCE / 2):
        await observe.aclose()
