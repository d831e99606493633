"""A llama.cpp server with one model, as a process of its own: it can crash, and is ended with us.

``python -m mockwright.backends.llama_process '{"model": "x.gguf"}'`` prints the server's URL once
the model is loaded, and serves until its standard input ends. The kernel closes that pipe with the
process at its other end, however that one died.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from typing import Any

from mockwright.types import JsonObject


def main() -> None:
    """Serve with the options that the one argument holds."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    xllamacpp: Any = importlib.import_module("xllamacpp")
    server = xllamacpp.Server(_params(xllamacpp, json.loads(sys.argv[1])))
    print(server.listening_address, flush=True)  # noqa: T201 - the answer to who started us
    threading.Event().wait()  # it serves as long as somebody holds it


def _params(xllamacpp: Any, options: JsonObject) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = options["model"]
    params.model_alias = {options["alias"]}
    params.port = options.get("port", 0)
    params.n_parallel = options["slots"]
    params.n_ctx = options["context"] * options["slots"]
    params.n_predict = options["max_tokens"]
    params.cpuparams.n_threads = options["threads"]
    params.cpuparams_batch.n_threads = options["threads"]
    params.endpoint_slots = True
    return params


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
