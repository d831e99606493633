"""The documentation's site, as `make docs` has built it, in a real Chromium."""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.examples.test_node import CHROMIUMS, need
from tests.serving import ROOT

pytestmark = [pytest.mark.examples, pytest.mark.timeout(200)]

SITE = ROOT / "site"
FENCE = "```mermaid\n"
DRAWN = sorted(page for page in (ROOT / "docs").glob("*.md") if FENCE in page.read_text())


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - its name there


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if not (SITE / "index.html").exists():
        if os.environ.get("MOCKWRIGHT_REQUIRE_REAL"):
            pytest.fail("site/ is not there: make docs")
        pytest.skip("site/ is not there: make docs")
    handler = partial(Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("page", DRAWN, ids=lambda page: page.stem)
def test_drawings_are_drawn_without_anybody_elses_server(page: Path, url: str) -> None:
    chromium = need(*CHROMIUMS)
    asked = page.read_text().count(FENCE)
    done = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--virtual-time-budget=30000", f"{url}/docs/{page.stem}/",
        ],
        capture_output=True, text=True, timeout=150, check=True,
    )  # fmt: skip
    # The theme puts a drawing, once it is drawn, in the place of its source.
    assert done.stdout.count('<div class="mermaid">') == asked
    assert '<pre class="mermaid">' not in done.stdout
