"""llama.cpp's server as far as the tests need it; the model file's text says how it behaves."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class CommonParams(SimpleNamespace):
    def __init__(self) -> None:
        parts = {name: SimpleNamespace() for name in ("model", "cpuparams", "cpuparams_batch")}
        super().__init__(**parts)


class Server:
    def __init__(self, params: Any) -> None:
        behaviour = Path(params.model.path).read_text()
        time.sleep(float(os.environ.get("STAND_IN_LOADS", "0")))
        if behaviour == "broken":
            raise RuntimeError("no model file this is")
        if behaviour == "noisy":
            sys.stderr.write("x" * 300_000)
        handler = type("H", (Handler,), {"alias": next(iter(params.model_alias))})
        server = ThreadingHTTPServer(("127.0.0.1", params.port), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.listening_address = f"http://127.0.0.1:{server.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    alias = ""

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.answer({"data": [{"id": self.alias}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = json.dumps({"id": 1, "name": asked["model"]})
        if asked.get("n", 1) > 2:
            self.answer({"error": {"message": "n is above n_parallel"}}, 400)
        elif asked.get("stream"):
            deltas = [({"content": "Hi"}, None), ({}, "stop")]
            events = [self.choice(finish, delta=delta) for delta, finish in deltas]
            lines = [*(json.dumps(event) for event in events), "[DONE]"]
            self.send("".join(f"data: {line}\n\n" for line in lines), "text/event-stream")
        else:
            self.answer(self.choice("stop", message={"role": "assistant", "content": said}))

    @staticmethod
    def choice(finish: str | None, **said: Any) -> dict[str, Any]:
        return {"choices": [{"index": 0, "finish_reason": finish, **said}]}

    def answer(self, value: Any, status: int = 200) -> None:
        self.send(json.dumps(value), "application/json", status)

    def send(self, text: str, kind: str, status: int = 200) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
