"""A process for one program: it gets ready, reads the program, locks itself, runs it, and ends.

Started by :mod:`mockwright.compute.sandbox.kernel`. Standard output carries one byte when it is
ready, then one letter (``R`` a result, ``E`` an error) and text. Never a file, never a pickle.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib
import json
import os
import sys
import traceback
from typing import Any, Final

from mockwright.compute.sandbox.lock import lock

_PR_SET_PDEATHSIG: Final = 1
_SIGKILL: Final = 9
_TOLD: Final = 1_000
MODULES: Final = (
    "bisect", "calendar", "collections", "datetime", "decimal", "fractions", "functools", "heapq",
    "itertools", "json", "math", "operator", "random", "re", "statistics", "string", "time",
    "numpy", "numpy.random", "numpy.linalg", "numpy.fft", "numpy.polynomial", "numpy.ma",
    "scipy.stats", "scipy.special", "scipy.linalg", "scipy.optimize", "scipy.integrate",
    "scipy.interpolate", "scipy.signal",
)  # fmt: skip
"""Imported before the lock: afterwards no file can be opened."""


def main() -> None:
    """One program, then the end."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    # It starts a compiler to find a library.
    ctypes.util.find_library = lambda name: None
    _prepare()
    os.write(1, b".")
    asked = json.loads(_all_input())
    lock(asked["seconds"], asked["memory_mb"])
    os.write(1, _answer(asked).encode("utf-8", "replace"))
    os._exit(0)


def _prepare() -> None:
    for name in MODULES:
        importlib.import_module(name)
    np = importlib.import_module("numpy")
    stats = importlib.import_module("scipy.stats")
    # What these load when they are first used has to be there.
    rng = np.random.default_rng(0)
    values = rng.normal(size=64)
    stats.kstest(values, "norm")
    stats.norm.ppf(values.clip(0.1, 0.9))
    np.corrcoef(values, values)
    np.linalg.cholesky(np.eye(2))
    rng.multivariate_normal([0, 0], np.eye(2), size=3)
    json.dumps({"a": [1.5]})
    "".encode("idna")
    sys.set_int_max_str_digits(4300)


def _all_input() -> bytes:
    parts = []
    while part := os.read(0, 65_536):
        parts.append(part)
    return b"".join(parts)


def _answer(asked: dict[str, Any]) -> str:
    try:
        return "R" + _run(asked["program"], asked["n"], asked["seed"])
    except MemoryError:
        return "EMemoryError: the program took more memory than it may"
    except BaseException as error:
        return "E" + _told(error)


def _run(program: str, n: int, seed: int) -> str:
    np = importlib.import_module("numpy")
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(program, "program", "exec"), names)  # noqa: S102 - it is what this process is for
    generate = names.get("generate")
    if not callable(generate):
        raise TypeError("the program defines no generate(n, rng)")
    rng = np.random.Generator(np.random.PCG64(seed))
    return json.dumps(generate(n, rng), default=_plain, allow_nan=False)


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays, dates, and sets, as JSON has them."""
    for name in ("tolist", "isoformat"):
        if hasattr(value, name):
            return getattr(value, name)()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _told(error: BaseException) -> str:
    """Type, message and the line of the program, bounded."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == "program"
    ]
    if isinstance(error, SyntaxError):
        lines = [error.lineno or 0]
    place = f" (line {lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {str(error)[:_TOLD]}{place}"


if __name__ == "__main__":
    main()
