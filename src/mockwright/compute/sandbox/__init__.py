"""A sandbox for programs that nobody trusts: the strongest tier that this machine has, and proves.

``select`` tries the tiers by ``selftest``. ``kernel`` runs a program in a process (``process``,
``worker``, ``worker_pool``), ``interpreter`` in an interpreter of its own.
"""

from mockwright.compute.sandbox.outcome import ProgramOutcome, SandboxLimits, Tier
from mockwright.compute.sandbox.select import Sandbox

__all__ = ["ProgramOutcome", "Sandbox", "SandboxLimits", "Tier"]
