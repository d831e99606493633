"""Where programs run that nobody trusts: the strongest way that this machine has, and proves."""

from mockwright.compute.sandbox.outcome import ProgramOutcome, SandboxLimits, Tier
from mockwright.compute.sandbox.select import Sandbox

__all__ = ["ProgramOutcome", "Sandbox", "SandboxLimits", "Tier"]
