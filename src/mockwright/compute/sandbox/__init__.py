"""Where programs run that nobody trusts: the strongest way that this machine has, and proves."""

from mockwright.compute.sandbox.choosing import Sandbox
from mockwright.compute.sandbox.outcome import Limits, Outcome, Tier

__all__ = ["Limits", "Outcome", "Sandbox", "Tier"]
