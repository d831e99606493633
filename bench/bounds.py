"""How long it takes to do what has to be quick, also on inputs that were made to be slow.

``python -m bench.bounds``. The tests count the steps of Python that such work takes; what happens
inside of a regular expression or of a library has no steps to count, and is timed here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np

from bench.report import Bar, print_bars
from mockwright.compute.checks.verify import verify
from mockwright.compute.detect import NamedField, detect
from mockwright.compute.spec.spec import Column, Distribution, Spec
from mockwright.embedded_chat.embeddings import embed_text
from mockwright.embedded_chat.entities import extract_entities
from mockwright.memory.journal.redact import Redactor
from mockwright.prompting.tokens import count_tokens
from mockwright.secrecy import hide_in_line

ROUNDS: Final = 5
SENTENCE: Final = "The quick brown fox jumps over the lazy dog near the old stone bridge at dawn."
PIECES: Final = (
    "a", "1", "'\"", "a: ", "Aa ", "in A, ", "x is ", "named ", "a-b.", "list 3 ", "(1+", "{",
    "80% of the a a a ", "a third of the ", "normal(", "ages normal (mean 3 ", "1,000,", "1:",
    "age is normal\n", "age = sum of age, ", "1; ", "1-2: 3% ", "active ", "yes or ", " ",
)  # fmt: skip
SECRETS: Final = (
    '"secret": {', "token", '"key": "', "tokens_", "max_tokens=1,", 'token: "', "://", "cookie: ;",
    "; c=d", "bearer ", "\\", "a",
)  # fmt: skip
FIELDS: Final = [
    NamedField((f"someField{i}",), "string", tuple(f"value {i} {j}" for j in range(1_000)))
    for i in range(2_000)
]


def least(work: Callable[[], object]) -> float:
    """Milliseconds of the processor that ``work`` takes at least."""
    work()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return 1_000 * min(taken)


def worst(work: Callable[[str], object], pieces: tuple[str, ...], size: int) -> float:
    """The longest that ``work`` takes of texts of ``size`` characters made of one piece each."""
    texts = [piece * (size // len(piece)) for piece in pieces]
    return max(least(partial(work, text)) for text in texts)


def hear(text: str) -> None:
    """All that can be told of a text, each of which is worked out when it is asked for."""
    heard = extract_entities(text)
    for name in vars(type(heard)):
        getattr(heard, name)


def rows(count: int) -> None:
    """Test so many drawn numbers."""
    column = Column(("x",), "number", Distribution("normal", {"mean": 50.0, "sd": 10.0}))
    drawn = np.random.default_rng(1).normal(50, 10, count).tolist()
    verify(Spec((), count, (column,)), {("x",): drawn})


def bars() -> Iterator[Bar]:
    """Each is generous: it is missed by work that is not linear, not by a slow machine."""
    asked = "80% active, someField7 is unique"
    yield Bar("a sentence as a vector", least(lambda: embed_text(SENTENCE)), "<", 1, " ms")
    yield Bar("tokens of 16 MB", least(lambda: count_tokens(SENTENCE * 200_000)), "<", 100, " ms")
    yield Bar("hostile text, listened to", worst(hear, PIECES, 100_000), "<", 100, " ms")
    yield Bar(
        "hostile words of statistics",
        worst(lambda text: detect(prompt=text, rules=[text[:2_000]] * 20, fields=FIELDS[:4]),
              PIECES, 20_000),
        "<", 500, " ms",
    )  # fmt: skip
    yield Bar(
        "2,000 fields of 1,000 values",
        least(lambda: detect(prompt=asked, rules=[], fields=FIELDS)), "<", 1_000, " ms",
    )  # fmt: skip
    yield Bar(
        "secrets in hostile text", worst(Redactor().text, SECRETS, 500_000), "<", 1_000, " ms"
    )
    yield Bar("the same, of log lines", worst(hide_in_line, SECRETS, 500_000), "<", 1_000, " ms")
    yield Bar("100,000 rows tested", least(lambda: rows(100_000)), "<", 1_000, " ms")


if __name__ == "__main__":
    print_bars("bounds", bars())
