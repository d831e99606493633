"""Faults on demand: what goes wrong with which request, laid down before it comes.

Pure: a script is asked for each request and told the time; ``web/http/fault_transport.py`` carries
out what it says. Nothing is left to luck: odds and latencies are drawn from a seed, by count.
"""

from mockwright.faults.delay_range import Averages, DelayBounds, read_delay_range
from mockwright.faults.fault import Fault
from mockwright.faults.latency import Fixed, Latency, Lognormal, Percentiles, Uniform
from mockwright.faults.parse import read_faults
from mockwright.faults.rate_limit import Quota, Window
from mockwright.faults.script import FaultRule, FaultScript, FaultStep

__all__ = [
    "Averages",
    "DelayBounds",
    "Fault",
    "FaultRule",
    "FaultScript",
    "FaultStep",
    "Fixed",
    "Latency",
    "Lognormal",
    "Percentiles",
    "Quota",
    "Uniform",
    "Window",
    "read_delay_range",
    "read_faults",
]
