"""Header fields that say how a chat answer was made."""

from __future__ import annotations

from mockwright.chat.types import StreamedChat
from mockwright.gateway.chats import ChatAnswer
from mockwright.web.controls.controls import Header


def answer_head(answer: ChatAnswer, seed: int | None) -> tuple[Header, ...]:
    """Return the header fields of a whole answer."""
    head: tuple[Header, ...] = (
        (b"x-llm-backend", answer.backend.encode()),
        (b"x-mock-filled", str(answer.filled).encode()),
        (b"x-mock-quality", f"{answer.quality:.3f}".encode()),
        (b"x-mock-cost-usd", f"{answer.cost_usd:.6f}".encode()),
    )
    return head if seed is None else (*head, (b"x-mock-seed", str(seed).encode()))


def stream_head(streamed: StreamedChat) -> tuple[Header, ...]:
    """Return the header fields of a streamed answer that are known before it is written.

    Its cost and quality are known only at the end; they are in the journal.
    """
    return ((b"x-llm-backend", streamed.backend.encode()),)
