"""Benchmarks; each module runs alone: ``python -m bench.gateway``."""
