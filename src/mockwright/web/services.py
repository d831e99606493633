"""What the surfaces work with: one value, and another one after each reload."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from mockwright.gateway.chats import Chats
from mockwright.gateway.conversation import Conversation
from mockwright.gateway.engine import Engine
from mockwright.memory.cache.variants import Variants
from mockwright.memory.journal.cost_ledger import CostLedger
from mockwright.memory.journal.journal import Journal
from mockwright.memory.journal.reviews import Reviews
from mockwright.memory.state.scopes import Scopes
from mockwright.settings import Settings
from mockwright.web.chat.keys import ApiKeys
from mockwright.web.http.cors import Cors
from mockwright.web.http.counters import Counters


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a surface may use, as it is in force."""

    settings: Settings
    engine: Engine
    """Answers requests of the mock surface."""
    conversation: Conversation
    """Knows the models that chats may ask for."""
    chats: Chats
    """Answers chats, from recordings or by the conversation."""
    keys: ApiKeys
    """Who may call the chat surfaces."""
    scopes: Scopes
    journal: Journal
    ledger: CostLedger
    reviews: Reviews
    variants: Variants
    counters: Counters
    cors: Cors


InForce: TypeAlias = Callable[[], Services]
"""Gives the services in force; asked anew for each request, since a reload replaces them."""
