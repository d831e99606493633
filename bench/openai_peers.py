"""The gateways that are compared as OpenAI proxies, each started in front of one upstream."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from tests.serving import free_port, running

import mockwright
from bench.load import JSON_HEADERS
from bench.peers import BIN, NODE_MODULES, ROOT, version
from bench.servers import gateway

_KEY: Final = {"authorization": "Bearer any"}


@dataclass(frozen=True)
class Subject:
    """A way to the upstream; without ``pid`` the direct one."""

    name: str
    base_url: str
    role: Literal["direct", "own", "peer"] = "peer"
    headers: dict[str, str] = field(default_factory=lambda: {**JSON_HEADERS, **_KEY})
    pid: int | None = None

    @property
    def chat_url(self) -> str:
        """Where chat completions are asked for; the model is ``m``."""
        return f"{self.base_url}/chat/completions"


Start = Callable[[str], AbstractContextManager[Subject]]
"""Base URL of the upstream -> the running gateway."""


@contextmanager
def ours(upstream: str) -> Iterator[Subject]:
    """The gateway that is measured, with one backend."""
    with gateway(upstream_url=upstream) as server:
        name = f"mockwright {mockwright.__version__}"
        yield Subject(name, f"{server.url}/v1", "own", pid=server.process.pid)


@contextmanager
def litellm(upstream: str) -> Iterator[Subject]:
    """LiteLLM's proxy: one worker, no database, no key asked, nothing logged to anyone."""
    port = free_port()
    model = {"model": "openai/m", "api_base": upstream, "api_key": "none"}
    config = {
        "model_list": [{"model_name": "m", "litellm_params": model}],
        "general_settings": {"dangerously_permit_weak_or_unset_master_key": True},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(json.dumps(config))  # every JSON is YAML
        command = [str(BIN / "litellm"), "--config", str(path), "--host", "127.0.0.1"]
        options = ["--port", str(port), "--num_workers", "1", "--telemetry", "False"]
        env = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        # It takes 15 to 30 s to import itself.
        ready = "/health/liveliness"
        with running([*command, *options], port, ready, env, Path(folder), 120) as server:
            pid = server.process.pid
            yield Subject(f"litellm {version('litellm')}", f"{server.url}/v1", pid=pid)


@contextmanager
def portkey(upstream: str) -> Iterator[Subject]:
    """Portkey's gateway; it is told the upstream with each request."""
    port = free_port()
    package = NODE_MODULES / "@portkey-ai" / "gateway"
    preload = ["--require", str(ROOT / "bench" / "loopback.cjs")]
    command = ["node", *preload, str(package / "build" / "start-server.js"), "--headless"]
    told = {"x-portkey-provider": "openai", "x-portkey-custom-host": upstream}
    with running([*command, f"--port={port}"], port, "/", {"NODE_ENV": "production"}) as server:
        yield Subject(
            f"portkey {version('@portkey-ai/gateway')}",
            f"{server.url}/v1",
            headers={**JSON_HEADERS, **_KEY, **told},
            pid=server.process.pid,
        )


PEERS: Final[dict[str, Start]] = {"litellm": litellm, "@portkey-ai/gateway": portkey}
"""By the name that ``bench.peers`` knows them by."""
