"""Where programs run that nobody trusts: the strongest way that this machine has, and proves."""

from mockwright.compute.sandbox.outcome import Limits, Outcome, Tier
from mockwright.compute.sandbox.select import Sandbox

__all__ = ["Limits", "Outcome", "Sandbox", "Tier"]
