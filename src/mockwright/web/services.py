"""The services that all surfaces work with, as one value that a reload replaces by another."""

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
    """Answers the requests of the mock surface."""
    conversation: Conversation
    """Knows the models that chats may ask for."""
    chats: Chats
    """Answers chats, from recordings or by the conversation."""
    keys: ApiKeys
    """Decides who may call the chat surfaces, and how often."""
    scopes: Scopes
    """The state of each test, found by its id."""
    journal: Journal
    """What happened, request by request."""
    ledger: CostLedger
    """What answers cost, by flow and route."""
    reviews: Reviews
    """Computed answers that wait for a person's decision."""
    variants: Variants
    """The cache."""
    counters: Counters
    """Counts for the metrics."""
    cors: Cors
    """Which origins of browser pages may read answers."""


InForce: TypeAlias = Callable[[], Services]
"""Returns the services in force; called anew for each request, since a reload replaces them."""
